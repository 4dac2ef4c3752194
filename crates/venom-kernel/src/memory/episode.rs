//! Episodes: one thing that somebody said or did, with its time, its speaker and what it is about.
//!
//! [`told`] makes an episode of an event of a run, and [`noted`] one of an event of the memory's log; both
//! are pure, so that all episodes can be thrown away and made again. A text is cleaned, masked by the
//! redactor and bounded before it becomes an episode. How much an episode matters is a function of its
//! signs ([`Signs`]) and of its age.
//!
//! Reading order: this file (what an episode is, and what becomes one), `about` (names in a text),
//! `weight` (importance).

use serde::{Deserialize, Serialize};

use super::{MemoryEvent, Noted, Trust};
use crate::agent;
use crate::change::Payload;
use crate::digest::Digest;
use crate::effect::{EffectKind, EffectOutcome};
use crate::event::{Envelope, Event, Outcome, RunStarted, StepFailure};
use crate::id::{RunId, Seq, digest_id};
use crate::intent::Question;
use crate::plain;
use crate::redact::Redactor;
use crate::relay::is_asked_by_program;
use crate::run::RunState;
use crate::time::Timestamp;

mod about;
mod weight;

pub use self::about::about;
pub use self::weight::{ENOUGH, FULL, Signs};

/// The longest text of an episode, in characters. Chosen: a page; who wants the rest has the source.
pub const LONGEST: usize = 4_000;
/// The longest name of a speaker or a conversation, in characters.
pub const LONGEST_NAME: usize = 100;

/// Who speaks when VENOM does.
pub const VENOM: &str = "venom";
/// Who speaks when the user does.
pub const USER: &str = "user";

digest_id!(
    /// Names an episode: a digest of where it comes from. 60 bits, so that two of a million collide once in two million
    /// times, and the same number fits a signed column.
    EpisodeId, "ep", 15
);

impl EpisodeId {
    /// Returns the id of what an event of a run says.
    pub fn of_event(run: RunId, seq: Seq) -> Self {
        Self::of_digest(&Digest::of(&("event", run, seq)))
    }

    /// Returns the id of what somebody added: the same words of the same speaker at the same time are the
    /// same episode.
    pub fn of_note(time: Timestamp, speaker: &str, thread: Option<&str>, words: &str) -> Self {
        Self::of_digest(&Digest::of(&("note", time, speaker, thread, words)))
    }

    /// Returns the number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Makes the id with this number; bits beyond those of an id are dropped.
    pub const fn from_number(number: u64) -> Self {
        Self(number & (u64::MAX >> 4))
    }
}

/// What kind of thing was said or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The goal of a run, in the user's words.
    Goal,
    /// How a goal was understood.
    Understood,
    /// A question to the user.
    Question,
    /// The user's answer.
    Answer,
    /// What an action gave.
    Result,
    /// What did not work, and why.
    Failure,
    /// What a model said.
    Said,
    /// How a run ended.
    Outcome,
    /// What somebody added.
    Note,
}

impl Kind {
    /// Returns the kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Understood => "understood",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Result => "result",
            Self::Failure => "failure",
            Self::Said => "said",
            Self::Outcome => "outcome",
            Self::Note => "note",
        }
    }
}

/// Where an episode comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An event of a run.
    Run {
        /// The run.
        run: RunId,
        /// Its event.
        seq: Seq,
    },
    /// An event of the memory's own log.
    Note {
        /// Its position there.
        seq: Seq,
    },
}

/// One thing that somebody said or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// Its id.
    pub id: EpisodeId,
    /// When it happened.
    pub time: Timestamp,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Who speaks: `user`, `venom`, an action, a model, or a name.
    pub speaker: String,
    /// The words, cleaned and masked.
    pub text: String,
    /// Paths, symbols and names in the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// Who vouches for the words.
    pub trust: Trust,
    /// The conversation that it is part of, if it is part of one; a run is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// Returns what an event of a run says that may be wanted again; `before` is the state of the run before
