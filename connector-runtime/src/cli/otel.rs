//! Traces and metrics for OpenTelemetry, sent over OTLP as `OTEL_*` variables say.

mod noting;

use std::ffi::OsString;
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::metrics::{Counter, Gauge, Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::warn;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::{Layer, Registry};

use self::noting::{Lost, Noting};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{OUTCOMES, ResourceReport, SPANS, WaitReason};
use crate::spec::ConnectorSpec;

/// How long the collector is waited for at the end, and when the run was told to stop.
const LAST_FLUSH: Duration = Duration::from_secs(5);
const HURRIED_FLUSH: Duration = Duration::from_millis(400);
/// How often it is looked at whether there is less time now.
const STEP: Duration = Duration::from_millis(20);

type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What is sent, and how.
#[derive(Debug)]
pub(super) struct Telemetry {
    traces: Option<(SdkTracerProvider, Lost)>,
    metrics: Option<(SdkMeterProvider, Instruments)>,
    connector: &'static str,
}

impl Telemetry {
    /// `None` where no variable names a collector.
    ///
    /// # Errors
    ///
    /// When a variable has a value that is not understood.
    pub(super) fn start(spec: &ConnectorSpec, env: Env<'_>) -> Result<Option<Self>> {
        let text = |name: &str| {
            let text = env(name).and_then(|value| value.into_string().ok());
            text.filter(|text| !text.is_empty())
        };
        let is_off =
            text("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let is_wanted = |signal: &str| {
            let endpoint = text("OTEL_EXPORTER_OTLP_ENDPOINT")
                .or_else(|| text(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
            let exporter = text(&format!("OTEL_{signal}_EXPORTER"));
            endpoint.is_some() && exporter.is_none_or(|exporter| exporter == "otlp") && !is_off
        };
        let (traces, metrics) = (is_wanted("TRACES"), is_wanted("METRICS"));
        if !traces && !metrics {
            return Ok(None);
        }
        for name in ["", "_TRACES", "_METRICS"].map(|of| format!("OTEL_EXPORTER_OTLP{of}_PROTOCOL"))
        {
            if let Some(other) = text(&name).filter(|protocol| protocol != "http/protobuf") {
                let text = format!("`{name}` is `{other}`: expected `http/protobuf`");
                return Err(Error::new(ErrorKind::Config, text)
                    .with_help("collectors take it at port 4318"));
            }
        }
        let resource = resource(spec, &text);
        let scope = InstrumentationScope::builder("connector-runtime")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let traces = traces.then(|| -> Result<_> {
            let exporter = SpanExporter::builder().with_http().build().map_err(unusable)?;
            let provider = SdkTracerProvider::builder().with_resource(resource.clone());
            let lost = Lost::default();
            let exporter = Noting::new(exporter, lost.clone());
            Ok((provider.with_batch_exporter(exporter).build(), lost))
        });
        let metrics = metrics.then(|| -> Result<_> {
            let exporter = MetricExporter::builder().with_http().build().map_err(unusable)?;
            let provider = SdkMeterProvider::builder().with_resource(resource.clone());
            let provider = provider.with_periodic_exporter(exporter).build();
            let instruments = Instruments::new(&provider.meter_with_scope(scope));
            Ok((provider, instruments))
        });
        let (traces, metrics) = (traces.transpose()?, metrics.transpose()?);
        Ok(Some(Self { traces, metrics, connector: spec.name }))
    }

    /// Makes traces of the spans of a run.
    pub(super) fn layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let (traces, _) = self.traces.as_ref()?;
        let tracer = traces.tracer("connector-runtime");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(SPANS, LevelFilter::INFO));
        Some(layer.boxed())
    }

    /// A resource has ended.
    pub(super) fn record(&self, report: &ResourceReport) {
        if let Some((_, instruments)) = &self.metrics {
            instruments.record(self.connector, report);
        }
    }

    /// Sends what was not sent yet. What cannot be sent is no failure of the run. `is_hurried`: whether the
    /// program was told to stop by now.
    pub(super) fn end(&self, is_hurried: impl Fn() -> bool) {
        let longest = || if is_hurried() { HURRIED_FLUSH } else { LAST_FLUSH };
        let (begun, at_first) = (Instant::now(), longest());
        let traces = self.traces.clone().map(|(traces, lost)| {
            let end = move || {
                let ended =
                    traces.shutdown_with_timeout(at_first).map_err(|error| error.to_string());
                // that all is shut down does not say that anything has arrived
                lost.take().map_or(ended, Err)
            };
            ("traces", meanwhile(end))
        });
        let metrics = self.metrics.as_ref().map(|(metrics, _)| {
            let metrics = metrics.clone();
            ("metrics", meanwhile(move || metrics.shutdown().map_err(|error| error.to_string())))
        });
        // both are under way
        for (what, ended) in traces.into_iter().chain(metrics) {
            let ended = loop {
                match ended.recv_timeout(STEP) {
                    Ok(ended) => break ended,
                    Err(RecvTimeoutError::Timeout) if begun.elapsed() < longest() => {}
                    Err(_) => {
                        let seconds = begun.elapsed().as_secs_f64();
                        break Err(format!("they were not taken within {seconds:.1} s"));
                    }
                }
            };
            if let Err(error) = ended {
                warn!(target: "connector_runtime::run", "{what} could not be sent to the collector: {error}");
            }
        }
    }
}

/// Does `work` on a thread of its own: the library does not keep to the time that it is given.
fn meanwhile<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (done, result) = mpsc::channel();
    let work = move || {
        // who has asked may have gone
        let _ = done.send(work());
    };
    // where the system has no thread for it, there is no result
    let _ = thread::Builder::new().name("telemetry".to_owned()).spawn(work);
    result
}

