//! Forms of files, right and wrong.

use super::*;

fn sentence(text: &str, intent: Option<&str>) -> Labelled {
    Labelled {
        text: text.to_owned(),
        intent: intent.map(str::to_owned),
    }
}

#[track_caller]
fn check(name: &str, content: &str, expected: Result<(Vec<Labelled>, Vec<Labelled>), &str>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    match (read(&path), expected) {
        (Ok(found), Ok((learn, judge))) => assert_eq!(found, Sentences { learn, judge }),
        (Err(found), Err(wanted)) => {
            assert!(found.message.contains(wanted), "{}", found.message);
            assert!(found.hint.is_some());
        }
        (found, wanted) => panic!("{found:?} is not {wanted:?}"),
    }
}

#[test]
fn rows_with_a_head_and_without() {
    let two = || {
        vec![
            sentence("a, \"b\"\nc", Some("one")),
            sentence("d", Some("two")),
        ]
    };
    check(
        "a.csv",
        "category,text\none,\"a, \"\"b\"\"\nc\"\r\ntwo,d\n",
        Ok((two(), vec![])),
    );
    check(
        "b.csv",
        "\"a, \"\"b\"\"\nc\",one\nd,two",
        Ok((two(), vec![])),
    );
    let plain = vec![
        sentence("say \"x\", y", Some("one")),
        sentence("d", None),
        sentence("e", Some("two")),
    ];
    check(
        "c.TSV",
        "text\tintent\nsay \"x\", y\tone\n\nd\toos\ne\ttwo\n",
        Ok((plain, vec![])),
    );
}

#[test]
fn lists_pairs_and_parts() {
    let learn = || vec![sentence("a", Some("one")), sentence("b", Some("two"))];
    check(
        "a.json",
        r#"[["a","one"],{"text":"b","label":"two"}]"#,
        Ok((learn(), vec![])),
    );
    check(
        "b.json",
        r#"[{"intent":"one","data":[{"text":"a"}]},{"intent":"two","data":[{"text":""},{"text":"b","entity":"x"}]}]"#,
        Ok((learn(), vec![])),
    );
    check(
        "c.json",
        r#"{"train":[["a","one"],["b","two"]],"val":[["c","one"]],"oos_val":[["d","oos"]]}"#,
        Ok((
            learn(),
            vec![sentence("d", None), sentence("c", Some("one"))],
        )),
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    check(
        "a.csv",
        "text,intent\na,one\nb\n",
        Err("line 3 has 1 field"),
    );
    check(
        "a.json",
        r#"[["a","one"],["b"]]"#,
        Err("item 2 of the list"),
    );
    check("a.json", "{", Err("EOF"));
    check("a.json", "3", Err("neither a list"));
    check("a.txt", "a,one", Err("ends neither"));
    check("a.csv", "a,one\nb,one\n", Err("two intents or more"));
    check("a.csv", "", Err("two intents or more"));
    check("a.csv", "\u{0}\u{1},\u{2}\n\"", Err("two intents or more"));
}
