//! Measures recall on conversations with questions, and fits the weights of the ranker to some of them.
//!
//! `cargo run --release -p venom-mind --example recall -- FILE [TUNED,TUNED]`: FILE is a JSON object with `turns`
//! (conversation, turn, "Speaker: text", date) and `questions` (conversation, question, turns that answer it,
//! category). With names of conversations behind it, the weights are fitted to these and reported for the others.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "an example for people, not part of any build"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use venom_mind::embed::Words;
use venom_mind::recall::{Candidate, Entry, Index, Preferred, Question, Reader, Weights};

struct Case {
    conversation: String,
    category: u64,
    answers: Vec<u64>,
    candidates: Vec<Candidate>,
    closeness: BTreeMap<u64, f32>,
}

const COMPARED: usize = 60;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let data: Value = serde_json::from_str(&std::fs::read_to_string(&args[1]).unwrap()).unwrap();
    let tuned: Vec<&str> = args
        .get(2)
        .map(|list| list.split(',').collect())
        .unwrap_or_default();
    let mut base = Weights::default();
    for arg in args.iter().skip(3) {
        let (name, value) = arg.split_once('=').unwrap();
        *field(&mut base, name) = value.parse().unwrap();
    }
    let words = Words::embedded().unwrap();
    let reader = Reader::new(&words);
    let mut indexes: BTreeMap<String, Index> = BTreeMap::new();
    let mut texts: BTreeMap<u64, String> = BTreeMap::new();
    let mut keys: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (at, turn) in data["turns"].as_array().unwrap().iter().enumerate() {
        let of = |part: usize| turn[part].as_str().unwrap().to_owned();
        let (conversation, id, said) = (of(0), of(1), of(2));
        let (speaker, text) = said.split_once(": ").unwrap();
        let key = at as u64 + 1;
        let session = id.split(':').next().unwrap().trim_start_matches('D');
        let entry = Entry {
            key,
            thread: Some(session.parse().unwrap()),
            speaker: speaker.to_owned(),
            time: key.cast_signed(),
            importance: 0.0,
        };
        let names = venom_names(text);
        let index = indexes.entry(conversation.clone()).or_default();
        index.add(entry, &reader.read(text, &names));
        texts.insert(key, text.to_owned());
        keys.insert((conversation, id), key);
    }
    let mut cases = Vec::new();
    for asked in data["questions"].as_array().unwrap() {
        let conversation = asked[0].as_str().unwrap().to_owned();
        let category = asked[3].as_u64().unwrap();
        let answers: Vec<u64> = asked[2]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|id| {
                keys.get(&(conversation.clone(), id.as_str()?.to_owned()))
                    .copied()
            })
            .collect();
        if answers.is_empty() {
            continue;
        }
        let text = asked[1].as_str().unwrap();
        let index = &indexes[&conversation];
        let speakers: Vec<String> = index.speakers().cloned().collect();
        let question: Question = reader.question(text, &venom_names(text), &speakers);
        let candidates = index.search(&question, 2_000, &base, Preferred::default(), |_| true);
        let closeness = candidates
            .iter()
            .map(|candidate| {
                (
                    candidate.key,
                    question.closeness(&words, &texts[&candidate.key]),
                )
            })
            .collect();
        cases.push(Case {
            conversation,
            category,
            answers,
            candidates,
            closeness,
        });
    }
    let is_tuned = |case: &&Case| tuned.contains(&case.conversation.as_str());
    let mut best = base;
    if !tuned.is_empty() {
        let learn: Vec<&Case> = cases
            .iter()
            .filter(is_tuned)
            .filter(|c| c.category != 5)
            .collect();
        let mut score = goal(&recall(&learn, &best));
        for _ in 0..4 {
            let before = score;
            for name in NAMES {
                let now = *field(&mut best, name);
                for factor in [0.0, 0.4, 0.6, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0] {
                    let mut other = best;
                    *field(&mut other, name) = if now == 0.0 {
                        factor * 0.1
                    } else {
                        now * factor
                    };
                    let found = goal(&recall(&learn, &other));
                    if found > score + 1e-4 {
                        (best, score) = (other, found);
                    }
                }
            }
            if score <= before + 1e-4 {
                break;
            }
        }
        println!("{best:#?}");
    }
    let report = |name: &str, of: &dyn Fn(&Case) -> bool| {
        let chosen: Vec<&Case> = cases.iter().filter(|case| of(case)).collect();
        if chosen.is_empty() {
            return;
        }
        let found = recall(&chosen, &best);
        println!(
            "{name:24} {:4} questions  R@1 {:5.1}  R@5 {:5.1}  R@10 {:5.1}  R@20 {:5.1}",
            chosen.len(),
            found[0],
            found[1],
            found[2],
            found[3]
        );
    };
    report("all, categories 1 to 4", &|case| case.category != 5);
    report("tuned on", &|case| case.category != 5 && is_tuned(&case));
    report("held out", &|case| case.category != 5 && !is_tuned(&case));
    for category in 1..=5 {
        report(&format!("category {category}"), &|case| {
            case.category == category
        });
    }
}

const NAMES: [&str; 7] = [
    "words",
    "words_near",
    "meaning",
    "meaning_near",
    "speaker",
    "names",
    "closeness",
];

fn field<'a>(weights: &'a mut Weights, name: &str) -> &'a mut f32 {
    match name {
        "words" => &mut weights.words,
        "words_near" => &mut weights.words_near,
        "meaning" => &mut weights.meaning,
        "meaning_near" => &mut weights.meaning_near,
        "speaker" => &mut weights.speaker,
        "names" => &mut weights.names,
        "closeness" => &mut weights.closeness,
        "k1" => &mut weights.k1,
        "b" => &mut weights.b,
        "neighbour" => &mut weights.neighbour,
        other => panic!("no weight {other}"),
    }
}

fn goal(found: &[f64; 4]) -> f64 {
    found[1] / 64.0 + found[2] / 73.0 + found[3] / 80.0
}

/// Recall at 1, 5, 10 and 20: the share of the answering turns among the first, averaged over questions.
fn recall(cases: &[&Case], weights: &Weights) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for case in cases {
        let mut order: Vec<Candidate> = case.candidates.clone();
        let silent = Weights {
            closeness: 0.0,
            ..*weights
        };
        Candidate::take_up(&mut order, &[], &silent);
        let all: Vec<f32> = silent.parts().to_vec();
        for candidate in &mut order {
            candidate.score = candidate.parts.iter().zip(&all).map(|(a, b)| a * b).sum();
        }
        order.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
        order.truncate(COMPARED);
        let measured: Vec<f32> = order.iter().map(|c| case.closeness[&c.key]).collect();
        Candidate::take_up(&mut order, &measured, weights);
        for (sum, most) in sums.iter_mut().zip([1, 5, 10, 20]) {
            let found = case
                .answers
                .iter()
                .filter(|key| order.iter().take(most).any(|c| c.key == **key))
                .count();
            *sum += found as f64 / case.answers.len() as f64;
        }
    }
    sums.map(|sum| 100.0 * sum / cases.len() as f64)
}

/// Names in a text, near enough to what the program takes for them: words with a capital inside a sentence.
fn venom_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_start = true;
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare.strip_suffix("'s").unwrap_or(bare);
        if !is_start
            && bare.len() > 1
            && bare.starts_with(char::is_uppercase)
            && !bare.starts_with("I'")
        {
            names.push(bare.to_owned());
        }
        is_start = word.ends_with(['.', '!', '?']);
    }
    names
}
