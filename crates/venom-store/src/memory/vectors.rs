//! The index of episodes in memory, and the search over it.
//!
//! The index follows the rows: it reads those behind the last one that it knows, and takes out those that are
//! gone. It holds stems, names and vectors as they are, and is never written anywhere.

use std::sync::Arc;

use rusqlite::Connection;
use venom_kernel::memory::episode::{self, Episode};
use venom_kernel::time::Timestamp;
use venom_mind::embed::Words;
use venom_mind::recall::vectors::Code;
use venom_mind::recall::when::{self, Side, Told};
use venom_mind::recall::{
    Candidate, Entry, Index, NAMED, PARTS, Preferred, Reader, Reading, Weights,
};
use venom_ports::memory::episodes::{Asked, Found, Hit, Level, Part, Stats};
use venom_ports::memory::vectors::{Sought, Standing};
use venom_ports::{Failure, FailureKind, Result};

use super::answers::{self, Answers};
use super::beside::{Around, Finding, OURS, Pointed, refusal};
use super::elsewhere::{self, Elsewhere};
use super::embedded::Embedded;
use super::episodes::{self, Opened};
use crate::projection::Keyring;
use crate::service::WhenDown;

/// The most episodes that are searched: the newest. Chosen: about half a kilobyte each, so a quarter of a
/// gigabyte at most.
const MOST: u64 = 500_000;
/// How many more may be there before the oldest are let go of, all at once.
const SLACK: u64 = 50_000;
/// Rows that are read at once.
const PAGE: usize = 4_096;
/// Rows that are looked through at once for what has no vector yet.
const AHEAD: usize = 256;
/// Candidates whose words are compared one by one. Chosen: three times what a page of hits shows; each
/// costs a row and some ten microseconds.
const COMPARED: usize = 60;
/// Speakers whose names are looked for in a question.
const SPEAKERS: usize = 10_000;
/// The most hits of a search.
pub(super) const HITS: usize = 1_000;
/// The longest question, in characters. Chosen as for an episode's text.
const QUESTION: usize = 4_000;

/// Pages of new rows that a search tells a service before it asks it. Chosen: what a few runs say; a set that is
/// further behind is filled by `venom memory services --sync`, and the scan answers meanwhile.
const TOLD: usize = 2;
/// How many more vectors a service is asked for than are wanted: times are told to it by the second.
const WIDER: usize = 20;

/// The index, and how far it follows the rows.
#[derive(Debug)]
pub(crate) struct Recall {
    words: Option<Words>,
    index: Index,
    answers: Answers,
    around: Around,
    /// Vectors that a provider's model made, once they are needed.
    embedded: Option<Embedded>,
    /// Whether the index holds those, and not those of the table in the program.
    is_embedded: bool,
    born: Option<i64>,
    last: u64,
    gone: u64,
}

