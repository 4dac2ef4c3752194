//! What refers to which blob: from events to change sets, trees, and on to files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;
use venom_kernel::advice::Heard;
use venom_kernel::change::{ChangeSet, ChangesRef, Payload};
use venom_kernel::digest::BlobId;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::Event;
use venom_kernel::snapshot::Repository;
use venom_kernel::tree::{Entry, Folder, ObjectId, Times};
use venom_ports::api::archive::Contents;

/// Most blobs of an archive. Chosen: twenty snapshots of the largest workspace that is captured, all
/// of them different; knowing them takes some hundred megabytes.
pub(super) const MOST: usize = 4_000_000;

/// Longest result that is looked into. Chosen: the longest text of an event.
const RESULT: usize = 32 << 20;

/// What a blob is, as whoever refers to it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text that the run began with.
    Text,
    /// The result of a call.
    Result,
    /// What a command printed.
    Output,
    /// A change set.
    Changes,
    /// What a file of a change set was or became.
    Edit,
    /// A folder of a snapshot.
    Folder,
    /// The times of a folder.
    Times,
    /// A file or a link of a snapshot.
    File,
    /// References or the index of a repository.
    Repository,
}

impl Kind {
    const fn is_in(self, contents: Contents) -> bool {
        match contents {
            Contents::All => true,
            Contents::NoBlobs => false,
            Contents::NoFiles => match self {
                Self::Text | Self::Result | Self::Output | Self::Changes | Self::Edit => true,
                Self::Folder | Self::Times | Self::File | Self::Repository => false,
            },
        }
    }

    /// Tells whether such a blob refers to others.
    pub(super) const fn leads_on(self) -> bool {
        match self {
            Self::Result | Self::Changes | Self::Folder | Self::Times => true,
            Self::Text | Self::Output | Self::Edit | Self::File | Self::Repository => false,
        }
    }
}

/// Blobs that are referred to, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    contents: Contents,
    known: BTreeSet<ObjectId>,
    queue: VecDeque<(ObjectId, Kind)>,
}

impl Wanted {
    /// Begins with none.
    pub(super) fn new(contents: Contents) -> Self {
        Self {
            contents,
            ..Self::default()
        }
    }

    /// Takes the next one.
    pub(super) fn next(&mut self) -> Option<(ObjectId, Kind)> {
        self.queue.pop_front()
    }

    /// Takes all that were met since.
    pub(super) fn drain_into(&mut self, due: &mut BTreeMap<ObjectId, Kind>) {
        due.extend(self.queue.drain(..));
    }

    /// Tells whether there are more than an archive holds.
    pub(super) fn is_too_many(&self) -> bool {
        self.known.len() > MOST
    }

    fn add(&mut self, id: ObjectId, kind: Kind) {
        if kind.is_in(self.contents) && self.known.insert(id) {
            self.queue.push_back((id, kind));
        }
    }

    fn blob(&mut self, id: &BlobId, kind: Kind) {
        self.add(ObjectId::from(id), kind);
    }

    fn changes(&mut self, changes: &ChangesRef) {
        self.blob(&changes.blob, Kind::Changes);
    }

    fn payload(&mut self, payload: &Payload) {
        match payload {
            Payload::Inline(value) => self.result(value),
            Payload::Blob { id, .. } => self.blob(id, Kind::Result),
        }
    }

