use super::*;

fn edit(find: &str, replace: &str) -> Edit {
    Edit {
        find: find.to_owned(),
        replace: replace.to_owned(),
        all: None,
    }
}

const TEXT: &str = "def a():\n    return 1\n\n\ndef b():\n    return 1\n";

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (String, String) {
    let failure = result.unwrap_err();
    (failure.message, failure.hint.unwrap_or_default())
}

#[test]
fn a_text_that_is_there_once_is_replaced() {
    let edits = [
        edit("def a():\n    return 1", "def a():\n    return 2"),
        edit("def b", "def c"),
    ];
    let (new, places) = replaced(TEXT, &edits, "f.py").unwrap();
    assert_eq!(places, 2);
    assert_eq!(new, "def a():\n    return 2\n\n\ndef c():\n    return 1\n");
}

#[test]
fn a_text_that_is_not_there_or_there_twice_is_refused() {
    let (what, hint) = refusal(replaced(TEXT, &[edit("def b():\n  return 1", "x")], "f.py"));
    assert!(what.contains("not in `f.py`"), "{what}");
    assert!(hint.contains("6:     return 1"), "{hint}");
    let (what, _) = refusal(replaced(TEXT, &[edit("    return 1", "x")], "f.py"));
    assert!(what.contains("2 times (lines 2, 6)"), "{what}");
    let (_, hint) = refusal(replaced(TEXT, &[edit("zebra", "x")], "f.py"));
    assert!(hint.contains("read the file again"), "{hint}");
    assert!(replaced(TEXT, &[edit("", "x")], "f.py").is_err());
    let all = Edit {
        all: Some(true),
        ..edit("return 1", "return 3")
    };
    assert_eq!(replaced(TEXT, &[all], "f.py").unwrap().1, 2);
}

#[test]
fn a_patch_is_applied_where_its_lines_are() {
    let patch = "--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,3 @@\n def a():\n-    return 1\n+    x = 2\n+    return x\n@@ -99,2 +100,2 @@\n def b():\n-    return 1\n+    return 4\n";
    let (new, hunks) = patch::applied(TEXT, patch, "f.py").unwrap();
    assert_eq!(hunks, 2);
    assert_eq!(
        new,
        "def a():\n    x = 2\n    return x\n\n\ndef b():\n    return 4\n"
    );
    let (made, _) = patch::applied("", "@@ -0,0 +1,2 @@\n+one\n+two\n", "new").unwrap();
    assert_eq!(made, "one\ntwo\n");
    let (bare, _) = patch::applied(
        "one",
        "@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n",
        "f",
    )
    .unwrap();
    assert_eq!(bare, "two");
}

#[test]
fn a_patch_whose_lines_are_not_there_is_refused() {
    let (what, hint) = refusal(patch::applied(
        TEXT,
        "@@ -5,2 +5,2 @@\n def b():\n-    return 9\n+    return 4\n",
        "f.py",
    ));
    assert!(what.contains("hunk 1"), "{what}");
    assert!(hint.contains("5: def b():"), "{hint}");
    let (what, _) = refusal(patch::applied(
        TEXT,
        "@@ -40,1 +40,1 @@\n-    return 1\n+    return 4\n",
        "f.py",
    ));
    assert!(what.contains("2 times"), "{what}");
    for bad in [
        "",
        "nothing",
        "+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
    ] {
        assert!(patch::applied(TEXT, bad, "f.py").is_err(), "{bad}");
    }
}
