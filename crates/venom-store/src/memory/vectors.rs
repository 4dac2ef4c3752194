//! The index of episodes in memory, and the search over it.
//!
//! The index follows the rows: it reads those behind the last one that it knows, and takes out those that are
//! gone. It holds stems, names and vectors as they are, and is never written anywhere.

use rusqlite::Connection;
use venom_kernel::memory::episode::{self, Episode};
use venom_kernel::time::Timestamp;
use venom_mind::embed::Words;
use venom_mind::recall::when::{self, Side, Told};
use venom_mind::recall::{Candidate, Entry, Index, PARTS, Preferred, Reader, Reading, Weights};
use venom_ports::memory::episodes::{Asked, Found, Hit, Part, Stats};
use venom_ports::{Failure, FailureKind, Result};

use super::episodes::{self, Opened};
use crate::projection::Keyring;

/// The most episodes that are searched: the newest. Chosen: about half a kilobyte each, so a quarter of a
/// gigabyte at most.
const MOST: u64 = 500_000;
/// How many more may be there before the oldest are let go of, all at once.
const SLACK: u64 = 50_000;
/// Rows that are read at once.
const PAGE: usize = 4_096;
/// Candidates whose words are compared one by one. Chosen: three times what a page of hits shows; each
/// costs a row and some ten microseconds.
const COMPARED: usize = 60;
/// Speakers whose names are looked for in a question.
const SPEAKERS: usize = 10_000;
/// The most hits of a search.
const HITS: usize = 1_000;
/// The longest question, in characters. Chosen as for an episode's text.
const QUESTION: usize = 4_000;

/// The index, and how far it follows the rows.
#[derive(Debug)]
pub(crate) struct Recall {
    words: Option<Words>,
    index: Index,
    born: Option<i64>,
    last: u64,
    gone: u64,
}

impl Recall {
    /// Opens the model of the binary. Without it, words are still found.
    pub(crate) fn new() -> Self {
        let words = Words::embedded()
            .inspect_err(|error| tracing::warn!(%error, "episodes have no vectors"))
            .ok();
        Self {
            words,
            index: Index::default(),
            born: None,
            last: 0,
            gone: 0,
        }
    }

    fn words(&self) -> Result<&Words> {
        self.words.as_ref().ok_or_else(|| {
            Failure::new(
                FailureKind::Internal,
                "the table of word vectors in the program cannot be read",
            )
        })
    }

    /// Names what makes the readings.
    pub(crate) fn id(&self) -> String {
        self.words
            .as_ref()
            .map_or_else(|| "none".to_owned(), |words| Reader::new(words).id())
    }

    /// Reads an episode.
    pub(crate) fn read(&self, episode: &Episode) -> Vec<u8> {
        self.words.as_ref().map_or_else(Vec::new, |words| {
            Reader::new(words)
                .read(&episode.text, &episode.about)
                .to_bytes()
        })
    }

    /// Lets go of everything; it is read again when it is needed.
    pub(crate) fn clear(&mut self) {
        self.index = Index::default();
        (self.born, self.last, self.gone) = (None, 0, 0);
    }

    /// Follows the rows.
    fn follow(&mut self, state: &Connection, keys: &Keyring<'_>) -> Result<()> {
        let (born, _) = episodes::made(state)?;
        let newest = episodes::newest(state)?;
        let is_full = newest.saturating_sub(self.last) > 0
            && self.index.len() as u64 + (newest - self.last.min(newest)) > MOST + SLACK;
        if self.born != Some(born) || is_full {
            self.clear();
            self.born = Some(born);
            self.last = newest.saturating_sub(MOST);
        }
        for (no, episode) in episodes::gone(state, self.gone)? {
            self.index.remove(episode);
            self.gone = no;
        }
        loop {
            let rows = episodes::page(state, self.last, PAGE)?;
            let count = rows.len();
            for row in rows {
                self.last = row.no;
                if let Some(opened) = row.open(keys)? {
                    self.take(&opened);
                }
            }
            if count < PAGE {
                return Ok(());
            }
        }
    }

    fn take(&mut self, opened: &Opened) {
        let reading = Reading::from_bytes(&opened.reading).unwrap_or_default();
        let episode = &opened.episode;
        let entry = Entry {
            key: opened.no,
            thread: episode.thread.as_deref().map(number),
            speaker: episode.speaker.clone(),
            time: episode.time.micros(),
            importance: f32::from(opened.signs.lasting(episode)) / f32::from(episode::FULL),
        };
        self.index.add(entry, &reading);
    }

