//! One line about an event, for people.

use jiff::tz::TimeZone;
use venom_kernel::advice::{Considered, Heard};
use venom_kernel::agent::Setup;
use venom_kernel::budget::{Basis, Caps};
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{ApprovalReason, Envelope, Event, Outcome, SkipReason, StepFailure};
use venom_kernel::evidence::{Judged, Verdict};
use venom_kernel::intent::Target;
use venom_kernel::policy::Ruling;
use venom_kernel::preference::AnswerSource;
use venom_kernel::time::Timestamp;

use super::clean;

/// Returns a time of day in the user's zone.
pub(crate) fn time(time: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(time.micros()).map_or_else(
        |_out_of_range| "?".to_owned(),
        |time| {
            time.to_zoned(TimeZone::system())
                .strftime("%Y-%m-%d %H:%M:%S%.3f")
                .to_string()
        },
    )
}

/// Returns the line of an event in a log.
pub(crate) fn line(envelope: &Envelope) -> String {
    format!(
        "{:>4}  {}  {:<21} {}",
        envelope.seq.number(),
        time(envelope.time),
        envelope.event.name(),
        what(&envelope.event)
    )
    .trim_end()
    .to_owned()
}

/// Says what a name was taken for.
pub(crate) fn target(target: &Target) -> String {
    format!(
        "\"{}\" is {} {}, {}:{}",
        clean::short(&target.said, 80),
        clean::short(&target.kind, 40),
        clean::short(&target.name, 120),
        clean::line(&target.path),
        target.line
    )
}

/// Says that an answer of an earlier run was taken, which one, and how to be asked again.
pub(crate) fn preferred(question: &str, answer: &str, source: &AnswerSource) -> String {
    let when: String = time(source.time).chars().take(16).collect();
    format!(
        "{} \"{}\", taken from your answer of {when}; forget it with `venom preferences forget {}`",
        clean::short(question, 160),
        clean::short(answer, 80),
        source.preference()
    )
}

/// Says what an agent was given of the memory, and what it does again.
fn remembered(setup: &Setup) -> String {
    let mut text = String::new();
    if let Some(recall) = setup
        .recall
        .as_ref()
        .filter(|recall| !recall.memories.is_empty())
    {
        let names: Vec<String> = recall
            .memories
            .iter()
            .map(|memory| format!("{} ({})", clean::short(&memory.id, 40), memory.trust))
            .collect();
        text.extend([
            ", given ",
            &names.join(", "),
            " of the memory as it was at ",
            &time(recall.time),
            &format!(" (entry {})", recall.entry),
        ]);
    }
    if let Some(recorded) = &setup.recorded {
        let said = match (&recorded.passed_over, recorded.calls.len()) {
            (Some(why), _) => format!(", without {}: {}", recorded.skill, clean::line(why)),
            (None, 0) => format!(", {} has left its files as they are", recorded.skill),
            (None, calls) => format!(
                ", begins with {calls} calls of {} from {}@{}",
                recorded.skill, recorded.source.run, recorded.source.seq
            ),
        };
        text.push_str(&said);
    }
    text
}

