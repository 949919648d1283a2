//! `auth = select(field, Variant = kind(..), ..)`.

use super::auth::{self, RawAuth};
use super::options::Owner;
use super::syntax::{self, Arg, Kind, Node};
use crate::diag::{At, Spans};

/// The value of a field decides.
pub(crate) struct RawSelect {
    pub(crate) field: At<String>,
    pub(crate) arms: Vec<RawArm>,
}

pub(crate) struct RawArm {
    pub(crate) variant: At<String>,
    pub(crate) auth: At<RawAuth>,
}

const EXAMPLE: &str = "`select(login, Token = bearer(token), Anonymous = none)`";

pub(super) fn select(owner: Owner<'_>, kind: Spans, args: &[Arg]) -> Option<RawSelect> {
    let diag = owner.diag;
    let first = args.first().filter(|arg| arg.value.is_none());
    let field = first.and_then(|arg| field(owner, &arg.head));
    let Some(field) = field else {
        let text = format!("`select` begins with the field that decides\nhelp: {EXAMPLE}");
        diag.error(first.map_or(kind, |arg| arg.head.spans), text);
        return None;
    };
    let mut arms: Vec<RawArm> = Vec::new();
    for arg in &args[1..] {
        let Some(arm) = arm(owner, arg) else { continue };
        match arms.iter().find(|earlier| earlier.variant.value == arm.variant.value) {
            Some(earlier) => diag.error_with_first(
                arm.variant.spans,
                format!("`{}` is given twice", arm.variant.value),
                earlier.variant.spans,
                format!("`{}` was first given here", arm.variant.value),
            ),
            None => arms.push(arm),
        }
    }
    if args.len() == 1 {
        let text = format!("`select` needs an arm for each value\nhelp: {EXAMPLE}");
        diag.error(field.spans, text);
    }
    Some(RawSelect { field, arms })
}

/// A field of the connector.
fn field(owner: Owner<'_>, node: &Node) -> Option<At<String>> {
    match &node.kind {
        Kind::Dotted(_, field) => {
            owner.diag.error(
                node.spans,
                format!("auth always names a field of the connector\nhelp: `{field}`"),
            );
            // its name is known all the same
            Some(At::new(super::plain(field), node.spans))
        }
        Kind::Path(path) => {
            syntax::single(path).map(|ident| At::new(super::plain(ident), node.spans))
        }
        _ => None,
    }
}

/// `Variant = kind(..)`.
fn arm(owner: Owner<'_>, arg: &Arg) -> Option<RawArm> {
    let diag = owner.diag;
    let Some(variant) = arg.head.word() else {
        diag.error(
            arg.head.spans,
            "an arm is named by a variant of the enum, without quotes or path\nhelp: `Token = bearer(token)`",
        );
        return None;
    };
    let variant = At::new(super::plain(variant), arg.head.spans);
    let Some(node) = arg.value.as_ref().filter(|node| auth::call(node).is_some()) else {
        diag.error(
            arg.spans(),
            format!(
                "expected a kind of `auth`\nhelp: `{0} = bearer(token)`, or `{0} = none`",
                variant.value
            ),
        );
        return None;
    };
    let auth = auth::kind(owner, node)?;
    if let RawAuth::Select(_) = auth.value {
        diag.error(
            node.spans,
            "a choice is not made of choices\nhelp: one enum with a variant for each way",
        );
        return None;
    }
    Some(RawArm { variant, auth })
}
