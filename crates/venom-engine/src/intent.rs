//! From words to an intent: clauses, playbooks, slots, and how sure all of that is.
//!
//! No model is needed. A goal is cut into clauses, each clause is matched against the utterances of
//! all playbooks, and the cut whose parts are understood best wins. What a playbook must know is
//! looked for in the words and in the workspace; what is not found, or is found twice, is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use venom_kernel::confidence::Confidence;
use venom_kernel::effect::EffectClass;
use venom_kernel::intent::{Candidate, Goal, Intent, NONE_OF_THESE};
use venom_kernel::playbook::{Playbook, SlotKind};
use venom_kernel::preference;
use venom_kernel::run::{Input, RunState};
use venom_mind::text::{Role, Text};
use venom_ports::Result;
use venom_ports::api::intents::{Clause, Explained, Match};

use crate::memory::procedures;
use crate::playbook::Library;
use crate::shelf::Shelf;
use crate::world::World;

pub(crate) mod advised;
mod clauses;
mod lesson;
pub(crate) mod recall;
mod slots;
mod targets;
mod trained;
mod tree;

use advised::Advised;
use clauses::Cut;
use targets::Targets;
use trained::Ranked;
pub(crate) use trained::Trained;
use tree::Tree;

/// A playbook that is less likely than this is not offered. Chosen: a choice that is wrong nine times
/// out of ten is no help.
const WORTH_OFFERING: Confidence = Confidence::from_thousandths(100);
/// How many other meanings of a clause are kept.
const CANDIDATES: usize = 4;

/// Understands the goal of a run, with the answers given so far.
pub(crate) async fn understand(world: &World, shelf: &Shelf, state: &RunState) -> Input {
    let Some(started) = state.started() else {
        return Input::PlanImpossible(vec!["the run has not begun".to_owned()]);
    };
    match crate::plan::given::of(world, started).await {
        Ok(Some(given)) => return Input::Understood(Box::new(given.intent)),
        Ok(None) => {}
        Err(failure) => {
            // The plan says why it cannot be used, and nothing else is done instead.
            tracing::warn!(%failure, "the plan that was agreed to cannot be read");
        }
    }
    let root = Path::new(&started.workspace.root);
    let shelved = shelf.of_run(world, started).await;
    let opened = (world.open_workspace)(root);
    let mut tree = match &opened {
        Ok(workspace) => Tree::of(workspace.as_ref()).await,
        Err(failure) => {
            tracing::warn!(%failure, "workspace cannot be looked at");
            Tree::default()
        }
    };
    let mut learned = None;
    if let Ok(workspace) = &opened
        && let Some((taken, intent)) = procedures::recalled(world, state, workspace.as_ref()).await
    {
        if let Some(intent) = intent {
            return Input::Understood(Box::new(intent));
        }
        learned = Some(Box::new(taken));
    }
    let trained = shelved.trained(world);
    let answers = state.answers();
    let library = &shelved.library;
    let heard = advised::heard(world, state, &started.goal, library, trained).await;
    let said = heard.as_ref();
    let mut intent = read(&started.goal, library, trained, &tree, &answers, said).0;
    let mut known = Vec::new();
    if !started.options.no_preferences && !intent.questions().is_empty() {
        known = recall::known(world, preference::place(&started.workspace)).await;
    }
    if let Ok(workspace) = &opened {
        let mut targets = Targets::default();
        let remembered = preference::fitting(&intent, &known);
        let mut phrases = targets::unclear(&intent, &shelved.library);
        // What was answered may be such a name too.
        if !phrases.is_empty() {
            phrases.extend(remembered.iter().map(|known| known.answer.as_str()));
        }
        targets
            .add(world, workspace.as_ref(), root, &phrases, &tree)
            .await;
        tree.targets = targets;
    }
    let reader = |answers: &BTreeMap<String, String>| {
        read(&started.goal, library, trained, &tree, answers, said).0
    };
    if !tree.targets.is_empty() {
        intent = reader(&answers);
        intent.targets = tree.targets.taken(&intent);
    }
    if !known.is_empty() {
        intent.remembered = recall::usable(&intent, &known, &answers, &reader, &|action| {
            shelved
                .library
                .playbook(action)
                .is_none_or(|book| recall::lasts(book, world.skills.manifests()))
        });
    }
    let has_model = crate::agent::has_model(world, root);
    if has_model
        && let Some(ask) = advised::wanted(world, state, started, &intent, library, trained).await
    {
        return Input::AdviceWanted(vec![ask]);
    }
    let intent = crate::agent::or_work(intent, &started.goal, has_model);
    let mut intent = advised::joined(intent, &started.goal);
    intent.learned = learned;
    Input::Understood(Box::new(intent))
}

