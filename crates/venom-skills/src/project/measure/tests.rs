//! Reading what shells, profilers and comparisons print.

use super::*;

#[test]
fn processor_times_of_shells_are_read() {
    for (text, expected) in [
        ("0m0.00s 0m0.00s\n0m1.25s 0m0.07s\n", Some((1_250, 70))),
        ("0m0.001s 0m0.002s\n2m3.456s 0m0,5s\n", Some((123_456, 500))),
        ("0m0.00s 0m0.00s\n", None),
        ("a\nb c\n", None),
        ("", None),
    ] {
        assert_eq!(processor(text), expected, "{text}");
    }
}

fn printed(first: &[u64], second: &[u64]) -> String {
    let mut text = "warm a 0 999000\nwarm b 0 999000\n".to_owned();
    for (a, b) in first.iter().zip(second) {
        push(
            &mut text,
            format_args!("run a 0 {}\nrun b 0 {}\n", a * 1_000, b * 1_000),
        );
    }
    text
}

#[test]
fn a_difference_counts_only_outside_the_spread() {
    let clear = compared(
        &printed(&[10, 11, 12, 10], &[30, 31, 29, 33]),
        ["x", "y"],
        "",
    );
    assert_eq!(clear.result["faster"], "first");
    assert_eq!(clear.result["first"]["median_us"], 10);
    assert_eq!(clear.result["ratio_thousandths"], 3_000);
    let unclear = compared(
        &printed(&[10, 50, 12, 40], &[30, 11, 29, 33]),
        ["x", "y"],
        "",
    );
    assert_eq!(unclear.result["faster"], Value::Null);
    let other = compared(&printed(&[30, 31, 32], &[3, 3, 3]), ["x", "y"], "");
    assert_eq!(other.result["faster"], "second");
}

#[test]
fn a_command_that_fails_is_not_compared() {
    let output = compared("warm a 0 5\nwarm b 7 5\n", ["x", "y"], "no such thing");
    assert_eq!(output.evidence, [Evidence::Exit { code: Some(7) }]);
    assert!(
        output.result["text"]
            .as_str()
            .unwrap()
            .contains("no such thing")
    );
    assert_eq!(output.result["first"], Value::Null);
}

#[test]
fn profilers_are_found_for_plain_commands_only() {
    let scratch = std::path::Path::new("/s");
    for (script, expected) in [
        (
            "python3 a.py x",
            Some("python3 -m cProfile -o /s/profile a.py x"),
        ),
        (
            "python3 -m pkg y",
            Some("python3 -m cProfile -o /s/profile -m pkg y"),
        ),
        (
            "node a.js",
            Some("node --cpu-prof --cpu-prof-dir /s --cpu-prof-name profile.json a.js"),
        ),
        ("python3 -c pass", None),
        ("python3 a.py | wc", None),
        ("python3", None),
        ("node --test", None),
        ("cargo build", None),
    ] {
        let argv = Profiler::of(script, scratch).map(|profiler| profiler.argv().join(" "));
        assert_eq!(argv.as_deref(), expected, "{script}");
    }
}
