//! The index: readings of many texts in memory, and the first pass of a search over them.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::reading::{Question, Reading};
use super::vectors::Flat;

/// Candidates that each kind of evidence may name. Chosen: the second pass looks at less than half of them;
/// more would only change what the ranges run between.
pub const NAMED: usize = 300;
/// The narrowest range that nearness of meaning is spread over. Chosen: half of what lies between the nearest
/// and the farthest of some hundred texts.
const NARROW: f32 = 0.3;
/// No neighbour.
const NONE: u32 = u32::MAX;

/// How much each kind of evidence counts, and the shape of BM25.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Shared words.
    pub words: f32,
    /// Shared words, with those of the neighbours.
    pub words_near: f32,
    /// Meaning.
    pub meaning: f32,
    /// Meaning, with that of the neighbours.
    pub meaning_near: f32,
    /// The one who is named speaks.
    pub speaker: f32,
    /// Shared names of things.
    pub names: f32,
    /// It happened when the question says.
    pub time: f32,
    /// It matters.
    pub importance: f32,
    /// The words of the question, one by one.
    pub closeness: f32,
    /// How fast repetitions of a word stop counting.
    pub k1: f32,
    /// How much a long text is held against it.
    pub b: f32,
    /// What a neighbour counts beside the text itself, in the nearness of meaning.
    pub neighbour: f32,
}

impl Default for Weights {
    /// Fitted to two of the four conversations of LoCoMo that were at hand, as docs/bench/intelligence.md
    /// says; shared words and closeness, which the fit would leave out, are kept for questions that name
    /// a thing exactly. Time and importance cannot be fitted there and are chosen: the one lifts, the other
    /// breaks ties.
    fn default() -> Self {
        Self {
            words: 0.1,
            words_near: 0.45,
            meaning: 0.45,
            meaning_near: 0.16,
            speaker: 0.28,
            names: 0.1,
            time: 0.5,
            importance: 0.03,
            closeness: 0.15,
            k1: 1.2,
            b: 0.75,
            neighbour: 1.0,
        }
    }
}

/// What is known of a text beside its reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The caller's number for it. Numbers grow from each text to the next.
    pub key: u64,
    /// The conversation that it is part of.
    pub thread: Option<u64>,
    /// Who speaks.
    pub speaker: String,
    /// When, in microseconds since 1970.
    pub time: i64,
    /// How much it matters, from 0 to 1.
    pub importance: f32,
}

/// The names of the parts of a score, in the order of [`Candidate::parts`].
pub const PARTS: [&str; 9] = [
    "words",
    "words nearby",
    "meaning",
    "meaning nearby",
    "speaker",
    "names",
    "time",
    "importance",
    "word by word",
];
/// The place of the part that the second pass adds.
const CLOSENESS: usize = 8;

impl Weights {
    /// Returns the weights of the parts.
    pub const fn parts(&self) -> [f32; PARTS.len()] {
        [
            self.words,
            self.words_near,
            self.meaning,
            self.meaning_near,
            self.speaker,
            self.names,
            self.time,
            self.importance,
            self.closeness,
        ]
    }
}

/// A text that may answer a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The caller's number for it.
    pub key: u64,
    /// The sum of its parts by their weights.
    pub score: f32,
    /// What each kind of evidence says, from 0 to 1.
    pub parts: [f32; PARTS.len()],
}

impl Candidate {
    fn weigh(&mut self, weights: &Weights) {
        self.score = self
            .parts
            .iter()
            .zip(weights.parts())
            .map(|(part, weight)| part * weight)
            .sum();
    }

    /// Takes up what the second pass measured for the first candidates, in their order, and orders all of them
    /// anew. Those that were not measured keep what they have.
    pub fn take_up(candidates: &mut [Self], measured: &[f32], weights: &Weights) {
        let (least, most) = range(measured.iter().copied());
        let width = (most - least).max(1e-6);
        for (candidate, closeness) in candidates.iter_mut().zip(measured) {
            if let Some(part) = candidate.parts.get_mut(CLOSENESS) {
                *part = (closeness - least) / width;
            }
            candidate.weigh(weights);
        }
        sort(candidates);
    }
}

/// Where the time of a text must lie to be what a question means, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferred {
    /// Not before.
    pub since: Option<i64>,
    /// Before.
    pub until: Option<i64>,
}

