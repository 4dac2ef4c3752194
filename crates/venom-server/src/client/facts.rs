//! What a server believes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use venom_kernel::memory::Trust;
use venom_kernel::memory::fact::{
    Contradiction, FactId, Knowledge, Proposal, Recorded, Row, Target,
};
use venom_kernel::time::Timestamp;
use venom_ports::FailureKind;
use venom_ports::api::facts::{
    Answers, Beliefs, Consolidated, Known, Learned, Proof, Taught, Unlearned,
};
use venom_ports::api::runs::ApiError;

use super::Client;
use super::request::{Question, part};

/// Facts and entries on a page: the most that the server gives.
const PAGE: usize = 1_000;

#[derive(Deserialize)]
struct FactPage {
    facts: Vec<Row>,
    at: Timestamp,
    #[serde(default)]
    next: Option<usize>,
}

#[derive(Deserialize)]
struct Review {
    proposals: Vec<Proposal>,
    contradictions: Vec<Contradiction>,
    aliases: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Entered {
    entry: u64,
}

#[async_trait]
impl Beliefs for Client {
    /// Gives all facts. How runs ended stays with the server, and so do the names that a fact had before its things had
    /// other names.
    async fn known(&self, at: Option<Timestamp>) -> Result<Known, ApiError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut now = at;
        loop {
            let question = Question::get("/v1/memory/facts")
                .with("history", &true)
                .with("limit", &PAGE)
                .with("cursor", &rows.len())
                .with_some("at", now.map(Timestamp::micros));
            let page: FactPage = self.ask(&question).await?;
            let is_last = page.next.is_none() || page.facts.is_empty();
            // What is learned meanwhile does not move what is on the next page.
            now = Some(page.at);
            rows.extend(page.facts);
            if is_last {
                break;
            }
        }
        rows.sort_by_key(|row| row.recorded);
        let question =
            Question::get("/v1/memory/review").with_some("at", now.map(Timestamp::micros));
        let review: Review = self.ask(&question).await?;
        Ok(Known {
            at: now.unwrap_or_default(),
            knowledge: Knowledge {
                rows,
                proposals: review.proposals,
                contradictions: review.contradictions,
                aliases: review.aliases,
                outcomes: BTreeMap::new(),
            },
        })
    }

    /// Gives as many answers as the server does at once; what there are more is not told apart.
    async fn query(&self, question: &str, at: Option<Timestamp>) -> Result<Answers, ApiError> {
        let body = json!({ "question": question, "at": at });
        let question = Question::post("/v1/memory/queries").body(body);
        self.ask(&question).await
    }

    async fn prove(&self, fact: &str, at: Option<Timestamp>) -> Result<Option<Proof>, ApiError> {
        let question = Question::post("/v1/memory/proofs").body(json!({ "fact": fact, "at": at }));
        match self.ask(&question).await {
            Ok(proof) => Ok(Some(proof)),
            Err(ApiError::Failed(failure)) if failure.kind == FailureKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            entries: Vec<Recorded>,
            #[serde(default)]
            next: Option<u64>,
        }
        let mut entries: Vec<Recorded> = Vec::new();
        let mut after = after;
        while entries.len() < limit {
            let question = Question::get("/v1/memory/entries")
                .with("after", &after)
                .with("limit", &(limit - entries.len()).min(PAGE));
            let page: Page = self.ask(&question).await?;
            entries.extend(page.entries);
            match page.next {
                Some(next) if next > after => after = next,
                _ => break,
            }
        }
        Ok(entries)
    }

    /// Teaches something. The server says who teaches it.
    async fn learn(&self, taught: Taught, _by: &str) -> Result<Learned, ApiError> {
        let question = Question::post("/v1/memory/lessons").body(json!({
            "text": taught.text,
            "source": taught.source,
            "project": taught.project,
            "vouched": taught.trust == Trust::User,
        }));
        self.ask(&question).await
    }

    async fn decide(&self, fact: FactId, is_true: bool, _by: &str) -> Result<u64, ApiError> {
        let path = format!("/v1/memory/facts/{}/verdict", part(&fact.to_string()));
        let question = Question::post(&path).body(json!({ "is_true": is_true }));
        let entered: Entered = self.ask(&question).await?;
        Ok(entered.entry)
    }

    async fn unlearn(&self, what: &Target, is_dry: bool, _by: &str) -> Result<Unlearned, ApiError> {
        let body = json!({ "what": what.to_string(), "dry_run": is_dry });
        let question = Question::post("/v1/memory/unlearnings").body(body).long();
        self.ask(&question).await
    }

    async fn consolidate(&self, _by: &str) -> Result<Consolidated, ApiError> {
        self.ask(&Question::post("/v1/memory/consolidations").long())
            .await
    }
}
