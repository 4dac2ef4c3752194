//! `venom memory add`: telling something that no run told.

use std::ffi::OsString;
use std::io::Read as _;

use clap::Args;
use serde_json::json;
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::{LONGEST, USER};
use venom_kernel::redact::Redactor;
use venom_ports::memory::episodes::{Note, Taken};

use super::moment;
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::reach::Reach;

/// Remember something
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// What is to be remembered; `-` for standard input
    #[arg(value_name = "TEXT", required = true)]
    text: Vec<OsString>,
    /// Who said it
    #[arg(long, value_name = "NAME", default_value = USER)]
    speaker: String,
    /// When it was said; now if nothing is given
    #[arg(long, value_name = "TIME")]
    at_time: Option<String>,
    /// The conversation that it is part of
    #[arg(long, value_name = "NAME")]
    thread: Option<String>,
    /// Mark it as important, however old it gets
    #[arg(long)]
    pin: bool,
    /// It comes from somewhere that nobody vouches for, such as a web page
    #[arg(long)]
    untrusted: bool,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &AddArgs) -> CliResult {
    let text = match args.text.as_slice() {
        [one] if one == "-" => from_input()?,
        words => words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" "),
    };
    let now = super::now(reach);
    let time = match &args.at_time {
        Some(text) => moment::read(text)?,
        None => now,
    };
    if text.chars().nth(LONGEST).is_some() {
        return Err(
            CliError::usage(format!("a memory has at most {LONGEST} characters"))
                .code("too-long")
                .hint("say the gist of it, or `venom memory import` it in parts"),
        );
    }
    let masked = Redactor::new(context.env.secrets()).redact(&text);
    if masked != text {
        context
            .out
            .warning("a secret was taken out before anything was stored");
    }
    let note = Note {
        id: None,
        time,
        speaker: args.speaker.clone(),
        text: masked,
        thread: args.thread.clone(),
        trust: if args.untrusted {
            Trust::Untrusted
        } else {
            Trust::User
        },
        is_pinned: args.pin,
    };
    let by = context.user();
    let taken = reach.episodes().add(vec![note], &by, now).await?;
    let (id, word) = match taken.first() {
        Some(Taken::Added(id)) => (*id, "added"),
        Some(Taken::Known(id)) => (*id, "known"),
        Some(Taken::Forgotten(id)) => (*id, "forgotten"),
        Some(Taken::Empty) | None => {
            return Err(CliError::usage(
                "there are no words to remember, or the speaker has no name",
            )
            .code("empty-memory")
            .hint("say something: `venom memory add \"we deploy on Fridays\"`"));
        }
    };
    if context.out.form != Form::Text {
        context
            .out
            .document("memory-add", json!({ "id": id, "taken": word }));
        return Ok(Exit::Ok);
    }
    context.out.data(&format!("{id}\n"));
    match word {
        "known" => context.out.talk("that was remembered before"),
        "forgotten" => context
            .out
            .talk("that was forgotten on purpose and stays forgotten"),
        _ => {}
    }
    Ok(Exit::Ok)
}

fn from_input() -> Result<String, CliError> {
    /// Enough to see that it is too long; a character has at most four bytes.
    const MOST: u64 = LONGEST as u64 * 4 + 1;
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(MOST)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot read standard input: {error}"))
        })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
