//! Runs: starting them and looking at them.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_kernel::route::Prefer;
use venom_kernel::run::{Phase, RunState, StepStatus};
use venom_ports::projection::{RunRow, RunStatus};

use super::Shared;
use crate::extract::{Body, Named, Params};
use crate::house::Wish;
use crate::problem::{Answer, Problem};

/// Runs on a page, unless something else is asked for.
const PAGE: usize = 50;
/// Most runs on a page.
const LARGEST_PAGE: usize = 500;

/// Reads a folder's path.
pub(super) fn folder(text: &str) -> Answer<PathBuf> {
    let bad = |why: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-workspace", why);
    if text.contains('\0') {
        return Err(bad("a path holds no NUL"));
    }
    let path = PathBuf::from(text);
    if !path.is_absolute() {
        return Err(bad("the workspace has to be an absolute path"));
    }
    Ok(path)
}

/// A run in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunSummary {
    /// The run's id.
    run: String,
    /// The goal, cut to a line.
    goal: String,
    /// Absolute path of the workspace.
    workspace: String,
    /// When it began, in microseconds since 1970.
    started: i64,
    /// When its last event happened, in microseconds since 1970.
    updated: i64,
    /// Position of its last event.
    seq: u64,
    /// `active`, `waiting`, `paused` or `finished`.
    status: String,
    /// How it ended: `succeeded`, `partial`, `failed`, `cancelled` or `declined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
}

impl From<RunRow> for RunSummary {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.run.to_string(),
            goal: row.goal,
            workspace: row.workspace,
            started: row.started.micros(),
            updated: row.updated.micros(),
            seq: row.seq.number(),
            status: row.status.to_string(),
            outcome: row
                .outcome
                .and_then(|outcome| serde_json::to_value(outcome).ok()),
        }
    }
}

/// A page of runs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunPage {
    runs: Vec<RunSummary>,
    /// What to give as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which runs are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Only runs of this status: `active`, `waiting`, `paused` or `finished`.
    status: Option<String>,
}

fn status(text: &str) -> Answer<RunStatus> {
    [
        RunStatus::Active,
        RunStatus::Waiting,
        RunStatus::Paused,
        RunStatus::Finished,
    ]
    .into_iter()
    .find(|status| status.to_string() == text)
    .ok_or_else(|| {
        Problem::bad(
            "bad-parameter",
            "`status` is active, waiting, paused or finished",
        )
    })
}

/// Reads how many entries are wanted on a page.
pub(super) fn limit(wanted: Option<usize>, usual: usize, most: usize) -> Answer<usize> {
    match wanted {
        None => Ok(usual),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::bad(
            "bad-parameter",
            format!("`limit` is from 1 to {most}"),
        )),
    }
}

/// List runs, the newest first
#[utoipa::path(get, path = "/v1/runs", tag = "runs", params(Which), responses((status = 200, body = RunPage), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(house): Shared,
    Params(which): Params<Which>,
) -> Answer<Json<RunPage>> {
    let limit = limit(which.limit, PAGE, LARGEST_PAGE)?;
    let wanted = which.status.as_deref().map(status).transpose()?;
    let mut before: Option<RunId> = which.cursor.as_deref().map(str::parse).transpose()?;
    let mut runs: Vec<RunSummary> = Vec::new();
    loop {
        let rows = house.services.runs.page(before, limit).await?;
        let is_last = rows.len() < limit;
        for row in rows {
            before = Some(row.run);
            if wanted.is_some_and(|wanted| wanted != row.status) {
                continue;
            }
            runs.push(row.into());
            if runs.len() == limit {
                break;
            }
        }
        if is_last || runs.len() == limit {
            let next = (!is_last || runs.len() == limit)
                .then_some(before)
                .flatten();
            return Ok(Json(RunPage {
                runs,
                next: next.map(|run| run.to_string()),
            }));
        }
    }
}

