//! Learned skills: what runs learned to do without a model, and deciding about it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use venom_kernel::event::SkillVerdict;
use venom_ports::api::learned::LearnedSkill;

use super::Shared;
use crate::extract::{Body, Named, Word};
use crate::guard::Caller;
use crate::house::House;
use crate::problem::{Answer, Problem};

/// What runs learned to do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LearnedList {
    #[schema(value_type = Vec<Object>)]
    skills: Vec<Value>,
}

fn row(skill: &LearnedSkill) -> Value {
    let known = &skill.known;
    json!({
        "id": known.procedure.id.to_string(),
        "standing": skill.standing,
        "version": known.version,
        "pattern": known.procedure.pattern(),
        "workspace": known.procedure.workspace,
        "learned": known.learned,
        "source": format!("{}@{}", known.source.run, known.source.seq),
        "approved": known.approved,
        "is_tainted": known.procedure.is_tainted,
        "successes": known.successes,
        "used": known.used,
        "held": known.held,
        "failed": known.failed,
        "passed_over": known.passed_over,
        "latest": known.latest,
    })
}

/// List what runs learned to do without a model, the newest first
#[utoipa::path(get, path = "/v1/learned-skills", tag = "catalogue", responses((status = 200, body = LearnedList), (status = "default", body = Problem)))]
pub(crate) async fn list(State(house): Shared) -> Answer<Json<LearnedList>> {
    let all = house.services.learned.learned().await?;
    Ok(Json(LearnedList {
        skills: all.iter().map(row).collect(),
    }))
}

async fn find(house: &House, id: &str) -> Answer<LearnedSkill> {
    let all = house.services.learned.learned().await?;
    all.into_iter()
        .find(|skill| skill.known.procedure.id.to_string() == id)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-skill",
                "nothing was learned under this id",
            )
        })
}

/// Show what a learned skill does, and under which guards
#[utoipa::path(get, path = "/v1/learned-skills/{skill}", tag = "catalogue", params(("skill" = String, Path)), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn show(
    State(house): Shared,
    Named(Word(id)): Named<Word>,
) -> Answer<Json<Value>> {
    let skill = find(&house, &id).await?;
    let mut value = row(&skill);
    let procedure = &skill.known.procedure;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("goal".to_owned(), json!(procedure.goal));
        fields.insert("slots".to_owned(), json!(procedure.slots));
        fields.insert("steps".to_owned(), json!(procedure.plan.steps));
        fields.insert("works".to_owned(), json!(procedure.works));
    }
    Ok(Json(value))
}

/// What somebody decides about a learned skill.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judgement {
    /// Whether it may be used for the same goal without a model; otherwise it is not used any more.
    approve: bool,
}

/// What was written into the run that taught it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Judged {
    /// The id of the skill.
    skill: String,
    /// The event, as `RUN@SEQ`.
    event: String,
}

/// Approve of a learned skill, or forget it
#[utoipa::path(post, path = "/v1/learned-skills/{skill}/verdict", tag = "catalogue", params(("skill" = String, Path)), request_body = Judgement, responses((status = 200, body = Judged), (status = "default", body = Problem)))]
pub(crate) async fn judge(
    State(house): Shared,
    Named(Word(id)): Named<Word>,
    who: axum::Extension<Caller>,
    Body(judgement): Body<Judgement>,
) -> Answer<Json<Judged>> {
    let skill = find(&house, &id).await?;
    let verdict = if judgement.approve {
        SkillVerdict::Approved
    } else {
        SkillVerdict::Forgotten
    };
    let by = who.0.name();
    let seq = house
        .services
        .learned
        .judge(&skill.known, verdict, &by)
        .await?;
    Ok(Json(Judged {
        skill: id,
        event: format!("{}@{}", skill.known.source.run, seq.number()),
    }))
}
