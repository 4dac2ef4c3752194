//! What is played in the campaigns, where its calls stand between its events, and what must be true
//! of its home whatever happened.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use venom_kernel::event::{ApprovalReason, Envelope, Event, Outcome};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::RunState;
use venom_outage::call::{Call, Deed};
use venom_outage::watch::{Ruling, watch};
use venom_store::Store;

use super::super::home::{Home, program, write};
use super::sink::Sink;

/// Steps side by side, an edit that is asked about, a commit, and a call that cannot be taken back.
const RELEASE: &str = "venom: 1
name: release-notes
title: Write, commit and announce the notes
utterances:
  - publish the release notes
  - publish the notes of the release
  - get the release notes out
  - release notes please
steps:
  - id: find
    title: Find what is open
    skill: files
    action: todos
  - id: count
    title: Count the lines
    skill: shell
    action: run
    params: { script: \"wc -l todo.py\" }
  - id: write
    title: Write the list
    skill: files
    action: write-list
    params:
      path: NOTES.md
      title: Notes
      items: \"${step.find.items}\"
    verify:
      - check: file-exists
        path: NOTES.md
  - id: commit
    title: Commit the notes
    skill: git
    action: commit
    params: { message: \"docs: add notes\" }
    after: [write, count]
    verify:
      - check: committed
  - id: tell
    title: Tell everybody
    skill: function
    action: invoke
    params: { function: tell, payload: { text: \"the notes are out\" } }
    after: [commit]
";

/// Does all of it, with a budget of time.
pub(super) const RUN: &[&str] = &[
    "run",
    "publish the release notes",
    "--yes",
    "--jsonl",
    "--no-input",
    "--timeout",
    "10m",
];

/// A home with a repository and a function outside.
pub(super) struct Scene {
    pub(super) home: Home,
    pub(super) sink: Sink,
}

impl Scene {
    pub(super) fn new() -> Self {
        let (home, sink) = (Home::new(), Sink::new());
        home.playbook("release-notes.yaml", RELEASE);
        home.file("todo.py", "# TODO: one\n");
        let config = format!(
            "functions:\n  tell: {{kind: http, url: \"{}\", retries: 0}}\n\
             policy:\n  rules:\n    - {{skill: files, action: write-list, ruling: ask}}\n",
            sink.url()
        );
        write(&home.venom_home().join("config.yaml"), &config);
        let work = home.work();
        for args in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["config", "user.name", "Tester"],
            &["config", "user.email", "tester@example.org"],
            &["add", "--all"],
            &[
                "-c",
                "user.name=Tester",
                "commit",
                "--quiet",
                "--date=2026-01-01T00:00:00Z",
                "--message",
                "chore: begin",
            ],
        ] {
            program(&work, "git", args).expect("git works");
        }
        Self { home, sink }
    }
}

/// Where a call stands between the events of a run. A call may stand in two places.
#[derive(Debug)]
pub(super) struct Places {
    data: PathBuf,
    work: PathBuf,
    /// What was written to the log since it was flushed.
    is_appending: bool,
    is_appended: bool,
    is_performed: bool,
}

impl Places {
    pub(super) fn of(home: &Home) -> Self {
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        let folder = real(home.work());
        let parent = folder.parent().expect("a parent").to_owned();
        Self {
            data: parent.join("venom"),
            work: folder,
            is_appending: false,
            is_appended: false,
            is_performed: false,
        }
    }

    /// Names the places of a call; none if nothing that lasts comes of it.
    pub(super) fn name(&mut self, call: &Call) -> Vec<&'static str> {
        let mut names = Vec::new();
        let Some(name) = self.place(call) else {
            return names;
        };
        names.push(name);
        if self.is_appended && name != "after append" {
            names.push("after append");
        }
        self.is_appended = matches!(&call.deed, Deed::Sync { path } if is_log(path));
        names
    }

    fn place(&mut self, call: &Call) -> Option<&'static str> {
        let is_effect = match &call.deed {
            Deed::Say { .. } if call.is_own => return Some("before acknowledgement"),
            // What a command starts by itself is a part of the same effect.
            Deed::Start { .. } => !call.is_own,
            Deed::Connect => call.is_own,
            deed => call.is_own && deed.path().is_some_and(|path| path.starts_with(&self.work)),
        };
        if is_effect {
            self.is_performed = true;
            return Some("before effect");
        }
        let path = call.deed.path()?;
        let below = path.strip_prefix(&self.data).ok()?;
        if !call.is_own || below.starts_with("data/logs") {
            return None;
        }
        if is_log(path) {
            let is_write = matches!(call.deed, Deed::Write { .. });
            if is_write && !self.is_appending {
                self.is_appending = true;
                let name = if self.is_performed {
                    "after effect"
                } else {
                    "before append"
                };
                self.is_performed = false;
                return Some(name);
            }
            if matches!(call.deed, Deed::Sync { .. }) {
                self.is_appending = false;
            }
            return Some("in an append");
        }
        if below.starts_with("data/blobs") {
            return Some("in a pack");
        }
        Some("elsewhere")
    }
}

fn is_log(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "log.db-wal")
}