/// Says what an event is about.
pub(crate) fn what(event: &Event) -> String {
    match event {
        Event::RunStarted(started) => format!(
            "\"{}\" in {}",
            clean::short(&started.goal, 100),
            clean::line(&started.workspace.root)
        ),
        Event::IntentParsed { intent } => {
            let goals: Vec<String> = intent
                .goals
                .iter()
                .map(|goal| {
                    let action = if goal.action.is_empty() {
                        "?"
                    } else {
                        &goal.action
                    };
                    format!("{} ({})", clean::short(action, 60), goal.confidence)
                })
                .collect();
            let mut text = if goals.is_empty() {
                clean::short(&intent.name, 60)
            } else {
                goals.join(", ")
            };
            if let Some(taken) = &intent.learned {
                let said = match &taken.passed_over {
                    None => format!(
                        ", as {} (version {}) from {}@{}",
                        taken.skill, taken.version, taken.source.run, taken.source.seq
                    ),
                    Some(why) => format!(", without {}: {}", taken.skill, clean::line(why)),
                };
                text.push_str(&said);
            }
            text
        }
        Event::ClarificationAsked { id, question } => {
            format!("{id}: {}", clean::short(&question.text, 120))
        }
        Event::ClarificationAnswered { id, answer, by } => {
            format!(
                "{id}: \"{}\" by {}",
                clean::short(answer, 80),
                clean::line(by)
            )
        }
        Event::PreferenceApplied {
            question,
            answer,
            source,
        } => format!(
            "{}: \"{}\" from {}, event {}",
            clean::line(&question.key),
            clean::short(answer, 80),
            source.run,
            source.seq
        ),
        Event::SkillLearned { procedure } => format!(
            "{} for \"{}\": {}",
            procedure.id,
            clean::short(&procedure.pattern(), 80),
            procedure
                .works
                .values()
                .flat_map(|work| &work.calls)
                .map(|call| clean::short(&call.name, 40))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Event::SkillDecided { skill, verdict, by } => {
            format!("{skill} is {} by {}", verdict.word(), clean::line(by))
        }
        Event::PreferenceForgotten { question, by } => {
            format!("{question} by {}", clean::line(by))
        }
        Event::AdviceAsked { effect, ask } => format!(
            "{effect}: {} is asked about {}: {}",
            ask.selected.model,
            ask.topic.words(),
            clean::line(&ask.because)
        ),
        Event::AdviceForgone { ask, because } => format!(
            "{} is not asked about {}: {}",
            ask.selected.model,
            ask.topic.words(),
            clean::line(because)
        ),
        Event::AdviceGiven { effect, heard } => format!("{effect}: {}", heard_text(heard)),
        Event::PlansCompared { considered } => {
            let told: Vec<String> = considered.iter().map(considered_text).collect();
            told.join("; ")
        }
        Event::PlanGenerated { plan } => {
            let steps: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
            format!(
                "{} steps: {}",
                steps.len(),
                clean::short(&steps.join(", "), 120)
            )
        }
        Event::Quoted { quote } => format!(
            "{} (P50), {} (P90), {}",
            quote.expected.p50, quote.expected.p90, quote.expected.cost_p50
        ),
        Event::PolicyDecided {
            step,
            host,
            ruling,
            because,
        } => format!(
            "{step}{}: {}, because {}",
            host.as_ref()
                .map(|host| format!(" reaches for {}", clean::short(host, 120)))
                .unwrap_or_default(),
            ruling_word(ruling),
            clean::line(because)
        ),
        Event::ApprovalAsked {
            id, step, reason, ..
        } => format!("{id} for {step}: {}", reason_text(reason)),
        Event::ApprovalGiven { id, by } => format!("{id} by {}", clean::line(by)),
        Event::ApprovalDenied { id, by, reason } => {
            let why = reason
                .as_ref()
                .map(|reason| format!(": {}", clean::short(reason, 100)))
                .unwrap_or_default();
            format!("{id} by {}{why}", clean::line(by))
        }
        Event::StepStarted { step, attempt } if *attempt > 1 => {
            format!("{step}, attempt {attempt}")
        }
        Event::StepStarted { step, .. } | Event::StepExecuted { step } => step.to_string(),
        Event::AgentCreated { step, setup } => {
            format!(
                "{step}: {} tools, at most {} turns{}",
                setup.tools.len(),
                setup.limits.turns,
                if setup.instructions.is_empty() {
                    String::new()
                } else {
                    let paths: Vec<&str> = setup
                        .instructions
                        .iter()
                        .map(|excerpt| excerpt.path.as_str())
                        .collect();
                    format!(", told by {}", clean::short(&paths.join(", "), 80))
                }
            ) + &remembered(setup)
        }
        Event::ModelSelected {
            step,
            turn,
            selected,
        } => format!(
            "{step}, from turn {turn}: {}, because {}",
            selected.model,
            clean::line(&selected.because)
        ),
        Event::ToolRefused {
            step,
            call,
            because,
        } => format!(
            "{step}: call {} is not performed: {}",
            clean::short(call, 60),
            clean::line(because)
        ),
        Event::BudgetReserved {
            effect,
            step,
            model,
            most,
        } => format!(
            "{effect} of {step}: up to {} and {} tokens for {model}",
            most.money, most.tokens
        ),
        Event::BudgetSettled {
            effect,
            step,
            took,
            usage,
            basis,
        } => format!(
            "{effect} of {step}: {} and {} tokens{}",
            took.money,
            took.tokens,
            match basis {
                Basis::Told => String::new(),
                Basis::Heard => ", estimated: nobody heard the end".to_owned(),
                Basis::Reserved => format!(
                    ", all that was reserved: the {} tokens that the provider counts cannot be",
                    usage.tokens()
                ),
            }
        ),
        Event::BudgetCounted {
            window,
            elsewhere,
            effect,
            ..
        } => format!(
            "other runs have spent and reserved {} and {} tokens in this {}{}",
            elsewhere.money,
            elsewhere.tokens,
            window.name(),
            effect
                .map(|effect| format!("; {effect} is not made"))
                .unwrap_or_default()
        ),
        Event::BudgetLimited { cap, caps, by } => {
            format!("of {cap}: {}, by {}", caps_text(*caps), clean::line(by))
        }
        Event::FeedbackGiven { step, rating, by } => format!(
            "{}.{:03} for {} by {}",
            rating / 1_000,
            rating % 1_000,
            step.as_ref()
                .map_or_else(|| "the run".to_owned(), ToString::to_string),
            clean::line(by)
        ),
        Event::EffectStarted {
            id,
            step,
            kind,
            class,
        } => format!("{id} of {step}: {} ({class})", kind_text(kind)),
        Event::EffectFinished { id, outcome, .. } => format!("{id}: {}", outcome_text(outcome)),
        Event::EffectInDoubt { id, why } => format!("{id}: {}", clean::line(why)),
        Event::ConflictFound { step, paths } => {
            format!("{step}: {}", clean::short(&paths.join(", "), 120))
        }
        Event::StepVerified { step, checks } => {
            let unproven = checks
                .iter()
                .filter(|judged| judged.verdict != Verdict::Held)
                .count();
            if unproven > 0 {
                format!("{step}, {unproven} of {} checks unproven", checks.len())
            } else {
                step.to_string()
            }
        }
        Event::StepFailed {
            step,
            why,
            retry_in,
        } => {
            let again = retry_in
                .map(|wait| format!("; again in {wait}"))
                .unwrap_or_default();
            format!("{step}: {}{again}", failure(why))
        }
        Event::StepSkipped { step, why } => format!("{step}: {}", skipped(why)),
        Event::Restored {
            step, conflicts, ..
        } => {
            let left = if conflicts.is_empty() {
                String::new()
            } else {
                format!("; left alone: {}", clean::short(&conflicts.join(", "), 120))
            };
            format!("edits of {step} taken back{left}")
        }
        Event::SnapshotCreated { snapshot, step, .. } => {
            let record = snapshot.record();
            let of = step
                .as_ref()
                .map(|step| format!(" {step}"))
                .unwrap_or_default();
            let lacks = if record.partial.count > 0 {
                format!(", {} paths not captured", record.partial.count)
            } else {
                String::new()
            };
            format!(
                "{} {}{of}: {} files{lacks}",
                record.id,
                record.cause.words(),
                record.counts.files
            )
        }
        Event::RewindStarted { to, by, only, .. } => {
            let part = if only.is_empty() {
                String::new()
            } else {
                format!(", only {}", clean::short(&only.join(", "), 120))
            };
            format!("to event {to} by {}{part}", clean::line(by))
        }
        Event::Rewound {
            to,
            paths,
            conflicts,
            ..
        } => {
            let left = if conflicts.is_empty() {
                String::new()
            } else {
                format!(", {} left alone", conflicts.len())
            };
            format!("to event {to}: {paths} paths{left}")
        }
        Event::StateRewound { to, part, by } => {
            format!(
                "{} as after event {to}, by {}",
                part.words(),
                clean::line(by)
            )
        }
        Event::Forked {
            from,
            at,
            by,
            otherwise,
            ..
        } => {
            let model = otherwise.model.as_ref();
            let model = model.map(|model| format!(", with the model {model}"));
            let most = otherwise.max_cost;
            let most = most.map(|most| format!(", for at most {most}"));
            let plan = match &otherwise.plan {
                Some(_) => ", with another plan",
                None => "",
            };
            let only = if otherwise.what_if {
                ", to see what it would have done"
            } else {
                ""
            };
            format!(
                "from {from}@{at} by {}{}{only}{}{plan}",
                clean::line(by),
                model.unwrap_or_default(),
                most.unwrap_or_default()
            )
        }
        Event::LogRepaired { until, aside } => format!(
            "events up to {until} were damaged and are in {}",
            clean::short(aside, 160)
        ),
        Event::SnapshotReleased { at, by } => {
            format!("the one of event {at}, by {}", clean::line(by))
        }
        Event::ContentsReleased { by }
        | Event::RunPaused { by }
        | Event::RunResumed { by }
        | Event::RunCancelled { by } => {
            format!("by {}", clean::line(by))
        }
        Event::RunFinished { outcome } => outcome_word(outcome).to_owned(),
    }
}

/// Says how much may be spent.
pub(crate) fn caps_text(caps: Caps) -> String {
    match (caps.money, caps.tokens) {
        (None, None) => "no limit".to_owned(),
        (Some(money), None) => format!("at most {money}"),
        (None, Some(tokens)) => format!("at most {tokens} tokens"),
        (Some(money), Some(tokens)) => format!("at most {money} and {tokens} tokens"),
    }
}

/// Returns a word for how a run ended.
pub(crate) const fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Partial => "partly succeeded",
        Outcome::Failed => "failed",
        Outcome::Planned => "planned",
        Outcome::Unplannable(_) => "cannot be planned",
        Outcome::OutOfScope => "out of scope",
        Outcome::Unclear => "unclear",
        Outcome::Cancelled => "cancelled",
    }
}

