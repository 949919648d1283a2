//! What is told of a request: a log line, and the span of a trace.

use tracing::field::Empty;
use tracing::{Level, Span, debug, enabled, info_span};

use super::{Call, Client, To};
use crate::http::{Request, Response, TransportError};
use crate::report::SPANS;

/// Target of the log lines.
pub(super) const REQUEST: &str = "connector_runtime::request";

/// The span of a request, with the names that OpenTelemetry has for what it says.
pub(super) fn span(request: &Request, to: To, call: &Call<'_>, attempt: u32) -> Span {
    let method = request.method().as_str();
    let (name, template) = match to {
        To::Api => (call.template, Some(call.template)),
        To::TokenServer(grant) => (grant.server(), None),
    };
    info_span!(
        target: SPANS,
        "request",
        otel.name = format!("{method} {name}"),
        otel.kind = "client",
        otel.status_code = Empty,
        connector.resource = call.resource,
        http.request.method = method,
        http.request.resend_count = (attempt > 1).then(|| attempt - 1),
        http.response.status_code = Empty,
        server.address = request.url().host_str(),
        server.port = request.url().port_or_known_default(),
        url.template = template,
        error.type = Empty,
    )
}

impl Client {
    /// Logs an answer, and completes the span of its request.
    pub(super) fn tell(
        &self,
        request: &Request,
        answer: &Result<Response, TransportError>,
        to: To,
        call: &Call<'_>,
        span: &Span,
    ) {
        match answer {
            Ok(response) => {
                span.record("http.response.status_code", response.status());
                if response.status() >= 400 {
                    span.record("error.type", response.status().to_string());
                    span.record("otel.status_code", "ERROR");
                }
            }
            Err(error) => {
                span.record("error.type", format!("{:?}", error.failure()).to_lowercase());
                span.record("otel.status_code", "ERROR");
            }
        }
        if !enabled!(target: REQUEST, Level::DEBUG) {
            return;
        }
        let Call { resource, page, .. } = *call;
        let request = match to {
            To::Api => self.redactor.clean(&request.to_string()),
            // its URL is the user's own, and may be private
            To::TokenServer(grant) => grant.server().to_owned(),
        };
        match answer {
            Ok(response) => {
                let (status, bytes) = (response.status(), response.body().len());
                debug!(target: REQUEST, resource, page, request, status, bytes, "answered");
            }
            Err(error) => {
                let error = self.redactor.clean(&error.to_string());
                debug!(target: REQUEST, resource, page, request, "{error}");
            }
        }
    }
}
