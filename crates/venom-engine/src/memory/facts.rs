//! Facts as users ask about them: what is known, teaching, deciding, unlearning and consolidating.
//!
//! What is known is a fold over what the runs' logs and the memory's own log say, so that nothing here
//! keeps anything: a crash between two steps loses none, and what is written is one event each time.

use std::sync::Arc;

use venom_kernel::id::Seq;
use venom_kernel::memory::extract::{self, Reading};
use venom_kernel::memory::fact::{
    self, Consolidation, Entry, FactId, Knowledge, Pending, Recorded, Saying, Target,
};
use venom_kernel::memory::{MemoryEvent, Noted, Trust};
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::clock::Clock;
use venom_ports::memory::facts::Sayings;
use venom_ports::memory::graph::Edge;
use venom_ports::memory::{MemoryLog, Telling};
use venom_ports::{Failure, FailureKind, Result};

pub use venom_ports::api::facts::{Cascade, Learned};

use super::cascade::cascade;
use super::reason::{Reasoner, Rules};

/// Events of the memory's log that are read at once.
const PAGE: usize = 1_000;

/// Facts that a consolidation looks at before it writes what it decided. Chosen: a crash repeats the work
/// of a moment.
const BATCH: usize = 256;

/// What users may ask about facts.
#[derive(Clone)]
pub struct Facts {
    log: Arc<dyn MemoryLog>,
    sayings: Arc<dyn Sayings>,
    clock: Arc<dyn Clock>,
    rules: Rules,
}

/// Everything that was said, for folding it up to a moment.
#[derive(Debug, Clone)]
pub struct Told {
    sayings: Vec<Saying>,
    entries: Vec<Recorded>,
    /// When it was read.
    pub now: Timestamp,
}

impl Told {
    /// Returns what was known at a moment, or what is known now.
    pub fn knowledge(&self, at: Option<Timestamp>) -> Knowledge {
        fact::knowledge(&self.sayings, &self.entries, at)
    }

    /// Returns what is believed now between things, as a graph is told it.
    pub fn edges(&self) -> Vec<Edge> {
        edges(&self.knowledge(None), self.now)
    }

    /// Returns the last entry about facts; zero if there is none.
    pub(crate) fn last_entry(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.number)
    }

    /// Returns what the memory's log says about facts.
    pub fn entries(&self) -> &[Recorded] {
        &self.entries
    }
}

/// Returns what held between things at a moment. Preferences and decisions are texts, and no things.
pub fn edges(known: &Knowledge, now: Timestamp) -> Vec<Edge> {
    known
        .current(now)
        .filter(|row| !row.relation.takes_text())
        .map(|row| Edge {
            fact: row.id,
            subject: row.subject.clone(),
            relation: row.relation,
            object: row.object.clone(),
            confidence: row.confidence,
            from: row.from,
        })
        .collect()
}

/// Something to be learned.
#[derive(Debug, Clone)]
pub struct Lesson<'a> {
    /// The words.
    pub text: &'a str,
    /// What they were read from, such as a file or an address.
    pub source: Option<String>,
    /// Who vouches for them.
    pub trust: Trust,
    /// What `we` stands for in them.
    pub project: &'a str,
    /// Who gives them.
    pub by: String,
}

/// How far a consolidation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Facts looked at so far.
    pub looked: u64,
    /// Facts in all.
    pub of: u64,
}

/// What came of a consolidation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consolidated {
    /// Whether one that was cut off was brought to its end.
    pub is_resumed: bool,
    /// The entry that it began with; none if there was nothing to do.
    pub start: Option<u64>,
    /// What it decided.
    pub done: Consolidation,
}

impl From<Consolidated> for venom_ports::api::facts::Consolidated {
    fn from(done: Consolidated) -> Self {
        Self {
            start: done.start,
            is_resumed: done.is_resumed,
            looked: done.done.looked,
            kept: done.done.kept.into_iter().collect(),
            evicted: done.done.evicted.into_iter().collect(),
        }
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").finish_non_exhaustive()
    }
}

