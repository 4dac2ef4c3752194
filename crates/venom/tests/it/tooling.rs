//! Playbooks over a project's own tools, each on real projects that the languages' own programs made.
//!
//! Every case runs the real binary and records which command ran in which kind of project and what came
//! of it. With `VENOM_WRITE_PLAYBOOK_TABLE=1` the records become `docs/playbooks.md`; otherwise they must
//! agree with it. Which version of a tool there is does not matter for that, only what it comes to.

mod go;
mod make;
mod node;
mod python;
mod rust;
mod table;

use std::collections::BTreeMap;

use self::table::{commands, events, playbook, record, result};
use super::home::Home;

/// What is run on a project.
struct Case {
    playbook: &'static str,
    goal: &'static str,
    /// What the command must begin with.
    command: &'static str,
    /// The exit code.
    code: i32,
    /// What came of it, in the words of the table.
    result: &'static str,
}

const fn case(
    playbook: &'static str,
    goal: &'static str,
    command: &'static str,
    code: i32,
    result: &'static str,
) -> Case {
    Case {
        playbook,
        goal,
        command,
        code,
        result,
    }
}

/// Runs the cases in order on one project, and records them.
fn check(home: &Home, kind: &'static str, cases: &[Case]) {
    let mut rows = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in cases {
        let mut args = vec!["run", case.goal, "--json", "--no-input"];
        if case.code != 6 {
            args.push("--yes");
        }
        let (code, report) = home.json(&args);
        let events = events(home);
        let commands = commands(&events);
        let seen = result(&report);
        let is_command = case.command.is_empty()
            || commands
                .iter()
                .any(|command| command.starts_with(case.command));
        let is_right = code == Some(case.code)
            && seen == case.result
            && is_command
            && playbook(&events) == case.playbook;
        if !is_right {
            wrong.push(format!(
                "{kind}: {}: {code:?}, {seen}, {commands:?}\n{}",
                case.goal,
                home.venom(&["show", "last"]).stdout
            ));
        }
        let command = if commands.is_empty() {
            "nothing".to_owned()
        } else {
            commands.join("; ")
        };
        rows.insert((case.playbook.to_owned(), kind.to_owned()), (command, seen));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    record(rows);
}

/// What every project declares: how it is deployed, and a script for an environment.
const DECLARED: &str = "venom: 1
scripts:
  seed: printf 'seeded %s\\n' \"$APP_ENV\" > seeded.txt
environments:
  staging: { APP_ENV: staging }
deploy:
  staging:
    artefact: ARTEFACT
    command: echo \"deployed to $APP_ENV\" >> deployed.txt
";

fn declare(home: &Home, artefact: &str) {
    home.file(
        ".venom/project.yaml",
        &DECLARED.replace("ARTEFACT", artefact),
    );
}

/// What works alike in every kind of project.
const COMMON: &[Case] = &[
    case("profile", "profile `sleep 0.01`", "sleep 0.01", 0, "done"),
    case(
        "compare-commands",
        "compare the speed of `true` and `sleep 0.01`",
        "true",
        0,
        "done",
    ),
    case(
        "run-script",
        "run the script seed in the environment staging",
        "printf",
        0,
        "done; changed seeded.txt",
    ),
];

/// Deploys, and sees that it happened once.
fn deploys(home: &Home, kind: &'static str, result: &'static str) {
    let done = home.venom(&["run", "deploy to staging", "--no-input"]);
    assert_eq!(done.code, Some(6), "{done:?}");
    assert!(done.stdout.contains("this would run"), "{done:?}");
    let deployed = home.work().join("deployed.txt");
    assert!(!deployed.exists(), "nobody has agreed");
    let case = case("deploy", "deploy to staging", "echo", 0, result);
    check(home, kind, &[case]);
    let told = std::fs::read_to_string(home.work().join("deployed.txt")).expect("deployed");
    assert_eq!(told, "deployed to staging\n");
    let seeded = std::fs::read_to_string(home.work().join("seeded.txt")).expect("seeded");
    assert_eq!(seeded, "seeded staging\n");
}

#[test]
fn mistakes_are_said_and_nothing_runs() {
    let home = Home::new();
    let fails = |goal: &str, parts: &[&str]| {
        let done = home.venom(&["run", goal, "--no-input", "--yes"]);
        assert_eq!(done.code, Some(1), "{goal}: {done:?}");
        for part in parts {
            assert!(done.stdout.contains(part), "{goal}: {part}: {done:?}");
        }
    };
    fails(
        "format the code",
        &["no project was found", ".venom/project.yaml"],
    );
    fails(
        "rerun the failed tests",
        &["no run of the tests is known here"],
    );
    home.file("Makefile", "lnit:\n\techo x\n");
    fails(
        "lint the code",
        &["the makefile has no target `lint`", "commands.lint"],
    );
    fails(
        "run the script lint",
        &["no script `lint`", "did you mean `lnit`?"],
    );
    fails(
        "deploy to staging",
        &[
            "nobody says how to deploy to `staging`",
            "deploy.staging.command",
        ],
    );
    home.file("Makefile", "deploy:\n\techo x > deployed.txt\n");
    fails(
        "deploy to staging",
        &["nobody says how to deploy to `staging`"],
    );
    home.file(".venom/project.yaml", "venom: 1\ncomands:\n  lint: x\n");
    fails("lint the code", &["`comands`", "did you mean `commands`?"]);
    home.file(
        ".venom/project.yaml",
        "venom: 1\ndeploy:\n  staging:\n    needs: [test]\n    command: echo x > deployed.txt\n",
    );
    // A project without tests is not ready, however often somebody agrees.
    fails(
        "deploy to staging",
        &["`test` is needed", "Nothing is deployed"],
    );
    assert!(!home.work().join("deployed.txt").exists());
}
