//! `files.replace`: one text for another, in many files at once.
//!
//! A file keeps its line endings, its encoding and its byte order mark. Files whose encoding is not
//! certain are left alone and counted: writing them back would change bytes that nobody asked to change.

use std::borrow::Cow;

use futures::StreamExt as _;
use regex::{NoExpand, Regex};
use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::encoding;
use super::pattern::Pattern;
use super::source::{self, Hidden, LeftOut, Selection, crlf, is_crlf};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{Given, refused};
use crate::place::Wanted;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// The most files in a result.
const FILES: usize = 1_000;

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let pattern = Pattern::take(&mut given)?;
    // An empty text is a text like any other: what is found is deleted.
    let with: String = given.must("with")?;
    let selection = Selection::take(&mut given)?;
    given.done()?;
    let literal = pattern.literal;
    let regex = pattern.regex()?;
    if !literal {
        check_groups(&regex, &with)?;
    }
    // In a file with CRLF a plain text of several lines has them as well.
    let windows = if literal {
        let wanted = crlf(&pattern.wanted);
        Some(Pattern { wanted, ..pattern }.regex()?)
    } else {
        None
    };
    let selected = selection
        .files(context, Wanted::FileOrFolder, Hidden::LeftOut)
        .await?;
    if selected.truncated {
        return Err(refused("there are more files than can be looked at")
            .with_hint("name a folder with `under` or patterns with `globs`"));
    }
    let mut changed: Vec<(String, usize)> = Vec::new();
    // Binary files are never meant; files that are text in another encoding are.
    let mut encoded: Vec<String> = Vec::new();
    let mut left_out = LeftOut::default();
    let mut texts = source::texts(context, selected.files);
    while let Some((entry, source)) = texts.next().await {
        let Some(bytes) = left_out.or_bytes(&entry, source) else {
            continue;
        };
        let Some((text, encoding)) = encoding::read(&bytes) else {
            encoded.push(entry.path.as_str().to_owned());
            continue;
        };
        let text = text.as_str();
        let is_windows = is_crlf(text);
        let regex = if is_windows {
            windows.as_ref().unwrap_or(&regex)
        } else {
            &regex
        };
        let new_text = if is_windows {
            Cow::Owned(crlf(&with))
        } else {
            Cow::Borrowed(with.as_str())
        };
        let (new, count) = replaced(regex, text, &new_text, literal);
        if count > 0 && new != text {
            let Some(new) = encoding::write(&new, encoding) else {
                encoded.push(entry.path.as_str().to_owned());
                continue;
            };
            changed.push((entry.path.as_str().to_owned(), count));
            context.files.write(&entry.path, new).await?;
        }
    }
    let sum: usize = changed.iter().map(|(_, count)| count).sum();
    let file = |(path, count): &(String, usize)| json!({"path": path, "replaced": count});
    let done = if with.is_empty() {
        "Deleted"
    } else {
        "Replaced"
    };
    let rest = format!("{}{}", left_out.text(), selected.unread.text());
    let text = bounded::both(&text(done, &changed, sum, &encoded), &rest);
    let skipped = encoded.iter().chain(left_out.named());
    let mut result = json!({
        "files": changed.iter().take(FILES).map(file).collect::<Value>(),
        "files_changed": changed.len(),
        "replaced": sum,
        "skipped": skipped.take(FILES).collect::<Vec<_>>(),
        "text": text,
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

fn replaced(regex: &Regex, text: &str, with: &str, literal: bool) -> (String, usize) {
    let count = regex.find_iter(text).count();
    if count == 0 {
        return (String::new(), 0);
    }
    let new = if literal {
        regex.replace_all(text, NoExpand(with))
    } else {
        regex.replace_all(text, with)
    };
    (new.into_owned(), count)
}

/// Refuses a new text that names a group which the expression does not have. It would silently be
/// replaced by nothing: `$5` in a price, or `$1a`, which names a group `1a`.
fn check_groups(regex: &Regex, with: &str) -> Result<()> {
    let is_group = |name: &str| match name.parse::<usize>() {
        Ok(number) => number < regex.captures_len(),
        Err(_) => regex.capture_names().flatten().any(|known| known == name),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = with;
    while let Some((_, behind)) = rest.split_once('$') {
        rest = behind;
        if let Some(behind) = rest.strip_prefix('$') {
            rest = behind;
            continue;
        }
        let name = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').map_or("", |(name, _)| name),
            None => rest
                .split_once(|c| !is_word(c))
                .map_or(rest, |(name, _)| name),
        };
        // A dollar sign without a name stands for itself.
        if !name.is_empty() && !is_group(name) {
            let name = bounded::line(name, 50);
            return Err(refused(format!(
                "`with` speaks of a group `{name}`, which the expression does not have"
            ))
            .with_hint(
                "write `$$` for a dollar sign, and `${1}` for a group with letters behind it",
            ));
        }
    }
    Ok(())
}

fn text(done: &str, changed: &[(String, usize)], sum: usize, encoded: &[String]) -> String {
    let mut text = if changed.is_empty() {
        format!("Nothing was {}.\n", done.to_lowercase())
    } else {
        format!(
            "{done} {} in {}.\n",
            bounded::counted(sum, "place"),
            bounded::counted(changed.len(), "file")
        )
    };
    for (path, count) in changed {
        push(
            &mut text,
            format_args!("- {}: {count}\n", name::shown(path)),
        );
    }
    if !encoded.is_empty() {
        let named = name::all(encoded.iter().map(String::as_str));
        push(
            &mut text,
            format_args!(
                "\nLeft alone because of their encoding: {}.\n",
                bounded::joined(&named, 20)
            ),
        );
    }
    text
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    let object = Pattern::params(schema::object()).must(
        "with",
        schema::text(
            "What stands there afterwards; nothing if it is empty. `$1` means the first group of \
             an expression and `$$` a dollar sign, unless `literal` is set.",
        ),
    );
    Selection::params(object, Wanted::FileOrFolder)
}

/// Describes the result.
pub(super) fn result() -> Object {
    let file = schema::object()
        .must("path", schema::path("The file."))
        .must("replaced", schema::number("How many places were replaced."))
        .done();
    Unread::properties(schema::object())
        .must(
            "files",
            schema::list(file, "The changed files, at most 1,000 of them."),
        )
        .must(
            "files_changed",
            schema::number("How many files were changed."),
        )
        .must("replaced", schema::number("How many places were replaced."))
        .must(
            "skipped",
            schema::texts("Files left alone because their encoding is not certain or does not have the new text, because they are too large, or because they are not readable."),
        )
        .text()
}
