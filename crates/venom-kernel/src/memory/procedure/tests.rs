use serde_json::json;

use super::fill::{pairs, replaced};
use super::literal::{literals, may_stand, pattern, values};
use super::*;
use crate::change::{Change, ChangeSet, ChangesRef, FileState, RelPath};
use crate::digest::BlobId;
use crate::event::SkillVerdict;
use crate::time::Timestamp;

fn blob(byte: char) -> BlobId {
    BlobId::new(&byte.to_string().repeat(64)).unwrap()
}

fn file(byte: char) -> FileState {
    FileState::file(blob(byte), 0o644)
}

fn deed(name: &str, arguments: serde_json::Value, is_anchored: bool) -> Deed {
    Deed {
        call: ToolCall {
            id: "c1".into(),
            name: name.into(),
            arguments,
            seal: None,
        },
        is_anchored,
        changes: ChangesRef {
            blob: blob('0'),
            digest: Digest::ZERO,
            files: 1,
        },
    }
}

fn change(path: &str, before: Option<char>, after: Option<char>) -> Change {
    Change {
        path: RelPath::new(path).unwrap(),
        before: before.map(file),
        after: after.map(file),
    }
}

#[test]
fn literals_are_what_names_one_thing_among_many() {
    let check = |goal: &str, expected: &[(&str, &str)]| {
        let found: Vec<(String, String)> = literals(goal)
            .into_iter()
            .map(|slot| (slot.name, slot.literal))
            .collect();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(found, expected, "{goal}");
    };
    check("fix the bug", &[]);
    check(
        "add a function parse_size to src/lib.rs, please.",
        &[("name", "parse_size"), ("path", "src/lib.rs")],
    );
    check(
        "raise the limit from 10 to 20",
        &[("number", "10"), ("number2", "20")],
    );
    check(
        "say \"good morning\" in greet.py and don't touch the rest",
        &[("text", "good morning"), ("path", "greet.py")],
    );
    check(
        "rename `oldName` to newName",
        &[("name", "oldName"), ("name2", "newName")],
    );
    check("what is this? é …", &[]);
}

#[test]
fn the_same_goal_is_found_in_other_words_of_the_same_form() {
    let goal = "Add a function parse_size to src/lib.rs";
    let slots = literals(goal);
    let check = |said: &str, expected: Option<&[&str]>| {
        let found =
            values(goal, &slots, said).map(|values| values.into_values().collect::<Vec<_>>());
        let expected = expected.map(|values| values.iter().map(|v| (*v).to_owned()).collect());
        assert_eq!(found, expected, "{said}");
    };
    check(goal, Some(&["parse_size", "src/lib.rs"]));
    check(
        "please add the function parse_time to src/lib.rs.",
        Some(&["parse_time", "src/lib.rs"]),
    );
    check("add a function parse_time to ../lib.rs", None);
    check("add a function 7 to src/lib.rs", None);
    check("remove a function parse_time from src/lib.rs", None);
    check("add a function parse_time to src/lib.rs and push", None);
    assert_eq!(
        pattern(goal, &slots).join(" "),
        "add function {name} to {path}"
    );
}

#[test]
fn no_value_means_anything_to_a_shell() {
    for text in [
        "a; rm -rf x",
        "$(id)",
        "`id`",
        "a|b",
        "a\nb",
        "x'y",
        "a&b",
        "*",
    ] {
        assert!(!may_stand(Kind::Text, text), "{text}");
        assert!(!may_stand(Kind::Path, text), "{text}");
    }
    assert!(may_stand(Kind::Text, "good-evening"));
    assert!(
        !may_stand(Kind::Text, "old ../other"),
        "unquoted, it would be two words of a command"
    );
    assert!(!may_stand(Kind::Path, "/etc/passwd"));
    assert!(!may_stand(Kind::Path, "a/../../b.rs"));
}

#[test]
fn only_whole_words_are_replaced_and_all_at_once() {
    let slots = literals("swap one_a and two_b");
    let swap = BTreeMap::from([
        ("name".to_owned(), "two_b".to_owned()),
        ("name2".to_owned(), "one_a".to_owned()),
    ]);
    let pairs = pairs(&slots, &swap);
    assert_eq!(
        replaced("one_a(two_b) + one_ab + xone_a.one_a é", &pairs),
        "two_b(one_a) + one_ab + xone_a.two_b é"
    );
}

