//! What a command did to a workspace is taken back, one way of changing it after the other, and nothing
//! else is.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use super::home::{Home, has};
use super::sandbox::has_cell;

/// A workspace with some of everything.
fn stage(home: &Home) {
    home.file("kept.txt", "kept\n");
    home.file("deleted.txt", "deleted\n");
    home.file("changed.txt", "before\n");
    home.file("script.sh", "echo hello\n");
    home.file("folder/inner/a.txt", "a\n");
    home.file("folder/b.txt", "b\n");
    home.file("mine.txt", "mine\n");
    symlink("kept.txt", home.work().join("link")).unwrap();
    fs::create_dir(home.work().join("empty")).unwrap();
    fs::set_permissions(
        home.work().join("script.sh"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
}

/// Everything in a folder: path, kind, mode and content.
fn listing(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if name == ".git" {
                continue;
            }
            let found = fs::symlink_metadata(&path).unwrap();
            if found.is_dir() {
                lines.push(format!("{name}/"));
                open.push(path);
            } else if found.is_symlink() {
                lines.push(format!(
                    "{name} -> {}",
                    fs::read_link(&path).unwrap().display()
                ));
            } else {
                let mode = found.permissions().mode() & 0o777;
                let text = fs::read(&path).unwrap();
                lines.push(format!(
                    "{name} {mode:o} {:?}",
                    String::from_utf8_lossy(&text)
                ));
            }
        }
    }
    lines.sort();
    lines
}

