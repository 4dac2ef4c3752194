//! What is believed, for servers and verbs: the facts of the data folder under the rules of its user, as they stand in their
//! file whenever something is asked.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use venom_engine::host::Host;
use venom_engine::memory::facts::{Facts, Lesson};
use venom_engine::memory::reason::Rules;
use venom_kernel::memory::fact::{FactId, Recorded, Target};
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::api::facts::{
    Answers, Beliefs, Consolidated, Known, Learned, Proof, Taught, Unlearned,
};
use venom_ports::api::runs::ApiError;
use venom_ports::clock::Clock;
use venom_ports::memory::MemoryLog;
use venom_ports::memory::facts::Sayings;
use venom_ports::{Failure, FailureKind};

use crate::config::file;

/// The facts of a data folder.
pub(crate) struct Believed {
    pub(crate) log: Arc<dyn MemoryLog>,
    pub(crate) sayings: Arc<dyn Sayings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Host,
    /// The file with the user's rules.
    pub(crate) rules: PathBuf,
    pub(crate) redactor: Redactor,
}

impl Believed {
    fn facts(&self) -> Result<Facts, ApiError> {
        let text = file::read(&self.rules)
            .map_err(|error| Failure::new(FailureKind::Unavailable, error.message))?;
        let rules = Rules {
            text: text.unwrap_or_default(),
            place: self.rules.display().to_string(),
        };
        Ok(Facts::new(
            Arc::clone(&self.log),
            Arc::clone(&self.sayings),
            Arc::clone(&self.clock),
            rules,
        ))
    }
}

#[async_trait]
impl Beliefs for Believed {
    async fn known(&self, at: Option<Timestamp>) -> Result<Known, ApiError> {
        let told = self.facts()?.told().await?;
        Ok(Known {
            at: at.unwrap_or(told.now),
            knowledge: told.knowledge(at),
        })
    }

    async fn query(&self, question: &str, at: Option<Timestamp>) -> Result<Answers, ApiError> {
        let mut reasoner = self.facts()?.reasoner_at(at).await?;
        let question = question.to_owned();
        let answers = tokio::task::spawn_blocking(move || reasoner.query(&question));
        Ok(answers.await.map_err(|error| broken(&error))??)
    }

    async fn prove(&self, fact: &str, at: Option<Timestamp>) -> Result<Option<Proof>, ApiError> {
        let mut reasoner = self.facts()?.reasoner_at(at).await?;
        let fact = fact.to_owned();
        let proof = tokio::task::spawn_blocking(move || reasoner.why(&fact));
        Ok(proof.await.map_err(|error| broken(&error))??)
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ApiError> {
        let told = self.facts()?.told().await?;
        let later = told.entries().iter().filter(|entry| entry.number > after);
        Ok(later.take(limit).cloned().collect())
    }

    async fn learn(&self, taught: Taught, by: &str) -> Result<Learned, ApiError> {
        let lesson = Lesson {
            text: &taught.text,
            source: taught.source,
            trust: taught.trust,
            project: &taught.project,
            by: by.to_owned(),
        };
        Ok(self.facts()?.learn(lesson, &self.redactor).await?)
    }

    async fn decide(&self, fact: FactId, is_true: bool, by: &str) -> Result<u64, ApiError> {
        Ok(self.facts()?.decide(fact, is_true, by).await?)
    }

    async fn unlearn(&self, what: &Target, is_dry: bool, by: &str) -> Result<Unlearned, ApiError> {
        let facts = self.facts()?;
        let cascade = facts.would_unlearn(what).await?;
        let skills: Vec<String> = self
            .host
            .procedures_from(what)
            .await?
            .iter()
            .map(|known| known.procedure.id.to_string())
            .collect();
        if cascade.is_empty() && skills.is_empty() {
            return Err(Failure::new(
                FailureKind::Missing,
                format!("nothing is known from {what}"),
            )
            .with_hint("the reasons of a fact name the events and sources that it comes from")
            .into());
        }
        let entry = if is_dry {
            None
        } else {
            Some(facts.take_out(what, by).await?)
        };
        Ok(Unlearned {
            entry,
            cascade,
            skills,
        })
    }

    async fn consolidate(&self, by: &str) -> Result<Consolidated, ApiError> {
        let done = self.facts()?.consolidate(by, &mut |_progress| {}).await?;
        Ok(done.into())
    }
}

fn broken(error: &tokio::task::JoinError) -> Failure {
    Failure::new(FailureKind::Internal, error.to_string())
}
