//! [`Plan`]: the column specs of one resource, ready to take values.

use std::collections::HashMap;

use arrow_array::ArrayRef;

use super::scalar::Given;
use crate::schema::NESTING;
use crate::spec::{ColumnSpec, Decode, FieldSpec};
use crate::value::{ColumnBuilder, LogicalType};

/// Keys beyond this in one object are looked up each time; their order is not remembered.
const MAX_REMEMBERED: usize = 1024;

/// Mixes bits of values well.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
/// Null in a fingerprint.
const NULL: u64 = 0x6E75_6C6C;

/// The objects and columns of a row, and what is known of the page that is being decoded.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) objects: Vec<Object>,
    pub(super) columns: Vec<Column>,
    pub(super) progress: Progress,
    /// The column whose last value is kept as it came.
    pub(super) remembered: Option<usize>,
}

/// Where the decoder stands.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows of this page that are complete.
    page_rows: usize,
    /// Counts rows over all pages; marks what a row has brought already.
    serial: u64,
    /// Keys of the last row that some column wanted.
    known_keys: usize,
    fingerprint: u64,
    /// What the last row of the page had in the remembered column.
    last: Option<Given>,
    mismatch: Option<Mismatch>,
    /// The column whose value is being read.
    current: Option<usize>,
}

/// One JSON object of a row: the row itself, or a flattened one in it.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    lookup: HashMap<&'static str, usize>,
    /// The keys of the last object in their order: APIs send the same order again and again.
    order: Vec<(Box<str>, Option<usize>)>,
}

/// A key of an object that some column wants.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) target: Target,
    /// Serial of the row that brought it last.
    pub(super) seen: u64,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Column(usize),
    Object { index: usize, optional: bool },
}

/// One column and how JSON values become its values.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) spec: ColumnSpec,
    pub(super) builder: ColumnBuilder,
    pub(super) reader: Reader,
    pub(super) name: String,
    /// The keys that lead to it from the row's object.
    pub(super) wire_path: Vec<&'static str>,
    /// Takes part in the page's fingerprint.
    pub(super) identifies: bool,
    ever_seen: bool,
}

/// Which JSON values a column takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader {
    Bool,
    Bytes,
    Date,
    Float,
    Integer {
        min: i64,
        max: u64,
    },
    /// The value's own text decides: decimals, JSON, functions.
    Raw,
    Text,
    Time,
    Timestamp,
    Unsigned {
        max: u64,
    },
    Uuid,
}

/// A value that does not fit.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// In the page, from 0.
    pub(super) row: usize,
    /// `None`: the row itself.
    pub(super) column: Option<usize>,
    pub(super) kind: MismatchKind,
}

/// How a value does not fit.
#[derive(Debug)]
pub(super) enum MismatchKind {
    /// The key is not there.
    Absent,
    /// The key is there twice.
    Duplicate,
    /// Null, where the column has no null.
    Null,
    /// Not what was expected.
    Value { expected: String },
}

impl Plan {
    pub(super) fn new(fields: &[FieldSpec]) -> Self {
        let mut plan = Self {
            objects: Vec::new(),
            columns: Vec::new(),
            progress: Progress::default(),
            remembered: None,
        };
        plan.object(fields, &mut Vec::new(), "");
        let keyed = plan.columns.iter().any(|column| column.spec.primary_key);
        for column in &mut plan.columns {
            column.identifies = column.spec.primary_key || !keyed;
        }
        plan
    }

    fn object(
        &mut self,
        fields: &[FieldSpec],
        path: &mut Vec<&'static str>,
        prefix: &str,
    ) -> usize {
        let index = self.objects.len();
        self.objects.push(Object {
            members: Vec::new(),
            lookup: HashMap::new(),
            order: Vec::new(),
        });
        for field in fields {
            let (wire, target) = match *field {
                FieldSpec::Column(spec) => {
                    path.push(spec.wire);
                    let at = self.columns.len();
                    self.columns.push(Column {
                        spec,
                        builder: ColumnBuilder::new(spec.ty),
                        reader: Reader::of(&spec),
                        name: format!("{prefix}{}", spec.name),
                        wire_path: path.clone(),
                        identifies: false,
                        ever_seen: false,
                    });
                    path.pop();
                    (spec.wire, Target::Column(at))
                }
                FieldSpec::Flatten { name, wire, optional, fields } => {
                    path.push(wire);
                    let prefix = format!("{prefix}{name}{NESTING}");
                    let nested = self.object(fields, path, &prefix);
                    path.pop();
                    (wire, Target::Object { index: nested, optional })
                }
                FieldSpec::List { .. } => unreachable!("lists are not decoded yet"),
            };
            let object = &mut self.objects[index];
            object.lookup.insert(wire, object.members.len());
            object.members.push(Member { target, seen: 0 });
        }
        index
    }

