//! The forms of sentences: words between two things, and what they say about them.

use super::word::{Shape, Word};
use crate::memory::fact::Relation;

/// What has to stand behind the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Names of things, one or several.
    Names,
    /// One name.
    Name,
    /// A path.
    Path,
    /// An address.
    Url,
    /// A port's number.
    Port,
    /// A version.
    Version,
    /// Variables of the environment.
    Env,
    /// A kind of thing, such as `service`.
    Kind,
}

/// A form: alternatives for each word, and what it says.
#[derive(Debug)]
pub(super) struct Form {
    words: &'static [&'static [&'static str]],
    pub(super) relation: Relation,
    pub(super) wants: Wants,
    /// What stands behind is the subject.
    pub(super) is_inverse: bool,
}

const fn form(words: &'static [&'static [&'static str]], relation: Relation, wants: Wants) -> Form {
    Form {
        words,
        relation,
        wants,
        is_inverse: false,
    }
}

const fn inverse(
    words: &'static [&'static [&'static str]],
    relation: Relation,
    wants: Wants,
) -> Form {
    Form {
        words,
        relation,
        wants,
        is_inverse: true,
    }
}

const BE: &[&str] = &["is", "are", "am", "gets", "get"];

/// Forms in the order in which they are tried at a place: what wants more comes first.
const FORMS: &[Form] = &[
    // Who answers for it.
    form(&[BE, &["owned"], &["by"]], Relation::OwnedBy, Wants::Name),
    form(
        &[BE, &["maintained"], &["by"]],
        Relation::OwnedBy,
        Wants::Name,
    ),
    form(
        &[&["belongs", "belong"], &["to"]],
        Relation::OwnedBy,
        Wants::Name,
    ),
    inverse(&[&["owns", "own"]], Relation::OwnedBy, Wants::Names),
    inverse(
        &[&["maintains", "maintain"]],
        Relation::OwnedBy,
        Wants::Names,
    ),
    inverse(
        &[BE, &["responsible"], &["for"]],
        Relation::OwnedBy,
        Wants::Names,
    ),
    // What it needs.
    form(
        &[&["depends", "depend"], &["on", "upon"]],
        Relation::DependsOn,
        Wants::Names,
    ),
    form(
        &[&["relies", "rely"], &["on", "upon"]],
        Relation::DependsOn,
        Wants::Names,
    ),
    form(
        &[BE, &["based"], &["on"]],
        Relation::DependsOn,
        Wants::Names,
    ),
    form(&[&["imports", "import"]], Relation::DependsOn, Wants::Names),
    form(
        &[
            &["requires", "require", "needs", "need", "expects", "expect"],
            &["the"],
            &["environment", "env"],
            &["variable", "variables", "var"],
        ],
        Relation::ReadsEnv,
        Wants::Env,
    ),
    form(
        &[&["requires", "require", "needs", "need", "expects", "expect"]],
        Relation::ReadsEnv,
        Wants::Env,
    ),
    form(
        &[&["requires", "require"]],
        Relation::DependsOn,
        Wants::Names,
    ),
    form(
        &[
            &["reads", "read"],
            &["the"],
            &["environment", "env"],
            &["variable", "variables", "var"],
        ],
        Relation::ReadsEnv,
        Wants::Env,
    ),
    form(&[&["reads", "read"]], Relation::ReadsEnv, Wants::Env),
    inverse(&[BE, &["read"], &["by"]], Relation::ReadsEnv, Wants::Name),
    // What it works with.
    form(&[&["uses", "use"]], Relation::ReadsEnv, Wants::Env),
    form(&[&["uses", "use"]], Relation::Uses, Wants::Names),
    form(&[BE, &["using"]], Relation::Uses, Wants::Names),
    inverse(&[BE, &["used"], &["by"]], Relation::Uses, Wants::Names),
    form(
        &[&["talks", "talk", "connects", "connect"], &["to"]],
        Relation::Uses,
        Wants::Names,
    ),
    form(
        &[BE, &["backed", "powered"], &["by"]],
        Relation::Uses,
        Wants::Names,
    ),
    form(
        &[BE, &["built", "formatted", "linted", "packaged"], &["with"]],
        Relation::Uses,
        Wants::Names,
    ),
    form(
        &[BE, &["tested"], &["with"]],
        Relation::TestedWith,
        Wants::Names,
    ),
    form(
        &[BE, &["written", "implemented", "coded"], &["in"]],
        Relation::DefinedIn,
        Wants::Path,
    ),
    form(
        &[BE, &["written", "implemented", "coded"], &["in"]],
        Relation::WrittenIn,
        Wants::Names,
    ),
    // Where it is.
    form(
        &[BE, &["defined", "declared"], &["in", "at"]],
        Relation::DefinedIn,
        Wants::Path,
    ),
    form(
        &[BE, &["configured", "set"], &["in"]],
        Relation::ConfiguredIn,
        Wants::Path,
    ),
    form(
        &[BE, &["configured"], &["by", "with", "through", "via"]],
        Relation::ReadsEnv,
        Wants::Env,
    ),
    form(
        &[BE, &["configured"], &["by", "with", "through", "via"]],
        Relation::ConfiguredIn,
        Wants::Path,
    ),
    form(
        &[
            BE,
            &[
                "hosted",
                "served",
                "available",
                "reachable",
                "found",
                "published",
            ],
            &["on", "at", "under", "from"],
        ],
        Relation::Url,
        Wants::Url,
    ),
    form(
        &[BE, &["hosted"], &["on", "at", "in", "by"]],
        Relation::DeploysTo,
        Wants::Name,
    ),
    form(
        &[
            BE,
            &["located", "stored", "kept", "found"],
            &["in", "at", "under"],
        ],
        Relation::LocatedIn,
        Wants::Path,
    ),
    form(
        &[
            &["lives", "live", "sits", "sit"],
            &["in", "at", "under", "on"],
        ],
        Relation::LocatedIn,
        Wants::Path,
    ),
    form(
        &[&["lives", "live"], &["in", "at", "under", "on"]],
        Relation::Url,
        Wants::Url,
    ),
    form(
        &[BE, &["in", "at", "under"]],
        Relation::LocatedIn,
        Wants::Path,
    ),
    form(&[BE, &["at", "on", "under"]], Relation::Url, Wants::Url),
    form(&[BE], Relation::Url, Wants::Url),
    // Where it goes.
    form(
        &[&["deploys", "deploy"], &["to"]],
        Relation::DeploysTo,
        Wants::Name,
    ),
    form(
        &[BE, &["deployed"], &["to", "on", "in"]],
        Relation::DeploysTo,
        Wants::Name,
    ),
    form(
        &[&["ships", "ship"], &["to"]],
        Relation::DeploysTo,
        Wants::Name,
    ),
    form(
        &[&["runs", "run", "listens", "listen"], &["on", "at"]],
        Relation::Port,
        Wants::Port,
    ),
    form(
        &[BE, &["listening", "running"], &["on"]],
        Relation::Port,
        Wants::Port,
    ),
    form(&[&["runs", "run"], &["on"]], Relation::RunsOn, Wants::Names),
    form(&[BE, &["running"], &["on"]], Relation::RunsOn, Wants::Names),
    // Which one it is.
    form(&[BE, &["on", "at"]], Relation::Version, Wants::Version),
    form(
        &[BE, &["pinned"], &["to", "at"]],
        Relation::Version,
        Wants::Version,
    ),
    form(&[BE], Relation::Version, Wants::Version),
    form(&[&["runs", "run"]], Relation::Version, Wants::Version),
    form(
        &[&["replaces", "replace", "supersedes", "supersede"]],
        Relation::Replaces,
        Wants::Names,
    ),
    form(&[&["replaced"]], Relation::Replaces, Wants::Names),
    form(&[BE, &["short"], &["for"]], Relation::Alias, Wants::Name),
    form(&[&["stands"], &["for"]], Relation::Alias, Wants::Name),
    form(
        &[BE, &["an"], &["alias"], &["for", "of"]],
        Relation::Alias,
        Wants::Name,
    ),
    form(
        &[BE, &["another"], &["name"], &["for", "of"]],
        Relation::Alias,
        Wants::Name,
    ),
    inverse(&[BE, &["known"], &["as"]], Relation::Alias, Wants::Name),
    inverse(&[BE, &["called"]], Relation::Alias, Wants::Name),
    inverse(
        &[BE, &["the"], &["same"], &["as"]],
        Relation::Alias,
        Wants::Name,
    ),
    form(&[BE], Relation::IsA, Wants::Kind),
];

/// Kinds of things that are worth knowing.
const KINDS: &[&str] = &[
    "service",
    "microservice",
    "library",
    "database",
    "crate",
    "package",
    "repository",
    "repo",
    "module",
    "api",
    "queue",
    "cluster",
    "cli",
    "tool",
    "framework",
    "job",
    "worker",
    "daemon",
    "server",
    "client",
    "gateway",
    "monorepo",
    "plugin",
    "cache",
    "app",
    "application",
    "frontend",
    "backend",
    "proxy",
    "runtime",
    "sdk",
    "website",
    "binary",
    "cronjob",
];

/// Tells whether a word is a kind of thing.
pub(super) fn is_kind(word: &Word) -> bool {
    word.is_any(KINDS)
}

impl Form {
    fn fits(&self, words: &[Word]) -> bool {
        words.len() > self.words.len()
            && self
                .words
                .iter()
                .zip(words)
                .all(|(alternatives, word)| word.is_any(alternatives))
    }

    /// How many words it has.
    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }
}

/// Returns the forms that begin with these words.
pub(super) fn forms(words: &[Word]) -> impl Iterator<Item = &'static Form> {
    FORMS.iter().filter(move |form| form.fits(words))
}

/// Tells whether a form that is sure to be a verb begins here, or words that say what changed.
pub(super) fn begins(words: &[Word]) -> bool {
    let Some(first) = words.first() else {
        return false;
    };
    first.is_any(&["is", "are", "was", "has", "does", "do", "did", "not"])
        || first.is_any(CHANGED)
        || forms(words).next().is_some()
}

/// Verbs that say that something changed.
pub(super) const CHANGED: &[&str] = &[
    "moved",
    "migrated",
    "switched",
    "upgraded",
    "bumped",
    "updated",
    "replaced",
    "renamed",
    "dropped",
    "stopped",
    "removed",
    "downgraded",
    "adopted",
];

/// What a thing has, by the word for it.
pub(super) fn attribute(word: &Word) -> Option<(Relation, Wants)> {
    let attribute = match word.low.as_str() {
        "owner" | "owners" | "maintainer" | "maintainers" => (Relation::OwnedBy, Wants::Name),
        "version" => (Relation::Version, Wants::Version),
        "url" | "homepage" | "website" | "dashboard" | "endpoint" | "docs" | "documentation"
        | "repo" | "repository" | "address" => (Relation::Url, Wants::Url),
        "port" => (Relation::Port, Wants::Port),
        "branch" => (Relation::Branch, Wants::Name),
        "path" | "location" | "directory" | "folder" | "source" | "code" => {
            (Relation::LocatedIn, Wants::Path)
        }
        "config" | "configuration" => (Relation::ConfiguredIn, Wants::Path),
        _ => return None,
    };
    (!word.is_quoted).then_some(attribute)
}

/// Tells whether a word can stand for what is wanted.
pub(super) fn is_wanted(word: &Word, wants: Wants) -> bool {
    match wants {
        Wants::Path => word.shape == Shape::Path,
        Wants::Url => word.shape == Shape::Url,
        Wants::Port => word.shape == Shape::Number,
        Wants::Version => word.shape == Shape::Version,
        Wants::Env => word.shape == Shape::Env,
        Wants::Names | Wants::Name => {
            !matches!(word.shape, Shape::Number | Shape::Version | Shape::Url)
        }
        Wants::Kind => is_kind(word),
    }
}
