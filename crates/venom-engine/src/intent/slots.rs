//! Slots: what a playbook must know, found in the words and in the workspace.
//!
//! A clause that has the form of one of the playbook's utterances gives each slot its phrase; words
//! of the slot's own kind are looked for otherwise. A phrase is then resolved: a module or a path
//! must exist, a number must be one. What is not certain is asked for, with choices.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;
use venom_kernel::intent::{Choice, Goal, MissingSlot};
use venom_kernel::playbook::{Playbook, Slot, SlotKind, slots_in};
use venom_mind::similarity;

use super::targets;
use super::tree::Tree;

/// How many choices a question offers.
const CHOICES: usize = 6;
/// Phrases that mean the whole workspace.
const EVERYTHING: &[&str] = &[
    ".",
    "project",
    "the project",
    "this project",
    "my project",
    "whole project",
    "the whole project",
    "code",
    "the code",
    "my code",
    "this code",
    "codebase",
    "the codebase",
    "the whole codebase",
    "repo",
    "the repo",
    "this repo",
    "repository",
    "the repository",
    "everything",
    "workspace",
    "the workspace",
    "app",
    "the app",
    "application",
    "the application",
    "all files",
    "the files",
    "here",
];
/// Words that stand around a module's name.
const MODULE_WORDS: &[&str] = &[
    "module",
    "modules",
    "package",
    "component",
    "service",
    "folder",
    "directory",
    "dir",
    "file",
    "layer",
    "subsystem",
    "library",
    "code",
    "crate",
];
/// Words that speak of something said before.
const ANAPHORA: &[&str] = &["it", "them", "this", "that", "these", "those", "its"];

/// Fills the goal's slots from its words, from answers, from earlier goals and from defaults.
pub(super) fn fill(
    goal: &mut Goal,
    words: &str,
    book: &Playbook,
    tree: &Tree,
    answers: &BTreeMap<String, String>,
    inherited: &dyn Fn(SlotKind) -> Option<Value>,
) {
    let phrases = phrases(words, book);
    let own = words_of(book);
    let mut taken: Vec<String> = Vec::new();
    for (name, slot) in in_order_of_speech(book) {
        let answer = answers.get(&goal.slot_key(name));
        let phrase = match answer {
            Some(answer) => Some(answer.clone()),
            None => phrases
                .get(name)
                .cloned()
                .filter(|phrase| !ANAPHORA.contains(&phrase.to_lowercase().as_str()))
                .map(
                    |phrase| match is_place(slot.kind) && slot.choices.is_empty() {
                        true => targets::with_sort(words, phrase),
                        false => phrase,
                    },
                )
                .or_else(|| of_its_kind(words, slot.kind, tree, &taken, &own)),
        };
        taken.extend(phrase.iter().cloned());
        let resolved = match &phrase {
            Some(phrase) => match resolve(phrase, slot, tree, answer.is_some()) {
                Resolved::Choices(choices)
                    if answer.is_none() && !targets::says_what_it_is(phrase) =>
                {
                    // The phrase may hold more than the name: "the auth module to me".
                    let inner = of_its_kind(words, slot.kind, tree, &taken, &own);
                    match inner.map(|inner| resolve(&inner, slot, tree, false)) {
                        Some(Resolved::Value(value)) => Resolved::Value(value),
                        // "since the last tag" holds no version, and none has to be said.
                        Some(_) | None if may_be_left_out(slot) => Resolved::Unsaid,
                        Some(_) | None => Resolved::Choices(choices),
                    }
                }
                resolved => resolved,
            },
            None => Resolved::Unsaid,
        };
        match resolved {
            Resolved::Value(value) => {
                goal.params.insert(name.clone(), value);
            }
            Resolved::Choices(choices) => {
                let asked = phrase.unwrap_or_default();
                goal.missing
                    .push(missing(name, slot, Some(&asked), choices));
            }
            Resolved::Unsaid => {
                if let Some(value) = inherited(slot.kind).filter(|_| speaks_of_before(words)) {
                    goal.params.insert(name.clone(), value);
                } else if let Some(default) = &slot.default {
                    goal.params.insert(name.clone(), default.clone());
                } else if slot.optional {
                    goal.params.insert(name.clone(), Value::Null);
                } else if let Some(value) = inherited(slot.kind) {
                    goal.params.insert(name.clone(), value);
                } else {
                    goal.missing
                        .push(missing(name, slot, None, offered(slot, tree, "")));
                }
            }
        }
    }
}

