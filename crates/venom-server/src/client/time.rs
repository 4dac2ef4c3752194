//! The time machine of a server.

use std::path::Path;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use venom_kernel::diff::Difference;
use venom_kernel::event::StatePart;
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::ApiError;
use venom_ports::api::time::{
    Compared, ForkWish, Moment, ReplayMode, Replayed, RewindPreview, RewindResult, RewindWish,
    SnapshotRow, Time, WhatIf, WhatIfWish,
};

use super::Client;
use super::request::{Question, strange};
use super::runs::{Made, elsewhere, path};

fn rewinding(run: RunId, wish: &RewindWish, is_dry: bool) -> Question {
    let mut body = json!({
        "only": wish.only,
        "overwrite": wish.overwrite,
        "allow_partial": wish.allow_partial,
        "dry_run": is_dry,
    });
    if let (Some(to), Value::Object(body)) = (wish.to, &mut body) {
        body.insert("to".to_owned(), json!(to));
    }
    Question::post(&path(run, "/rewind"))
        .of(run)
        .body(body)
        .long()
}

fn rewinding_state(run: RunId, to: Seq, part: StatePart, is_dry: bool) -> Question {
    let body = json!({ "to": to, "part": part, "dry_run": is_dry });
    Question::post(&path(run, "/state-rewind"))
        .of(run)
        .body(body)
}

fn read<T: DeserializeOwned>(said: &Value) -> Result<T, ApiError> {
    T::deserialize(said).map_err(|error| strange(&error.to_string()).into())
}

/// Tells a side that is null from one that is not there, which reading an optional value does not.
fn restore_nulls(differences: &mut [Difference], said: Option<&Value>) {
    let said = said.and_then(Value::as_array);
    for (difference, said) in differences.iter_mut().zip(said.into_iter().flatten()) {
        if said.get("left").is_some_and(Value::is_null) {
            difference.left = Some(Value::Null);
        }
        if said.get("right").is_some_and(Value::is_null) {
            difference.right = Some(Value::Null);
        }
    }
}

#[async_trait]
impl Time for Client {
    async fn replay(&self, moment: &Moment, mode: ReplayMode) -> Result<Replayed, ApiError> {
        let mut body = json!({ "mode": mode });
        if let (Some(at), Value::Object(body)) = (moment.at, &mut body) {
            body.insert("at".to_owned(), json!(at));
        }
        let question = Question::post(&path(moment.run, "/replay")).of(moment.run);
        let said: Value = self.ask(&question.body(body).long()).await?;
        let mut replayed: Replayed = read(&said)?;
        if let Some(divergence) = &mut replayed.divergence {
            let differences = said.pointer("/divergence/differences");
            restore_nulls(&mut divergence.differences, differences);
        }
        Ok(replayed)
    }

    async fn snapshots(&self, run: RunId) -> Result<Vec<SnapshotRow>, ApiError> {
        #[derive(Deserialize)]
        struct List {
            snapshots: Vec<SnapshotRow>,
        }
        let question = Question::get(&path(run, "/snapshots")).of(run);
        let list: List = self.ask(&question).await?;
        Ok(list.snapshots)
    }

    async fn snapshot(&self, run: RunId) -> Result<SnapshotRow, ApiError> {
        let question = Question::post(&path(run, "/snapshots")).of(run);
        self.ask(&question.long()).await
    }

    async fn preview_rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
    ) -> Result<RewindPreview, ApiError> {
        self.ask(&rewinding(run, wish, true)).await
    }

    async fn rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
        _by: &str,
    ) -> Result<RewindResult, ApiError> {
        self.ask(&rewinding(run, wish, false)).await
    }

    async fn compare(&self, left: &Moment, right: &Moment) -> Result<Compared, ApiError> {
        // The beginning of a run is its first event; the end of the left run is asked for by its number.
        let from = match left.at {
            Some(at) => at,
            None => venom_ports::api::runs::Runs::state(self, left.run, None)
                .await?
                .seq(),
        };
        let other = (right.run != left.run).then_some(right.run);
        let question = Question::get(&path(left.run, "/diff"))
            .of(left.run)
            .with("from", &from)
            .with_some("other", other)
            .with_some("to", right.at);
        let said: Value = self.ask(&question).await?;
        let mut compared: Compared = read(&said)?;
        restore_nulls(&mut compared.state, said.get("state"));
        Ok(compared)
    }

    async fn materialise(&self, _moment: &Moment, _into: &Path) -> Result<Seq, ApiError> {
        Err(elsewhere("writing the files of a run"))
    }

    /// Forks a run. The server makes the folder; the one of the wish is not used.
    async fn fork(&self, run: RunId, wish: &ForkWish, _by: &str) -> Result<RunId, ApiError> {
        let mut body = serde_json::Map::new();
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                body.insert(name.to_owned(), value);
            }
        };
        if wish.plan.is_some() {
            return Err(elsewhere("forking with another plan"));
        }
        say("at", json!(wish.at));
        say("goal", json!(wish.goal));
        say("model", json!(wish.model));
        say("max_cost", json!(wish.max_cost));
        let question = Question::post(&path(run, "/fork")).of(run);
        let made: Made = self.ask(&question.body(Value::Object(body)).long()).await?;
        Ok(made.run)
    }

    async fn what_if(&self, _: RunId, _: &WhatIfWish, _: &str) -> Result<RunId, ApiError> {
        Err(elsewhere("asking another model what it would have done"))
    }

    async fn what_came(&self, _: RunId) -> Result<WhatIf, ApiError> {
        Err(elsewhere("comparing what another model did"))
    }

    async fn rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        _by: &str,
    ) -> Result<Seq, ApiError> {
        #[derive(Deserialize)]
        struct Done {
            seq: Seq,
        }
        let done: Done = self.ask(&rewinding_state(run, to, part, false)).await?;
        Ok(done.seq)
    }

    async fn preview_rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        _by: &str,
    ) -> Result<(), ApiError> {
        let _checked: Value = self.ask(&rewinding_state(run, to, part, true)).await?;
        Ok(())
    }

    async fn release(&self, run: RunId, _by: &str) -> Result<(), ApiError> {
        let question = Question::delete(&path(run, "/snapshots")).of(run);
        let _released: Value = self.ask(&question).await?;
        Ok(())
    }

    async fn release_snapshot(&self, run: RunId, at: Seq, _by: &str) -> Result<(), ApiError> {
        let one = path(run, &format!("/snapshots/{}", at.number()));
        let _released: Value = self.ask(&Question::delete(&one).of(run)).await?;
        Ok(())
    }
}
