//! The router: what was seen of models, which are worth choosing from, how those of a run were chosen, and what
//! somebody thinks of their work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::model::Kind;
use venom_kernel::route::{Candidate, Demand, choose, expected};

use super::Shared;
use crate::extract::{Body, Named, Params};
use crate::guard::Caller;
use crate::problem::{Answer, Problem};

/// The question and the answer that expectations are told for.
const PROMPT: u32 = 8_000;
const ANSWER: u32 = 1_000;
/// Most tokens that can be asked about. Chosen: a thousand times what any model reads.
const MOST: u32 = 1_000_000_000;
/// Events that are read at once.
const PAGE: usize = 2_000;

/// Which work is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Work {
    /// The kind of work: `understand`, `plan`, `code`, `review`, `explain`, `extract`, `operate` or `chat`.
    kind: Option<String>,
    /// Tokens of the prompt.
    #[param(maximum = 1_000_000_000)]
    prompt: Option<u32>,
    /// Tokens of the answer.
    #[param(maximum = 1_000_000_000)]
    output: Option<u32>,
}

fn kind(name: &str) -> Answer<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| {
            let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
            Problem::bad("bad-parameter", "there is no such kind of work")
                .hint(format!("there are {}", names.join(", ")))
        })
}

impl Work {
    /// Refuses work that no model could do.
    fn checked(self) -> Answer<Self> {
        if [self.prompt, self.output]
            .iter()
            .flatten()
            .any(|tokens| *tokens > MOST)
        {
            return Err(Problem::bad(
                "bad-parameter",
                format!("`prompt` and `output` are at most {MOST} tokens"),
            ));
        }
        Ok(self)
    }

    fn demand(&self, kind: Kind) -> Demand {
        let (prompt, output) = (self.prompt.unwrap_or(PROMPT), self.output.unwrap_or(ANSWER));
        Demand::of_size(kind, prompt.into(), output.into())
    }
}

/// What was seen of models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statistics {
    /// For each model: its record, and what is believed and expected of it at each kind of work.
    #[schema(value_type = Vec<Object>)]
    models: Vec<Value>,
    /// What was spent in this day and this month of UTC, and what may be.
    #[schema(value_type = Vec<Object>)]
    spent: Vec<Value>,
}

/// Tell what was seen of each model, and what was spent
#[utoipa::path(get, path = "/v1/router/statistics", tag = "router", params(Work), responses((status = 200, body = Statistics), (status = "default", body = Problem)))]
pub(crate) async fn statistics(
    State(house): Shared,
    Params(work): Params<Work>,
) -> Answer<Json<Statistics>> {
    let work = work.checked()?;
    let only = work.kind.as_deref().map(kind).transpose()?;
    let listed = house.services.relay.models();
    let records = house.services.records.records().await?;
    let models = records.iter().map(|(model, record)| {
        let stats = &record.stats;
        let info = listed.iter().find(|info| info.id == *model);
        let kinds: Vec<Value> = stats
            .beliefs
            .iter()
            .filter(|(kind, _)| only.is_none_or(|only| only == **kind))
            .map(|(kind, belief)| {
                let candidate = info.map(|info| Candidate::new(info, Some(stats)));
                json!({
                    "kind": kind,
                    "belief": belief,
                    "expected": candidate.map(|candidate| expected(&work.demand(*kind), &candidate)),
                })
            })
            .collect();
        json!({
            "model": model,
            "calls": stats.calls,
            "successes": stats.successes,
            "failures": stats.failures,
            "faults": record.faults,
            "average_latency_ms": stats.average_latency(),
            "average_cost": stats.average_cost(),
            "average_quality": stats.average_quality(),
            "cost": stats.cost,
            "kinds": kinds,
            "record": record,
        })
    });
    let models = models.collect();
    let spent = house.services.records.spent().await?;
    let spent = spent
        .iter()
        .map(|one| json!({ "window": one.window, "since": one.since, "spent": one.amount, "caps": one.caps }));
    Ok(Json(Statistics {
        models,
        spent: spent.collect(),
    }))
}

/// Models, compared for one kind of work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pareto {
    /// The kind of work.
    kind: String,
    /// Tokens of the prompt.
    prompt: u64,
    /// Tokens of the answer.
    output: u64,
    /// Each model that can be asked: what is expected of it, what is believed, and whether nothing else is better in
    /// all respects.
    #[schema(value_type = Vec<Object>)]
    models: Vec<Value>,
    /// Why none can be chosen, if none can.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

