//! Measures the matcher on a public intent data set.
//!
//! `cargo run --release -p venom-mind --example intent_eval -- --data FILE [--intents 12]
//! [--utterances 20] [--foreign 200] [--seed 1] [--background] [--plain] [--dump]`
//!
//! FILE is CLINC150 (`.json`) or a CSV of `text,label`. Some intents are drawn as known ones; the
//! foreign sentences are half the out-of-scope sentences of the set and half utterances of intents
//! that were not drawn. The matcher is built and calibrated by leave-one-out on one part of the
//! data, then tested on sentences it has never seen. `--background` lets it know the foreign
//! sentences of its part, `--plain` replaces the score by plain cosine likeness, for comparison.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use venom_mind::corpus::{Intent, Synonyms};
use venom_mind::evaluate::{self, Fillings, Outcome};
use venom_mind::matcher::Matcher;

type Failure = Box<dyn std::error::Error>;

struct Settings {
    data: String,
    intents: usize,
    utterances: usize,
    foreign: usize,
    seed: u64,
    has_background: bool,
    is_plain: bool,
    dumps: bool,
}

fn main() -> Result<(), Failure> {
    let settings = settings()?;
    let mut random = Random(settings.seed);
    let bytes = std::fs::read_to_string(&settings.data)?;
    let (by_label, mut unknown) = if Path::new(&settings.data)
        .extension()
        .is_some_and(|ending| ending == "json")
    {
        from_json(&bytes)?
    } else {
        (from_csv(&bytes), Vec::new())
    };

    let mut labels: Vec<(String, Vec<String>)> = by_label.into_iter().collect();
    random.shuffle(&mut labels);
    let rest = labels.split_off(settings.intents.min(labels.len()));
    let mut near: Vec<String> = rest.into_iter().flat_map(|(_, texts)| texts).collect();
    random.shuffle(&mut near);
    random.shuffle(&mut unknown);
    let half = settings.foreign / 2;
    let mut foreign: Vec<String> = Vec::new();
    let mut foreign_test: Vec<String> = Vec::new();
    let unknown_half = unknown.len() / 2;
    let from_unknown = half.min(unknown_half);
    foreign.extend(unknown.iter().take(from_unknown).cloned());
    foreign_test.extend(
        unknown
            .iter()
            .skip(unknown_half)
            .take(from_unknown)
            .cloned(),
    );
    let from_near = settings.foreign - from_unknown;
    foreign.extend(near.iter().take(from_near).cloned());
    foreign_test.extend(near.iter().skip(from_near).take(from_near).cloned());

    let mut intents = Vec::new();
    let mut tests: Vec<(String, Option<String>)> = Vec::new();
    for (name, mut texts) in labels {
        random.shuffle(&mut texts);
        let held_out = texts.split_off(settings.utterances.min(texts.len()));
        tests.extend(
            held_out
                .into_iter()
                .take(settings.utterances)
                .map(|text| (text, Some(name.clone()))),
        );
        intents.push(Intent {
            name,
            utterances: texts,
        });
    }
    tests.extend(foreign_test.into_iter().map(|text| (text, None)));

    let started = Instant::now();
    let background = if settings.has_background {
        foreign.clone()
    } else {
        Vec::new()
    };
    let matcher = Matcher::new(&intents, &background, Synonyms::default())?;
    let built = started.elapsed();
    let started = Instant::now();
    let mut seen = evaluate::leave_one_out(&matcher, &Fillings::new());
    if !settings.has_background {
        seen.extend(evaluate::held_out(
            &matcher,
            foreign.iter().map(|text| (text.as_str(), None)),
        ));
    }
    let left_out = started.elapsed();
    let started = Instant::now();
    let mut unseen = evaluate::held_out(
        &matcher,
        tests
            .iter()
            .map(|(text, label)| (text.as_str(), label.as_deref())),
    );
    let matched = started.elapsed();
    if settings.is_plain {
        make_plain(&mut seen);
        make_plain(&mut unseen);
    }
    let calibrator = evaluate::calibrate(&seen);
    let probabilities: Vec<f64> = unseen
        .iter()
        .map(|outcome| calibrator.probability(outcome.score))
        .collect();

    let mut out = io::stdout().lock();
    if settings.dumps {
        return dump(&mut out, &seen, &unseen, &probabilities);
    }
    writeln!(
        out,
        "intents {} utterances {} foreign {} background {} plain {} seed {}",
        intents.len(),
        intents
            .iter()
            .map(|intent| intent.utterances.len())
            .sum::<usize>(),
        foreign.len(),
        settings.has_background,
        settings.is_plain,
        settings.seed,
    )?;
    print(
        &mut out,
        "leave-one-out",
        &evaluate::report(&seen, &evaluate::cross_fitted(&seen)),
    )?;
    print(
        &mut out,
        "held out     ",
        &evaluate::report(&unseen, &probabilities),
    )?;
    writeln!(
        out,
        "build {built:.1?}  leave-one-out of {}: {left_out:.1?}  one match: {:.1?}",
        seen.len(),
        matched / u32::try_from(unseen.len().max(1))?,
    )?;
    Ok(())
}

