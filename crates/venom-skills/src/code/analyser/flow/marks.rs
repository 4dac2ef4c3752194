//! Marks by which the authors of a text say that they know of a finding: `// nosec` and
//! `// #nosec G201` as gosec reads them, `// nosemgrep`, and `// eslint-disable-line` with the
//! names of rules about security. A mark counts for what begins or ends on its line; one that
//! names the next line, for what begins there.

use std::collections::BTreeMap;

use super::super::finding::Kind;
use super::super::syntax::{Id, Tree};

/// The marks of a text, by their lines.
pub(super) struct Marks {
    by_line: BTreeMap<usize, Vec<Mark>>,
}

struct Mark {
    said: String,
    kinds: Option<Vec<Kind>>,
}

impl Marks {
    /// Reads the comments of a text.
    pub(super) fn read(tree: &Tree<'_>) -> Self {
        let mut by_line: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
        let source = tree.source();
        let may_have = ["nosec", "nosemgrep", "eslint-disable"]
            .iter()
            .any(|word| source.contains(word));
        if may_have {
            for comment in tree
                .all()
                .filter(|node| tree.kind(*node).ends_with("comment"))
            {
                let text = tree.text(comment);
                let line = tree.line(tree.start(comment));
                if let Some(mark) = mark(text) {
                    let line = if text.contains("next-line") {
                        line + 1
                    } else {
                        line
                    };
                    by_line.entry(line).or_default().push(mark);
                }
            }
        }
        Self { by_line }
    }

    /// The mark that counts for a weakness of this kind at a node.
    pub(super) fn of(&self, tree: &Tree<'_>, at: Id, kind: Kind) -> Option<String> {
        let range = tree.range(at);
        let first = tree.line(range.start);
        let last = tree.line(range.end.saturating_sub(1).max(range.start));
        [first, last]
            .into_iter()
            .filter_map(|line| self.by_line.get(&line))
            .flatten()
            .find(|mark| {
                mark.kinds
                    .as_ref()
                    .is_none_or(|kinds| kinds.contains(&kind))
            })
            .map(|mark| mark.said.clone())
    }
}

/// The mark on a line that counts for a weakness of this kind, where nothing but the line is known.
pub(in crate::code) fn mark_on(line: &str, kind: Kind) -> Option<String> {
    let at = ["//", "/*"]
        .iter()
        .filter_map(|open| line.find(open))
        .min()?;
    let mark = mark(line.get(at..)?).filter(|mark| !mark.said.contains("next-line"))?;
    mark.kinds
        .is_none_or(|kinds| kinds.contains(&kind))
        .then_some(mark.said)
}

fn mark(comment: &str) -> Option<Mark> {
    let words: Vec<&str> = comment
        .split(|letter: char| letter.is_whitespace() || letter == ',')
        .map(|word| word.trim_matches(['/', '*', ':']))
        .filter(|word| !word.is_empty())
        .collect();
    let place = words.iter().position(|word| {
        matches!(
            word.trim_start_matches('#'),
            "nosec" | "nosemgrep" | "eslint-disable-line" | "eslint-disable-next-line"
        )
    })?;
    let word = words.get(place)?.trim_start_matches('#');
    let rest: Vec<&str> = words.iter().skip(place + 1).copied().collect();
    if word.starts_with("eslint") {
        let named: Vec<(&str, Vec<Kind>)> = rest
            .iter()
            .map(|name| (*name, eslint(name)))
            .filter(|(_, kinds)| !kinds.is_empty())
            .collect();
        return (!named.is_empty()).then(|| naming(word, named));
    }
    let named: Vec<(&str, Vec<Kind>)> = rest
        .iter()
        .filter(|name| {
            name.strip_prefix('G')
                .is_some_and(|number| number.len() == 3 && number.parse::<u16>().is_ok())
        })
        .map(|name| (*name, gosec(name)))
        .collect();
    Some(if named.is_empty() {
        Mark {
            said: word.to_owned(),
            kinds: None,
        }
    } else {
        naming(word, named)
    })
}

fn naming(word: &str, named: Vec<(&str, Vec<Kind>)>) -> Mark {
    let (names, kinds): (Vec<&str>, Vec<Vec<Kind>>) = named.into_iter().unzip();
    Mark {
        said: format!("{word} {}", names.join(", ")),
        kinds: Some(kinds.concat()),
    }
}

/// What the rules of ESLint that are about security look for.
pub(in crate::code) fn eslint(name: &str) -> Vec<Kind> {
    let last = name.rsplit('/').next().unwrap_or(name);
    match last {
        "no-eval"
        | "no-implied-eval"
        | "no-new-func"
        | "detect-child-process"
        | "detect-eval-with-expression" => vec![Kind::CommandInjection],
        "detect-non-literal-fs-filename" | "detect-non-literal-require" => {
            vec![Kind::PathTraversal]
        }
        "detect-object-injection" => vec![Kind::PrototypePollution],
        "detect-pseudoRandomBytes" => vec![Kind::InsecureRandom],
        "property" | "method" | "no-danger" => vec![Kind::Xss],
        _ => Vec::new(),
    }
}

/// What the rules of gosec look for, as far as it is looked for here.
pub(in crate::code) fn gosec(name: &str) -> Vec<Kind> {
    match name {
        "G101" => vec![Kind::HardCodedSecret],
        "G102" | "G108" | "G112" | "G114" => vec![Kind::DebugMode],
        "G106" | "G402" => vec![Kind::DisabledTlsCheck],
        "G201" | "G202" => vec![Kind::SqlInjection],
        "G203" => vec![Kind::Xss],
        "G204" => vec![Kind::CommandInjection],
        "G301" | "G302" | "G304" | "G305" => vec![Kind::PathTraversal],
        "G401" | "G405" | "G501" | "G502" | "G503" | "G505" => vec![Kind::WeakHash],
        "G404" => vec![Kind::InsecureRandom],
        _ => Vec::new(),
    }
}