    /// Finds what fits a question.
    pub(crate) fn search(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
    ) -> Result<Found> {
        self.follow(state, keys)?;
        let question: String = asked.words.chars().take(QUESTION).collect();
        let now = when::Now {
            micros: asked.now.micros(),
            offset: asked.offset,
        };
        let mut read = Vec::new();
        let mut limits = Preferred {
            since: asked.since.map(Timestamp::micros),
            until: asked.until.map(Timestamp::micros),
        };
        let flags = limits;
        let mut preferred = Preferred::default();
        let mut words = question.clone();
        if let Some(heard) = when::heard(&question, now) {
            match heard.told {
                Told::Span { since, until } => {
                    limits.since = limits.since.max(since);
                    limits.until = match (limits.until, until) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                    read.push(format!("`{}` is a time", heard.said));
                    // Nothing but a time: everything of that time is meant.
                    words = heard.rest;
                }
                Told::Around { side, what } => {
                    let first = self.rank(state, keys, asked, &what, (limits, preferred))?;
                    if let Some((hit, _)) = first.into_iter().next() {
                        let moment = hit.episode.time.micros();
                        preferred = match side {
                            Side::Before => Preferred {
                                since: None,
                                until: Some(moment),
                            },
                            Side::After => Preferred {
                                since: Some(moment),
                                until: None,
                            },
                        };
                        read.push(format!(
                            "`{}` is taken to be {}",
                            heard.said, hit.episode.id
                        ));
                    }
                }
            }
        }
        let mut ranked = self.rank(state, keys, asked, &words, (limits, preferred))?;
        if ranked.is_empty() && limits != flags {
            read.push("nothing is known of that time; all times were searched".to_owned());
            ranked = self.rank(state, keys, asked, &question, (flags, preferred))?;
        }
        for speaker in self.question(&words)?.speakers() {
            read.push(format!("`{speaker}` speaks"));
        }
        let weights = Weights::default().parts();
        let hits = ranked
            .into_iter()
            .take(asked.limit.min(HITS))
            .map(|(opened, candidate)| Hit {
                score: candidate.score,
                parts: PARTS
                    .iter()
                    .zip(candidate.parts.iter().zip(weights))
                    .map(|(name, (value, weight))| Part {
                        name: (*name).to_owned(),
                        value: *value,
                        weight,
                    })
                    .collect(),
                known: opened.known(asked.now),
            })
            .collect();
        Ok(Found {
            hits,
            read,
            searched: self.index.len() as u64,
        })
    }

    fn question(&self, words: &str) -> Result<venom_mind::recall::Question> {
        let speakers: Vec<String> = self.index.speakers().take(SPEAKERS).cloned().collect();
        let names = episode::about(words);
        Ok(Reader::new(self.words()?).question(words, &names, &speakers))
    }

    /// Makes both passes, within one span of time and with another one lifted. What cannot be opened any more
    /// is left out.
    fn rank(
        &self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
        words: &str,
        (limits, preferred): (Preferred, Preferred),
    ) -> Result<Vec<(Opened, Candidate)>> {
        let question = self.question(words)?;
        let weights = Weights::default();
        let thread = asked.thread.as_deref().map(number);
        let fits = |entry: &Entry| {
            limits.since.is_none_or(|since| entry.time >= since)
                && limits.until.is_none_or(|until| entry.time < until)
                && thread.is_none_or(|thread| entry.thread == Some(thread))
                && asked
                    .speaker
                    .as_deref()
                    .is_none_or(|speaker| is_speaker(&entry.speaker, speaker))
        };
        let wanted = COMPARED.max(asked.limit.min(HITS));
        let candidates = self
            .index
            .search(&question, wanted, &weights, preferred, fits);
        let mut opened: Vec<Opened> = Vec::with_capacity(candidates.len());
        let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let Some(row) = episodes::numbered(state, candidate.key)? else {
                continue;
            };
            if let Some(row) = row.open(keys)? {
                opened.push(row);
                kept.push(candidate);
            }
        }
        let model = self.words()?;
        let measured: Vec<f32> = opened
            .iter()
            .take(COMPARED)
            .map(|row| question.closeness(model, &row.episode.text))
            .collect();
        Candidate::take_up(&mut kept, &measured, &weights);
        let mut by_number: std::collections::BTreeMap<u64, Opened> =
            opened.into_iter().map(|row| (row.no, row)).collect();
        Ok(kept
            .into_iter()
            .filter_map(|candidate| Some((by_number.remove(&candidate.key)?, candidate)))
            .collect())
    }

    /// Counts.
    pub(crate) fn stats(&mut self, state: &Connection, keys: &Keyring<'_>) -> Result<Stats> {
        self.follow(state, keys)?;
        let [episodes, notes, pinned, forgotten] = episodes::counts(state)?;
        let mut speakers: Vec<(String, u64)> = self
            .index
            .said()
            .map(|(speaker, count)| (speaker.clone(), u64::from(count)))
            .collect();
        speakers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        speakers.truncate(20);
        Ok(Stats {
            episodes,
            notes,
            pinned,
            forgotten,
            span: self
                .index
                .span()
                .map(|(from, to)| (Timestamp::from_micros(from), Timestamp::from_micros(to))),
            speakers,
            index_bytes: self.index.bytes() as u64,
            model: self.id(),
        })
    }
}

/// Tells whether a speaker is meant by a name: the whole of it, or one of its words.
fn is_speaker(speaker: &str, name: &str) -> bool {
    speaker.eq_ignore_ascii_case(name)
        || speaker
            .split_whitespace()
            .any(|part| part.eq_ignore_ascii_case(name))
}

/// A number for the name of a conversation.
fn number(thread: &str) -> u64 {
    let digest = blake3::hash(thread.as_bytes());
    digest
        .as_bytes()
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
