//! `venom verify`: is an archive, or a run, what was written?

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use venom_ports::api::archive::{Auditor as _, Checked, Lacks, Signed};

use super::context::{Context, absolute};
use super::log;
use crate::config::env::Env;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire;

/// Check an archive, or a run of this data folder, against everything that it says of itself
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// An archive, `-` for standard input, or a run: `last`, an id, or the beginning of one
    #[arg(value_name = "FILE|RUN")]
    what: PathBuf,
    /// Demand a signature by a key that is trusted here
    #[arg(long)]
    signed: bool,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> CliResult {
    let path = absolute(&context.env, &args.what);
    let text = args.what.to_string_lossy();
    // A moment of one is refused where runs are looked for.
    let name = text.split_once('@').map_or(&*text, |(name, _)| name);
    let is_run = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let checked = if text == "-" {
        check(context, &mut open(&context.env, &args.what)?)?
    } else if is_run && !path.is_file() {
        if args.signed {
            return Err(
                CliError::usage("a run of this data folder has no signature of its own")
                    .hint("export it, and verify the file"),
            );
        }
        return context.with_engine(async |wired| log::verify(context, wired, Some(&text)).await);
    } else {
        check(context, &mut open(&context.env, &args.what)?)?
    };
    let is_trusted = checked
        .signed
        .as_ref()
        .is_some_and(|signed| signed.trusted.is_some());
    let exit = if args.signed && !is_trusted {
        Exit::Failed
    } else {
        Exit::Ok
    };
    if context.out.form != Form::Text {
        context.out.document(
            "archive-verification",
            json!({
                "intact": true,
                "trusted": is_trusted,
                "texts_proven": checked.head.plain || checked.signed.is_some(),
                "archive": checked,
            }),
        );
        return Ok(exit);
    }
    context.out.data(&text_of(context, &checked));
    if exit != Exit::Ok {
        context
            .out
            .talk("it is whole, and it is not signed by a key that is trusted here");
    }
    Ok(exit)
}

/// Opens an archive; `-` is standard input.
pub(super) fn open(env: &Env, path: &Path) -> Result<Box<dyn Read>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let path = absolute(env, path);
    let file = File::open(&path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        Ok(file)
    });
    let file = file.map_err(|error| {
        CliError::usage(format!("cannot open {}: {error}", path.display()))
            .hint("archives are made with `venom export RUN > FILE`")
    })?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

fn check(context: &Context, source: &mut dyn Read) -> Result<Checked, CliError> {
    Ok(wire::auditor(context.paths().ok().as_ref())?.check(source)?)
}

fn text_of(context: &Context, checked: &Checked) -> String {
    let good = context.out.paint.good("✓");
    let head = &checked.head;
    let mut lines = vec![
        format!(
            "{good} {}: {} events, {} values, {} bytes read",
            head.run, head.events, checked.values, checked.bytes
        ),
        if head.plain {
            format!("{good} the chain of hashes covers each text that is whole")
        } else if checked.signed.is_none() {
            format!(
                "{} the texts are not proven: they were encrypted where they come from, so the chain of hashes does not cover them, and nobody signed the file",
                context.out.paint.warn("!")
            )
        } else {
            format!(
                "{good} the chain of hashes fits; it covers texts as they were encrypted, so the texts rest on the root alone"
            )
        },
        format!(
            "{good} the state follows up to event {} of {}{}",
            checked.folds_to,
            head.events,
            if head.finished {
                ""
            } else {
                "; the run has not ended"
            }
        ),
        format!(
            "{good} {} seals cover {} events{}",
            checked.seals,
            checked.sealed,
            if checked.sealers.is_empty() {
                ", not signed".to_owned()
            } else {
                let sealers: Vec<String> = checked
                    .sealers
                    .iter()
                    .map(|sealer| who(Some(sealer)))
                    .collect();
                format!(", {}", sealers.join(", "))
            }
        ),
        format!(
            "{good} {} blobs with {} bytes ({}){}",
            checked.blobs,
            checked.blob_bytes,
            head.contents.words(),
            if checked.keyed > 0 {
                format!("; {} of them rest on the root alone", checked.keyed)
            } else {
                String::new()
            }
        ),
    ];
    lines.push(format!(
        "{} root {}, {}",
        match &checked.signed {
            Some(Signed {
                trusted: Some(_), ..
            }) => good,
            Some(_) | None => context.out.paint.warn("!"),
        },
        checked.root,
        who(checked.signed.as_ref())
    ));
    for line in lacks(&checked.lacks) {
        lines.push(format!(
            "{} {}",
            context.out.paint.warn("!"),
            clean::line(&line)
        ));
    }
    lines.join("\n") + "\n"
}

/// Says who signed something.
pub(super) fn who(signed: Option<&Signed>) -> String {
    match signed {
        None => "signed by nobody".to_owned(),
        Some(Signed {
            key,
            trusted: Some(name),
        }) => format!("signed by {} (ed25519:{key})", clean::short(name, 64)),
        Some(Signed { key, trusted: None }) => {
            format!("signed by a key that is not trusted here (ed25519:{key})")
        }
    }
}

/// Says what is not in an archive, place by place.
pub(super) fn lacks(lacks: &Lacks) -> Vec<String> {
    let mut lines = Vec::new();
    for place in &lacks.places {
        lines.push(if place.field.is_empty() {
            format!("event {} was taken out", place.seq)
        } else {
            format!(
                "event {}: {} was taken out",
                place.seq,
                clean::short(&place.field, 160)
            )
        });
    }
    let more = lacks.values.saturating_sub(lacks.places.len() as u64);
    if more > 0 {
        lines.push(format!("{more} more values were taken out"));
    }
    for id in &lacks.removed_blobs {
        lines.push(format!("blob {id} was taken out"));
    }
    let more = lacks
        .removed
        .saturating_sub(lacks.removed_blobs.len() as u64);
    if more > 0 {
        lines.push(format!("{more} more blobs were taken out"));
    }
    if lacks.missing > 0 {
        lines.push(format!(
            "{} blobs were gone when the archive was made",
            lacks.missing
        ));
    }
    lines
}
