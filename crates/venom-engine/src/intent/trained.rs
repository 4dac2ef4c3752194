//! The matcher over all playbooks, with a calibration learned from their own utterances.
//!
//! An utterance that has a slot in backticks is a form and not an example: nothing is learned from it,
//! and a clause of this form means its playbook, whatever stands between the backticks. "run `make`" is
//! an order to run just that, although its words are those of a build.

use std::sync::OnceLock;

use regex::Regex;
use venom_kernel::confidence::Confidence;
use venom_kernel::playbook::{Playbook, Slot, slots_in};
use venom_mind::calibration::Calibrator;
use venom_mind::corpus::{Intent, Synonyms};
use venom_mind::embed::Words;
use venom_mind::evaluate::{self, Fillings, Outcome};
use venom_mind::matcher::Matcher;
use venom_mind::scorer::HybridScorer;
use venom_mind::text;
use venom_ports::api::intents::Calibration;
use venom_ports::cache::Cache;

use super::lesson::{self, Lesson};
use super::slots::{is_plainly, own_words, pattern_of, without_courtesy};
use crate::playbook::Library;

/// Words that developers use for one another.
pub(super) const SYNONYMS: &[&[&str]] = &[
    &["repair", "fix", "mend", "correct", "solve"],
    &["secure", "harden", "safe", "safer", "protect"],
    &["test", "spec"],
    &["build", "compile"],
    &["vulnerability", "weakness", "flaw", "hole"],
    &["show", "display", "list", "print"],
    &["find", "search", "locate", "look"],
    &["module", "package", "component", "folder", "directory"],
    &["change", "modify", "edit", "alter"],
    &["refactor", "restructure", "reorganize", "tidy"],
    &["replace", "substitute", "swap"],
    &["write", "save", "record", "note"],
    &["run", "execute", "start", "launch"],
];

/// How sure it is that words which an utterance repeats exactly mean its playbook. Chosen: nothing is
/// certain but an answer.
const WORD_FOR_WORD: Confidence = Confidence::from_thousandths(990);

/// How sure it is that a clause which has the form of one playbook means another one: what is left.
const BESIDE_A_FORM: Confidence = Confidence::from_thousandths(10);

/// Tells whether an utterance is a form.
fn is_form(utterance: &str) -> bool {
    utterance.contains("`{")
}

/// An utterance with slots, as a form that a clause may have.
struct Form {
    playbook: String,
    utterance: String,
    slots: Vec<Slot>,
    /// The words that it has beside its slots, in lower case.
    words: Vec<String>,
    /// Made when a clause has all of the words: there are hundreds of forms, and a clause has those of few.
    pattern: OnceLock<Option<Regex>>,
}

impl Form {
    fn of(book: &Playbook, utterance: &str) -> Option<Self> {
        let slots = slots_in(utterance).into_iter();
        Some(Self {
            playbook: book.name.clone(),
            utterance: utterance.to_owned(),
            slots: slots
                .map(|name| book.slots.get(name).cloned())
                .collect::<Option<_>>()?,
            words: own_words(utterance).map(str::to_lowercase).collect(),
            pattern: OnceLock::new(),
        })
    }

    /// Tells whether a clause has the form, and plain values in the places of all slots.
    fn is_of(&self, clause: &str, lower: &str) -> bool {
        if !self.words.iter().all(|word| lower.contains(word.as_str())) {
            return false;
        }
        let pattern = self.pattern.get_or_init(|| pattern_of(&self.utterance));
        let Some(captures) = pattern.as_ref().and_then(|form| form.captures(clause)) else {
            return false;
        };
        let phrases = captures.iter().skip(1).flatten();
        let mut phrases = phrases.zip(&self.slots);
        phrases.all(|(phrase, slot)| is_plainly(phrase.as_str().trim(), slot))
    }
}

/// How one playbook matched.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    pub(super) playbook: String,
    pub(super) score: Confidence,
    pub(super) confidence: Confidence,
    pub(super) utterance: String,
    pub(super) words: Vec<String>,
    /// Share of the clause's weight that the utterance has words for.
    pub(super) covered: Confidence,
}