/// Compare models for one kind of work: which are worth choosing from
#[utoipa::path(get, path = "/v1/router/pareto", tag = "router", params(Work), responses((status = 200, body = Pareto), (status = "default", body = Problem)))]
pub(crate) async fn pareto(
    State(house): Shared,
    Params(work): Params<Work>,
) -> Answer<Json<Pareto>> {
    let work = work.checked()?;
    let kind = kind(work.kind.as_deref().unwrap_or("code"))?;
    let demand = work.demand(kind);
    let listed = house.services.relay.models();
    let records = house.services.records.records().await?;
    let candidates: Vec<Candidate<'_>> = listed
        .iter()
        .map(|info| Candidate::new(info, records.get(&info.id).map(|record| &record.stats)))
        .collect();
    // Chance orders the front and does not decide who is on it, so any word will do.
    let (front, refusal) = match choose(&demand, &candidates, 0) {
        Ok(choice) => (choice.front, None),
        Err(refusal) => (Vec::new(), Some(refusal.to_string())),
    };
    let models = candidates.iter().map(|candidate| {
        let id = &candidate.info.id;
        let record = records.get(id);
        json!({
            "model": id,
            "expected": expected(&demand, candidate),
            "belief": record.and_then(|record| record.stats.beliefs.get(&kind)),
            "privacy": candidate.info.privacy,
            "is_front": front.iter().any(|ranked| ranked.model == *id),
        })
    });
    Ok(Json(Pareto {
        kind: kind.name().to_owned(),
        prompt: demand.prompt,
        output: demand.output,
        models: models.collect(),
        refusal,
    }))
}

/// Which choices are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those of this step.
    #[param(max_length = 200)]
    step: Option<String>,
}

/// How the models of a run were chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Choices {
    /// For understanding and planning.
    #[schema(value_type = Vec<Object>)]
    advice: Vec<Value>,
    /// For steps.
    #[schema(value_type = Vec<Object>)]
    selected: Vec<Value>,
}

/// Show how the models of a run were chosen: who was on the front, what was drawn, and why
#[utoipa::path(get, path = "/v1/runs/{run}/choices", tag = "router", params(("run" = String, Path), Which), responses((status = 200, body = Choices), (status = "default", body = Problem)))]
pub(crate) async fn choices(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(which): Params<Which>,
) -> Answer<Json<Choices>> {
    house.services.runs.find(&run.to_string()).await?;
    let only: Option<StepId> = which.step.as_deref().map(step).transpose()?;
    let mut choices = Choices {
        advice: Vec::new(),
        selected: Vec::new(),
    };
    let mut after = Seq::ZERO;
    loop {
        let events = house.services.runs.events(run, after, PAGE).await?;
        for envelope in &events {
            after = envelope.seq;
            choices.note(envelope, only.as_ref());
        }
        if events.len() < PAGE {
            return Ok(Json(choices));
        }
    }
}

impl Choices {
    fn note(&mut self, envelope: &Envelope, only: Option<&StepId>) {
        match &envelope.event {
            Event::ModelSelected {
                step,
                turn,
                selected,
            } if only.is_none_or(|only| only == step) => self.selected.push(json!({
                "seq": envelope.seq,
                "step": step,
                "turn": turn,
                "model": selected.model,
                "because": selected.because,
                "routed": selected.routed,
            })),
            Event::AdviceAsked { ask, .. } if only.is_none() => self.advice.push(json!({
                "seq": envelope.seq,
                "about": ask.topic.words(),
                "model": ask.selected.model,
                "because": ask.selected.because,
                "routed": ask.selected.routed,
            })),
            _ => {}
        }
    }
}

fn step(text: &str) -> Answer<StepId> {
    text.parse()
        .map_err(|_no_step| Problem::bad("bad-parameter", "`step` is no name of a step"))
}

/// What somebody thinks of a model's work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rating {
    /// From 0, bad, to 1000, good.
    #[schema(minimum = 0, maximum = 1000)]
    rating: u16,
    /// The step; the whole run if none is named.
    #[schema(max_length = 200)]
    step: Option<String>,
}

/// What was written into the run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Noted {
    /// The run.
    run: String,
    /// The position of the event.
    seq: u64,
}

/// Say what is thought of the work of a run's models; later choices take it into account
#[utoipa::path(post, path = "/v1/runs/{run}/feedback", tag = "router", params(("run" = String, Path)), request_body = Rating, responses((status = 200, body = Noted), (status = "default", body = Problem)))]
pub(crate) async fn rate(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: axum::Extension<Caller>,
    Body(rating): Body<Rating>,
) -> Answer<Json<Noted>> {
    if rating.rating > 1_000 {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-option",
            "`rating` is from 0 to 1000",
        ));
    }
    let step = rating.step.as_deref().map(step).transpose()?;
    house.services.runs.find(&run.to_string()).await?;
    let records = &house.services.records;
    let by = who.0.name();
    let seq = records.rate(run, step.as_ref(), rating.rating, &by).await?;
    Ok(Json(Noted {
        run: run.to_string(),
        seq: seq.number(),
    }))
}
