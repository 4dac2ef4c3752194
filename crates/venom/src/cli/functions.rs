//! `venom functions`: functions that run elsewhere, listed and called by hand.
//!
//! A call by hand is the user's own: it is not asked about and belongs to no run. Ctrl-C closes its
//! connection.

use std::io::Read as _;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_exec::os::OsEntropy;
use venom_kernel::time::Millis;
use venom_ports::FailureKind;
use venom_ports::entropy::Entropy as _;
use venom_ports::function::{Answer, FunctionError, Functions, Invocation, LogTail, Mode};

use super::attend::{Caught, Signals};
use super::context::Context;
use crate::config::duration;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire;

/// The most that is read as a payload. Chosen: more than any platform takes.
const LONGEST: u64 = 16 << 20;

/// List and call functions that run elsewhere
#[derive(Debug, Args)]
pub(crate) struct FunctionsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the functions of the configuration
    List,
    /// Call a function and print its answer
    Invoke(InvokeArgs),
}

#[derive(Debug, Args)]
struct InvokeArgs {
    /// The function's name in the configuration
    name: String,
    /// What the function is given: JSON, `@FILE` for a file, or `@-` for standard input
    #[arg(long, short, value_name = "JSON", default_value = "null")]
    payload: String,
    /// Whether the answer is waited for
    #[arg(long, value_enum, default_value = "sync")]
    mode: ModeArg,
    /// The key of the call; one of its own if none is given
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Longest time, such as `30s`; the function's own limit holds as well
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Millis>,
    /// The W3C trace that the call belongs to
    #[arg(long, value_name = "TRACEPARENT")]
    traceparent: Option<String>,
    /// Show the end of the function's log, where the platform has one
    #[arg(long)]
    log: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    /// The answer is waited for
    Sync,
    /// The platform queues the call
    Async,
    /// Nothing runs; what can be checked is checked
    DryRun,
}

impl ModeArg {
    const fn mode(self) -> Mode {
        match self {
            Self::Sync => Mode::Sync,
            Self::Async => Mode::Async,
            Self::DryRun => Mode::DryRun,
        }
    }
}

pub(super) fn run(context: &Context, args: &FunctionsArgs) -> CliResult {
    let functions = wire::functions(&context.env, context.settings()?)?;
    match &args.what {
        What::List => {
            list(context, functions.as_ref());
            Ok(Exit::Ok)
        }
        What::Invoke(args) => invoke(context, functions.as_ref(), args),
    }
}