/// Of the library's text only the variable is told: it holds the value, which may have a credential in it.
fn unusable(error: ExporterBuildError) -> Error {
    let told = error.to_string();
    let is_part = |char: char| char.is_ascii_uppercase() || char == '_';
    let mut words = told.split(|char| !is_part(char));
    let name = words.find(|word| word.starts_with("OTEL_EXPORTER_OTLP_"));
    let name = name.unwrap_or("OTEL_EXPORTER_OTLP_ENDPOINT");
    let expected = match name.ends_with("_ENDPOINT") {
        true => "a URL, as `http://localhost:4318`",
        false => "a value that OpenTelemetry knows",
    };
    let text = format!("`{name}` cannot be used: expected {expected}");
    Error::new(ErrorKind::Config, text).with_help("correct it, or unset it to send nothing")
}

/// Who sends it: what the variables say, else the connector.
fn resource(spec: &ConnectorSpec, text: &dyn Fn(&str) -> Option<String>) -> Resource {
    let attributes = text("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let is_named = text("OTEL_SERVICE_NAME").is_some() || attributes.contains("service.name=");
    let resource = Resource::builder();
    let resource = if is_named { resource } else { resource.with_service_name(spec.name) };
    match attributes.contains("service.version=") {
        true => resource.build(),
        false => resource.with_attribute(KeyValue::new("service.version", spec.version)).build(),
    }
}

/// What is counted.
struct Instruments {
    rows: Counter<u64>,
    pages: Counter<u64>,
    requests: Counter<u64>,
    retries: Counter<u64>,
    bytes: Counter<u64>,
    waits: Counter<u64>,
    wait_time: Counter<f64>,
    duration: Gauge<f64>,
    lag: Gauge<f64>,
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").finish_non_exhaustive()
    }
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let count = |name, unit, text| {
            meter.u64_counter(name).with_unit(unit).with_description(text).build()
        };
        let gauge =
            |name, text| meter.f64_gauge(name).with_unit("s").with_description(text).build();
        Self {
            rows: count("connector.rows", "{row}", "Rows by what became of them."),
            pages: count("connector.pages", "{page}", "Pages received."),
            requests: count("connector.requests", "{request}", "Requests sent."),
            retries: count("connector.retries", "{request}", "Requests that were a further try."),
            bytes: count("connector.response.size", "By", "Bytes of the bodies, unpacked."),
            waits: count("connector.waits", "{wait}", "Waits of requests, by reason."),
            wait_time: meter
                .f64_counter("connector.wait.duration")
                .with_unit("s")
                .with_description("Time that requests waited, by reason.")
                .build(),
            duration: gauge("connector.resource.duration", "How long the resource took."),
            lag: gauge("connector.cursor.lag", "How far the cursor is behind the clock."),
        }
    }

    fn record(&self, connector: &'static str, report: &ResourceReport) {
        let own = [
            KeyValue::new("connector.name", connector),
            KeyValue::new("connector.resource", report.resource),
        ];
        let with = |name: &'static str, value: &'static str| {
            [own[0].clone(), own[1].clone(), KeyValue::new(name, value)]
        };
        for (name, count) in OUTCOMES {
            self.rows.add(count(&report.rows), &with("connector.outcome", name));
        }
        let traffic = report.traffic;
        self.pages.add(traffic.pages, &own);
        self.requests.add(traffic.requests, &own);
        self.retries.add(traffic.retries, &own);
        self.bytes.add(traffic.bytes, &own);
        for reason in WaitReason::ALL {
            let (wait, own) = (traffic.waits.of(reason), with("connector.reason", reason.as_str()));
            self.waits.add(wait.count, &own);
            self.wait_time.add(wait.time.as_secs_f64(), &own);
        }
        self.duration.record(report.seconds, &with("connector.status", report.status.as_str()));
        if let Some(lag) = report.cursor.as_ref().and_then(|cursor| cursor.lag_seconds) {
            self.lag.record(lag, &own);
        }
    }
}
