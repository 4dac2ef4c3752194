//! A story over nine days: what is learned stays learned, what changes is seen to change, and what was a lie goes with
//! all that came from it.
//!
//! The program is the one that is shipped, and knows no other time than the machine's: the clock is shifted from
//! outside, by `libfaketime`.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::home::{Done, Home, finish, has};
use super::learned::{GOAL, home_with, project, worker};

/// Where Debian's package puts it.
fn shim() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders
        .filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|path| path.is_file())
}

/// A home on one of its days.
struct Day<'h> {
    home: &'h Home,
    shim: &'h PathBuf,
    ago: u32,
}

impl Day<'_> {
    fn venom(&self, args: &[&str]) -> Done {
        let mut command = self.home.command(args);
        command
            .env("LD_PRELOAD", self.shim)
            .env("FAKETIME", format!("-{}d", self.ago))
            // Only what time it is: how long something takes is not changed.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        finish(command.spawn().expect("venom starts"))
    }

    fn ok(&self, args: &[&str]) -> String {
        let done = self.venom(args);
        assert_eq!(
            done.code,
            Some(0),
            "{} days ago, {args:?}: {done:?}",
            self.ago
        );
        done.stdout
    }

    fn data(&self, args: &[&str]) -> Value {
        let args = [args, &["--json"]].concat();
        let text = self.ok(&args);
        let document: Value = serde_json::from_str(&text).expect("a document");
        document["data"].clone()
    }

    /// Who owns `auth` as it is known, or was known at a moment.
    fn owner(&self, more: &[&str]) -> Value {
        let args = [&["memory", "facts", "auth", "--relation", "owned_by"], more].concat();
        self.data(&args)["facts"][0]["object"].clone()
    }
}

#[test]
fn a_story_over_days_is_remembered_as_it_was() {
    if !has("python3") {
        return;
    }
    let Some(shim) = shim() else {
        let mut variables = std::env::vars();
        let required = variables.find(|(name, _)| name == "VENOM_TEST_REQUIRE");
        let is_required = required.is_some_and(|(_, names)| names.contains("libfaketime"));
        assert!(!is_required, "libfaketime is required and not installed");
        println!("SKIPPED: libfaketime is not installed");
        return;
    };
    let (server, asked) = worker();
    let home = home_with(&server, "");
    for place in ["app", "lib"] {
        home.file(
            &format!("{place}/auth/login.py"),
            "def login():\n    return True\n",
        );
    }
    let day = |ago| Day {
        home: &home,
        shim: &shim,
        ago,
    };

    // Nine days ago. Words that mean two things are asked about once, and the answer is kept.
    let first = day(9);
    assert_eq!(
        first
            .venom(&["run", "explain the auth module", "--json"])
            .code,
        Some(12)
    );
    first.ok(&["answer", "last", "lib/auth"]);
    first.ok(&["resume"]);
    let date = first.data(&["runs", "--limit", "1"])["runs"][0]["started"].clone();
    home.file(
        "services.md",
        "auth is owned by team-red. checkout depends on auth. auth depends on postgres.",
    );
    first.ok(&["memory", "learn", "services.md"]);
    assert_eq!(first.owner(&[]), "team-red");
    // A goal that takes a model, which is approved of.
    first.ok(&["run", GOAL, "--json"]);
    let with_model = asked.load(Ordering::Relaxed);
    assert!(with_model > 0);
    let learned = first.data(&["skills", "learned", "list"]);
    let skill = learned["skills"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    first.ok(&["skills", "learned", "approve", &skill]);

    // Five days ago. The preference holds, and a fact is superseded.
    let second = day(5);
    let report = second.data(&["run", "explain the auth module"]);
    assert_eq!(report["preferred"][0]["answer"], "lib/auth", "{report}");
    home.file("owners.md", "auth is now owned by team-blue.");
    second.ok(&["memory", "learn", "owners.md"]);
    assert_eq!(second.owner(&[]), "team-blue");
    // A page that somebody believed.
    home.file(
        "page.html",
        "postgres depends on evil-lib. checkout is owned by mallory.",
    );
    second.ok(&[
        "memory",
        "learn",
        "page.html",
        "--source",
        "https://evil.example",
        "--untrusted",
    ]);
    let proposals = second.data(&["memory", "review"]);
    let ids: Vec<&str> = proposals["proposals"]
        .as_array()
        .expect("proposals")
        .iter()
        .map(|proposal| proposal["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 2, "{proposals}");
    second.ok(&[&["memory", "review", "accept"], ids.as_slice()].concat());
    let needs = second.ok(&["memory", "query", "needs(\"checkout\", X)"]);
    assert!(needs.contains("evil-lib"), "{needs}");

    // Yesterday. The goal is reached again without a model, and what is known was put in order meanwhile.
    let third = day(1);
    project(&home);
    std::fs::remove_file(home.work().join("test_double.py")).expect("the test");
    let again = third.data(&["run", GOAL]);
    assert_eq!(
        asked.load(Ordering::Relaxed),
        with_model,
        "a model was asked: {again}"
    );
    let consolidated = third.ok(&["memory", "consolidate", "--log"]);
    assert!(consolidated.contains("by the schedule"), "{consolidated}");
    // What was a lie goes with all that followed from it.
    let gone = third.data(&["memory", "unlearn", "https://evil.example"]);
    assert_eq!(gone["gone"].as_array().map(Vec::len), Some(2), "{gone}");
    assert!(gone["derived"].to_string().contains("evil-lib"), "{gone}");
    for args in [
        &["memory", "query", "needs(\"checkout\", X)"][..],
        &["memory", "facts", "--history"],
        &["memory", "graph"],
        &["memory", "review"],
    ] {
        let shown = third.ok(args);
        assert!(
            !shown.contains("evil-lib") && !shown.contains("mallory"),
            "{shown}"
        );
    }
    // What follows from the rest is proved, down to where it was said.
    let proof = third.ok(&["memory", "why", "needs(\"checkout\", \"postgres\")"]);
    for part in [
        "by needs(",
        "services.md",
        "checkout depends on auth",
        "auth depends on postgres",
    ] {
        assert!(proof.contains(part), "{part}: {proof}");
    }

    // Today. Each day is known as it was.
    let today = day(0);
    assert_eq!(today.owner(&["--at", &moment(&date, 1)]), "team-red");
    assert_eq!(today.owner(&["--at", &moment(&date, 5)]), "team-blue");
    let graph = today.ok(&["memory", "graph", "auth", "--at", &moment(&date, 1)]);
    assert!(
        graph.contains("team-red") && !graph.contains("team-blue"),
        "{graph}"
    );
    assert_eq!(today.venom(&["log", "verify"]).code, Some(0));
}

/// Returns the moment so many days behind one.
fn moment(from: &Value, days: u32) -> String {
    let micros = from.as_i64().expect("a time");
    let later = micros + i64::from(days) * 24 * 3_600_000_000;
    jiff::Timestamp::from_microsecond(later)
        .expect("a time")
        .to_string()
}
