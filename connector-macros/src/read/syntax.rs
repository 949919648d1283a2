//! The syntax of attributes, the same in every place: options, and values after `=`.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, Lit, LitStr, Path, PathArguments, PathSegment, Token, token,
};

use crate::diag::{At, Spans};

/// `option`, `option = value` or `option(..)`; also a bare value in a list.
#[derive(Clone)]
pub(super) struct Arg {
    pub(super) head: Node,
    pub(super) value: Option<Node>,
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) spans: Spans,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// `offset(limit = 100)`.
    Call(Path, Vec<Arg>),
    /// `config.field`.
    Dotted(Ident, Ident),
    /// `team in config.teams`.
    In(Ident, Box<Node>),
    /// `[429, 500..=504]`.
    List(Vec<Node>),
    /// `issue: Issue`.
    Named(Ident, Path),
    /// `{"key": value}`.
    Object(Vec<(At<String>, Node)>),
    /// A literal; `negative` with a minus before it.
    Lit { lit: Lit, negative: bool },
    /// `merge`, `path::to::function`.
    Path(Path),
    /// `500..=504`.
    Range { start: Lit, end: Lit, inclusive: bool },
}

impl Arg {
    /// All of it.
    pub(super) fn spans(&self) -> Spans {
        self.value.as_ref().map_or(self.head.spans, |value| self.head.spans.to(value.spans))
    }
}

impl Node {
    /// `word`: a lone identifier.
    pub(super) fn word(&self) -> Option<&Ident> {
        match &self.kind {
            Kind::Path(path) => single(path),
            _ => None,
        }
    }
}

/// The only segment of a path that has one.
pub(super) fn single(path: &Path) -> Option<&Ident> {
    let plain = path.leading_colon.is_none() && path.segments.len() == 1;
    path.segments.first().filter(|s| plain && s.arguments.is_none()).map(|s| &s.ident)
}

/// The options between the parentheses of an attribute.
pub(super) fn args(input: ParseStream) -> Result<Vec<Arg>> {
    let mut args = Vec::new();
    while !input.is_empty() {
        let arg = Arg::parse(input)?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(expected_after(&arg, input)));
        }
        args.push(arg);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(args)
}

/// What can come after `arg`: a word without a value can still get one. Other tools join words with
/// dashes.
fn expected_after(arg: &Arg, rest: ParseStream) -> String {
    let rest = rest.fork();
    let dashed = rest.parse::<Token![-]>().and_then(|_| Ident::parse_any(&rest)).ok();
    match (&arg.value, arg.head.word()) {
        (None, Some(word)) => after_word(word),
        (Some(value), _) => match value.word().zip(dashed) {
            Some((word, next)) => format!("expected `,`\nhelp: `{word}_{next}`, one word"),
            None => "expected `,`".to_owned(),
        },
        (None, None) => "expected `,`".to_owned(),
    }
}

/// What comes after a word that is an option.
pub(super) fn after_word(word: &Ident) -> String {
    format!("expected `=`, `(` or `,` after `{word}`")
}

impl Parse for Arg {
    fn parse(input: ParseStream) -> Result<Self> {
        let head = Node::parse(input)?;
        if let Some(head) = relation(&head, input)? {
            return Ok(Self { head, value: None });
        }
        if !input.peek(Token![=]) {
            return Ok(Self { head, value: None });
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(equals, "expected a value after `=`"));
        }
        Ok(Self { head, value: Some(Node::parse(input)?) })
    }
}

/// `issue: Issue` and `team in config.teams`, of which `head` is the name.
fn relation(head: &Node, input: ParseStream) -> Result<Option<Node>> {
    let Some(name) = head.word().cloned() else { return Ok(None) };
    let named = input.peek(Token![:])
        && !input.peek(Token![::])
        && (input.peek2(Ident::peek_any) || input.peek2(Token![::]));
    if named {
        input.parse::<Token![:]>()?;
        let path = path(input)?;
        let spans = head.spans.to(Spans::of(&path));
        return Ok(Some(Node { kind: Kind::Named(name, path), spans }));
    }
    if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        let list = Node::parse(input)?;
        let spans = head.spans.to(list.spans);
        return Ok(Some(Node { kind: Kind::In(name, Box::new(list)), spans }));
    }
    Ok(None)
}

impl Parse for Node {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(token::Bracket) {
            return list(input);
        }
        if input.peek(token::Brace) {
            return object(input);
        }
        if input.peek(Token![-]) || input.peek(Lit) {
            return literal(input);
        }
        if input.peek(Token![::]) || input.peek(Ident::peek_any) {
            return word(input);
        }
        if input.peek(Token![|]) || input.peek(Token![||]) {
            return Err(input.error("a function is given by its path, not as a closure"));
        }
        Err(input.error("expected an option or a value"))
    }
}