/// Explains how a goal would be understood.
pub(crate) async fn explain(
    world: &World,
    shelf: &Shelf,
    goal: &str,
    workspace: &Path,
) -> Result<Explained> {
    let shelved = shelf.playbooks(world, workspace);
    let files = (world.open_workspace)(workspace)?;
    let mut tree = Tree::of(files.as_ref()).await;
    let trained = shelved.trained(world);
    let none = BTreeMap::new();
    let (intent, clauses) = read(goal, &shelved.library, trained, &tree, &none, None);
    let mut targets = Targets::default();
    let phrases = targets::unclear(&intent, &shelved.library);
    targets
        .add(world, files.as_ref(), workspace, &phrases, &tree)
        .await;
    tree.targets = targets;
    let (intent, clauses) = if tree.targets.is_empty() {
        (intent, clauses)
    } else {
        let (mut intent, clauses) = read(goal, &shelved.library, trained, &tree, &none, None);
        intent.targets = tree.targets.taken(&intent);
        (intent, clauses)
    };
    Ok(Explained {
        intent,
        clauses,
        calibration: trained.calibration(),
    })
}

fn read(
    goal: &str,
    library: &Library,
    trained: &Trained,
    tree: &Tree,
    answers: &BTreeMap<String, String>,
    advised: Option<&Advised>,
) -> (Intent, Vec<Clause>) {
    let cut = advised.map_or_else(|| best_cut(goal, trained), Advised::cut);
    let mut goals: Vec<Goal> = Vec::new();
    let mut told: Vec<Clause> = Vec::new();
    for (number, part) in (1_u16..).zip(&cut.parts) {
        let mut goal = Goal {
            action: String::new(),
            text: part.text.clone(),
            params: BTreeMap::new(),
            priority: number,
            after: part.after.clone(),
            confidence: Confidence::default(),
            candidates: Vec::new(),
            missing: Vec::new(),
        };
        let mut words = part.text.clone();
        match answers.get(&goal.action_key()).map(String::as_str) {
            Some(NONE_OF_THESE) => continue,
            Some(crate::agent::BOOK) => {
                advised::work(&mut goal);
                told.push(explained(&words, &trained.rank(&words)));
            }
            Some(name) if library.playbook(name).is_some() => {
                name.clone_into(&mut goal.action);
                goal.confidence = Confidence::CERTAIN;
                told.push(explained(&words, &trained.rank(&words)));
            }
            answer => {
                // An answer that is no playbook says the same thing in other words.
                if let Some(other) = answer {
                    other.clone_into(&mut words);
                }
                let ranked = trained.rank(&words);
                told.push(explained(&words, &ranked));
                choose(&mut goal, &ranked, library);
                if let Some(advised) = advised.filter(|_| answer.is_none()) {
                    advised.weigh(&mut goal, &ranked, library);
                }
            }
        }
        if let Some(book) = library.playbook(&goal.action) {
            let earlier = &goals;
            let inherited = |kind| inherited(earlier, library, kind);
            let open = goal.clone();
            slots::fill(&mut goal, &words, book, tree, answers, &inherited);
            let given = advised.map(|advised| advised.values(&goal));
            if let Some(mut given) = given.filter(|given| !given.is_empty()) {
                given.extend(answers.clone());
                goal = open;
                slots::fill(&mut goal, &words, book, tree, &given, &inherited);
            }
            if goal.confidence != Confidence::CERTAIN && begins_otherwise(&words, book, library) {
                goal.confidence = goal.confidence.min(UNSURE);
            }
        }
        goals.push(goal);
    }
    wait_for_what_was_said_before(&mut goals, library);
    keep_known_orders(&mut goals);
    let mut intent = whole(goals, library);
    if let Some(advised) = advised {
        advised.complete(&mut intent);
    }
    (intent, told)
}

