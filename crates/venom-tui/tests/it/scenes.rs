//! Situations by name: what somebody may find on the screen.

use serde_json::json;
use venom_kernel::agent::Limits;
use venom_kernel::effect::EffectClass;
use venom_kernel::event::{ApprovalReason, Event, Outcome, RunOptions, SkipReason, StepFailure};
use venom_kernel::id::Seq;
use venom_kernel::plan::layout::picture::Glyphs;
use venom_kernel::policy::Policy;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::{News, Rest};
use venom_ports::api::time::{FileDifference, PathPlan, RewindPreview, Stays};
use venom_ports::projection::{RunRow, RunStatus};
use venom_tui::headless::Headless;
use venom_tui::look::{Depth, Look};
use venom_tui::words::Words;

use super::known;
use super::story::{Story, run_id, secure};

pub(crate) const WORDS: Words = Words {
    event: what,
    time,
    reason,
    failure,
    skipped,
    outcome,
};

fn what(event: &Event) -> String {
    event.data().to_string().chars().take(90).collect()
}

fn time(time: Timestamp) -> String {
    let seconds = time.micros() / 1_000_000 % 86_400;
    format!(
        "2026-11-23 {:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn reason(reason: &ApprovalReason) -> String {
    match reason {
        ApprovalReason::Policy(why) | ApprovalReason::InDoubt(why) => why.clone(),
        ApprovalReason::Tool { because, .. } => because.clone(),
    }
}

fn failure(why: &StepFailure) -> String {
    match why {
        StepFailure::Effect(failure) => failure.message.clone(),
        other => format!("{other:?}"),
    }
}

fn skipped(why: &SkipReason) -> String {
    format!("{why:?}")
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Partial => "partly succeeded",
        Outcome::Cancelled => "cancelled",
        _ => "failed",
    }
}

pub(crate) const fn look(depth: Depth, glyphs: Glyphs, is_linear: bool) -> Look {
    Look {
        depth,
        glyphs,
        is_linear,
        has_mouse: true,
    }
}

fn row(number: u128, goal: &str, status: RunStatus, outcome: Option<Outcome>) -> RunRow {
    RunRow {
        run: run_id(number),
        goal: goal.into(),
        workspace: "/home/shop".into(),
        started: Timestamp::from_micros(1_795_424_400_000_000),
        updated: Timestamp::from_micros(1_795_424_400_000_000),
        seq: Seq::new(9),
        status,
        outcome,
    }
}

fn rows(first: RunRow) -> Vec<RunRow> {
    vec![
        first,
        row(
            11,
            "run the tests",
            RunStatus::Finished,
            Some(Outcome::Succeeded),
        ),
        row(
            12,
            "rename parse_line to read_line everywhere and say in the changelog that it was done",
            RunStatus::Finished,
            Some(Outcome::Partial),
        ),
        row(
            13,
            "délete the ol\u{1b}[31md \u{202e}cache",
            RunStatus::Finished,
            Some(Outcome::Failed),
        ),
        row(14, "日本語のテストを走らせる", RunStatus::Paused, None),
    ]
}

fn at(news: Vec<News>, number: u128, goal: &str, status: RunStatus, ui: &mut Headless) {
    ui.lists(rows(row(number, goal, status, None)));
    ui.hears(news);
}

/// A run in the middle of its plan: one step is done, one has failed, one runs, one is asked for.
fn middle() -> Story {
    let mut plan = secure();
    plan.steps[3].class = EffectClass::Irreversible;
    let mut story = Story::of(plan, RunOptions::default(), Policy::default());
    story.done("analyse", json!({ "files": 41 }));
    story.done("tests-before", json!({ "passed": 12 }));
    story.fails("find-vulns", "semgrep ended with 2");
    story
}

