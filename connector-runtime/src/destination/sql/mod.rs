//! What the SQL databases have in common: every statement that is not about one driver alone.
//!
//! Statements are complete texts, with names quoted and values as literals, so that each database
//! runs the same ones in its own way.

pub(super) mod compare;
pub(super) mod ddl;
pub(super) mod keys;
pub(super) mod merge;
mod names;
pub(super) mod system;

use jiff::Timestamp;

use crate::value::LogicalType;

pub(super) use names::{check_names, quote};

/// What a database is called and how it wants things said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlite")]
    Sqlite,
}

/// Where the tables are.
#[derive(Clone, Debug)]
pub(super) struct Space {
    pub(super) dialect: Dialect,
    /// The schema; a SQLite file has one, `main`.
    pub(super) schema: String,
}

impl Dialect {
    /// What the database calls a type.
    pub(super) fn type_name(self, ty: LogicalType) -> &'static str {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => match ty {
                LogicalType::Bool => "boolean",
                LogicalType::Bytes => "bytea",
                LogicalType::Date => "date",
                LogicalType::Decimal => "numeric",
                LogicalType::F32 => "real",
                LogicalType::F64 => "double precision",
                LogicalType::I8 | LogicalType::I16 | LogicalType::U8 => "smallint",
                LogicalType::I32 | LogicalType::U16 => "integer",
                LogicalType::I64 | LogicalType::U32 => "bigint",
                LogicalType::Json => "jsonb",
                LogicalType::Text => "text",
                LogicalType::Time => "time without time zone",
                LogicalType::Timestamp => "timestamp with time zone",
                LogicalType::U64 => "numeric(20,0)",
                LogicalType::Uuid => "uuid",
            },
            #[cfg(feature = "sqlite")]
            Self::Sqlite => match ty {
                LogicalType::Bool
                | LogicalType::I8
                | LogicalType::I16
                | LogicalType::I32
                | LogicalType::I64
                | LogicalType::U8
                | LogicalType::U16
                | LogicalType::U32
                | LogicalType::U64 => "INTEGER",
                LogicalType::F32 | LogicalType::F64 => "REAL",
                LogicalType::Bytes => "BLOB",
                LogicalType::Date
                | LogicalType::Decimal
                | LogicalType::Json
                | LogicalType::Text
                | LogicalType::Time
                | LogicalType::Timestamp
                | LogicalType::Uuid => "TEXT",
            },
        }
    }

    /// The type of load ids, counts and places in lists.
    pub(super) fn bigint(self) -> &'static str {
        self.type_name(LogicalType::I64)
    }

    /// The longest name in bytes.
    fn longest_name(self) -> usize {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => 63,
            #[cfg(feature = "sqlite")]
            Self::Sqlite => usize::MAX,
        }
    }

    /// An instant, as the columns of this database hold it.
    pub(super) fn instant(self, at: Timestamp) -> String {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => format!("TIMESTAMPTZ '{at:.6}'"),
            #[cfg(feature = "sqlite")]
            Self::Sqlite => format!("'{at:.6}'"),
        }
    }

    /// A truth value as a literal.
    pub(super) fn boolean(self, value: bool) -> &'static str {
        match (self, value) {
            #[cfg(feature = "postgres")]
            (Self::Postgres, true) => "TRUE",
            #[cfg(feature = "postgres")]
            (Self::Postgres, false) => "FALSE",
            #[cfg(feature = "sqlite")]
            (Self::Sqlite, true) => "1",
            #[cfg(feature = "sqlite")]
            (Self::Sqlite, false) => "0",
        }
    }
}

impl Space {
    /// A name of the database, quoted, and shortened where it is too long.
    pub(super) fn name(&self, name: &str) -> String {
        quote(&self.bare(name))
    }

    /// The same without quotes, as the database's catalog has it.
    pub(super) fn bare(&self, name: &str) -> String {
        names::shorten(name, self.dialect.longest_name()).into_owned()
    }

    /// A table, with its schema.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}.{}", quote(&self.schema), self.name(name))
    }

    /// Whether a table has what may drop an inserted row or write others: a trigger or a rule, of itself or of
    /// a part of it.
    pub(super) fn has_hooks(&self, name: &str) -> String {
        match self.dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!(
                "EXISTS (SELECT 1 FROM pg_class AS c WHERE c.oid = {}::regclass AND (c.relkind <> 'r' OR c.relhasrules \
                 OR EXISTS (SELECT 1 FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)))",
                literal(&self.table(name))
            ),
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!(
                "EXISTS (SELECT 1 FROM {}.sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower({}))",
                quote(&self.schema),
                literal(&self.bare(name))
            ),
        }
    }
}

/// A text as a literal. The character U+0000, which PostgreSQL has not, is left out.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

/// A text that may not be there.
pub(super) fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

/// The time at which a load began, which is its number.
pub(super) fn instant_of(load_id: i64) -> Timestamp {
    Timestamp::from_microsecond(load_id).unwrap_or(Timestamp::MAX)
}
