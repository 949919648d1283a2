//! Choices.

use crate::diag::{At, Diag};
use crate::model::{Choice, Item};
use crate::read::{RawChoice, RawVariant, plain};

pub(crate) fn choice(diag: &Diag, raw: RawChoice) -> Choice {
    let RawChoice { container, rename_all, variants } = raw;
    let texts: Vec<At<String>> = variants
        .iter()
        .map(|RawVariant { ident, rename }| {
            let name = plain(ident);
            let default = || rename_all.map_or_else(|| name.clone(), |rule| rule.variant(&name));
            rename.clone().unwrap_or_else(|| At::new(default(), ident.span().into()))
        })
        .collect();
    unique(diag, &variants, &texts);
    let variants = variants.into_iter().map(|variant| variant.ident);
    Choice {
        item: Item {
            name: String::new(),
            ident: container.ident,
            doc: container.doc,
            crate_path: container.crate_path,
        },
        variants: variants.zip(texts.into_iter().map(|text| text.value)).collect(),
    }
}

/// A text stands for one variant, or reading it back gives another.
fn unique(diag: &Diag, variants: &[RawVariant], texts: &[At<String>]) {
    for (i, text) in texts.iter().enumerate() {
        if let Some(first) = texts[..i].iter().position(|earlier| earlier.value == text.value) {
            diag.error_with_first(
                text.spans,
                format!("{:?} is already the text of `{}`", text.value, variants[first].ident),
                texts[first].spans,
                format!("{:?} is first used here", text.value),
            );
        }
    }
}
