//! `venom redact`: an archive without something.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use venom_kernel::redact::Redactor;
use venom_ports::api::archive::Auditor as _;

use super::context::{Context, absolute};
use super::export::{CutArgs, Whether, to_file};
use super::verify;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire;

/// Copy an archive without values or blobs; what is left still verifies, and its signature stays good
#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// The archive; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    cut: CutArgs,
    /// Whether what looks like a credential is taken out
    #[arg(long, value_enum, value_name = "WHETHER", default_value = "yes")]
    redact_secrets: Whether,
    /// The copy; standard output if none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, requires = "output")]
    force: bool,
}

pub(super) fn run(context: &Context, args: &RedactArgs) -> CliResult {
    let mut redaction = args.cut.redaction()?;
    if args.redact_secrets == Whether::Yes {
        redaction.credentials = Some(Redactor::new(context.env.secrets()));
    }
    if redaction.is_empty() {
        return Err(CliError::usage("there is nothing to take out")
            .hint("name it with `--redact TEXT` or `--redact-event SEQ.FIELD`"));
    }
    if args.output.is_none() && (context.out.form == Form::Json || std::io::stdout().is_terminal())
    {
        return Err(CliError::usage("the copy needs a file: `--output FILE`"));
    }
    let auditor = wire::auditor(context.paths().ok().as_ref())?;
    let mut source = verify::open(&context.env, &args.file)?;
    let write = |sink: &mut dyn Write| auditor.redact(&mut source, &redaction, sink);
    let redacted = if let Some(file) = &args.output {
        to_file(&absolute(&context.env, file), args.force, write)?
    } else {
        let mut sink = BufWriter::with_capacity(1 << 16, context.out.sink());
        let mut write = write;
        write(&mut sink)?
    };
    if context.out.form != Form::Text {
        context.out.document(
            "redaction",
            json!({ "file": args.output, "archive": redacted }),
        );
        return Ok(Exit::Ok);
    }
    context.out.talk(&format!(
        "root {} as before, {}",
        redacted.root,
        verify::who(redacted.signed.as_ref())
    ));
    for line in verify::lacks(&redacted.lacks) {
        context.out.talk(&line);
    }
    Ok(Exit::Ok)
}
