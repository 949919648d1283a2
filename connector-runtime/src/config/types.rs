//! [`ConfigType`]: what a field of a connector can be.

use jiff::Timestamp;

use crate::secret::Secret;
use crate::spec::ConfigField;
use crate::value::Choice;

/// What kind of value a configuration field takes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ConfigKind {
    /// `true` or `false`.
    Bool,
    /// One of a closed set: the Rust name and the text of each variant.
    Choice(&'static [(&'static str, &'static str)]),
    /// A number with a fraction.
    Float,
    /// A whole number.
    Integer,
    /// Values of this kind, separated by commas.
    List(&'static ConfigKind),
    /// A credential; never taken from the command line.
    Secret,
    /// Any text.
    Text,
    /// An instant, as RFC 3339 has it.
    Timestamp,
}

impl ConfigKind {
    /// What a person is asked for.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Bool => "true|false",
            Self::Choice(_) => "CHOICE",
            Self::Float => "NUMBER",
            Self::Integer => "INTEGER",
            Self::List(_) => "VALUE,..",
            Self::Secret => "SECRET",
            Self::Text => "TEXT",
            Self::Timestamp => "TIMESTAMP",
        }
    }
}

/// The value of a configuration field, as placeholders and credentials use it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConfigValue {
    /// Several values.
    List(Vec<String>),
    /// Left out.
    None,
    /// A credential.
    Secret(Secret),
    /// One value, as text.
    Text(String),
}

/// A type that a field of a connector can have.
///
/// Implemented for [`Secret`], `String`, `bool`, the integers and floats, [`Timestamp`],
/// `Vec<String>`, for every [`Choice`], and for `Option` of each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the configuration",
    label = "not a configuration type",
    note = "configuration types are `Secret`, `String`, `bool`, the integers and floats, `Timestamp`, `Vec` and `Option` of those, and enums with `#[derive(Choice)]`"
)]
pub trait ConfigType: Sized + 'static {
    /// What kind of value it takes.
    const KIND: ConfigKind;
    /// Whether it may be left out.
    const OPTIONAL: bool = false;

    /// The value of a text.
    ///
    /// # Errors
    ///
    /// What was expected, as in "expected …"; never the text itself, which may be a secret.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value when nothing was given, for types that may be left out.
    fn absent() -> Option<Self> {
        None
    }

    /// The value as placeholders and credentials use it.
    fn value(&self) -> ConfigValue;

    /// A field of this type, for the derives to give a name.
    #[doc(hidden)]
    const FIELD: ConfigField = ConfigField::new::<Self>("", "", "", "");

    /// The value of the next field.
    #[doc(hidden)]
    fn take(values: &mut Values) -> Self {
        values.take()
    }
}

/// A field that can hold a credential: [`Secret`] or `Option<Secret>`.
#[diagnostic::on_unimplemented(
    message = "a credential must be `Secret`, not `{Self}`",
    label = "not a `Secret`",
    note = "`Secret` is never printed, logged or serialised"
)]
pub trait Credential: ConfigType {
    /// A field of this type, for the derives to give a name.
    #[doc(hidden)]
    const FIELD: ConfigField = <Self as ConfigType>::FIELD;

    /// The value of the next field.
    #[doc(hidden)]
    fn take(values: &mut Values) -> Self {
        values.take()
    }

    /// The value as placeholders and credentials use it.
    #[doc(hidden)]
    fn value(&self) -> ConfigValue {
        ConfigType::value(self)
    }
}

impl Credential for Secret {}
impl Credential for Option<Secret> {}

/// Whether `text` is a value of `T`.
pub(crate) fn check<T: ConfigType>(text: &str) -> Result<(), String> {
    T::parse(text).map(drop)
}

impl ConfigType for Secret {
    const KIND: ConfigKind = ConfigKind::Secret;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text))
    }

    fn value(&self) -> ConfigValue {
        ConfigValue::Secret(self.clone())
    }
}

