//! Runs of a server.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use venom_kernel::change::Payload;
use venom_kernel::digest::BlobId;
use venom_kernel::event::{Envelope, RunOptions};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::RunState;
use venom_ports::api::report::Report;
use venom_ports::api::runs::{ApiError, NewsStream, Runs, StartRun};
use venom_ports::inbox::Command;
use venom_ports::log::{Damage, Verified};
use venom_ports::projection::RunRow;
use venom_ports::{Failure, FailureKind};

use super::Client;
use super::request::{Question, part, strange};

/// Rows and events that are asked for at once: the most that the server gives.
const ROWS: usize = 500;
const EVENTS: usize = 2_000;

/// A run that is named in an answer; what else stands there is read when it is needed.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    pub(super) run: RunId,
}

#[derive(Debug, Deserialize)]
struct Told {
    is_attended: bool,
}

/// The path of a run.
pub(super) fn path(run: RunId, rest: &str) -> String {
    format!("/v1/runs/{run}{rest}")
}

/// Says what cannot be asked of a server.
pub(super) fn elsewhere(what: &str) -> ApiError {
    Failure::new(
        FailureKind::Refused,
        format!("{what} needs the data folder, which is the server's"),
    )
    .with_hint("do it on that machine, without `--server`")
    .into()
}

impl Client {
    async fn tell(&self, run: RunId, rest: &str, body: Option<Value>) -> Result<bool, ApiError> {
        let mut question = Question::post(&path(run, rest)).of(run);
        if let Some(body) = body {
            question = question.body(body);
        }
        let told: Told = self.ask(&question).await?;
        Ok(told.is_attended)
    }

    /// Reads events until there are no more, or to a position.
    async fn evolve(
        &self,
        run: RunId,
        mut state: RunState,
        to: Option<Seq>,
    ) -> Result<RunState, ApiError> {
        loop {
            let events = self.events(run, state.seq(), EVENTS).await?;
            let is_last = events.len() < EVENTS;
            for envelope in events {
                if to.is_some_and(|to| envelope.seq > to) {
                    return Ok(state);
                }
                state
                    .evolve(&envelope.event)
                    .map_err(|illegal| strange(&illegal.to_string()))?;
            }
            if is_last {
                return Ok(state);
            }
        }
    }
}

/// Says a wish as the server reads it. What is not wished is left to the server's own settings.
fn wish(request: &StartRun) -> Value {
    let usual = RunOptions::default();
    let options = &request.options;
    let mut body = Map::new();
    body.insert("goal".to_owned(), json!(request.goal));
    let folder = request.copy_of.as_ref().unwrap_or(&request.workspace);
    body.insert("workspace".to_owned(), json!(folder.to_string_lossy()));
    let mut say = |name: &str, is_said: bool, value: Value| {
        if is_said {
            body.insert(name.to_owned(), value);
        }
    };
    say("copy", request.copy_of.is_some(), json!(true));
    say("plan_only", options.plan_only, json!(true));
    say("approve_all", options.approve_all, json!(true));
    say("no_preferences", options.no_preferences, json!(true));
    say("local_only", options.local_only, json!(true));
    say("asks_budget", true, json!(options.asks_budget));
    let parallel = options.max_parallel;
    say(
        "max_parallel",
        parallel != usual.max_parallel,
        json!(parallel),
    );
    say("timeout", options.timeout.is_some(), json!(options.timeout));
    say("model", options.model.is_some(), json!(options.model));
    say(
        "max_cost",
        options.max_cost.is_some(),
        json!(options.max_cost),
    );
    say("prefer", options.prefer.is_some(), json!(options.prefer));
    Value::Object(body)
}

#[async_trait]
impl Runs for Client {
    /// Starts a run, which the server works on. Where a copy is wanted, the server makes it.
    async fn start(&self, request: StartRun) -> Result<RunId, ApiError> {
        if request.options.plan.is_some() || request.options.follows.is_some() {
            return Err(elsewhere("going on from another run"));
        }
        let question = Question::post("/v1/runs").body(wish(&request));
        let made: Made = self.ask(&question).await?;
        Ok(made.run)
    }

    async fn resume(&self, run: RunId, _by: &str) -> Result<(), ApiError> {
        self.tell(run, "/resume", None).await.map(|_attended| ())
    }