/// Returns a word for a ruling.
pub(crate) const fn ruling_word(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::Allow => "allow",
        Ruling::Ask => "ask",
        Ruling::Deny => "deny",
    }
}

/// Says why an approval is asked for.
pub(crate) fn reason_text(reason: &ApprovalReason) -> String {
    match reason {
        ApprovalReason::Policy(why) => clean::line(why),
        ApprovalReason::Tool {
            skill,
            action,
            with,
            because,
            ..
        } => format!(
            "the agent wants {}.{} {}: {}",
            clean::short(skill, 40),
            clean::short(action, 40),
            clean::short(with, 200),
            clean::line(because)
        ),
        ApprovalReason::InDoubt(why) => {
            format!("it may have happened already: {}", clean::line(why))
        }
    }
}

/// Says why a step failed.
pub(crate) fn failure(why: &StepFailure) -> String {
    match why {
        StepFailure::Effect(failure) => {
            let hint = failure
                .hint
                .as_ref()
                .map(|hint| format!(" ({})", clean::short(hint, 160)))
                .unwrap_or_default();
            format!("{}{hint}", clean::short(&failure.message, 240))
        }
        StepFailure::Checks(checks) => {
            let broken: Vec<String> = checks.iter().filter_map(broken).collect();
            broken.join("; ")
        }
        StepFailure::Conflict(paths) => format!(
            "somebody else changed {}; nothing was overwritten",
            clean::short(&paths.join(", "), 160)
        ),
        StepFailure::Denied(why) => format!("not approved: {}", clean::short(why, 160)),
        StepFailure::InDoubt => "it is not known whether it happened".to_owned(),
        StepFailure::OutOfTime => "the run's time was over".to_owned(),
        StepFailure::Budget(what) => {
            format!(
                "the budget does not hold what comes next: {}",
                clean::line(what)
            )
        }
    }
}

