//! Marks by which the authors of a text say that they know of a finding: `# nosec`, as bandit reads
//! it, and `# noqa: S608`, as flake8 and ruff do.
//!
//! A mark counts for what begins or ends on its line, for the call around it, and, behind the last
//! line of a statement, for the whole statement. It may name tests; then it counts for the kinds of
//! weakness that those look for. `# nosec` without a name, or with nothing but prose behind it, is
//! for all kinds. `# noqa` without a name is not heeded: it is about the form of a line as a rule.
//!
//! What is found is found all the same. A mark is a word of the text about itself, so that it is
//! told and never just believed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::finding::Kind;
use super::syntax::{Id, Tree};

/// The tests of bandit that look for what is looked for here: number, name, and kind. The rules of
/// flake8-bandit and ruff have the same numbers behind an `S`.
const TESTS: [(u32, &str, Kind); 33] = [
    (102, "exec_used", Kind::CommandInjection),
    (105, "hardcoded_password_string", Kind::HardCodedSecret),
    (106, "hardcoded_password_funcarg", Kind::HardCodedSecret),
    (107, "hardcoded_password_default", Kind::HardCodedSecret),
    (201, "flask_debug_true", Kind::DebugMode),
    (202, "tarfile_unsafe_members", Kind::PathTraversal),
    (301, "pickle", Kind::UnsafeDeserialisation),
    (302, "marshal", Kind::UnsafeDeserialisation),
    (303, "md5", Kind::WeakHash),
    (307, "eval", Kind::CommandInjection),
    (308, "mark_safe", Kind::Xss),
    (311, "random", Kind::InsecureRandom),
    (323, "unverified_context", Kind::DisabledTlsCheck),
    (324, "hashlib", Kind::WeakHash),
    (
        501,
        "request_with_no_cert_validation",
        Kind::DisabledTlsCheck,
    ),
    (506, "yaml_load", Kind::UnsafeDeserialisation),
    (507, "ssh_no_host_key_verification", Kind::DisabledTlsCheck),
    (601, "paramiko_calls", Kind::CommandInjection),
    (
        602,
        "subprocess_popen_with_shell_equals_true",
        Kind::CommandInjection,
    ),
    (
        603,
        "subprocess_without_shell_equals_true",
        Kind::CommandInjection,
    ),
    (
        604,
        "any_other_function_with_shell_equals_true",
        Kind::CommandInjection,
    ),
    (605, "start_process_with_a_shell", Kind::CommandInjection),
    (606, "start_process_with_no_shell", Kind::CommandInjection),
    (
        607,
        "start_process_with_partial_path",
        Kind::CommandInjection,
    ),
    (608, "hardcoded_sql_expressions", Kind::SqlInjection),
    (
        609,
        "linux_commands_wildcard_injection",
        Kind::CommandInjection,
    ),
    (610, "django_extra_used", Kind::SqlInjection),
    (611, "django_rawsql_used", Kind::SqlInjection),
    (614, "pytorch_load", Kind::UnsafeDeserialisation),
    (701, "jinja2_autoescape_false", Kind::Xss),
    (702, "use_of_mako_templates", Kind::Xss),
    (703, "django_mark_safe", Kind::Xss),
    (704, "markupsafe_markup_xss", Kind::Xss),
];

/// How the two marks are written. The patterns are constants, so that one which does not compile is
/// a mistake that the tests show; at run time no mark would be heeded then.
static FORMS: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    Some((
        Regex::new(r"#\s*nosec\b:?([^#]*)").ok()?,
        Regex::new(r"(?i)#\s*noqa\s*:\s*([a-z]+[0-9]+(?:[,\s]+[a-z]+[0-9]+)*)").ok()?,
    ))
});

/// The marks of a text, by their lines.
pub(super) struct Marks {
    by_line: BTreeMap<usize, Vec<Mark>>,
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// As it is told: the word and the tests that it names, without the prose around it.
    said: String,
    scope: Scope,
}

/// What a mark counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Everything,
    Kinds(Vec<Kind>),
}

impl Marks {
    /// Reads the comments of a text.
    pub(super) fn read(tree: &Tree<'_>) -> Self {
        let mut by_line: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
        let text = tree.source();
        // Most texts have none; looking for the letters is cheaper than looking at all nodes.
        let may_have = text.contains("nosec") || text.to_ascii_lowercase().contains("noqa");
        if may_have {
            for comment in tree.all().filter(|node| tree.kind(*node) == "comment") {
                let marks = marks(tree.text(comment));
                if !marks.is_empty() {
                    let line = tree.line(tree.start(comment));
                    by_line.entry(line).or_default().extend(marks);
                }
            }
        }
        Self { by_line }
    }

