use super::*;

fn tree() -> Tree {
    Tree::from_paths(
        &["src", "src/auth", "lib/auth", "src/user_profile"],
        &[
            "src/auth/login.py",
            "lib/auth/x.py",
            "src/user_profile/a.py",
            "src/cart.py",
            "a b.txt",
        ],
    )
}

fn slot(kind: SlotKind) -> Slot {
    Slot {
        kind,
        description: String::new(),
        question: None,
        default: None,
        optional: false,
        choices: vec![],
    }
}

fn resolved(phrase: &str, kind: SlotKind) -> Result<Value, Vec<String>> {
    match resolve(phrase, &slot(kind), &tree(), false) {
        Resolved::Value(value) => Ok(value),
        Resolved::Choices(choices) => Err(choices.into_iter().map(|c| c.value).collect()),
        Resolved::Unsaid => Err(vec!["unsaid".into()]),
    }
}

#[test]
fn modules_are_called_by_name_or_path() {
    for (phrase, path) in [
        ("the cart module", "src/cart.py"),
        ("cart", "src/cart.py"),
        ("src/auth", "src/auth"),
        ("./src/auth/", "src/auth"),
        ("the user profile component", "src/user_profile"),
        ("UserProfile", "src/user_profile"),
        ("the whole project", "."),
        ("`src`", "src"),
    ] {
        assert_eq!(
            resolved(phrase, SlotKind::Module),
            Ok(Value::from(path)),
            "{phrase}"
        );
    }
}

#[test]
fn a_name_with_two_meanings_is_asked_for() {
    // In the order of a listing.
    let both = vec!["lib/auth".to_owned(), "src/auth".to_owned()];
    assert_eq!(resolved("the auth module", SlotKind::Module), Err(both));
    let offered = resolved("the payments module", SlotKind::Module).unwrap_err();
    assert!(offered.contains(&"src/auth".to_owned()), "{offered:?}");
}

#[test]
fn paths_never_leave_the_workspace() {
    for phrase in ["../secrets", "/etc/passwd", "src/../../x"] {
        assert!(resolved(phrase, SlotKind::NewPath).is_err(), "{phrase}");
        assert!(resolved(phrase, SlotKind::Path).is_err(), "{phrase}");
    }
    assert_eq!(
        resolved("a b.txt", SlotKind::Path),
        Ok(Value::from("a b.txt"))
    );
    assert_eq!(
        resolved("new/TODO.md", SlotKind::NewPath),
        Ok(Value::from("new/TODO.md"))
    );
}

#[test]
fn words_show_their_kind_by_themselves() {
    let found = |words: &str, kind| of_its_kind(words, kind, &tree(), &BTreeSet::new());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found("see https://a.example/x?y=1 now", SlotKind::Url),
        some("https://a.example/x?y=1")
    );
    assert_eq!(
        found("since v1.4.2-rc.1 or so", SlotKind::Version),
        some("v1.4.2-rc.1")
    );
    assert_eq!(
        found("keep the last 12 of them", SlotKind::Number),
        some("12")
    );
    assert_eq!(
        found("say \"so it is\" loudly", SlotKind::Text),
        some("\"so it is\"")
    );
    assert_eq!(
        found("on the release/2 branch", SlotKind::Branch),
        some("release/2")
    );
    assert_eq!(
        found("deploy it to staging", SlotKind::Environment),
        some("staging")
    );
    assert_eq!(
        found("rename load_user please", SlotKind::Name),
        some("load_user")
    );
    assert_eq!(
        found("all of src/**/*.py", SlotKind::Glob),
        some("src/**/*.py")
    );
    assert_eq!(found("write it down", SlotKind::NewPath), None);
}

#[test]
fn an_empty_text_in_quotation_marks_is_said() {
    assert_eq!(resolved("\"\"", SlotKind::Text), Ok(Value::from("")));
    assert_eq!(resolved("", SlotKind::Text), Err(vec!["unsaid".to_owned()]));
}

#[test]
fn a_path_outside_is_named_as_such() {
    for phrase in ["/etc/todo.md", "../other", "~/notes", "a/../../b"] {
        let question = missing("path", &slot(SlotKind::NewPath), Some(phrase), vec![]).question;
        assert!(question.contains("outside the workspace"), "{question}");
    }
    let question = missing("path", &slot(SlotKind::NewPath), Some("x\0y"), vec![]).question;
    assert!(!question.contains("outside"), "{question}");
    assert!(!question.contains("new-path"), "{question}");
}

#[test]
fn words_of_the_playbook_itself_name_no_module() {
    let own: BTreeSet<String> = ["run".to_owned(), "cart".to_owned()].into();
    let found =
        |words: &str, own: &BTreeSet<String>| of_its_kind(words, SlotKind::Path, &tree(), own);
    assert_eq!(found("fill the cart", &own), None);
    assert_eq!(
        found("fill the cart", &BTreeSet::new()),
        Some("cart".to_owned())
    );
}

#[test]
fn an_utterance_gives_each_slot_its_phrase() {
    let book: Playbook = serde_json::from_value(serde_json::json!({
        "venom": 1, "name": "swap", "title": "Swap",
        "utterances": ["replace {old} with {new}", "replace {old} with {new} in {path}"],
        "steps": []
    }))
    .unwrap();
    let phrases = |words: &str| phrases(words, &book).into_iter().collect::<Vec<_>>();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        phrases("Please replace \"x with y\" with z in src."),
        [
            pair("new", "z"),
            pair("old", "\"x with y\""),
            pair("path", "src")
        ]
    );
    assert_eq!(
        phrases("replace a.b with c"),
        [pair("new", "c"), pair("old", "a.b")]
    );
    assert_eq!(phrases("something else"), []);
}
