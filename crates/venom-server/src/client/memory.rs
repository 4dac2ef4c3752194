//! What a server remembers.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::ApiError;
use venom_ports::memory::episodes::{Asked, Episodes, Found, Known, Mark, Note, Stats, Taken};
use venom_ports::{Failure, FailureKind, Result};

use super::Client;
use super::request::{Question, part};

/// Episodes that are asked for or added at once: the most that the server takes.
const MOST: usize = 500;

/// Says a failure as ports below `api` do.
fn plainly(error: ApiError) -> Failure {
    match error {
        ApiError::Failed(failure) | ApiError::NotLetIn(failure) => failure,
        other => Failure::new(FailureKind::Refused, other.to_string()),
    }
}

#[derive(Deserialize)]
struct Page {
    episodes: Vec<Known>,
    #[serde(default)]
    next: Option<u64>,
}

fn path(id: EpisodeId, rest: &str) -> String {
    format!("/v1/memory/episodes/{}{rest}", part(&id.to_string()))
}

#[async_trait]
impl Episodes for Client {
    /// Adds episodes. The server says who adds them.
    async fn add(&self, notes: Vec<Note>, _by: &str, _now: Timestamp) -> Result<Vec<Taken>> {
        #[derive(Deserialize)]
        struct Remembered {
            taken: Vec<Taken>,
        }
        let mut taken = Vec::with_capacity(notes.len());
        for some in notes.chunks(MOST) {
            let notes: Vec<Value> = some.iter().map(written).collect();
            let question = Question::post("/v1/memory/episodes").body(json!({ "notes": notes }));
            let remembered: Remembered = self.ask(&question).await.map_err(plainly)?;
            taken.extend(remembered.taken);
        }
        Ok(taken)
    }

    async fn search(&self, asked: Asked) -> Result<Found> {
        let question = Question::get("/v1/memory/search")
            .with("q", &asked.words)
            .with("now", &asked.now.micros())
            .with("offset", &asked.offset)
            .with_some("since", asked.since.map(Timestamp::micros))
            .with_some("until", asked.until.map(Timestamp::micros))
            .with_some("speaker", asked.speaker)
            .with_some("thread", asked.thread)
            .with("limit", &asked.limit.min(MOST));
        self.ask(&question).await.map_err(plainly)
    }

    async fn find(&self, prefix: &str) -> Result<Vec<EpisodeId>> {
        let question = Question::get("/v1/memory/episodes").with("prefix", &prefix);
        let page: Page = self.ask(&question).await.map_err(plainly)?;
        Ok(page.episodes.iter().map(|known| known.episode.id).collect())
    }

    async fn get(&self, id: EpisodeId, _now: Timestamp) -> Result<Option<Known>> {
        match self
            .ask(&Question::get(&path(id, "")))
            .await
            .map_err(plainly)
        {
            Ok(known) => Ok(Some(known)),
            Err(failure) if failure.kind == FailureKind::Missing => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Gives a page; only its last episode comes with the position that the server goes on from, which is all that
    /// whoever turns pages needs.
    async fn page(&self, after: u64, limit: usize, _now: Timestamp) -> Result<Vec<(u64, Known)>> {
        let mut known: Vec<(u64, Known)> = Vec::new();
        let mut after = after;
        while known.len() < limit {
            let question = Question::get("/v1/memory/episodes")
                .with("cursor", &after)
                .with("limit", &(limit - known.len()).min(MOST));
            let page: Page = self.ask(&question).await.map_err(plainly)?;
            let end = page.next.unwrap_or(u64::MAX);
            known.extend(page.episodes.into_iter().map(|known| (end, known)));
            match page.next {
                Some(next) if next > after => after = next,
                _ => break,
            }
        }
        Ok(known)
    }

    async fn mark(&self, id: EpisodeId, mark: Mark, _by: &str, _now: Timestamp) -> Result<bool> {
        #[derive(Deserialize)]
        struct Marked {
            changed: bool,
        }
        let question = Question::post(&path(id, "/mark")).body(json!({ "mark": mark }));
        let marked: Marked = self.ask(&question).await.map_err(plainly)?;
        Ok(marked.changed)
    }

    async fn stats(&self) -> Result<Stats> {
        let question = Question::get("/v1/memory/stats");
        self.ask(&question).await.map_err(plainly)
    }
}

/// Writes what is to be remembered.
fn written(note: &Note) -> Value {
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            body.insert(name.to_owned(), value);
        }
    };
    say("text", json!(note.text));
    say("id", json!(note.id));
    say("time", json!(note.time.micros()));
    say("speaker", json!(note.speaker));
    say("thread", json!(note.thread));
    say("pinned", json!(note.is_pinned));
    say("vouched", json!(note.trust == Trust::User));
    Value::Object(body)
}
