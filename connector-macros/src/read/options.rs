//! [`Options`]: the options of one place, looked up in the table; and the forms of their values.

use std::cell::RefCell;

use proc_macro2::Ident;
use syn::{Attribute, Lit, LitInt, Path};

use super::syntax::{self, Arg, Kind, Node};
use crate::diag::{At, Diag, Spans};
use crate::guess;
use crate::keys::{self, Derive, Key, Place};

/// Who the options are for, to say so in messages.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) diag: &'a Diag,
    pub(super) derive: Derive,
    /// The struct or enum.
    pub(super) ident: &'a Ident,
}

/// The known options of one place, each given once.
///
/// A method that takes an option out reports a value of the wrong form. All known options must be
/// taken out: one that is forgotten would be accepted and do nothing.
pub(super) struct Options<'a> {
    owner: Owner<'a>,
    place: Place,
    given: RefCell<Vec<Given>>,
    seen: Vec<&'static str>,
    /// Nothing was unreadable or unknown.
    complete: bool,
}

/// A word with or without options of its own: `word` or `word(..)`.
pub(super) struct Worded {
    pub(super) word: String,
    /// Where the word stands.
    pub(super) at: Spans,
    pub(super) args: Option<Vec<Arg>>,
    /// Where all of it stands.
    pub(super) spans: Spans,
}

impl Worded {
    /// The word is one without options, the value of `option`.
    pub(super) fn no_args(&self, diag: &Diag, option: &str) {
        if self.args.is_some() {
            let word = &self.word;
            diag.error(self.spans, format!("`{word}` has no options\nhelp: `{option} = {word}`"));
        }
    }
}

struct Given {
    key: &'static Key,
    name: Spans,
    arg: Arg,
}

