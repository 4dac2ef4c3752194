//! `files.write` and `files.write-list`.

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::workspace::EntryKind;
use venom_ports::{Failure, FailureKind, Result};

use super::source::{crlf, is_binary, is_crlf};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, refused};
use crate::project;
use crate::schema::{self, Object};

/// The largest file that is written or appended to.
const LARGEST: usize = 64 << 20;

/// The most items of a list.
const ITEMS: usize = 10_000;

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum IfExists {
    Overwrite,
    Refuse,
    Append,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: RelPath,
    content: String,
    append: Option<bool>,
    if_exists: Option<IfExists>,
}

/// Writes a file.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params {
        path,
        content,
        append,
        if_exists,
    } = params::read(call)?;
    let policy = match (append, if_exists) {
        (Some(true), None | Some(IfExists::Append)) => IfExists::Append,
        (Some(true), Some(IfExists::Overwrite | IfExists::Refuse)) => {
            return Err(refused("`append` and `if_exists` say different things")
                .with_hint("leave `append` out"));
        }
        (Some(false) | None, policy) => policy.unwrap_or(IfExists::Overwrite),
    };
    if content.len() > LARGEST {
        return Err(refused("the content is larger than 64 MiB"));
    }
    let exists = check_place(context, &path).await?;
    let mut bytes = content.into_bytes();
    if exists {
        match policy {
            IfExists::Refuse => {
                return Err(
                    refused(format!("`{}` exists already", name::shown(path.as_str())))
                        .with_hint("choose another path, or let it be overwritten"),
                );
            }
            IfExists::Append => {
                let old = context.files.read(&path, LARGEST as u64).await?.bytes;
                bytes = appended(&path, old, bytes)?;
            }
            IfExists::Overwrite => {}
        }
    }
    let size = bytes.len();
    let lines = bytes.split(|byte| *byte == b'\n').count() - 1;
    context.files.write(&path, bytes).await?;
    let done = match (exists, policy) {
        (false, _) => "Made",
        (true, IfExists::Append) => "Appended to",
        (true, IfExists::Overwrite | IfExists::Refuse) => "Wrote",
    };
    let result = json!({
        "path": path,
        "created": !exists,
        "size": size,
        "text": format!("{done} {}: {}.\n", name::shown(path.as_str()), bounded::counted(lines, "line")),
    });
    Ok(schema::output(result))
}

/// Puts a text behind what a file holds, on a line of its own and with the file's line ends.
fn appended(path: &RelPath, mut old: Vec<u8>, new: Vec<u8>) -> Result<Vec<u8>> {
    if is_binary(&old) {
        let shown = name::shown(path.as_str());
        return Err(refused(format!(
            "`{shown}` is no text, so no text is appended to it"
        ))
        .with_hint("choose another file, or let it be overwritten"));
    }
    let is_windows = is_crlf(&String::from_utf8_lossy(&old));
    if !old.is_empty() && !old.ends_with(b"\n") {
        old.extend_from_slice(if is_windows { b"\r\n" } else { b"\n" });
    }
    match String::from_utf8(new) {
        Ok(new) if is_windows => old.extend(crlf(&new).into_bytes()),
        Ok(new) => old.extend(new.into_bytes()),
        Err(error) => old.extend(error.into_bytes()),
    }
    if old.len() > LARGEST {
        return Err(refused("the file would be larger than 64 MiB"));
    }
    Ok(old)
}

/// Refuses a path where no file can be, and tells whether there is one.
pub(super) async fn check_place(context: &SkillContext, path: &RelPath) -> Result<bool> {
    if path.is_root() {
        return Err(refused("the path names the workspace itself").with_hint("name a file in it"));
    }
    let shown = name::shown(path.as_str());
    match context.files.stat(path).await?.map(|entry| entry.kind) {
        None => {
            check_way(context, path).await?;
            Ok(false)
        }
        Some(EntryKind::File) => Ok(true),
        Some(EntryKind::Folder) => Err(refused(format!("`{shown}` is a folder"))
            .with_hint(format!("name a file in it, such as `{shown}/notes.md`"))),
        Some(EntryKind::Link) => Err(refused(format!(
            "`{shown}` is a symbolic link, which is not followed"
        ))
        .with_hint("name what the link points to, if it is inside the workspace")),
        Some(EntryKind::Other) => Err(refused(format!("`{shown}` is not a regular file"))),
    }
}

