//! `venom memory learn`: reads what files say.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::memory::Trust;
use venom_kernel::memory::extract::LONGEST_TEXT;
use venom_kernel::memory::fact::Stance;
use venom_ports::api::facts::Taught;

use super::super::context::{Context, absolute};
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::reach::Reach;

/// Read what files say about your software, and remember it
#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    /// The files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the text is from, such as an address; the file's path if none is given
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// You do not vouch for what it says: it waits in `venom memory review`
    #[arg(long)]
    untrusted: bool,
    /// What `we` stands for in it; the name of the current folder if none is given
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &LearnArgs) -> CliResult {
    let mut texts = Vec::new();
    for file in &args.files {
        let text = read(&absolute(&context.env, file), file)?;
        texts.push((file.display().to_string(), text));
    }
    let project = args.project.clone().or_else(|| {
        let folder = absolute(&context.env, &context.folder);
        let folder = folder.canonicalize().unwrap_or(folder);
        Some(folder.file_name()?.to_string_lossy().into_owned())
    });
    let project = project.unwrap_or_else(|| "we".to_owned());
    let beliefs = learned::beliefs(context, reach)?;
    let mut lessons: Vec<Value> = Vec::new();
    for (name, text) in &texts {
        let source = args.source.clone().unwrap_or_else(|| name.clone());
        let taught = Taught {
            text: text.clone(),
            source: Some(source.clone()),
            trust: if args.untrusted {
                Trust::Untrusted
            } else {
                Trust::User
            },
            project: project.clone(),
        };
        let learned = beliefs.learn(taught, &context.user()).await?;
        for claim in &learned.claims {
            let not = match claim.stance {
                Stance::Holds => "",
                Stance::Ended => "no longer: ",
            };
            if context.out.form == Form::Text {
                context.out.data(&format!(
                    "{}  {not}{} {} {}",
                    claim.id(),
                    clean::short(&claim.subject, 80),
                    claim.relation.phrase(),
                    clean::short(&claim.object, 160)
                ));
            }
        }
        let shown = clean::short(&source, 120);
        context.out.talk(&match learned.entry {
            None => format!("{shown} says nothing that could be learned"),
            Some(entry) if args.untrusted => format!(
                "{shown}: {} statements wait for your word (mem@{entry}); see `venom memory review`",
                learned.claims.len()
            ),
            Some(entry) => format!(
                "{shown}: learned {} statements (mem@{entry})",
                learned.claims.len()
            ),
        });
        lessons.push(json!({
            "source": source, "entry": learned.entry, "claims": learned.claims,
        }));
    }
    if context.out.form != Form::Text {
        context
            .out
            .document("learned", json!({ "lessons": lessons }));
    }
    Ok(Exit::Ok)
}

/// Reads a file as far as it is looked at.
fn read(path: &Path, shown: &Path) -> Result<String, CliError> {
    let most = u64::try_from(LONGEST_TEXT).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let done = if shown == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    done.map_err(|error| {
        CliError::usage(format!(
            "cannot read {}: {error}",
            clean::line(&shown.display().to_string())
        ))
        .code("unreadable")
    })?;
    if bytes.contains(&0) {
        return Err(CliError::usage(format!(
            "{} is no text",
            clean::line(&shown.display().to_string())
        ))
        .code("unreadable"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
