//! What commands print is kept whole and comes out as it was.

use super::home::Home;
use super::sandbox::has_cell;

#[test]
fn a_long_stream_comes_out_as_the_command_wrote_it() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    // Longer than what a result holds, with bytes that are no text and a sequence that would clear
    // a terminal.
    let script = r"seq 1 40000; printf '\377\033[2J\n'; seq 1 3 >&2; cat long >&2";
    home.file("long", &"e".repeat(100_000));
    let goal = format!("run `{script}`");
    let (code, report) = home.json(&["run", &goal, "--json"]);
    assert_eq!(code, Some(0), "{report}");
    let mut expected: Vec<u8> = (1..=40_000)
        .flat_map(|n| format!("{n}\n").into_bytes())
        .collect();
    expected.extend_from_slice(b"\xff\x1b[2J\n");
    let out = home.command(&["output"]).output().unwrap();
    assert!(out.stdout == expected, "{} bytes", out.stdout.len());
    let out = home
        .command(&["output", "last", "run", "--stream", "stderr"])
        .output()
        .unwrap();
    assert_eq!(out.stdout.len(), 6 + 100_000);
    let (code, said) = home.json(&["output", "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(said["data"]["is_whole"], true, "{said}");
}

#[test]
fn what_has_no_output_says_what_to_do() {
    let home = Home::new();
    let none = home.venom(&["output"]);
    assert_eq!(none.code, Some(2), "{}", none.stderr);
    home.file("a.py", "# TODO: one\n");
    assert_eq!(home.venom(&["run", "find all TODOs"]).code, Some(0));
    let none = home.venom(&["output"]);
    assert!(none.stderr.contains("venom why"), "{}", none.stderr);
    let none = home.venom(&["output", "last", "nothing"]);
    assert!(none.stderr.contains("its steps are"), "{}", none.stderr);
}
