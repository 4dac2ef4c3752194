//! The page about the file form of playbooks. Kinds of slots and checks come from the kernel; a
//! match over each makes the compiler ask for a sentence about a new one.

use std::fmt::Write as _;

use venom_kernel::plan::{Check, Flaky};
use venom_kernel::playbook::{FORMAT, SlotKind};

const SLOTS: &[SlotKind] = &[
    SlotKind::Module,
    SlotKind::Path,
    SlotKind::NewPath,
    SlotKind::Glob,
    SlotKind::Environment,
    SlotKind::Version,
    SlotKind::Branch,
    SlotKind::Name,
    SlotKind::Url,
    SlotKind::Text,
    SlotKind::Number,
];

const fn slot_meaning(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Module => {
            "A folder or file of code that people call by name: \"the auth module\"."
        }
        SlotKind::Path => "A path in the workspace.",
        SlotKind::NewPath => "A path that may not exist yet.",
        SlotKind::Glob => "A pattern of paths, such as `src/**/*.rs`.",
        SlotKind::Environment => "A name of a place to deploy to, such as `staging`.",
        SlotKind::Version => "A version, such as `1.4.2`.",
        SlotKind::Branch => "A branch of the repository.",
        SlotKind::Name => "An identifier.",
        SlotKind::Url => "A web address.",
        SlotKind::Text => "Quoted text.",
        SlotKind::Number => "A whole number.",
    }
}

/// With every option, so that the page names them.
const TESTS_PASS: Check = Check::TestsPass {
    flaky: Flaky::Fails,
    reruns: Some(2),
};

fn checks() -> Vec<Check> {
    let step = |name: &str| name.parse().ok();
    let mut checks = vec![
        Check::ResultFits,
        Check::ExitZero,
        Check::TestsRan,
        Check::Built,
        TESTS_PASS,
    ];
    checks.extend(step("tests-before").map(|than| Check::TestsNotWorse {
        than,
        flaky: Flaky::Fails,
        reruns: Some(2),
    }));
    checks.extend(step("lint-before").map(|than| Check::LintNotWorse { than }));
    if let (Some(found_by), Some(fixed_by)) = (step("find"), step("fix")) {
        checks.push(Check::FindingsGone { found_by, fixed_by });
    }
    checks.push(Check::Committed);
    checks.push(Check::FileExists {
        path: "TODO.md".to_owned(),
    });
    checks.push(Check::FileMissing {
        path: "TODO.md".to_owned(),
    });
    checks.push(Check::FileContains {
        path: "TODO.md".to_owned(),
        text: "TODO".to_owned(),
    });
    checks.push(Check::FileMatches {
        path: "TODO.md".to_owned(),
        regex: "^- ".to_owned(),
    });
    checks.push(Check::FileHash {
        path: "TODO.md".to_owned(),
        sha256: "0".repeat(64),
    });
    checks.extend(step("build").map(|than| Check::FileNewer {
        path: "app".to_owned(),
        than,
    }));
    checks.push(Check::JsonEquals {
        path: "package.json".to_owned(),
        at: "/private".to_owned(),
        equals: true.into(),
    });
    checks.push(Check::Http {
        url: "http://127.0.0.1:8000/".to_owned(),
        status: 204,
        contains: Some("ok".to_owned()),
        session: step("start"),
        within: 10,
    });
    checks.push(Check::Command {
        run: "make check".to_owned(),
        expect: 1,
        timeout: 60,
    });
    checks
}

const fn check_meaning(check: &Check) -> &'static str {
    match check {
        Check::ResultFits => {
            "The result fits the action's schema. Every step has this one; it need not be written."
        }
        Check::ExitZero => "The command ended with exit code 0.",
        Check::TestsRan => "A test suite ran to its end, whatever its tests said.",
        Check::Built => "A build ran, nothing of it failed, and nothing was left out.",
        Check::TestsPass { .. } => {
            "A test suite ran to its end and no test failed. Failed tests run again alone, `reruns` times (2 if not given, at most 5), where the runner can choose them; one that then passes is flaky: it is reported and breaks nothing, unless `flaky: fails`."
        }
        Check::TestsNotWorse { .. } => {
            "No test fails that passed in the step named by `than`; `flaky` and `reruns` as above."
        }
        Check::LintNotWorse { .. } => {
            "A linter finds nothing that it did not find in the step named by `than`. Findings are compared by their `key`, so that lines may move."
        }
        Check::FindingsGone { .. } => {
            "What the step `fixed_by` fixed, of what `found_by` found, is not found any more."
        }
        Check::Committed => "A commit was made.",
        Check::FileExists { .. } => "The file is there.",
        Check::FileMissing { .. } => "Nothing is there.",
        Check::FileContains { .. } => "The file holds the text.",
        Check::FileMatches { .. } => "The file holds a match of the regular expression.",
        Check::FileHash { .. } => "The file has exactly the bytes of this SHA-256.",
        Check::FileNewer { .. } => "The file was written after the step named by `than` began.",
        Check::JsonEquals { .. } => {
            "The JSON file has the value `equals` at the JSON pointer `at`, such as `/scripts/test`."
        }
        Check::Http { .. } => {
            "The server answers with the `status` (200 if not given) and, if `contains` is given, with that text. Redirections are answers. An address of this machine is asked beside the session that the step named by `session` started; any other host must be one that commands may reach (`sandbox.network`). A server that does not listen yet is waited for, `within` seconds (30 if not given)."
        }
        Check::Command { .. } => {
            "The command, as `sh` takes it, ends with the exit code `expect` (0 if not given), within `timeout` seconds (600 if not given). It runs in the sandbox, and what it changes is not kept. It holds no slots."
        }
    }
}