/// it.
pub fn told(before: &RunState, envelope: &Envelope) -> Option<Episode> {
    let (kind, speaker, trust, text) = words(before, &envelope.event)?;
    let text = kept(&text)?;
    Some(Episode {
        id: EpisodeId::of_event(envelope.run, envelope.seq),
        time: envelope.time,
        kind,
        speaker: name(&speaker).unwrap_or_else(|| VENOM.to_owned()),
        about: about(&text),
        text,
        trust,
        thread: Some(envelope.run.to_string()),
        source: Source::Run {
            run: envelope.run,
            seq: envelope.seq,
        },
    })
}

/// Returns the episode that an event of the memory's log adds, unless its words were let go of.
pub fn noted(noted: &Noted) -> Option<Episode> {
    let MemoryEvent::EpisodeAdded(added) = &noted.event else {
        return None;
    };
    let text = kept(noted.words.as_deref()?)?;
    Some(Episode {
        id: added.id,
        time: added.time,
        kind: Kind::Note,
        speaker: added.speaker.clone(),
        about: about(&text),
        text,
        trust: added.trust,
        thread: added.thread.clone(),
        source: Source::Note { seq: noted.seq },
    })
}

/// Cleans, masks and bounds the words of an episode; nothing is left of words that say nothing.
pub fn kept(text: &str) -> Option<String> {
    let plain = plain::text(text.as_bytes());
    let masked = Redactor::default().redact(plain.trim());
    let text: String = masked.trim().chars().take(LONGEST).collect();
    text.chars().any(char::is_alphanumeric).then_some(text)
}

/// Cleans and bounds the name of a speaker or a conversation; nothing is left of a name without letters.
pub fn name(text: &str) -> Option<String> {
    let plain: String = plain::text(text.as_bytes())
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let name: String = plain.chars().take(LONGEST_NAME).collect();
    name.chars().any(char::is_alphanumeric).then_some(name)
}

type Words = (Kind, String, Trust, String);

/// Says who vouches for the goal of a run. What a program sends to a model is anybody's text.
fn trust_of_goal(started: &RunStarted) -> Trust {
    if is_asked_by_program(started) {
        Trust::Untrusted
    } else {
        Trust::User
    }
}

/// Says whose words a question is in: a model's if an agent asks, else VENOM's own.
fn trust_of_question(question: &Question) -> Trust {
    if question.key.starts_with(agent::QUESTION) {
        Trust::Model
    } else {
        Trust::Venom
    }
}

/// Returns what an event says, who says it, and who vouches for it. What holds the words of several is vouched for
/// as little as the least of them.
fn words(before: &RunState, event: &Event) -> Option<Words> {
    let venom = |kind: Kind, text: String| Some((kind, VENOM.to_owned(), Trust::Venom, text));
    if let Event::RunStarted(started) = event {
        let trust = trust_of_goal(started);
        return Some((Kind::Goal, USER.to_owned(), trust, started.goal.clone()));
    }
    if let Event::IntentParsed { intent } = event {
        let goals: Vec<String> = intent
            .goals
            .iter()
            .filter(|goal| !goal.action.is_empty())
            .map(|goal| {
                let with = serde_json::to_string(&goal.params).unwrap_or_default();
                if goal.params.is_empty() {
                    format!("{} for \"{}\"", goal.action, goal.text)
                } else {
                    format!("{} for \"{}\" with {with}", goal.action, goal.text)
                }
            })
            .collect();
        return venom(Kind::Understood, goals.join("; "));
    }
    if let Event::ClarificationAsked { question, .. } = event {
        let trust = trust_of_question(question);
        let text = question.text.clone();
        return Some((Kind::Question, VENOM.to_owned(), trust, text));
    }
    if let Event::ClarificationAnswered { id, answer, by } = event {
        let question = before.question(*id);
        let asked = question
            .map(|question| format!("{} ", question.text))
            .unwrap_or_default();
        // What VENOM asks is made of what the user said.
        let trust = match question.map(trust_of_question) {
            Some(Trust::Model) => Trust::Model,
            _ => Trust::User,
        };
        let text = format!("{asked}{answer}");
        return Some((Kind::Answer, by.clone(), trust, text));
    }
    if let Event::EffectFinished { id, outcome, .. } = event {
        return ended(before, *id, outcome);
    }
    if let Event::StepFailed { step, why, .. } = event {
        let text = format!("step {step} failed: {}", because(why));
        return Some((Kind::Failure, VENOM.to_owned(), trust_of(why), text));
    }
    if let Event::RunFinished { outcome } = event {
        let started = before.started();
        let goal = started.map_or("", |started| started.goal.as_str());
        let trust = started.map_or(Trust::Venom, |started| {
            trust_of_goal(started).min(Trust::Venom)
        });
        let text = format!("{}: {goal}", ending(outcome));
        return Some((Kind::Outcome, VENOM.to_owned(), trust, text));
    }
    None
}

