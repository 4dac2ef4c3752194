//! What happens, and what is to be done about it.

use std::collections::BTreeMap;

use venom_kernel::event::Envelope;
use venom_kernel::id::{ApprovalId, QuestionId, RunId, Seq};
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::model::ModelId;
use venom_kernel::route::Record;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::{News, Rest};
use venom_ports::api::time::{FileDifference, RewindPreview, RewindResult};
use venom_ports::memory::episodes::{Found, Mark};
use venom_ports::projection::RunRow;

/// A key with what was held down, named as the keymap names it: `j`, `Ctrl-c`, `Enter`.
pub(crate) type Key = String;

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something at a place.
    Mouse(Mouse, u16, u16),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time went on.
    Tick(Timestamp),
    /// The runs that there are.
    Rows(Result<Vec<RunRow>, String>),
    /// News of the run that is followed; the number tells which following it belongs to.
    Heard(u64, Vec<News>),
    /// Nothing more comes from the run that is followed.
    Silent(u64, Option<String>),
    /// A run was started here, taken up here, or forked.
    Ours(Result<RunId, String>, Deed),
    /// A command was sent; whether a process works on the run.
    Sent(RunId, Result<bool, String>, &'static str),
    /// What the run did to the files up to a moment.
    Compared(RunId, Seq, Result<Option<Vec<FileDifference>>, String>),
    /// What going back would do.
    Previewed(RunId, Result<Box<RewindPreview>, String>),
    /// What going back did.
    Rewound(RunId, Result<Box<RewindResult>, String>),
    /// What the memory has for a question.
    Recalled(String, Result<Box<Found>, String>),
    /// An episode was marked; whether that changed anything.
    Marked(Mark, Result<bool, String>),
    /// What was learnt of models.
    Learnt(Result<BTreeMap<ModelId, Record>, String>),
    /// Whether the state of a run can be brought back.
    StateChecked(RunId, Result<(), String>),
    /// The state of a run was brought back.
    StateRewound(RunId, Result<Seq, String>),
    /// Paths that begin with what was typed.
    Completed(String, Vec<String>),
    /// The process is told to end.
    Stop(Stopped),
}

/// How a run became one of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Started,
    TakenUp,
    Forked,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mouse {
    Press,
    Drag,
    WheelUp,
    WheelDown,
}

/// Why the terminal UI ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody left it.
    Left,
    /// The process was told to end, or its terminal is gone.
    Terminated,
}

/// Something that the world is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// End.
    Quit(Stopped),
    /// Give the terminal back until somebody goes on.
    Suspend,
    /// List the runs.
    List,
    /// Follow a run from its first event.
    Follow(RunId, u64),
    /// Start a run.
    Start(String),
    /// Take up a run.
    TakeUp(RunId),
    /// Tell the process that works on a run.
    Tell(RunId, Telling),
    /// Compare the files of a run with its beginning.
    Compare(RunId, Seq),
    /// See what going back would do.
    Preview(RunId, Option<Seq>, bool),
    /// Go back.
    Rewind(RunId, Option<Seq>, bool),
    /// See whether the state of a run can be brought back.
    CheckState(RunId, Seq),
    /// Bring the state of a run back.
    RewindState(RunId, Seq),
    /// Ask the memory.
    Recall(String),
    /// Mark an episode.
    Mark(EpisodeId, Mark),
    /// See what was learnt of models.
    Learn,
    /// Make a new run of the beginning of another one.
    Fork(RunId, Option<Seq>),
    /// Find paths that begin with a text.
    Complete(String),
}

/// What is told to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Telling {
    Pause,
    Resume,
    Cancel,
    Decide(ApprovalId, bool),
    Answer(QuestionId, String),
}

/// News sorted by what they are.
pub(crate) fn sorted(news: Vec<News>) -> (Vec<Envelope>, Vec<(String, String)>, Option<Rest>) {
    let mut events = Vec::new();
    let mut lines = Vec::new();
    let mut rest = None;
    for item in news {
        match item {
            News::Event(envelope) => {
                rest = None;
                events.push(*envelope);
            }
            News::Line { step, line } => {
                rest = None;
                lines.push((step.to_string(), line));
            }
            News::Rest(why) => rest = Some(why),
        }
    }
    (events, lines, rest)
}
