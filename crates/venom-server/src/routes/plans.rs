//! Plans that somebody reads, changes and agrees to, before a run does them as they stand.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use venom_kernel::event::Outcome;
use venom_kernel::id::RunId;
use venom_kernel::plan::Plan;
use venom_kernel::run::RunState;

use super::Shared;
use super::runs::RunDetail;
use crate::extract::{Body, Named};
use crate::guard::Caller;
use crate::house::{Begun, House, Wish};
use crate::problem::{Answer, Problem};
use crate::token::Scope;

type Who = axum::Extension<Caller>;

/// A changed plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changed {
    /// The plan, in the form of `GET /v1/runs/{run}/plan`.
    #[schema(value_type = Object)]
    plan: Plan,
}

/// Whether a plan can be run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// Why it cannot be run; nothing if it can.
    faults: Vec<String>,
}

/// Returns the folder of a run.
fn folder(state: &RunState) -> PathBuf {
    let started = state.started();
    started
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default()
}

async fn faults(house: &House, plan: &Plan, folder: PathBuf) -> Answer<Vec<String>> {
    let plans = Arc::clone(&house.services.plans);
    let plan = plan.clone();
    tokio::task::spawn_blocking(move || plans.faults(&plan, &folder))
        .await
        .map_err(|error| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                error.to_string(),
            )
        })
}

/// Check a changed plan of a run; nothing is done
#[utoipa::path(post, path = "/v1/runs/{run}/plan/check", tag = "runs", params(("run" = String, Path)), request_body = Changed, responses((status = 200, body = Checked), (status = "default", body = Problem)))]
pub(crate) async fn check(
    State(house): Shared,
    Named(run): Named<RunId>,
    Body(changed): Body<Changed>,
) -> Answer<Json<Checked>> {
    let state = house.services.runs.state(run, None).await?;
    let faults = faults(&house, &changed.plan, folder(&state)).await?;
    Ok(Json(Checked { faults }))
}

/// Returns the state of a run that was only planned.
async fn planned(house: &House, run: RunId) -> Answer<RunState> {
    let state = house.services.runs.state(run, None).await?;
    if state.outcome() == Some(&Outcome::Planned) {
        return Ok(state);
    }
    Err(Problem::new(
        StatusCode::CONFLICT,
        "not-a-plan",
        "the run was not only planned",
    )
    .hint(
        "make a plan with `plan_only`; what a run under way asks for is agreed to as an approval",
    ))
}

/// Starts a run in the place of one that was planned.
async fn start(
    house: &House,
    run: RunId,
    state: &RunState,
    plan: Option<Plan>,
    who: &Caller,
    how: How,
) -> Answer<(StatusCode, HeaderMap, Json<RunDetail>)> {
    let started = state
        .started()
        .ok_or_else(|| Problem::new(StatusCode::CONFLICT, "not-a-plan", "the run has not begun"))?;
    let options = &started.options;
    let may_raise = who.0.may(Scope::ApprovalsDecide);
    // What was given in advance was given by whoever made the plan, and for that run.
    let wish = Wish {
        goal: started.goal.clone(),
        workspace: PathBuf::from(&started.workspace.root),
        copy: false,
        plan_only: how.plan_only,
        approve_all: how.approve_all,
        timeout: options.timeout.map(venom_kernel::time::Millis::get),
        max_parallel: Some(options.max_parallel),
        model: options.model.clone(),
        max_cost: options.max_cost,
        may_raise,
        local_only: options.local_only,
        prefer: options.prefer,
        no_preferences: options.no_preferences,
        asks_budget: may_raise,
    };
    let begun = Begun {
        plan: house.services.plans.agree(run, plan).await?,
        copy_of: started.workspace.copy_of.as_ref().map(PathBuf::from),
    };
    let made = house.start(wish, Some(begun)).await?;
    let state = house.services.runs.state(made, None).await?;
    let mut headers = HeaderMap::new();
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/runs/{made}")) {
        headers.insert(header::LOCATION, place);
    }
    let detail = RunDetail::of(made, &state);
    Ok((StatusCode::CREATED, headers, Json(detail)))
}

struct How {
    plan_only: bool,
    approve_all: bool,
}

/// Change the plan of a run that was only planned: it is checked, and stands as the plan of a new run
#[utoipa::path(post, path = "/v1/runs/{run}/plan/change", tag = "runs", params(("run" = String, Path)), request_body = Changed, responses((status = 201, body = RunDetail), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: Who,
    Body(changed): Body<Changed>,
) -> Answer<(StatusCode, HeaderMap, Json<RunDetail>)> {
    let state = planned(&house, run).await?;
    let faults = faults(&house, &changed.plan, folder(&state)).await?;
    if !faults.is_empty() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-plan",
            format!("the plan cannot be run: {}", faults.join("; ")),
        )
        .hint("correct what is named; `plan/check` says all that is wrong with a plan"));
    }
    let how = How {
        plan_only: true,
        approve_all: false,
    };
    start(&house, run, &state, Some(changed.plan), &who.0, how).await
}

/// How a plan is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// Whether every approval is given in advance; it needs the scope `approvals:decide` too.
    #[serde(default)]
    approve_all: bool,
}

/// Do the plan of a run that was only planned as it stands, in a new run
#[utoipa::path(post, path = "/v1/runs/{run}/plan/approve", tag = "runs", params(("run" = String, Path)), request_body = Approval, responses((status = 201, body = RunDetail), (status = "default", body = Problem)))]
pub(crate) async fn approve(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: Who,
    Body(approval): Body<Approval>,
) -> Answer<(StatusCode, HeaderMap, Json<RunDetail>)> {
    if approval.approve_all && !who.0.0.may(Scope::ApprovalsDecide) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            "approvals cannot be given in advance with this token: it lacks the scope `approvals:decide`",
        ));
    }
    let state = planned(&house, run).await?;
    let how = How {
        plan_only: false,
        approve_all: approval.approve_all,
    };
    start(&house, run, &state, None, &who.0, how).await
}