/// What came of a command that was watched.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) code: Option<i32>,
    /// Its whole lines on standard output.
    pub(super) lines: Vec<Value>,
    pub(super) stderr: String,
    /// The places of each call that lasts, in order, and what it was.
    pub(super) places: Vec<(Vec<&'static str>, String)>,
}

/// Runs a command; `rule` is asked about each call that lasts, by its number.
pub(super) fn play(
    home: &Home,
    args: &[&str],
    mut rule: impl FnMut(usize, &Call, &[&'static str]) -> Ruling + Send + 'static,
) -> Played {
    let places = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&places);
    let mut finder = Places::of(home);
    let watched = watch(home.command(args), move |call| {
        let names = finder.name(call);
        if names.is_empty() {
            return Ruling::GoOn;
        }
        let mut seen = seen.lock().expect("nobody panicked");
        let ruling = rule(seen.len(), call, &names);
        seen.push((names, brief(&call.deed)));
        ruling
    });
    let mut watched = watched.expect("venom starts");
    let stdout = watched.child.stdout.take().expect("a pipe");
    let stderr = watched.child.stderr.take().expect("a pipe");
    let talk = std::thread::spawn(move || std::io::read_to_string(stderr).expect("text"));
    // The last line may be cut off; it was never said.
    let lines = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    let status = watched.finish().expect("nobody else answers its calls");
    let stderr = talk.join().expect("text");
    let places = std::mem::take(&mut *places.lock().expect("nobody panicked"));
    Played {
        code: status.code(),
        lines,
        stderr,
        places,
    }
}

/// Says what a call does in a few words.
fn brief(deed: &Deed) -> String {
    match deed {
        Deed::Write {
            path,
            offset,
            bytes,
        } => format!("{} bytes at {offset} of {}", bytes.len(), path.display()),
        Deed::Say { bytes } => {
            let text = String::from_utf8_lossy(bytes);
            format!("say {}", text.chars().take(80).collect::<String>())
        }
        other => format!("{other:?}"),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(work)
}

/// The run of a home and its events, read past the command line; checks the log on the way.
pub(super) fn events(data: &Path) -> Result<Vec<(RunId, Vec<Envelope>)>, String> {
    let said = |failure: venom_ports::Failure| failure.to_string();
    let store = Store::open(data).map_err(said)?;
    let read = block_on(async {
        let verified = store.log().verify(None).await.map_err(said)?;
        if let Some(damage) = verified.damage {
            return Err(format!("damage: {damage:?}"));
        }
        let mut all = Vec::new();
        let log = store.log();
        for run in store.projections().runs(100).await.map_err(said)? {
            let events = log.read(run.run, Seq::ZERO, 100_000);
            all.push((run.run, events.await.map_err(said)?));
        }
        // The list of runs is made of the log and must be as if it had just been made.
        let kept = store.projections().digest().await.map_err(said)?;
        let made = store.projections().rebuild().await.map_err(said)?;
        if kept != made {
            return Err("the list of runs is not what the log says".to_owned());
        }
        Ok(all)
    });
    let checked = store.blobs_check().map_err(said)?;
    block_on(store.close()).map_err(said)?;
    if !checked.is_whole() {
        return Err(format!("blobs: {checked:?}"));
    }
    read
}

/// Returns what a run came to, with the names of its commits taken out: they depend on when the
/// commits were made.
pub(super) fn outcome(events: &[Envelope]) -> (Option<Outcome>, String) {
    let mut text = serde_json::to_string(events).expect("JSON");
    for commit in commits(events) {
        text = text.replace(&commit, &"0".repeat(commit.len()));
        let short: String = commit.chars().take(10).collect();
        text = text.replace(&short, &"0".repeat(short.len()));
    }
    let events: Vec<Envelope> = serde_json::from_str(&text).expect("events");
    let state = RunState::fold(events.iter().map(|envelope| &envelope.event)).expect("it folds");
    (state.outcome().cloned(), state.outcome_digest().to_string())
}

fn commits(events: &[Envelope]) -> Vec<String> {
    let mut found = Vec::new();
    for envelope in events {
        let value = serde_json::to_value(envelope).expect("JSON");
        if let Some(evidence) = value
            .pointer("/event/data/outcome/done/evidence")
            .and_then(Value::as_array)
        {
            found.extend(
                evidence
                    .iter()
                    .filter_map(|one| Some(one.pointer("/commit/id")?.as_str()?.to_owned())),
            );
        }
        // The commit that it stands on was made by the test at another time.
        if let Some(head) = value.pointer("/event/data/kind/call/prepared/head") {
            found.extend(head.as_str().map(str::to_owned));
        }
    }
    found
}

/// Every event that was acknowledged is in the log as it was told.
pub(super) fn nothing_lost(lines: &[Value], events: &[Envelope]) -> Result<usize, String> {
    let mut kept = 0;
    for line in lines.iter().filter(|line| line["event"].is_object()) {
        let seq = line["seq"].as_u64().unwrap_or(0);
        let place = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        let found = events
            .get(place)
            .map(|envelope| serde_json::to_value(&envelope.event).expect("JSON"));
        if found.as_ref() != Some(&line["event"]) {
            let name = &line["event"]["type"];
            let found = found.map(|found| found["type"].to_string());
            return Err(format!(
                "event {seq}, a {name}, was acknowledged; found {found:?}"
            ));
        }
        kept += 1;
    }
    Ok(kept)
}

/// Goes on with the run of a scene until it is over, as a user would who looks at the sink before
/// agreeing to do something again. Tells how often the user was asked.
pub(super) fn resumed(scene: &Scene) -> usize {
    let home = &scene.home;
    let (_, runs) = home.json(&["runs", "--json"]);
    if runs["data"]["runs"].as_array().is_none_or(Vec::is_empty) {
        // Killed before it was anything.
        let done = home.venom(RUN);
        assert_eq!(done.code, Some(0), "{done:?}");
        return 0;
    }
    for asked in 0..10 {
        let (code, report) = home.json(&["resume", "last", "--json"]);
        let is_waiting = report["data"]["approvals"]
            .as_array()
            .is_some_and(|approvals| !approvals.is_empty());
        if !is_waiting {
            let is_over =
                report["error"]["code"] == "refused" || report["data"]["outcome"].is_string();
            assert!(is_over, "{code:?}: {report}");
            return asked;
        }
        let answer = if scene.sink.count() == 0 {
            "approve"
        } else {
            "deny"
        };
        let (code, answered) = home.json(&[answer, "last", "--json"]);
        assert_eq!(code, Some(0), "{answer}: {answered}");
    }
    panic!("the run never ends");
}

/// Tells whether somebody was asked whether something is to be done again.
pub(super) fn was_in_doubt(events: &[Envelope]) -> bool {
    events.iter().any(|envelope| {
        matches!(
            &envelope.event,
            Event::ApprovalAsked {
                reason: ApprovalReason::InDoubt(_),
                ..
            }
        )
    })
}