/// A matcher and what its scores mean.
pub(crate) struct Trained {
    matcher: Option<Matcher<HybridScorer>>,
    /// Utterances that are forms: the playbook, the utterance, and its pattern.
    forms: Vec<(String, String, Regex)>,
    /// All utterances with slots that are no such forms, those with the most words of their own first.
    plain_forms: Vec<Form>,
    calibrator: Calibrator,
    /// What each sentence was taken for when it was not known; found out when it is first needed.
    outcomes: OnceLock<Vec<Outcome>>,
}

/// What there is when sentences were learned from: the matcher, what each sentence was taken for if that was found
/// out, and what scores mean.
type Learned = (Matcher<HybridScorer>, OnceLock<Vec<Outcome>>, Calibrator);

fn learn(
    intents: &[Intent],
    out_of_scope: &[String],
    cache: &dyn Cache,
) -> Result<Learned, String> {
    let words = Words::embedded().map_err(|error| error.to_string())?;
    let synonyms = Synonyms::new(SYNONYMS.iter().copied());
    let key = lesson::key(intents, out_of_scope, words.id());
    if let Some(known) = lesson::recall(cache, &key) {
        let matcher = Matcher::recalled(intents, out_of_scope, synonyms, words, &known.planes)
            .map_err(|error| error.to_string())?;
        return Ok((matcher, OnceLock::new(), known.calibrator));
    }
    let matcher = Matcher::hybrid(intents, out_of_scope, synonyms, words)
        .map_err(|error| error.to_string())?;
    let outcomes = judged(&matcher);
    let learned = Lesson {
        planes: matcher.scorer().planes().collect(),
        calibrator: evaluate::calibrate(&outcomes),
    };
    lesson::keep(cache, &key, &learned);
    Ok((matcher, OnceLock::from(outcomes), learned.calibrator))
}

fn judged(matcher: &Matcher<HybridScorer>) -> Vec<Outcome> {
    evaluate::leave_one_out(matcher, &Fillings::new())
}

impl Trained {
    /// Learns from playbooks and from sentences that mean none of them, unless the cache knows what came of that.
    pub(crate) fn new(library: &Library, out_of_scope: &[String], cache: &dyn Cache) -> Self {
        let intents: Vec<Intent> = library
            .iter()
            .map(|loaded| Intent {
                name: loaded.playbook.name.clone(),
                utterances: loaded
                    .playbook
                    .utterances
                    .iter()
                    .filter(|utterance| !is_form(utterance))
                    .cloned()
                    .collect(),
            })
            .filter(|intent| !intent.utterances.is_empty())
            .collect();
        let forms = library
            .iter()
            .flat_map(|loaded| {
                let name = &loaded.playbook.name;
                let forms = loaded.playbook.utterances.iter();
                forms
                    .filter(|utterance| is_form(utterance))
                    .filter_map(|form| Some((name.clone(), form.clone(), pattern_of(form)?)))
            })
            .collect();
        let mut plain_forms: Vec<Form> = library
            .iter()
            .flat_map(|loaded| {
                let book = &loaded.playbook;
                let utterances = book.utterances.iter();
                utterances
                    .filter(|utterance| utterance.contains('{') && !is_form(utterance))
                    .filter_map(|utterance| Form::of(book, utterance))
            })
            .collect();
        plain_forms.sort_by_key(|form| std::cmp::Reverse(form.words.len()));
        let (matcher, outcomes, calibrator) = match learn(&intents, out_of_scope, cache) {
            Ok((matcher, outcomes, calibrator)) => (Some(matcher), outcomes, calibrator),
            Err(error) => {
                tracing::warn!(error, "playbooks cannot be matched");
                (None, OnceLock::new(), evaluate::calibrate(&[]))
            }
        };
        Self {
            matcher,
            forms,
            plain_forms,
            calibrator,
            outcomes,
        }
    }