impl Facts {
    /// Makes the handle. `rules` are the user's.
    pub fn new(
        log: Arc<dyn MemoryLog>,
        sayings: Arc<dyn Sayings>,
        clock: Arc<dyn Clock>,
        rules: Rules,
    ) -> Self {
        Self {
            log,
            sayings,
            clock,
            rules,
        }
    }

    /// Reads everything that was said.
    pub async fn told(&self) -> Result<Told> {
        let sayings = self.sayings.sayings().await?;
        let noted = self.noted().await?;
        Ok(Told {
            sayings,
            entries: fact::entries(&noted),
            now: self.clock.now(),
        })
    }

    /// Returns everything that is not to count any more.
    pub(crate) async fn unlearned(&self) -> Result<Vec<Target>> {
        let entries = fact::entries(&self.noted().await?);
        Ok(entries
            .into_iter()
            .filter_map(|recorded| match recorded.entry {
                Entry::Unlearned { what, .. } => Some(what),
                _ => None,
            })
            .collect())
    }

    async fn noted(&self) -> Result<Vec<Noted>> {
        let mut noted: Vec<Noted> = Vec::new();
        loop {
            let after = noted.last().map_or(Seq::ZERO, |last| last.seq);
            let page = self.log.read(after, PAGE).await?;
            let is_last = page.len() < PAGE;
            noted.extend(page);
            if is_last {
                return Ok(noted);
            }
        }
    }

    /// Returns what rules can be asked with: what is known now.
    pub async fn reasoner(&self) -> Result<Reasoner> {
        self.reasoner_at(None).await
    }

    /// Returns what rules can be asked with: what was known at a moment, or is known now.
    pub async fn reasoner_at(&self, at: Option<Timestamp>) -> Result<Reasoner> {
        let told = self.told().await?;
        Reasoner::new(&told.knowledge(at), at.unwrap_or(told.now), &self.rules)
    }

    async fn write(&self, entry: Entry) -> Result<(u64, Timestamp)> {
        let now = self.clock.now();
        let event = MemoryEvent::FactsNoted(Box::new(entry));
        let telling = Telling { event, words: None };
        let seq = self.log.append(now, vec![telling]).await?;
        Ok((seq.number(), now))
    }

    /// Reads what a text says and writes it down. Secrets are masked first; a text that says nothing
    /// leaves no trace.
    pub async fn learn(&self, lesson: Lesson<'_>, redactor: &Redactor) -> Result<Learned> {
        let reading = Reading {
            project: lesson.project,
            user: &lesson.by,
            time: self.clock.now(),
        };
        let claims = extract::claims(&redactor.redact(lesson.text), &reading);
        if claims.is_empty() {
            return Ok(Learned {
                entry: None,
                claims,
            });
        }
        let entry = Entry::Given {
            source: lesson.source,
            trust: lesson.trust,
            by: lesson.by,
            claims: claims.clone(),
        };
        let (number, _) = self.write(entry).await?;
        Ok(Learned {
            entry: Some(number),
            claims,
        })
    }

    /// Writes down that the user takes a fact for true, or for false. It must be known or proposed.
    pub async fn decide(&self, fact: FactId, is_true: bool, by: &str) -> Result<u64> {
        let known = self.told().await?.knowledge(None);
        let is_there = known.proposals.iter().any(|known| known.id == fact)
            || known.rows.iter().any(|row| row.is_named(fact));
        if !is_there {
            return Err(
                Failure::new(FailureKind::Missing, format!("there is no fact {fact}"))
                    .with_hint("see `venom memory review` and `venom memory facts`"),
            );
        }
        let by = by.to_owned();
        let entry = if is_true {
            Entry::Accepted { fact, by }
        } else {
            Entry::Rejected { fact, by }
        };
        self.write(entry).await.map(|(number, _)| number)
    }