fn list(input: ParseStream) -> Result<Node> {
    let content;
    let bracket = syn::bracketed!(content in input);
    let items = Punctuated::<Node, Token![,]>::parse_terminated(&content)?;
    let spans = Spans::from(bracket.span.open()).to(bracket.span.close().into());
    Ok(Node { kind: Kind::List(items.into_iter().collect()), spans })
}

/// An object of JSON, whose values are those of every other place.
fn object(input: ParseStream) -> Result<Node> {
    let content;
    let brace = syn::braced!(content in input);
    let mut members = Vec::new();
    while !content.is_empty() {
        let key = key(&content)?;
        members.push((key, Node::parse(&content)?));
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    let spans = Spans::from(brace.span.open()).to(brace.span.close().into());
    Ok(Node { kind: Kind::Object(members), spans })
}

/// `"key":`.
fn key(input: ParseStream) -> Result<At<String>> {
    if input.peek(Ident::peek_any) {
        let word = Ident::parse_any(input)?;
        let text = format!("a key of JSON stands in quotes\nhelp: `\"{word}\": ..`");
        return Err(syn::Error::new_spanned(word, text));
    }
    if !input.peek(LitStr) {
        return Err(input.error("expected a key in quotes, as in `{\"query\": \"open\"}`"));
    }
    let key: LitStr = input.parse()?;
    if !input.peek(Token![:]) {
        return Err(input.error(format!("expected `:` after the key {:?}", key.value())));
    }
    input.parse::<Token![:]>()?;
    Ok(At::new(key.value(), Spans::of(&key)))
}

fn literal(input: ParseStream) -> Result<Node> {
    let minus: Option<Token![-]> = input.parse()?;
    let lit: Lit = input.parse()?;
    let spans =
        minus.map_or_else(|| Spans::of(&lit), |minus| Spans::of(&minus).to(Spans::of(&lit)));
    if minus.is_some() && !matches!(lit, Lit::Int(_) | Lit::Float(_)) {
        return Err(syn::Error::new_spanned(lit, "expected a number after `-`"));
    }
    if !input.peek(Token![..]) {
        return Ok(Node { kind: Kind::Lit { lit, negative: minus.is_some() }, spans });
    }
    let inclusive = input.peek(Token![..=]);
    if inclusive {
        input.parse::<Token![..=]>()?;
    } else {
        input.parse::<Token![..]>()?;
    }
    let end: Lit = input.parse()?;
    let spans = spans.to(Spans::of(&end));
    Ok(Node { kind: Kind::Range { start: lit, end, inclusive }, spans })
}

fn word(input: ParseStream) -> Result<Node> {
    let path = path(input)?;
    let spans = Spans::of(&path);
    if input.peek(token::Paren) {
        let content;
        let paren = syn::parenthesized!(content in input);
        let args = args(&content)?;
        return Ok(Node {
            kind: Kind::Call(path, args),
            spans: spans.to(paren.span.close().into()),
        });
    }
    if input.peek(token::Brace) || input.peek(token::Bracket) {
        let name = path.to_token_stream();
        return Err(input.error(format!("wrong brackets; write `{name}(..)`")));
    }
    if let Some(first) = single(&path).filter(|_| input.peek(Token![.])) {
        input.parse::<Token![.]>()?;
        let field = Ident::parse_any(input)?;
        nothing_inside(first, &field, input)?;
        let spans = spans.to(Spans::of(&field));
        return Ok(Node { kind: Kind::Dotted(first.clone(), field), spans });
    }
    Ok(Node { kind: Kind::Path(path), spans })
}

/// Columns of a flattened object are named as one word; fields of the connector have nothing inside.
fn nothing_inside(source: &Ident, field: &Ident, input: ParseStream) -> Result<()> {
    if source == "config" || !input.peek(Token![.]) {
        return Ok(());
    }
    let mut flattened = format!("{source}.{field}");
    let rest = input.fork();
    while rest.parse::<Token![.]>().is_ok() {
        flattened.push_str(&format!("__{}", Ident::parse_any(&rest)?));
    }
    Err(input.error(format!(
        "columns of a flattened object have `__` in their names\nhelp: `{flattened}`"
    )))
}

/// A path; every word counts, keywords too, because parameters have names like `type`.
fn path(input: ParseStream) -> Result<Path> {
    let leading_colon: Option<Token![::]> = input.parse()?;
    let mut segments = Punctuated::new();
    loop {
        let ident = Ident::parse_any(input)?;
        let generic = input.peek(Token![<]) || input.peek(Token![::]) && input.peek3(Token![<]);
        let arguments = if generic {
            PathArguments::AngleBracketed(AngleBracketedGenericArguments::parse(input)?)
        } else {
            PathArguments::None
        };
        segments.push_value(PathSegment { ident, arguments });
        if !input.peek(Token![::]) {
            return Ok(Path { leading_colon, segments });
        }
        segments.push_punct(input.parse()?);
    }
}
