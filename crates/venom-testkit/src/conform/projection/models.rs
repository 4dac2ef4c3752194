//! What projections know of models and of money: what was learnt, what was spent, and what a fork took
//! over.

use std::collections::BTreeMap;

use serde_json::json;
use venom_kernel::agent::{Limits, SKILL, Selected, Setup, WORK};
use venom_kernel::budget::{Amount, Basis};
use venom_kernel::digest::Digest;
use venom_kernel::effect::{Done, EffectClass, EffectKind, EffectOutcome};
use venom_kernel::event::Event;
use venom_kernel::id::{EffectId, RunId, Seq, StepId};
use venom_kernel::model::{
    Kind, ModelId, ModelInfo, Part, Price, Privacy, Reply, Stop, ToolCall, Usage,
};
use venom_kernel::money::MicroUsd;
use venom_kernel::plan::Check;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::log::LogStore;
use venom_ports::projection::{Projections, Spending};

use super::later;
use crate::conform::Checked;
use crate::conform::story::{at, finished, planned, run};

const MOST: Amount = Amount::new(MicroUsd::new(500), 50);
const TOOK: Amount = Amount::new(MicroUsd::new(200), 20);

fn info() -> Checked<ModelInfo> {
    Ok(ModelInfo {
        id: "fake/one".parse()?,
        context: 100_000,
        max_output: 4_000,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools: true,
        schema: true,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, 700)]),
        typical: Millis::from_secs(1),
    })
}

/// The events of a run from its goal to a call of a model that is under way.
fn asked() -> Checked<Vec<Event>> {
    let step: StepId = "step-1".parse()?;
    let mut events = planned("think", 1)?;
    for event in &mut events {
        if let Event::PlanGenerated { plan } = event {
            for step in &mut plan.steps {
                SKILL.clone_into(&mut step.skill);
                WORK.clone_into(&mut step.action);
                step.verify = vec![Check::ExitZero];
            }
        }
    }
    let info = info()?;
    let effect = EffectId::new(1);
    events.extend([
        Event::StepStarted {
            step: step.clone(),
            attempt: 1,
        },
        Event::AgentCreated {
            step: step.clone(),
            setup: Box::new(Setup {
                task: "think".to_owned(),
                kind: Kind::Code,
                instructions: Vec::new(),
                files: Vec::new(),
                pictures: Vec::new(),
                tools: Vec::new(),
                proof: None,
                limits: Limits::default(),
                earlier: String::new(),
                must_change: false,
                rules: venom_kernel::agent::RULES,
                recall: None,
                recorded: None,
            }),
        },
        Event::ModelSelected {
            step: step.clone(),
            turn: 1,
            selected: Box::new(Selected::of(&info, "it is the only one")),
        },
        Event::EffectStarted {
            id: effect,
            step: step.clone(),
            kind: EffectKind::Think {
                turn: 1,
                asked: Digest::ZERO,
                bytes: 10,
                left_out: vec![],
            },
            class: EffectClass::Pure,
        },
        Event::BudgetReserved {
            effect,
            step,
            model: info.id,
            most: MOST,
        },
    ]);
    Ok(events)
}

/// The events from its answer to the end of the run.
fn answered() -> Checked<Vec<Event>> {
    let step: StepId = "step-1".parse()?;
    let id = EffectId::new(1);
    let call = ToolCall {
        id: "c1".to_owned(),
        name: "done".to_owned(),
        arguments: json!({"summary": "thought"}),
        seal: None,
    };
    let reply = Reply {
        parts: vec![Part::ToolCall(call)],
        stop: Stop::Tools,
        usage: Usage::default(),
        model: String::new(),
        request_id: None,
    };
    Ok(vec![
        Event::EffectFinished {
            id,
            outcome: EffectOutcome::Done(Done {
                reply: Some(Box::new(reply)),
                took: Millis::new(40),
                ..Done::default()
            }),
            receipt: None,
        },
        Event::BudgetSettled {
            effect: id,
            step: step.clone(),
            took: TOOK,
            usage: Usage::default(),
            basis: Basis::Told,
        },
        Event::StepExecuted { step: step.clone() },
        Event::StepVerified {
            step,
            checks: Vec::new(),
        },
        finished(),
    ])
}

/// What was spent since a moment, without a run, up to the call of another one.
async fn spent(
    projections: &dyn Projections,
    since: Timestamp,
    besides: Option<RunId>,
    up_to: Option<RunId>,
) -> Checked<Amount> {
    let spending = Spending {
        since,
        besides,
        up_to: up_to.map(|run| (run, EffectId::new(1))),
    };
    Ok(projections.spent(&spending).await?)
}

/// Goes through the life of two calls and of a fork.
pub(super) async fn are_remembered(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    assert!(projections.records().await?.is_empty());
    let (one, two, fork) = (run(11), run(12), run(13));
    let beginning = asked()?;
    let count = beginning.len();
    let length = count as u64;
    log.append(later(one, 0, 100, beginning.clone())).await?;
    assert_eq!(spent(projections, at(0), None, None).await?, MOST);
    log.append(later(two, 0, 200, beginning.clone())).await?;
    log.append(later(one, length, 300, answered()?)).await?;

    let sum = MOST.plus(TOOK);
    assert_eq!(spent(projections, at(0), None, None).await?, sum);
    assert_eq!(spent(projections, at(0), Some(one), None).await?, MOST);
    assert_eq!(spent(projections, at(0), Some(two), None).await?, TOOK);
    // A call belongs to the time of its reservation, and comes in the order of the log.
    assert_eq!(spent(projections, at(150), None, None).await?, MOST);
    assert_eq!(spent(projections, at(0), None, Some(one)).await?, TOOK);
    assert_eq!(spent(projections, at(0), None, Some(two)).await?, sum);
    assert_eq!(spent(projections, at(0), None, Some(fork)).await?, sum);
    assert_eq!(spent(projections, at(400), None, None).await?, Amount::ZERO);

    let model: ModelId = "fake/one".parse()?;
    let records = projections.records().await?;
    let record = records.get(&model).ok_or("no record")?;
    let stats = &record.stats;
    assert_eq!((stats.calls, stats.successes, stats.failures), (1, 1, 0));
    assert_eq!(stats.average_latency(), Some(Millis::new(40)));
    assert_eq!(stats.cost, TOOK.money);

    // What a fork took over counts where it comes from.
    let whole: Vec<Event> = beginning.into_iter().chain(answered()?).collect();
    let mut copied: Vec<Event> = whole.into_iter().take(count + 2).collect();
    copied.push(Event::Forked {
        from: one,
        at: Seq::new(length + 2),
        hash: Digest::ZERO,
        by: "user".to_owned(),
        otherwise: Box::default(),
    });
    log.append(later(fork, 0, 500, copied)).await?;
    assert_eq!(spent(projections, at(0), None, None).await?, sum);
    assert_eq!(projections.records().await?, records);

    let feedback = Event::FeedbackGiven {
        step: None,
        rating: 250,
        by: "user".to_owned(),
    };
    let end = length + answered()?.len() as u64;
    log.append(later(one, end, 600, vec![feedback])).await?;
    let records = projections.records().await?;
    let record = records.get(&model).ok_or("no record")?;
    assert_eq!(record.stats.average_quality(), Some(250));
    assert_eq!((record.stats.successes, record.stats.failures), (1, 0));
    Ok(())
}
