//! `venom replay --model`: what another model would have done.

use std::fmt::Write as _;

use serde_json::json;
use venom_kernel::diff;
use venom_kernel::evidence::TestEvidence;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::runs::{Rest, Runs as _};
use venom_ports::api::time::{CallMade, Time as _, WhatIf, WhatIfWish};

use crate::cli::attend::{Caught, Left, Signals, attend, exit_of};
use crate::cli::context::Context;
use crate::cli::fork::{copied, not_wanted};
use crate::cli::point::PointArgs;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::{self, Wired};

/// Most places of two calls that are named. Chosen: a few lines.
const PLACES: usize = 5;
/// Longest line about one of them.
const LINE: usize = 200;
/// Most names of tests that are shown.
const NAMES: usize = 10;

pub(super) fn run(
    context: &Context,
    point: &PointArgs,
    model: &ModelId,
    max_cost: Option<MicroUsd>,
) -> CliResult {
    context.with_commands(async |wired| {
        let (from, _) = point.find(wired).await?;
        let mut signals = Signals::listen()?;
        wire::tidy(&context.paths()?);
        // One that was stopped goes on, and one that ended is only shown.
        let earlier = wired.host.what_came(from).await;
        if earlier.is_ok_and(|earlier| earlier.model.as_ref() == Some(model)) {
            return go_on(context, wired, from, &mut signals).await;
        }
        let into = copied(context, wired, from, None).await?;
        let wish = WhatIfWish {
            model: model.clone(),
            max_cost,
            into: into.clone(),
        };
        let asked = match wired.host.what_if(from, &wish, &context.user()).await {
            Ok(asked) => asked,
            Err(error) => {
                not_wanted(&into);
                return Err(error.into());
            }
        };
        context.out.talk(&format!(
            "asking {model} in {}, as run {asked}; {from} stays as it is",
            into.display()
        ));
        go_on(context, wired, asked, &mut signals).await
    })
}

async fn go_on(context: &Context, wired: &Wired, asked: RunId, signals: &mut Signals) -> CliResult {
    let before = wired.host.state(asked, None).await?;
    if before.outcome().is_some() {
        return conclude(context, wired, asked, Left::Rests(Rest::Finished)).await;
    }
    wired.host.resume(asked, &context.user()).await?;
    let left = attend(context, wired, asked, before.seq(), signals).await?;
    conclude(context, wired, asked, left).await
}

async fn conclude(context: &Context, wired: &Wired, asked: RunId, left: Left) -> CliResult {
    let state = wired.host.state(asked, None).await?;
    let exit = match left {
        Left::Stopped(Caught::Interrupt) if state.outcome().is_none() => Exit::Interrupted,
        Left::Stopped(Caught::Terminate) if state.outcome().is_none() => Exit::Terminated,
        Left::Stopped(_) => exit_of(&state, Rest::Finished),
        Left::Rests(rest) => exit_of(&state, rest),
    };
    let came = wired.host.what_came(asked).await?;
    if context.out.form == Form::Text {
        context.out.data(&text(&came));
    } else {
        context.out.document("what-if", json!(came));
    }
    if state.outcome().is_none() {
        context.out.talk(&format!(
            "it is not at its end; go on with: venom replay {asked} --model {}",
            came.model
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        ));
    }
    Ok(exit)
}

fn text(came: &WhatIf) -> String {
    let mut text = String::new();
    let model = came.model.as_ref().map(ToString::to_string);
    let ended = |outcome: &Option<_>| {
        outcome
            .as_ref()
            .map_or("not at its end", event::outcome_word)
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} in the place of the model of {}, in run {}",
        clean::line(&model.unwrap_or_default()),
        came.from,
        came.run
    );
    let _ = writeln!(
        text,
        "  calls     {} as recorded, {} made",
        came.repeated, came.made
    );
    match &came.parts_at {
        None => {
            let _ = writeln!(text, "  parts     nowhere: every call is the same");
        }
        Some(parts) => {
            let _ = writeln!(
                text,
                "  parts     at call {} of `{}`, event {}",
                parts.call, parts.step, parts.seq
            );
            let nothing = "nothing more".to_owned();
            let recorded = parts.recorded.as_ref();
            let _ = writeln!(
                text,
                "            recorded: {}\n            now:      {}",
                recorded.map_or(nothing, said),
                said(&parts.made)
            );
            let same = recorded.filter(|recorded| recorded.what == parts.made.what);
            for difference in same
                .map(|recorded| diff::values(&recorded.arguments, &parts.made.arguments, PLACES))
                .unwrap_or_default()
            {
                let _ = writeln!(
                    text,
                    "            {}",
                    clean::short(&difference.to_string(), LINE)
                );
            }
        }
    }
    let _ = writeln!(
        text,
        "  answers   {} then, {} now",
        came.answers.original, came.answers.what_if
    );
    let _ = writeln!(
        text,
        "  cost      {} then, {} now",
        came.cost.original, came.cost.what_if
    );
    let _ = writeln!(
        text,
        "  tests     {} then, {} now",
        tested(came.tests.original.as_ref()),
        tested(came.tests.what_if.as_ref())
    );
    if let (Some(then), Some(now)) = (&came.tests.original, &came.tests.what_if) {
        for (word, some, others) in [("fails now", now, then), ("passes now", then, now)] {
            let names = some
                .failing
                .iter()
                .filter(|name| !others.failing.contains(name));
            for name in names.take(NAMES) {
                let _ = writeln!(text, "            {word}: {}", clean::short(name, LINE));
            }
        }
    }
    let _ = writeln!(
        text,
        "  ended     {} then, {} now",
        ended(&came.outcome.original),
        ended(&came.outcome.what_if)
    );
    let _ = writeln!(
        text,
        "Files and state: venom diff {} {}",
        came.from, came.run
    );
    text
}

fn said(call: &CallMade) -> String {
    let what = clean::line(&call.what);
    if call.arguments.is_null() {
        return what;
    }
    format!("{what} {}", clean::short(&call.arguments.to_string(), LINE))
}

fn tested(tests: Option<&TestEvidence>) -> String {
    match tests {
        None => "none ran".to_owned(),
        Some(tests) if !tests.complete => format!("{} passed, not whole", tests.passed),
        Some(tests) if tests.failed > 0 => {
            format!("{} passed and {} failed", tests.passed, tests.failed)
        }
        Some(tests) => format!("{} passed", tests.passed),
    }
}
