use super::look;

fn found(path: &str, text: &str) -> (Vec<(usize, &'static str, String)>, usize) {
    let mut secrets = Vec::new();
    let marked = look(path, text, &mut secrets);
    let told = secrets
        .into_iter()
        .map(|one| (one.line, one.what, one.excerpt))
        .collect();
    (told, marked)
}

#[test]
fn credentials_are_found_in_any_text_and_never_shown() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let key = "-----BEGIN RSA PRIVATE KEY-----";
    let text = format!("name: x\ntoken: {token}\nFROM={token}\n{key}\n");
    let (told, _) = found("deploy/settings.yaml", &text);
    let lines: Vec<usize> = told.iter().map(|one| one.0).collect();
    assert_eq!(lines, [2, 3, 4]);
    for (_, _, excerpt) in &told {
        assert!(!excerpt.contains(&token), "{excerpt}");
    }
}

#[test]
fn passwords_in_programs_are_found_and_prose_is_not() {
    let text = "password = 'Tr0ub4dor&3x'\n";
    let (told, _) = found("app.py", text);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].2.contains("Tr0ub4dor"), "{told:?}");
    assert_eq!(found("README.md", "The password is asked for.\n").0, []);
}

#[test]
fn what_is_marked_is_counted() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let (told, marked) = found("a.txt", &format!("{token} # pragma: allowlist secret\n"));
    assert_eq!((told.len(), marked), (0, 1));
}
