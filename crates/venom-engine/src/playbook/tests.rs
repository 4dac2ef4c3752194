use serde_json::json;
use venom_kernel::skill::SkillManifest;

use super::*;

fn manifests() -> Manifests {
    let skill: SkillManifest = serde_json::from_value(json!({
        "name": "files",
        "summary": "Files.",
        "actions": {"find": {
            "summary": "Finds.",
            "params": {
                "type": "object",
                "required": ["glob"],
                "additionalProperties": false,
                "properties": {"glob": {"type": "string"}, "limit": {"type": "integer"}},
            },
            "result": {},
            "class": "pure",
            "timeout": 1_000,
            "typical": 1,
        }},
    }))
    .unwrap();
    Manifests::new([skill])
}

fn source(origin: Origin, params: &str) -> Source {
    Source {
        origin,
        path: "book.yaml".to_owned(),
        text: format!(
            "venom: 1\nname: book\ntitle: Book\nutterances: [\"read {{what}}\"]\nslots:\n  what: {{type: text}}\nsteps:\n  - id: look\n    title: Look for ${{slot.what}}\n    skill: files\n    action: find\n    params: {params}\n"
        ),
    }
}

fn problems(params: &str) -> Vec<String> {
    match check(&source(Origin::User, params), &manifests()) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected
            .problems
            .into_iter()
            .map(|problem| format!("{:?} {}", problem.line, problem.message))
            .collect(),
    }
}

#[test]
fn parameters_that_can_never_fit_are_found_before_the_run() {
    assert_eq!(problems("{glob: \"*.rs\"}"), Vec::<String>::new());
    // Whatever a reference stands for may fit.
    assert_eq!(
        problems("{glob: \"${slot.what}\", limit: \"${slot.what}\"}"),
        Vec::<String>::new()
    );
    for (params, word) in [
        ("{glob: \"*.rs\", limit: many}", "many"),
        ("{limit: 3}", "glob"),
        ("{glob: \"${slot.what}\", globe: x}", "globe"),
    ] {
        let found = problems(params);
        assert_eq!(found.len(), 1, "{params}: {found:?}");
        assert!(found[0].contains(word), "{found:?}");
        assert!(found[0].contains("step `look`"), "{found:?}");
    }
}

#[test]
fn an_empty_file_says_so_and_a_place_is_said_once() {
    let mut empty = source(Origin::User, "{}");
    empty.text = "# nothing\n".to_owned();
    let rejected = check(&empty, &manifests()).unwrap_err();
    assert!(rejected.problems[0].message.contains("says nothing"));
    empty.text = "venom: [".to_owned();
    let rejected = check(&empty, &manifests()).unwrap_err();
    let problem = &rejected.problems[0];
    assert_eq!(problem.line, Some(1));
    assert!(!problem.message.contains("line"), "{}", problem.message);
}

#[test]
fn a_playbook_in_front_of_another_one_says_so() {
    let project = source(Origin::Project, "{glob: \"a\"}");
    let shipped = source(Origin::Shipped, "{glob: \"b\"}");
    let library = Library::load(&[project, shipped], &manifests());
    let found: Vec<_> = library.iter().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].origin, Origin::Project);
    assert_eq!(found[0].in_front_of, Some(Origin::Shipped));
}

#[test]
fn a_library_comes_back_from_its_text() {
    let library = Library::load(&[source(Origin::User, "{glob: \"b\"}")], &manifests());
    let again = Library::from_text(library.text().as_bytes()).unwrap();
    assert_eq!(again.text(), library.text());
    assert!(again.playbook("book").is_some());
}