/// Tells whether words that are no value of the slot's kind leave it unsaid. A path that does not
/// exist is a mistake to ask about; words that are no version, number or name were not meant as one.
fn may_be_left_out(slot: &Slot) -> bool {
    let plain = matches!(
        slot.kind,
        SlotKind::Version | SlotKind::Number | SlotKind::Name
    );
    plain && (slot.optional || slot.default.is_some())
}

fn speaks_of_before(words: &str) -> bool {
    words
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| ANAPHORA.contains(&word.to_lowercase().as_str()))
}

fn missing(name: &str, slot: &Slot, said: Option<&str>, choices: Vec<Choice>) -> MissingSlot {
    let noun = noun(slot.kind);
    let ask = slot
        .question
        .clone()
        .unwrap_or_else(|| format!("Which {noun} is meant?"));
    let question = match said {
        Some(said) if !said.is_empty() => {
            let is_outside = is_place(slot.kind) && lies_outside(said);
            let said: String = said.chars().take(80).collect();
            if is_outside {
                format!(
                    "\"{said}\" lies outside the workspace, and a run works inside it only. {ask}"
                )
            } else if choices.is_empty() {
                format!("\"{said}\" is no {noun}. {ask}")
            } else {
                format!("\"{said}\" is not clear. {ask}")
            }
        }
        Some(_) | None => ask,
    };
    // A name may come to mean something here; a value that does not fit its kind never will.
    let is_name = is_place(slot.kind) && slot.kind != SlotKind::NewPath || !slot.choices.is_empty();
    MissingSlot {
        slot: name.to_owned(),
        said: said
            .filter(|said| is_name && !said.is_empty() && !lies_outside(said))
            .map(str::to_owned),
        question,
        choices,
    }
}

/// Returns what people call a value of this kind.
fn noun(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Module => "module",
        SlotKind::Path => "path in the workspace",
        SlotKind::NewPath => "path for a file in the workspace",
        SlotKind::Glob => "pattern of paths",
        SlotKind::Environment => "environment",
        SlotKind::Version => "version",
        SlotKind::Branch => "branch",
        SlotKind::Name => "name",
        SlotKind::Url => "web address",
        SlotKind::Text => "text",
        SlotKind::Number => "whole number",
    }
}

/// Tells whether values of this kind are places in the workspace.
pub(super) fn is_place(kind: SlotKind) -> bool {
    matches!(kind, SlotKind::Module | SlotKind::Path | SlotKind::NewPath)
}

/// Tells whether a path by its form leaves the folder that it is read from.
fn lies_outside(phrase: &str) -> bool {
    let phrase = unquoted(phrase.trim());
    phrase.starts_with('/') || phrase.starts_with('~') || phrase.split('/').any(|part| part == "..")
}

/// What became of a phrase.
enum Resolved {
    /// It has one meaning.
    Value(Value),
    /// It has none, or several.
    Choices(Vec<Choice>),
    /// There is no phrase.
    Unsaid,
}

fn resolve(phrase: &str, slot: &Slot, tree: &Tree, is_answer: bool) -> Resolved {
    let given = phrase.trim();
    let phrase = unquoted(given);
    if phrase.is_empty() {
        // `replace "foo" with ""`: an empty text in quotation marks was said.
        return if slot.kind == SlotKind::Text && !given.is_empty() {
            Resolved::Value(Value::from(""))
        } else {
            Resolved::Unsaid
        };
    }
    if !slot.choices.is_empty() {
        let fitting = slot
            .choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(phrase));
        return match fitting {
            Some(choice) => Resolved::Value(Value::from(choice.clone())),
            None => Resolved::Choices(offered(slot, tree, phrase)),
        };
    }
    match slot.kind {
        SlotKind::Module => module(phrase, slot, tree),
        SlotKind::Path => match tree.path(phrase).or_else(|| whole(phrase)) {
            Some(path) => Resolved::Value(Value::from(path)),
            None => module(phrase, slot, tree),
        },
        SlotKind::NewPath => match venom_kernel::change::RelPath::new(phrase) {
            Ok(path) if !path.is_root() => Resolved::Value(Value::from(path.as_str())),
            Ok(_) | Err(_) => Resolved::Choices(Vec::new()),
        },
        SlotKind::Number => match phrase.parse::<i64>() {
            Ok(number) => Resolved::Value(Value::from(number)),
            Err(_) => Resolved::Choices(Vec::new()),
        },
        SlotKind::Version => {
            if is_answer || Kinds::get().is_some_and(|kinds| kinds.version.is_match(phrase)) {
                Resolved::Value(Value::from(phrase))
            } else {
                Resolved::Choices(Vec::new())
            }
        }
        // No branch has a space in it, and a name only where it is said that these words are one: "the
        // tests" names no test, a title in quotation marks does.
        SlotKind::Branch if phrase.contains(char::is_whitespace) => Resolved::Choices(Vec::new()),
        SlotKind::Name if phrase.contains(char::is_whitespace) && !is_answer && phrase == given => {
            Resolved::Choices(Vec::new())
        }
        SlotKind::Glob
        | SlotKind::Environment
        | SlotKind::Branch
        | SlotKind::Name
        | SlotKind::Url
        | SlotKind::Text => Resolved::Value(Value::from(phrase)),
    }
}

