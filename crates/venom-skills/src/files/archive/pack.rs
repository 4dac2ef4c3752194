//! `files.archive`: makes an archive of files, one after the other.
//!
//! The same files give the same bytes: entries stand in the order of their paths, and no time, user or
//! group is written.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::{Form, LARGEST_FILE, Limits, Packed, size};
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
    let limits = Limits::take(&mut given)?;
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
    if selected.truncated || selected.files.len() > limits.entries {
        return Err(limits.too_many());
    }
    let aside = context.scratch.join("archive");
    let mut packer = File::create(&aside)
        .and_then(|file| Packer::new(BufWriter::new(file), form))
        .map_err(unwritable)?;
    let (mut count, mut whole) = (0_usize, 0_u64);
    for entry in &selected.files {
        if context.cancel.is_cancelled() {
            return Err(Failure::new(FailureKind::Retryable, "packing was stopped"));
        }
        if entry.path == path {
            continue;
        }
        whole = whole.saturating_add(entry.size);
        if whole > limits.bytes {
            return Err(limits.too_much());
        }
        if entry.size > LARGEST_FILE {
            return Err(refused(format!(
                "`{}` is larger than the {} that a file may have here",
                name::shown(entry.path.as_str()),
                size(LARGEST_FILE)
            ))
            .with_hint(LEAVE_OUT));
        }
        let file = context.files.read(&entry.path, LARGEST_FILE).await?;
        packer
            .add(&Packed {
                path: entry.path.as_str().to_owned(),
                is_executable: file.mode & 0o100 != 0,
                bytes: file.bytes,
            })
            .map_err(unwritable)?;
        count += 1;
        // What cannot be kept is not made first.
        if std::fs::metadata(&aside).is_ok_and(|made| made.len() > LARGEST_FILE) {
            return Err(too_large());
        }
    }
    if count == 0 {
        return Err(refused("there are no files to pack").with_hint(
            "ignored and hidden files count only when they are named, or with `hidden`",
        ));
    }
    packer
        .finish()
        .and_then(|mut writer| writer.flush())
        .map_err(unwritable)?;
    let made = std::fs::metadata(&aside).map_err(unwritable)?.len();
    if made > LARGEST_FILE {
        return Err(too_large());
    }
    let bytes = std::fs::read(&aside).map_err(unwritable)?;
    let packed_size = bytes.len();
    context.files.write(&path, bytes).await?;
    let text = format!(
        "Packed {} into {shown}: {packed_size} bytes.\n",
        bounded::counted(count, "file"),
    );
    let mut result = json!({
        "path": path,
        "format": form.to_string(),
        "count": count,
        "size": packed_size,
        "text": bounded::both(&text, &selected.unread.text()),
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

/// What to do about what does not fit.
const LEAVE_OUT: &str = "leave large files out with `exclude`, pack folders into archives of their own, or use `tar` in a step with `shell.run` and a folder that `.gitignore` names";

fn too_large() -> Failure {
    refused(format!(
        "the archive becomes larger than the {} that a file may have here",
        size(LARGEST_FILE)
    ))
    .with_hint(LEAVE_OUT)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to `map_err`, which gives the value away"
)]
fn unwritable(error: io::Error) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("cannot write the archive: {error}"),
    )
    .with_hint("see that the disk is not full")
}

/// Writes an archive, file by file.
pub(super) enum Packer<W: Write + Seek> {
    Tar(Box<tar::Builder<Stream<W>>>),
    Zip(Box<zip::ZipWriter<W>>),
}

/// The bytes of a tar archive on their way.
pub(super) enum Stream<W: Write> {
    Plain(W),
    Gz(flate2::write::GzEncoder<W>),
    Zst(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write + Seek> Packer<W> {
    pub(super) fn new(writer: W, form: Form) -> io::Result<Self> {
        let stream = match form {
            Form::Zip => return Ok(Self::Zip(Box::new(zip::ZipWriter::new(writer)))),
            Form::Tar => Stream::Plain(writer),
            Form::TarGz => {
                // The header of gzip has a time as well; the builder leaves it out.
                let level = flate2::Compression::new(DEFLATE_LEVEL);
                Stream::Gz(flate2::GzBuilder::new().write(writer, level))
            }
            Form::TarZst => Stream::Zst(zstd::stream::write::Encoder::new(writer, ZSTD_LEVEL)?),
        };
        Ok(Self::Tar(Box::new(tar::Builder::new(stream))))
    }

    pub(super) fn add(&mut self, file: &Packed) -> io::Result<()> {
        let mode = if file.is_executable { 0o755 } else { 0o644 };
        match self {
            Self::Tar(builder) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(file.bytes.len() as u64);
                header.set_mode(mode);
                header.set_mtime(0);
                header.set_entry_type(tar::EntryType::Regular);
                builder.append_data(&mut header, &file.path, file.bytes.as_slice())
            }
            Self::Zip(writer) => {
                let options = zip::write::SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::default())
                    .unix_permissions(mode);
                writer.start_file(file.path.as_str(), options)?;
                writer.write_all(&file.bytes)
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Tar(builder) => match builder.into_inner()? {
                Stream::Plain(writer) => Ok(writer),
                Stream::Gz(encoder) => encoder.finish(),
                Stream::Zst(encoder) => encoder.finish(),
            },
            Self::Zip(writer) => Ok(writer.finish()?),
        }
    }
}

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gz(encoder) => encoder.write(bytes),
            Self::Zst(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gz(encoder) => encoder.flush(),
            Self::Zst(encoder) => encoder.flush(),
        }
    }
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
    Limits::params(Hidden::params(Selection::params(
        object,
        Wanted::FileOrFolder,
    )))
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