    pub(super) fn start_page(&mut self) {
        self.progress.page_rows = 0;
        self.progress.fingerprint = MIX;
        self.progress.last = None;
        self.progress.mismatch = None;
        self.progress.current = None;
    }

    pub(super) fn start_row(&mut self) {
        self.progress.serial += 1;
        self.progress.known_keys = 0;
    }

    pub(super) fn end_row(&mut self) {
        self.progress.page_rows += 1;
    }

    pub(super) fn page_rows(&self) -> usize {
        self.progress.page_rows
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.progress.fingerprint
    }

    pub(super) fn take_last(&mut self) -> Option<Given> {
        self.progress.last.take()
    }

    /// The last row had no key that any column wants.
    pub(super) fn last_row_is_foreign(&self) -> bool {
        self.progress.page_rows > 0 && self.progress.known_keys == 0
    }

    /// A row was refused for what it lacks, and it had no key that any column wants.
    pub(super) fn knows_nothing_of_the_row(&self) -> bool {
        let absent = |mismatch: &Mismatch| matches!(mismatch.kind, MismatchKind::Absent);
        self.progress.known_keys == 0 && self.progress.mismatch.as_ref().is_some_and(absent)
    }

    pub(super) fn take_mismatch(&mut self) -> Option<Mismatch> {
        self.progress.mismatch.take()
    }

    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        self.columns.iter_mut().map(|column| column.builder.finish()).collect()
    }

    pub(super) fn absent_columns(&self) -> impl Iterator<Item = usize> {
        let any_row = self.progress.serial > 0;
        let absent = move |(index, column): (usize, &Column)| {
            (any_row && !column.ever_seen).then_some(index)
        };
        self.columns.iter().enumerate().filter_map(absent)
    }

    /// Notes that the row that is being decoded has brought this member; `false` if it had already.
    pub(super) fn mark(&mut self, object: usize, member: usize) -> bool {
        self.progress.known_keys += 1;
        let member = &mut self.objects[object].members[member];
        let first = member.seen != self.progress.serial;
        member.seen = self.progress.serial;
        if let Target::Column(column) = member.target {
            self.columns[column].ever_seen = true;
        }
        first
    }

    /// Notes that the page may have values of this column.
    pub(super) fn see(&mut self, column: usize) {
        self.columns[column].ever_seen = true;
    }

    /// Fills in what an object did not bring.
    pub(super) fn fill_absent(&mut self, object: usize) -> Result<(), ()> {
        for member in 0..self.objects[object].members.len() {
            let Member { target, seen, .. } = self.objects[object].members[member];
            if seen == self.progress.serial {
                continue;
            }
            match target {
                Target::Column(column) => self.absent(column, MismatchKind::Absent)?,
                Target::Object { index, optional: true } => self.fill_null(index),
                Target::Object { index, optional: false } => self.fill_absent(index)?,
            }
        }
        Ok(())
    }

    /// Every column of an object that is null.
    pub(super) fn fill_null(&mut self, object: usize) {
        for member in 0..self.objects[object].members.len() {
            match self.objects[object].members[member].target {
                Target::Column(column) => {
                    self.columns[column].builder.append_null();
                    self.identify(column, || NULL);
                }
                Target::Object { index, .. } => self.fill_null(index),
            }
        }
    }

    /// A column whose value is null or was not sent.
    pub(super) fn absent(&mut self, column: usize, kind: MismatchKind) -> Result<(), ()> {
        let Column { spec, builder, .. } = &mut self.columns[column];
        if spec.nullable {
            builder.append_null();
            self.identify(column, || NULL);
            return Ok(());
        }
        match spec.default {
            Some(json) => super::row::append_json(self, column, json),
            None => {
                self.refuse(Some(column), kind);
                Err(())
            }
        }
    }

    /// Notes which column's value is read next; `None` when it has been read.
    pub(super) fn read(&mut self, column: Option<usize>) {
        self.progress.current = column;
    }

    /// The value that was being read when the parser gave up.
    pub(super) fn refused_value(&self) -> Option<Mismatch> {
        let column = self.progress.current?;
        let Column { reader, spec, .. } = &self.columns[column];
        let expected = super::row::describe(*reader, spec.ty);
        let row = self.progress.page_rows;
        Some(Mismatch { row, column: Some(column), kind: MismatchKind::Value { expected } })
    }

    pub(super) fn limit_integers(&mut self, largest: u64) {
        for column in &mut self.columns {
            if let Reader::Unsigned { max } = &mut column.reader {
                *max = largest;
            }
        }
    }

    /// What is wrong with the first default that does not fit its column.
    pub(super) fn wrong_default(mut self) -> Option<String> {
        for column in 0..self.columns.len() {
            let Some(json) = self.columns[column].spec.default else { continue };
            if super::row::append_json(&mut self, column, json).is_ok() {
                continue;
            }
            let expected = match self.take_mismatch().or_else(|| self.refused_value())?.kind {
                MismatchKind::Value { expected } => expected,
                _ => "a value".to_owned(),
            };
            let name = &self.columns[column].name;
            return Some(format!(
                "the default of column `{name}`: expected {expected}, found {json}"
            ));
        }
        None
    }

    pub(super) fn refuse(&mut self, column: Option<usize>, kind: MismatchKind) {
        self.progress.mismatch = Some(Mismatch { row: self.progress.page_rows, column, kind });
    }

    /// Mixes a value of an identifying column into the page's fingerprint.
    pub(super) fn identify(&mut self, column: usize, bits: impl FnOnce() -> u64) {
        if self.columns[column].identifies {
            let mixed = self.progress.fingerprint.rotate_left(5) ^ bits();
            self.progress.fingerprint = mixed.wrapping_mul(MIX);
        }
    }

    /// Keeps a value of the remembered column, which may be the last.
    pub(super) fn remember(&mut self, column: usize, value: impl FnOnce() -> Given) {
        if self.remembered == Some(column) {
            self.progress.last = Some(value());
        }
    }
}