fn whole(phrase: &str) -> Option<String> {
    let lower = phrase.to_lowercase();
    EVERYTHING.contains(&lower.as_str()).then(|| ".".to_owned())
}

/// Resolves "the auth module": a path as it stands, or a name that one folder or file bears.
fn module(phrase: &str, slot: &Slot, tree: &Tree) -> Resolved {
    if let Some(path) = tree.path(phrase).or_else(|| whole(phrase)) {
        return Resolved::Value(Value::from(path));
    }
    let name = module_name(phrase);
    if let Some(path) = tree.path(&name).or_else(|| whole(&name)) {
        return Resolved::Value(Value::from(path));
    }
    let found = tree.modules(&name);
    match found.as_slice() {
        [one] => Resolved::Value(Value::from(one.clone())),
        [] => match tree.targets.choices(phrase).as_slice() {
            [one] => Resolved::Value(Value::from(one.value.clone())),
            [] => Resolved::Choices(offered(slot, tree, &name)),
            several => Resolved::Choices(several.iter().take(CHOICES).cloned().collect()),
        },
        [..] => Resolved::Choices(
            found
                .iter()
                .take(CHOICES)
                .map(|path| choice(path))
                .collect(),
        ),
    }
}

/// Takes articles and words such as "module" off a name.
fn module_name(phrase: &str) -> String {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let kept: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| {
            let lower = word.to_lowercase();
            let article = [
                "the", "a", "an", "my", "our", "this", "that", "whole", "entire", "all",
            ];
            !article.contains(&lower.as_str()) && !MODULE_WORDS.contains(&lower.as_str())
        })
        .collect();
    // "the code" alone is a name after all, of everything.
    if kept.is_empty() {
        phrase.to_owned()
    } else {
        kept.join(" ")
    }
}

/// Returns choices for a slot, those that look like what was said first.
fn offered(slot: &Slot, tree: &Tree, said: &str) -> Vec<Choice> {
    if !slot.choices.is_empty() {
        return slot.choices.iter().map(|value| choice(value)).collect();
    }
    let mut all = match slot.kind {
        SlotKind::Module => tree.all_modules(),
        SlotKind::Path => tree.all_paths(),
        SlotKind::NewPath
        | SlotKind::Glob
        | SlotKind::Environment
        | SlotKind::Version
        | SlotKind::Branch
        | SlotKind::Name
        | SlotKind::Url
        | SlotKind::Text
        | SlotKind::Number => return Vec::new(),
    };
    all.extend(tree.targets.near(said).iter().cloned());
    let mut chosen: Vec<String> = similarity::did_you_mean(said, &all, CHOICES)
        .into_iter()
        .map(str::to_owned)
        .collect();
    for path in &all {
        if chosen.len() >= CHOICES {
            break;
        }
        if !chosen.contains(path) {
            chosen.push(path.clone());
        }
    }
    chosen.iter().map(|path| choice(path)).collect()
}

fn choice(value: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        label: value.to_owned(),
    }
}

/// Returns the phrases that an utterance of the playbook gives to its slots, if the clause has the
/// utterance's form. Of several, the one with the most words of its own counts.
fn phrases(words: &str, book: &Playbook) -> BTreeMap<String, String> {
    let mut forms: Vec<&String> = book
        .utterances
        .iter()
        .filter(|utterance| utterance.contains('{'))
        .collect();
    forms.sort_by_key(|form| std::cmp::Reverse(own_words(form)));
    let mut phrases: Option<BTreeMap<String, String>> = None;
    let is_needed = |name: &str| {
        let slot = book.slots.get(name);
        slot.is_some_and(|slot| !slot.optional && slot.default.is_none())
    };
    for form in forms {
        let Some(pattern) = pattern_of(form) else {
            continue;
        };
        let Some(captures) = pattern.captures(words.trim()) else {
            continue;
        };
        let found = slots_in(form)
            .into_iter()
            .zip(captures.iter().skip(1))
            .filter_map(|(slot, phrase)| {
                Some((slot.to_owned(), phrase?.as_str().trim().to_owned()))
            });
        match &mut phrases {
            None => phrases = Some(found.collect()),
            // A form that spells a slot out ("every unwrap()") leaves it to one that does not.
            Some(phrases) => {
                for (slot, phrase) in found.filter(|(slot, _)| is_needed(slot)) {
                    phrases.entry(slot).or_insert(phrase);
                }
            }
        }
    }
    phrases.unwrap_or_default()
}