/// Runs a command in a step of a run.
fn changed_by(home: &Home, script: &str) {
    let done = home.venom(&["run", "--yes", &format!("run `{script}`")]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn replays(home: &Home) {
    for mode in ["exec", "fold"] {
        let done = home.venom(&["replay", "last", "--mode", mode]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}

#[test]
fn whatever_a_command_changed_is_taken_back_and_done_again() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    for script in [
        "rm deleted.txt",
        "echo after > changed.txt",
        "echo new > created.txt",
        "mkdir -p deep/er && echo new > deep/er/file",
        "chmod +x script.sh",
        "rm link && ln -s changed.txt link",
        "ln -s changed.txt link2",
        "mv folder renamed",
        "rm -r folder",
        "rm changed.txt && mkdir -p changed.txt/in/side && echo new > changed.txt/in/side/x",
        "rm link && mkdir link && echo new > link/x",
        "rm -r folder && echo new > folder",
        "rm deleted.txt; echo after > changed.txt; mv folder/b.txt folder/c.txt; chmod 600 kept.txt",
    ] {
        let _ = fs::remove_dir_all(home.work());
        fs::create_dir(home.work()).unwrap();
        stage(&home);
        let before = listing(&home.work());
        changed_by(&home, script);
        let after = listing(&home.work());
        assert_ne!(before, after, "{script}");
        let undone = home.venom(&["undo", "--yes"]);
        assert_eq!(undone.code, Some(0), "{script}: {undone:?}");
        assert_eq!(listing(&home.work()), before, "{script}: {undone:?}");
        let again = home.venom(&["redo", "--yes"]);
        assert_eq!(again.code, Some(0), "{script}: {again:?}");
        assert_eq!(listing(&home.work()), after, "{script}: {again:?}");
        replays(&home);
    }
}

#[test]
fn edits_of_others_stay_and_are_named() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    stage(&home);
    changed_by(&home, "echo after > changed.txt; echo new > created.txt");
    // Somebody goes on working: on a file of the run, on one of their own, and on a new one.
    home.file("changed.txt", "mine now\n");
    home.file("mine.txt", "more of mine\n");
    home.file("newer.txt", "newer\n");
    let preview = home.json(&["undo", "--dry-run", "--json"]);
    assert_eq!(preview.0, Some(10), "{preview:?}");
    let (code, undone) = home.json(&["undo", "--yes", "--json"]);
    assert_eq!(code, Some(10), "{undone}");
    let data = &undone["data"];
    assert_eq!(data["conflicts"][0]["path"], "changed.txt", "{undone}");
    assert_eq!(data["undone"][0]["path"], "created.txt", "{undone}");
    assert_eq!(data["undone"].as_array().unwrap().len(), 1, "{undone}");
    let read = |name: &str| fs::read_to_string(home.work().join(name)).unwrap();
    assert_eq!(read("changed.txt"), "mine now\n");
    assert_eq!(read("mine.txt"), "more of mine\n");
    assert_eq!(read("newer.txt"), "newer\n");
    assert!(!home.work().join("created.txt").exists());
    let (code, undone) = home.json(&["undo", "last", "--overwrite-user-edits", "--json"]);
    assert_eq!(code, Some(0), "{undone}");
    assert_eq!(read("changed.txt"), "before\n");
    assert_eq!(read("mine.txt"), "more of mine\n");
    replays(&home);
}

#[test]
fn a_part_of_it_is_taken_back() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    stage(&home);
    changed_by(
        &home,
        "echo after > changed.txt; rm deleted.txt; rm -r folder",
    );
    let nothing = home.venom(&["undo", "--files", "nosuch", "--yes"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(nothing.stderr.contains("nothing at nosuch"), "{nothing:?}");
    let done = home.venom(&["undo", "--files", "folder", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(home.work().join("folder/inner/a.txt").exists());
    assert!(!home.work().join("deleted.txt").exists());
    let read = fs::read_to_string(home.work().join("changed.txt")).unwrap();
    assert_eq!(read, "after\n");
}

#[test]
fn a_commit_of_a_run_is_taken_back_with_its_branch() {
    let home = Home::new();
    if !has_cell(&home) || !has("git") {
        return;
    }
    stage(&home);
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .args(args)
            .current_dir(home.work())
            .env("HOME", home.user())
            .output()
            .unwrap();
        assert!(done.status.success(), "{args:?}: {done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["config", "user.name", "Tester"]);
    git(&["config", "user.email", "tester@example.org"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "Begin"]);
    let begun = git(&["rev-parse", "HEAD"]);
    home.file("changed.txt", "after\n");
    let done = home.venom(&["run", "--yes", "commit my changes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_ne!(git(&["rev-parse", "HEAD"]), begun);
    let (code, undone) = home.json(&["undo", "last", "--json"]);
    assert_eq!(code, Some(0), "{undone}");
    assert_eq!(git(&["rev-parse", "HEAD"]), begun, "{undone}");
    let compensated = undone["data"]["compensated"].to_string();
    assert!(compensated.contains("refs/heads/main"), "{undone}");
    // The edit was the user's own.
    let read = fs::read_to_string(home.work().join("changed.txt")).unwrap();
    assert_eq!(read, "after\n");
    replays(&home);
}

#[test]
fn a_fork_goes_on_in_a_copy_and_a_bisection_names_the_event() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    stage(&home);
    changed_by(&home, "echo after > changed.txt");
    let (_, moments) = home.json(&["timeline", "last", "--json"]);
    let at = |kind: &str| {
        let all = moments["data"]["moments"].as_array().unwrap();
        let found = all.iter().find(|moment| moment["kind"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}: {moments}"))["seq"].clone()
    };
    let plan = at("plan");
    let (code, forked) = home.json(&["fork", &format!("last@{plan}"), "--json"]);
    assert_eq!(code, Some(0), "{forked}");
    let folder = forked["data"]["workspace"].as_str().unwrap().to_owned();
    let read = |root: &Path| fs::read_to_string(root.join("changed.txt")).unwrap();
    assert_eq!(read(Path::new(&folder)), "before\n");
    assert_eq!(read(&home.work()), "after\n");
    let run = forked["data"]["run"].as_str().unwrap().to_owned();
    let done = home.venom(&["resume", &run]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(read(Path::new(&folder)), "after\n");
    replays(&home);
    let (code, found) = home.json(&[
        "bisect",
        &run,
        "--json",
        "--",
        "grep",
        "-q",
        "before",
        "changed.txt",
    ]);
    assert_eq!(code, Some(0), "{found}");
    assert!(found["data"]["first_bad"]["seq"].is_u64(), "{found}");
    let (code, differs) = home.json(&["diff", &format!("{run}@{plan}"), &run, "--json"]);
    assert_eq!(code, Some(0), "{differs}");
    assert_eq!(differs["data"]["files"][0]["path"], "changed.txt");
}

#[test]
fn a_fork_goes_on_with_another_plan_and_keeps_what_was_done() {
    let home = Home::new();
    home.file("a.py", "# TODO: tidy up\n");
    let (code, report) = home.json(&["run", "find all TODOs and write them to TODO.md", "--json"]);
    assert_eq!(code, Some(0), "{report}");
    let run = report["data"]["run"].as_str().unwrap().to_owned();
    let (_, log) = home.json(&["log", &run, "--json"]);
    let events = log["data"]["events"].as_array().unwrap();
    let first = |name: &str| {
        let found = events.iter().find(|event| event["event"]["type"] == name);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let mut plan = first("PlanGenerated")["event"]["data"]["plan"].clone();
    let done = first("StepVerified");
    let steps = plan["steps"].as_array_mut().unwrap();
    assert!(steps.len() > 1, "{steps:?}");
    let last = steps.last_mut().unwrap();
    *last = serde_json::from_str(&last.to_string().replace("TODO.md", "LATER.md")).unwrap();
    home.file("plan.yaml", &plan.to_string());
    let at = format!("{run}@{}", done["seq"]);
    let (code, forked) = home.json(&["fork", &at, "--from", "plan.yaml", "--json"]);
    assert_eq!(code, Some(0), "{forked}");
    let folder = forked["data"]["workspace"].as_str().unwrap().to_owned();
    let fork = forked["data"]["run"].as_str().unwrap().to_owned();
    let (code, resumed) = home.json(&["resume", &fork, "--json"]);
    assert_eq!(code, Some(0), "{resumed}");
    let written = fs::read_to_string(Path::new(&folder).join("LATER.md")).unwrap();
    assert!(written.contains("tidy up"), "{written}");
    assert!(!Path::new(&folder).join("TODO.md").exists());
    // What was done before was not done again.
    let (_, log) = home.json(&["log", &fork, "--json"]);
    let step = &done["event"]["data"]["step"];
    let begun = log["data"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| {
            event["event"]["type"] == "StepStarted" && event["event"]["data"]["step"] == *step
        })
        .count();
    assert_eq!(begun, 1);

    // A step that is half done, a moment without a plan, and a plan that cannot be run.
    let half = format!("{run}@{}", first("StepStarted")["seq"]);
    let early = format!("{run}@1");
    for (at, why) in [(half.as_str(), "half done"), (early.as_str(), "no plan")] {
        let refused = home.venom(&["fork", at, "--from", "plan.yaml"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    home.file("plan.yaml", "steps: [{id: x, skill: nothing}]");
    let refused = home.venom(&["fork", &at, "--from", "plan.yaml"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("cannot be run"), "{refused:?}");
    let refused = home.venom(&["fork", &at, "--edit"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("no terminal"), "{refused:?}");
    let copies = fs::read_dir(home.venom_home().join("data/copies")).unwrap();
    assert_eq!(copies.count(), 1, "copies for nothing are removed");
}

#[test]
fn what_is_too_large_to_be_taken_back_is_neither_changed_nor_passed_over_in_silence() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let make = |name: &str, megabytes: u64| {
        let file = fs::File::create(home.work().join(name)).expect("a file");
        file.set_len(megabytes << 20).expect("a long file");
    };
    make("data.bin", 300);
    home.file("small.txt", "one\n");
    let length = |name: &str| fs::metadata(home.work().join(name)).map_or(0, |file| file.len());
    // A run beside it works, and stores nothing of it.
    let done = home.venom(&["run", "replace \"one\" with \"two\" in small.txt"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for (script, name) in [
        ("rm data.bin; echo x > made.txt", "data.bin"),
        ("echo more >> data.bin", "data.bin"),
        ("truncate -s 300M new.bin", "new.bin"),
    ] {
        let goal = format!("run `{script}`");
        let done = home.venom(&["run", &goal, "--yes"]);
        assert_ne!(done.code, Some(0), "{done:?}");
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.contains(name) && said.contains("256 MiB"), "{said}");
        assert!(said.contains(".gitignore"), "{said}");
    }
    assert_eq!(length("data.bin"), 300 << 20);
    assert_eq!((length("new.bin"), length("made.txt")), (0, 0));
    // Whoever gives up the way back gets what the command does.
    home.file(".gitignore", "*.bin\n");
    let done = home.venom(&["run", "run the command `rm data.bin`", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!home.work().join("data.bin").exists());
}
