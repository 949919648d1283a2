//! [`Diag`]: the errors of one derive, reported together.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Collects errors. Readers and checks share it and go on after an error, so that the user sees
/// every mistake at once. Dropping it without [`Diag::finish`] is a bug that it reports itself.
pub(crate) struct Diag {
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Diag {
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Reports `text` at `place`, all of whose tokens are underlined.
    pub(crate) fn error(&self, place: impl ToTokens, text: impl Display) {
        self.push(syn::Error::new_spanned(place, text));
    }

    /// A problem of two places: `text` at the later one, `first` at the earlier one.
    pub(crate) fn error_with_first(
        &self,
        later: impl ToTokens,
        text: impl Display,
        earlier: impl ToTokens,
        first: impl Display,
    ) {
        self.error(later, text);
        self.error(earlier, first);
    }

    /// Reports what syn has found.
    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().as_mut().expect("BUG: reported after the end").push(error);
    }

    /// Whether nothing was reported so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.borrow().as_ref().is_some_and(Vec::is_empty)
    }

    /// The tokens of a derive: `good` when nothing was reported, else every error and `stub`.
    pub(crate) fn finish(
        self,
        good: impl FnOnce() -> TokenStream,
        stub: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        let errors = self.errors.borrow_mut().take().expect("BUG: finished twice");
        if errors.is_empty() {
            return good();
        }
        let mut tokens: TokenStream = errors.iter().map(syn::Error::to_compile_error).collect();
        tokens.extend(stub());
        tokens
    }
}

impl Drop for Diag {
    fn drop(&mut self) {
        if !thread::panicking() && self.errors.borrow().is_some() {
            panic!("BUG: errors of a derive were not looked at");
        }
    }
}

/// Where something stands: its first and its last token.
///
/// On stable a span of several tokens cannot be joined; the compiler underlines from the first
/// token of an error to the last. This keeps just those two.
#[derive(Clone, Copy)]
pub(crate) struct Spans {
    first: Span,
    last: Span,
}

impl Spans {
    /// From the first token of `tokens` to the last.
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut all = tokens.to_token_stream().into_iter();
        let first = all.next().map_or_else(Span::call_site, |token| token.span());
        let last = all.last().map_or(first, |token| match token {
            TokenTree::Group(group) => group.span_close(),
            other => other.span(),
        });
        Self { first, last }
    }

    /// From the first token of `self` to the last of `end`.
    pub(crate) fn to(self, end: Spans) -> Self {
        Self { first: self.first, last: end.last }
    }

    /// For the first of the tokens that the compiler shall underline.
    pub(crate) fn first(self) -> Span {
        self.first
    }

    /// For the last of the tokens that the compiler shall underline.
    pub(crate) fn last(self) -> Span {
        self.last
    }
}

impl From<Span> for Spans {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

impl ToTokens for Spans {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        // which tokens does not matter: only their spans are looked at
        tokens.extend(
            [Ident::new("_first", self.first), Ident::new("_last", self.last)]
                .map(TokenTree::Ident),
        );
    }
}

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) spans: Spans,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, spans: Spans) -> Self {
        Self { value, spans }
    }
}
