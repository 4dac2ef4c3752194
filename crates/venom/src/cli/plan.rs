//! `venom plan`: what would be done, in which order, and what it would take; changing a plan, and doing it.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::Value;
use venom_kernel::event::{Outcome, RunOptions};
use venom_kernel::id::RunId;
use venom_kernel::plan::Plan;
use venom_kernel::run::RunState;
use venom_ports::api::runs::{Runs as _, StartRun};

use super::attend::Signals;
use super::context::Context;
use super::goal::How;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::clean;
use crate::wire::Wired;

/// The largest file of a plan that is read back. Chosen: a hundred times the largest plan that was seen.
const LARGEST: u64 = 8 << 20;
/// The most reasons that are shown at once.
const REASONS: usize = 12;

/// Show the plan for a goal without doing anything
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(super) how: How,
    #[command(subcommand)]
    verb: Option<PlanVerb>,
}

#[derive(Debug, Subcommand)]
enum PlanVerb {
    /// Change the plan of a run in your editor; it is checked, and shown as the plan of a new run
    Edit {
        /// The run that was only planned; the last run if none is named
        #[arg(value_name = "RUN", default_value = "last")]
        run: String,
        /// Take the plan from this file instead of an editor; `-` is standard input
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Do the plan of a run as it stands, in a new run
    Approve {
        /// The run that was only planned; the last run if none is named
        #[arg(value_name = "RUN", default_value = "last")]
        run: String,
        /// Give every approval in advance
        #[arg(long, short)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, args: &PlanArgs) -> CliResult {
    match &args.verb {
        None => super::run::start(context, &args.how, super::run::Wish::Plan),
        Some(PlanVerb::Edit { run, from }) => edit(context, run, from.as_deref()),
        Some(PlanVerb::Approve { run, yes }) => approve(context, run, *yes),
    }
}

/// Does the plan of a run.
fn approve(context: &Context, named: &str, yes: bool) -> CliResult {
    context.with_commands(async |wired| {
        let (run, state) = planned(wired, named).await?;
        let options = RunOptions {
            plan: Some(wired.host.agree_to_plan(run, None).await?),
            approve_all: yes,
            ..options_of(&state)
        };
        super::run::follow(context, wired, request(&state, options)?).await
    })
}

/// Lets somebody change the plan of a run.
fn edit(context: &Context, named: &str, from: Option<&Path>) -> CliResult {
    context.with_commands(async |wired| {
        // Ctrl-C in the editor is the editor's affair.
        let _signals = Signals::listen()?;
        let (run, state) = planned(wired, named).await?;
        let Some(plan) = changed(context, wired, &state, from)? else {
            return Ok(Exit::Ok);
        };
        let options = RunOptions {
            plan: Some(wired.host.agree_to_plan(run, Some(plan)).await?),
            plan_only: true,
            ..options_of(&state)
        };
        let exit = super::run::follow(context, wired, request(&state, options)?).await?;
        if exit == Exit::Ok {
            context.out.talk("do it with: venom plan approve");
        }
        Ok(exit)
    })
}

/// Lets somebody change the plan of a run as it stands in a state, until it can be run; `None` if nothing was
/// changed.
pub(super) fn changed(
    context: &Context,
    wired: &Wired,
    state: &RunState,
    from: Option<&Path>,
) -> Result<Option<Plan>, CliError> {
    if state.plan().steps.is_empty() {
        return Err(CliError::new(
            Exit::Failed,
            format!(
                "there is no plan at event {} that could be changed",
                state.seq()
            ),
        )
        .code("not-a-plan")
        .hint("name a later event; `venom timeline RUN` shows when the plan was made"));
    }
    let root = state
        .started()
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default();
    let before = written(state.plan())?;
    let mut text = before.clone();
    loop {
        text = match from {
            Some(file) => read(context, file)?,
            None => edited(context, &text)?,
        };
        if from.is_none() && text == before {
            context.out.talk("nothing was changed");
            return Ok(None);
        }
        let faults = match parsed(&text) {
            Ok(plan) => match wired.host.plan_faults(&plan, &root) {
                faults if faults.is_empty() => return Ok(Some(plan)),
                faults => faults,
            },
            Err(why) => vec![why],
        };
        for fault in faults.iter().take(REASONS) {
            context
                .out
                .warning(&format!("the plan cannot be run: {fault}"));
        }
        let is_asked = from.is_none() && context.is_interactive;
        if !is_asked || !super::prompt::agreed("Edit it again?")? {
            return Err(CliError::new(
                Exit::Failed,
                "the plan cannot be run as it was changed; the run keeps the plan that it has",
            )
            .code("bad-plan")
            .hint("correct what the warnings name, and edit the plan again"));
        }
    }
}

/// Finds a run that was only planned.
async fn planned(wired: &Wired, named: &str) -> Result<(RunId, RunState), CliError> {
    let run = wired.host.find(named).await?;
    let state = wired.host.state(run, None).await?;
    if state.outcome() == Some(&Outcome::Planned) {
        return Ok((run, state));
    }
    Err(CliError::new(
        Exit::Failed,
        format!("run {run} was not only planned"),
    )
    .code("not-a-plan")
    .hint("make a plan with `venom plan GOAL`; what a run under way asks for is agreed to with `venom approve`"))
}

/// Returns the options of a run, for another one with a plan.
fn options_of(state: &RunState) -> RunOptions {
    let started = state.started();
    let options = started.map(|started| started.options.clone());
    RunOptions {
        plan_only: false,
        ..options.unwrap_or_default()
    }
}

/// Makes the request to start a run in the place of another one.
fn request(state: &RunState, options: RunOptions) -> Result<StartRun, CliError> {
    let started = state
        .started()
        .ok_or_else(|| CliError::new(Exit::Failed, "the run has not begun").code("internal"))?;
    let workspace = super::place::usable(Path::new(&started.workspace.root))?;
    Ok(StartRun {
        goal: started.goal.clone(),
        workspace,
        copy_of: started.workspace.copy_of.as_ref().map(PathBuf::from),
        options,
    })
}

/// Writes a plan for a person.
fn written(plan: &Plan) -> Result<String, CliError> {
    let failed =
        |why: String| CliError::new(Exit::Failed, format!("the plan cannot be written: {why}"));
    let value = serde_json::to_value(plan).map_err(|error| failed(error.to_string()))?;
    let text = serde_saphyr::to_string(&value).map_err(|error| failed(error.to_string()))?;
    Ok(format!(
        "# A plan of VENOM. It is checked when you leave the editor, and nothing is done before you agree.\n\
         # `venom skills list` shows the actions, `venom skills show SKILL` their parameters.\n{text}"
    ))
}

/// Reads a plan that a person wrote.
fn parsed(text: &str) -> Result<Plan, String> {
    let value: Value =
        serde_saphyr::from_str(text).map_err(|error| error.without_snippet().to_string())?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn read(context: &Context, file: &Path) -> Result<String, CliError> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| {
        let shown = clean::line(&file.display().to_string());
        CliError::usage(format!("cannot read the plan from {shown}: {error}"))
            .code("bad-plan")
            .hint("name a file with a plan; `venom show RUN --json` prints the plan of a run")
    };
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(LARGEST)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(super::context::absolute(&context.env, file))
            .and_then(|opened| opened.take(LARGEST).read_to_end(&mut bytes))
    }
    .map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Lets somebody change a text in their editor.
fn edited(context: &Context, text: &str) -> Result<String, CliError> {
    if !context.is_interactive {
        return Err(CliError::usage("there is no terminal for an editor")
            .code("no-terminal")
            .hint("give the changed plan with `--from FILE`; `venom show RUN --json` prints it"));
    }
    let editor = context
        .env
        .get("VISUAL")
        .or_else(|| context.env.get("EDITOR"))
        .unwrap_or("vi");
    let failed = |what: &str, error: &std::io::Error| {
        CliError::new(Exit::Failed, format!("cannot {what}: {error}")).code("editor")
    };
    let mut file = tempfile::Builder::new()
        .prefix("venom-plan-")
        .suffix(".yaml")
        .tempfile()
        .map_err(|error| failed("make a file for the editor", &error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .map_err(|error| failed("write the plan for the editor", &error))?;
    // The variable may hold a command with arguments, which a shell takes apart.
    let mut command = OsString::from(editor);
    command.push(" \"$1\"");
    let words = [OsString::from("-c"), command, OsString::from("venom")];
    let is_done =
        venom_exec::terminal::run("/bin/sh".as_ref(), &words, file.path()).map_err(|error| {
            failed(
                &format!("start the editor `{}`", clean::line(editor)),
                &error,
            )
        })?;
    if !is_done {
        return Err(CliError::new(
            Exit::Failed,
            format!(
                "the editor `{}` did not end well; nothing was changed",
                clean::line(editor)
            ),
        )
        .code("editor")
        .hint("set VISUAL or EDITOR to another editor"));
    }
    read(context, file.path())
}