pub(crate) fn build(name: &str, look: Look, size: (u16, u16)) -> Headless {
    let mut ui = Headless::new(look, WORDS, size);
    let secure_goal = "make it more secure";
    match name {
        "empty" => ui.lists(vec![]),
        "live" => {
            let mut story = Story::of(secure(), RunOptions::default(), Policy::default());
            story.done("analyse", json!({ "files": 41 }));
            at(story.news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.hears(vec![News::Line {
                step: "lint".parse().unwrap(),
                line: "checking 41 files".into(),
            }]);
            ui.press("2");
        }
        "failed" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("2");
            ui.press("g");
            ui.press("j");
        }
        "past" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            for _ in 0..6 {
                ui.press("[");
            }
        }
        "question" => {
            at(
                Story::asking().news(),
                2,
                "rename it",
                RunStatus::Waiting,
                &mut ui,
            );
            ui.hears(vec![News::Rest(Rest::Asking)]);
        }
        "own-words" => {
            ui = build("question", look, size);
            ui.press("Down");
            ui.press("Down");
            ui.types("boutique");
        }
        "approval" => {
            at(middle().news(), 1, secure_goal, RunStatus::Waiting, &mut ui);
            ui.hears(vec![News::Rest(Rest::Approvals)]);
        }
        "hostile" => {
            let mut story = Story::agent("read\u{1b}]0;owned\u{7} it", Limits::default());
            let text = format!(
                "\u{1b}[2J\u{1b}[31mred\u{1b}[0m \u{202e}turned\u{202c} a\u{0}b\u{8}c\u{feff}d\r\nnext\tline {}",
                "x".repeat(1 << 20)
            );
            story.thinks(&text, "../../etc/\u{1b}[31mpasswd");
            story.gives("\u{9b}31mcontrol \u{2066}isolate");
            at(story.news(), 3, "read it", RunStatus::Active, &mut ui);
            ui.hears(vec![News::Line {
                step: "work".parse().unwrap(),
                line: format!("\u{1b}[5mblink{}", "y".repeat(1 << 20)),
            }]);
            ui.press("3");
            ui.press("g");
        }
        "cost" => {
            let mut story = Story::agent("mend it", Limits::default());
            for number in 0..12 {
                story.thinks(
                    &format!("I look at file {number}."),
                    &format!("src/{number}.rs"),
                );
                story.gives(&format!("pub fn shop_{number}() {{}}"));
            }
            at(story.news(), 3, "mend it", RunStatus::Active, &mut ui);
            ui.press("3");
            for _ in 0..3 {
                ui.press("t");
            }
        }
        "events" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("3");
            ui.press("T");
        }
        "diff" => {
            let story = middle();
            let seq = Seq::new(story.log.len() as u64);
            at(story.news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("d");
            let file = |path: &str, nature: &str, unified: Option<&str>| FileDifference {
                path: path.into(),
                nature: nature.into(),
                before: None,
                after: None,
                unified: unified.map(str::to_owned),
            };
            ui.compared(
                run_id(1),
                seq,
                Some(vec![
                    file("src/auth.rs", "changed", Some("--- a/src/auth.rs\n+++ b/src/auth.rs\n@@ -1,3 +1,3 @@\n fn check(word: &str) -> bool {\n-    word == SECRET\n+    same_time(word, SECRET)\n }\n")),
                    file("logo.png", "added", None),
                ]),
            );
        }
        "rewind" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("u");
            let path = |path: &str, what: &str| PathPlan {
                path: path.into(),
                what: what.into(),
            };
            ui.previewed(
                run_id(1),
                Ok(RewindPreview {
                    run: run_id(1),
                    to: Seq::new(1),
                    paths: vec![
                        path("src/auth.rs", "is written"),
                        path("TODO.md", "is removed"),
                    ],
                    writes: 1,
                    removals: 1,
                    modes: 0,
                    bytes: 1_204,
                    conflicts: vec![path("README.md", "somebody changed it since")],
                    repositories: vec![],
                    stays: vec![Stays {
                        what: "git push".into(),
                        why: "what others have cannot be taken back".into(),
                    }],
                    is_large: false,
                }),
            );
        }
        "help" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("?");
        }
        "palette" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press(":");
            ui.types("re");
        }
        "compose" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("i");
            ui.types("first this");
            ui.press("Alt-Enter");
            ui.types("then look at @src/a");
            ui.completed("src/a", vec!["src/auth.rs".into(), "src/args/".into()]);
        }
        "ended" => {
            let mut story = middle();
            let open: Vec<String> = story
                .machine
                .state()
                .open_effects()
                .map(|(_, effect)| {
                    story.machine.state().plan().steps[effect.step]
                        .id
                        .to_string()
                })
                .collect();
            for step in open {
                story.done(&step, json!({ "text": "all is well" }));
            }
            if story.machine.state().open_approvals().next().is_some() {
                story.decide(1, false, "ada");
            }
            at(story.news(), 1, secure_goal, RunStatus::Finished, &mut ui);
            ui.hears(vec![News::Rest(Rest::Finished)]);
        }
        "paused" => {
            let mut story = Story::of(secure(), RunOptions::default(), Policy::default());
            story.pause();
            at(story.news(), 1, secure_goal, RunStatus::Paused, &mut ui);
            ui.hears(vec![News::Rest(Rest::Abandoned)]);
        }
        "memory" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("m");
            ui.types("where is the cache");
            ui.press("Enter");
            ui.recalled(Ok(known::found()));
        }
        "forget" => {
            ui = build("memory", look, size);
            ui.press("j");
            ui.press("x");
        }
        "router" => {
            ui.knows(known::models(), vec![]);
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("P");
            ui.learnt(known::records());
        }
        "agents" => {
            let mut story = Story::agent("mend it", Limits::default());
            story.thinks("I look at it.", "src/lib.rs");
            story.gives("pub fn shop() {}");
            at(story.news(), 3, "mend it", RunStatus::Active, &mut ui);
            ui.press("A");
        }
        "state" => {
            at(middle().news(), 1, secure_goal, RunStatus::Paused, &mut ui);
            for _ in 0..6 {
                ui.press("[");
            }
            ui.press("B");
            ui.state_checked(run_id(1), Ok(()));
        }
        "filter" => {
            at(middle().news(), 1, secure_goal, RunStatus::Active, &mut ui);
            ui.press("1");
            ui.press("/");
            ui.types("test");
        }
        other => panic!("there is no scene {other}"),
    }
    ui.orders();
    ui
}

pub(crate) const ALL: &[&str] = &[
    "empty",
    "live",
    "failed",
    "past",
    "question",
    "own-words",
    "approval",
    "hostile",
    "cost",
    "events",
    "diff",
    "rewind",
    "help",
    "palette",
    "compose",
    "ended",
    "paused",
    "filter",
    "memory",
    "forget",
    "router",
    "agents",
    "state",
];
