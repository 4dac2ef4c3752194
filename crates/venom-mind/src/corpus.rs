//! The example utterances a goal is matched against, tokenised and counted once.
//!
//! Owns the order of intents and utterances: everything else names them by position. Background
//! sentences, which belong to no intent, stand behind the utterances of all intents.

mod vocabulary;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::text::{Text, Word, normalize, stem};

pub(crate) use vocabulary::{Reading, Vocabulary, Weighed};

/// A named wish with example utterances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The name that a match reports.
    pub name: String,
    /// What people say when they mean it; `{name}` stands for any words.
    pub utterances: Vec<String>,
}

/// Words that count as one, such as `repair` and `fix`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synonyms {
    canonical: BTreeMap<String, String>,
}

impl Synonyms {
    /// Builds the table from groups of single words; a word in two groups stays in the first.
    pub fn new<'a>(groups: impl IntoIterator<Item = &'a [&'a str]>) -> Self {
        let mut canonical = BTreeMap::new();
        for group in groups {
            let stems: Vec<String> = group.iter().map(|word| stem(&normalize(word))).collect();
            let Some(first) = stems.first().cloned() else {
                continue;
            };
            for stem in stems {
                canonical.entry(stem).or_insert_with(|| first.clone());
            }
        }
        Self { canonical }
    }

    /// Returns the stem that stands for the group of a stem.
    pub(crate) fn resolve<'a>(&'a self, stem: &'a str) -> &'a str {
        self.canonical.get(stem).map_or(stem, String::as_str)
    }
}

/// Says why a set of intents cannot be matched against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two intents have the same name.
    #[error("intent {name} is given twice")]
    DuplicateIntent {
        /// The repeated name.
        name: String,
    },
    /// An utterance has no word outside its slots, so that every goal would fit it.
    #[error("an utterance of intent {intent} has no words of its own: {utterance}")]
    EmptyUtterance {
        /// The intent it was given for.
        intent: String,
        /// The utterance as it was given.
        utterance: String,
    },
}

/// All utterances of all intents, and the background.
#[derive(Debug, Clone)]
pub struct Corpus {
    names: Vec<String>,
    utterances: Vec<Utterance>,
    vocabulary: Vocabulary,
}

/// One example, or one background sentence.
#[derive(Debug, Clone)]
pub struct Utterance {
    raw: String,
    text: Text,
    owner: Option<usize>,
    /// The distinct words by number, ascending.
    stems: Vec<usize>,
    /// Per part, the number of the word; nothing for a slot.
    numbers: Vec<Option<usize>>,
}

impl Utterance {
    /// Returns the utterance as it was given.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the tokenised utterance.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Returns the position of the intent it belongs to, or nothing for a background sentence.
    pub fn owner(&self) -> Option<usize> {
        self.owner
    }

    pub(crate) fn stems(&self) -> &[usize] {
        &self.stems
    }

    pub(crate) fn numbers(&self) -> &[Option<usize>] {
        &self.numbers
    }

    fn new(raw: &str, text: Text, owner: Option<usize>) -> Self {
        Self {
            raw: raw.to_owned(),
            text,
            owner,
            stems: Vec::new(),
            numbers: Vec::new(),
        }
    }
}

impl Corpus {
    /// Reads the intents. `background` holds sentences that mean none of them; those that have no
    /// words are passed over.
    pub fn new(
        intents: &[Intent],
        background: &[String],
        synonyms: Synonyms,
    ) -> Result<Self, Error> {
        // Sorted by name, so that the order in which files were read cannot be seen in a result.
        let mut sorted: Vec<&Intent> = intents.iter().collect();
        sorted.sort_by(|left, right| left.name.cmp(&right.name));
        if let Some([twice, _]) = sorted
            .array_windows()
            .find(|[left, right]| left.name == right.name)
        {
            return Err(Error::DuplicateIntent {
                name: twice.name.clone(),
            });
        }

        let mut utterances = Vec::new();
        for (owner, intent) in sorted.iter().enumerate() {
            for raw in &intent.utterances {
                let text = Text::utterance(raw);
                if text.words().next().is_none() {
                    return Err(Error::EmptyUtterance {
                        intent: intent.name.clone(),
                        utterance: raw.clone(),
                    });
                }
                utterances.push(Utterance::new(raw, text, Some(owner)));
            }
        }
        utterances.extend(background.iter().filter_map(|raw| {
            let text = Text::goal(raw);
            text.words().next()?;
            Some(Utterance::new(raw, text, None))
        }));

        let vocabulary = Vocabulary::new(
            sorted.len(),
            utterances
                .iter()
                .map(|utterance| (&utterance.text, utterance.owner)),
            synonyms,
        );
        for utterance in &mut utterances {
            utterance.numbers = vocabulary.numbers(&utterance.text);
            utterance.stems = utterance.numbers.iter().copied().flatten().collect();
            utterance.stems.sort_unstable();
            utterance.stems.dedup();
        }
        let names = sorted
            .into_iter()
            .map(|intent| intent.name.clone())
            .collect();
        Ok(Self {
            names,
            utterances,
            vocabulary,
        })
    }

    /// Returns the names of the intents, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the utterances, intent by intent, and behind them the background.
    pub fn utterances(&self) -> &[Utterance] {
        &self.utterances
    }

    /// Reads a goal: which of its words are known, and how much each one counts.
    pub fn read(&self, goal: &str, hidden: Hidden) -> Goal {
        let text = Text::goal(goal);
        let hidden = hidden.0.filter(|at| *at < self.utterances.len());
        let hidden_utterance = hidden.and_then(|at| self.utterances.get(at));
        let reading = self.vocabulary.read(&text, hidden_utterance);
        Goal {
            raw: goal.to_owned(),
            text,
            reading,
            hidden,
        }
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
}

/// Names an utterance that is treated as if it had never been given, for leave-one-out evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden(pub Option<usize>);

impl Hidden {
    /// Hides nothing.
    pub const NOTHING: Self = Self(None);
}

/// A goal as a scorer sees it.
#[derive(Debug, Clone)]
pub struct Goal {
    raw: String,
    text: Text,
    reading: Reading,
    hidden: Option<usize>,
}

impl Goal {
    /// Returns the goal as it was written.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the tokenised goal.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Returns the position of the utterance to be treated as absent.
    pub fn hidden(&self) -> Option<usize> {
        self.hidden
    }

    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Returns the words in order with their stems, misspelt ones corrected, and nothing in place of
    /// the words at the `excused` positions.
    pub(crate) fn stems<'a>(
        &'a self,
        corpus: &'a Corpus,
        excused: &'a [usize],
    ) -> impl Iterator<Item = Option<(&'a Word, &'a str)>> {
        self.text
            .words()
            .zip(self.reading.words())
            .enumerate()
            .map(|(at, (word, weighed))| {
                if excused.binary_search(&at).is_ok() {
                    return None;
                }
                let known = weighed.stem.and_then(|stem| corpus.vocabulary.stem(stem));
                Some((
                    word,
                    known.unwrap_or_else(|| corpus.vocabulary.canonical(word)),
                ))
            })
    }
}
