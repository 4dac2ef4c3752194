//! `venom sandbox`: what confines commands here, and commands in it by hand.

mod engine;
mod live;
mod tty;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use venom_exec::cell::probe::{Answer, Probe};
use venom_exec::workspace::DirWorkspace;
use venom_kernel::change::{Change, EntryState};
use venom_kernel::confine::{Confinement, Grants, Limits, Mount, Runtime, Tier};
use venom_kernel::policy::Ruling;
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Exit as CommandExit, Finished, Keep};
use venom_ports::sandbox::{Cell, Left, OnReach, Place, Reached, Sandbox as _};
use venom_ports::workspace::Workspace as _;

use super::attend::Signals;
use super::context::Context;
use crate::config::duration;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::{self, Wired};

/// The most that is read from standard input for a command. Chosen: it is held in memory.
const LONGEST_INPUT: u64 = 64 << 20;

/// How long a command may take when nobody says how long: alone, and with somebody who types.
const ALONE: Millis = Millis::from_secs(10 * 60);
const AT_A_TERMINAL: Millis = Millis::from_secs(24 * 60 * 60);

/// Show what confines commands, and run one in it
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Find out what this machine can enforce
    Doctor {
        /// Remove containers that runs left in the Docker engine because they were killed
        #[arg(long)]
        repair: bool,
    },
    /// Make the image that containers of the Docker engine are made of, without a registry
    BuildImage(engine::BuildArgs),
    /// Run a command in the sandbox; what it changes is shown and dropped
    Run(RunArgs),
    /// Say what the commands of an action may see and use
    Explain {
        /// The action, such as `test.run`
        #[arg(value_name = "SKILL.ACTION", default_value = "shell.run")]
        action: String,
        /// The folder; the current one if none is named
        #[arg(long, short = 'C', value_name = "DIR")]
        workspace: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct RunArgs {
    /// The folder that the command works on; the current one if none is named
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// How the command sees the folder
    #[arg(long, value_enum, default_value = "overlay")]
    mount: MountArg,
    /// Put what the command changes into the folder
    #[arg(long)]
    keep: bool,
    /// A host that the command may reach, as `host` or `host:port`; may be given several times
    #[arg(long, value_name = "HOST")]
    network: Vec<String>,
    /// Memory in MiB
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// Processor time in percent of one processor
    #[arg(long, value_name = "PERCENT")]
    cpu: Option<u32>,
    /// Processes and threads
    #[arg(long, value_name = "N")]
    processes: Option<u32>,
    /// What may be written, in MiB
    #[arg(long, value_name = "MIB")]
    disk: Option<u32>,
    /// Longest time, such as `90s`; ten minutes if not given, a day with a terminal
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Millis>,
    /// Give the command a terminal and connect yours with it, for programs that are typed into
    #[arg(long, short = 't')]
    tty: bool,
    /// The weakest isolation to run in
    #[arg(long, value_enum)]
    require: Option<TierArg>,
    /// What makes the walls around the command
    #[arg(long, value_enum)]
    runtime: Option<RuntimeArg>,
    /// The image of the container that the command runs in
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MountArg {
    /// It reads the folder
    ReadOnly,
    /// It writes to a layer above the folder
    Overlay,
    /// It writes to the folder itself
    Direct,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RuntimeArg {
    /// The best that can be had
    Auto,
    /// VENOM itself
    Cell,
    /// The Docker engine
    Docker,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TierArg {
    /// A plain process
    Unconfined,
    /// Landlock and a system call filter
    Restricted,
    /// A container of the Docker engine
    Docker,
    /// A container of VENOM's own
    Cell,
}

pub(super) fn run(context: &Context, args: &SandboxArgs) -> CliResult {
    context.with_commands(async |wired| match &args.what {
        What::Doctor { repair } => doctor(context, wired, *repair).await,
        What::BuildImage(args) => engine::build_image(context, wired, args).await,
        What::Run(args) => execute(context, wired, args).await,
        What::Explain { action, workspace } => {
            explain(context, wired, action, workspace.as_ref()).await
        }
    })
}

fn folder(context: &Context, named: Option<&PathBuf>) -> Result<PathBuf, CliError> {
    let path = named.map_or_else(|| context.folder.clone(), |path| context.folder.join(path));
    let real = path.canonicalize().map_err(|error| {
        CliError::usage(format!("cannot work in {}: {error}", path.display()))
            .code("no-such-workspace")
    })?;
    if let Some(why) = wire::danger(&real, &context.env) {
        return Err(CliError::usage(why).hint("name another folder with `--workspace`"));
    }
    Ok(real)
}

async fn doctor(context: &Context, wired: &Wired, repair: bool) -> CliResult {
    let probe = wired.sandbox.probe().await?;
    let engine = engine::Found::look(context, wired, repair).await?;
    let exit = if probe.best.is_some() {
        Exit::Ok
    } else {
        Exit::Failed
    };
    if context.out.form != Form::Text {
        let mut document = json!(probe);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("docker".to_owned(), engine.document());
        }
        context.out.document("sandbox", document);
        return Ok(exit);
    }
    let best = probe.best.map_or_else(
        || "none: commands cannot be confined here".to_owned(),
        |best| {
            match best {
                venom_exec::cell::Tier::Full => Tier::Cell,
                venom_exec::cell::Tier::Restricted => Tier::Restricted,
            }
            .to_string()
        },
    );
    context.out.data(&format!("Best tier: {best}\n"));
    for (what, answer) in answers(&probe) {
        let paint = context.out.paint;
        let line = match answer {
            Answer::Yes => format!("{} {what}", paint.good("✓")),
            Answer::No(why) => format!("{} {what}: {}", paint.bad("✗"), clean::line(why)),
            Answer::NotTried(why) => format!("{} {what}: {}", paint.warn("–"), clean::line(why)),
        };
        context.out.data(&line);
    }
    context.out.data(&format!(
        "Landlock version: {}\nCgroups: {:?}\nUser namespaces allowed: {}\n{}",
        probe.landlock_abi,
        probe.cgroup,
        probe
            .max_user_namespaces
            .map_or_else(|| "unknown".to_owned(), |number| number.to_string()),
        engine.text(),
    ));
    for hint in &probe.hints {
        context.out.data(&format!("Hint: {}", clean::line(hint)));
    }
    Ok(exit)
}

fn answers(probe: &Probe) -> [(&'static str, &Answer); 6] {
    [
        ("cell: namespaces, a root of its own, filters", &probe.full),
        ("restricted: Landlock and a filter", &probe.restricted),
        (
            "overlay: what commands change is looked at first",
            &probe.overlay,
        ),
        ("mapped owners, for root", &probe.id_map),
        ("clone3", &probe.clone3),
        ("system call filter", &probe.seccomp),
    ]
}

async fn execute(context: &Context, wired: &Wired, args: &RunArgs) -> CliResult {
    let root = folder(context, args.workspace.as_ref())?;
    let settings = context.settings()?;
    let mut confinement = settings.sandbox.confinement();
    if let Some(tier) = args.require {
        confinement.require = match tier {
            TierArg::Unconfined => Tier::Unconfined,
            TierArg::Restricted => Tier::Restricted,
            TierArg::Docker => Tier::Docker,
            TierArg::Cell => Tier::Cell,
        };
    }
    if let Some(runtime) = args.runtime {
        confinement.runtime = match runtime {
            RuntimeArg::Auto => Runtime::Auto,
            RuntimeArg::Cell => Runtime::Cell,
            RuntimeArg::Docker => Runtime::Docker,
        };
    }
    let usual = confinement.limits.take().unwrap_or_default();
    let limits = Limits {
        memory_mib: args.memory.unwrap_or(usual.memory_mib),
        cpu_percent: args.cpu.unwrap_or(usual.cpu_percent),
        processes: args.processes.unwrap_or(usual.processes),
        disk_mib: args.disk.unwrap_or(usual.disk_mib),
    };
    let mount = match args.mount {
        MountArg::ReadOnly => Mount::ReadOnly,
        MountArg::Overlay => Mount::Overlay,
        MountArg::Direct => Mount::Direct,
    };
    let place = Place {
        root: root.clone(),
        scratch: None,
        writes: vec!["**".to_owned()],
        is_trial: !args.keep,
        grants: Grants {
            limits,
            mount,
            repository: false,
            network: args.network.clone(),
            image: args.image.clone(),
        },
        confinement,
        label: format!("by-hand-{}", std::process::id()),
        on_reach: told(context),
    };
    let command = command(context, args, root.clone())?;
    let is_live = context.out.form == Form::Text;
    if args.tty {
        if !is_live {
            return Err(CliError::usage("`--tty` shows a terminal and no document")
                .hint("leave one of `--tty` and `--json` out"));
        }
        tty::check()?;
    }
    let mut signals = Signals::listen()?;
    let confined = wired.sandbox.open_confined(place.clone()).await?;
    let (cell, finished): (Arc<dyn Cell>, Finished) = match confined {
        Some(cell) if args.tty => {
            let finished = tty::run(&cell, &command, &mut signals).await?;
            (cell, finished)
        }
        None if args.tty => {
            return Err(
                CliError::usage("a command without a sandbox gets no terminal of its own")
                    .hint("leave `--tty` out, or run the command by itself"),
            );
        }
        Some(cell) if is_live => {
            let finished = live::run(&cell, &command, &mut signals).await?;
            (cell, finished)
        }
        confined => {
            let cell: Arc<dyn Cell> = match confined {
                Some(cell) => cell,
                None => wired.sandbox.open(place).await?,
            };
            let finished = kept(&cell, command, &mut signals).await?;
            (cell, finished)
        }
    };
    let blobs = wired.blobs();
    let left = match cell.close(blobs.as_ref()).await {
        Ok(left) => left,
        Err(failure) => {
            // What the command said is not lost because of what it did.
            show(context, args, &finished, &Left::default(), &cell.receipt());
            return Err(failure.into());
        }
    };
    if args.keep && !left.changes.is_empty() {
        let conflicts = DirWorkspace::open(&root)?
            .apply(&left.changes, blobs.as_ref())
            .await?;
        if let Some(path) = conflicts.first() {
            return Err(CliError::new(
                Exit::Failed,
                format!("nothing was put into the folder: {path} was changed meanwhile"),
            )
            .hint("run the command again"));
        }
    }
    show(context, args, &finished, &left, &cell.receipt());
    Ok(ended(finished.exit))
}

/// Says on standard error which hosts the command reaches for.
fn told(context: &Context) -> OnReach {
    let is_quiet = context.out.form != Form::Text;
    Arc::new(move |reached: Reached| {
        if is_quiet {
            return;
        }
        let ruling = match reached.ruling {
            Ruling::Allow => "allowed",
            Ruling::Ask | Ruling::Deny => "refused",
        };
        crate::output::plain(
            &format!(
                "network: {} {ruling}: {}\n",
                clean::short(&reached.host, 120),
                clean::line(&reached.because)
            ),
            false,
        );
    })
}

fn command(context: &Context, args: &RunArgs, cwd: PathBuf) -> Result<Command, CliError> {
    let text = |word: &OsString| {
        word.to_str().map(str::to_owned).ok_or_else(|| {
            CliError::usage(format!("`{}` is no text", word.to_string_lossy()))
                .hint("arguments must be UTF-8")
        })
    };
    let mut words = args.command.iter().map(text);
    let program = words.next().transpose()?.unwrap_or_default();
    // A program named by its path from here is not on the search path inside.
    let program = if program.contains('/') {
        context.folder.join(&program).display().to_string()
    } else {
        program
    };
    Ok(Command {
        program,
        args: words.collect::<Result<_, _>>()?,
        cwd,
        env: [].into(),
        stdin: Vec::new(),
        timeout: args
            .timeout
            .unwrap_or(if args.tty { AT_A_TERMINAL } else { ALONE }),
        keep: Keep::default(),
    })
}

/// Runs a command and keeps what it says.
async fn kept(
    cell: &Arc<dyn Cell>,
    mut command: Command,
    signals: &mut Signals,
) -> Result<Finished, CliError> {
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        std::io::stdin()
            .take(LONGEST_INPUT)
            .read_to_end(&mut command.stdin)
            .map_err(|error| CliError::usage(format!("cannot read standard input: {error}")))?;
    }
    let cancel = CancellationToken::new();
    let work = cell.run(command, cancel.clone(), None);
    let mut work = std::pin::pin!(work);
    let finished = tokio::select! {
        finished = &mut work => finished,
        _ = signals.next() => {
            cancel.cancel();
            work.await
        }
    };
    Ok(finished?)
}

fn show(
    context: &Context,
    args: &RunArgs,
    finished: &Finished,
    left: &Left,
    receipt: &venom_kernel::confine::Receipt,
) {
    let out = &context.out;
    if out.form != Form::Text {
        out.document(
            "sandbox-run",
            json!({
                "exit": said(finished.exit),
                "stdout": finished.stdout.text(),
                "stderr": finished.stderr.text(),
                "took_ms": finished.took.get(),
                "changes": left.changes.changes().iter().map(line).collect::<Vec<_>>(),
                "kept": args.keep,
                "dropped": left.dropped,
                "outputs": left.outputs,
                "receipt": receipt,
            }),
        );
        return;
    }
    crate::output::plain(&clean::block(&finished.stdout.text()), true);
    crate::output::plain(&clean::block(&finished.stderr.text()), false);
    out.talk(&format!(
        "{} after {}, in the tier `{}`",
        said(finished.exit),
        finished.took,
        receipt.tier
    ));
    let changes = left.changes.changes();
    if !changes.is_empty() || left.outputs > 0 {
        let what = if args.keep {
            "kept"
        } else {
            "not kept; `--keep` keeps it"
        };
        out.talk(&format!(
            "changed {} paths of the folder and {} built or ignored ones ({what}):",
            changes.len(),
            left.outputs
        ));
    }
    for change in changes.iter().take(200) {
        out.talk(&format!("  {}", clean::line(&line(change))));
    }
    for line in &left.dropped {
        out.talk(&format!("  not kept: {}", clean::line(line)));
    }
}

fn line(change: &Change) -> String {
    let sign = match (&change.before, &change.after) {
        (None, _) => '+',
        (_, None) => '-',
        (Some(_), Some(_)) => '~',
    };
    let kind = match change.after.as_ref().or(change.before.as_ref()) {
        Some(state) if state.entry == EntryState::Link => " (link)",
        Some(state) if state.entry == EntryState::Folder => " (folder)",
        Some(_) | None => "",
    };
    format!("{sign} {}{kind}", change.path)
}

fn said(exit: CommandExit) -> String {
    match exit {
        CommandExit::Code(code) => format!("exit code {code}"),
        CommandExit::Signal(signal) => format!("signal {signal}"),
        CommandExit::TimedOut => "out of time".to_owned(),
        CommandExit::Cancelled => "stopped".to_owned(),
        CommandExit::OutOfMemory => "out of memory".to_owned(),
        CommandExit::OutOfProcesses => "out of processes".to_owned(),
        CommandExit::OutOfDisk => "out of disk".to_owned(),
    }
}

fn ended(exit: CommandExit) -> Exit {
    match exit {
        CommandExit::Code(0) => Exit::Ok,
        CommandExit::TimedOut => Exit::TimedOut,
        CommandExit::Cancelled => Exit::Interrupted,
        CommandExit::Code(_)
        | CommandExit::Signal(_)
        | CommandExit::OutOfMemory
        | CommandExit::OutOfProcesses
        | CommandExit::OutOfDisk => Exit::Failed,
    }
}

async fn explain(
    context: &Context,
    wired: &Wired,
    action: &str,
    workspace: Option<&PathBuf>,
) -> CliResult {
    let registry = context.skills()?;
    let manifest = action
        .split_once('.')
        .and_then(|(skill, action)| registry.manifests().action(skill, action))
        .ok_or_else(|| {
            CliError::usage(format!("there is no action `{}`", clean::short(action, 80)))
                .hint("`venom skills list` names skills, `venom skills show SKILL` their actions")
        })?;
    let settings = context.settings()?;
    let (skill, _) = action.split_once('.').unwrap_or_default();
    let confinement: Confinement = settings.sandbox.confinement().of_skill(skill);
    let place = Place {
        root: folder(context, workspace)?,
        scratch: None,
        writes: Vec::new(),
        is_trial: true,
        grants: manifest.grants.clone(),
        confinement,
        label: "explain".to_owned(),
        on_reach: Arc::new(|_| {}),
    };
    let planned = wired.sandbox.plan(&place).await?;
    let paths = |paths: &[PathBuf]| -> Vec<String> {
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    };
    let names: Vec<&String> = planned.found.variables.keys().collect();
    if context.out.form != Form::Text {
        context.out.document(
            "sandbox-plan",
            json!({
                "tier": planned.tier,
                "required": place.confinement.require,
                "mount": place.grants.mount,
                "limits": planned.limits,
                "hosts": planned.hosts,
                "hidden": paths(&planned.guard.hidden),
                "read_only_in_workspace": paths(&planned.guard.read_only),
                "readable_outside": paths(&planned.found.read_only),
                "variables": names,
            }),
        );
        return Ok(Exit::Ok);
    }
    let list = |items: &[String]| {
        if items.is_empty() {
            "nothing".to_owned()
        } else {
            clean::line(&items.join(", "))
        }
    };
    let mount = match place.grants.mount {
        Mount::ReadOnly => "can be read",
        Mount::Overlay => "written to a layer that is looked at first",
        Mount::Direct => "written directly",
    };
    let hosts: Vec<String> = planned.hosts.iter().cloned().collect();
    context.out.data(&format!(
        "Tier: {} (required: {})\nWorkspace: {mount}\nLimits: {}\nHosts: {}\nHidden in the workspace: {}\nRead-only in the workspace: {}\nReadable outside, beside the system's programs: {}\nVariables that are set: {}",
        planned.tier,
        place.confinement.require,
        planned.limits,
        list(&hosts),
        list(&paths(&planned.guard.hidden)),
        list(&paths(&planned.guard.read_only)),
        list(&paths(&planned.found.read_only)),
        list(&names.iter().map(|name| (*name).clone()).collect::<Vec<_>>()),
    ));
    Ok(Exit::Ok)
}
