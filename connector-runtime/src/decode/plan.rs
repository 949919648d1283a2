//! [`Plan`]: the fields of one resource, ready to take values.

use super::bound::Bound;
use super::list::{Element, List};
use super::object::{Member, Object, Target};
use super::place::Place;
use super::quarantine::Quarantine;
use super::reader::Reader;
use super::scalar::Given;
use super::unknown::Unknown;
use crate::schema::element_field;
use crate::spec::{ColumnSource, ColumnSpec, ElementSpec, FieldSpec, UnknownFields};
use crate::value::{Bounds, ColumnBuilder};

/// Mixes bits of values well.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
/// Null in a fingerprint.
pub(super) const NULL: u64 = 0x6E75_6C6C;

/// The objects, lists and columns of a row, and what is known of the page that is being decoded.
#[derive(Debug)]
pub(super) struct Plan {
    /// The first one is the row itself.
    pub(super) objects: Vec<Object>,
    pub(super) lists: Vec<List>,
    pub(super) columns: Vec<Column>,
    pub(super) progress: Progress,
    /// Keys that no column takes.
    pub(super) unknown: Unknown,
    /// Where rows that do not fit are kept; `None`: the first one is an error.
    pub(super) quarantine: Option<Quarantine>,
    /// The column whose last value is kept as it came.
    pub(super) remembered: Option<usize>,
    /// Columns whose values are those of the scan.
    pub(super) bound: Bound,
    /// The places of rows in the columns that are not handed out, in order.
    pub(super) left_out: Vec<usize>,
}

/// Where the decoder stands.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows of this page that are complete.
    pub(super) page_rows: usize,
    /// Rows in the columns, those that do not fit among them.
    pub(super) rows: usize,
    any_row: bool,
    /// Keys of the last row that some column wanted.
    known_keys: usize,
    fingerprint: u64,
    /// What the last row of the page had in the remembered column.
    last: Option<Given>,
    mismatch: Option<Mismatch>,
    /// The column whose value is being read.
    current: Option<usize>,
}

/// One column and how JSON values become its values.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) spec: ColumnSpec,
    pub(super) builder: ColumnBuilder,
    pub(super) reader: Reader,
    pub(super) place: Place,
    /// Takes part in the page's fingerprint.
    pub(super) identifies: bool,
    ever_seen: bool,
}

impl Column {
    /// Part of the row's key. (A nested struct may be a resource of its own: its key is none here.)
    /// What is the same in all rows of a scan tells none from another.
    pub(super) fn is_key(&self) -> bool {
        self.spec.primary_key && self.place.is_outermost() && !self.is_bound()
    }

    /// Its value is that of the scan.
    pub(super) fn is_bound(&self) -> bool {
        self.spec.source != ColumnSource::Row && self.place.is_outermost()
    }
}

/// A value that does not fit.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// In the page, from 0.
    pub(super) row: usize,
    pub(super) subject: Subject,
    /// The places in the lists that lead to it.
    pub(super) indexes: Vec<usize>,
    pub(super) kind: MismatchKind,
}

/// What does not fit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject {
    Column(usize),
    List(usize),
    /// The row itself, a flattened object, or an element of a list.
    Object(usize),
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
    /// A key of the object is there that no column takes.
    Unknown { key: String },
    /// Not what was expected.
    Value { expected: String },
}

impl Plan {
    pub(super) fn new(fields: &[FieldSpec], unknown: UnknownFields) -> Self {
        let mut plan = Self {
            objects: Vec::new(),
            lists: Vec::new(),
            columns: Vec::new(),
            progress: Progress::default(),
            unknown: Unknown::new(unknown),
            quarantine: None,
            remembered: None,
            bound: Bound::default(),
            left_out: Vec::new(),
        };
        plan.object(fields, Place::default());
        let keyed = plan.is_keyed();
        for column in &mut plan.columns {
            column.identifies = if keyed { column.is_key() } else { !column.is_bound() };
        }
        plan
    }

    fn object(&mut self, fields: &[FieldSpec], place: Place) -> usize {
        let index = self.objects.len();
        self.objects.push(Object::new(place.clone()));
        for field in fields {
            let (wire, target) = match *field {
                FieldSpec::Column(spec) => {
                    let column = self.column(spec, place.field(spec.name, spec.wire));
                    let captures = index == 0 && self.unknown.captures_into(spec.name);
                    let target = match captures {
                        true => self.capture(column),
                        false if self.columns[column].is_bound() => self.bound(column),
                        false => Target::Column(column),
                    };
                    (spec.wire, target)
                }
                FieldSpec::Flatten { name, wire, optional, fields } => {
                    let index = self.object(fields, place.field(name, wire));
                    (wire, Target::Object { index, optional })
                }
                FieldSpec::List { name, wire, optional, element, .. } => {
                    let list = self.list(optional, element, place.field(name, wire));
                    (wire, Target::List(list))
                }
            };
            self.objects[index].push(wire, target);
        }
        index
    }

