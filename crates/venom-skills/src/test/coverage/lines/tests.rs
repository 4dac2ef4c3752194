//! Reports of Node, llvm-cov and Go.

use super::*;

fn files(coverage: &Coverage) -> Vec<(&str, u32, u32)> {
    let all = coverage.files.iter();
    all.map(|file| (file.path.as_str(), file.covered, file.total))
        .collect()
}

#[test]
fn lcov_is_read() {
    let report = "TN:\nSF:/w/src/a.js\nFN:1,f\nDA:1,3\nDA:2,0\nend_of_record\nSF:lib/b.js\nDA:1,1\nDA:1,0\nend_of_record\n\
                  SF:/w/a.test.js\nDA:1,1\nend_of_record\nSF:/elsewhere/c.js\nDA:1,1\nend_of_record\n";
    let coverage = parse_node(report, "/w").unwrap();
    assert_eq!(files(&coverage), [("lib/b.js", 1, 1), ("src/a.js", 1, 2)]);
    assert_eq!((coverage.covered, coverage.total), (2, 3));
    assert_eq!(coverage.tool, CoverageTool::Node);
    assert!(matches!(
        parse_llvm("SF:a\n", "/w"),
        Err(CoverageError::UnknownFormat(_))
    ));
    assert_eq!(parse_llvm("", "/w").unwrap().total, 0);
    let odd = "SF:a.rs\nDA:x,y\nDA:\nDA:4294967296,1\nend_of_record\n";
    assert_eq!(parse_llvm(odd, "/w").unwrap().total, 0);
}

#[test]
fn profiles_of_go_are_read() {
    let report = "mode: set\nexample.com/x/a.go:3.20,5.2 2 1\nexample.com/x/a.go:7.1,9.2 3 0\n\
                  example.com/x/b/b.go:1.1,2.2 1 0\nexample.com/x/b/b.go:1.1,2.2 1 1\nodd\n";
    let coverage = parse_go(report, "example.com/x").unwrap();
    assert_eq!(files(&coverage), [("a.go", 2, 5), ("b/b.go", 1, 1)]);
    assert!(matches!(
        parse_go("nonsense\n", "x"),
        Err(CoverageError::UnknownFormat(_))
    ));
    assert_eq!(parse_go("", "x").unwrap().total, 0);
}
