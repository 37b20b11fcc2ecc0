//! Traces for a collector: spans that are over, in batches, as OTLP/HTTP with JSON.
//!
//! The format is one object with strings and numbers in it, and one POST; the crates that speak all
//! of OpenTelemetry bring gRPC's types, a second HTTP client and some forty packages along. Nothing
//! waits for a collector: what it cannot take in time is dropped, and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::Method;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use arena_client::http::Client;

/// Spans that wait to be sent; more are dropped.
const WAITING_MAX: usize = 8192;
/// Spans of one request to the collector, and how long it is waited for more.
const BATCH_MAX: usize = 512;
const BATCH_TIME: Duration = Duration::from_secs(2);
/// How often a batch is offered.
const TRIES: u32 = 3;

/// Notes spans while they last.
#[derive(Debug)]
pub(crate) struct Notes {
    over: mpsc::Sender<Json>,
    dropped: Arc<AtomicU64>,
}

/// Sends those that are over.
#[derive(Debug)]
pub(crate) struct Exporter {
    over: mpsc::Receiver<Json>,
    dropped: Arc<AtomicU64>,
    client: Client,
}

/// What is known of a span while it lasts.
struct Open {
    trace: u128,
    parent: Option<u64>,
    began: u64,
    fields: Fields,
}

#[derive(Default)]
struct Fields(Vec<(&'static str, Json)>);

/// A layer for the spans of this process, and what sends them; the collector is at the client's URL.
pub(crate) fn export(client: Client) -> (Notes, Exporter) {
    let (sender, over) = mpsc::channel(WAITING_MAX);
    let dropped = Arc::<AtomicU64>::default();
    let notes = Notes { over: sender, dropped: Arc::clone(&dropped) };
    (notes, Exporter { over, dropped, client })
}

impl<S> tracing_subscriber::Layer<S> for Notes
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let parent = span.parent();
        let trace = parent.as_ref().and_then(|it| it.extensions().get::<Open>().map(|it| it.trace));
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let open = Open {
            trace: trace.unwrap_or_else(rand::random),
            parent: parent.map(|it| it.id().into_u64()),
            began: unix_ns(),
            fields,
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        if self.over.try_send(shown(span.name(), id.into_u64(), &open)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// As the collector reads it: ids in hex, times as text, because they are longer than a double.
fn shown(name: &str, id: u64, open: &Open) -> Json {
    /// `SPAN_KIND_INTERNAL` and `SPAN_KIND_SERVER`.
    const KINDS: [u8; 2] = [1, 2];
    let of = |name: &str| {
        let found = open.fields.0.iter().find(|(field, _)| *field == name);
        found.and_then(|(_, value)| value["stringValue"].as_str())
    };
    let request = of("http.method").zip(of("http.route"));
    let named =
        request.map_or_else(|| name.to_owned(), |(method, route)| format!("{method} {route}"));
    let attributes: Vec<_> =
        open.fields.0.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    json!({
        "traceId": format!("{:032x}", open.trace),
        "spanId": format!("{id:016x}"),
        "parentSpanId": open.parent.map_or_else(String::new, |id| format!("{id:016x}")),
        "name": named,
        "kind": KINDS[usize::from(request.is_some())],
        "startTimeUnixNano": open.began.to_string(),
        "endTimeUnixNano": unix_ns().to_string(),
        "attributes": attributes,
    })
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), json!({ "stringValue": format!("{value:?}") })));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), json!({ "stringValue": value })));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), json!({ "intValue": value.to_string() })));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), json!({ "intValue": value.to_string() })));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), json!({ "boolValue": value })));
    }
}

impl Exporter {
    /// Sends until nothing notes spans any more.
    pub(crate) async fn run(mut self) {
        let mut told = false;
        while let Some(first) = self.over.recv().await {
            let mut spans = vec![first];
            let until = tokio::time::Instant::now() + BATCH_TIME;
            while spans.len() < BATCH_MAX {
                match tokio::time::timeout_at(until, self.over.recv()).await {
                    Ok(Some(span)) => spans.push(span),
                    Ok(None) | Err(_) => break,
                }
            }
            match self.send(&spans).await {
                Ok(()) => told = false,
                Err(error) => {
                    self.dropped.fetch_add(spans.len() as u64, Ordering::Relaxed);
                    if !told {
                        let dropped = self.dropped.load(Ordering::Relaxed);
                        let error = format!("{error:#}");
                        tracing::warn!(error, dropped, "the collector takes no traces");
                    }
                    told = true;
                }
            }
        }
    }

    async fn send(&self, spans: &[Json]) -> anyhow::Result<()> {
        let body = envelope(spans).to_string().into_bytes();
        let mut tries = 1;
        loop {
            let answer = self.client.ask(Method::POST, "/v1/traces", Some(body.clone())).await;
            match answer {
                Ok(answer) if answer.status.is_success() => return Ok(()),
                Ok(answer) if answer.status.is_client_error() || tries == TRIES => {
                    anyhow::bail!("it answered {}", answer.status);
                }
                Err(error) if tries == TRIES => return Err(error.into()),
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_secs(1 << tries)).await,
            }
            tries += 1;
        }
    }
}

fn envelope(spans: &[Json]) -> Json {
    let attribute = |key, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let resource = json!({
        "attributes": [
            attribute("service.name", "arena"),
            attribute("service.version", env!("CARGO_PKG_VERSION")),
        ],
    });
    let scope = json!({ "scope": { "name": "arena" }, "spans": spans });
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [scope] }] })
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_span_is_told_when_it_is_over_with_its_parent_and_what_was_recorded() {
        let client = Client::new("http://127.0.0.1:1", None).unwrap();
        let (notes, mut exporter) = export(client);
        let subscriber = tracing_subscriber::registry().with(notes);
        tracing::subscriber::with_default(subscriber, || {
            let request = tracing::info_span!(
                "request",
                "http.method" = "GET",
                "http.route" = "/matches/{match_id}",
                "http.status" = tracing::field::Empty,
            );
            request.in_scope(|| drop(tracing::info_span!("within").entered()));
            request.record("http.status", 200_u16);
        });
        let within = exporter.over.try_recv().unwrap();
        let request = exporter.over.try_recv().unwrap();
        assert_eq!(request["name"], "GET /matches/{match_id}");
        assert_eq!((&request["kind"], &within["kind"]), (&json!(2), &json!(1)));
        assert_eq!(within["traceId"], request["traceId"]);
        assert_eq!(within["parentSpanId"], request["spanId"]);
        assert_eq!(request["parentSpanId"], "");
        let status = json!({ "key": "http.status", "value": { "intValue": "200" } });
        assert!(request["attributes"].as_array().unwrap().contains(&status), "{request}");
        assert_eq!(request["traceId"].as_str().unwrap().len(), 32);
    }

    #[test]
    fn nobody_waits_for_a_collector() {
        let client = Client::new("http://127.0.0.1:1", None).unwrap();
        let (notes, exporter) = export(client);
        let subscriber = tracing_subscriber::registry().with(notes);
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..WAITING_MAX + 5 {
                drop(tracing::info_span!("x"));
            }
        });
        assert_eq!(exporter.dropped.load(Ordering::Relaxed), 5);
    }
}