    fn column(&mut self, spec: ColumnSpec, place: Place) -> usize {
        self.columns.push(Column {
            spec,
            builder: ColumnBuilder::new(&spec),
            reader: Reader::of(&spec),
            place,
            identifies: false,
            ever_seen: false,
        });
        self.columns.len() - 1
    }

    /// The column of what no other takes, which is not looked for in the row.
    fn capture(&mut self, column: usize) -> Target {
        self.columns[column].ever_seen = true;
        self.unknown.column = Some(column);
        Target::Capture(column)
    }

    /// A column whose value is that of the scan, which is not looked for in the row either.
    fn bound(&mut self, column: usize) -> Target {
        self.columns[column].ever_seen = true;
        self.bound.push(column);
        Target::Bound(column)
    }

    /// Whether some column that comes with the rows is part of a key. One with a default may be that of
    /// all rows until `map` fills it in.
    pub(super) fn is_keyed(&self) -> bool {
        let mut keys = self.columns.iter().filter(|column| column.is_key()).peekable();
        keys.peek().is_some() && keys.all(|column| column.spec.default.is_none())
    }

    /// Whether the API sends values of a column under its name.
    pub(super) fn is_sent(&self, column: usize) -> bool {
        self.unknown.column != Some(column) && !self.columns[column].is_bound()
    }

    fn list(&mut self, optional: bool, element: ElementSpec, place: Place) -> usize {
        let list = self.lists.len();
        let item = element_field(element);
        // lists in it come after it; what its elements are is known then
        let elements = place.element(list);
        self.lists.push(List::new(optional, Element::Column(0), place, item));
        self.lists[list].element = match element {
            ElementSpec::Record(fields) => Element::Object(self.object(fields, elements)),
            ElementSpec::Value(spec) => Element::Column(self.column(spec, elements)),
        };
        list
    }

    pub(super) fn start_page(&mut self) {
        self.progress.page_rows = 0;
        self.progress.fingerprint = MIX;
        self.progress.last = None;
        self.progress.mismatch = None;
        self.progress.current = None;
        if let Some(quarantine) = &mut self.quarantine {
            quarantine.start_page();
        }
    }

    /// No row of the page is handed out, nor one of it that was not read to its end.
    pub(super) fn forget_page(&mut self) {
        let start = self.progress.rows - self.progress.page_rows;
        self.progress.rows += 1;
        self.pad(0, self.progress.rows);
        let before = self.left_out.partition_point(|place| *place < start);
        self.left_out.truncate(before);
        self.left_out.extend(start..self.progress.rows);
        self.progress.page_rows = 0;
        self.progress.mismatch = None;
        if let Some(quarantine) = &mut self.quarantine {
            quarantine.forget_page();
        }
    }

    pub(super) fn start_row(&mut self) {
        self.progress.any_row = true;
        self.progress.known_keys = 0;
        self.unknown.start_row();
    }

    /// The row has come to its end, and fits if what it captured does.
    pub(super) fn end_row(&mut self) -> Result<(), ()> {
        if let Some(column) = self.unknown.column {
            self.end_capture(column)?;
        }
        self.count_row();
        Ok(())
    }

    fn end_capture(&mut self, column: usize) -> Result<(), ()> {
        if self.unknown.has_captured() || !self.columns[column].spec.nullable {
            let json = self.unknown.take_captured();
            let text = std::str::from_utf8(&json).expect("BUG: JSON is text");
            super::value::append_json(self, column, text)?;
            self.unknown.reuse(json);
            return Ok(());
        }
        self.columns[column].builder.append_null();
        self.identify(column, || NULL);
        Ok(())
    }

    pub(super) fn count_row(&mut self) {
        self.progress.page_rows += 1;
        self.progress.rows += 1;
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

    /// What did not fit: what was said of it, or the value at which the parser gave up.
    pub(super) fn take_mismatch(&mut self) -> Option<Mismatch> {
        self.progress.mismatch.take()
    }

    /// Columns and lists that never came, though rows did; of elements only where there were some.
    pub(super) fn absent_fields(&self) -> impl Iterator<Item = &str> {
        let any_element = |place: &Place| {
            place.lists().all(|list| match self.lists[list].element {
                Element::Object(object) => self.objects[object].serial > 0,
                Element::Column(_) => false,
            })
        };
        let columns = self.columns.iter().map(|column| (&column.place, column.ever_seen));
        let lists = self.lists.iter().map(|list| (&list.place, list.ever_seen));
        let absent = move |(place, seen): &(&Place, bool)| !seen && any_element(place);
        let fields = columns.chain(lists).filter(absent).map(|(place, _)| place.name());
        fields.filter(|_| self.progress.any_row)
    }

    /// Takes over what another plan of the same resource has seen.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.progress.any_row |= other.progress.any_row;
        for (column, other) in self.columns.iter_mut().zip(&other.columns) {
            column.ever_seen |= other.ever_seen;
        }
        for (list, other) in self.lists.iter_mut().zip(&other.lists) {
            list.ever_seen |= other.ever_seen;
        }
        for (object, other) in self.objects.iter_mut().zip(&other.objects) {
            object.serial += other.serial;
        }
        self.unknown.absorb(&other.unknown);
    }

