//! `files.unpack`: puts the files of an archive into a folder.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::read::{Contents, read};
use super::{Form, Limits, MOST_RATIO};
use crate::bounded::{self, push};
use crate::files::write::check_place;
use crate::name;
use crate::params::{Given, refused};
use crate::project;
use crate::schema::{self, Object};

/// How many names a message or a result lists.
const NAMED: usize = 20;
const FILES: usize = 10_000;

/// How much of an archive is copied at a time.
const PART: usize = 4 << 20;

/// Performs the action.
pub(in crate::files) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let path: RelPath = given.must("path")?;
    let into: Option<RelPath> = given.may("into")?;
    let if_exists: Option<String> = given.may("if_exists")?;
    let limits = Limits::take(&mut given)?;
    given.done()?;
    let shown = name::shown(path.as_str());
    let first = context.files.read_part(&path, 0, PART).await?;
    let Some(form) = Form::of_bytes(&first) else {
        return Err(
            refused(format!("`{shown}` is no archive that is known here"))
                .with_hint("tar, tar.gz, tar.zst and zip are"),
        );
    };
    let into = match into {
        Some(into) => into,
        None => beside(&path)?,
    };
    let archive = copied(&path, first, limits, context).await?;
    let aside = context.scratch.join("files");
    std::fs::create_dir(&aside).map_err(|error| unwritable(&error))?;
    let contents = read(&archive, form, limits, &aside, &context.cancel)?;
    let mut places = Vec::new();
    let mut conflicts = Vec::new();
    let overwrites = if_exists.as_deref() == Some("overwrite");
    for file in &contents.files {
        let place = into
            .join(&file.path)
            .map_err(|error| refused(error.to_string()))?;
        if place == path {
            return Err(refused("the archive would be unpacked over itself")
                .with_hint("choose another folder with `into`"));
        }
        // A file may be overwritten when that is wanted; a folder or a link never is.
        if check_place(context, &place).await? && !overwrites {
            conflicts.push(name::shown(place.as_str()).into_owned());
        }
        places.push(place);
    }
    if !conflicts.is_empty() {
        return Err(refused(format!(
            "{} there already: {}",
            if conflicts.len() == 1 {
                "a file is"
            } else {
                "files are"
            },
            bounded::joined(&conflicts, NAMED)
        ))
        .with_hint("unpack into another folder with `into`, or say `if_exists: overwrite`"));
    }
    let Contents {
        files,
        size,
        left_out,
    } = contents;
    let count = files.len();
    for (file, place) in files.iter().zip(&places) {
        if context.cancel.is_cancelled() {
            return Err(Failure::new(
                FailureKind::Retryable,
                "unpacking was stopped",
            ));
        }
        let bytes = std::fs::read(&file.aside).map_err(|error| unwritable(&error))?;
        context
            .files
            .write_as(place, bytes, file.is_executable)
            .await?;
    }
    let mut text = format!(
        "Unpacked {} from {shown} into {}.\n",
        bounded::counted(count, "file"),
        name::shown(&into.to_string())
    );
    if !left_out.is_empty() {
        push(
            &mut text,
            format_args!(
                "Left out: {}.\n",
                bounded::joined(&name::all(left_out.iter().map(String::as_str)), NAMED)
            ),
        );
    }
    let result = json!({
        "path": path,
        "format": form.to_string(),
        "into": into.to_string(),
        "files": places.iter().take(FILES).map(RelPath::as_str).collect::<Vec<_>>(),
        "count": count,
        "size": size,
        "left_out": left_out.iter().take(FILES).collect::<Vec<_>>(),
        "text": text,
    });
    Ok(schema::output(result))
}

/// Copies the archive, part by part: what is read must not change meanwhile, and zip is not read in one go.
async fn copied(
    path: &RelPath,
    first: Vec<u8>,
    limits: Limits,
    context: &SkillContext,
) -> Result<PathBuf> {
    let copy = context.scratch.join("archive");
    let mut to = File::create(&copy).map_err(|error| unwritable(&error))?;
    let (mut part, mut at) = (first, 0_u64);
    while !part.is_empty() {
        if context.cancel.is_cancelled() {
            return Err(Failure::new(
                FailureKind::Retryable,
                "unpacking was stopped",
            ));
        }
        to.write_all(&part).map_err(|error| unwritable(&error))?;
        at += part.len() as u64;
        if at > limits.bytes {
            return Err(limits.too_much());
        }
        part = context.files.read_part(path, at, PART).await?;
    }
    Ok(copy)
}

fn unwritable(error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("cannot put aside what is unpacked: {error}"),
    )
    .with_hint("see that the disk is not full; nothing was written to the workspace")
}

/// The folder of the archive's own name beside it: what it holds never mixes with what is there.
fn beside(path: &RelPath) -> Result<RelPath> {
    let stem = Form::stem(path.name());
    let folder = project::above(path).unwrap_or_else(RelPath::root);
    if stem.is_empty() || stem == path.name() {
        return Err(
            refused("the name of the archive does not say where to unpack it")
                .with_hint("name a folder with `into`"),
        );
    }
    folder
        .join(&stem)
        .map_err(|error| refused(error.to_string()))
}

/// Describes the parameters.
pub(in crate::files) fn params() -> Object {
    Limits::params(schema::object())
        .may(
            "max_ratio",
            schema::between(
                1,
                MOST_RATIO,
                "How many times larger than the archive its files may be together, above 16 MiB; 200 if not given.",
            ),
        )
        .must(
            "path",
            schema::path("The archive: tar, tar.gz, tar.zst or zip."),
        )
        .may(
            "into",
            schema::path("The folder; one of the archive's name beside it if not given."),
        )
        .may(
            "if_exists",
            schema::choice(
                &["refuse", "overwrite"],
                "What to do when a file is there already; `refuse` if not given.",
            ),
        )
}

/// Describes the result.
pub(in crate::files) fn result() -> Object {
    schema::object()
        .must("path", schema::path("The archive."))
        .must("format", schema::text("What it is."))
        .must("into", schema::path("The folder."))
        .must("files", schema::texts("The files, at most 10,000 of them."))
        .must("count", schema::number("How many files there are."))
        .must("size", schema::number("The size of all files in bytes."))
        .must(
            "left_out",
            schema::texts("What was left out: links that stay inside, and empty folders."),
        )
        .text()
}