#[test]
fn the_guards_of_calls_follow_each_other() {
    let first = deed("files_write", json!({"path": "a"}), false);
    let then = deed("files_edit", json!({"path": "a"}), true);
    let work = |second: Change| {
        let deeds = [
            (
                first.clone(),
                ChangeSet::new(vec![change("a", None, Some('1'))]),
            ),
            (then.clone(), ChangeSet::new(vec![second])),
        ];
        Work::of(&deeds, &BTreeMap::from([("b".to_owned(), None)]), "done")
    };
    let found = work(change("a", Some('1'), Some('2'))).unwrap();
    let guard = |path: &str, before: Option<char>, after: Option<char>| Guard {
        path: path.into(),
        before: before.map(|c| blob(c).as_str().parse().unwrap()),
        after: after.map(|c| blob(c).as_str().parse().unwrap()),
        is_anchored: false,
    };
    assert_eq!(
        found.guards,
        [guard("a", None, Some('2')), guard("b", None, None)]
    );
    let ids: Vec<&str> = found.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["again1", "again2"]);
    let broken = work(change("a", Some('7'), Some('2'))).unwrap_err();
    assert!(
        broken.to_string().contains("somebody else changed a"),
        "{broken}"
    );
}

fn procedure(content: &str) -> Procedure {
    let goal = "write 7 into n.txt";
    let intent: Intent = serde_json::from_value(json!({
        "name": "agent.work", "confidence": 1000, "goals": []
    }))
    .unwrap();
    let call = ToolCall {
        id: "again1".into(),
        name: "files_write".into(),
        arguments: json!({"path": "n.txt", "content": content}),
        seal: None,
    };
    let work = Work {
        calls: vec![call],
        guards: vec![],
        claim: "wrote 7".into(),
    };
    Procedure {
        id: "skill_000000000001".parse().unwrap(),
        workspace: "/w".into(),
        goal: goal.into(),
        slots: literals(goal),
        intent,
        plan: Plan::default(),
        works: BTreeMap::from([("work".parse().unwrap(), work)]),
        is_tainted: false,
    }
}

#[test]
fn other_values_take_the_places_of_literals_everywhere() {
    let known = procedure("seven is 7, not 77");
    let values = known.fits("write 9 into n.txt").unwrap();
    let filled = known.filled(&values);
    let work = filled.works.values().next().unwrap();
    assert_eq!(work.calls[0].arguments["content"], "seven is 9, not 77");
    assert_eq!(work.claim, "wrote 9");
    assert_eq!(known.filled(&BTreeMap::new()).works, known.works);
    assert_eq!(known.fits(&known.goal), Some(BTreeMap::new()));
}

fn note(number: u64, note: Note) -> Noted {
    Noted {
        run: RunId::new(number, 1),
        seq: Seq::new(9),
        time: Timestamp::from_micros(i64::try_from(number).unwrap()),
        note,
    }
}

#[test]
fn habits_need_successes_and_end_with_a_failure() {
    let taught = |number, content| note(number, Note::Learned(Box::new(procedure(content))));
    let skill = procedure("7").id;
    let one = |notes: &[Noted]| known(notes, &|_| false).into_values().next();
    let mut notes = vec![taught(1, "7"), taught(2, "7")];
    let found = one(&notes).unwrap();
    assert_eq!(
        (found.successes, found.version, found.is_used(Some(3))),
        (2, 1, false)
    );
    notes.push(note(3, Note::Held { skill, version: 1 }));
    assert!(one(&notes).unwrap().is_used(Some(3)));
    assert!(!one(&notes).unwrap().is_used(None), "only approval counts");
    notes.push(note(
        4,
        Note::Failed {
            skill,
            version: 1,
            why: "work needed a model".into(),
        },
    ));
    let found = one(&notes).unwrap();
    assert_eq!((found.failed, found.is_used(Some(3))), (1, false));
    let decided = |verdict| Note::Decided {
        skill,
        verdict,
        by: "user".into(),
    };
    notes.push(note(5, decided(SkillVerdict::Approved)));
    assert!(
        !one(&notes).unwrap().is_used(None),
        "another version was read than the one that holds"
    );
    notes.push(note(1, decided(SkillVerdict::Approved)));
    assert!(one(&notes).unwrap().is_used(None));
    // Done in another way it is another version, which nobody has approved of.
    notes.push(taught(6, "seven: 7"));
    let found = one(&notes).unwrap();
    assert_eq!((found.version, found.is_used(Some(3))), (2, false));
    notes.push(note(7, decided(SkillVerdict::Forgotten)));
    assert_eq!(one(&notes), None);
    // What came from a run that was taken out is not there.
    assert!(known(&notes[..1], &|noted| noted.run == RunId::new(1, 1)).is_empty());
}

#[test]
fn what_may_come_from_untrusted_text_needs_approval() {
    let mut tainted = procedure("7");
    tainted.is_tainted = true;
    let skill = tainted.id;
    let mut notes: Vec<Noted> = (1..9)
        .map(|number| note(number, Note::Learned(Box::new(tainted.clone()))))
        .collect();
    assert!(!known(&notes, &|_| false)[&skill].is_used(Some(3)));
    let by = "user".to_owned();
    let verdict = SkillVerdict::Approved;
    notes.push(note(1, Note::Decided { skill, verdict, by }));
    assert!(known(&notes, &|_| false)[&skill].is_used(Some(3)));
}
