//! The file of a project: what it may say, and how mistakes are told.

use super::*;

const WHOLE: &str = "venom: 1
commands:
  format: ./tidy up
  test: make check
scripts:
  seed: python3 seed.py
environments:
  staging: { APP_ENV: staging, PORT: 8080, DEBUG: true }
deploy:
  staging:
    command: ./ship staging
    artefact: dist/app.tar
    needs: [test, build, seed]
  production:
    command: ./ship production
    environment: staging
";

#[test]
fn everything_is_read() {
    let declared = Declared::read(WHOLE).unwrap();
    assert_eq!(declared.commands["format"], "./tidy up");
    assert_eq!(declared.scripts["seed"], "python3 seed.py");
    let staging = declared.environment("staging").unwrap();
    let values: Vec<&str> = staging.values().map(String::as_str).collect();
    assert_eq!(values, ["staging", "true", "8080"]);
    assert_eq!(
        declared.deploy["staging"],
        Deployment {
            command: "./ship staging".to_owned(),
            artefact: Some(RelPath::new("dist/app.tar").unwrap()),
            needs: ["test", "build", "seed"].map(str::to_owned).to_vec(),
            environment: Some("staging".to_owned()),
        }
    );
    let production = &declared.deploy["production"];
    assert_eq!(production.needs, ["test", "build"]);
    assert_eq!(production.environment.as_deref(), Some("staging"));
}

#[test]
fn mistakes_are_told_with_what_was_meant() {
    for (text, expected) in [
        ("venom: 1\ncomands: {}\n", "did you mean `commands`?"),
        ("venom: 1\ncommands: {formt: x}\n", "did you mean `format`?"),
        ("venom: 1\ncommands: {zzzzzzz: x}\n", "there is `audit`"),
        (
            "venom: 1\ncommands: {lint: [a, b]}\n",
            "`commands.lint` must be a command",
        ),
        (
            "venom: 1\ncommands: {lint: \"\"}\n",
            "`commands.lint` must be a command",
        ),
        ("venom: 2\n", "must begin with `venom: 1`"),
        ("commands: {}\n", "must begin with `venom: 1`"),
        ("- a\n", "must be keys with values"),
        (
            "venom: 1\ndeploy: {staging: {artefact: x}}\n",
            "`deploy.staging.command` is missing",
        ),
        (
            "venom: 1\ndeploy: {staging: {comand: x}}\n",
            "did you mean `command`?",
        ),
        (
            "venom: 1\ndeploy: {s: {command: x, artefact: ../x}}\n",
            "is no path here",
        ),
        (
            "venom: 1\ndeploy: {s: {command: x, needs: [tset]}}\n",
            "did you mean `test`?",
        ),
        (
            "venom: 1\ndeploy: {s: {command: x, environment: nope}}\n",
            "which does not exist",
        ),
        (
            "venom: 1\nenvironments: {a: {\"B C\": 1}}\n",
            "cannot name a variable",
        ),
        ("venom: 1\nenvironments: {a: {B: [1]}}\n", "must be a text"),
        ("venom: 1\nscripts: {\"a b\": x}\n", "is no name"),
        ("venom: [", "line"),
    ] {
        let error = Declared::read(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn words_are_as_far_apart_as_their_letters() {
    for (one, other, expected) in [
        ("lint", "lint", 0),
        ("lnt", "lint", 1),
        ("formta", "format", 2),
        ("", "abc", 3),
        ("abc", "", 3),
    ] {
        assert_eq!(distance(one, other), expected, "{one} {other}");
    }
}