impl Preferred {
    fn holds(&self, time: i64) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

#[derive(Debug, Clone)]
struct Slot {
    entry: Entry,
    length: u16,
    before: u32,
    after: u32,
    is_live: bool,
}

/// Readings of many texts.
#[derive(Debug, Clone, Default)]
pub struct Index {
    slots: Vec<Slot>,
    places: BTreeMap<u64, u32>,
    /// The last text of each conversation.
    tails: BTreeMap<u64, u32>,
    words: BTreeMap<u64, Vec<(u32, u8)>>,
    names: BTreeMap<u64, Vec<u32>>,
    vectors: Flat,
    speakers: BTreeMap<String, u32>,
    total_length: u64,
    live: usize,
}

impl Index {
    /// Returns how many texts there are.
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Tells whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Returns the bytes that it takes, near enough.
    pub fn bytes(&self) -> usize {
        let words: usize = self
            .words
            .values()
            .map(|list| list.capacity() * 8 + 48)
            .sum();
        let names: usize = self
            .names
            .values()
            .map(|list| list.capacity() * 4 + 48)
            .sum();
        // The texts of speakers are short.
        let slots = self.slots.capacity() * size_of::<Slot>() + self.slots.len() * 40;
        words + names + slots + self.vectors.bytes()
    }

    /// Returns everybody who speaks.
    pub fn speakers(&self) -> impl Iterator<Item = &String> {
        self.speakers.keys()
    }

    /// Returns everybody who speaks, with how many texts are theirs.
    pub fn said(&self) -> impl Iterator<Item = (&String, u32)> {
        self.speakers
            .iter()
            .map(|(speaker, count)| (speaker, *count))
    }

    /// Returns the earliest and the latest moment.
    pub fn span(&self) -> Option<(i64, i64)> {
        let times = self
            .slots
            .iter()
            .filter(|slot| slot.is_live)
            .map(|slot| slot.entry.time);
        times.fold(None, |span, time| {
            let (from, to) = span.unwrap_or((time, time));
            Some((time.min(from), time.max(to)))
        })
    }

    /// Adds a text. One whose number is there already is left as it is.
    pub fn add(&mut self, entry: Entry, reading: &Reading) {
        let Ok(at) = u32::try_from(self.slots.len()) else {
            return;
        };
        if at == NONE || self.places.contains_key(&entry.key) {
            return;
        }
        let before = entry
            .thread
            .and_then(|thread| self.tails.insert(thread, at))
            .unwrap_or(NONE);
        if let Some(slot) = self.slots.get_mut(before as usize) {
            slot.after = at;
        }
        for (term, times) in &reading.terms {
            self.words.entry(*term).or_default().push((at, *times));
        }
        for name in &reading.names {
            self.names.entry(*name).or_default().push(at);
        }
        self.vectors.push(reading.code.as_ref());
        *self.speakers.entry(entry.speaker.clone()).or_default() += 1;
        self.places.insert(entry.key, at);
        self.total_length += u64::from(reading.length);
        self.live += 1;
        self.slots.push(Slot {
            entry,
            length: reading.length,
            before,
            after: NONE,
            is_live: true,
        });
    }

    /// Takes a text out; nothing of it stays but an empty place.
    pub fn remove(&mut self, key: u64) {
        let Some(at) = self.places.remove(&key) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(at as usize) else {
            return;
        };
        let (before, after, thread) = (slot.before, slot.after, slot.entry.thread);
        let length = std::mem::take(&mut slot.length);
        let speaker = std::mem::take(&mut slot.entry.speaker);
        (slot.before, slot.after, slot.is_live) = (NONE, NONE, false);
        if let Some(slot) = self.slots.get_mut(before as usize) {
            slot.after = after;
        }
        if let Some(slot) = self.slots.get_mut(after as usize) {
            slot.before = before;
        }
        if let Some(thread) = thread
            && self.tails.get(&thread) == Some(&at)
        {
            if before == NONE {
                self.tails.remove(&thread);
            } else {
                self.tails.insert(thread, before);
            }
        }
        if let Some(count) = self.speakers.get_mut(&speaker) {
            *count -= 1;
            if *count == 0 {
                self.speakers.remove(&speaker);
            }
        }
        for list in self.words.values_mut() {
            if let Ok(place) = list.binary_search_by_key(&at, |(slot, _)| *slot) {
                list.remove(place);
            }
        }
        self.words.retain(|_, list| !list.is_empty());
        for list in self.names.values_mut() {
            if let Ok(place) = list.binary_search(&at) {
                list.remove(place);
            }
        }
        self.names.retain(|_, list| !list.is_empty());
        self.vectors.clear(at as usize);
        self.total_length -= u64::from(length);
        self.live -= 1;
    }

    /// Says how much a text matters from now on.
    pub fn weigh(&mut self, key: u64, importance: f32) {
        let at = self.places.get(&key).copied().unwrap_or(NONE);
        if let Some(slot) = self.slots.get_mut(at as usize) {
            slot.entry.importance = importance;
        }
    }