    async fn command(&self, run: RunId, command: Command, _by: &str) -> Result<bool, ApiError> {
        match command {
            Command::Pause => self.tell(run, "/pause", None).await,
            Command::Resume => self.tell(run, "/resume", None).await,
            Command::Cancel => self.tell(run, "/cancel", None).await,
            Command::Decide {
                approval,
                agreed,
                reason,
            } => {
                let body = match reason {
                    Some(reason) => json!({ "agree": agreed, "reason": reason }),
                    None => json!({ "agree": agreed }),
                };
                self.tell(run, &format!("/approvals/{approval}"), Some(body))
                    .await
            }
            Command::Answer { question, answer } => {
                let body = json!({ "answer": answer });
                self.tell(run, &format!("/questions/{question}"), Some(body))
                    .await
            }
        }
    }

    /// Does nothing: what is under way is under way at the server, and goes on there.
    async fn interrupt(&self, _by: &str) {}

    async fn follow(&self, run: RunId, after: Seq, live: bool) -> Result<NewsStream, ApiError> {
        self.follow_run(run, after, live).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<RunRow>, ApiError> {
        self.page(None, limit).await
    }

    async fn page(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunRow>, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            runs: Vec<RunRow>,
            #[serde(default)]
            next: Option<String>,
        }
        let mut rows: Vec<RunRow> = Vec::new();
        let mut cursor = before.map(|run| run.to_string());
        while rows.len() < limit {
            let question = Question::get("/v1/runs")
                .with("limit", &(limit - rows.len()).min(ROWS))
                .with_some("cursor", cursor);
            let page: Page = self.ask(&question).await?;
            let is_empty = page.runs.is_empty();
            rows.extend(page.runs);
            cursor = page.next;
            if cursor.is_none() || is_empty {
                break;
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    async fn find(&self, text: &str) -> Result<RunId, ApiError> {
        let short: String = text.chars().take(80).collect();
        let question = Question::get("/v1/lookup").with("run", &text).named(&short);
        let made: Made = self.ask(&question).await?;
        Ok(made.run)
    }

    async fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Envelope>, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            events: Vec<Envelope>,
            #[serde(default)]
            next: Option<u64>,
        }
        let mut events: Vec<Envelope> = Vec::new();
        let mut after = after.number();
        while events.len() < limit {
            let question = Question::get(&path(run, "/events"))
                .of(run)
                .with("after", &after)
                .with("limit", &(limit - events.len()).min(EVENTS));
            let page: Page = self.ask(&question).await?;
            events.extend(page.events);
            match page.next {
                Some(next) if next > after => after = next,
                _ => break,
            }
        }
        Ok(events)
    }

    async fn state(&self, run: RunId, at: Option<Seq>) -> Result<RunState, ApiError> {
        let known = self.folded(run);
        let begin = match at {
            Some(at) if known.seq() > at => RunState::default(),
            _ => known,
        };
        let state = self.evolve(run, begin, at).await?;
        if state.seq() == Seq::ZERO {
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        if let Some(at) = at.filter(|at| state.seq() < *at) {
            return Err(ApiError::NoSuchPart {
                run,
                what: format!("event {at}"),
            });
        }
        if at.is_none() {
            self.keep(run, &state);
        }
        Ok(state)
    }

    async fn report(&self, run: RunId) -> Result<Report, ApiError> {
        self.ask(&Question::get(&path(run, "/report")).of(run))
            .await
    }

    async fn value(&self, payload: &Payload) -> Result<Value, ApiError> {
        match payload {
            Payload::Inline(value) => Ok(value.clone()),
            Payload::Blob { id, .. } => {
                let bytes = self.blob(id).await?;
                serde_json::from_slice(&bytes).map_err(|error| strange(&error.to_string()).into())
            }
        }
    }

    async fn blob(&self, id: &BlobId) -> Result<Vec<u8>, ApiError> {
        let question = Question::get(&format!("/v1/blobs/{}", part(id.as_str())));
        self.bytes(&question.long()).await
    }

    async fn verify_log(&self, run: Option<RunId>) -> Result<Verified, ApiError> {
        #[derive(Deserialize)]
        struct Checked {
            events: u64,
            #[serde(default)]
            damage: Option<String>,
        }
        let Some(run) = run else {
            return Err(elsewhere("checking the whole log"));
        };
        let question = Question::get(&path(run, "/verification")).of(run);
        let checked: Checked = self.ask(&question).await?;
        Ok(Verified {
            events: checked.events,
            runs: 1,
            seals: 0,
            damage: checked.damage.map(|what| Damage {
                run: Some(run),
                seq: None,
                what,
            }),
        })
    }
}
