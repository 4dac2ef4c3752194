//! Metrics: what operators watch, as Prometheus reads it.
//!
//! What counts events comes from the projections, so that it goes on after a restart and is the same
//! whoever asks. What is measured in this process ([`Live`]) begins anew with it. The labels are
//! bounded: a model or a skill that this machine does not know counts as `other`.
//!
//! The text is written here and not by a library: Prometheus' own format is a line for each figure, and
//! the client library of the project writes the newer format alone, which `promtool check metrics` does
//! not read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use venom_kernel::figure::{self, Label, Measure, RANGES};
use venom_kernel::model::ModelId;
use venom_ports::api::relay::Spending;
use venom_ports::projection::Counts;

mod live;
mod process;
mod text;

pub use live::Live;

use text::{Kind, Page};

/// What the page is, as clients are told.
pub const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What stands for models and skills that are not known.
const OTHER: &str = "other";

/// The names that labels may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    models: BTreeSet<String>,
    skills: BTreeSet<String>,
}

impl Known {
    /// Names the models and skills of this machine.
    pub fn new(
        models: impl IntoIterator<Item = String>,
        skills: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut skills: BTreeSet<String> = skills.into_iter().collect();
        skills.insert(venom_kernel::agent::SKILL.to_owned());
        skills.insert(venom_kernel::relay::SKILL.to_owned());
        Self {
            models: models.into_iter().collect(),
            skills,
        }
    }

    pub(crate) fn model<'a>(&self, name: &'a str) -> &'a str {
        bound(&self.models, name)
    }

    fn skill<'a>(&self, name: &'a str) -> &'a str {
        bound(&self.skills, name)
    }
}

fn bound<'a>(known: &BTreeSet<String>, name: &'a str) -> &'a str {
    if name == figure::NONE || known.contains(name) {
        name
    } else {
        OTHER
    }
}

/// How things are in a server right now.
pub(crate) struct Now<'a> {
    pub(crate) live: &'a Live,
    pub(crate) resting: BTreeSet<ModelId>,
    pub(crate) spending: Spending,
    /// The strongest tier of the sandbox that this machine gives.
    pub(crate) tier: &'a str,
    /// Streams of events that are open.
    pub(crate) streams: usize,
    /// Requests so far.
    pub(crate) requests: u64,
}

/// Writes the figures that follow from the log, for whoever has no server to ask.
pub fn counted(counts: &Counts, known: &Known, version: &str) -> String {
    page(counts, known, version, None)
}

/// Writes all figures.
pub(crate) fn page(counts: &Counts, known: &Known, version: &str, now: Option<&Now<'_>>) -> String {
    let mut page = Page::default();
    page.family(
        "venom_build_info",
        Kind::Gauge,
        "The version of VENOM; always 1.",
    );
    page.sample("", &[("version", version)], 1);
    durations(&mut page, counts, known);
    money(&mut page, counts, known);
    page.family("venom_errors_total", Kind::Counter, "What failed, by type.");
    for (label, sum) in of(counts, Measure::Errors) {
        page.sample("", &[("type", &label.first)], sum);
    }
    work(&mut page, counts);
    page.family(
        "venom_sandbox_commands_total",
        Kind::Counter,
        "Commands, by the weakest tier of the sandbox that those of their call ran in.",
    );
    for (label, sum) in of(counts, Measure::Commands) {
        page.sample("", &[("tier", &label.first)], sum);
    }
    page.family(
        "venom_sandbox_refusals_total",
        Kind::Counter,
        "What rules did not let happen: a step, a call of an agent, or reaching a host.",
    );
    for (label, sum) in of(counts, Measure::Refused) {
        page.sample("", &[("what", &label.first)], sum);
    }
    if let Some(now) = now {
        present(&mut page, known, now);
        process::write(&mut page);
    }
    page.finish()
}

fn of(counts: &Counts, measure: Measure) -> impl Iterator<Item = (&Label, u64)> {
    let first = Label {
        measure,
        first: String::new(),
        second: String::new(),
    };
    counts
        .sums
        .range(first..)
        .take_while(move |(label, _)| label.measure == measure)
        .map(|(label, sum)| (label, *sum))
}

/// Adds up the sums of a measure by the names that its labels may have.
fn bounded<'a>(
    counts: &'a Counts,
    measure: Measure,
    names: impl Fn(&'a Label) -> (&'a str, &'a str),
) -> BTreeMap<(&'a str, &'a str), u64> {
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (label, sum) in of(counts, measure) {
        let all = sums.entry(names(label)).or_default();
        *all = all.saturating_add(sum);
    }
    sums
}

