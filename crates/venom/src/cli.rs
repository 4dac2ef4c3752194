//! The command line: what people can type. One verb, one file.

mod answer;
mod attach;
mod attend;
mod bisect;
mod chat;
mod code;
mod completions;
mod config;
mod context;
mod decide;
mod diff;
mod doctor;
mod export;
mod fork;
mod functions;
mod gc;
mod gen_docs;
mod goal;
mod hidden;
mod import;
mod intent;
mod keys;
mod log;
mod man;
mod memory;
mod metrics;
mod models;
mod output;
pub(crate) mod place;
mod plan;
mod playbooks;
mod point;
mod preferences;
mod prompt;
mod redact;
mod replay;
mod resume;
mod rewind;
mod run;
mod runs;
mod sandbox;
mod serve;
mod show;
mod skills;
mod snapshot;
mod steer;
mod timeline;
mod token;
mod top;
mod tui;
mod verify;
mod watch;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::config::ColorWhen;
use crate::config::env::Env;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::Form;

use self::context::Context;
pub(crate) use self::context::absolute;

/// A local-first runtime for AI agents
///
/// VENOM turns a goal in plain words into a plan of typed steps, does them, checks what came of
/// them, and keeps an event log from which every run can be explained and resumed.
#[derive(Debug, Parser)]
#[command(name = "venom", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Option<Verb>,
}

const AFTER_HELP: &str = "Examples:
  venom run \"run the tests\"
  venom run --copy . \"make it more secure\"
  venom plan \"find all TODOs and write them to TODO.md\"
  venom why last";

/// Flags of every verb.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// When colours are used
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        help_heading = "Global options"
    )]
    color: Option<ColorWhen>,
    /// Print one JSON document on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,
    /// Never ask anything, also on a terminal
    #[arg(long, global = true, help_heading = "Global options")]
    no_input: bool,
    /// Ask the server at this address, and not the data folder of this machine
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    server: Option<String>,
    /// The SHA-256 of the server's certificate, as `venom serve --tls` prints it
    #[arg(
        long,
        global = true,
        value_name = "SHA256",
        help_heading = "Global options"
    )]
    server_pin: Option<String>,
    /// The file with the token for the server
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    server_token_file: Option<PathBuf>,
    /// Say nothing but errors on standard error
    #[arg(
        long,
        short,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Global options"
    )]
    quiet: bool,
    /// Show the log on standard error
    #[arg(long, short, global = true, help_heading = "Global options")]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::RunArgs),
    Plan(plan::PlanArgs),
    Chat(chat::ChatArgs),
    Runs(runs::RunsArgs),
    Show(show::ShowArgs),
    Log(log::LogArgs),
    Watch(watch::WatchArgs),
    Top(top::TopArgs),
    Why(why::WhyArgs),
    Output(output::OutputArgs),
    Timeline(timeline::TimelineArgs),
    Diff(diff::DiffArgs),
    Undo(rewind::UndoArgs),
    Redo(rewind::RedoArgs),
    Rewind(rewind::RewindArgs),
    Replay(replay::ReplayArgs),
    Fork(fork::ForkArgs),
    Bisect(bisect::BisectArgs),
    Snapshot(snapshot::SnapshotArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Verify(verify::VerifyArgs),
    Redact(redact::RedactArgs),
    Approve(decide::ApproveArgs),
    Deny(decide::DenyArgs),
    Answer(answer::AnswerArgs),
    Pause(steer::PauseArgs),
    Resume(resume::ResumeArgs),
    Cancel(steer::CancelArgs),
    Code(code::CodeArgs),
    Skills(skills::SkillsArgs),
    Functions(functions::FunctionsArgs),
    Playbooks(playbooks::PlaybooksArgs),
    Intent(intent::IntentArgs),
    Preferences(preferences::PreferencesArgs),
    Memory(memory::MemoryArgs),
    Models(models::ModelsArgs),
    Sandbox(sandbox::SandboxArgs),
    Serve(serve::ServeArgs),
    Token(token::TokenArgs),
    Tui(tui::TuiArgs),
    Metrics(metrics::MetricsArgs),
    Keys(keys::KeysArgs),
    Config(config::ConfigArgs),
    Gc(gc::GcArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    GenDocs(gen_docs::GenDocsArgs),
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, &words).into(),
    };
    let env = Env::read();
    let wants_tui = !cli.global.json && !cli.global.no_input && !cli.global.verbose;
    let verb = match cli.verb {
        // On a terminal, somebody wants to look.
        None if wants_tui && tui::is_at_hand(&env) => Some(Verb::Tui(tui::TuiArgs::default())),
        verb => verb,
    };
    let Some(verb) = verb else {
        let help = Cli::command().render_help();
        crate::output::plain(&painted(&help, true, &env), true);
        return Exit::Ok.into();
    };
    match dispatch(env, &cli.global, verb) {
        Ok(exit) => exit.into(),
        Err((error, out)) => {
            out.error(&error);
            error.exit.into()
        }
    }
}

/// Shows what clap says: help and version are data, the rest is an error.
fn refused(error: &clap::Error, words: &[OsString]) -> Exit {
    let is_data = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let rendered = error.render();
    let text = painted(&rendered, is_data, &Env::read());
    let text = if is_data {
        text
    } else {
        crate::output::clean::styled(&text)
    };
    crate::output::plain(&text, is_data);
    if is_data {
        return Exit::Ok;
    }
    if words
        .iter()
        .any(|word| word == "--json" || word == "--jsonl")
    {
        let message = rendered.to_string();
        let first = message.lines().next().unwrap_or_default();
        let first = first.strip_prefix("error: ").unwrap_or(first);
        let error = CliError::usage(first).hint("see `venom --help`");
        let document = crate::output::error_document(&error);
        crate::output::plain(&format!("{document}\n"), true);
    }
    Exit::Usage
}