    /// Adds what a result says is kept: lists of ids named `blobs`, or something with `_whole` behind.
    fn result(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    match inner {
                        Value::Array(ids) if key == "blobs" || key.ends_with("_whole") => {
                            for id in ids.iter().filter_map(Value::as_str) {
                                if let Some(id) = BlobId::new(id) {
                                    self.blob(&id, Kind::Output);
                                }
                            }
                        }
                        _ => self.result(inner),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|inner| self.result(inner)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn repositories(&mut self, repositories: &[Repository]) {
        for repository in repositories {
            self.add(repository.refs, Kind::Repository);
            if let Some(index) = repository.index {
                self.add(index, Kind::Repository);
            }
        }
    }

    /// Adds what an event refers to.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::RunStarted(started) => {
                for id in started.texts.values() {
                    self.blob(id, Kind::Text);
                }
                if let Some(plan) = &started.options.plan {
                    self.blob(plan, Kind::Text);
                }
                for attached in &started.options.attached {
                    self.blob(&attached.blob, Kind::Text);
                }
            }
            Event::AdviceAsked { ask, .. } | Event::AdviceForgone { ask, .. } => {
                self.blob(&ask.request, Kind::Text);
            }
            Event::AdviceGiven { heard, .. } => match heard {
                Heard::Answered { text, .. } => self.payload(text),
                Heard::Failed(_) | Heard::Stopped => {}
            },
            Event::EffectStarted { kind, .. } => match kind {
                EffectKind::Commit { changes } | EffectKind::Restore { changes, .. } => {
                    self.changes(changes);
                }
                EffectKind::Call { .. }
                | EffectKind::Rerun { .. }
                | EffectKind::Think { .. }
                | EffectKind::Act { .. }
                | EffectKind::Prove { .. }
                | EffectKind::Check => {}
            },
            Event::EffectFinished { outcome, .. } => match outcome {
                EffectOutcome::Done(done) => {
                    self.payload(&done.result);
                    if let Some(changes) = &done.changes {
                        self.changes(changes);
                    }
                }
                EffectOutcome::Failed(_) | EffectOutcome::Stopped => {}
            },
            Event::Restored { changes, .. } => self.changes(changes),
            Event::SnapshotCreated { snapshot, .. } => {
                let record = snapshot.record();
                self.add(record.tree, Kind::Folder);
                self.add(record.times, Kind::Times);
                self.repositories(&record.repositories);
            }
            Event::Rewound {
                tree, repositories, ..
            } => {
                self.add(*tree, Kind::Folder);
                self.repositories(repositories);
            }
            Event::IntentParsed { .. }
            | Event::ClarificationAsked { .. }
            | Event::ClarificationAnswered { .. }
            | Event::PlansCompared { .. }
            | Event::PlanGenerated { .. }
            | Event::Quoted { .. }
            | Event::PolicyDecided { .. }
            | Event::ApprovalAsked { .. }
            | Event::ApprovalGiven { .. }
            | Event::ApprovalDenied { .. }
            | Event::StepStarted { .. }
            | Event::EffectInDoubt { .. }
            | Event::AgentCreated { .. }
            | Event::ModelSelected { .. }
            | Event::ToolRefused { .. }
            | Event::BudgetReserved { .. }
            | Event::BudgetSettled { .. }
            | Event::BudgetCounted { .. }
            | Event::BudgetLimited { .. }
            | Event::FeedbackGiven { .. }
            | Event::ConflictFound { .. }
            | Event::StepExecuted { .. }
            | Event::StepVerified { .. }
            | Event::StepFailed { .. }
            | Event::StepSkipped { .. }
            | Event::RewindStarted { .. }
            | Event::StateRewound { .. }
            | Event::LogRepaired { .. }
            | Event::SkillLearned { .. }
            | Event::SkillDecided { .. }
            | Event::ContentsReleased { .. }
            | Event::SnapshotReleased { .. }
            | Event::PreferenceApplied { .. }
            | Event::PreferenceForgotten { .. }
            | Event::Forked { .. }
            | Event::RunPaused { .. }
            | Event::RunResumed { .. }
            | Event::RunCancelled { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    /// Adds what a blob refers to. Bytes that are not what they should be refer to nothing; the store
    /// that they came from had them as they are.
    pub(super) fn inside(&mut self, kind: Kind, bytes: &[u8]) {
        match kind {
            Kind::Changes => {
                let Ok(set) = serde_json::from_slice::<ChangeSet>(bytes) else {
                    return;
                };
                for change in set.changes() {
                    for state in [&change.before, &change.after].into_iter().flatten() {
                        self.blob(&state.blob, Kind::Edit);
                    }
                }
            }
            Kind::Folder => {
                let Ok(folder) = Folder::decode(bytes) else {
                    return;
                };
                for (_, entry) in &folder {
                    match entry {
                        Entry::File { blob: id, .. } | Entry::Link { target: id } => {
                            self.add(*id, Kind::File);
                        }
                        Entry::Folder { tree, .. } => self.add(*tree, Kind::Folder),
                        Entry::Skipped { .. } => {}
                    }
                }
            }
            Kind::Times => {
                let Ok(times) = Times::decode(bytes) else {
                    return;
                };
                for entry in times.entries() {
                    if let Some(inside) = entry.inside {
                        self.add(inside, Kind::Times);
                    }
                }
            }
            Kind::Result if bytes.len() <= RESULT => {
                if let Ok(value) = serde_json::from_slice(bytes) {
                    self.result(&value);
                }
            }
            Kind::Text
            | Kind::Result
            | Kind::Output
            | Kind::Edit
            | Kind::File
            | Kind::Repository => {}
        }
    }
}