    /// The mark that counts for a weakness of this kind at a node, as it is told.
    pub(super) fn of(&self, tree: &Tree<'_>, at: Id, kind: Kind) -> Option<String> {
        if self.by_line.is_empty() {
            return None;
        }
        let lines = |node: Id| {
            let range = tree.range(node);
            tree.line(range.start)..=tree.line(range.end.saturating_sub(1).max(range.start))
        };
        let statement = tree.statement(at);
        let call = std::iter::once(at)
            .chain(tree.ancestors(at))
            .take_while(|node| *node != tree.root())
            .find(|node| tree.kind(*node) == "call");
        let last = is_simple(tree.kind(statement)).then(|| *lines(statement).end());
        let own = self.by_line.range(lines(at));
        let around = call.map(|call| self.by_line.range(lines(call)));
        let behind = last.map(|last| self.by_line.range(last..=last));
        own.chain(around.into_iter().flatten())
            .chain(behind.into_iter().flatten())
            .flat_map(|(_, marks)| marks)
            .find(|mark| mark.scope.has(kind))
            .map(|mark| mark.said.clone())
    }
}

impl Scope {
    fn has(&self, kind: Kind) -> bool {
        match self {
            Self::Everything => true,
            Self::Kinds(kinds) => kinds.contains(&kind),
        }
    }
}

/// Whether a statement of this kind has no other statements in it.
fn is_simple(kind: &str) -> bool {
    !matches!(
        kind,
        "if_statement"
            | "for_statement"
            | "while_statement"
            | "try_statement"
            | "with_statement"
            | "match_statement"
            | "function_definition"
            | "class_definition"
            | "decorated_definition"
            | "module"
    )
}

/// The mark on a line that counts for a weakness of this kind, where nothing but the line is known.
pub(super) fn mark_on(line: &str, kind: Kind) -> Option<String> {
    let comment = line.find('#').and_then(|at| line.get(at..))?;
    marks(comment)
        .into_iter()
        .find(|mark| mark.scope.has(kind))
        .map(|mark| mark.said)
}

/// Reads the marks of a comment.
fn marks(comment: &str) -> Vec<Mark> {
    let Some((nosec, noqa)) = FORMS.as_ref() else {
        return Vec::new();
    };
    let words = |found: &regex::Captures<'_>| -> Vec<String> {
        let words = found.get(1).map_or("", |words| words.as_str());
        words
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut marks = Vec::new();
    if let Some(found) = nosec.captures(comment) {
        let named: Vec<(String, Vec<Kind>)> = words(&found)
            .into_iter()
            .filter_map(|word| kinds_of(&word).map(|kinds| (word, kinds)))
            .collect();
        marks.push(if named.is_empty() {
            Mark {
                said: "# nosec".to_owned(),
                scope: Scope::Everything,
            }
        } else {
            Mark::naming("# nosec", named)
        });
    }
    if let Some(found) = noqa.captures(comment) {
        let named: Vec<(String, Vec<Kind>)> = words(&found)
            .into_iter()
            .filter_map(|word| {
                let number = word.strip_prefix(['S', 's'])?.parse().ok()?;
                Some((word, numbered(number)))
            })
            .filter(|(_, kinds)| !kinds.is_empty())
            .collect();
        if !named.is_empty() {
            marks.push(Mark::naming("# noqa:", named));
        }
    }
    marks
}

impl Mark {
    fn naming(word: &str, named: Vec<(String, Vec<Kind>)>) -> Self {
        let (names, kinds): (Vec<String>, Vec<Vec<Kind>>) = named.into_iter().unzip();
        Self {
            said: format!("{word} {}", names.join(", ")),
            scope: Scope::Kinds(kinds.concat()),
        }
    }
}

/// The kinds that the name of a test means; `None` if it is no such name. One that looks like the
/// name of a test which has no counterpart here means no kind, and not all of them.
fn kinds_of(word: &str) -> Option<Vec<Kind>> {
    if let Some(number) = word.strip_prefix(['B', 'b'])
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
    {
        return Some(number.parse().map(numbered).unwrap_or_default());
    }
    let own = Kind::ALL.into_iter().find(|kind| {
        word.strip_prefix(kind.name())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if let Some(kind) = own {
        return Some(vec![kind]);
    }
    let named = TESTS.iter().find(|(_, name, _)| *name == word);
    if let Some((_, _, kind)) = named {
        return Some(vec![*kind]);
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (word.contains('_') && word.chars().all(is_name)).then(Vec::new)
}

/// The kinds that the tests of this number look for.
pub(in crate::code) fn numbered(number: u32) -> Vec<Kind> {
    TESTS
        .iter()
        .filter(|(known, _, _)| *known == number)
        .map(|(_, _, kind)| *kind)
        .collect()
}

#[cfg(test)]
mod tests;