fn broken(judged: &Judged) -> Option<String> {
    match &judged.verdict {
        Verdict::Broken(why) => Some(clean::short(why, 200)),
        Verdict::Held | Verdict::Unproven(_) => None,
    }
}

/// Says why a step is not done.
pub(crate) fn skipped(why: &SkipReason) -> String {
    match why {
        SkipReason::Missing { need, cure } => {
            format!("needs {}; {}", clean::line(need), clean::line(cure))
        }
        SkipReason::Behind(step) => format!("`{step}` was not done"),
        SkipReason::Cancelled => "the run was cancelled".to_owned(),
    }
}

/// Says what an effect does.
pub(crate) fn kind_text(kind: &EffectKind) -> String {
    match kind {
        EffectKind::Call { .. } => "call".to_owned(),
        EffectKind::Commit { .. } => "commit of edits".to_owned(),
        EffectKind::Check => "look for the checks".to_owned(),
        EffectKind::Rerun { .. } => "failed tests again".to_owned(),
        EffectKind::Restore { .. } => "edits taken back".to_owned(),
        EffectKind::Think {
            turn,
            bytes,
            left_out,
            ..
        } => {
            let mut text = format!("turn {turn}, asked {bytes} bytes");
            if !left_out.is_empty() {
                let names: Vec<String> = left_out.iter().map(ToString::to_string).collect();
                text.push_str(", without all of ");
                text.push_str(&clean::short(&names.join(", "), 200));
            }
            text
        }
        EffectKind::Act { skill, action, .. } => format!("{skill}.{action} for the model"),
        EffectKind::Prove { skill, action } => format!("{skill}.{action} as proof"),
    }
}

