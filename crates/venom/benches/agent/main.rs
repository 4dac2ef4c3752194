//! What an agent costs beside the model that it waits for.
//!
//! `cargo xtask bench agent` starts the binary with a goal that no playbook covers and a provider on this machine that
//! answers at once. In one task the agent searches, reads and edits; in the other one it runs a command in the
//! sandbox in each turn. What counts is the process itself; what it started, the sandbox with its commands, is told
//! apart. The figures are those of `/proc` at the end of the process; a turn is what the process used from one request
//! to the next. Of several rounds the median is printed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails by panicking"
)]

mod usage;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use venom_kernel::model::{Stop, Usage};
use venom_testkit::provider::{Answer, FakeServer, Seen, Speaks, Speech};

use self::usage::{Threads, Used, Watch};

/// Turns with a tool, from the goal that is measured.
const TURNS: usize = 20;
/// Turns of the long task: what a turn costs must not grow with the conversation.
const MANY: usize = 60;
/// Rounds of each task; `--ci` makes fewer.
const ROUNDS: usize = 5;
const ROUNDS_CI: usize = 2;

const GOAL: &str = "paint the shed in a colour that goes with the roses";

/// The goals: processor time of the whole run, memory, and processor time of a turn.
const CPU_S: f64 = 0.5;
const PEAK_MIB: f64 = 40.0;
const TURN_MS: f64 = 5.0;

/// What the agent does in its turns.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    /// It searches, reads and edits files.
    Edits,
    /// It runs a command.
    Commands,
}

impl Task {
    const fn name(self) -> &'static str {
        match self {
            Self::Edits => "search, read, edit",
            Self::Commands => "a command",
        }
    }

    /// What the model calls in a turn.
    fn call(self, turn: usize) -> (&'static str, Value) {
        let path = format!("shed/part{:02}.txt", turn / 3 % PARTS);
        match (self, turn % 3) {
            (Self::Commands, _) => (
                "shell_run",
                json!({"script": format!("echo board $(({turn} + 100))")}),
            ),
            (Self::Edits, 0) => ("files_search", json!({"pattern": format!("board {turn} ")})),
            (Self::Edits, 1) => ("files_read", json!({"path": path})),
            (Self::Edits, _) => (
                "files_edit",
                json!({"path": path, "edits": [{
                    "find": format!("board {} is grey", turn % BOARDS),
                    "replace": format!("board {} is red, in turn {turn}", turn % BOARDS),
                }]}),
            ),
        }
    }
}

/// The files of the project, and the lines of each.
const PARTS: usize = 20;
const BOARDS: usize = 100;

/// One run.
struct Run {
    used: Used,
    wall: Duration,
    /// Processor time from one request to the next.
    turns: Vec<Duration>,
}

fn main() -> ExitCode {
    let is_ci = std::env::args().any(|arg| arg == "--ci");
    let rounds = if is_ci { ROUNDS_CI } else { ROUNDS };
    println!("| figure | measured | goal |\n|---|---:|---:|");
    let mut over = Vec::new();
    let mut bound = |name: &str, value: f64, unit: &str, goal: f64, slack: f64| {
        println!("| {name} | {value:.2} {unit} | {goal} {unit} |");
        // On a machine that others use too, CI only looks for something gone badly wrong.
        if value > if is_ci { goal * slack } else { goal } {
            over.push(name.to_owned());
        }
    };
    for task in [Task::Edits, Task::Commands] {
        let name = task.name();
        let runs: Vec<Run> = (0..rounds).map(|_| play(task, TURNS)).collect();
        let of = |figure: &dyn Fn(&Run) -> f64| median(runs.iter().map(figure).collect());
        bound(
            &format!("{name}: {TURNS} turns, processor time of VENOM"),
            of(&|run| run.used.own.as_secs_f64()),
            "s",
            CPU_S,
            5.0,
        );
        bound(
            &format!("{name}: a turn, processor time of VENOM"),
            of(&|run| millis(middle(&run.turns))),
            "ms",
            TURN_MS,
            5.0,
        );
        // Memory does not depend on who else uses the machine. What is mapped of the program itself counts too, and is most
        // of what goes beyond the goal.
        bound(
            &format!("{name}: most memory of VENOM"),
            of(&|run| run.used.peak as f64 / 1_024.0),
            "MiB",
            PEAK_MIB,
            2.0,
        );
        let slowest = of(&|run| run.turns.iter().copied().max().map_or(0.0, millis));
        println!("| {name}: the dearest turn | {slowest:.2} ms | |");
        println!(
            "| {name}: processor time of what it started | {:.2} s | |",
            of(&|run| run.used.children.as_secs_f64())
        );
        println!(
            "| {name}: most memory of one of those {:.0} processes | {:.2} MiB | |",
            of(&|run| run.used.started as f64),
            of(&|run| run.used.children_peak as f64 / 1_024.0)
        );
        println!(
            "| {name}: wall of the whole run | {:.0} ms | |",
            of(&|run| millis(run.wall))
        );
    }
    if !is_ci {
        let long: Vec<Run> = (0..rounds).map(|_| play(Task::Edits, MANY)).collect();
        let part = |from: usize, to: usize| {
            let turns = |run: &Run| {
                run.turns
                    .get(from..to)
                    .map_or(0.0, |turns| millis(middle(turns)))
            };
            median(long.iter().map(turns).collect())
        };
        println!(
            "| {}: of {MANY} turns, one of the first and one of the last {TURNS} | {:.2} ms, {:.2} ms | |",
            Task::Edits.name(),
            part(0, TURNS),
            part(MANY - TURNS, MANY)
        );
        let peak = median(long.iter().map(|run| run.used.peak as f64).collect());
        println!(
            "| {}: {MANY} turns, most memory of VENOM | {:.2} MiB | |",
            Task::Edits.name(),
            peak / 1_024.0
        );
    }
    if over.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nover the goal: {}", over.join(", "));
    ExitCode::FAILURE
}