impl ConfigType for String {
    const KIND: ConfigKind = ConfigKind::Text;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn value(&self) -> ConfigValue {
        ConfigValue::Text(self.clone())
    }
}

impl ConfigType for Timestamp {
    const KIND: ConfigKind = ConfigKind::Timestamp;

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "a timestamp such as `2024-01-31T00:00:00Z`".to_owned())
    }

    fn value(&self) -> ConfigValue {
        ConfigValue::Text(self.to_string())
    }
}

macro_rules! parsed {
    ($($kind:ident, $expected:literal: $($ty:ty)*;)*) => {$($(
        impl ConfigType for $ty {
            const KIND: ConfigKind = ConfigKind::$kind;

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!($expected, stringify!($ty)))
            }

            fn value(&self) -> ConfigValue {
                ConfigValue::Text(self.to_string())
            }
        }
    )*)*};
}

parsed! {
    Bool, "`true` or `false` ({})": bool;
    Integer, "a whole number ({})": i8 i16 i32 i64 u8 u16 u32 u64;
    Float, "a number ({})": f32 f64;
}

impl<T: ConfigType> ConfigType for Option<T> {
    const KIND: ConfigKind = T::KIND;
    const OPTIONAL: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn value(&self) -> ConfigValue {
        self.as_ref().map_or(ConfigValue::None, T::value)
    }
}

impl<T: ConfigType> ConfigType for Vec<T> {
    const KIND: ConfigKind = {
        // a list has a flag and its texts are shown
        assert!(!matches!(T::KIND, ConfigKind::Secret), "a list cannot hold secrets");
        ConfigKind::List(&T::KIND)
    };

    /// Commas separate the values; spaces around them do not count; an empty text is no value.
    fn parse(text: &str) -> Result<Self, String> {
        elements(text).into_iter().map(T::parse).collect()
    }

    fn value(&self) -> ConfigValue {
        let texts = self.iter().filter_map(|item| match item.value() {
            ConfigValue::Text(text) => Some(text),
            _ => None,
        });
        ConfigValue::List(texts.collect())
    }
}

/// Stands before each value of a list that was given as one, where commas are text.
const BEFORE: char = '\u{1f}';

/// A text that [`elements`] divides into these values again; none where one has the sign in it.
#[cfg(feature = "toml")]
pub(super) fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    for value in values {
        if value.contains(BEFORE) {
            return None;
        }
        text.push(BEFORE);
        text.push_str(value);
    }
    Some(text)
}

/// The values of the text of a list.
pub(super) fn elements(text: &str) -> Vec<&str> {
    match text.strip_prefix(BEFORE) {
        Some(values) => values.split(BEFORE).collect(),
        None if text.trim().is_empty() => Vec::new(),
        None => text.split(',').map(str::trim).collect(),
    }
}

#[diagnostic::do_not_recommend]
impl<T: Choice> ConfigType for T {
    const KIND: ConfigKind = ConfigKind::Choice(T::VARIANTS);

    fn parse(text: &str) -> Result<Self, String> {
        T::from_text(text)
    }

    fn value(&self) -> ConfigValue {
        ConfigValue::Text(self.text().to_owned())
    }
}

/// Texts that were checked against a connector's fields, in their order.
#[derive(Debug)]
pub struct Values {
    texts: std::vec::IntoIter<Option<Secret>>,
}

impl Values {
    /// `texts` holds one entry a field; each has passed its field's check.
    pub(crate) fn new(texts: Vec<Option<Secret>>) -> Self {
        Self { texts: texts.into_iter() }
    }

    /// The value of the next field.
    pub fn take<T: ConfigType>(&mut self) -> T {
        let text = self.texts.next().expect("BUG: one text a field");
        match text {
            Some(text) => T::parse(text.expose()).ok(),
            None => T::absent(),
        }
        .expect("BUG: the texts were checked")
    }
}