impl<'a> Options<'a> {
    /// The options of the attributes called like `place`.
    pub(super) fn of_attributes(owner: Owner<'a>, place: Place, attrs: &[Attribute]) -> Self {
        let mut args = Vec::new();
        let mut complete = true;
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(place.label())) {
            if matches!(attr.meta, syn::Meta::Path(_)) {
                let example = place.wrap(keys::of(place).next().map_or("", |key| key.example));
                owner
                    .diag
                    .error(attr, format!("expected options in parentheses\nhelp: `{example}`"));
                complete = false;
                continue;
            }
            match attr.parse_args_with(syntax::args) {
                Ok(more) => args.extend(more),
                Err(error) => {
                    owner.diag.push(error);
                    complete = false;
                }
            }
        }
        let options = Self::new(owner, place, args);
        Self { complete: complete && options.complete, ..options }
    }

    /// The options between parentheses.
    pub(super) fn new(owner: Owner<'a>, place: Place, args: Vec<Arg>) -> Self {
        let mut given: Vec<Given> = Vec::new();
        let mut complete = true;
        for arg in args {
            let Some((name, spans)) = name(owner, place, &arg) else {
                complete = false;
                continue;
            };
            let Some(key) = keys::find(place, &name) else {
                unknown(owner, place, &name, spans);
                complete = false;
                continue;
            };
            let earlier = given.iter().find(|given| given.key.name == name);
            if let Some(earlier) = earlier.filter(|_| !keys::is_repeatable(key)) {
                owner.diag.error_with_first(
                    spans,
                    format!("`{name}` is given twice"),
                    earlier.name,
                    format!("`{name}` was first given here"),
                );
                continue;
            }
            given.push(Given { key, name: spans, arg });
        }
        let seen = given.iter().map(|given| given.key.name).collect();
        Self { owner, place, given: RefCell::new(given), seen, complete }
    }

    /// Whether the option is there, in whatever form.
    pub(super) fn has(&self, name: &str) -> bool {
        self.seen.contains(&name)
    }

    /// Whether an option that is not there was not given: it may be one that
    /// was misspelt, or stand behind a syntax error.
    pub(super) fn complete(&self) -> bool {
        self.complete
    }

    /// The option as it stands.
    pub(super) fn whole(&self, name: &str) -> Option<Arg> {
        self.take(name, |arg| Some(arg.clone()))
    }

    /// `name`.
    pub(super) fn flag(&self, name: &str) -> Option<Spans> {
        self.take(name, |arg| match (&arg.value, arg.head.word()) {
            (None, Some(_)) => Some(arg.spans()),
            _ => None,
        })
    }

    /// `name = ".."`.
    pub(super) fn text(&self, name: &str) -> Option<At<String>> {
        self.take(name, |arg| text(arg.value.as_ref()?))
    }

    /// `name = 3`.
    pub(super) fn integer(&self, name: &str) -> Option<At<u64>> {
        self.take(name, |arg| integer(arg.value.as_ref()?))
    }

    /// `name = 3` or `name = 1.5`.
    pub(super) fn number(&self, name: &str) -> Option<At<f64>> {
        self.take(name, |arg| {
            let node = arg.value.as_ref()?;
            let Kind::Lit { lit, negative: false } = &node.kind else { return None };
            let digits = match lit {
                Lit::Float(lit) => lit.base10_digits(),
                Lit::Int(lit) => lit.base10_digits(),
                _ => return None,
            };
            digits.parse().ok().map(|value| At::new(value, node.spans))
        })
    }

    /// `name = true` or `name = false`.
    pub(super) fn switch(&self, name: &str) -> Option<At<bool>> {
        self.take(name, |arg| {
            let node = arg.value.as_ref()?;
            match &node.kind {
                Kind::Lit { lit: Lit::Bool(lit), .. } => Some(At::new(lit.value, node.spans)),
                _ => None,
            }
        })
    }

    /// `name = word`.
    pub(super) fn ident(&self, name: &str) -> Option<Ident> {
        self.take(name, |arg| arg.value.as_ref()?.word().cloned())
    }

    /// `name = word`, one of a closed set that is called `noun`.
    pub(super) fn word<T: Copy>(&self, name: &str, noun: &str, set: &[(&str, T)]) -> Option<At<T>> {
        let word = self.ident(name)?;
        let found = lookup(self.owner.diag, noun, &word.to_string(), Spans::of(&word), set)?;
        Some(At::new(found, Spans::of(&word)))
    }

    /// `name = word` or `name = word(..)`.
    pub(super) fn worded(&self, name: &str) -> Option<Worded> {
        let (_, node) = self.value(name)?;
        let (path, args) = match node.kind {
            Kind::Call(path, args) => (path, Some(args)),
            Kind::Path(path) => (path, None),
            _ => {
                self.wrong_form(name, node.spans);
                return None;
            }
        };
        let (word, at) = (super::path_text(&path), Spans::of(&path));
        Some(Worded { word, at, args, spans: node.spans })
    }

    /// `name = ::path`.
    pub(super) fn path(&self, name: &str) -> Option<Path> {
        self.take(name, |arg| match &arg.value.as_ref()?.kind {
            Kind::Path(path) => Some(path.clone()),
            _ => None,
        })
    }

    /// `name = ..`, and where the name stands.
    pub(super) fn value(&self, name: &str) -> Option<(Spans, Node)> {
        self.take(name, |arg| Some((arg.head.spans, arg.value.clone()?)))
    }

    /// `name` or `name = ..`.
    pub(super) fn value_or_flag(&self, name: &str) -> Option<(Spans, Option<Node>)> {
        self.take(name, |arg| {
            arg.head.word()?;
            Some((arg.head.spans, arg.value.clone()))
        })
    }

    /// `name(..)`, and where the name stands.
    pub(super) fn args(&self, name: &str) -> Option<(Spans, Vec<Arg>)> {
        self.take(name, |arg| match (&arg.value, &arg.head.kind) {
            (None, Kind::Call(path, args)) => Some((Spans::of(path), args.clone())),
            _ => None,
        })
    }

    /// Every `name(..)`, and where its name stands.
    pub(super) fn every_args(&self, name: &str) -> Vec<(Spans, Vec<Arg>)> {
        let count = self.given.borrow().iter().filter(|given| given.key.name == name).count();
        (0..count).filter_map(|_| self.args(name)).collect()
    }

    /// Says that the value of `name` has the wrong form.
    pub(super) fn wrong_form(&self, name: &str, spans: Spans) {
        let key = keys::find(self.place, name).expect("BUG: an option that is not in the table");
        wrong_form(self.owner.diag, key, spans);
    }

    /// Every option of the place must have been asked for.
    pub(super) fn done(self) {
        let forgotten = self.given.borrow().first().map(|given| given.key.name);
        assert!(
            forgotten.is_none(),
            "BUG: no reader of `{}` asks for {forgotten:?}",
            self.place.label()
        );
    }

    fn take<T>(&self, name: &str, read: impl FnOnce(&Arg) -> Option<T>) -> Option<T> {
        let mut given = self.given.borrow_mut();
        let index = given.iter().position(|given| given.key.name == name)?;
        // in order: some options can be given more than once
        let Given { key, arg, .. } = given.remove(index);
        let read = read(&arg);
        if read.is_none() {
            wrong_form(self.owner.diag, key, arg.spans());
        }
        read
    }
}

