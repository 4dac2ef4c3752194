//! `venom keys`: the master key, secrets of commands, and the signing key.

mod secrets;
mod signing;

use clap::{Args, Subcommand};
use serde_json::json;
use venom_ports::api::runs::Runs as _;
use venom_store::keys::{Made, Mode, create};
use zeroize::Zeroizing;

use super::context::Context;
use super::hidden;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

/// Keep secrets for commands, and the key that encrypts what is stored
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Store a secret; its value is asked for, or read from the standard input
    Set(secrets::SetArgs),
    /// List secrets, never their values
    List,
    /// Check that a secret can be read and used, and say where it comes from
    Test {
        /// The name of the secret
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Forget a secret
    Rm {
        /// The name of the secret
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Make a master key, so that new runs are encrypted
    Create {
        /// Make it from a passphrase, which is asked for
        #[arg(long)]
        passphrase: bool,
        /// Let the keyring of the desktop keep it
        #[arg(long, conflicts_with = "passphrase")]
        keyring: bool,
    },
    /// Say what is encrypted and where the master key comes from
    Status,
    /// Put another master key in the place of the one in use
    Rotate {
        /// Make it from a new passphrase, which is asked for
        #[arg(long)]
        passphrase: bool,
    },
    /// Destroy the key of a run, so that nobody can read its texts again
    Shred {
        /// `last`, a run's id, or the beginning of one
        #[arg(value_name = "RUN")]
        run: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// The key that signs what leaves this folder
    Signing {
        #[command(subcommand)]
        what: SigningVerb,
    },
}

#[derive(Debug, Clone, Subcommand)]
enum SigningVerb {
    /// Make the key
    Create,
    /// Show the public half in hexadecimal digits
    Show,
    /// Print the public half as PEM
    Export,
    /// Trust the signatures of a key, under a name
    Trust {
        /// The public half, as `venom keys signing show` prints it
        #[arg(value_name = "KEY")]
        key: String,
        /// What the key is called here
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Trust the signatures of a key no longer
    Distrust {
        /// The public half
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// List the keys whose signatures are trusted
    Trusted,
}

pub(super) fn run(context: &Context, args: &KeysArgs) -> CliResult {
    match &args.what {
        What::Set(args) => secrets::set(context, args),
        What::List => secrets::list(context),
        What::Test { name } => secrets::test(context, name),
        What::Rm { name } => secrets::remove(context, name),
        What::Create {
            passphrase,
            keyring,
        } => {
            let made = if *keyring {
                Made::Keyring(std::sync::Arc::new(crate::wire::keyring::Desktop::of(
                    &context.env,
                )))
            } else {
                made(context, *passphrase, "New passphrase: ")?
            };
            make(context, made)
        }
        What::Status => context.with_engine(async |wired| Ok(status(context, wired))),
        What::Rotate { passphrase } => {
            let made = made(context, *passphrase, "New passphrase: ")?;
            context.with_engine(async |wired| rotate(context, wired, &made))
        }
        What::Shred { run, yes } => {
            context.with_engine(async |wired| shred(context, wired, run, *yes).await)
        }
        What::Signing { what } => signing::run(context, what),
    }
}

fn made(context: &Context, is_passphrase: bool, mark: &str) -> Result<Made, CliError> {
    if !is_passphrase {
        return Ok(Made::Random);
    }
    let passphrase = if context.is_interactive {
        hidden::ask_new(context, mark)?
    } else {
        hidden::value(context, mark)?
    };
    // Shorter ones are guessed in hours, whatever each guess costs.
    if passphrase.chars().count() < 10 {
        return Err(CliError::usage("a passphrase has at least 10 characters"));
    }
    Ok(Made::Passphrase(Zeroizing::clone(&passphrase)))
}

fn make(context: &Context, made: Made) -> CliResult {
    let sources = context.env.key_sources(context.paths()?.keys());
    let source = context.with_engine(async |wired| {
        if wired.store.protection().is_used && wired.store.protection().source.is_none() {
            return Err(CliError::new(
                Exit::Failed,
                "the data is encrypted with a master key that is not here, and another does not open it",
            )
            .hint("bring the key back, or move the data folder away to begin anew"));
        }
        Ok(Exit::Ok)
    });
    source?;
    let source = create(&sources, &made)?;
    context.out.talk(&format!(
        "made {}; new runs are encrypted",
        clean::line(&source.to_string())
    ));
    // The warnings are those of the new key.
    let sources = match made {
        Made::Random | Made::Keyring(_) => sources,
        Made::Passphrase(passphrase) => venom_store::keys::Sources {
            passphrase: Some(passphrase),
            ..sources
        },
    };
    context.with_sources(sources, async |wired| Ok(status(context, wired)))
}

fn status(context: &Context, wired: &Wired) -> Exit {
    let status = wired.store.protection();
    let exit = if status.mode.is_ok() {
        Exit::Ok
    } else {
        Exit::Failed
    };
    let paths = context.paths().map(|paths| paths.keys());
    let tried = paths.map_or_else(
        |_unknown| Vec::new(),
        |folder| context.env.key_sources(folder).tried(),
    );
    if context.out.form != Form::Text {
        context.out.document(
            "key-status",
            json!({
                "mode": status.mode.as_ref().ok().map(|mode| mode.name()),
                "problem": status.mode.as_ref().err().map(|failure| &failure.message),
                "source": status.source.as_ref().map(ToString::to_string),
                "used": status.is_used,
                "looked_for": tried,
                "warnings": status.warnings,
            }),
        );
        return exit;
    }
    match &status.mode {
        Ok(mode) => {
            let what = match mode {
                Mode::Off => "new runs are not encrypted",
                Mode::Payload => "texts and contents of new runs are encrypted",
                Mode::Strict => {
                    "texts and contents of new runs are encrypted, lists are kept in memory"
                }
            };
            context.out.data(&format!("mode: {mode} ({what})"));
        }
        Err(failure) => context.out.data(&format!(
            "mode: no run can be begun: {}",
            clean::line(&failure.message)
        )),
    }
    if let Some(source) = &status.source {
        let source = clean::line(&source.to_string());
        context.out.data(&format!("master key: {source}"));
    } else {
        context.out.data("master key: none");
        for place in tried {
            let place = clean::line(&place);
            context.out.data(&format!("  looked for {place}"));
        }
    }
    for warning in &status.warnings {
        context.out.warning(warning);
    }
    exit
}

fn rotate(context: &Context, wired: &Wired, made: &Made) -> CliResult {
    let rotated = wired.store.rotate(made)?;
    if context.out.form != Form::Text {
        context.out.document(
            "key-rotation",
            json!({"keys": rotated.keys, "path": rotated.path, "clean": rotated.is_clean}),
        );
        return Ok(Exit::Ok);
    }
    context.out.data(&format!(
        "{} keys are wrapped with the new master key, in {}",
        rotated.keys,
        clean::line(&rotated.path.display().to_string())
    ));
    busy(context, rotated.is_clean);
    Ok(Exit::Ok)
}

/// Says what another process that reads at the same time keeps in the file.
fn busy(context: &Context, is_clean: bool) {
    if !is_clean {
        context.out.warning(
            "another process reads the log, so the old wrapped key stays in its write-ahead file until that process ends",
        );
    }
}

async fn shred(context: &Context, wired: &Wired, run: &str, is_agreed: bool) -> CliResult {
    let run = wired.host.find(run).await?;
    if !is_agreed {
        if !context.is_interactive {
            return Err(CliError::usage("nobody can be asked here")
                .hint(format!("`venom keys shred {run} --yes`")));
        }
        context.out.draw(&format!(
            "Nobody will be able to read {run} again. Type `shred` to destroy its key: "
        ));
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot read the answer: {error}"))
        })?;
        if line.trim() != "shred" {
            context.out.talk("nothing was destroyed");
            return Ok(Exit::Failed);
        }
    }
    let is_clean = wired.store.shred(run)?;
    if context.out.form != Form::Text {
        context
            .out
            .document("key-shredding", json!({"run": run, "clean": is_clean}));
        return Ok(Exit::Ok);
    }
    context.out.data(&format!("the key of {run} is destroyed"));
    busy(context, is_clean);
    context
        .out
        .talk("copies of the data folder that were made before still have it");
    Ok(Exit::Ok)
}
