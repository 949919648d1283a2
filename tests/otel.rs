//! Traces and metrics, as a collector receives them over OTLP.
#![cfg(unix)]

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use connector_tests::{Child, Folder, KEY, OffsetApi, Outcome, Reply, Server, items};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message;
use rustix::process::Signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-sync");

/// What a collector has received.
struct Received {
    outcome: Outcome,
    /// Of whoever has sent it.
    resource: HashMap<String, String>,
    spans: Vec<Span>,
    /// By name and attributes.
    metrics: HashMap<String, f64>,
}

fn attributes(list: &[KeyValue]) -> HashMap<String, String> {
    let text = |one: &KeyValue| match one.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        Value::DoubleValue(number) => Some(number.to_string()),
        Value::BoolValue(truth) => Some(truth.to_string()),
        _ => None,
    };
    list.iter().map(|one| (one.key.clone(), text(one).unwrap_or_default())).collect()
}

/// `connector.rows{inserted}`: a metric, and the attribute that is neither connector nor resource.
fn label(name: &str, list: &[KeyValue]) -> String {
    let mut own = attributes(list);
    own.remove("connector.name");
    own.remove("connector.resource");
    match own.into_values().next() {
        Some(value) => format!("{name}{{{value}}}"),
        None => name.to_owned(),
    }
}

fn run(api: &Server, env: &[(&str, &str)]) -> Received {
    let collector = Server::always(Reply::status(200));
    let folder = Folder::new();
    let mut command =
        connector_tests::sync(PROGRAM, api, folder.database().path().as_os_str(), KEY);
    command.arg("--max-concurrency=1");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()).envs(env.iter().copied());
    let outcome = Child::default().run(command);
    let requests = collector.requests();
    let of = |path: &'static str| {
        requests.iter().filter(move |request| request.path == path).map(|request| &*request.body)
    };
    let traces =
        of("/v1/traces").map(|body| ExportTraceServiceRequest::decode(body).expect("OTLP"));
    let traces: Vec<_> = traces.flat_map(|request| request.resource_spans).collect();
    let resource = traces.first().and_then(|one| one.resource.as_ref());
    let resource = resource.map(|one| attributes(&one.attributes)).unwrap_or_default();
    let spans = traces.into_iter().flat_map(|one| one.scope_spans).flat_map(|one| one.spans);
    let metrics =
        of("/v1/metrics").map(|body| ExportMetricsServiceRequest::decode(body).expect("OTLP"));
    let metrics = metrics.flat_map(|request| request.resource_metrics);
    let metrics = metrics.flat_map(|one| one.scope_metrics).flat_map(|one| one.metrics);
    let points = metrics.flat_map(|metric| {
        let points = match metric.data {
            Some(Data::Sum(sum)) => sum.data_points,
            Some(Data::Gauge(gauge)) => gauge.data_points,
            _ => Vec::new(),
        };
        points.into_iter().map(move |point| {
            let value = match point.value {
                Some(number_data_point::Value::AsInt(number)) => number as f64,
                Some(number_data_point::Value::AsDouble(number)) => number,
                None => f64::NAN,
            };
            (label(&metric.name, &point.attributes), value)
        })
    });
    Received { outcome, resource, spans: spans.collect(), metrics: points.collect() }
}

impl Received {
    fn named(&self, name: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.name == name).collect()
    }
}

