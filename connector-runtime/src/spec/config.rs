//! The fields of a connector's struct.

use crate::config::{ConfigKind, ConfigType};
use crate::value::Check;

/// A field of a connector's struct.
#[derive(Clone, Copy, Debug)]
pub struct ConfigField {
    /// The Rust field's name.
    pub name: &'static str,
    /// The command line flag, without dashes: the name with `-` for `_`, or `name = ".."`.
    pub flag: &'static str,
    /// The environment variable.
    pub env: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// What kind of value it takes.
    pub kind: ConfigKind,
    /// May be left out.
    pub optional: bool,
    /// Text of the value when none is given.
    pub default: Option<&'static str>,
    /// Whether a text is a value of the field's type.
    pub check: Check,
}

impl ConfigField {
    /// The configuration value of a field of type `T`.
    pub const fn new<T: ConfigType>(
        name: &'static str,
        flag: &'static str,
        env: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            flag,
            env,
            doc,
            kind: T::KIND,
            optional: T::OPTIONAL,
            default: None,
            check: crate::config::check::<T>,
        }
    }

    /// `#[config(default = ..)]`.
    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// The finished field, under its name, flag, environment variable and doc comment.
    #[doc(hidden)]
    pub const fn named(
        mut self,
        name: &'static str,
        flag: &'static str,
        env: &'static str,
        doc: &'static str,
    ) -> Self {
        self.name = name;
        self.flag = flag;
        self.env = env;
        self.doc = doc;
        self
    }
}
