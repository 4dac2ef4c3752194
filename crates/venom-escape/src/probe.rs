//! What a probe is: an id, a group, what it tries, who can tell whether it got out, and the attempt.
//!
//! An attempt is written as a sequence of steps joined by `?`: reaching the end means that it got
//! out, and every refusal on the way means that it was held.

use std::ffi::c_int;
use std::io;
use std::path::{Path, PathBuf};

use crate::facts::Facts;

/// What a probe found: how it got out, or why it did not.
pub(crate) type Outcome = Result<String, Stop>;

/// Why a probe did not get out.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The operating system said no.
    Refused(io::Error),
    /// The calls went through, but reached nothing of the host.
    Held(String),
    /// There is nothing here to try it on.
    Absent(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

/// The word for an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Escaped,
    Blocked,
    NotApplicable,
}

impl Verdict {
    pub(crate) const ALL: [Self; 3] = [Self::Escaped, Self::Blocked, Self::NotApplicable];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Escaped => "escaped",
            Self::Blocked => "blocked",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// The verdict with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// Ends a probe whose steps worked without reaching the host.
pub(crate) fn held<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Held(why.into()))
}

/// Ends a probe that has nothing to try itself on.
pub(crate) fn absent<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Absent(why.into()))
}

/// The wall that a probe tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Files,
    Mounts,
    Processes,
    Syscalls,
    Terminal,
    Network,
    Environment,
    Resources,
    Survivors,
}

impl Group {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Mounts => "mounts",
            Self::Processes => "processes",
            Self::Syscalls => "syscalls",
            Self::Terminal => "terminal",
            Self::Network => "network",
            Self::Environment => "environment",
            Self::Resources => "resources",
            Self::Survivors => "survivors",
        }
    }
}

/// Who decides whether a probe got out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witness {
    /// The probe, which saw something that only the host has, or a permission that none should have.
    Probe,
    /// The host, by an effect that it sees when the launcher has returned.
    Host(Effect),
}

/// An effect on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The probe's decoy outside differs in content, mode, owner, times, attributes or name.
    DecoyTouched,
    /// The probe's file among those to be made outside exists.
    Made,
    /// The probe's file exists in this directory of the host.
    SystemFile(&'static str),
    /// The probe left this in the workspace.
    Left(Leftover),
    /// This path of the workspace has other content, another mode, or is gone.
    Changed(&'static str),
    /// This path of the workspace exists, which did not before.
    Appeared(&'static str),
    /// A git command of the host, in this directory of the workspace, ran what the probe planted.
    GitRan(&'static str),
    /// The probe's victim was killed by a signal.
    VictimKilled,
    /// The probe's victim is stopped.
    VictimStopped,
    /// The memory of the probe's victim changed.
    VictimRewritten,
    /// A listener of the host heard the probe's id.
    Heard,
    /// The host reached the probe's own listener on the host's loopback.
    Reached,
    /// A process of the probe lives after the launcher has returned.
    Survivor,
    /// The launcher passed on more output than anybody would read.
    Flood,
    /// The terminal received the probe's control sequence as it was written.
    Sequence,
    /// Another terminal of the host received the probe's text.
    OtherTerminal,
    /// The input queue of the host's terminal holds what the probe put there.
    TypedAhead,
}

/// A thing in the workspace that harms whoever works with it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftover {
    SetId,
    Capability,
    Device,
    Fifo,
    Socket,
    LinkOut,
    HardLink,
    Deep,
    Huge,
}

/// Where a probe runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In one run of the launcher together with all others of its kind.
    Together,
    /// In one run under a terminal.
    Terminal,
    /// In a run of its own: it may take the sandbox down, or change what others look at.
    Alone,
    /// In a run of its own whose launcher is ended by this signal while the probe works.
    Ended(c_int),
}

/// One attempt to get out.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    pub(crate) id: &'static str,
    pub(crate) group: Group,
    pub(crate) tries: &'static str,
    pub(crate) witness: Witness,
    pub(crate) place: Place,
    pub(crate) run: fn(&Scene<'_>) -> Outcome,
}

impl Probe {
    /// A probe that judges itself, together with others.
    pub(crate) const fn new(
        group: Group,
        id: &'static str,
        tries: &'static str,
        run: fn(&Scene<'_>) -> Outcome,
    ) -> Self {
        Self {
            id,
            group,
            tries,
            witness: Witness::Probe,
            place: Place::Together,
            run,
        }
    }

    /// Lets the host decide.
    pub(crate) const fn seen_by_host(self, effect: Effect) -> Self {
        Self {
            witness: Witness::Host(effect),
            ..self
        }
    }

    /// Lets the probe decide, where its neighbours leave it to the host.
    pub(crate) const fn judged_by_probe(self) -> Self {
        Self {
            witness: Witness::Probe,
            ..self
        }
    }

    /// Runs the probe elsewhere than together with all others.
    pub(crate) const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// What a probe may know while it runs.
pub(crate) struct Scene<'a> {
    pub(crate) id: &'static str,
    pub(crate) facts: &'a Facts,
    pub(crate) workspace: &'a Path,
}

impl Scene<'_> {
    /// The probe's own decoy outside.
    pub(crate) fn decoy(&self) -> Result<PathBuf, Stop> {
        Ok(self.outside("touched")?.join(self.id))
    }

    /// A path below the decoys' directory.
    pub(crate) fn outside(&self, below: &str) -> Result<PathBuf, Stop> {
        Ok(Path::new(self.facts.text("outside")?).join(below))
    }

    /// The file that holds the token.
    pub(crate) fn secret(&self) -> Result<PathBuf, Stop> {
        Ok(PathBuf::from(self.facts.text("secret")?))
    }

    /// A path below the workspace.
    pub(crate) fn workspace(&self, below: &str) -> PathBuf {
        self.workspace.join(below)
    }

    /// Where the probe leaves something for whoever works in the workspace later.
    pub(crate) fn left(&self) -> PathBuf {
        self.workspace.join("left").join(self.id)
    }

    /// The process that the driver started for this probe to attack, or for all to look at.
    pub(crate) fn victim(&self) -> Result<c_int, Stop> {
        let own = self.facts.number(&format!("victim.{}", self.id));
        own.or_else(|_| self.facts.number("victim"))
    }

    /// The address in the victim's memory where the token stands.
    pub(crate) fn victim_address(&self) -> Result<u64, Stop> {
        self.facts.number(&format!("victim_address.{}", self.id))
    }

    /// Gets out if these bytes hold the token, which only the host has.
    pub(crate) fn expect_token(&self, bytes: &[u8]) -> Outcome {
        let token = self.facts.text("token")?;
        if contains(bytes, token.as_bytes()) {
            Ok("the host's token was read".to_owned())
        } else {
            held("what was read is not the host's")
        }
    }
}

/// Whether `inner` stands somewhere in `outer`.
pub(crate) fn contains(outer: &[u8], inner: &[u8]) -> bool {
    !inner.is_empty() && outer.windows(inner.len()).any(|window| window == inner)
}