const HEAD: &str = "# Playbook format

A playbook is a procedure as data: which words mean it, what it must know, and which steps it takes with which checks.
Shipped playbooks are part of the binary. A user's own lie in `~/.venom/playbooks/*.yaml`, a project's in
`.venom/playbooks/*.yaml`; a later one of the same name stands in front of an earlier one. `venom playbooks check FILE`
says what is wrong with a file, by line and column; `venom playbooks list` shows what can be used.

```yaml
venom: 1
name: count-todos
title: Count the TODOs
summary: Lists the TODO comments below a path.
utterances:
  - count the open TODOs in {path}
  - how many TODOs does {path} have
slots:
  path:
    type: path
    default: \".\"
    description: Only below this path.
steps:
  - id: find
    title: TODOs in ${slot.path}
    skill: files
    action: todos
    params: { under: \"${slot.path}\" }
```

## The file

| key | meaning |
|---|---|
| `venom` | Version of this form; a number. |
| `name` | Lower-case words joined by `-`. |
| `title` | What it does, in a few words. |
| `summary` | What it does, in a sentence or two. Optional. |
| `utterances` | Sentences that mean this playbook; `{slot}` stands for a slot's value. The more differently they are worded, the better they are matched. One with a slot in backticks, such as \"run `{command}`\", is a form: nothing is learned from it, and a goal of this form means the playbook whatever stands between the backticks. |
| `slots` | What the playbook must know, by name. Optional. |
| `steps` | What it does. |

## A slot

| key | meaning |
|---|---|
| `type` | The kind of value; see below. |
| `description` | What it means. Optional. |
| `question` | What to ask when the goal does not say it. Optional. |
| `default` | The value when the goal does not say it. Without one, and unless `optional`, it is asked for. |
| `optional` | Whether the playbook works without it; it is then null. |
| `choices` | The only values that fit. Optional. |

";

const STEPS: &str = "
## A step

| key | meaning |
|---|---|
| `id` | 1 to 64 of a-z, 0-9 and `-`. |
| `title` | What it does, for people; may hold references. |
| `skill`, `action` | What is done; see `venom skills list`. |
| `params` | The action's parameters; texts may hold references. |
| `after` | Steps that must be done before. A step whose result is referred to need not be named. |
| `effect` | What the step means for the world: pure, idempotent, reversible, compensable, rewriting or irreversible; at least what the action's manifest says. |
| `verify` | Checks that must hold before the step counts as done. |
| `restores` | Steps whose edits are taken back when this step's checks are broken. |
| `optional` | Whether the run may succeed without it when something that it needs is missing. |
| `timeout` | Longest time for one attempt, in seconds. |
| `image` | The image that its commands need; they then run in a container of it, which `sandbox.require: cell` refuses. |

References: `${slot.NAME}` is a slot's value, `${step.ID.FIELD}` a field of an earlier step's result. A text that is one
reference and nothing else keeps the type of what it refers to.

## Checks

A check holds, is broken, or cannot be told; the third never counts as the first.

| check | meaning |
|---|---|
";

/// Returns the page.
pub(super) fn page() -> String {
    let mut text = format!(
        "{}{HEAD}## Kinds of slots\n\n| type | value |\n|---|---|\n",
        super::GENERATED
    );
    for kind in SLOTS {
        let _ = writeln!(text, "| `{kind}` | {} |", slot_meaning(*kind));
    }
    text.push_str(STEPS);
    for check in checks() {
        let mut form = serde_json::to_value(&check).unwrap_or_default();
        let name = form
            .as_object_mut()
            .and_then(|form| form.remove("check"))
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default();
        let with: Vec<String> = form
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| format!("`{key}`"))
            .collect();
        let with = if with.is_empty() {
            String::new()
        } else {
            format!(" with {}", with.join(", "))
        };
        let _ = writeln!(text, "| `{name}`{with} | {} |", check_meaning(&check));
    }
    let _ = writeln!(text, "\nThis build reads format {FORMAT}.");
    text
}