    /// What each sentence was taken for when it was not known.
    fn outcomes(&self) -> &[Outcome] {
        self.outcomes
            .get_or_init(|| self.matcher.as_ref().map(judged).unwrap_or_default())
    }

    /// Ranks the playbooks that a clause may mean, likeliest first.
    pub(super) fn rank(&self, clause: &str) -> Vec<Ranked> {
        let Some(matcher) = &self.matcher else {
            return Vec::new();
        };
        let said = text::normalize(without_courtesy(clause.trim()));
        let mut ranked: Vec<Ranked> = matcher
            .rank(clause)
            .into_iter()
            .map(|found| {
                // Somebody who says an utterance word for word means its playbook; there is nothing
                // to be estimated.
                let exact = text::normalize(&found.nearest_utterance) == said;
                let estimated = Confidence::from_ratio(self.calibrator.probability(found.score));
                Ranked {
                    confidence: if exact {
                        estimated.max(WORD_FOR_WORD)
                    } else {
                        estimated
                    },
                    score: Confidence::from_ratio(found.score),
                    covered: Confidence::from_ratio(found.evidence.goal_coverage),
                    playbook: found.intent,
                    utterance: found.nearest_utterance,
                    words: found.matched_words,
                }
            })
            .collect();
        // Stable, so that equals stay in the order of their scores.
        ranked.sort_by_key(|ranked| std::cmp::Reverse(ranked.confidence));
        if let Some(meant) = self.by_form(clause).or_else(|| self.by_values(clause)) {
            ranked.retain(|other| other.playbook != meant.playbook);
            for other in &mut ranked {
                other.confidence = other.confidence.min(BESIDE_A_FORM);
            }
            ranked.insert(0, meant);
        }
        ranked
    }

    /// Finds the playbook whose form a clause has.
    fn by_form(&self, clause: &str) -> Option<Ranked> {
        let clause = clause.trim();
        // With more marks than the form has, what stands between two pairs would count as a value.
        let marks = clause.matches('`').count();
        let mut forms = self.forms.iter();
        let (playbook, utterance, _) = forms.find(|(_, utterance, form)| {
            utterance.matches('`').count() == marks && form.is_match(clause)
        })?;
        Some(Ranked {
            playbook: playbook.clone(),
            score: Confidence::CERTAIN,
            confidence: WORD_FOR_WORD,
            utterance: utterance.clone(),
            words: Vec::new(),
            covered: Confidence::CERTAIN,
        })
    }

    /// Finds the playbook of which a clause has a form with plain values in it: "tag v1.2.0" has few words,
    /// and none that is left to be guessed. Where several have it, the one that says most of it counts.
    fn by_values(&self, clause: &str) -> Option<Ranked> {
        let clause = clause.trim();
        let lower = clause.to_lowercase();
        let forms = self.plain_forms.iter();
        let mut fitting = forms.filter(|form| form.is_of(clause, &lower));
        let first = fitting.next()?;
        let is_alone = fitting
            .take_while(|form| form.words.len() == first.words.len())
            .all(|form| form.playbook == first.playbook);
        is_alone.then(|| Ranked {
            playbook: first.playbook.clone(),
            score: Confidence::CERTAIN,
            confidence: WORD_FOR_WORD,
            utterance: first.utterance.clone(),
            words: Vec::new(),
            covered: Confidence::CERTAIN,
        })
    }

    /// Measures how well the confidences fit, on sentences that each one was not learned from.
    pub(super) fn calibration(&self) -> Calibration {
        let probabilities = evaluate::cross_fitted(self.outcomes());
        let report = evaluate::report(self.outcomes(), &probabilities);
        let thousandths = |ratio: f64| Confidence::from_ratio(ratio).thousandths();
        Calibration {
            sentences: u32::try_from(self.outcomes().len()).unwrap_or(u32::MAX),
            error: thousandths(report.calibration_error),
            accuracy: thousandths(report.accuracy),
            refused: thousandths(report.out_of_scope_recall),
            auroc: thousandths(report.area_under_roc.unwrap_or_default()),
        }
    }
}