    /// Returns the places of the nearest vectors alone, for measuring the scan.
    pub fn nearest(&self, question: &Question, wanted: usize) -> Vec<u64> {
        let Some(vector) = &question.vector else {
            return Vec::new();
        };
        self.vectors
            .nearest(vector, wanted, |_| true)
            .into_iter()
            .filter_map(|(at, _)| Some(self.slots.get(at)?.entry.key))
            .collect()
    }

    /// Returns who speaks and fits.
    pub fn speakers_like(&self, fits: impl Fn(&str) -> bool) -> Vec<&String> {
        self.speakers
            .keys()
            .filter(|speaker| fits(speaker))
            .collect()
    }

    /// Makes the first pass: returns the candidates that fit, best first.
    pub fn search(
        &self,
        question: &Question,
        wanted: usize,
        weights: &Weights,
        preferred: Preferred,
        fits: impl Fn(&Entry) -> bool,
    ) -> Vec<Candidate> {
        self.search_near(question, (wanted, None), weights, preferred, fits)
    }

    /// The same where somebody else has found which vectors are nearest: the scan is left out. `near` are the
    /// numbers of texts; one that is not here counts as not named.
    pub fn search_near(
        &self,
        question: &Question,
        (wanted, near): (usize, Option<&[u64]>),
        weights: &Weights,
        preferred: Preferred,
        fits: impl Fn(&Entry) -> bool,
    ) -> Vec<Candidate> {
        let fits = |at: usize| {
            self.slots
                .get(at)
                .is_some_and(|slot| slot.is_live && fits(&slot.entry))
        };
        let shared = self.shared(question, weights);
        let mut chosen: Vec<u32> = Vec::new();
        chosen.extend(best(&shared.alone, &shared.touched, &fits));
        chosen.extend(best(&shared.near, &shared.touched, &fits));
        let named = shared.named.keys();
        chosen.extend(named.filter(|at| fits(**at as usize)).take(NAMED));
        let nearest: Vec<u32> = match (near, &question.vector) {
            (Some(near), _) => near
                .iter()
                .filter_map(|key| self.places.get(key).copied())
                .filter(|at| fits(*at as usize))
                .take(NAMED)
                .collect(),
            (None, Some(vector)) => self
                .vectors
                .nearest(vector, NAMED, fits)
                .into_iter()
                .map(|(at, _)| u32::try_from(at).unwrap_or(NONE))
                .collect(),
            (None, None) => Vec::new(),
        };
        for at in nearest {
            chosen.push(at);
            let around = self.slots.get(at as usize);
            for next in around
                .into_iter()
                .flat_map(|slot| [slot.before, slot.after])
            {
                if fits(next as usize) {
                    chosen.push(next);
                }
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        let mut candidates: Vec<Candidate> = chosen
            .iter()
            .filter_map(|at| self.candidate(*at, question, &shared, weights, preferred))
            .collect();
        scale(&mut candidates);
        for candidate in &mut candidates {
            candidate.weigh(weights);
        }
        sort(&mut candidates);
        candidates.truncate(wanted);
        candidates
    }

    fn candidate(
        &self,
        at: u32,
        question: &Question,
        shared: &Shared,
        weights: &Weights,
        preferred: Preferred,
    ) -> Option<Candidate> {
        let slot = self.slots.get(at as usize)?;
        let of = |list: &[f32]| list.get(at as usize).copied().unwrap_or_default();
        let product = |at: u32| {
            question
                .vector
                .as_ref()
                .map_or(0.0, |vector| self.vectors.product(at as usize, vector))
        };
        let own = product(at);
        let mut around = own;
        let mut share = 1.0;
        for next in [slot.before, slot.after] {
            if next != NONE {
                around += weights.neighbour * product(next);
                share += weights.neighbour;
            }
        }
        let speaks = question.speakers.contains(&slot.entry.speaker);
        let is_then = preferred != Preferred::default() && preferred.holds(slot.entry.time);
        Some(Candidate {
            key: slot.entry.key,
            score: 0.0,
            parts: [
                of(&shared.alone),
                of(&shared.near),
                own,
                around / share,
                f32::from(u8::from(speaks)),
                shared.named.get(&at).copied().unwrap_or_default(),
                f32::from(u8::from(is_then)),
                slot.entry.importance,
                0.0,
            ],
        })
    }

    /// Adds up what shared words say, for each text alone and together with its neighbours (BM25).
    fn shared(&self, question: &Question, weights: &Weights) -> Shared {
        let count = self.slots.len();
        let mut shared = Shared {
            alone: vec![0.0; count],
            near: vec![0.0; count],
            touched: Vec::new(),
            named: self.named(question),
        };
        let live = self.live.max(1) as f32;
        let average = (self.total_length as f32 / live).max(1.0);
        let mut times = vec![0_u16; count];
        let mut seen: Vec<u32> = Vec::new();
        for term in &question.terms {
            let Some(list) = self.words.get(term) else {
                continue;
            };
            let rarity = rarity(list.len() as f32, live);
            for (at, count) in list {
                let Some(slot) = self.slots.get(*at as usize) else {
                    continue;
                };
                let times_here = f32::from(*count);
                if let Some(score) = shared.alone.get_mut(*at as usize) {
                    let length = f32::from(slot.length) / average;
                    *score += rarity * saturated(times_here, length, weights);
                }
                for next in [slot.before, *at, slot.after] {
                    if let Some(sum) = times.get_mut(next as usize) {
                        if *sum == 0 {
                            seen.push(next);
                        }
                        *sum = sum.saturating_add(u16::from(*count));
                    }
                }
            }
            let rarity = self::rarity(seen.len() as f32, live);
            for at in seen.drain(..) {
                let sum = times.get_mut(at as usize).map(std::mem::take);
                let length = self.length_around(at) / (3.0 * average);
                if let (Some(sum), Some(score)) = (sum, shared.near.get_mut(at as usize)) {
                    if *score <= 0.0 {
                        shared.touched.push(at);
                    }
                    *score += rarity * saturated(f32::from(sum), length, weights);
                }
            }
        }
        shared
    }

    fn length_around(&self, at: u32) -> f32 {
        let Some(slot) = self.slots.get(at as usize) else {
            return 0.0;
        };
        let of = |at: u32| {
            self.slots
                .get(at as usize)
                .map_or(0.0, |slot| f32::from(slot.length))
        };
        f32::from(slot.length) + of(slot.before) + of(slot.after)
    }

    /// Adds up what shared names say.
    fn named(&self, question: &Question) -> BTreeMap<u32, f32> {
        let live = self.live.max(1) as f32;
        let mut named: BTreeMap<u32, f32> = BTreeMap::new();
        for name in &question.names {
            let Some(list) = self.names.get(name) else {
                continue;
            };
            let rarity = rarity(list.len() as f32, live);
            for at in list {
                *named.entry(*at).or_default() += rarity;
            }
        }
        named
    }
}

/// What shared words say.
struct Shared {
    alone: Vec<f32>,
    near: Vec<f32>,
    /// Places with any shared word in them or beside them, each once.
    touched: Vec<u32>,
    /// What shared names say.
    named: BTreeMap<u32, f32>,
}

fn rarity(holders: f32, all: f32) -> f32 {
    (1.0 + (all - holders + 0.5).max(0.0) / (holders + 0.5)).ln()
}

/// How much repetitions count, in a text of a length relative to the average.
fn saturated(times: f32, length: f32, weights: &Weights) -> f32 {
    let Weights { k1, b, .. } = *weights;
    times * (k1 + 1.0) / (times + k1 * (1.0 - b + b * length))
}

/// Returns the places with the highest scores.
fn best(scores: &[f32], among: &[u32], fits: &impl Fn(usize) -> bool) -> Vec<u32> {
    let mut found: Vec<(u32, f32)> = among
        .iter()
        .filter_map(|at| Some((*at, *scores.get(*at as usize)?)))
        .filter(|(at, score)| *score > 0.0 && fits(*at as usize))
        .collect();
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > NAMED {
        found.select_nth_unstable_by(NAMED - 1, order);
        found.truncate(NAMED);
    }
    found.into_iter().map(|(at, _)| at).collect()
}

/// Brings each kind of evidence to the range from 0 to 1 among the candidates. What is a claim (the speaker,
/// the time) or a share (importance) stays as it is.
fn scale(candidates: &mut [Candidate]) {
    for part in [0, 1, 2, 3, 5] {
        let of = |candidate: &Candidate| candidate.parts.get(part).copied().unwrap_or_default();
        let (least, most) = range(candidates.iter().map(of));
        // Few candidates are near each other in meaning; what hardly differs must not become all or nothing.
        let width = match part {
            2 | 3 => (most - least).max(NARROW),
            _ => most - least,
        };
        for candidate in &mut *candidates {
            if let Some(value) = candidate.parts.get_mut(part) {
                *value = if width > 1e-6 {
                    (*value - least) / width
                } else {
                    0.0
                };
            }
        }
    }
}

fn range(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let (least, most) = values.fold(
        (f32::INFINITY, f32::NEG_INFINITY),
        |(least, most), value| (least.min(value), most.max(value)),
    );
    if least <= most {
        (least, most)
    } else {
        (0.0, 0.0)
    }
}

fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
}