/// Paints what clap says if it goes to a terminal that shows colours.
fn painted(text: &clap::builder::StyledStr, is_data: bool, env: &Env) -> String {
    use std::io::IsTerminal as _;
    let is_terminal = if is_data {
        std::io::stdout().is_terminal()
    } else {
        std::io::stderr().is_terminal()
    };
    if is_terminal && !env.no_color() && !env.is_dumb() {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

type Refused = (CliError, crate::output::Output);

fn dispatch(env: Env, global: &Global, verb: Verb) -> Result<Exit, Refused> {
    let form = match &verb {
        Verb::Run(args) if args.how.is_lines() => Form::Jsonl,
        Verb::Plan(args) if args.how.is_lines() => Form::Jsonl,
        Verb::Resume(args) if args.jsonl => Form::Jsonl,
        Verb::Replay(args) if args.jsonl => Form::Jsonl,
        Verb::Watch(args) if args.jsonl => Form::Jsonl,
        Verb::Log(args) if args.is_lines() => Form::Jsonl,
        _ if global.json => Form::Json,
        _ => Form::Text,
    };
    let flags = match &verb {
        Verb::Run(args) => args.how.flags(),
        Verb::Plan(args) => args.how.flags(),
        Verb::Chat(args) => args.flags(),
        Verb::Code(args) => args.flags(),
        _ => crate::config::Flags::default(),
    };
    let folder = match &verb {
        Verb::Run(args) => args.how.project(),
        Verb::Plan(args) => args.how.project(),
        Verb::Chat(args) => args.workspace(),
        Verb::Code(args) => args.workspace(),
        Verb::Intent(args) => args.workspace(),
        Verb::Preferences(args) => args.workspace(),
        Verb::Playbooks(args) => args.workspace(),
        Verb::Tui(args) => args.workspace.clone(),
        _ => None,
    };
    let context = Context::new(env, global, form, flags, folder);
    let done = match verb {
        Verb::Run(args) => run::run(&context, &args),
        Verb::Plan(args) => plan::run(&context, &args),
        Verb::Chat(args) => chat::run(&context, &args),
        Verb::Runs(args) => runs::run(&context, &args),
        Verb::Show(args) => show::run(&context, &args),
        Verb::Log(args) => log::run(&context, &args),
        Verb::Watch(args) => watch::run(&context, &args),
        Verb::Top(args) => top::run(&context, &args),
        Verb::Why(args) => why::run(&context, &args),
        Verb::Output(args) => output::run(&context, &args),
        Verb::Timeline(args) => timeline::run(&context, &args),
        Verb::Diff(args) => diff::run(&context, &args),
        Verb::Undo(args) => rewind::undo(&context, &args),
        Verb::Redo(args) => rewind::redo(&context, &args),
        Verb::Rewind(args) => rewind::rewind(&context, &args),
        Verb::Replay(args) => replay::run(&context, &args),
        Verb::Fork(args) => fork::run(&context, &args),
        Verb::Bisect(args) => bisect::run(&context, &args),
        Verb::Snapshot(args) => snapshot::run(&context, &args),
        Verb::Export(args) => export::run(&context, &args),
        Verb::Import(args) => import::run(&context, &args),
        Verb::Verify(args) => verify::run(&context, &args),
        Verb::Redact(args) => redact::run(&context, &args),
        Verb::Approve(args) => decide::approve(&context, &args),
        Verb::Deny(args) => decide::deny(&context, &args),
        Verb::Answer(args) => answer::run(&context, &args),
        Verb::Pause(args) => steer::pause(&context, &args),
        Verb::Resume(args) => resume::run(&context, &args),
        Verb::Cancel(args) => steer::cancel(&context, &args),
        Verb::Code(args) => code::run(&context, &args),
        Verb::Skills(args) => skills::run(&context, &args),
        Verb::Functions(args) => functions::run(&context, &args),
        Verb::Playbooks(args) => playbooks::run(&context, &args),
        Verb::Intent(args) => intent::run(&context, args),
        Verb::Preferences(args) => preferences::run(&context, &args),
        Verb::Memory(args) => memory::run(&context, &args),
        Verb::Models(args) => models::run(&context, &args),
        Verb::Sandbox(args) => sandbox::run(&context, &args),
        Verb::Serve(args) => serve::run(&context, &args),
        Verb::Token(args) => token::run(&context, &args),
        Verb::Tui(args) => tui::run(&context, &args),
        Verb::Metrics(args) => metrics::run(&context, &args),
        Verb::Keys(args) => keys::run(&context, &args),
        Verb::Config(args) => config::run(&context, &args),
        Verb::Gc(args) => gc::run(&context, &args),
        Verb::Doctor(args) => doctor::run(&context, &args),
        Verb::Completions(args) => Ok(completions::run(&context, &args)),
        Verb::Man(args) => man::run(&context, &args),
        Verb::GenDocs(args) => gen_docs::run(&context, &args),
    };
    match done {
        // Whatever went well, its report did not arrive.
        Ok(Exit::Ok) if context.out.has_lost() => Ok(Exit::Failed),
        Ok(exit) => Ok(exit),
        Err(error) => Err((error, context.out)),
    }
}