/// Cuts the goal where its parts are understood best. The product over the parts makes fewer parts
/// win unless cutting makes each part clearer; words that a part's playbook has nothing to say to
/// count against it, so that "run the tests, then commit" is not read as a long way to say commit.
fn best_cut(goal: &str, trained: &Trained) -> Cut {
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    let mut best: Option<(u64, Cut)> = None;
    for cut in clauses::cuts(goal) {
        let mut score = 1_000_000_u64;
        for part in &cut.parts {
            let understood = *known.entry(part.text.clone()).or_insert_with(|| {
                trained.rank(&part.text).first().map_or(0, |ranked| {
                    let sure = u64::from(ranked.confidence.thousandths());
                    sure * u64::from(ranked.covered.thousandths()) / 1_000
                })
            });
            score = score * understood.max(1) / 1_000;
        }
        if best.as_ref().is_none_or(|(top, _)| score > *top) {
            best = Some((score, cut));
        }
    }
    best.map(|(_, cut)| cut).unwrap_or_default()
}

fn choose(goal: &mut Goal, ranked: &[Ranked], library: &Library) {
    goal.candidates = ranked
        .iter()
        .filter(|ranked| ranked.confidence >= WORTH_OFFERING)
        .take(CANDIDATES)
        .map(|ranked| Candidate {
            action: ranked.playbook.clone(),
            title: library
                .playbook(&ranked.playbook)
                .map_or_else(|| ranked.playbook.clone(), |book| book.title.clone()),
            confidence: ranked.confidence,
        })
        .collect();
    if let Some(first) = goal.candidates.first() {
        goal.action.clone_from(&first.action);
        goal.confidence = first.confidence;
    }
    let book = library.playbook(&goal.action);
    if is_question(&goal.text)
        && book.is_some_and(|book| {
            changes(book) && !book.utterances.iter().any(|own| is_question(own))
        })
    {
        goal.confidence = goal.confidence.min(UNSURE);
    }
    if turns(&goal.text) && !book.is_some_and(|book| book.utterances.iter().any(|own| turns(own))) {
        goal.confidence = goal.confidence.min(UNSURE);
    }
}

/// A goal that is less likely understood than this is beyond the playbooks, where a model could work on
/// it. Chosen: less likely than not.
pub(crate) const BEYOND: Confidence = Confidence::from_thousandths(500);

/// What a goal is trusted at most that turns its words around. Chosen: below what is done unasked.
const UNSURE: Confidence = Confidence::from_thousandths(500);

/// Words that turn what is said around or take something out of it, wherever they stand.
const TURNING: &[&str] = &[
    " don't ",
    " do not ",
    " never ",
    " except ",
    " but not ",
    " all but ",
    " everything but ",
    " is it safe ",
    " should i ",
    " what would ",
];

/// The same at the beginning: the words behind say what is to be taken back.
const TAKING_BACK: &[&str] = &[
    "undo ", "revert ", "abort ", "cancel ", "stop ", "don't ", "not ",
];

/// Tells whether a goal asks for something else than its words name: "don't commit" shares all its words
/// with "commit", and to rank them by their words is to do the opposite.
fn turns(text: &str) -> bool {
    let said = format!(" {} ", text.to_lowercase().replace('\u{2019}', "'"));
    // What stands in quotation marks is not said about the goal.
    let said: String = said.split(['"', '`']).step_by(2).collect();
    let first = said.trim_start();
    TURNING.iter().any(|words| said.contains(words))
        || TAKING_BACK.iter().any(|words| first.starts_with(words))
}

/// Tells whether a playbook changes something.
fn changes(book: &Playbook) -> bool {
    book.steps.iter().any(|step| {
        !matches!(
            step.effect,
            None | Some(EffectClass::Pure | EffectClass::Idempotent)
        )
    })
}

/// Words that a question begins with. "Can you" and "could you" begin orders.
const ASKING: &[&str] = &[
    "how", "what", "which", "who", "why", "when", "where", "is", "are", "was", "were", "does",
    "do", "did", "has", "have", "any",
];

