//! Which value wins, and what a project may not do.

use super::*;

struct Place {
    folder: tempfile::TempDir,
    paths: Paths,
}

fn place(user: &str, project: &str) -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let env = Env::of([("VENOM_HOME", &*home.display().to_string())]);
    let paths = Paths::find(&env).expect("paths");
    for (path, text) in [
        (paths.user_config(), user),
        (Paths::project_config(folder.path()), project),
    ] {
        if !text.is_empty() {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }
    Place { folder, paths }
}

fn load(place: &Place, env: &Env, flags: &Flags) -> Result<Settings, CliError> {
    Settings::load(env, &place.paths, place.folder.path(), flags)
}

#[test]
fn the_stronger_origin_wins() {
    let place = place("run:\n  max_parallel: 2\n", "run:\n  max_parallel: 3\n");
    let none = Env::default();
    let value = |env: &Env, flags: &Flags| {
        let set = load(&place, env, flags).expect("settings").max_parallel;
        (set.value, set.origin.to_string())
    };
    let project = format!(
        "{}:2",
        place.folder.path().join(".venom/config.yaml").display()
    );
    assert_eq!(value(&none, &Flags::default()), (3, project));
    let env = Env::of([("VENOM_RUN_MAX_PARALLEL", "5")]);
    assert_eq!(
        value(&env, &Flags::default()),
        (5, "environment VENOM_RUN_MAX_PARALLEL".to_owned())
    );
    let flags = Flags {
        max_parallel: Some(6),
        ..Flags::default()
    };
    assert_eq!(value(&env, &flags), (6, "flag --max-parallel".to_owned()));
}

#[test]
fn a_project_only_tightens() {
    let place = place(
        "policy:\n  rules:\n    - {skill: git, ruling: allow}\n",
        "policy:\n  rules:\n    - {skill: shell, ruling: allow}\n    - {skill: git, ruling: ask}\n",
    );
    let settings = load(&place, &Env::default(), &Flags::default()).expect("settings");
    let rules: Vec<(&str, &Ruling)> = settings
        .rules
        .value
        .iter()
        .map(|rule| (rule.skill.as_str(), &rule.ruling))
        .collect();
    assert_eq!(rules, [("git", &Ruling::Ask), ("git", &Ruling::Allow)]);
    assert_eq!(settings.warnings.len(), 1);
    assert!(settings.warnings[0].contains("shell"));
}

#[test]
fn a_project_only_tightens_the_sandbox_of_a_skill() {
    use venom_kernel::confine::{Runtime, Tier};
    let place = place(
        "sandbox:\n  runtime: docker\n  skills:\n    test: {image: \"my/tools:1\", limits: {memory_mib: 2048}}\n",
        "sandbox:\n  runtime: auto\n  image: theirs\n  skills:\n    test: {require: docker, limits: {memory_mib: 4096, processes: 9}}\n    git: {network: [evil.example]}\n",
    );
    let settings = load(&place, &Env::default(), &Flags::default()).expect("settings");
    let confinement = settings.sandbox.confinement();
    assert_eq!(confinement.runtime, Runtime::Docker);
    assert_eq!(confinement.image, None);
    let test = confinement.of_skill("test");
    assert_eq!(test.require, Tier::Docker);
    assert_eq!(test.image.as_deref(), Some("my/tools:1"));
    let limits = test.limits.expect("limits");
    assert_eq!((limits.memory_mib, limits.processes), (2_048, 9));
    assert_eq!(confinement.of_skill("git").network, Vec::<String>::new());
    assert_eq!(confinement.of_skill("shell"), confinement.of_skill("other"));
    assert_eq!(settings.warnings.len(), 3, "{:?}", settings.warnings);
}

#[test]
fn unknown_keys_name_their_place_and_the_nearest_key() {
    let place = place("run:\n  max_paralel: 2\n", "");
    let error = load(&place, &Env::default(), &Flags::default()).expect_err("refused");
    assert_eq!(error.exit, Exit::Config);
    assert!(
        error.message.contains("config.yaml:2:3"),
        "{}",
        error.message
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("did you mean `run.max_parallel`?")
    );
}

#[test]
fn a_value_that_does_not_fit_names_its_origin() {
    let place = place("", "");
    let env = Env::of([("VENOM_RUN_TIMEOUT", "soon")]);
    let error = load(&place, &env, &Flags::default()).expect_err("refused");
    assert!(
        error.message.contains("VENOM_RUN_TIMEOUT"),
        "{}",
        error.message
    );
}

#[test]
fn colours_come_from_the_user_and_not_from_the_project() {
    let place = place("", "ui:\n  color: always\n");
    let settings = load(&place, &Env::default(), &Flags::default()).expect("settings");
    assert_eq!(settings.color.value, ColorWhen::Auto);
    let env = Env::of([("NO_COLOR", "1")]);
    let settings = load(&place, &env, &Flags::default()).expect("settings");
    assert_eq!(settings.color.value, ColorWhen::Never);
}