fn print(out: &mut impl io::Write, name: &str, report: &evaluate::Report) -> io::Result<()> {
    writeln!(
        out,
        "{name} accuracy {:.3} auroc {:.3} oos-recall@0.8 {:.3} answered {:.3} precision {:.3} ece {:.3} brier {:.3}",
        report.accuracy,
        report.area_under_roc.unwrap_or(f64::NAN),
        report.out_of_scope_recall,
        report.answered,
        report.precision,
        report.calibration_error,
        report.brier_score,
    )
}

/// Writes evidence and outcome, one sentence a line, to try out other combinations.
fn dump(
    out: &mut impl io::Write,
    seen: &[Outcome],
    unseen: &[Outcome],
    probabilities: &[f64],
) -> Result<(), Failure> {
    let probabilities =
        std::iter::repeat_n(f64::NAN, seen.len()).chain(probabilities.iter().copied());
    let parts = std::iter::repeat_n("seen", seen.len()).chain(std::iter::repeat("unseen"));
    for ((outcome, probability), part) in seen.iter().chain(unseen).zip(probabilities).zip(parts) {
        let Some(evidence) = outcome.evidence else {
            continue;
        };
        writeln!(
            out,
            "{part}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{probability:.3}\t{:?}\t{:?}\t{:?}",
            u8::from(outcome.is_right()),
            evidence.similarity,
            evidence.margin,
            evidence.background_margin.unwrap_or(evidence.similarity),
            evidence.goal_coverage,
            evidence.intent_coverage,
            evidence.utterance_coverage,
            outcome.expected,
            outcome.found,
            outcome.goal,
        )?;
    }
    Ok(())
}

fn make_plain(outcomes: &mut [Outcome]) {
    for outcome in outcomes {
        outcome.score = outcome
            .evidence
            .map_or(0.0, |evidence| evidence.nearest_similarity);
    }
}

fn settings() -> Result<Settings, Failure> {
    let mut settings = Settings {
        data: String::new(),
        intents: 12,
        utterances: 20,
        foreign: 200,
        seed: 1,
        has_background: false,
        is_plain: false,
        dumps: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--data" => settings.data = value()?,
            "--intents" => settings.intents = value()?.parse()?,
            "--utterances" => settings.utterances = value()?.parse()?,
            "--foreign" => settings.foreign = value()?.parse()?,
            "--seed" => settings.seed = value()?.parse()?,
            "--background" => settings.has_background = true,
            "--plain" => settings.is_plain = true,
            "--dump" => settings.dumps = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    if settings.data.is_empty() {
        return Err("--data FILE is needed".into());
    }
    Ok(settings)
}

type ByLabel = BTreeMap<String, Vec<String>>;

fn from_json(text: &str) -> Result<(ByLabel, Vec<String>), Failure> {
    let parts: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(text)?;
    let mut by_label = ByLabel::new();
    let mut unknown = Vec::new();
    for (name, sentences) in parts {
        for (sentence, label) in sentences {
            if name.starts_with("oos") {
                unknown.push(sentence);
            } else {
                by_label.entry(label).or_default().push(sentence);
            }
        }
    }
    Ok((by_label, unknown))
}

/// Reads `text,label` lines; a quoted text may go over several lines.
fn from_csv(text: &str) -> ByLabel {
    let mut by_label = ByLabel::new();
    let mut fields: Vec<String> = vec![String::new()];
    let mut is_quoted = false;
    let mut is_header = true;
    for character in text.chars().filter(|character| *character != '\r') {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            '\n' if !is_quoted => {
                let row = std::mem::replace(&mut fields, vec![String::new()]);
                if let [sentence, label] = row.as_slice()
                    && !is_header
                {
                    by_label
                        .entry(label.clone())
                        .or_default()
                        .push(sentence.clone());
                }
                is_header = false;
            }
            other => {
                if let Some(field) = fields.last_mut() {
                    field.push(other);
                }
            }
        }
    }
    by_label
}

/// SplitMix64, for the same draw in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound.max(1) as u64).unwrap_or_default()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
    }
}