fn own_words(form: &str) -> usize {
    form.split_whitespace()
        .filter(|word| !word.contains('{'))
        .count()
}

/// Turns an utterance into a pattern in which each slot catches a phrase.
pub(super) fn pattern_of(utterance: &str) -> Option<Regex> {
    let mut pattern = String::from("(?i)^(?:please |can you |could you )?");
    for (n, piece) in utterance.split('{').enumerate() {
        let (slot, text) = match piece.split_once('}') {
            Some((_, text)) if n > 0 => (true, text),
            Some(_) | None => (false, piece),
        };
        if slot {
            pattern.push_str(r#"("[^"]*"|'[^']*'|`[^`]*`|.+?)"#);
        }
        let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
        if text.starts_with(char::is_whitespace) && !words.is_empty() {
            pattern.push_str(r"\s+");
        }
        pattern.push_str(&words.join(r"\s+"));
        if text.ends_with(char::is_whitespace) {
            pattern.push_str(r"\s+");
        }
    }
    pattern.push_str(r"[.!?]*$");
    Regex::new(&pattern).ok()
}

/// Patterns of words that show their kind by themselves.
struct Kinds {
    url: Regex,
    version: Regex,
    number: Regex,
    /// What stands in quotation marks, without them.
    quoted: Regex,
    /// The same with them, and also when there is nothing between them.
    text: Regex,
    behind_branch: Regex,
    before_branch: Regex,
    environment: Regex,
    named: Regex,
}

impl Kinds {
    fn get() -> Option<&'static Self> {
        static KINDS: std::sync::OnceLock<Option<Kinds>> = std::sync::OnceLock::new();
        KINDS
            .get_or_init(|| {
                let modules = MODULE_WORDS.join("|");
                Some(Self {
                    url: Regex::new(r"https?://[^\s<>]+").ok()?,
                    version: Regex::new(r"\bv?\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.-]+)?\b").ok()?,
                    number: Regex::new(r"\b\d+\b").ok()?,
                    quoted: Regex::new(r#""([^"]+)"|`([^`]+)`|'([^']+)'"#).ok()?,
                    text: Regex::new(r#""[^"]*"|`[^`]*`|'[^']*'"#).ok()?,
                    behind_branch: Regex::new(r"(?i)\bbranch\s+(?:called\s+|named\s+)?([\w./-]+)").ok()?,
                    before_branch: Regex::new(r"(?i)\b([\w./-]+)\s+branch\b").ok()?,
                    environment: Regex::new(r"(?i)\b(staging|production|prod|development|dev|test|testing|qa|preview|canary)\b").ok()?,
                    named: Regex::new(&format!(r"(?i)\b([\w./-]+)\s+(?:{modules})\b|\b(?:{modules})\s+([\w./-]+)")).ok()?,
                })
            })
            .as_ref()
    }
}

/// Looks for words of a slot's kind that no other slot has taken.
fn of_its_kind(
    words: &str,
    kind: SlotKind,
    tree: &Tree,
    taken: &[String],
    own: &BTreeSet<String>,
) -> Option<String> {
    let kinds = Kinds::get()?;
    let free = |text: &str| !taken.iter().any(|other| other == text);
    let first = |pattern: &Regex| {
        pattern.captures_iter(words).find_map(|captures| {
            let group = captures
                .iter()
                .skip(1)
                .flatten()
                .next()
                .or_else(|| captures.get(0))?;
            free(group.as_str()).then(|| group.as_str().to_owned())
        })
    };
    match kind {
        SlotKind::Url => first(&kinds.url),
        SlotKind::Version => first(&kinds.version),
        SlotKind::Number => first(&kinds.number),
        SlotKind::Text => first(&kinds.text),
        SlotKind::Branch => branch(kinds, words),
        SlotKind::Environment => first(&kinds.environment),
        SlotKind::Module => named_module(words, kinds, tree, own),
        SlotKind::Path => pathlike(words)
            .find(|word| free(word) && tree.path(word).is_some())
            .or_else(|| named_module(words, kinds, tree, own)),
        SlotKind::NewPath => pathlike(words).find(|word| free(word)),
        SlotKind::Glob => words
            .split_whitespace()
            .find(|word| word.contains('*'))
            .map(|w| trimmed(w).to_owned()),
        SlotKind::Name => first(&kinds.quoted).or_else(|| {
            words
                .split_whitespace()
                .map(trimmed)
                .find(|w| is_identifier(w) && free(w))
                .map(str::to_owned)
        }),
    }
}

/// Returns the slots in the order in which the playbook's fullest utterance says them: in "swap "a" with
/// "b"" the first text is the first slot, whatever their names are.
fn in_order_of_speech(book: &Playbook) -> Vec<(&String, &Slot)> {
    let fullest = book
        .utterances
        .iter()
        .rev()
        .map(|utterance| slots_in(utterance));
    let order = fullest.max_by_key(Vec::len).unwrap_or_default();
    let mut slots: Vec<_> = book.slots.iter().collect();
    slots.sort_by_key(|(name, _)| {
        let place = order.iter().position(|said| said == name);
        place.unwrap_or(usize::MAX)
    });
    slots
}

/// Finds the name of a branch: behind the word, else before it. Words that only lead there are no names.
fn branch(kinds: &Kinds, words: &str) -> Option<String> {
    const NO_NAMES: &[&str] = &[
        "a", "an", "the", "my", "our", "this", "that", "new", "make", "create", "start", "open",
        "git", "checkout", "switch", "for", "from", "into", "off", "called", "named", "to", "on",
        "of", "with", "current",
    ];
    [&kinds.behind_branch, &kinds.before_branch]
        .into_iter()
        .flat_map(|pattern| pattern.captures_iter(words))
        .filter_map(|captures| captures.get(1))
        .map(|found| found.as_str())
        .find(|found| !NO_NAMES.contains(&found.to_lowercase().as_str()))
        .map(str::to_owned)
}

/// Returns the words that the playbook's utterances are made of. In "run the tests" neither word names
/// a module, even where a folder `run` or `tests` lies about.
fn words_of(book: &Playbook) -> BTreeSet<String> {
    book.utterances
        .iter()
        .flat_map(|utterance| utterance.split_whitespace())
        .map(|word| trimmed(word).to_lowercase())
        .collect()
}

fn named_module(words: &str, kinds: &Kinds, tree: &Tree, own: &BTreeSet<String>) -> Option<String> {
    let articles = [
        "the", "a", "an", "this", "that", "my", "our", "and", "in", "of", "is",
    ];
    let named = kinds.named.captures_iter(words).find_map(|captures| {
        let name = captures.iter().skip(1).flatten().next()?.as_str();
        let lower = name.to_lowercase();
        // "Dead code" is what the playbook is about, unless something here is called so.
        let is_there = || tree.path(name).is_some() || !tree.modules(name).is_empty();
        let is_name = !articles.contains(&lower.as_str()) && (!own.contains(&lower) || is_there());
        is_name.then(|| name.to_owned())
    });
    named
        .or_else(|| pathlike(words).find(|word| tree.path(word).is_some()))
        // A lone word that is the name of exactly one module.
        .or_else(|| {
            words.split_whitespace().map(trimmed).find(|word| {
                word.len() > 2
                        && !own.contains(&word.to_lowercase())
                        && tree.modules(word).len() == 1
            }).map(str::to_owned)
        })
}

/// Returns words that look like paths: with a slash or an ending.
fn pathlike(words: &str) -> impl Iterator<Item = String> {
    words.split_whitespace().map(trimmed).filter_map(|word| {
        let ending = word.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty()
                && (1..=8).contains(&ending.len())
                && ending.chars().all(char::is_alphanumeric)
                && ending.chars().any(char::is_alphabetic)
        });
        let is_url = word.contains("://");
        ((word.contains('/') || ending) && !is_url).then(|| word.to_owned())
    })
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| {
        matches!(
            c,
            ',' | ';' | ':' | '"' | '\'' | '`' | '(' | ')' | '?' | '!'
        )
    })
    .trim_end_matches('.')
}

/// Names in code have a mark that words of a sentence have not.
fn is_identifier(word: &str) -> bool {
    let marked =
        word.contains('_') || word.contains("::") || word.chars().skip(1).any(char::is_uppercase);
    marked
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'))
}

fn unquoted(text: &str) -> &str {
    ['"', '\'', '`']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests;
