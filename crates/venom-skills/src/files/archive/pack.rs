//! `files.archive`: makes an archive of files.
//!
//! The same files give the same bytes: entries stand in the order of their paths, and no time, user or
//! group is written.

use std::io::{Cursor, Write as _};

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::{Form, LARGEST_CONTENT, LARGEST_FILE, MOST, Packed};
use crate::bounded;
use crate::files::source::{Hidden, Selection};
use crate::files::write::check_place;
use crate::name;
use crate::params::{Given, refused};
use crate::place::Wanted;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// How hard is compressed. Chosen: the defaults of `zstd` and `gzip`.
const ZSTD_LEVEL: i32 = 3;
const DEFLATE_LEVEL: u32 = 6;

/// Performs the action.
pub(in crate::files) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let path: RelPath = given.must("path")?;
    let if_exists: Option<String> = given.may("if_exists")?;
    let selection = Selection::take(&mut given)?;
    let hidden = Hidden::take(&mut given)?;
    given.done()?;
    let shown = name::shown(path.as_str());
    let Some(form) = Form::of_name(path.name()) else {
        return Err(refused(format!(
            "the name `{shown}` does not say what archive is meant"
        ))
        .with_hint("end it in .tar, .tar.gz, .tgz, .tar.zst or .zip"));
    };
    if check_place(context, &path).await? && if_exists.as_deref() != Some("overwrite") {
        return Err(refused(format!("`{shown}` is there already"))
            .with_hint("choose another name, or say `if_exists: overwrite`"));
    }
    let selected = selection
        .files(context, Wanted::FileOrFolder, hidden)
        .await?;
    if selected.truncated || selected.files.len() > MOST {
        return Err(refused(format!("there are more than {MOST} files"))
            .with_hint("name a folder with `under` or patterns with `globs`"));
    }
    let mut files = Vec::new();
    let mut size = 0_u64;
    for entry in &selected.files {
        if context.cancel.is_cancelled() {
            return Err(Failure::new(FailureKind::Retryable, "packing was stopped"));
        }
        if entry.path == path {
            continue;
        }
        size = size.saturating_add(entry.size);
        if size > LARGEST_CONTENT || entry.size > LARGEST_FILE {
            return Err(refused(format!(
                "the files are too large for an archive that is made here: more than {} MiB, or one of more than {} MiB (at `{}`)",
                LARGEST_CONTENT >> 20,
                LARGEST_FILE >> 20,
                name::shown(entry.path.as_str())
            ))
            .with_hint("leave large files out with `exclude`, or use `tar` in a step of the skill `shell`"));
        }
        let file = context.files.read(&entry.path, LARGEST_FILE).await?;
        files.push(Packed {
            path: entry.path.as_str().to_owned(),
            is_executable: file.mode & 0o100 != 0,
            bytes: file.bytes,
        });
    }
    if files.is_empty() {
        return Err(refused("there are no files to pack").with_hint(
            "ignored and hidden files count only when they are named, or with `hidden`",
        ));
    }
    let bytes = packed(&files, form)
        .map_err(|error| Failure::new(FailureKind::Internal, format!("cannot pack: {error}")))?;
    let packed_size = bytes.len();
    context.files.write(&path, bytes).await?;
    let text = format!(
        "Packed {} into {shown}: {packed_size} bytes.\n",
        bounded::counted(files.len(), "file"),
    );
    let mut result = json!({
        "path": path,
        "format": form.to_string(),
        "count": files.len(),
        "size": packed_size,
        "text": bounded::both(&text, &selected.unread.text()),
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

/// Writes an archive.
pub(super) fn packed(files: &[Packed], form: Form) -> std::io::Result<Vec<u8>> {
    match form {
        Form::Tar => tar(files, Vec::new()),
        Form::TarGz => {
            // The header of gzip has a time as well; the builder leaves it out.
            let level = flate2::Compression::new(DEFLATE_LEVEL);
            let writer = flate2::GzBuilder::new().write(Vec::new(), level);
            tar(files, writer)?.finish()
        }
        Form::TarZst => {
            let writer = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
            tar(files, writer)?.finish()
        }
        Form::Zip => zip(files),
    }
}

fn mode(file: &Packed) -> u32 {
    if file.is_executable { 0o755 } else { 0o644 }
}

fn tar<W: std::io::Write>(files: &[Packed], writer: W) -> std::io::Result<W> {
    let mut builder = tar::Builder::new(writer);
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.bytes.len() as u64);
        header.set_mode(mode(file));
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        builder.append_data(&mut header, &file.path, file.bytes.as_slice())?;
    }
    builder.into_inner()
}

fn zip(files: &[Packed]) -> std::io::Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(mode(file));
        writer.start_file(file.path.as_str(), options)?;
        writer.write_all(&file.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Describes the parameters.
pub(in crate::files) fn params() -> Object {
    let object = schema::object()
        .must(
            "path",
            schema::path(
                "The archive; its name says what it is: .tar, .tar.gz, .tgz, .tar.zst or .zip.",
            ),
        )
        .may(
            "if_exists",
            schema::choice(
                &["refuse", "overwrite"],
                "What to do when there is a file already; `refuse` if not given.",
            ),
        );
    Hidden::params(Selection::params(object, Wanted::FileOrFolder))
}

/// Describes the result.
pub(in crate::files) fn result() -> Object {
    Unread::properties(schema::object())
        .must("path", schema::path("The archive."))
        .must("format", schema::text("What it is."))
        .must("count", schema::number("How many files are in it."))
        .must("size", schema::number("Its size in bytes."))
        .text()
}
