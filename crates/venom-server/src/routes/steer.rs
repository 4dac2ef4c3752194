//! Steering a run that is under way.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use venom_kernel::id::{ApprovalId, QuestionId, RunId};
use venom_kernel::run::Phase;
use venom_ports::api::runs::ApiError;
use venom_ports::inbox::Command;

use super::Shared;
use crate::extract::{Body, Named, NamedPart};
use crate::guard::Caller;
use crate::house::House;
use crate::problem::{Answer, Problem};

/// What became of a command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// The run.
    run: String,
    /// Whether a process works on the run. If none does, the command waits until one takes it up.
    is_attended: bool,
}

async fn tell(house: &House, run: RunId, command: Command, by: &Caller) -> Answer<Json<Told>> {
    let state = house.services.runs.state(run, None).await?;
    if state.phase() == Phase::Finished {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "finished",
            "the run has ended",
        ));
    }
    let is_attended = house.runs(run).command(run, command, &by.name()).await?;
    Ok(Json(Told {
        run: run.to_string(),
        is_attended,
    }))
}

type Who = axum::Extension<Caller>;

/// Begin no new work; what is under way comes to its end
#[utoipa::path(post, path = "/v1/runs/{run}/pause", tag = "runs", params(("run" = String, Path)), responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(crate) async fn pause(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: Who,
) -> Answer<Json<Told>> {
    tell(&house, run, Command::Pause, &who.0).await
}

/// Go on; a run that nobody works on is taken up by this server
#[utoipa::path(post, path = "/v1/runs/{run}/resume", tag = "runs", params(("run" = String, Path)), responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(crate) async fn resume(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: Who,
) -> Answer<Json<Told>> {
    match house.take_up(run, &who.0.name()).await {
        Ok(()) => Ok(Json(Told {
            run: run.to_string(),
            is_attended: true,
        })),
        Err(ApiError::Owned { .. }) => tell(&house, run, Command::Resume, &who.0).await,
        Err(error) => Err(error.into()),
    }
}

/// End the run; what is under way is stopped
#[utoipa::path(post, path = "/v1/runs/{run}/cancel", tag = "runs", params(("run" = String, Path)), responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(crate) async fn cancel(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: Who,
) -> Answer<Json<Told>> {
    tell(&house, run, Command::Cancel, &who.0).await
}

/// A decision about a request for approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    /// Whether it is agreed to.
    agree: bool,
    /// Why.
    reason: Option<String>,
}

/// Agree to a request for approval, or do not
#[utoipa::path(post, path = "/v1/runs/{run}/approvals/{approval}", tag = "runs", params(("run" = String, Path), ("approval" = String, Path)), request_body = Decision, responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(crate) async fn decide(
    State(house): Shared,
    NamedPart(run, approval): NamedPart<RunId, ApprovalId>,
    who: Who,
    Body(decision): Body<Decision>,
) -> Answer<Json<Told>> {
    let state = house.services.runs.state(run, None).await?;
    if !state.open_approvals().any(|(id, _)| id == approval) {
        return Err(not_open(
            state.approval(approval).is_some(),
            "request for approval",
        ));
    }
    let command = Command::Decide {
        approval,
        agreed: decision.agree,
        reason: decision.reason,
    };
    tell(&house, run, command, &who.0).await
}

/// An answer to a question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    /// The value of one of the choices, or other text.
    #[schema(min_length = 1)]
    answer: String,
}

/// Answer a question
#[utoipa::path(post, path = "/v1/runs/{run}/questions/{question}", tag = "runs", params(("run" = String, Path), ("question" = String, Path)), request_body = Reply, responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(crate) async fn answer(
    State(house): Shared,
    NamedPart(run, question): NamedPart<RunId, QuestionId>,
    who: Who,
    Body(reply): Body<Reply>,
) -> Answer<Json<Told>> {
    let state = house.services.runs.state(run, None).await?;
    if !state.open_questions().any(|(id, _)| id == question) {
        return Err(not_open(state.question(question).is_some(), "question"));
    }
    let is_about_money = state
        .question(question)
        .is_some_and(venom_kernel::run::is_about_budget);
    if is_about_money && !who.0.0.may(crate::token::Scope::ApprovalsDecide) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            "a budget cannot be made larger with this token: it lacks the scope `approvals:decide`",
        ));
    }
    let command = Command::Answer {
        question,
        answer: reply.answer,
    };
    tell(&house, run, command, &who.0).await
}

/// Somebody was first, or there never was such a thing.
fn not_open(was_there: bool, what: &str) -> Problem {
    if was_there {
        Problem::new(
            StatusCode::CONFLICT,
            "already-decided",
            format!("somebody answered this {what} already"),
        )
    } else {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-part",
            format!("the run has no such {what}"),
        )
    }
}