impl Recall {
    /// Opens the model of the binary. Without it, words are still found.
    pub(crate) fn new(around: Around) -> Self {
        let words = Words::embedded()
            .inspect_err(|error| tracing::warn!(%error, "episodes have no vectors"))
            .ok();
        Self {
            words,
            index: Index::default(),
            answers: Answers::default(),
            around,
            embedded: None,
            is_embedded: false,
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
                    self.take(&opened)?;
                }
            }
            if count < PAGE {
                return Ok(());
            }
        }
    }

    fn take(&mut self, opened: &Opened) -> Result<()> {
        let mut reading = Reading::from_bytes(&opened.reading).unwrap_or_default();
        if self.is_embedded {
            let id = opened.episode.id.number();
            reading.code = match &self.embedded {
                Some(embedded) => embedded.get(id)?,
                None => None,
            };
        }
        let episode = &opened.episode;
        let entry = Entry {
            key: opened.no,
            thread: episode.thread.as_deref().map(number),
            speaker: episode.speaker.clone(),
            time: episode.time.micros(),
            importance: f32::from(opened.signs.lasting(episode)) / f32::from(episode::FULL),
        };
        self.index.add(entry, &reading);
        Ok(())
    }

    /// Lets the index hold the vectors of a provider's model, or those of the table in the program: never both.
    fn turn_to(&mut self, is_embedded: bool) {
        if self.is_embedded != is_embedded {
            self.clear();
            self.is_embedded = is_embedded;
        }
    }

    /// Opens the vectors of a provider's model, if one is set up.
    fn embedded(&mut self) -> Result<Option<&mut Embedded>> {
        let Some(embedding) = self.around.embedding.get() else {
            return Ok(None);
        };
        let embedded = match self.embedded.take() {
            Some(embedded) => embedded,
            None => Embedded::open(&embedding.file, embedding.embedder.id())?,
        };
        Ok(Some(self.embedded.insert(embedded)))
    }

    /// Returns episodes that have no vector of a provider's model yet, at most so many, and how many there are.
    pub(crate) fn lacking(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        limit: usize,
    ) -> Result<(Vec<(u64, String)>, u64)> {
        let Some(embedded) = self.embedded()? else {
            return Ok((Vec::new(), 0));
        };
        let (born, _) = episodes::made(state)?;
        let begun = embedded.progress(born)?;
        let mut upto = begun;
        let mut lacking: Vec<(u64, String)> = Vec::new();
        'pages: loop {
            let rows = episodes::page(state, upto, AHEAD)?;
            let is_last = rows.len() < AHEAD;
            for row in rows {
                let no = row.no;
                if let Some(opened) = row.open(keys)? {
                    let id = opened.episode.id.number();
                    if !embedded.has(id)? {
                        lacking.push((id, opened.episode.text));
                    }
                }
                if lacking.len() == limit {
                    break 'pages;
                }
                if lacking.is_empty() {
                    upto = no;
                }
            }
            if is_last || !lacking.is_empty() {
                break;
            }
        }
        let is_whole = lacking.is_empty();
        if upto != begun {
            embedded.set_progress(born, upto, is_whole)?;
        }
        let count = if is_whole {
            0
        } else {
            episodes::count_after(state, upto)?
        };
        Ok((lacking, count))
    }

    /// Keeps vectors that a provider's model made.
    pub(crate) fn keep(&mut self, made: &[(u64, Option<Code>)]) -> Result<()> {
        match self.embedded()? {
            Some(embedded) => embedded.put(made),
            None => Ok(()),
        }
    }

    /// Takes out what a provider's model made of an episode.
    pub(crate) fn forget(&mut self, id: u64) -> Result<()> {
        match self.embedded()? {
            Some(embedded) => embedded.forget(id),
            None => Ok(()),
        }
    }

    /// Returns what a provider's model is to make vectors of before a question can be answered with them.
    pub(crate) fn texts(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
    ) -> Result<Vec<String>> {
        self.turn_to(true);
        self.embedded()?;
        self.follow(state, keys)?;
        let question: String = asked.words.chars().take(QUESTION).collect();
        let now = when::Now {
            micros: asked.now.micros(),
            offset: asked.offset,
        };
        let mut all = vec![question.clone()];
        if let Some(heard) = when::heard(&question, now) {
            all.push(match heard.told {
                Told::Span { .. } => heard.rest,
                Told::Around { what, .. } => what,
            });
        }
        let mut texts: Vec<String> = Vec::new();
        for words in all {
            let text = self.question(&words)?.text().to_owned();
            if !text.trim().is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// Finds what fits a question, from the nearest level that has the answer.
    pub(crate) fn search(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
        pointed: &Pointed,
    ) -> Result<Found> {
        let found = self.find(state, keys, asked, pointed);
        let level = found.as_ref().ok().map(|found| found.level);
        self.around.lookups.note(level);
        found
    }

    fn find(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
        pointed: &Pointed,
    ) -> Result<Found> {
        self.turn_to(pointed.vectors.is_some());
        let beside = Arc::clone(&self.around.beside);
        let beside = beside.get();
        let when_down = beside.map(|beside| beside.when_down).unwrap_or_default();
        let mut shared = beside
            .and_then(|beside| beside.cache.as_ref())
            .map(|cache| &cache.0);
        let key = self.key(state, asked)?;
        let mut notes = pointed.notes.clone();
        if let Some(key) = &key {
            let known = match self.answers.get(key, shared) {
                Err(failure) if when_down == WhenDown::Refuse => return Err(refusal(failure)),
                Err(failure) => {
                    tracing::warn!(%failure, "answers are not shared");
                    notes.push(format!("{}; no answers are shared", failure.message));
                    shared = None;
                    None
                }
                Ok(known) => known,
            };
            if let Some((level, kept)) = known
                && let Some(found) = answers::opened((state, keys), asked, kept, level)?
            {
                return Ok(found);
            }
        }
        let was_empty = self.born.is_none();
        let mut finding = Finding {
            elsewhere: None,
            vectors: pointed.vectors.as_ref(),
            when_down,
            notes,
        };
        // A service that holds the vectors of a model is asked with such a vector, and not while there is none.
        let elsewhere = beside
            .and_then(|beside| beside.vectors.as_ref())
            .filter(|elsewhere| elsewhere.is_of_model() == self.is_embedded);
        if let Some(elsewhere) = elsewhere {
            match elsewhere.follow(state, keys, TOLD, &|_, _| {}) {
                Ok(0) => finding.elsewhere = Some(elsewhere),
                Ok(behind) => finding.notes.push(format!(
                    "{} has yet to be told of {behind} episodes; {OURS} answers",
                    elsewhere.name()
                )),
                Err(failure) => finding.fails(failure)?,
            }
        }
        let mut found = self.look(state, keys, asked, &mut finding)?;
        let by = finding.elsewhere.map_or(OURS, Elsewhere::name);
        by.clone_into(&mut found.by);
        if let (true, Some(embedded)) = (self.is_embedded, &self.embedded) {
            found.by = format!("{by}, with vectors of {}", embedded.model());
        }
        if was_empty {
            found.level = Level::Disk;
        }
        // An answer that was found without a service is not kept: it may be back the next time.
        if let Some(key) = key.filter(|_| finding.notes.is_empty())
            && let Err(failure) = self
                .answers
                .put(&key, answers::kept(state, &found)?, shared)
        {
            tracing::debug!(%failure, "an answer was not shared");
        }
        found.notes = finding.notes;
        Ok(found)
    }

    /// Names everything that an answer depends on; nothing if that is also the moment of the question.
    fn key(&self, state: &Connection, asked: &Asked) -> Result<Option<String>> {
        let now = when::Now {
            micros: asked.now.micros(),
            offset: asked.offset,
        };
        if when::heard(&asked.words, now).is_some() {
            return Ok(None);
        }
        let (born, reader) = episodes::made(state)?;
        let (told, _) = episodes::cursor(state)?;
        let embedded = self.embedded.as_ref().filter(|_| self.is_embedded);
        let reader = match embedded {
            Some(embedded) => format!("{reader} {}", embedded.model()),
            None => reader,
        };
        Ok(Some(Answers::key(&(
            (born, reader, told),
            (episodes::newest(state)?, episodes::newest_gone(state)?),
            (&asked.words, asked.since, asked.until),
            (&asked.speaker, &asked.thread, asked.limit),
        ))))
    }

    /// Tells the service what is new, at most so many pages of it, and returns how many rows are left.
    pub(crate) fn sync(&self, state: &Connection, keys: &Keyring<'_>, pages: usize) -> Result<u64> {
        match self.elsewhere() {
            Some(elsewhere) => elsewhere.follow(state, keys, pages, &|_, _| {}),
            None => Ok(0),
        }
    }

    /// Says how the service stands, if there is one.
    pub(crate) fn standing(&self, state: &Connection) -> Result<Option<Standing>> {
        let elsewhere = self.elsewhere();
        elsewhere.map(|one| one.standing(state)).transpose()
    }

    fn elsewhere(&self) -> Option<&Elsewhere> {
        self.around.beside.get()?.vectors.as_ref()
    }

    /// Searches the vectors.
    fn look(
        &mut self,
        state: &Connection,
        keys: &Keyring<'_>,
        asked: &Asked,
        finding: &mut Finding<'_>,
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
                    let first =
                        self.rank((state, keys), asked, &what, (limits, preferred), finding)?;
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
        let mut ranked = self.rank((state, keys), asked, &words, (limits, preferred), finding)?;
        if ranked.is_empty() && limits != flags {
            read.push("nothing is known of that time; all times were searched".to_owned());
            ranked = self.rank((state, keys), asked, &question, (flags, preferred), finding)?;
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
            level: Level::Vectors,
            by: String::new(),
            notes: Vec::new(),
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
        (state, keys): (&Connection, &Keyring<'_>),
        asked: &Asked,
        words: &str,
        (limits, preferred): (Preferred, Preferred),
        finding: &mut Finding<'_>,
    ) -> Result<Vec<(Opened, Candidate)>> {
        let mut question = self.question(words)?;
        if let Some(vectors) = finding.vectors {
            let vector = vectors.get(question.text()).map(Vec::as_slice);
            question.point(vector);
        }
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
        let near = match (finding.elsewhere, question.vector()) {
            (Some(elsewhere), Some(vector)) => {
                let speakers = asked.speaker.as_deref().map(|name| {
                    let speakers = self
                        .index
                        .speakers_like(|speaker| is_speaker(speaker, name));
                    speakers.into_iter().map(|one| number(one)).collect()
                });
                let sought = Sought {
                    vector: vector.to_vec(),
                    wanted: NAMED + WIDER,
                    since: limits.since.map(elsewhere::seconds),
                    until: limits.until.map(elsewhere::seconds),
                    speakers,
                    thread,
                };
                match elsewhere.nearest(&sought) {
                    Ok(near) => Some(near),
                    Err(failure) => {
                        finding.fails(failure)?;
                        None
                    }
                }
            }
            (None, _) | (_, None) => None,
        };
        let near = near.as_deref();
        let candidates =
            self.index
                .search_near(&question, (wanted, near), &weights, preferred, fits);
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
pub(crate) fn number(thread: &str) -> u64 {
    let digest = blake3::hash(thread.as_bytes());
    digest
        .as_bytes()
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
