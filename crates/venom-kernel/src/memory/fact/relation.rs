//! What can be said between two things. The names are those of predicates in rules.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! relations {
    ($($(#[$doc:meta])* $variant:ident $name:literal $phrase:literal,)*) => {
        /// What is said about a thing. It only grows: a name that was stored keeps its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Relation {
            $($(#[$doc])* $variant,)*
        }

        impl Relation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name, which is that of the predicate in rules.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the words between subject and object.
            pub const fn phrase(self) -> &'static str {
                match self { $(Self::$variant => $phrase,)* }
            }
        }
    };
}

relations! {
    /// It works with the other one.
    Uses "uses" "uses",
    /// It does not work without the other one.
    DependsOn "depends_on" "depends on",
    /// It is brought there.
    DeploysTo "deploys_to" "deploys to",
    /// It runs on it: a platform, a machine, an operating system.
    RunsOn "runs_on" "runs on",
    /// Somebody answers for it.
    OwnedBy "owned_by" "is owned by",
    /// Its version.
    Version "version" "is at version",
    /// An address of it.
    Url "url" "is found at",
    /// The file or folder that it is in.
    LocatedIn "located_in" "is in",
    /// The file that a symbol is defined in.
    DefinedIn "defined_in" "is defined in",
    /// The file that settles it.
    ConfiguredIn "configured_in" "is configured in",
    /// A variable of the environment that it reads.
    ReadsEnv "reads_env" "reads",
    /// The port that it listens on.
    Port "port" "listens on port",
    /// The branch that work begins from.
    Branch "branch" "has the default branch",
    /// A language that it is written in.
    WrittenIn "written_in" "is written in",
    /// What runs its tests.
    TestedWith "tested_with" "is tested with",
    /// It took the place of the other one.
    Replaces "replaces" "replaces",
    /// What kind of thing it is.
    IsA "is_a" "is a",
    /// It is another name of the other one.
    Alias "alias" "is another name of",
    /// How somebody wants things done.
    Prefers "prefers" "prefers",
    /// What somebody does not want.
    Avoids "avoids" "avoids",
    /// What was decided.
    Decided "decided" "decided",
}

impl Relation {
    /// Tells whether a thing has one of these at a time, so that another one replaces it or
    /// contradicts it.
    pub const fn is_functional(self) -> bool {
        match self {
            Self::DeploysTo
            | Self::OwnedBy
            | Self::Version
            | Self::Port
            | Self::Branch
            | Self::DefinedIn
            | Self::Alias => true,
            Self::Uses
            | Self::DependsOn
            | Self::RunsOn
            | Self::Url
            | Self::LocatedIn
            | Self::ConfiguredIn
            | Self::ReadsEnv
            | Self::WrittenIn
            | Self::TestedWith
            | Self::Replaces
            | Self::IsA
            | Self::Prefers
            | Self::Avoids
            | Self::Decided => false,
        }
    }

    /// Tells whether the object is a text and no thing.
    pub const fn takes_text(self) -> bool {
        matches!(self, Self::Prefers | Self::Avoids | Self::Decided)
    }

    /// Returns the relation that cannot hold beside this one for the same two things.
    pub fn opposite(self) -> Option<Self> {
        if self == Self::Prefers {
            return Some(Self::Avoids);
        }
        (self == Self::Avoids).then_some(Self::Prefers)
    }

    /// Returns the relation with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