fn list(context: &Context, functions: &dyn Functions) {
    let all = functions.list();
    if context.out.form != Form::Text {
        let all: Vec<Value> = all
            .iter()
            .map(|info| {
                json!({
                    "name": info.name,
                    "kind": info.kind,
                    "target": info.target,
                    "description": info.description,
                    "idempotent": info.is_idempotent,
                    "modes": info.modes.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
                    "timeout_ms": info.timeout.get(),
                    "input": info.input,
                })
            })
            .collect();
        context
            .out
            .document("functions", json!({ "functions": all }));
        return;
    }
    if all.is_empty() {
        context
            .out
            .talk("no functions are configured; docs/functions.md says how");
        return;
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|info| {
            let repeatable = if info.is_idempotent { "yes" } else { "no" };
            vec![
                info.name.clone(),
                info.kind.to_owned(),
                repeatable.to_owned(),
                clean::line(&info.target),
                clean::line(info.description.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    let head = ["NAME", "KIND", "REPEATABLE", "WHERE", "WHAT IT DOES"];
    context.out.data(&table(&head, &rows));
}

/// Reads the payload from where the command says.
fn payload(context: &Context, text: &str) -> Result<Value, CliError> {
    let failed = |what: &str, error: &std::io::Error| {
        CliError::usage(format!("the payload cannot be read from {what}: {error}"))
    };
    let text = match text.strip_prefix('@') {
        None => text.as_bytes().to_vec(),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(LONGEST + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| failed("standard input", &error))?;
            bytes
        }
        Some(path) => {
            let path = context.folder.join(path);
            let shown = path.display().to_string();
            let file = std::fs::File::open(&path).map_err(|error| failed(&shown, &error))?;
            let mut bytes = Vec::new();
            file.take(LONGEST + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| failed(&shown, &error))?;
            bytes
        }
    };
    if text.len() as u64 > LONGEST {
        return Err(CliError::usage(format!(
            "the payload is larger than {} MiB",
            LONGEST >> 20
        )));
    }
    serde_json::from_slice(&text).map_err(|error| {
        CliError::usage(format!("the payload is not JSON: {error}"))
            .code("bad-payload")
            .hint("JSON looks like '{\"width\": 100}'; name a file with @FILE")
    })
}

fn invoke(context: &Context, functions: &dyn Functions, args: &InvokeArgs) -> CliResult {
    let invocation = Invocation {
        function: args.name.clone(),
        payload: payload(context, &args.payload)?,
        mode: args.mode.mode(),
        key: args
            .key
            .clone()
            .unwrap_or_else(|| format!("{:032x}", OsEntropy::new().random())),
        within: args.timeout,
        tail: if args.log {
            LogTail::Wanted
        } else {
            LogTail::Unwanted
        },
        traceparent: args.traceparent.clone(),
    };
    let key = invocation.key.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot start the runtime: {error}"))
        })?;
    let (ended, stopped) = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let cancel = CancellationToken::new();
        let mut work = std::pin::pin!(functions.invoke(invocation, cancel.clone()));
        tokio::select! {
            ended = &mut work => Ok::<_, CliError>((ended, None)),
            caught = signals.next() => {
                cancel.cancel();
                let exit = match caught {
                    Caught::Interrupt => Exit::Interrupted,
                    Caught::Terminate => Exit::Terminated,
                };
                Ok((work.await, Some(exit)))
            }
        }
    })?;
    if let Some(exit) = stopped {
        let said = format!("the call of `{}` was stopped; it may have run", args.name);
        return Err(CliError::new(exit, clean::line(&said)));
    }
    let answer = ended.map_err(|mut failure| {
        failure.hint.get_or_insert_with(|| {
            "see what the platform says about the function; `venom functions list` shows where it is called"
                .to_owned()
        });
        let exit = match failure.kind {
            FailureKind::TimedOut => Exit::TimedOut,
            FailureKind::Unavailable => Exit::Unavailable,
            FailureKind::Corrupt
            | FailureKind::Conflict
            | FailureKind::Missing
            | FailureKind::Refused
            | FailureKind::Retryable
            | FailureKind::Internal => Exit::Failed,
        };
        CliError {
            exit,
            ..CliError::from(failure)
        }
    })?;
    show(context, args, &key, &answer);
    Ok(if answer.error.is_some() {
        Exit::Failed
    } else {
        Exit::Ok
    })
}

fn show(context: &Context, args: &InvokeArgs, key: &str, answer: &Answer) {
    let error = answer.error.map(|error| match error {
        FunctionError::Handled => "handled",
        FunctionError::Unhandled => "unhandled",
    });
    if context.out.form != Form::Text {
        context.out.document(
            "function-answer",
            json!({
                "function": args.name,
                "mode": args.mode.mode().name(),
                "key": key,
                "status": answer.status,
                "payload": answer.payload,
                "error": error,
                "log": answer.log,
                "request": answer.request,
                "version": answer.version,
                "billed_ms": answer.billed.map(Millis::get),
                "took_ms": answer.took.get(),
                "attempts": answer.attempts,
            }),
        );
        return;
    }
    if let Some(log) = answer.log.as_ref().filter(|_| args.log) {
        for line in log.lines() {
            context.out.talk(&clean::line(line));
        }
    }
    if error.is_some() {
        context.out.warning("the function ran and failed");
    }
    match args.mode.mode() {
        Mode::Sync => {
            let text = serde_json::to_string_pretty(&answer.payload).unwrap_or_default();
            // JSON escapes most of what a terminal would obey, and not all.
            context.out.data(&clean::block(&text));
        }
        Mode::Async => context.out.talk("queued"),
        Mode::DryRun if answer.status.is_none() => {
            context
                .out
                .talk("everything that can be checked from here is in order; nothing was sent");
        }
        Mode::DryRun => context.out.talk("the platform would take the call"),
    }
}
