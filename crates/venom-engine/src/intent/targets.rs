//! Names of things that are no paths: "class Cart", "the payment tests", "the checkout function".
//!
//! Where a goal names something that no path is called by, the map of symbols is asked, and only then.
//! One match is taken and said, several are asked about, and where there is none the question offers
//! what looks like it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use venom_kernel::change::RelPath;
use venom_kernel::intent::{Choice, Intent, Target};
use venom_ports::symbols::{Known, Named, Said, Sort};
use venom_ports::workspace::Files;

use super::slots::is_place;
use super::tree::Tree;
use crate::playbook::Library;
use crate::world::World;

/// How long a workspace is read whose map is not known. Chosen: a person who would be asked instead
/// waits as long; ten thousand files are read in it.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many names of one goal are looked up. Chosen: as many as questions may be asked.
const NAMES: usize = venom_kernel::intent::MAX_QUESTIONS;

/// Words that say what a name is, before or behind it.
const SORTS: &[(&str, Sort)] = &[
    ("module", Sort::Module),
    ("package", Sort::Module),
    ("class", Sort::Type),
    ("struct", Sort::Type),
    ("type", Sort::Type),
    ("trait", Sort::Type),
    ("interface", Sort::Type),
    ("enum", Sort::Type),
    ("function", Sort::Function),
    ("method", Sort::Function),
    ("macro", Sort::Function),
    ("def", Sort::Function),
    ("fn", Sort::Function),
    ("test", Sort::Tests),
    ("tests", Sort::Tests),
];

/// Words around a name that say nothing about it.
const ARTICLES: &[&str] = &[
    "the", "a", "an", "my", "our", "this", "that", "of", "for", "called", "named",
];

/// What names of a goal mean, by the words as they were said.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets(BTreeMap<String, Known>);

impl Targets {
    /// Looks up the names of an intent that no path is called by, and adds what they mean.
    pub(super) async fn add(
        &mut self,
        world: &World,
        files: &dyn Files,
        root: &Path,
        phrases: &[&str],
        tree: &Tree,
    ) {
        for phrase in phrases.iter().take(NAMES) {
            let phrase = key(phrase);
            if self.0.contains_key(phrase) || tree.path(phrase).is_some() {
                continue;
            }
            // A path that lies too deep for the tree, or that it had no room for.
            if let Ok(path) = RelPath::new(phrase)
                && (phrase.contains('/') || tree.is_cut)
            {
                if matches!(files.stat(&path).await, Ok(Some(_))) {
                    self.0.insert(phrase.to_owned(), itself(path.as_str()));
                    continue;
                }
                if phrase.contains('/') {
                    continue;
                }
            }
            let Some(said) = said(phrase) else {
                continue;
            };
            let is_module = said.sort.is_none_or(|sort| sort == Sort::Module);
            if is_module && tree.modules(&said.name).len() > 1 {
                continue;
            }
            let found = world.symbols.find(files, root, &said);
            match tokio::time::timeout(PATIENCE, found).await {
                Ok(Ok(known)) => {
                    self.0.insert(phrase.to_owned(), known);
                }
                Ok(Err(failure)) => tracing::warn!(%failure, "names cannot be looked up"),
                Err(_elapsed) => {
                    tracing::warn!("the workspace is too large to look a name up without a map");
                }
            }
        }
    }

    /// Tells whether nothing was found out.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what words may mean, one for each path.
    pub(super) fn choices(&self, phrase: &str) -> Vec<Choice> {
        let found = self.0.get(key(phrase)).map(|known| known.found.as_slice());
        let choice = |named: &Named| Choice {
            value: named.path.clone(),
            label: format!(
                "{} {} ({}:{})",
                named.kind, named.name, named.path, named.line
            ),
        };
        found.unwrap_or_default().iter().map(choice).collect()
    }

    /// Returns names that look like what was said.
    pub(super) fn near(&self, phrase: &str) -> &[String] {
        let known = self.0.get(key(phrase));
        known.map(|known| known.near.as_slice()).unwrap_or_default()
    }