/// `".."`.
pub(super) fn text(node: &Node) -> Option<At<String>> {
    match &node.kind {
        Kind::Lit { lit: Lit::Str(text), .. } => Some(At::new(text.value(), node.spans)),
        _ => None,
    }
}

/// `3`, not negative.
pub(super) fn integer(node: &Node) -> Option<At<u64>> {
    match &node.kind {
        Kind::Lit { lit: Lit::Int(lit), negative: false } => {
            lit.base10_parse().ok().map(|value| At::new(value, node.spans))
        }
        _ => None,
    }
}

/// A literal of a list of statuses.
pub(super) fn small(lit: &LitInt) -> Option<u32> {
    lit.base10_parse().ok()
}

/// One of a closed set that is called `noun`.
pub(super) fn lookup<T: Copy>(
    diag: &Diag,
    noun: &str,
    given: &str,
    spans: Spans,
    set: &[(&str, T)],
) -> Option<T> {
    let found = set.iter().find(|(name, _)| *name == given);
    if found.is_none() {
        let names = set.iter().map(|(name, _)| *name);
        diag.error(spans, unknown_word(noun, given, names));
    }
    found.map(|(_, value)| *value)
}

/// "unknown paginator `offsets`; did you mean `offset`?", else the whole set.
pub(super) fn unknown_word<'a>(
    noun: &str,
    given: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> String {
    match guess::nearest(given, names.clone()) {
        Some(guess) => format!("unknown {noun} `{given}`; did you mean `{guess}`?"),
        None => format!("unknown {noun} `{given}`\nhelp: there are {}", guess::list(names)),
    }
}

fn wrong_form(diag: &Diag, key: &Key, spans: Spans) {
    let Key { name, form, example, .. } = key;
    diag.error(spans, format!("`{name}` is {}: `{example}`", form.noun()));
}

/// The name of an option, as text: options may be keywords, and `r#type` is `type`.
fn name(owner: Owner<'_>, place: Place, arg: &Arg) -> Option<(String, Spans)> {
    let ident = match &arg.head.kind {
        Kind::Call(path, _) | Kind::Path(path) => syntax::single(path),
        Kind::In(word, _) | Kind::Named(word, _) => {
            owner.diag.error(arg.spans(), syntax::after_word(word));
            return None;
        }
        _ => None,
    };
    if ident.is_none() {
        let example = keys::of(place).next().map_or("", |key| key.example);
        owner.diag.error(arg.spans(), format!("expected an option such as `{example}`"));
    }
    ident.map(|ident| (ident.to_string(), Spans::of(ident)))
}