#[test]
fn a_run_is_a_trace_of_resources_and_requests() {
    let api = OffsetApi::new(items(1..3_001)).key(KEY).script(2, Reply::status(503)).serve();
    let received = run(&api, &[]);
    assert_eq!(received.outcome.code(), 0, "{:?}", received.outcome);
    assert_eq!(received.resource["service.name"], "example_api");
    assert!(received.resource.contains_key("service.version"));

    let [run] = received.named("sync example_api")[..] else { panic!("one run") };
    let [resource] = received.named("load resource_name")[..] else { panic!("one resource") };
    let requests = received.named("GET /v1/resource");
    assert_eq!(requests.len(), api.count(), "{:?}", received.spans);
    assert_eq!((&resource.parent_span_id, &resource.trace_id), (&run.span_id, &run.trace_id));
    assert_eq!(attributes(&resource.attributes)["connector.rows.received"], "3000");
    for request in &requests {
        assert_eq!(request.parent_span_id, resource.span_id);
        assert_eq!(request.kind(), SpanKind::Client);
        let attributes = attributes(&request.attributes);
        assert_eq!(attributes["http.request.method"], "GET");
        assert_eq!(attributes["url.template"], "/v1/resource");
        assert_eq!(attributes["server.address"], "127.0.0.1");
    }
    let of = |at: usize| attributes(&requests[at].attributes);
    assert_eq!(of(0)["http.response.status_code"], "200");
    assert!(!of(0).contains_key("http.request.resend_count"));
    assert_eq!((&*of(1)["http.response.status_code"], &*of(1)["error.type"]), ("503", "503"));
    assert_eq!(requests[1].status.as_ref().map(|status| status.code()), Some(StatusCode::Error));
    assert_eq!(of(2)["http.request.resend_count"], "1");
    assert!(!format!("{:?}", received.spans).contains("s3cr3t"), "no key is sent");
}

#[test]
fn metrics_are_those_of_the_report() {
    let api = OffsetApi::new(items(1..3_001)).key(KEY).script(2, Reply::status(503)).serve();
    let received = run(&api, &[("OTEL_TRACES_EXPORTER", "none")]);
    assert_eq!(received.outcome.code(), 0, "{:?}", received.outcome);
    assert!(received.spans.is_empty());
    for (name, expected) in [
        ("connector.rows{received}", 3_000.0),
        ("connector.rows{inserted}", 3_000.0),
        ("connector.rows{discarded}", 0.0),
        ("connector.retries", 1.0),
        ("connector.waits{retry}", 1.0),
        ("connector.requests", api.count() as f64),
    ] {
        assert_eq!(received.metrics.get(name), Some(&expected), "{name}: {:?}", received.metrics);
    }
    assert!(received.metrics.contains_key("connector.resource.duration{done}"));
}

#[test]
fn the_variables_decide() {
    let api = || OffsetApi::new(items(1..11)).key(KEY).serve();
    let off = run(&api(), &[("OTEL_SDK_DISABLED", "true")]);
    assert_eq!(off.outcome.code(), 0, "{:?}", off.outcome);
    assert!(off.spans.is_empty() && off.metrics.is_empty());
    let named = run(&api(), &[("OTEL_SERVICE_NAME", "nightly"), ("OTEL_METRICS_EXPORTER", "none")]);
    assert_eq!(named.resource["service.name"], "nightly");
    assert!(named.metrics.is_empty());
    let grpc = run(&api(), &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    assert_eq!(grpc.outcome.code(), 2, "{:?}", grpc.outcome);
    assert!(grpc.outcome.stderr.contains("expected `http/protobuf`"), "{:?}", grpc.outcome);
}

/// Even a wrong variable is none of its business.
#[test]
fn what_runs_nothing_sends_nothing() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..3)).key(KEY).serve());
    let database = folder.database();
    let loaded = connector_tests::sync(PROGRAM, &api, database.path().as_os_str(), KEY);
    assert_eq!(Child::default().run(loaded).code(), 0);
    let collector = Server::always(Reply::status(200));
    for protocol in ["http/protobuf", "grpc"] {
        for args in [&["loads"][..], &["state", "export"], &["state", "reset"]] {
            let mut command = Command::new(PROGRAM);
            command.args(args).arg("--destination").arg(database.path()).env_clear();
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
            command.env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
            let outcome = Child::default().run(command);
            assert_eq!(outcome.code(), 0, "{args:?}: {outcome:?}");
        }
    }
    assert_eq!(collector.count(), 0);
}

#[test]
fn a_collector_that_is_none_is_told_without_its_credential() {
    let api = OffsetApi::new(items(1..11)).key(KEY).serve();
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        let wrong = run(&api, &[(name, "http://me:hunter2-hunter2@collector :4318")]).outcome;
        assert_eq!(wrong.code(), 2, "{wrong:?}");
        assert!(wrong.stderr.contains(&format!("`{name}` cannot be used")), "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
    }
    assert_eq!(api.count(), 0, "nothing was asked");
}

