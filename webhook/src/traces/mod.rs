//! OpenTelemetry traces, opt-in: one span for each sampled request, beneath the API server's own where it traces too.
//!
//! Exported in batches by a thread of the exporter's own, over OTLP by plain HTTP to a collector beside us. Where the
//! collector does not answer, spans are lost and reviews go on.

mod collector;

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span};

use crate::limits::TRACES_TIME;
use crate::workers::Hook;
use collector::Collector;

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// No `http://host:port`.
    #[error("--otlp-endpoint {0}: write http://host:4318; a collector beside the server needs no TLS")]
    Endpoint(String),
    /// The exporter refuses.
    #[error("traces: {0}")]
    Exporter(String),
}

/// Makes spans, or does not. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Tracing>>);

#[derive(Debug)]
struct Tracing {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
}

/// The span of one request. Ends when it is dropped.
#[derive(Debug, Default)]
pub struct RequestSpan(Option<Span>);

/// What a traced review was of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The request's uid.
    pub uid: String,
    /// `apps/v1/Deployment`.
    pub kind: String,
    /// Empty where there is none.
    pub namespace: String,
    /// Empty where it is not known yet.
    pub name: String,
    /// `CREATE`, ….
    pub operation: &'static str,
}

impl Traces {
    /// No traces.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Sends this part (0 to 1) of requests to a collector, and those that the API server already traces.
    pub fn start(endpoint: &str, sample: f64) -> Result<Self, TracesError> {
        let collector = Collector::new(endpoint).ok_or_else(|| TracesError::Endpoint(endpoint.to_owned()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(TRACES_TIME)
            .build()
            .map_err(|error| TracesError::Exporter(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name("platlint-webhook")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(sample))))
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("platlint-webhook");
        Ok(Self(Some(Arc::new(Tracing { provider, tracer, propagator: TraceContextPropagator::new() }))))
    }

    /// A request came.
    #[must_use]
    pub fn begin(&self, hook: Hook, headers: &HeaderMap) -> RequestSpan {
        let Some(tracing) = &self.0 else { return RequestSpan(None) };
        let parent = tracing.propagator.extract(&HeaderExtractor(headers));
        let span = tracing
            .tracer
            .span_builder(match hook {
                Hook::Validate => "POST /validate",
                Hook::Mutate => "POST /mutate",
            })
            .with_kind(SpanKind::Server)
            .start_with_context(&tracing.tracer, &parent);
        RequestSpan(Some(span))
    }

    /// Sends what is left. Nothing is traced afterwards.
    pub fn end(&self) {
        if let Some(tracing) = &self.0 {
            // What could not be sent is lost, and the exporter said so.
            let _ = tracing.provider.shutdown_with_timeout(Duration::from_secs(2));
        }
    }
}

impl RequestSpan {
    /// Whether it will be sent, so that its details are worth knowing.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(opentelemetry::trace::Span::is_recording)
    }

    /// The request was answered.
    pub fn answered(&mut self, code: u16, outcome: &'static str, subject: Option<&Subject>) {
        let Some(span) = &mut self.0 else { return };
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(code)));
        span.set_attribute(KeyValue::new("platlint.outcome", outcome));
        if code >= 500 {
            span.set_status(Status::error(outcome));
        }
        if let Some(subject) = subject {
            span.set_attribute(KeyValue::new("k8s.admission.uid", subject.uid.clone()));
            span.set_attribute(KeyValue::new("k8s.admission.kind", subject.kind.clone()));
            span.set_attribute(KeyValue::new("k8s.admission.operation", subject.operation));
            span.set_attribute(KeyValue::new("k8s.namespace.name", subject.namespace.clone()));
            span.set_attribute(KeyValue::new("k8s.admission.name", subject.name.clone()));
        }
    }
}
