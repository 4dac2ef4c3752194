//! Traces and metrics over OTLP: what runs did is sent to a collector, as spans and sums.
//!
//! Both follow from the log and nothing is measured on the way, so that it costs nothing where it is off, and
//! what a collector missed while it was away is sent later. The protocol is spoken as JSON over HTTP, which every
//! collector takes: two documents, and no library.

mod spans;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rustls::RootCertStore;
use serde_json::{Value, json};
use venom_kernel::figure::{self, Measure, RANGES};
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::{ApiError, Runs};
use venom_ports::clock::Clock;
use venom_ports::projection::{Counts, Projections, RunRow, RunStatus};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::client::{Roots, trust};
use crate::house::Services;
use crate::metrics::Known;
use spans::{Span, Teller};

/// Runs that are looked at, the newest first. Chosen: what is older has ended long ago.
const LOOKED_AT: usize = 2_000;
/// Events that are read at once.
const PAGE: usize = 1_000;
/// Spans of one request. Chosen: half a mebibyte, which collectors take without being told.
const SPANS: usize = 512;
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the last word may take when the server ends.
const LAST: Duration = Duration::from_secs(5);
/// How often metrics are sent. Chosen: what the specification has as a usual value.
const METRICS_EVERY: Duration = Duration::from_mins(1);

/// Where to send to, and how often.
pub struct Collector {
    /// The address of a collector, such as `http://127.0.0.1:4318`.
    pub url: String,
    /// A header that lets VENOM in there: its name and its value.
    pub header: Option<(String, Zeroizing<String>)>,
    /// How often spans are sent.
    pub every: Duration,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The authorities of this machine.
    pub roots: Roots,
}

/// Sends to a collector.
pub struct Exporter {
    http: reqwest::Client,
    base: Url,
    header: Option<(String, Zeroizing<String>)>,
    every: Duration,
    clock: Arc<dyn Clock>,
    version: String,
}

/// What is exported.
pub(crate) struct Sources {
    runs: Arc<dyn Runs>,
    projections: Arc<dyn Projections>,
    known: Known,
}

impl Sources {
    pub(crate) fn of(services: &Services) -> Self {
        let models = services.relay.models();
        let skills = services.skills.manifests();
        Self {
            runs: Arc::clone(&services.runs),
            projections: Arc::clone(&services.projections),
            known: Known::new(
                models.iter().map(|info| info.id.to_string()),
                skills.iter().map(|skill| skill.name.clone()),
            ),
        }
    }
}

/// How far each run was told.
pub(crate) type Sent = BTreeMap<RunId, Told>;

/// How far a run was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The event up to which all was sent.
    until: Seq,
    /// What follows the run while it goes on, so that no event is read twice; boxed, as most runs have ended.
    teller: Option<Box<Teller>>,
    /// Spans that the collector has yet to take.
    unsent: Vec<Span>,
}

/// Tells a collector what runs do, if there is one; waits for ever if there is none.
pub(crate) async fn tell(
    exporter: Option<&Exporter>,
    sources: &Sources,
    sent: &mut Sent,
) -> Infallible {
    match exporter {
        Some(exporter) => exporter.run(sources, sent).await,
        None => std::future::pending().await,
    }
}

impl Exporter {
    /// Makes an exporter. Nothing is sent yet.
    pub fn new(collector: Collector, version: &str) -> Result<Self> {
        let base = trust::collector(&collector.url)?;
        let roots = if base.scheme() == "https" {
            (collector.roots)().map_err(|why| {
                Failure::new(
                    FailureKind::Refused,
                    format!("the collector cannot be checked: {why}"),
                )
            })?
        } else {
            RootCertStore::empty()
        };
        let http = trust::made(trust::http(trust::vouched(roots)?).timeout(PATIENCE))?;
        Ok(Self {
            http,
            base,
            header: collector.header,
            every: collector.every,
            clock: collector.clock,
            version: version.to_owned(),
        })
    }

    /// Sends what runs do from now on, for as long as it is waited for.
    async fn run(&self, sources: &Sources, sent: &mut Sent) -> Infallible {
        // What happened before is not told again.
        match sources.runs.list(LOOKED_AT).await {
            Ok(rows) => sent.extend(rows.iter().map(|row| {
                let told = Told {
                    until: row.seq,
                    ..Told::default()
                };
                (row.run, told)
            })),
            Err(error) => tracing::warn!(%error, "earlier runs are not known to the exporter"),
        }
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut metrics = tokio::time::interval(METRICS_EVERY.max(self.every));
        let mut is_away = false;
        loop {
            let told = tokio::select! {
                _ = ticks.tick() => self.tell_spans(sources, sent).await,
                _ = metrics.tick() => self.tell_metrics(sources).await,
            };
            // Said once when it goes away, and once when it is back.
            match told {
                Ok(()) if is_away => {
                    is_away = false;
                    tracing::info!("the collector takes what it is sent again");
                }
                Ok(()) => {}
                Err(error) if !is_away => {
                    is_away = true;
                    tracing::warn!(%error, "the collector did not take what it was sent; it is sent again");
                }
                Err(_again) => {}
            }
        }
    }

