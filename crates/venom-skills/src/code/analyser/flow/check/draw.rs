//! Random numbers that become secrets.

use super::super::super::check::name_words;
use super::super::super::syntax::Id;
use super::super::file::{File, is_function};
use super::super::shape::Shape;
use super::{Match, Outcome};

/// Words that name something nobody may guess.
const SECRETS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "otp",
    "nonce",
    "salt",
    "csrf",
    "apikey",
    "credential",
    "pin",
    "totp",
    "pwd",
    "passcode",
];

/// Pairs of words that do.
const PAIRS: &[(&str, &str)] = &[
    ("session", "id"),
    ("session", "key"),
    ("api", "key"),
    ("encryption", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("signing", "key"),
    ("recovery", "code"),
    ("reset", "code"),
    ("verification", "code"),
    ("auth", "code"),
    ("invite", "code"),
];

fn is_secret(name: &str) -> bool {
    let words = name_words(name);
    let joined = words.concat();
    words.iter().any(|word| SECRETS.contains(&word.as_str()))
        || joined.contains("sessionid")
        || words.windows(2).any(|pair| {
            matches!(pair, [one, other]
                if PAIRS.contains(&(one.as_str(), other.as_str())))
        })
}

/// A draw whose result becomes a secret, by the names of what it is given to.
pub(super) fn draw(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    if matches!(
        found.last,
        "New"
            | "NewSource"
            | "Seed"
            | "Shuffle"
            | "NewZipf"
            | "NewPCG"
            | "NewChaCha8"
            | "shuffle"
            | "seed"
    ) {
        return None;
    }
    let names = targets(file, found.node);
    names
        .iter()
        .any(|name| is_secret(name))
        .then(|| Outcome::at(found.node))
}

/// The names that a value goes by: what is assigned to, and the function it is made in.
fn targets<'t>(file: &File<'t>, at: Id) -> Vec<&'t str> {
    let tree = &file.tree;
    let mut names = Vec::new();
    let mut below = at;
    for above in tree.ancestors(at) {
        let kind = tree.kind(above);
        if is_function(kind) {
            break;
        }
        // Text in brackets or a comparison is not what is assigned.
        if matches!(file.shape(above), Shape::Number)
            && matches!(
                tree.field(above, "operator").map(|one| tree.text(one)),
                Some("<" | ">" | "<=" | ">=" | "==" | "===")
            )
        {
            return Vec::new();
        }
        for field in ["name", "left", "key", "pattern", "field"] {
            if let Some(target) = tree.field(above, field)
                && !tree.contains(target, below)
            {
                let text = tree.text(target);
                names.push(text.rsplit('.').next().unwrap_or(text));
            }
        }
        below = above;
    }
    names.extend(file.function_names(at));
    names
}
