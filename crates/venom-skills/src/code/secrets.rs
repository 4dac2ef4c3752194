//! `code.find-secrets`: credentials in all texts of a workspace, also in hidden ones and in those
//! that are no program.
//!
//! Three looks: the forms that issuers give their credentials, blocks of private keys, and what the
//! analyser calls a secret in program text. Values are never shown. A line that says that it is
//! meant so (`nosec`, `pragma: allowlist secret`, `gitleaks:allow`) is counted and not listed.

use futures::StreamExt as _;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::evidence::Evidence;
use venom_kernel::redact::{MASK, Redactor};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::workspace::{EntryKind, Walk};

use super::analyser::Grammar;
use super::sources::is_python;
use super::{Kind, MAX_TEXT_BYTES, analyse};
use crate::ahead;
use crate::bounded::{self, push};
use crate::name;
use crate::params::Given;
use crate::place::{self, Place, Wanted};
use crate::schema::{self, Object};
use crate::unread::Unread;
use crate::vendored;

/// The most that are listed; all are counted.
const LISTED: usize = 2_000;

/// The longest excerpt, in characters.
const EXCERPT: usize = 120;

/// Marks by which authors say that a line is known to them.
const MARKS: [&str; 4] = [
    "nosec",
    "pragma: allowlist secret",
    "gitleaks:allow",
    "noqa: S105",
];

/// Describes the result.
pub(super) fn result() -> Object {
    let secret = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must("what", schema::text("What it looks like."))
        .must("excerpt", schema::text("The line, with the value masked."))
        .done();
    Unread::properties(schema::object())
        .must(
            "secrets",
            schema::list(secret, "By path and line, at most 2,000."),
        )
        .must("count", schema::number("How many there are."))
        .must(
            "marked",
            schema::number("How many more are on lines that say that they are meant so."),
        )
        .must("files", schema::number("How many files were read."))
        .must(
            "skipped",
            schema::number("How many were left out because they are no text or too large."),
        )
        .must(
            "truncated",
            schema::flag("Whether there were more files than can be listed."),
        )
        .text()
}

/// One place with a secret.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Secret {
    path: String,
    line: usize,
    what: &'static str,
    excerpt: String,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let path: Option<RelPath> = given.may("path")?;
    given.done()?;
    let under = path.unwrap_or_else(RelPath::root);
    let (entries, truncated, unread) =
        match place::look(context, &under, Wanted::FileOrFolder).await? {
            Place::File(entry) => (vec![entry], false, Unread::default()),
            Place::Folder => {
                let mut listing = context
                    .files
                    .walk(Walk {
                        under: under.clone(),
                        hidden: true,
                        ..Walk::default()
                    })
                    .await?;
                vendored::leave_out(&mut listing.entries, &under);
                let unread = Unread::of(&listing.unreadable);
                (listing.entries, listing.truncated, unread)
            }
        };
    let mut found = Vec::new();
    let (mut files, mut skipped, mut marked) = (0_usize, 0_usize, 0_usize);
    let paths = entries
        .into_iter()
        .filter(|entry| entry.kind == EntryKind::File)
        .map(|entry| entry.path);
    let mut all = ahead::read(
        context.files.as_ref(),
        paths.collect(),
        MAX_TEXT_BYTES as u64,
    );
    while let Some((path, read)) = all.next().await {
        let text = read
            .ok()
            .and_then(|file| String::from_utf8(file.bytes).ok());
        let Some(text) = text.filter(|text| !text.contains('\0')) else {
            skipped += 1;
            continue;
        };
        files += 1;
        marked += look(path.as_str(), &text, &mut found);
    }
    found.sort();
    let told: Value = found
        .iter()
        .take(LISTED)
        .map(|one| {
            json!({"path": one.path, "line": one.line, "what": one.what, "excerpt": one.excerpt})
        })
        .collect();
    let mut result = json!({
        "secrets": told,
        "count": found.len(),
        "marked": marked,
        "files": files,
        "skipped": skipped,
        "truncated": truncated,
        "text": text(&found, marked, files, skipped, &unread),
    });
    unread.tell(&mut result);
    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let counts = (count > 0).then(|| (Kind::HardCodedSecret.name().to_owned(), count));
    Ok(Output {
        result,
        evidence: vec![Evidence::Findings(counts.into_iter().collect())],
    })
}

/// Looks through one text; returns how many are marked as known.
fn look(path: &str, text: &str, found: &mut Vec<Secret>) -> usize {
    let redactor = Redactor::default();
    let mut lines: Vec<(usize, &'static str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.contains("-----BEGIN") && line.contains("PRIVATE KEY") {
            lines.push((number + 1, "a private key"));
        } else if redactor.redact(line) != line {
            lines.push((number + 1, "a credential of a well-known form"));
        }
    }
    if is_python(path) || Grammar::of(path).is_some() {
        // A text that does not parse has been looked at by its lines all the same.
        for finding in analyse(path, text).unwrap_or_default() {
            let line = usize::try_from(finding.line).unwrap_or(usize::MAX);
            if finding.kind == Kind::HardCodedSecret && !lines.iter().any(|(at, _)| *at == line) {
                lines.push((line, "a password or key in program text"));
            }
        }
    }
    let mut marked = 0;
    for (number, what) in lines {
        let line = text.lines().nth(number - 1).unwrap_or_default();
        if MARKS.iter().any(|mark| line.contains(mark)) {
            marked += 1;
            continue;
        }
        found.push(Secret {
            path: path.to_owned(),
            line: number,
            what,
            excerpt: masked(line, &redactor),
        });
    }
    marked
}

/// The line without what may be the secret: what stands behind the first sign that assigns.
fn masked(line: &str, redactor: &Redactor) -> String {
    let line = redactor.redact(line);
    let end = line.find(['=', ':', '"', '\'']).filter(|end| *end > 0);
    let shown = match end {
        Some(end) => format!("{} {MASK}", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    };
    bounded::line(&shown, EXCERPT)
}

fn text(found: &[Secret], marked: usize, files: usize, skipped: usize, unread: &Unread) -> String {
    let files = bounded::counted(files, "file");
    let mut text = if found.is_empty() {
        format!("No secret was found in {files}.\n")
    } else {
        format!("{} in {files}.\n", bounded::counted(found.len(), "secret"))
    };
    for group in found.chunk_by(|one, two| one.path == two.path) {
        let Some(first) = group.first() else { continue };
        push(
            &mut text,
            format_args!("\n## {}\n\n", name::shown(&first.path)),
        );
        for one in group {
            push(
                &mut text,
                format_args!("- line {}: {}\n      {}\n", one.line, one.what, one.excerpt),
            );
        }
    }
    let mut rest = String::new();
    if !found.is_empty() {
        rest.push_str(
            "\nA secret that was ever committed or shared is known: change it at its issuer, then take it out.\n",
        );
    }
    if marked > 0 {
        let marked = bounded::counted(marked, "secret");
        push(
            &mut rest,
            format_args!("{marked} on lines that say that they are meant so.\n"),
        );
    }
    if skipped > 0 {
        let skipped = bounded::counted(skipped, "file");
        push(
            &mut rest,
            format_args!("{skipped} left out: no text, or larger than 2 MiB.\n"),
        );
    }
    rest.push_str(&unread.text());
    bounded::both(&text, &rest)
}

#[cfg(test)]
mod tests;
