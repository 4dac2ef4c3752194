use super::*;

#[test]
fn every_pattern_compiles() {
    assert_eq!(PATTERNS.len(), 6);
}

#[test]
fn takes_out_what_differs() {
    let root = Path::new("/home/ann/shop");
    let scratch = Path::new("/var/scratch/7");
    let check = |text: &str, expected: &str| assert_eq!(scrub(text, root, scratch), expected);
    check("/home/ann/shop/a.py:3", "./a.py:3");
    check("/home/ann/shop2/a.py", "/home/ann/shop2/a.py");
    check("cd /home/ann/shop", "cd .");
    check("<object at 0x7f12ab34cd56>", "<object at 0x…>");
    check(
        "/tmp/pytest-of-ann/pytest-3/x.txt is there",
        "/tmp/… is there",
    );
    check(
        "thread 'tests::a' (4711) panicked",
        "thread 'tests::a' panicked",
    );
    check("finished in 0.12s", "finished in …");
    check("/var/scratch/7/report.xml", "{scratch}/report.xml");
    check("2 != 3", "2 != 3");
}