    /// Sends what is not sent yet, once, before the server ends.
    pub(crate) async fn end(&self, sources: &Sources, sent: &mut Sent) {
        let last = async {
            self.tell_spans(sources, sent).await?;
            self.tell_metrics(sources).await
        };
        match tokio::time::timeout(LAST, last).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the collector was not told how it ended"),
            Err(_elapsed) => tracing::warn!("the collector was not told in time how it ended"),
        }
    }

    /// Sends the spans that ended since the last time.
    async fn tell_spans(
        &self,
        sources: &Sources,
        sent: &mut Sent,
    ) -> std::result::Result<(), ApiError> {
        let rows = sources.runs.list(LOOKED_AT).await?;
        let oldest = rows.last().map(|row| row.run);
        for row in &rows {
            let told = sent.entry(row.run).or_default();
            if row.seq > told.until {
                self.tell_run(sources, row, told).await?;
            }
        }
        if let Some(oldest) = oldest {
            sent.retain(|run, _| *run >= oldest);
        }
        Ok(())
    }

    async fn tell_run(
        &self,
        sources: &Sources,
        row: &RunRow,
        told: &mut Told,
    ) -> std::result::Result<(), ApiError> {
        let teller = told.teller.get_or_insert_default();
        loop {
            let page = sources.runs.events(row.run, teller.heard(), PAGE).await?;
            for envelope in &page {
                teller.hear(envelope);
            }
            if page.len() < PAGE {
                break;
            }
        }
        told.unsent.extend(teller.take(told.until));
        let heard = teller.heard();
        while !told.unsent.is_empty() {
            let some = told.unsent.len().min(SPANS);
            let spans: Vec<Value> = told
                .unsent
                .iter()
                .take(some)
                .map(|span| span.json(row.run))
                .collect();
            let scope = json!({ "name": "venom", "version": self.version });
            let document = json!({ "resourceSpans": [{
                "resource": self.resource(),
                "scopeSpans": [{ "scope": scope, "spans": spans }],
            }]});
            self.send("v1/traces", &document).await?;
            told.unsent.drain(..some);
        }
        told.until = told.until.max(heard);
        if row.status == RunStatus::Finished {
            told.teller = None;
        }
        Ok(())
    }

    async fn tell_metrics(&self, sources: &Sources) -> std::result::Result<(), ApiError> {
        let counts = sources.projections.counts().await?;
        let now = spans::nanos(self.clock.now());
        let scope = json!({ "name": "venom", "version": self.version });
        let document = json!({ "resourceMetrics": [{
            "resource": self.resource(),
            "scopeMetrics": [{ "scope": scope, "metrics": measured(&counts, &sources.known, &now) }],
        }]});
        self.send("v1/metrics", &document).await?;
        Ok(())
    }

    fn resource(&self) -> Value {
        let names = BTreeMap::from([
            ("service.name", json!("venom")),
            ("service.version", json!(self.version)),
        ]);
        json!({ "attributes": attributes(&names) })
    }

    async fn send(&self, path: &str, document: &Value) -> Result<()> {
        let away = |why: &str| {
            Failure::new(
                FailureKind::Unavailable,
                format!("the collector cannot be told: {why}"),
            )
        };
        let url = self
            .base
            .join(path)
            .map_err(|error| away(&error.to_string()))?;
        let mut request = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .body(document.to_string());
        if let Some((name, value)) = &self.header {
            request = request.header(name.as_str(), value.as_str());
        }
        let answer = request
            .send()
            .await
            .map_err(|error| away(&error.without_url().to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        // What is refused for what it is would be refused again, and would hold up all that comes after it.
        if matches!(status.as_u16(), 400 | 413 | 415 | 422) {
            tracing::warn!(%status, path, "the collector refuses a document; it is not sent again");
            return Ok(());
        }
        Err(away(&format!("it answered {status}")))
    }
}

/// Writes attributes as the protocol does.
fn attributes(of: &BTreeMap<&'static str, Value>) -> Value {
    of.iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Number(number) => json!({ "intValue": number.to_string() }),
                Value::String(text) => json!({ "stringValue": text }),
                Value::Bool(is) => json!({ "boolValue": is }),
                other => json!({ "stringValue": other.to_string() }),
            };
            json!({ "key": key, "value": value })
        })
        .collect()
}

