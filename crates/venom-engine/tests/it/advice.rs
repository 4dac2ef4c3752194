//! Advice: what a model says about goals and plans, how it is weighed, and what of it is in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use venom_engine::agent::AgentSettings;
use venom_engine::host::Host;
use venom_kernel::advice::{Heard, Topic};
use venom_kernel::event::{Event, Outcome};
use venom_kernel::id::RunId;
use venom_kernel::model::{Part, Request};
use venom_kernel::money::MicroUsd;
use venom_ports::api::runs::{Rest, Runs as _};
use venom_ports::model::Models;
use venom_ports::{Failure, FailureKind};
use venom_testkit::model::{ScriptedModels, call, reply};

use crate::agents::skill;
use crate::world::{Disk, request, run, until_rest};

/// A procedure that the words of these goals do not name.
const LOOK: &str = r"
venom: 1
name: look-around
title: Look around
utterances: [look around in the garden, have a look around]
steps:
  - id: look
    title: Look
    skill: test
    action: look
";

const SHED: &str = "paint the shed and plant roses around it";

/// Tells what a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Intent,
    Plan,
    Repair,
    Work,
}

fn asked(request: &Request) -> Asked {
    let first = request.messages.first().map(|message| &message.parts);
    let text: String = first
        .into_iter()
        .flatten()
        .filter_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if request.output.is_none() {
        Asked::Work
    } else if text.starts_with("The procedures:") {
        Asked::Intent
    } else if text.contains("It cannot be run:") {
        Asked::Repair
    } else {
        Asked::Plan
    }
}

fn part(text: &str, procedure: &str) -> Value {
    json!({"text": text, "procedure": procedure, "values": [], "after": []})
}

fn intent(parts: &[Value]) -> String {
    json!({"parts": parts, "target": null, "constraints": [], "confidence": 0.9}).to_string()
}

/// Answers as it is told about goals and plans; as an agent it says that it is done.
fn minds(says: impl Fn(Asked) -> String + Send + Sync + 'static) -> ScriptedModels {
    ScriptedModels::new(move |call_, _| {
        let what = asked(&call_.request);
        let parts = match what {
            Asked::Work => vec![done("It is painted.")],
            _ => vec![Part::text(says(what))],
        };
        async move { Ok(reply(parts)) }
    })
}

/// As an agent, it finds the shed painted already.
fn done(summary: &str) -> Part {
    let why = "it is as it should be";
    call(
        "d",
        "done",
        json!({"summary": summary, "no_change_because": why}),
    )
}

fn host(disk: &Disk, models: &ScriptedModels, agents: AgentSettings) -> Host {
    let models: Arc<dyn Models> = Arc::new(models.clone());
    // Without a playbook no word means anything by itself.
    disk.host_with("process 1", skill(), &[], models, agents)
}

async fn names(disk: &Disk, host: &Host, id: RunId) -> Vec<&'static str> {
    let events = disk.events(host, id).await;
    events.iter().map(Event::name).collect()
}

fn two_parts() -> String {
    intent(&[
        part("paint the shed", "work"),
        part("plant roses around it", "work"),
    ])
}

fn steps(steps: &Value) -> String {
    json!({"steps": steps}).to_string()
}

#[tokio::test]
async fn a_goal_of_one_part_is_worked_on_after_one_question() {
    let goal = "paint the shed in a colour that goes with the roses";
    let models = minds(move |_| intent(&[part(goal, "work")]));
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let (id, rest, report) = run(&host, goal).await;
    assert_eq!(
        (rest, report.outcome.clone()),
        (Rest::Finished, Some(Outcome::Succeeded)),
        "{report:#?}"
    );
    assert_eq!(models.asked(), 2, "what is meant, and the work");
    // 1,000 tokens that are read and 50 that are produced, twice.
    assert_eq!(report.cost, MicroUsd::new(2 * 1_500));
    let names = names(&disk, &host, id).await;
    let first: Vec<&str> = names.iter().take(6).copied().collect();
    assert_eq!(
        first,
        [
            "RunStarted",
            "AdviceAsked",
            "BudgetReserved",
            "AdviceGiven",
            "BudgetSettled",
            "IntentParsed",
        ]
    );
}