/// Tells whether a goal is a question: who asks how secure the code is does not want it changed.
pub(crate) fn is_question(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ASKING.contains(&first.to_lowercase().trim_matches(','))
}

/// Tells whether a goal begins with a word that others begin with and this playbook, which changes something,
/// has no word for: "show my uncommitted changes" is not "stash my uncommitted changes".
fn begins_otherwise(words: &str, book: &Playbook, library: &Library) -> bool {
    let first = |text: &Text| {
        let mut words = text.words().filter(|word| word.role == Role::Content);
        words.next().map(|word| word.stem.clone())
    };
    let Some(said) = first(&Text::goal(words)).filter(|_| changes(book)) else {
        return false;
    };
    let begins = |other: &Playbook| {
        let mut utterances = other.utterances.iter();
        utterances.any(|utterance| first(&Text::utterance(utterance)).as_ref() == Some(&said))
    };
    !slots::stems_of(book).contains(&said) && library.iter().any(|loaded| begins(&loaded.playbook))
}

/// "Refactor the auth module and make it more secure": the second goal speaks of the first one's.
fn inherited(earlier: &[Goal], library: &Library, kind: SlotKind) -> Option<Value> {
    earlier.iter().rev().find_map(|goal| {
        let book: &Playbook = library.playbook(&goal.action)?;
        let (name, _) = book.slots.iter().find(|(_, slot)| slot.kind == kind)?;
        goal.params
            .get(name)
            .filter(|value| !value.is_null())
            .cloned()
    })
}

/// "Run the tests and commit" is not meant for tests that fail: what cannot be taken back waits for
/// everything that was said before it.
fn wait_for_what_was_said_before(goals: &mut [Goal], library: &Library) {
    let orders: Vec<(u16, Vec<u16>)> = goals
        .iter()
        .map(|goal| (goal.priority, goal.after.clone()))
        .collect();
    for goal in goals.iter_mut() {
        let lasts = |book: &Playbook| {
            book.steps.iter().any(|step| {
                matches!(
                    step.effect,
                    Some(
                        EffectClass::Compensable
                            | EffectClass::Rewriting
                            | EffectClass::Irreversible
                    )
                )
            })
        };
        if !library.playbook(&goal.action).is_some_and(lasts) {
            continue;
        }
        for (other, after) in &orders {
            let is_before = *other < goal.priority && !after.contains(&goal.priority);
            if is_before && !goal.after.contains(other) {
                goal.after.push(*other);
            }
        }
    }
}

/// Goals that were dropped by an answer cannot be waited for.
fn keep_known_orders(goals: &mut [Goal]) {
    let known: Vec<u16> = goals.iter().map(|goal| goal.priority).collect();
    for goal in goals {
        goal.after.retain(|wanted| known.contains(wanted));
    }
}

fn whole(goals: Vec<Goal>, library: &Library) -> Intent {
    let confidence = goals.iter().fold(1_000_u32, |all, goal| {
        all * u32::from(goal.confidence.thousandths()) / 1_000
    });
    let confidence = if goals.is_empty() { 0 } else { confidence };
    let target = goals.iter().find_map(|goal| {
        let book = library.playbook(&goal.action)?;
        let (name, _) = book
            .slots
            .iter()
            .find(|(_, slot)| matches!(slot.kind, SlotKind::Module | SlotKind::Path))?;
        goal.params.get(name)?.as_str().map(str::to_owned)
    });
    let name = goals
        .iter()
        .map(|goal| goal.action.as_str())
        .find(|action| !action.is_empty());
    Intent {
        name: name.unwrap_or("out-of-scope").to_owned(),
        confidence: Confidence::from_thousandths(u16::try_from(confidence).unwrap_or(0)),
        goals,
        target,
        constraints: Vec::new(),
        targets: Vec::new(),
        remembered: Vec::new(),
        learned: None,
    }
}

fn explained(text: &str, ranked: &[Ranked]) -> Clause {
    Clause {
        text: text.to_owned(),
        matches: ranked
            .iter()
            .take(CANDIDATES)
            .map(|ranked| Match {
                playbook: ranked.playbook.clone(),
                score: ranked.score.thousandths(),
                confidence: ranked.confidence.thousandths(),
                utterance: ranked.utterance.clone(),
                words: ranked.words.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
