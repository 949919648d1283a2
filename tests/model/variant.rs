//! [`Variant`]: a connector, and what it says of its source.

use connector_runtime::Timestamp;
use connector_runtime::run::Run;
use connector_tests::sim::{DAY, Kind, Order, Paging, SECOND};

/// A connector of the model.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// A sync that is about to run.
    pub(crate) sync: fn(&Setup) -> Run,
    /// Its resources, parents first.
    pub(crate) resources: Vec<Resource>,
}

/// The configuration of a connector.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The lower bound of first loads.
    pub(crate) start: Timestamp,
    /// Partitions.
    pub(crate) teams: Vec<String>,
}

/// What a resource declares; its table, its collection and its endpoint have its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    pub(crate) name: &'static str,
    pub(crate) paging: Paging,
    /// It has a table.
    pub(crate) stored: bool,
    pub(crate) append: bool,
    /// It removes what a scan did not bring.
    pub(crate) removes_missing: bool,
    /// Rows say when they are deleted.
    pub(crate) tombstones: bool,
    pub(crate) parent: Option<&'static str>,
    /// It is read team by team.
    pub(crate) by_team: bool,
    /// Without it every scan reads everything.
    pub(crate) incremental: Option<Incremental>,
}

/// What `incremental(..)` says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incremental {
    pub(crate) kind: Kind,
    pub(crate) order: Option<Order>,
    pub(crate) open: bool,
    pub(crate) lag: i64,
    /// The lower bound reaches the API.
    pub(crate) since: bool,
    /// The upper bound does.
    pub(crate) until: bool,
    pub(crate) step: bool,
    /// The first load begins at the start of the setup.
    pub(crate) initial: bool,
    /// What becomes of rows without a cursor.
    pub(crate) missing: Missing,
    /// What bounds are cut to when they are written.
    pub(crate) grain: i64,
    /// What a number as a bound counts.
    pub(crate) unit: i64,
}

/// What becomes of rows without a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// There are none.
    None,
    Excluded,
    Included,
}

impl Incremental {
    /// Instants in no order, and a lower bound.
    pub(crate) const TIME: Self = Self {
        kind: Kind::Instant { grain: 1 },
        order: None,
        open: false,
        lag: 0,
        since: true,
        until: false,
        step: false,
        initial: false,
        missing: Missing::None,
        grain: SECOND,
        unit: SECOND,
    };

    pub(crate) const DATE: Self = Self { kind: Kind::Date, grain: DAY, ..Self::TIME };

    pub(crate) const NUMBER: Self = Self { kind: Kind::Sequence, grain: 1, ..Self::TIME };

    pub(crate) const TEXT: Self = Self { kind: Kind::Text, grain: 1, ..Self::TIME };

    pub(crate) const fn asc(self) -> Self {
        Self { order: Some(Order::Asc), ..self }
    }

    pub(crate) const fn desc(self) -> Self {
        Self { order: Some(Order::Desc), ..self }
    }

    pub(crate) const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    pub(crate) const fn lag(self, lag: i64) -> Self {
        Self { lag, ..self }
    }

    pub(crate) const fn client_side(self) -> Self {
        Self { since: false, ..self }
    }

    pub(crate) const fn until(self) -> Self {
        Self { until: true, ..self }
    }

    /// Windows need both bounds and a first one.
    pub(crate) const fn step(self) -> Self {
        Self { until: true, step: true, initial: true, ..self }
    }

    pub(crate) const fn initial(self) -> Self {
        Self { initial: true, ..self }
    }

    pub(crate) const fn missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    pub(crate) const fn written(self, grain: i64, unit: i64) -> Self {
        Self { grain, unit, ..self }
    }

    /// Values are points of time.
    pub(crate) fn is_time(&self) -> bool {
        matches!(self.kind, Kind::Date | Kind::Instant { .. })
    }
}

impl Resource {
    pub(crate) fn new(name: &'static str, paging: Paging) -> Self {
        Self {
            name,
            paging,
            stored: true,
            append: false,
            removes_missing: false,
            tombstones: false,
            parent: None,
            by_team: false,
            incremental: None,
        }
    }

    /// What its cursors are.
    pub(crate) fn kind(&self) -> Kind {
        self.incremental.map_or(Incremental::TIME.kind, |incremental| incremental.kind)
    }

    /// Its pages are told by how many rows or pages are before them.
    pub(crate) fn is_by_position(&self) -> bool {
        matches!(self.paging, Paging::Offset | Paging::Page | Paging::PageLink)
    }

    /// They are, and its scans go on by the cursor instead.
    pub(crate) fn leaps(&self) -> bool {
        let is_asc = |i: Incremental| i.order == Some(Order::Asc) && i.since;
        self.is_by_position() && !self.append && self.incremental.is_some_and(is_asc)
    }

    /// They are, and nothing helps where rows move.
    pub(crate) fn is_counted(&self) -> bool {
        self.is_by_position() && !self.leaps()
    }

    /// Rows come in any order.
    pub(crate) fn forget_order(&mut self) {
        if let Some(incremental) = &mut self.incremental {
            incremental.order = None;
        }
    }

    /// Its table says whose rows it has.
    pub(crate) fn has_scope(&self) -> bool {
        self.parent.is_some() || self.by_team
    }

    /// How much before the cursor rows may still come.
    pub(crate) fn lag(&self) -> i64 {
        self.incremental.map_or(0, |incremental| incremental.lag)
    }
}

impl Variant {
    pub(crate) fn resource(&self, name: &str) -> &Resource {
        self.resources.iter().find(|resource| resource.name == name).expect("a resource")
    }

    /// Whether some resource is so.
    pub(crate) fn any(&self, is: impl Fn(&Resource) -> bool) -> bool {
        self.resources.iter().any(is)
    }
}