#[tokio::test]
async fn switched_off_nobody_is_asked() {
    let goal = "paint the shed in a colour that goes with the roses";
    let models = minds(|_| panic!("nobody asks for advice"));
    let disk = Disk::new(&[("a.txt", "old good")]);
    let agents = AgentSettings {
        understand: false,
        ..AgentSettings::default()
    };
    let host = host(&disk, &models, agents);
    let (id, _, report) = run(&host, goal).await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    assert!(!names(&disk, &host, id).await.contains(&"AdviceAsked"));
}

#[tokio::test]
async fn what_is_clear_asks_nobody() {
    let models = minds(|_| panic!("nobody asks for advice"));
    let disk = Disk::new(&[("a.txt", "old good")]);
    let thinkers: Arc<dyn Models> = Arc::new(models.clone());
    let agents = AgentSettings::default();
    let host = disk.host_with("process 1", skill(), &[LOOK], thinkers, agents);
    let (_, _, report) = run(&host, "look around in the garden").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    assert_eq!(models.asked(), 0);
}

#[tokio::test]
async fn advice_that_is_of_no_use_changes_nothing() {
    let goal = "paint the shed in a colour that goes with the roses";
    for says in [
        "I cannot say.".to_owned(),
        intent(&[part("burn the house down", "work"), part("paint", "work")]),
        intent(&[part(goal, "no-such-procedure")]),
    ] {
        let said = says.clone();
        let models = minds(move |_| said.clone());
        let disk = Disk::new(&[("a.txt", "old good")]);
        let host = host(&disk, &models, AgentSettings::default());
        let (_, _, report) = run(&host, goal).await;
        assert_eq!(
            report.outcome,
            Some(Outcome::Succeeded),
            "{says}: {report:#?}"
        );
        assert_eq!(report.steps.len(), 2, "{says}");
    }
}

#[tokio::test]
async fn a_model_that_fails_is_done_without() {
    let goal = "paint the shed in a colour that goes with the roses";
    let models = ScriptedModels::new(|call_, _| async move {
        match asked(&call_.request) {
            Asked::Work => Ok(reply(vec![done("ok")])),
            _ => Err(Failure::new(FailureKind::Unavailable, "it is not there").into()),
        }
    });
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let (id, _, report) = run(&host, goal).await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let events = disk.events(&host, id).await;
    assert!(events.iter().any(|event| matches!(
        event,
        Event::AdviceGiven { heard: Heard::Failed(failure), .. } if failure.message.contains("not there")
    )));
}

#[tokio::test]
async fn the_best_of_several_plans_is_done_and_a_wrong_one_is_put_right_once() {
    let plans = Arc::new(AtomicU32::new(0));
    let models = minds(move |what| match what {
        Asked::Intent => two_parts(),
        Asked::Repair => steps(&json!([
            {"id": "paint", "title": "Paint", "action": "agent.work", "task": "Paint the shed.", "covers": [1]},
        ])),
        _ if plans.fetch_add(1, Ordering::SeqCst) == 0 => steps(&json!([
            {"id": "paint", "title": "Paint", "action": "brush.paint", "covers": [1, 2]},
        ])),
        _ => steps(&json!([
            {"id": "see", "title": "See", "action": "test.look", "params": {"path": "a.txt"}, "covers": []},
            {"id": "paint", "title": "Paint it ${now}", "action": "agent.work", "task": "Paint the shed in ${colour}.", "after": ["see"], "covers": [1]},
            {"id": "plant", "title": "Plant", "action": "agent.work", "task": "Plant roses.", "after": ["paint"], "covers": [2]},
        ])),
    });
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let (id, rest, report) = run(&host, SHED).await;
    assert_eq!(
        (rest, report.outcome.clone()),
        (Rest::Finished, Some(Outcome::Succeeded)),
        "{report:#?}"
    );
    let done: Vec<&str> = report.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(done, ["tests-before", "see", "paint", "plant"]);
    assert_eq!(report.steps[2].title, "Paint it {now}");
    let events = disk.events(&host, id).await;
    let topics: Vec<Topic> = events
        .iter()
        .filter_map(|event| match event {
            Event::AdviceAsked { ask, .. } => Some(ask.topic),
            _ => None,
        })
        .collect();
    assert_eq!(
        topics,
        [
            Topic::Intent,
            Topic::Plan(1),
            Topic::Plan(2),
            Topic::Repair(1)
        ]
    );
    let considered = events.iter().find_map(|event| match event {
        Event::PlansCompared { considered } => Some(considered),
        _ => None,
    });
    let considered = considered.expect("the proposals were compared");
    assert!(considered[0].repaired && considered[0].is_feasible() && !considered[0].is_chosen);
    assert!(
        considered[1].is_chosen && considered[1].covers == 2,
        "{considered:#?}"
    );
    let tasks: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::AgentCreated { setup, .. } => Some(setup.task.as_str()),
            _ => None,
        })
        .collect();
    assert!(
        tasks[0].starts_with("Paint the shed in ${colour}."),
        "{tasks:?}"
    );
    assert!(tasks[0].contains(SHED), "{tasks:?}");
}