/// A goal to be reached.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRun {
    /// The goal, in plain words.
    #[schema(min_length = 1)]
    goal: String,
    /// Absolute path of the folder to work in, on the server's machine.
    workspace: String,
    /// Whether to work in a scratch copy of it.
    #[serde(default)]
    copy: bool,
    /// Whether to stop after the plan.
    #[serde(default)]
    plan_only: bool,
    /// Whether every approval is given in advance; it needs the scope `approvals:decide` too.
    #[serde(default)]
    approve_all: bool,
    /// The longest time for the whole run, in milliseconds.
    #[schema(minimum = 1)]
    timeout: Option<u64>,
    /// How many steps may run at once.
    #[schema(minimum = 1, maximum = 1024)]
    max_parallel: Option<u16>,
    /// The model that thinks, whatever else could.
    #[schema(value_type = Option<String>)]
    model: Option<ModelId>,
    /// The most money that the run may spend on models, in micro-dollars.
    #[schema(value_type = Option<u64>)]
    max_cost: Option<MicroUsd>,
    /// Whether nothing may be sent to models that are not the user's own.
    #[serde(default)]
    local_only: bool,
    /// What decides where models differ: `balanced`, `cheap`, `fast` or `best`.
    #[schema(value_type = Option<String>)]
    prefer: Option<Prefer>,
    /// Whether answers of earlier runs are left alone, so that what is not clear is asked.
    #[serde(default)]
    no_preferences: bool,
    /// Whether the run asks when a cap is met, rather than ending there. Whoever has the scope `approvals:decide` can
    /// answer, and is asked unless told otherwise.
    asks_budget: Option<bool>,
}

/// Start a run; it is worked on by this server
#[utoipa::path(post, path = "/v1/runs", tag = "runs", request_body = NewRun, responses((status = 201, body = RunDetail), (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(house): Shared,
    who: axum::Extension<crate::guard::Caller>,
    Body(new): Body<NewRun>,
) -> Answer<(StatusCode, HeaderMap, Json<RunDetail>)> {
    if new.approve_all && !who.0.0.may(crate::token::Scope::ApprovalsDecide) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            "approvals cannot be given in advance with this token: it lacks the scope `approvals:decide`",
        ));
    }
    let bad = |why: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-option", why);
    if new.timeout == Some(0) {
        return Err(bad("`timeout` is at least 1 millisecond"));
    }
    if new.max_parallel.is_some_and(|n| !(1..=1024).contains(&n)) {
        return Err(bad("`max_parallel` is from 1 to 1024"));
    }
    let may_raise = who.0.0.may(crate::token::Scope::ApprovalsDecide);
    let wish = Wish {
        goal: new.goal,
        workspace: folder(&new.workspace)?,
        copy: new.copy,
        plan_only: new.plan_only,
        approve_all: new.approve_all,
        timeout: new.timeout,
        max_parallel: new.max_parallel,
        model: new.model,
        max_cost: new.max_cost,
        may_raise,
        local_only: new.local_only,
        prefer: new.prefer,
        no_preferences: new.no_preferences,
        asks_budget: new.asks_budget.unwrap_or(may_raise),
    };
    let run = house.start(wish, None).await?;
    let state = house.services.runs.state(run, None).await?;
    let mut headers = HeaderMap::new();
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/runs/{run}")) {
        headers.insert(header::LOCATION, place);
    }
    Ok((
        StatusCode::CREATED,
        headers,
        Json(RunDetail::of(run, &state)),
    ))
}

/// A run as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunDetail {
    /// The run's id.
    run: String,
    /// The goal, in the user's words.
    goal: String,
    /// Absolute path of the workspace.
    workspace: String,
    /// Absolute path of the folder that the workspace is a scratch copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_of: Option<String>,
    /// Position of the last event.
    seq: u64,
    /// `empty`, `understanding`, `asking`, `planning`, `executing` or `finished`.
    phase: String,
    /// Whether no new work begins.
    is_paused: bool,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// What was understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    intent: Option<Value>,
    /// What the plan is expected to take and to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    quote: Option<Value>,
    steps: Vec<StepDetail>,
    questions: Vec<QuestionDetail>,
    approvals: Vec<ApprovalDetail>,
}

/// A step as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepDetail {
    id: String,
    title: String,
    skill: String,
    action: String,
    /// `waiting`, `ready`, `asked`, `running`, `verified`, `unproven`, `failed` or `skipped`.
    status: String,
    /// Why it failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    why: Option<Value>,
    attempt: u16,
    depends_on: Vec<String>,
}

/// A question that waits for an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionDetail {
    id: String,
    #[schema(value_type = Object)]
    question: Value,
}

