//! A report as metrics, in the text format of Prometheus.

use std::fmt::Write;

use super::text::Count;
use super::{Report, ResourceReport, Status, WaitReason};

/// One metric: its name, what it means, and its values.
struct Metric {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, f64)>,
}

/// What became of rows, by name.
pub(crate) const OUTCOMES: [(&str, Count); 9] = [
    ("received", |rows| rows.received),
    ("inserted", |rows| rows.inserted),
    ("updated", |rows| rows.updated),
    ("unchanged", |rows| rows.unchanged),
    ("deleted", |rows| rows.deleted),
    ("filtered", |rows| rows.filtered),
    ("quarantined", |rows| rows.quarantined),
    ("discarded", |rows| rows.discarded),
    ("removed", |rows| rows.removed),
];

const STATUSES: [Status; 5] =
    [Status::Done, Status::Failed, Status::Interrupted, Status::Partial, Status::Skipped];

impl Report {
    /// The report as metrics in the text format of Prometheus, for a file that a collector reads.
    ///
    /// All are gauges: they are of one run, and the next run begins from nothing.
    /// `docs/observability.md` lists them.
    ///
    /// ```no_run
    /// # use connector_runtime::report::Report;
    /// # fn write(report: &Report) -> std::io::Result<()> {
    /// std::fs::write("sync.prom", report.prometheus())
    /// # }
    /// ```
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        for Metric { name, help, samples } in self.metrics() {
            if samples.is_empty() {
                continue;
            }
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        text
    }

    fn metrics(&self) -> Vec<Metric> {
        let of_run = |name, help, value: f64| Metric {
            name,
            help,
            samples: vec![(label("connector", self.connector), value)],
        };
        let success = f64::from(u8::from(self.is_done()));
        let mut metrics = vec![
            of_run(
                "connector_run_success",
                "1 if every resource of the last run is done.",
                success,
            ),
            of_run(
                "connector_run_started_timestamp_seconds",
                "When the last run began.",
                self.started.as_microsecond() as f64 / 1e6,
            ),
            of_run(
                "connector_run_ended_timestamp_seconds",
                "When the last run ended.",
                self.ended.as_microsecond() as f64 / 1e6,
            ),
            of_run("connector_run_duration_seconds", "How long the last run took.", self.seconds),
        ];
        let mut add = |name, help, values: &Values<'_>| {
            let samples = self.resources.iter().flat_map(|one| {
                let own = format!(
                    "{},{}",
                    label("connector", self.connector),
                    label("resource", one.resource)
                );
                values(one).into_iter().map(move |(more, value)| match more.is_empty() {
                    true => (own.clone(), value),
                    false => (format!("{own},{more}"), value),
                })
            });
            metrics.push(Metric { name, help, samples: samples.collect() });
        };
        add(
            "connector_resource_status",
            "1 for how the resource ended, 0 for the others.",
            &|one| {
                let is = |status| f64::from(u8::from(one.status == status));
                STATUSES.map(|status| (label("status", status.as_str()), is(status))).to_vec()
            },
        );
        add("connector_resource_rows", "Rows by what became of them.", &|one| {
            OUTCOMES.map(|(name, count)| (label("outcome", name), count(&one.rows) as f64)).to_vec()
        });
        add("connector_resource_pages", "Pages received.", &|one| alone(one.traffic.pages as f64));
        add("connector_resource_requests", "Requests sent, retries included.", &|one| {
            alone(one.traffic.requests as f64)
        });
        add("connector_resource_retries", "Requests that were a further try.", &|one| {
            alone(one.traffic.retries as f64)
        });
        add("connector_resource_response_bytes", "Bytes of the bodies, unpacked.", &|one| {
            alone(one.traffic.bytes as f64)
        });
        add("connector_resource_waits", "Waits of requests, by reason.", &|one| {
            waits(one, |wait| wait.count as f64)
        });
        add("connector_resource_wait_seconds", "Time that requests waited, by reason.", &|one| {
            waits(one, |wait| wait.time.as_secs_f64())
        });
        add("connector_resource_duration_seconds", "How long the resource took.", &|one| {
            alone(one.seconds)
        });
        add(
            "connector_cursor_timestamp_seconds",
            "Up to when every row is committed, for cursors that are times.",
            &|one| {
                let position = one.cursor.as_ref().and_then(|cursor| cursor.position.instant());
                let seconds = position.map(|instant| instant.as_microsecond() as f64 / 1e6);
                seconds.map(alone).unwrap_or_default()
            },
        );
        add(
            "connector_cursor_lag_seconds",
            "How far the cursor was behind the clock at the end.",
            &|one| {
                let lag = one.cursor.as_ref().and_then(|cursor| cursor.lag_seconds);
                lag.map(alone).unwrap_or_default()
            },
        );
        metrics
    }
}

/// The values of a metric for a resource: further labels, and a number.
type Values<'a> = dyn Fn(&ResourceReport) -> Vec<(String, f64)> + 'a;

fn alone(value: f64) -> Vec<(String, f64)> {
    vec![(String::new(), value)]
}

fn waits(one: &ResourceReport, value: impl Fn(super::Wait) -> f64) -> Vec<(String, f64)> {
    let waits = one.traffic.waits;
    WaitReason::ALL
        .map(|reason| (label("reason", reason.as_str()), value(waits.of(reason))))
        .to_vec()
}

fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}