/// Says what a model answered: what it called, or the beginning of what it said.
pub(crate) fn reply_text(reply: &venom_kernel::model::Reply) -> String {
    let calls: Vec<String> = reply
        .calls()
        .take(8)
        .map(|call| clean::short(&call.name, 40))
        .collect();
    if calls.is_empty() {
        format!(": \"{}\"", clean::short(&reply.text(), 120))
    } else {
        format!(": calls {}", calls.join(", "))
    }
}

fn outcome_text(outcome: &EffectOutcome) -> String {
    match outcome {
        EffectOutcome::Done(done) => {
            let files = done
                .changes
                .as_ref()
                .map(|changes| format!(", {} files staged", changes.files))
                .unwrap_or_default();
            let commands = done
                .receipt
                .as_ref()
                .filter(|receipt| receipt.commands > 0)
                .map(|receipt| format!(", {} commands {}", receipt.commands, receipt.tier))
                .unwrap_or_default();
            let said = done
                .reply
                .as_ref()
                .map(|reply| reply_text(reply))
                .unwrap_or_default();
            format!("done in {}{files}{commands}{said}", done.took)
        }
        EffectOutcome::Failed(failure) => {
            format!(
                "failed ({}): {}",
                failure.kind,
                clean::short(&failure.message, 160)
            )
        }
        EffectOutcome::Stopped => "stopped".to_owned(),
    }
}

/// Says what came of a question to a model before there were steps.
pub(crate) fn heard_text(heard: &Heard) -> String {
    match heard {
        Heard::Answered { stop, took, .. } if stop.is_whole() => format!("answered in {took}"),
        Heard::Answered { took, .. } => format!("its answer was cut off after {took}"),
        Heard::Failed(failure) => clean::short(&failure.message, 200),
        Heard::Stopped => "nobody heard the end of its answer".to_owned(),
    }
}

/// Says how a proposal of a plan was judged.
pub(crate) fn considered_text(considered: &Considered) -> String {
    let number = considered.number;
    let repaired = if considered.repaired {
        ", put right"
    } else {
        ""
    };
    if let Some(first) = considered.faults.first() {
        let more = match considered.faults.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        return format!(
            "plan {number}{repaired} cannot be run: {}{more}",
            clean::short(first, 200)
        );
    }
    let price = considered
        .quote
        .map(|quote| format!(", {}, {}", quote.expected.p50, quote.expected.cost_p50))
        .unwrap_or_default();
    let chosen = if considered.is_chosen { ", chosen" } else { "" };
    format!(
        "plan {number}{repaired}: {} steps for {} parts of the goal{price}{chosen}",
        considered.steps, considered.covers
    )
}
