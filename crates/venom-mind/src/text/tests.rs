use super::*;

fn stems(text: &Text) -> Vec<&str> {
    text.words().map(|word| word.stem.as_str()).collect()
}

#[test]
fn cleaning_removes_what_cannot_be_seen_and_folds_variants() {
    assert_eq!(
        normalize("  Run\u{200b} the\u{202e}\t\u{a0}TESTS\n"),
        "run the tests"
    );
    assert_eq!(normalize("\u{ff32}\u{ff35}\u{ff2e} \u{fb01}nd"), "run find");
    assert_eq!(normalize("Caf\u{e9} cafe\u{301}"), "cafe cafe");
    assert_eq!(normalize("\u{130}stanbul"), "istanbul");
    assert_eq!(normalize("it\u{2019}s \u{201c}x\u{201d}"), "it's \"x\"");
    assert_eq!(normalize("\u{200b}\u{feff}"), "");
}

#[test]
fn cleaning_stops_at_the_bound_and_never_inside_a_character() {
    let long = format!("a{}", "\u{20ac}".repeat(MAX_BYTES));
    let cleaned = clean(&long);
    assert!(cleaned.len() <= MAX_BYTES);
    assert!(cleaned.len() > MAX_BYTES - 4);
    assert!(cleaned.ends_with('\u{20ac}'));
}

#[test]
fn stems_join_inflected_forms() {
    for (forms, expected) in [
        (&["test", "tests", "testing", "tested"][..], "test"),
        (&["commit", "commits", "committed", "committing"], "commit"),
        (&["change", "changes", "changed", "changing"], "chang"),
        (&["vulnerability", "vulnerabilities"], "vulnerabiliti"),
        (&["replace", "replaces", "replacing"], "replac"),
        (&["run", "runs", "running"], "run"),
        (&["class", "classes"], "class"),
        (&["file", "files", "filed"], "file"),
        (&["install", "installing"], "instal"),
    ] {
        for form in forms {
            assert_eq!(stem(form), expected, "{form}");
        }
    }
}

#[test]
fn stems_leave_foreign_and_short_words_alone() {
    for word in ["", "is", "bus", "status", "v2", "schön", "今日"] {
        assert_eq!(stem(word), word);
    }
    // The rule for y looks backwards; a long run of it must neither be slow nor deep.
    let run = "y".repeat(100_000);
    assert_eq!(stem(&run), run);
}

#[test]
fn words_have_roles() {
    let text = Text::goal("please replace \"old name\" in src/auth.rs 12 times, don't ask");
    let roles: Vec<(&str, Role)> = text
        .words()
        .map(|word| (word.text.as_str(), word.role))
        .collect();
    assert_eq!(
        roles,
        [
            ("please", Role::Function),
            ("replace", Role::Content),
            ("old", Role::Value),
            ("name", Role::Value),
            ("in", Role::Function),
            ("src", Role::Value),
            ("auth", Role::Value),
            ("rs", Role::Value),
            ("12", Role::Value),
            ("times", Role::Content),
            ("dont", Role::Function),
            ("ask", Role::Content),
        ]
    );
}

#[test]
fn a_quotation_and_a_path_are_one_chunk_each() {
    let text = Text::goal("replace 'a b' with x/y/z");
    let chunks: Vec<usize> = text.words().map(|word| word.chunk).collect();
    assert_eq!(chunks[1], chunks[2]);
    assert_eq!(chunks[4], chunks[6]);
    assert_ne!(chunks[2], chunks[3]);
    assert_ne!(chunks[0], chunks[1]);
}

#[test]
fn an_apostrophe_opens_no_quotation() {
    assert_eq!(
        stems(&Text::goal("what's the users' wish")),
        ["what", "the", "user", "wish"]
    );
}

#[test]
fn slots_are_read_in_utterances_only() {
    let utterance = Text::utterance("harden the {module} module");
    assert!(utterance.has_slots());
    assert_eq!(
        utterance.parts().get(2),
        Some(&Part::Slot("module".to_owned()))
    );
    assert_eq!(stems(&utterance), ["harden", "the", "modul"]);
    assert!(!Text::goal("harden the {module} module").has_slots());
    for odd in ["{", "{}", "{a b}", "a {unclosed", "}{", "{{x"] {
        assert!(!Text::utterance(odd).has_slots(), "{odd}");
    }
}

#[test]
fn function_words_are_sorted_for_the_search() {
    assert!(FUNCTION_WORDS.is_sorted());
    assert!(is_function_word("please") && !is_function_word("marathon"));
}
