//! Playbooks of users and projects.

use super::home::{Home, write};

const GREET: &str = "venom: 1
name: greet
title: NAME
utterances:
  - greet the whole world
  - say hello to the world
steps:
  - id: look
    title: Look around
    skill: files
    action: find
    params: { globs: [\"*.md\"] }
";

#[test]
fn a_project_stands_before_the_user() {
    let home = Home::new();
    home.playbook("greet.yaml", &GREET.replace("NAME", "Of the user"));
    let title = || {
        let (_, document) = home.json(&["playbooks", "show", "greet", "--json"]);
        document["data"]["playbook"]["title"].clone()
    };
    assert_eq!(title(), "Of the user");
    home.file(
        ".venom/playbooks/greet.yaml",
        &GREET.replace("NAME", "Of the project"),
    );
    assert_eq!(title(), "Of the project");
}

#[test]
fn checking_names_line_and_column() {
    let home = Home::new();
    let bad = GREET.replace("skill: files", "skill: flies");
    home.file("bad.yaml", &bad);
    let done = home.venom(&["playbooks", "check", "bad.yaml"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stdout.starts_with("bad.yaml:11:"), "{done:?}");

    home.file("worse.yaml", "venom: 1\nname: x\nwhat: y\n");
    let done = home.venom(&["playbooks", "check", "worse.yaml"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stdout.starts_with("worse.yaml:3:1: "), "{done:?}");

    home.file("good.yaml", GREET);
    assert_eq!(
        home.venom(&["playbooks", "check", "good.yaml"]).code,
        Some(0)
    );
    assert_eq!(
        home.venom(&["playbooks", "check", "missing.yaml"]).code,
        Some(2)
    );
}

#[test]
fn a_broken_playbook_is_left_out_and_named() {
    let home = Home::new();
    home.playbook("broken.yaml", "venom: 1\n");
    let done = home.venom(&["playbooks", "list"]);
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("secure"), "{done:?}");
    assert!(done.stderr.contains("broken.yaml:"), "{done:?}");
    let done = home.venom(&["doctor"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stdout.contains("broken.yaml"), "{done:?}");
    assert_eq!(home.venom(&["run", "find all TODOs"]).code, Some(0));
}

#[test]
fn a_pipe_in_the_folder_is_no_playbook() {
    let home = Home::new();
    write(&home.venom_home().join("playbooks/.keep"), "");
    let pipe = home.venom_home().join("playbooks/pipe.yaml");
    if super::home::program(&home.work(), "mkfifo", &[&pipe.display().to_string()]).is_none() {
        println!("SKIPPED: mkfifo is not installed");
        return;
    }
    assert_eq!(home.venom(&["run", "find all TODOs"]).code, Some(0));
}