    /// An object begins.
    #[inline]
    pub(super) fn start_object(&mut self, object: usize) {
        self.objects[object].serial += 1;
    }

    /// Notes that the object that is being decoded has brought this member; `false` if it had already.
    #[inline]
    pub(super) fn mark(&mut self, object: usize, member: usize) -> bool {
        self.progress.known_keys += 1;
        let Object { members, serial, .. } = &mut self.objects[object];
        let Member { seen, target } = &mut members[member];
        let (serial, target) = (*serial, *target);
        let before = std::mem::replace(seen, serial);
        if before == 0 {
            self.see_member(target);
        }
        before != serial
    }

    /// Notes that a member has come for the first time.
    #[cold]
    fn see_member(&mut self, target: Target) {
        match target {
            Target::Column(column) => self.see(column),
            Target::List(list) => self.lists[list].ever_seen = true,
            Target::Bound(_) | Target::Capture(_) | Target::Object { .. } => {}
        }
    }

    /// Notes that the page may have values of this column.
    pub(super) fn see(&mut self, column: usize) {
        self.columns[column].ever_seen = true;
    }

    /// Notes which column's value is read next; `None` when it has been read.
    #[inline]
    pub(super) fn read(&mut self, column: Option<usize>) {
        self.progress.current = column;
    }

    /// The value that was being read when the parser gave up.
    pub(super) fn refused_value(&self) -> Option<Mismatch> {
        let column = self.progress.current?;
        let Column { reader, spec, .. } = &self.columns[column];
        let expected = reader.describe(spec.ty);
        Some(self.mismatch(Subject::Column(column), MismatchKind::Value { expected }))
    }

    pub(super) fn limit(&mut self, bounds: Bounds) {
        for Column { builder, spec, .. } in &mut self.columns {
            builder.limit(spec.ty, bounds);
        }
    }

    /// What is wrong with the first column that does not take what the resource gives it: its default,
    /// or the object of what it captures.
    pub(super) fn wrong_value(mut self) -> Option<String> {
        for column in 0..self.columns.len() {
            let Some(json) = self.columns[column].spec.default else { continue };
            if let Some(expected) = self.refused(column, json) {
                let name = self.columns[column].place.name();
                return Some(format!(
                    "the default of column `{name}`: expected {expected}, found {json}"
                ));
            }
        }
        let column = self.unknown.column?;
        let expected = self.refused(column, "{}")?;
        let name = self.columns[column].place.name();
        Some(format!(
            "column `{name}` captures unknown fields as an object, but does not take {{}}: expected {expected}"
        ))
    }

    /// What the column expects, if it does not take a JSON text.
    fn refused(&mut self, column: usize, json: &str) -> Option<String> {
        if super::value::append_json(self, column, json).is_ok() {
            return None;
        }
        Some(match self.take_mismatch().or_else(|| self.refused_value())?.kind {
            MismatchKind::Value { expected } => expected,
            _ => "a value".to_owned(),
        })
    }

    pub(super) fn refuse(&mut self, subject: Subject, kind: MismatchKind) {
        self.progress.mismatch = Some(self.mismatch(subject, kind));
    }

    fn mismatch(&self, subject: Subject, kind: MismatchKind) -> Mismatch {
        let lists = self.place(subject).lists();
        let indexes = lists.map(|list| self.lists[list].index()).collect();
        Mismatch { row: self.progress.page_rows, subject, indexes, kind }
    }

    pub(super) fn place(&self, subject: Subject) -> &Place {
        match subject {
            Subject::Column(column) => &self.columns[column].place,
            Subject::List(list) => &self.lists[list].place,
            Subject::Object(object) => &self.objects[object].place,
        }
    }

    /// Mixes a value of an identifying column into the page's fingerprint.
    #[inline]
    pub(super) fn identify(&mut self, column: usize, bits: impl FnOnce() -> u64) {
        if self.columns[column].identifies {
            self.mix(bits());
        }
    }

    pub(super) fn mix(&mut self, bits: u64) {
        let mixed = self.progress.fingerprint.rotate_left(5) ^ bits;
        self.progress.fingerprint = mixed.wrapping_mul(MIX);
    }

    /// Keeps a value of the remembered column, which may be the last.
    #[inline]
    pub(super) fn remember(&mut self, column: usize, value: impl FnOnce() -> Option<Given>) {
        if self.remembered == Some(column)
            && let Some(value) = value()
        {
            self.progress.last = Some(value);
        }
    }

    /// Keeps a value of the remembered column that was found in another way.
    pub(super) fn remember_found(&mut self, value: Given) {
        self.progress.last = Some(value);
    }
}

/// A text as bits for a fingerprint.
pub(super) fn text_bits(text: &[u8]) -> u64 {
    text.iter().fold(text.len() as u64, |bits, byte| {
        (bits ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
