//! Counting findings in what tools say.

use super::*;

#[test]
fn findings_are_counted_where_tools_say_so() {
    for (tool, said, expected) in [
        (
            "ruff",
            "a.py:1:1: F401\nFound 3 errors.\n[*] 2 fixable",
            Some(3),
        ),
        ("ruff", "All checks passed!", Some(0)),
        (
            "mypy",
            "a.py:1: error: x\nFound 12 errors in 2 files (checked 3 source files)",
            Some(12),
        ),
        ("mypy", "Success: no issues found in 1 source file", Some(0)),
        (
            "eslint",
            "\u{2716} 4 problems (3 errors, 1 warning)\n",
            Some(4),
        ),
        (
            "tsc",
            "a.ts(1,1): error TS2322: x\nb.ts(1,1): error TS1: y\n",
            Some(2),
        ),
        ("tsc", "", Some(0)),
        ("clippy", "error: x", None),
        ("ruff", "", None),
        ("mypy", "Found nothing", None),
    ] {
        assert_eq!(count(tool, said), expected, "{tool}: {said}");
    }
}
