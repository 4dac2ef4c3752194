//! `venom code scan` and the file that it writes.

use super::home::Home;

#[test]
fn a_scan_writes_what_it_found_as_sarif() {
    let home = Home::new();
    home.file("web/app.js", "function f(x) { eval(x); }\n");
    home.file("web/fine.js", "const x = 1;\n");
    let out = home.work().join("found.sarif");
    let name = out.display().to_string();
    let done = home.venom(&["code", "scan", "--sarif", &name]);
    assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
    let text = std::fs::read_to_string(&out).expect("the file is written");
    let report: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let results = &report["runs"][0]["results"];
    assert_eq!(results.as_array().map(Vec::len), Some(1), "{report}");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "web/app.js");

    // A part of the project.
    let done = home.venom(&["code", "scan", "web/fine.js", "--sarif", &name]);
    assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
    let text = std::fs::read_to_string(&out).expect("the file is written");
    let report: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        report["runs"][0]["results"].as_array().map(Vec::len),
        Some(0)
    );

    // A file that cannot be written is said.
    let done = home.venom(&["code", "scan", "--sarif", "/nowhere/at/all.sarif"]);
    assert_ne!(done.code, Some(0), "{}", done.stdout);
    assert!(done.stderr.contains("cannot write"), "{}", done.stderr);
}