/// A request for approval that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalDetail {
    id: String,
    step: String,
    #[schema(value_type = Object)]
    reason: Value,
}

fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

impl RunDetail {
    pub(crate) fn of(run: RunId, state: &RunState) -> Self {
        let started = state.started();
        Self {
            run: run.to_string(),
            goal: started.map(|s| s.goal.clone()).unwrap_or_default(),
            workspace: started
                .map(|s| s.workspace.root.clone())
                .unwrap_or_default(),
            copy_of: started.and_then(|s| s.workspace.copy_of.clone()),
            seq: state.seq().number(),
            phase: match state.phase() {
                Phase::Empty => "empty",
                Phase::Understanding => "understanding",
                Phase::Asking => "asking",
                Phase::Planning => "planning",
                Phase::Executing => "executing",
                Phase::Finished => "finished",
            }
            .to_owned(),
            is_paused: state.is_paused(),
            outcome: state.outcome().map(value),
            intent: state.intent().map(value),
            quote: state.quote().map(value),
            steps: state
                .steps()
                .map(|(step, at)| StepDetail {
                    id: step.id.to_string(),
                    title: step.title.clone(),
                    skill: step.skill.clone(),
                    action: step.action.clone(),
                    status: at.status.word().to_owned(),
                    why: match &at.status {
                        StepStatus::Failed(why) => Some(value(why)),
                        StepStatus::Skipped(why) => Some(value(why)),
                        StepStatus::Waiting
                        | StepStatus::Ready
                        | StepStatus::Asked(_)
                        | StepStatus::Running(_)
                        | StepStatus::Verified
                        | StepStatus::Unproven => None,
                    },
                    attempt: at.attempt,
                    depends_on: step.depends_on.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            questions: state
                .open_questions()
                .map(|(id, question)| QuestionDetail {
                    id: id.to_string(),
                    question: value(question),
                })
                .collect(),
            approvals: state
                .open_approvals()
                .map(|(id, approval)| ApprovalDetail {
                    id: id.to_string(),
                    step: approval.step.to_string(),
                    reason: value(&approval.reason),
                })
                .collect(),
        }
    }
}

/// At which moment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct At {
    /// The last event that counts; the run as it is now if it is not given.
    #[param(minimum = 1)]
    at: Option<u64>,
}

/// Show a run as it stands, or as it stood after an event
#[utoipa::path(get, path = "/v1/runs/{run}", tag = "runs", params(("run" = String, Path), At), responses((status = 200, body = RunDetail), (status = "default", body = Problem)))]
pub(crate) async fn show(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(at): Params<At>,
) -> Answer<Json<RunDetail>> {
    let state = house
        .services
        .runs
        .state(run, at.at.map(venom_kernel::id::Seq::new))
        .await?;
    Ok(Json(RunDetail::of(run, &state)))
}

/// Show the report of a run
#[utoipa::path(get, path = "/v1/runs/{run}/report", tag = "runs", params(("run" = String, Path)), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn report(State(house): Shared, Named(run): Named<RunId>) -> Answer<Json<Value>> {
    Ok(Json(value(house.services.runs.report(run).await?)))
}

/// Show the plan of a run
#[utoipa::path(get, path = "/v1/runs/{run}/plan", tag = "runs", params(("run" = String, Path), At), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn plan(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(at): Params<At>,
) -> Answer<Json<Value>> {
    let state = house
        .services
        .runs
        .state(run, at.at.map(venom_kernel::id::Seq::new))
        .await?;
    Ok(Json(value(state.plan())))
}

/// What checking a run's events came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    run: String,
    /// How many events were checked.
    events: u64,
    /// What is wrong with the first event that is not what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<String>,
}

/// Check that the events of a run are what was written
#[utoipa::path(get, path = "/v1/runs/{run}/verification", tag = "runs", params(("run" = String, Path)), responses((status = 200, body = Verification), (status = "default", body = Problem)))]
pub(crate) async fn verify(
    State(house): Shared,
    Named(run): Named<RunId>,
) -> Answer<Json<Verification>> {
    let verified = house.services.runs.verify_log(Some(run)).await?;
    Ok(Json(Verification {
        run: run.to_string(),
        events: verified.events,
        damage: verified.damage.map(|damage| damage.what),
    }))
}