    /// Returns the names that were taken for a path, for the intent that was read with them.
    pub(super) fn taken(&self, intent: &Intent) -> Vec<Target> {
        let mut taken = Vec::new();
        for (phrase, known) in &self.0 {
            let [one] = known.found.as_slice() else {
                continue;
            };
            if one.path == *phrase {
                continue;
            }
            let uses = intent.goals.iter().any(|goal| {
                let mut values = goal.params.values();
                goal.text.contains(phrase.as_str())
                    && values.any(|value| value.as_str() == Some(one.path.as_str()))
            });
            if uses {
                taken.push(Target {
                    said: phrase.clone(),
                    kind: one.kind.clone(),
                    name: one.name.clone(),
                    path: one.path.clone(),
                    line: one.line,
                });
            }
        }
        taken
    }
}

/// Adds the word beside a name that says what it is: in "explain class Cart" the class is meant, even
/// where a file has the name.
pub(super) fn with_sort(words: &str, phrase: String) -> String {
    let Some((before, after)) = words.split_once(phrase.as_str()) else {
        return phrase;
    };
    let says = |word: Option<&str>| {
        let word = word?.trim_end_matches(['?', '!', '.', ',']);
        let lower = word.to_lowercase();
        let known = SORTS.iter().find(|(known, _)| *known == lower)?;
        (known.1 != Sort::Module).then(|| word.to_owned())
    };
    let is_apart = |c: Option<char>| c.is_none_or(char::is_whitespace);
    if is_apart(before.chars().next_back())
        && let Some(sort) = says(before.split_whitespace().next_back())
    {
        return format!("{sort} {phrase}");
    }
    match says(after.split_whitespace().next()) {
        Some(sort) if is_apart(after.chars().next()) => format!("{phrase} {sort}"),
        Some(_) | None => phrase,
    }
}

/// Tells whether words say what sort of thing they name, so that no other thing of the name is meant.
pub(super) fn says_what_it_is(phrase: &str) -> bool {
    said(phrase).is_some_and(|said| said.sort.is_some_and(|sort| sort != Sort::Module))
}

/// Returns the words of an intent's goals that are not clear as names of places.
pub(super) fn unclear<'a>(intent: &'a Intent, library: &Library) -> Vec<&'a str> {
    let mut unclear = Vec::new();
    for goal in &intent.goals {
        let book = library.playbook(&goal.action);
        for missing in &goal.missing {
            let slot = book.and_then(|book| book.slots.get(&missing.slot));
            if slot.is_some_and(|slot| is_place(slot.kind) && slot.choices.is_empty()) {
                unclear.extend(missing.said.as_deref());
            }
        }
    }
    unclear
}

/// What a path means.
fn itself(path: &str) -> Known {
    let named = Named {
        path: path.to_owned(),
        line: 1,
        name: path.to_owned(),
        kind: "path".to_owned(),
    };
    Known {
        found: vec![named],
        near: Vec::new(),
    }
}

fn key(phrase: &str) -> &str {
    phrase.trim().trim_matches(['"', '\'', '`'])
}

/// Reads what words name: "the class `Cart`", "payment tests", "shopping cart".
fn said(phrase: &str) -> Option<Said> {
    let mut sort = None;
    let mut names: Vec<&str> = Vec::new();
    for word in phrase.split_whitespace() {
        let word = word.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | ',' | '?' | '!'));
        let lower = word.to_lowercase();
        if let Some((_, known)) = SORTS.iter().find(|(known, _)| *known == lower) {
            // "The tests of the class Cart" asks for tests.
            if sort != Some(Sort::Tests) {
                sort = Some(*known);
            }
        } else if !ARTICLES.contains(&lower.as_str()) && !word.is_empty() {
            names.push(word);
        }
    }
    // More words than a name has are a sentence.
    let is_name = (1..=3).contains(&names.len())
        && names.iter().all(|name| {
            let fits = |c: char| {
                c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '$' | '#' | '(' | ')' | '-')
            };
            name.chars().all(fits) && name.chars().any(char::is_alphanumeric)
        });
    let name = match names.as_slice() {
        [one] => (*one).to_owned(),
        several => several.concat(),
    };
    is_name.then_some(Said { name, sort })
}

#[cfg(test)]
mod tests;