    /// Says what would go with a source.
    pub async fn would_unlearn(&self, what: &Target) -> Result<Cascade> {
        let told = self.told().await?;
        let before = told.knowledge(None);
        let mut without = told.clone();
        without.entries.push(Recorded {
            number: told.entries.last().map_or(1, |last| last.number + 1),
            time: told.now,
            entry: Entry::Unlearned {
                what: what.clone(),
                by: String::new(),
            },
        });
        let after = without.knowledge(None);
        cascade(&before, &after, what, told.now, &self.rules)
    }

    /// Takes out everything that was said somewhere, and says what went. The logs stay as they are; what
    /// was said there is never recalled again.
    pub async fn unlearn(&self, what: &Target, by: &str) -> Result<(u64, Cascade)> {
        let cascade = self.would_unlearn(what).await?;
        if cascade.is_empty() {
            return Err(Failure::new(
                FailureKind::Missing,
                format!("nothing is known from {what}"),
            )
            .with_hint("`venom memory why FACT` names the events and sources of a fact"));
        }
        let entry = Entry::Unlearned {
            what: what.clone(),
            by: by.to_owned(),
        };
        let (number, _) = self.write(entry).await?;
        Ok((number, cascade))
    }

    /// Takes out everything that was said somewhere, whether or not any fact came from it: what else was
    /// learned there goes too.
    pub async fn take_out(&self, what: &Target, by: &str) -> Result<u64> {
        let entry = Entry::Unlearned {
            what: what.clone(),
            by: by.to_owned(),
        };
        self.write(entry).await.map(|(number, _)| number)
    }

    /// Goes through what is known, keeps what matters and lets go of what does not. What was cut off is
    /// brought to its end first, by what was known when it began. Doing it twice is doing it once.
    pub async fn consolidate<P: FnMut(Progress) + ?Sized>(
        &self,
        by: &str,
        progress: &mut P,
    ) -> Result<Consolidated> {
        let told = self.told().await?;
        if let Some(pending) = fact::pending(&told.entries) {
            return self.finish(&told, pending, true, progress).await;
        }
        let known = told.knowledge(None);
        let has_work = fact::batches(&known, told.now, None, BATCH)
            .iter()
            .any(|batch| !batch.kept.is_empty() || !batch.evicted.is_empty());
        if !has_work {
            return Ok(Consolidated::default());
        }
        let by = by.to_owned();
        let (start, at) = self.write(Entry::ConsolidationStarted { by }).await?;
        let told = self.told().await?;
        let pending = Pending {
            start,
            at,
            last: None,
        };
        self.finish(&told, pending, false, progress).await
    }

    async fn finish<P: FnMut(Progress) + ?Sized>(
        &self,
        told: &Told,
        pending: Pending,
        is_resumed: bool,
        progress: &mut P,
    ) -> Result<Consolidated> {
        let start = pending.start;
        let before: Vec<Recorded> = told
            .entries
            .iter()
            .filter(|recorded| recorded.number < start)
            .cloned()
            .collect();
        let known = fact::knowledge(&told.sayings, &before, Some(pending.at));
        let mut done = Consolidation::of(&told.entries, start);
        let batches = fact::batches(&known, pending.at, pending.last, BATCH);
        let left: u64 = batches.iter().map(|batch| u64::from(batch.looked)).sum();
        let of = done.looked + left;
        progress(Progress {
            looked: done.looked,
            of,
        });
        for batch in batches {
            done.looked += u64::from(batch.looked);
            done.kept.extend(&batch.kept);
            done.evicted.extend(&batch.evicted);
            self.write(batch.entry(start)).await?;
            progress(Progress {
                looked: done.looked,
                of,
            });
        }
        self.write(Entry::ConsolidationFinished { start }).await?;
        Ok(Consolidated {
            is_resumed,
            start: Some(start),
            done,
        })
    }
}

#[cfg(test)]
mod tests;