impl Object {
    /// The member that a key names. `position`: how many keys came before it in this object.
    pub(super) fn member(&mut self, key: &str, position: usize) -> Option<usize> {
        if let Some((remembered, member)) = self.order.get(position)
            && **remembered == *key
        {
            return *member;
        }
        let member = self.lookup.get(key).copied();
        let entry = (key.into(), member);
        if let Some(slot) = self.order.get_mut(position) {
            *slot = entry;
        } else if position < MAX_REMEMBERED {
            self.order.push(entry);
        }
        member
    }
}

impl Reader {
    fn of(spec: &ColumnSpec) -> Self {
        if !matches!(spec.decode, Decode::Plain) {
            return Self::Raw;
        }
        let signed = |bits: u32| Self::Integer {
            min: i64::MIN >> (64 - bits),
            max: (i64::MAX >> (64 - bits)) as u64,
        };
        let unsigned = |bits: u32| Self::Integer { min: 0, max: u64::MAX >> (64 - bits) };
        match spec.ty {
            LogicalType::Bool => Self::Bool,
            LogicalType::Bytes => Self::Bytes,
            LogicalType::Date => Self::Date,
            LogicalType::Decimal | LogicalType::F32 | LogicalType::Json => Self::Raw,
            LogicalType::F64 => Self::Float,
            LogicalType::I8 => signed(8),
            LogicalType::I16 => signed(16),
            LogicalType::I32 => signed(32),
            LogicalType::I64 => signed(64),
            LogicalType::Text => Self::Text,
            LogicalType::Time => Self::Time,
            LogicalType::Timestamp => Self::Timestamp,
            LogicalType::U8 => unsigned(8),
            LogicalType::U16 => unsigned(16),
            LogicalType::U32 => unsigned(32),
            LogicalType::U64 => Self::Unsigned { max: u64::MAX },
            LogicalType::Uuid => Self::Uuid,
        }
    }
}

/// A text as bits for a fingerprint.
pub(super) fn text_bits(text: &[u8]) -> u64 {
    text.iter().fold(text.len() as u64, |bits, byte| {
        (bits ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