/// Returns what the end of an effect says. Commits, checks and other machinery say nothing that their
/// step does not say.
fn ended(before: &RunState, id: crate::id::EffectId, outcome: &EffectOutcome) -> Option<Words> {
    let (_, open) = before.open_effects().find(|(open, _)| *open == id)?;
    let step = before.plan().steps.get(open.step)?;
    let speaker = match &open.kind {
        EffectKind::Call { .. } => format!("{}.{}", step.skill, step.action),
        EffectKind::Act { skill, action, .. } | EffectKind::Prove { skill, action } => {
            format!("{skill}.{action}")
        }
        EffectKind::Think { .. } => "model".to_owned(),
        EffectKind::Commit { .. }
        | EffectKind::Check
        | EffectKind::Rerun { .. }
        | EffectKind::Restore { .. } => return None,
    };
    match outcome {
        EffectOutcome::Done(done) => {
            if let Some(reply) = &done.reply {
                let speaker = if reply.model.is_empty() {
                    speaker
                } else {
                    reply.model.clone()
                };
                return Some((Kind::Said, speaker, Trust::Model, reply.text()));
            }
            let text = match (&done.shown, &done.result) {
                (Some(shown), _) => shown.clone(),
                (None, Payload::Inline(result)) if !result.is_null() => agent::text_of(result),
                // What is too long for the log is too long for an episode; the title says what it was.
                (None, Payload::Inline(_) | Payload::Blob { .. }) => step.title.clone(),
            };
            Some((Kind::Result, speaker, Trust::Untrusted, text))
        }
        EffectOutcome::Failed(failure) => Some((
            Kind::Failure,
            speaker,
            Trust::Untrusted,
            failure.message.clone(),
        )),
        EffectOutcome::Stopped => None,
    }
}

fn because(why: &StepFailure) -> String {
    match why {
        StepFailure::Effect(failure) => failure.message.clone(),
        StepFailure::Checks(_) => "its checks are broken".to_owned(),
        StepFailure::Conflict(paths) => {
            format!("somebody else changed {}", paths.join(", "))
        }
        StepFailure::Denied(by) => format!("not allowed: {by}"),
        StepFailure::InDoubt => "nobody knows whether it happened".to_owned(),
        StepFailure::OutOfTime => "the run's time was over".to_owned(),
        StepFailure::Budget(why) => format!("the budget: {why}"),
    }
}

/// Says who vouches for why a step failed: what programs printed and how files are called, nobody here does.
const fn trust_of(why: &StepFailure) -> Trust {
    match why {
        StepFailure::Effect(_) | StepFailure::Conflict(_) => Trust::Untrusted,
        StepFailure::Checks(_)
        | StepFailure::Denied(_)
        | StepFailure::InDoubt
        | StepFailure::OutOfTime
        | StepFailure::Budget(_) => Trust::Venom,
    }
}

const fn ending(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Partial => "done in part",
        Outcome::Failed => "failed",
        Outcome::Planned => "planned",
        Outcome::Unplannable(_) => "could not be planned",
        Outcome::OutOfScope => "out of scope",
        Outcome::Unclear => "stayed unclear",
        Outcome::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests;
