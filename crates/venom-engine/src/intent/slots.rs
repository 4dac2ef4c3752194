//! Slots: what a playbook must know, found in the words and in the workspace.
//!
//! A clause that has the form of one of the playbook's utterances gives each slot its phrase; words
//! of the slot's own kind are looked for otherwise. A phrase is then resolved: a module or a path
//! must exist, a number must be one. What is not certain is asked for, with choices.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use venom_kernel::intent::{Choice, Goal, MissingSlot};
use venom_kernel::playbook::{Playbook, Slot, SlotKind, slots_in};
use venom_mind::similarity;
use venom_mind::text::{Role, Text};

use super::targets;
use super::tree::Tree;

mod forms;
mod kinds;

use forms::phrases;
pub(super) use forms::{own_words, pattern_of, without_courtesy};
pub(super) use kinds::is_plainly;
use kinds::{Kinds, MODULE_WORDS, is_call, of_its_kind, trimmed, unquoted};

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
    let stems = stems_of(book);
    // What no slot has taken yet.
    let mut rest = words.to_owned();
    for (name, slot) in in_order_of_speech(book) {
        let answer = answers.get(&goal.slot_key(name));
        let phrase = match answer {
            Some(answer) => Some(answer.clone()),
            None => phrases
                .get(name)
                .cloned()
                .filter(|phrase| !ANAPHORA.contains(&phrase.to_lowercase().as_str()))
                // "With a good message" says none.
                .filter(|phrase| {
                    let is_said = slot.kind != SlotKind::Text || !slot.optional;
                    is_said || unquoted(phrase) != phrase || !says_nothing(phrase, &stems)
                })
                .map(|phrase| {
                    if is_place(slot.kind) && slot.choices.is_empty() {
                        targets::with_sort(words, phrase)
                    } else {
                        phrase
                    }
                })
                .or_else(|| of_its_kind(&rest, slot.kind, tree, &own)),
        };
        let around = rest.clone();
        if let Some(phrase) = &phrase {
            take_out(&mut rest, phrase);
        }
        let resolved = match &phrase {
            Some(said) => match resolve(said, slot, tree, answer.is_some()) {
                Resolved::Choices(choices)
                    if answer.is_none() && !targets::says_what_it_is(said) =>
                {
                    // The phrase may hold more than the name: "the auth module to me".
                    let inner = of_its_kind(&around, slot.kind, tree, &own)
                        .filter(|inner| Some(inner) != phrase.as_ref());
                    match inner.map(|inner| resolve(&inner, slot, tree, false)) {
                        Some(Resolved::Value(value)) => Resolved::Value(value),
                        // "since the last tag" holds no version, and none has to be said.
                        Some(_) | None if may_be_left_out(slot) && says_nothing(said, &stems) => {
                            Resolved::Unsaid
                        }
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
        SlotKind::Version | SlotKind::Number | SlotKind::Name | SlotKind::Branch
    );
    plain && (slot.optional || slot.default.is_some())
}

/// Tells whether a phrase has no words but those that the playbook itself is described with, as "the last
/// tag" where tags are what it is about. In "what changed since yesterday" the day is a word that must not be
/// dropped.
fn says_nothing(phrase: &str, stems: &BTreeSet<String>) -> bool {
    Text::goal(phrase)
        .words()
        .all(|word| word.role == Role::Function || stems.contains(&word.stem))
}

/// Returns the stems of the words that a playbook's utterances are made of.
pub(super) fn stems_of(book: &Playbook) -> BTreeSet<String> {
    book.utterances
        .iter()
        .flat_map(|utterance| {
            let words = Text::utterance(utterance);
            words
                .words()
                .map(|word| word.stem.clone())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Puts a mark in the place of a phrase: what one slot has taken is no value of another one, and what stands
/// before it does not follow what stands behind it.
fn take_out(words: &mut String, phrase: &str) {
    if !phrase.is_empty() {
        *words = words.replacen(phrase, "\u{2026}", 1);
    }
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
    let phrase = if slot.kind == SlotKind::Name {
        without_noun(unquoted(given))
    } else {
        unquoted(given)
    };
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
        SlotKind::Name if is_call(phrase) => {
            Resolved::Value(Value::from(phrase.trim_end_matches("()")))
        }
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

/// Takes the kind of a thing off its name: "class Cart", "the variable total".
fn without_noun(phrase: &str) -> &str {
    const NOUNS: &[&str] = &[
        "function",
        "fn",
        "def",
        "method",
        "class",
        "struct",
        "type",
        "trait",
        "interface",
        "enum",
        "constant",
        "const",
        "variable",
        "var",
        "field",
        "attribute",
        "property",
        "symbol",
        "macro",
        "parameter",
        "argument",
        "identifier",
        "name",
        "test",
        "branch",
    ];
    let mut words: Vec<&str> = phrase.split_whitespace().collect();
    if let [article, ..] = words.as_slice()
        && article.eq_ignore_ascii_case("the")
    {
        words.remove(0);
    }
    match words.as_slice() {
        [noun, name] if NOUNS.contains(&noun.to_lowercase().as_str()) => name,
        _ => phrase,
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
    for near in tree.targets.near(said) {
        if !all.contains(near) {
            all.push(near.clone());
        }
    }
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

/// Returns the words that the playbook's utterances are made of. In "run the tests" neither word names
/// a module, even where a folder `run` or `tests` lies about.
fn words_of(book: &Playbook) -> BTreeSet<String> {
    book.utterances
        .iter()
        .flat_map(|utterance| utterance.split_whitespace())
        .map(|word| trimmed(word).to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests;