/// The seed's first: how long calls took.
fn durations(page: &mut Page, counts: &Counts, known: &Known) {
    let sums = |measure| {
        bounded(counts, measure, |label| {
            (known.model(&label.first), known.skill(&label.second))
        })
    };
    page.family(
        "venom_request_duration_seconds",
        Kind::Histogram,
        "How long calls of models and skills took that were done.",
    );
    let took = sums(Measure::Took);
    let within: Vec<_> = RANGES
        .into_iter()
        .map(|range| (range, sums(Measure::Within(range))))
        .collect();
    for ((model, skill), count) in sums(Measure::Done) {
        let names = [("model", model), ("skill", skill)];
        for (range, sums) in &within {
            let sum = sums.get(&(model, skill)).copied().unwrap_or_default();
            page.bucket(&names, &text::thousandths(*range), sum);
        }
        page.bucket(&names, "+Inf", count);
        let took = took.get(&(model, skill)).copied().unwrap_or_default();
        page.sample("_sum", &names, text::thousandths(took));
        page.sample("_count", &names, count);
    }
}

fn money(page: &mut Page, counts: &Counts, known: &Known) {
    let by_model = |label| (known.model(label), "");
    page.family(
        "venom_request_cost_usd",
        Kind::Gauge,
        "What calls of models have cost so far, in dollars.",
    );
    for ((model, _), micros) in bounded(counts, Measure::Cost, |label| by_model(&label.first)) {
        page.sample("", &[("model", model)], text::millionths(micros));
    }
    page.family(
        "venom_tokens_total",
        Kind::Counter,
        "Tokens that models read and produced, by kind.",
    );
    let tokens = bounded(counts, Measure::Tokens, |label| {
        (known.model(&label.first), label.second.as_str())
    });
    for ((model, kind), sum) in tokens {
        page.sample("", &[("model", model), ("kind", kind)], sum);
    }
}

fn work(page: &mut Page, counts: &Counts) {
    page.family("venom_runs_total", Kind::Counter, "Runs that ended.");
    for (label, sum) in of(counts, Measure::Runs) {
        page.sample("", &[("outcome", &label.first)], sum);
    }
    page.family(
        "venom_runs",
        Kind::Gauge,
        "Runs that have not ended, by status.",
    );
    for (status, sum) in &counts.runs {
        page.sample("", &[("status", &status.to_string())], sum);
    }
    page.family(
        "venom_steps_total",
        Kind::Counter,
        "Steps that came to their end, and attempts that were tried again.",
    );
    for (label, sum) in of(counts, Measure::Steps) {
        page.sample("", &[("outcome", &label.first)], sum);
    }
    page.family(
        "venom_steps",
        Kind::Gauge,
        "Steps under way, and steps that could begin, of runs that have not ended.",
    );
    page.sample("", &[("state", "running")], counts.running);
    page.sample("", &[("state", "ready")], counts.ready);
}

/// What is so now, and is in no log.
fn present(page: &mut Page, known: &Known, now: &Now<'_>) {
    page.family(
        "venom_sandbox_tier",
        Kind::Gauge,
        "The strongest tier of the sandbox that this machine gives; always 1.",
    );
    page.sample("", &[("tier", now.tier)], 1);
    page.family(
        "venom_model_breaker_open",
        Kind::Gauge,
        "Whether a model is left alone because it failed again and again.",
    );
    for model in &known.models {
        let is_open = now.resting.iter().any(|resting| resting.as_str() == model);
        page.sample("", &[("model", model)], u8::from(is_open));
    }
    page.family(
        "venom_budget_spent_usd",
        Kind::Gauge,
        "What programs spent today on models through this server, in dollars.",
    );
    page.sample("", &[], text::millionths(now.spending.spent.micros()));
    page.family(
        "venom_budget_left_usd",
        Kind::Gauge,
        "What is left today of the budget of programs, in dollars, where there is one.",
    );
    if let Some(left) = now.spending.left() {
        page.sample("", &[], text::millionths(left.micros()));
    }
    page.family(
        "venom_sse_clients",
        Kind::Gauge,
        "Streams of events that are open.",
    );
    page.sample("", &[], now.streams);
    page.family(
        "venom_http_requests_total",
        Kind::Counter,
        "Requests that reached the server.",
    );
    page.sample("", &[], now.requests);
    page.family(
        "venom_memory_lookups_total",
        Kind::Counter,
        "Searches of the memory, by the level of the cache that answered: l1 this process, l2 the shared cache, l3 the vectors, l4 the disk.",
    );
    for (level, count) in now.live.lookups().counts() {
        page.sample("", &[("level", level)], count);
    }
    page.family(
        "venom_log_append_duration_seconds",
        Kind::Histogram,
        "How long a batch of events took until it was safe.",
    );
    now.live.appends().write(page);
}

/// Writes a duration in seconds.
fn seconds(duration: Duration) -> String {
    text::millionths(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