/// Refuses a path that leads through something that is no folder.
async fn check_way(context: &SkillContext, path: &RelPath) -> Result<()> {
    let mut at = project::above(path);
    while let Some(folder) = at.filter(|folder| !folder.is_root()) {
        match context.files.stat(&folder).await?.map(|entry| entry.kind) {
            None => at = project::above(&folder),
            Some(EntryKind::Folder) => return Ok(()),
            Some(EntryKind::File | EntryKind::Link | EntryKind::Other) => {
                let folder = name::shown(folder.as_str());
                return Err(
                    refused(format!("`{folder}` is no folder, so no file can be in it"))
                        .with_hint("choose another path"),
                );
            }
        }
    }
    Ok(())
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .must("content", schema::text("What is written."))
        .may("append", schema::flag("The same as `if_exists: append`."))
        .may(
            "if_exists",
            schema::choice(
                &["overwrite", "refuse", "append"],
                "What to do when there is a file already; `overwrite` if not given.",
            ),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .must("created", schema::flag("Whether it is new."))
        .must("size", schema::number("Its size in bytes."))
        .text()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    path: RelPath,
    title: Option<String>,
    items: Vec<Item>,
    exclude: Option<Vec<RelPath>>,
}

/// A found place, as the search actions give it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    path: RelPath,
    line: Option<u64>,
    #[serde(rename = "column")]
    _column: Option<u64>,
    tag: Option<String>,
    owner: Option<String>,
    text: Option<String>,
}

/// Writes a check list.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    let List {
        path,
        title,
        mut items,
        exclude,
    } = params::read(call)?;
    check_place(context, &path).await?;
    let excluded = exclude.unwrap_or_default();
    items.retain(|item| item.path != path && !excluded.contains(&item.path));
    let left_out = items.len().saturating_sub(ITEMS);
    items.truncate(ITEMS);
    items.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    let files = items.chunk_by(|one, other| one.path == other.path).count();
    let title = title
        .as_deref()
        .map(|title| bounded::line(title, 200))
        .unwrap_or_default();
    let title = if title.is_empty() {
        "List".to_owned()
    } else {
        title
    };
    let mut content = format!("# {}\n\n", plain(&title));
    if items.is_empty() {
        content.push_str("Nothing was found.\n");
    } else {
        let (items, files) = (
            bounded::counted(items.len(), "item"),
            bounded::counted(files, "file"),
        );
        push(&mut content, format_args!("{items} in {files}.\n"));
    }
    for group in items.chunk_by(|one, other| one.path == other.path) {
        let Some(first) = group.first() else { continue };
        push(
            &mut content,
            format_args!(
                "\n## {}\n\n",
                plain(&bounded::line(&name::shown(first.path.as_str()), 500))
            ),
        );
        for item in group {
            content.push_str(&item.line());
        }
    }
    if left_out > 0 {
        push(
            &mut content,
            format_args!(
                "\n{} not listed.\n",
                bounded::counted(left_out, "more item")
            ),
        );
    }
    let size = content.len();
    context
        .files
        .write(&path, content.into_bytes())
        .await
        .map_err(|failure| match failure.kind {
            FailureKind::Refused if failure.hint.is_none() => {
                Failure::with_hint(failure, "choose another path for the list")
            }
            _ => failure,
        })?;
    let (count, said) = (items.len(), bounded::counted(items.len(), "item"));
    let result = json!({
        "path": path,
        "items": count,
        "files": files,
        "size": size,
        "text": format!(
            "Wrote {said} in {} to {}.\n",
            bounded::counted(files, "file"),
            name::shown(path.as_str())
        ),
    });
    Ok(schema::output(result))
}

impl Item {
    fn line(&self) -> String {
        let mut line = "- [ ]".to_owned();
        if let Some(number) = self.line {
            push(&mut line, format_args!(" line {number}:"));
        }
        if let Some(tag) = self.tag.as_deref().map(|tag| bounded::line(tag, 40)) {
            push(&mut line, format_args!(" {}", plain(&tag)));
            if let Some(owner) = &self.owner {
                push(
                    &mut line,
                    format_args!(" ({})", plain(&bounded::line(owner, 60))),
                );
            }
            line.push(':');
        }
        let text = self
            .text
            .as_deref()
            .map(|text| bounded::line(text, 300))
            .unwrap_or_default();
        if !text.is_empty() {
            push(&mut line, format_args!(" {}", plain(&text)));
        }
        line.push('\n');
        line
    }
}

/// Keeps text from being taken for Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '[' | ']' | '<') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// Describes the parameters of a list.
pub(super) fn list_params() -> Object {
    let item = schema::object()
        .must("path", schema::path("The file."))
        .may("line", schema::number("The line, from 1."))
        .may("column", schema::number("The column; it is not shown."))
        .may("tag", schema::text("A mark such as `TODO`."))
        .may("owner", schema::text("Whose it is."))
        .may("text", schema::text("What stands there."))
        .done();
    schema::object()
        .must(
            "path",
            schema::path("The Markdown file to write; places in it are never listed."),
        )
        .may("title", schema::text("The title of the list."))
        .must(
            "items",
            schema::list(item, "The places, such as the matches of `files.search`."),
        )
        .may("exclude", schema::texts("Files whose places are left out."))
}

/// Describes the result of a list.
pub(super) fn list_result() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .must("items", schema::number("How many places are listed."))
        .must("files", schema::number("How many files they lie in."))
        .must("size", schema::number("The size of the list in bytes."))
        .text()
}