/// Sums that only grow.
const SUMS: [(Measure, &str, &str, [&str; 2]); 7] = [
    (Measure::Runs, "venom.runs", "{run}", ["venom.outcome", ""]),
    (
        Measure::Steps,
        "venom.steps",
        "{step}",
        ["venom.outcome", ""],
    ),
    (
        Measure::Errors,
        "venom.errors",
        "{error}",
        ["error.type", ""],
    ),
    (
        Measure::Cost,
        "venom.cost",
        "u{USD}",
        ["gen_ai.request.model", ""],
    ),
    (
        Measure::Tokens,
        "venom.tokens",
        "{token}",
        ["gen_ai.request.model", "gen_ai.token.type"],
    ),
    (
        Measure::Commands,
        "venom.sandbox.commands",
        "{command}",
        ["venom.tier", ""],
    ),
    (
        Measure::Refused,
        "venom.sandbox.refusals",
        "{refusal}",
        ["venom.what", ""],
    ),
];

/// Writes counts as metrics. What is counted since the data folder began is cumulative.
fn measured(counts: &Counts, known: &Known, now: &str) -> Vec<Value> {
    const CUMULATIVE: u8 = 2;
    let mut metrics = Vec::new();
    for (measure, name, unit, keys) in SUMS {
        let mut points: BTreeMap<(String, String), u64> = BTreeMap::new();
        for (label, sum) in &counts.sums {
            if label.measure == measure {
                let is_model = keys.first() == Some(&"gen_ai.request.model");
                let first = if is_model {
                    known.model(&label.first)
                } else {
                    &label.first
                };
                let point = points.entry((first.to_owned(), label.second.clone()));
                *point.or_default() += sum;
            }
        }
        if points.is_empty() {
            continue;
        }
        let points: Vec<Value> = points
            .into_iter()
            .map(|((first, second), sum)| {
                let names: BTreeMap<&'static str, Value> = keys
                    .into_iter()
                    .zip([first, second])
                    .filter(|(key, _)| !key.is_empty())
                    .map(|(key, value)| (key, Value::String(value)))
                    .collect();
                json!({
                    "attributes": attributes(&names),
                    "timeUnixNano": now,
                    "asInt": sum.to_string(),
                })
            })
            .collect();
        metrics.push(json!({
            "name": name,
            "unit": unit,
            "sum": { "aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": points },
        }));
    }
    if let Some(durations) = durations(counts, known, now, CUMULATIVE) {
        metrics.push(durations);
    }
    metrics
}

/// How long calls of models took: what the semantic conventions want of every client.
fn durations(counts: &Counts, known: &Known, now: &str, temporality: u8) -> Option<Value> {
    // For each model: calls, milliseconds, and calls up to the end of each range.
    let mut models: BTreeMap<&str, (u64, u64, [u64; RANGES.len()])> = BTreeMap::new();
    for (label, sum) in &counts.sums {
        if label.first == figure::NONE {
            continue;
        }
        let model = models.entry(known.model(&label.first));
        match label.measure {
            Measure::Done => model.or_default().0 += sum,
            Measure::Took => model.or_default().1 += sum,
            Measure::Within(range) => {
                let place = RANGES.iter().position(|known| *known == range);
                if let Some(count) = place.and_then(|place| model.or_default().2.get_mut(place)) {
                    *count += sum;
                }
            }
            _ => {}
        }
    }
    let bounds: Vec<f64> = RANGES.iter().map(|range| seconds(*range)).collect();
    let points: Vec<Value> = models
        .into_iter()
        .filter(|(_, (done, _, _))| *done > 0)
        .map(|(model, (done, took, within))| {
            // Ranges hold everything below their end; buckets what is above the one before.
            let mut before = 0;
            let mut buckets: Vec<String> = Vec::with_capacity(within.len() + 1);
            for count in within.into_iter().chain([done]) {
                buckets.push(count.saturating_sub(before).to_string());
                before = count.max(before);
            }
            let names = BTreeMap::from([
                ("gen_ai.operation.name", json!("chat")),
                ("gen_ai.request.model", json!(model)),
            ]);
            json!({
                "attributes": attributes(&names),
                "timeUnixNano": now,
                "count": done.to_string(),
                "sum": seconds(took),
                "bucketCounts": buckets,
                "explicitBounds": bounds,
            })
        })
        .collect();
    (!points.is_empty()).then(|| {
        json!({
            "name": "gen_ai.client.operation.duration",
            "unit": "s",
            "histogram": { "aggregationTemporality": temporality, "dataPoints": points },
        })
    })
}

fn seconds(millis: u64) -> f64 {
    Duration::from_millis(millis).as_secs_f64()
}
