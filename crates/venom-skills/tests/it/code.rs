//! The `code` skill over whole workspaces; the analyser itself is measured in `corpus`.

use serde_json::{Value, json};
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

const WEAK: &str =
    "import yaml\n\n\ndef read(text):\n    return yaml.load(text, Loader=yaml.Loader)\n";

fn world() -> World {
    let world = World::new();
    world.write("shop/weak.py", format!("\u{feff}{WEAK}"));
    world.write("shop/fine.py", "x = 1\n");
    world.write("shop/latin.py", b"# caf\xe9\n");
    world.write("other/weak.py", WEAK);
    world.write("notes.txt", WEAK);
    world
}

fn sum(evidence: &[Evidence]) -> u32 {
    match evidence {
        [Evidence::Findings(counts) | Evidence::Fixes(counts)] => counts.values().sum(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn finds_fixes_and_does_not_find_again() {
    let world = world();
    let shop = json!({"path": "shop"});
    let (found, evidence) = world.call_with_evidence("code.find-vulnerabilities", shop.clone());
    assert_eq!(sum(&evidence), 1, "{found}");
    assert_eq!(found["files_scanned"], 2);
    assert_eq!(found["skipped"][0]["path"], "shop/latin.py");
    let first = &found["findings"][0];
    assert_eq!(
        (&first["path"], &first["line"]),
        (&json!("shop/weak.py"), &json!(5))
    );
    assert_eq!(first["kind"], "unsafe-deserialisation");
    assert_eq!(first["fixable"], json!(true), "{first}");
    assert!(text(&found).contains("CWE-"));

    let (fixed, evidence) = world.call_with_evidence("code.apply-fixes", shop.clone());
    assert_eq!(
        (sum(&evidence), column(&fixed["fixed"], "path")),
        (1, vec!["shop/weak.py".to_owned()])
    );
    assert_eq!(world.staged_paths(), ["shop/weak.py"]);
    let text = world.staged("shop/weak.py").unwrap();
    assert!(
        text.starts_with('\u{feff}') && text.contains("safe_load(text)"),
        "{text}"
    );
    world.apply();
    let (_, evidence) = world.call_with_evidence("code.find-vulnerabilities", shop.clone());
    assert_eq!(sum(&evidence), 0);
    let again = world.call("code.apply-fixes", shop);
    assert_eq!(
        (&again["fixed_count"], world.staged_paths().len()),
        (&json!(0), 0)
    );
}

#[test]
fn only_what_was_found_is_fixed() {
    let world = world();
    let found = world.call("code.find-vulnerabilities", none());
    assert_eq!(found["count"], 2);
    let one: Vec<&Value> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["path"] == "other/weak.py")
        .collect();
    world.call("code.apply-fixes", json!({"path": ".", "findings": one}));
    assert_eq!(world.staged_paths(), ["other/weak.py"]);
    let nothing = world.call("code.apply-fixes", json!({"path": null, "findings": []}));
    assert_eq!(nothing["fixed_count"], 0);
}

#[test]
fn says_what_it_cannot_do() {
    let world = world();
    let failure = world.fails("code.find-vulnerabilities", json!({"path": "notes.txt"}));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(
        world.fails("code.apply-fixes", json!({"path": "no"})).kind,
        FailureKind::Missing
    );
    let failure = world.fails("code.improve-structure", json!({"path": "shop"}));
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.hint.unwrap().contains("venom models add"));
}