#[test]
fn a_collector_that_is_gone_is_no_failure_of_the_run() {
    let api = OffsetApi::new(items(1..11)).key(KEY).serve();
    let received = run(&api, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    assert_eq!(received.outcome.code(), 0, "{:?}", received.outcome);
    for what in ["traces", "metrics"] {
        let told = format!("{what} could not be sent to the collector");
        assert!(received.outcome.stderr.contains(&told), "{:?}", received.outcome);
    }
}

#[test]
fn traces_that_are_refused_are_told() {
    let api = OffsetApi::new(items(1..11)).key(KEY).serve();
    let collector = Server::always(Reply::status(400));
    let received = run(&api, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]);
    assert_eq!(received.outcome.code(), 0, "{:?}", received.outcome);
    let told = "traces could not be sent to the collector";
    assert!(received.outcome.stderr.contains(told), "{:?}", received.outcome);
}

#[test]
fn a_collector_that_stalls_is_waited_for_once() {
    let time = |more: &[(&str, &str)]| {
        let api = OffsetApi::new(items(1..11)).key(KEY).serve();
        let collector = Server::always(Reply::json("{}").stall(0));
        let url = collector.url();
        let env = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)], more].concat();
        let begun = Instant::now();
        let outcome = run(&api, &env).outcome;
        assert_eq!(outcome.code(), 0, "{outcome:?}");
        assert!(outcome.stderr.contains("metrics could not be sent"), "{outcome:?}");
        begun.elapsed()
    };
    let metrics = time(&[("OTEL_TRACES_EXPORTER", "none")]);
    let both = time(&[]);
    assert!(both < metrics * 3 / 2, "{both:?} for both, {metrics:?} for one of them");
}

#[test]
fn a_first_signal_hurries_the_collector_and_keeps_the_result() {
    let api = OffsetApi::new(items(1..11)).key(KEY).serve();
    let (folder, child) = (Folder::new(), Child::default());
    const BEFORE: Duration = Duration::from_millis(600);
    let collector = Server::start({
        let child = child.clone();
        move |request| {
            // a second one would end it at once
            if request.number == 1 {
                // longer than it would be waited for after a signal
                thread::sleep(BEFORE);
                child.signal(Signal::TERM);
            }
            Reply::json("{}").stall(0)
        }
    });
    let mut command =
        connector_tests::sync(PROGRAM, &api, folder.database().path().as_os_str(), KEY);
    command.args(["--output", "json"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    // nothing is sent before the run is over
    command.env("OTEL_BSP_SCHEDULE_DELAY", "3600000").env("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
    let outcome = child.run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert!(outcome.stdout.contains("\"status\":\"done\""), "{outcome:?}");
    let told = outcome.stderr.split("to the collector: they were not taken within ").nth(1);
    let seconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    // it would be five without the signal
    let hurried = BEFORE.as_secs_f64()..4.0;
    assert!(seconds.is_some_and(|seconds| hurried.contains(&seconds)), "{outcome:?}");
}

#[test]
fn two_signals_while_a_collector_is_waited_for_lose_no_result() {
    let api = OffsetApi::new(items(1..11)).key(KEY).serve();
    let (folder, child) = (Folder::new(), Child::default());
    let report = folder.path("report.json");
    let is_written = Arc::new(AtomicBool::new(false));
    let collector = Server::start({
        let (child, report, is_written) = (child.clone(), report.clone(), is_written.clone());
        move |request| {
            if request.number == 1 {
                is_written.store(report.exists(), Ordering::SeqCst);
                child.signal(Signal::INT);
                child.signal(Signal::TERM);
            }
            Reply::json("{}").stall(0)
        }
    });
    let mut command =
        connector_tests::sync(PROGRAM, &api, folder.database().path().as_os_str(), KEY);
    command.arg("--report").arg(&report).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    // nothing is sent before the run is over
    command.env("OTEL_BSP_SCHEDULE_DELAY", "3600000").env("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
    let outcome = child.run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert!(is_written.load(Ordering::SeqCst), "files do not wait for a collector");
    let report = std::fs::read_to_string(report).expect("a file");
    assert!(report.contains("\"status\":\"done\""), "{report}");
}