/// An option that is not of this place: of another one, misspelt, or unheard of.
fn unknown(owner: Owner<'_>, place: Place, name: &str, spans: Spans) {
    let Owner { diag, derive, .. } = owner;
    let label = place.label();
    if let Some(option) = keys::known_as(place, name) {
        return diag
            .error(spans, format!("unknown `{label}` option `{name}`; did you mean `{option}`?"));
    }
    let mut keys = elsewhere(derive, place, name);
    if let Some(key) = keys.next() {
        let text = match (keys.next(), keys.next()) {
            (Some(other), None) if key.place.is_nested() && other.place.is_nested() => {
                belongs_in_either(key, other)
            }
            _ => belongs(owner, place, key),
        };
        return diag.error(spans, text);
    }
    let names = keys::of(place).map(|key| key.name);
    let text = match guess::nearest(name, names.clone()) {
        Some(guess) => format!("unknown `{label}` option `{name}`; did you mean `{guess}`?"),
        None => {
            format!("unknown `{label}` option `{name}`\nhelp: options are {}", guess::list(names))
        }
    };
    diag.error(spans, text);
}

/// The options of that name in other places of the derive, the nearest place first; where it has none,
/// those of all places. What is not of a credential comes before what is: nobody means it by mistake.
fn elsewhere(derive: Derive, place: Place, name: &str) -> impl Iterator<Item = &'static Key> {
    let found = |places: &[Place]| -> Vec<&'static Key> {
        let others = places.iter().filter(|other| **other != place);
        others.filter_map(|other| keys::find(*other, name)).collect()
    };
    let near = found(Place::near(derive));
    let is_meant = |key: &&Key| place.is_of_auth() || !key.place.is_of_auth();
    let keys = if near.iter().any(is_meant) { near } else { found(&Place::ALL) };
    let (meant, other): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_meant);
    meant.into_iter().chain(other)
}

/// "`on_missing` belongs in `incremental(..)` or in `parent(..)`".
fn belongs_in_either(key: &Key, other: &Key) -> String {
    let [first, second] = [key, other].map(|key| key.place.label());
    let [written, or] = [key, other].map(|key| key.place.wrap(key.example));
    format!(
        "`{}` belongs in `{first}(..)` or in `{second}(..)`\nhelp: `{written}`, `{or}`",
        key.name
    )
}

/// "`paginator` belongs on the struct".
fn belongs(owner: Owner<'_>, place: Place, key: &Key) -> String {
    let Owner { ident, derive, .. } = owner;
    let Key { name, place: other, .. } = *key;
    let written = other.wrap(key.example);
    if other.is_nested() {
        let at = if other.label() == name {
            "another place".to_owned()
        } else {
            format!("`{}(..)`", other.label())
        };
        return format!("`{name}` belongs in {at}\nhelp: `{written}`");
    }
    if !Place::near(derive).contains(&other) {
        let other_derive = match other {
            Place::Connector | Place::Config => "Connector",
            Place::Choice | Place::Variant => "Choice",
            _ => "Resource",
        };
        let whose = match other {
            Place::Connector => "on the connector",
            Place::Config => "on a field of the connector",
            Place::Choice => "on a choice",
            Place::Variant => "on a variant of a choice",
            Place::Column => "on a field of a resource",
            _ => "on a resource",
        };
        let of = if other.is_inner() { "of a type" } else { "above a type" };
        return format!(
            "`{name}` belongs {whose}\nhelp: `{written}` {of} with `#[derive({other_derive})]`"
        );
    }
    if other.is_inner() {
        let what = if other == Place::Variant { "a variant" } else { "a field" };
        return format!(
            "`{name}` belongs on {what}\nhelp: write `{written}` above {what} of `{ident}`"
        );
    }
    if place.is_nested() {
        let label = place.label();
        return format!("`{name}` belongs outside of `{label}(..)`\nhelp: `{written}`");
    }
    let (what, item) = match derive {
        Derive::Choice => ("the enum", "enum"),
        _ => ("the struct", "struct"),
    };
    format!("`{name}` belongs on {what}\nhelp: `{written}` above `{item} {ident}`")
}