/// Runs a task of so many turns, and the claim to be done.
fn play(task: Task, turns: usize) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    for part in 0..PARTS {
        let boards: Vec<String> = (0..BOARDS)
            .map(|board| format!("board {board} is grey\n"))
            .collect();
        write(
            &work.join(format!("shed/part{part:02}.txt")),
            &boards.concat(),
        );
    }
    // The process id is known after the server's address.
    let pid: Arc<OnceLock<u32>> = Arc::default();
    let marks: Arc<Mutex<(Threads, Vec<Duration>)>> = Arc::default();
    let server = {
        let (pid, marks) = (Arc::clone(&pid), Arc::clone(&marks));
        FakeServer::responding(move |seen, _| {
            let mut marks = marks.lock().unwrap();
            let so_far = marks.0.look(*pid.wait());
            marks.1.push(so_far);
            answer(task, turns, seen)
        })
        .unwrap()
    };
    let home = folder.path().join("venom");
    write(
        &home.join("config.yaml"),
        &format!(
            "providers:\n  fake: {{kind: openai, url: \"{}/v1\", models: [one]}}\nagent: {{understand: false, turns: 100}}\n",
            server.url()
        ),
    );
    write(
        &home.join("models.yaml"),
        "models:\n  - {provider: fake, name: one, context: 200000, max_output: 4000, tools: true, schema: true}\n",
    );
    let path = std::env::vars_os()
        .find(|(name, _)| name == "PATH")
        .map(|(_, value)| value)
        .unwrap_or_default();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_venom"))
        .args(["run", GOAL, "--json"])
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder.path())
        .env("VENOM_HOME", &home)
        .env("USER", "bench")
        .current_dir(&work)
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.path().join("out")).unwrap())
        .stderr(fs::File::create(folder.path().join("err")).unwrap())
        .spawn()
        .unwrap();
    pid.set(child.id()).unwrap();
    let used = Watch::of(child.id()).finish();
    let wall = begun.elapsed();
    let status = child.wait().unwrap();
    let said = fs::read_to_string(folder.path().join("out")).unwrap();
    let marks = marks.lock().unwrap().1.clone();
    // What did not do its work is not measured.
    assert_eq!(
        marks.len(),
        turns + 1,
        "{status}: {said}{}",
        fs::read_to_string(folder.path().join("err")).unwrap()
    );
    let report: Value = serde_json::from_str(&said).unwrap();
    let changed = report["data"]["changed"].as_array().map_or(0, Vec::len);
    assert_eq!(changed > 0, task == Task::Edits, "{report}");
    let last = server.seen().last().unwrap().body["messages"].to_string();
    assert!(!last.contains("The call failed"), "{last}");
    if task == Task::Commands {
        let ran = (0..turns).filter(|turn| last.contains(&format!("board {}", turn + 100)));
        assert_eq!(ran.count(), turns, "{last}");
    }
    Run {
        used,
        wall,
        turns: marks
            .windows(2)
            .map(|two| two[1].saturating_sub(two[0]))
            .collect(),
    }
}

/// What the provider answers: the next call, and in the end the claim to be done.
fn answer(task: Task, turns: usize, seen: &Seen) -> Answer {
    let messages = seen.body["messages"].as_array().into_iter().flatten();
    let turn = messages
        .filter(|message| message["role"] == "assistant")
        .count();
    let call = if turn < turns {
        task.call(turn)
    } else {
        let why = "Nothing had to be changed to run commands.";
        (
            "done",
            json!({"summary": "The shed is red.", "no_change_because": why}),
        )
    };
    let speech = Speech {
        thinking: Vec::new(),
        text: vec!["I go on.\n".to_owned()],
        calls: vec![(call.0.to_owned(), call.1)],
        stop: Stop::Tools,
        usage: Usage {
            input: 3_000,
            output: 200,
            ..Usage::default()
        },
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn middle(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
