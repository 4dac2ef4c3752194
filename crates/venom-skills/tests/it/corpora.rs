//! The labelled corpora of JavaScript, Rust and Go (`tests/corpus`) against the rules and their
//! fixes. How Python does is in `corpus`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use venom_skills::code::{Fix, analyse, apply};

/// The least share of marks that is found in a language, and of findings that are marked, in
/// hundredths. Measured on 2026-11-22, see `docs/bench/security-rules.md`; one snippet is less
/// than one of them.
const LEAST: [(&str, usize, usize); 3] = [("javascript", 97, 97), ("rust", 97, 97), ("go", 97, 97)];

struct Snippet {
    name: String,
    path: PathBuf,
    text: String,
    marks: BTreeSet<(u32, String)>,
}

#[expect(
    clippy::expect_used,
    reason = "a corpus that cannot be read is a failed test"
)]
fn snippets(language: &str) -> Vec<Snippet> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(language);
    let mut found = Vec::new();
    for kind in fs::read_dir(&root).expect("the corpus has a folder for the language") {
        let folder = kind.expect("the folder can be listed").path();
        for entry in fs::read_dir(&folder).expect("a kind is a folder") {
            let path = entry.expect("the folder can be listed").path();
            let name = path
                .strip_prefix(&root)
                .expect("it is below")
                .to_string_lossy()
                .into_owned();
            if name.contains(".fixed.") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a snippet is text");
            let marks = text
                .lines()
                .zip(1_u32..)
                .filter_map(|(line, number)| {
                    let (_, mark) = line.split_once("// expect:")?;
                    Some((number, mark.trim().to_owned()))
                })
                .collect();
            found.push(Snippet {
                name,
                path,
                text,
                marks,
            });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[derive(Debug, Default)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
    fixed: usize,
}

impl Score {
    fn precision(&self) -> usize {
        (self.right * 100)
            .checked_div(self.right + self.wrong)
            .unwrap_or(100)
    }

    fn recall(&self) -> usize {
        (self.right * 100)
            .checked_div(self.right + self.missed)
            .unwrap_or(100)
    }

    fn add(&mut self, other: &Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.fixed += other.fixed;
    }
}

#[test]
fn finds_what_is_marked_and_little_else() {
    for (language, precision, recall) in LEAST {
        let mut scores: BTreeMap<String, Score> = BTreeMap::new();
        let mut log = String::new();
        for snippet in snippets(language) {
            let findings = analyse(&snippet.name, &snippet.text).expect("a snippet is analysed");
            let applied = apply(&snippet.text, &findings);
            for place in &applied.applied {
                if let Some(finding) = findings.get(*place) {
                    scores.entry(finding.kind.to_string()).or_default().fixed += 1;
                }
            }
            let found: BTreeSet<(u32, String)> = findings
                .iter()
                .map(|finding| (finding.line, finding.kind.to_string()))
                .collect();
            for (_, kind) in found.intersection(&snippet.marks) {
                scores.entry(kind.clone()).or_default().right += 1;
            }
            for (line, kind) in found.difference(&snippet.marks) {
                scores.entry(kind.clone()).or_default().wrong += 1;
                let _ = writeln!(
                    log,
                    "false alarm: {language}/{}:{line} {kind}",
                    snippet.name
                );
            }
            for (line, kind) in snippet.marks.difference(&found) {
                scores.entry(kind.clone()).or_default().missed += 1;
                let _ = writeln!(log, "missed: {language}/{}:{line} {kind}", snippet.name);
            }
        }
        let mut table = format!("{language}\n");
        let mut all = Score::default();
        for (kind, score) in &scores {
            all.add(score);
            line(&mut table, kind, score);
        }
        line(&mut table, "all", &all);
        println!("{table}{log}");
        assert!(all.precision() >= precision, "{table}{log}");
        assert!(all.recall() >= recall, "{table}{log}");
    }
}

fn line(table: &mut String, kind: &str, score: &Score) {
    let _ = writeln!(
        table,
        "| {kind} | {} | {} % | {} % | {} |",
        score.right + score.missed,
        score.precision(),
        score.recall(),
        score.fixed
    );
}

/// A fix comes out to the byte where the corpus says what it is; any other leaves a text that
/// parses and has nothing new in it, and what is safe stays as it is.
#[test]
fn fixes_are_what_the_corpus_says() {
    let mut log = String::new();
    let mut exact = 0;
    for (language, ..) in LEAST {
        for snippet in snippets(language) {
            let findings = analyse(&snippet.name, &snippet.text).expect("a snippet is analysed");
            let applied = apply(&snippet.text, &findings);
            let end = snippet
                .path
                .extension()
                .and_then(|end| end.to_str())
                .unwrap_or("");
            let wanted = snippet.path.with_extension(format!("fixed.{end}"));
            if let Ok(wanted) = fs::read_to_string(&wanted) {
                exact += 1;
                if wanted != applied.text {
                    let _ = writeln!(log, "{language}/{}:\n{}", snippet.name, applied.text);
                    for (place, why) in &applied.left {
                        let rule = findings.get(*place).map(|one| one.rule.as_str());
                        let _ = writeln!(log, "  left: {rule:?} {why}");
                    }
                }
                continue;
            }
            if snippet.marks.is_empty() && applied.text != snippet.text {
                let _ = writeln!(log, "{language}/{} is safe and was changed", snippet.name);
            }
            let again = analyse(&snippet.name, &applied.text).expect("it is analysed again");
            if again.len() + applied.applied.len() > findings.len() {
                let _ = writeln!(log, "{language}/{} has something new", snippet.name);
            }
            let rewrites = findings
                .iter()
                .filter(|one| matches!(one.fix, Fix::Rewrite { .. }))
                .count();
            if rewrites > 0 && applied.text != snippet.text {
                println!("fixed without a pattern: {language}/{}", snippet.name);
            }
        }
    }
    assert!(log.is_empty(), "{log}");
    assert!(exact > 20, "the corpus has exact fixes");
}