#[tokio::test]
async fn without_a_plan_that_can_be_run_one_agent_works_on_all_of_it() {
    let models = minds(|what| match what {
        Asked::Intent => two_parts(),
        _ => "I would rather not.".to_owned(),
    });
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let (id, _, report) = run(&host, SHED).await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let done: Vec<&str> = report.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(done, ["tests-before", "work"]);
    let names = names(&disk, &host, id).await;
    let count = |wanted: &str| names.iter().filter(|name| **name == wanted).count();
    assert_eq!(
        count("AdviceAsked"),
        1 + 2 + 2,
        "two proposals, each put right once"
    );
    assert_eq!(count("PlansCompared"), 1);
}

#[tokio::test]
async fn what_the_budget_does_not_hold_is_not_asked() {
    let models = minds(|_| panic!("nobody asks for advice"));
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let mut wanted = request(SHED);
    wanted.options.max_cost = Some(MicroUsd::new(100));
    let id = host.start(wanted).await.unwrap();
    until_rest(&host, id).await;
    let report = host.report(id).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Failed), "{report:#?}");
    assert_eq!(report.cost, MicroUsd::ZERO);
    assert!(names(&disk, &host, id).await.contains(&"AdviceForgone"));
}

#[tokio::test]
async fn a_plan_that_was_agreed_to_is_done_as_it_stands() {
    let models = minds(|what| match what {
        Asked::Intent => two_parts(),
        _ => steps(&json!([
            {"id": "both", "title": "Both", "action": "agent.work", "task": "Do it.", "covers": [1, 2]},
        ])),
    });
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let mut wanted = request(SHED);
    wanted.options.plan_only = true;
    let first = host.start(wanted).await.unwrap();
    until_rest(&host, first).await;
    let state = host.state(first, None).await.unwrap();
    assert_eq!(state.outcome(), Some(&Outcome::Planned));
    let asked = models.asked();

    let mut plan = state.plan().clone();
    plan.steps[1].title = "Both, but gently".to_owned();
    let root = std::path::Path::new("/memory");
    assert_eq!(host.plan_faults(&plan, root), Vec::<String>::new());
    let mut broken = plan.clone();
    broken.steps[1].action = "sing".to_owned();
    assert!(host.plan_faults(&broken, root)[0].contains("no action `sing`"));

    let mut wanted = request(SHED);
    wanted.options.plan = Some(host.agree_to_plan(first, Some(plan)).await.unwrap());
    let second = host.start(wanted).await.unwrap();
    until_rest(&host, second).await;
    let report = host.report(second).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    assert_eq!(report.steps[1].title, "Both, but gently");
    assert_eq!(
        models.asked(),
        asked + 1,
        "nothing was understood or planned anew"
    );
}

#[tokio::test]
async fn what_was_said_before_is_known() {
    let goal = "paint the shed in a colour that goes with the roses";
    let seen = Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let hears = seen.clone();
    let models = ScriptedModels::new(move |call_, _| {
        let text = serde_json::to_string(&*call_.request).unwrap();
        hears.lock().unwrap().push(text);
        async move {
            Ok(reply(match asked(&call_.request) {
                Asked::Work => vec![done("It is green now.")],
                _ => vec![Part::text("no")],
            }))
        }
    });
    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = host(&disk, &models, AgentSettings::default());
    let (first, _, _) = run(&host, goal).await;
    let before = seen.lock().unwrap().len();
    let mut wanted = request("now the fence in the same colour, please");
    wanted.options.follows = Some(first);
    let id = host.start(wanted).await.unwrap();
    until_rest(&host, id).await;
    let seen = seen.lock().unwrap();
    for request in seen.iter().skip(before) {
        assert!(request.contains(goal), "{request}");
        assert!(request.contains("It is green now."), "{request}");
    }
    assert!(
        seen.iter()
            .take(before)
            .all(|request| !request.contains("conversation"))
    );
}
