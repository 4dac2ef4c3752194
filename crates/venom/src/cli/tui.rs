//! `venom tui`: watching, steering and scrubbing runs on the whole terminal.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use venom_exec::os::SystemClock;
use venom_kernel::id::RunId;
use venom_kernel::plan::layout::picture::Glyphs;
use venom_ports::model::Models as _;
use venom_tui::look::{Depth, Look};
use venom_tui::services::Services;
use venom_tui::words::Words;
use venom_tui::{Failed, Setup, Stopped};

use super::context::{Context, absolute};
use super::place;
use crate::config::ColorWhen;
use crate::config::env::Env;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, event};
use crate::wire;
use crate::wire::desk::Desk;
use crate::wire::folders::FolderEngines;
use crate::wire::reach::{self, FarDesk, Reach};

/// Watch, steer and scrub runs on the whole terminal
///
/// `?` says what keys do. Runs that are started there are worked on there; those of other processes
/// are watched and steered.
#[derive(Debug, Args, Default)]
pub(crate) struct TuiArgs {
    /// The run that is looked at first: `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Start runs in this folder instead of the current one
    #[arg(long, short = 'C', value_name = "DIR")]
    pub(super) workspace: Option<PathBuf>,
    /// Draw with the characters of ASCII alone
    #[arg(long)]
    ascii: bool,
    /// Show lines of text one below the other, without frames and columns, for screen readers
    #[arg(long)]
    linear: bool,
    /// Leave the mouse to the terminal
    #[arg(long)]
    no_mouse: bool,
}

/// Tells whether plain `venom` opens the terminal UI.
pub(super) fn is_at_hand(env: &Env) -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !env.is_dumb()
}

pub(super) fn run(context: &Context, args: &TuiArgs) -> CliResult {
    if context.out.form != Form::Text {
        return Err(CliError::usage("`venom tui` has no JSON")
            .hint("use `venom runs --json`, `venom watch RUN --jsonl` or `venom serve`"));
    }
    if context.is_verbose() {
        return Err(CliError::usage("`--verbose` would write across the screen")
            .hint("the log is kept in files as well; `venom config path` says where"));
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(CliError::usage("`venom tui` needs a terminal")
            .code("needs-terminal")
            .hint("use `venom run`, `venom watch` or `venom runs` where there is none"));
    }
    if context.env.is_dumb() {
        return Err(
            CliError::usage("this terminal cannot be drawn on: TERM is `dumb` or not set")
                .code("needs-terminal")
                .hint("use `venom run` and `venom watch`"),
        );
    }
    let look = look(context, args);
    if let Some(client) = context.client()? {
        let folder = reach::workspace(&client, args.workspace.as_deref(), &context.env)?;
        return context.with_client(&client, async |reach| {
            let run = first(reach, args).await?;
            let services = Services {
                runs: Arc::new(client.clone()),
                time: Arc::new(client.clone()),
                episodes: Arc::new(client.clone()),
                records: Arc::new(client.clone()),
                folder: Arc::new(FarDesk { folder }),
                clock: Arc::new(SystemClock::new()),
                models: client.models_if_told().await?,
                skills: client.skills().await?,
            };
            show(context, reach, services, look, run).await
        });
    }
    let folder = match &args.workspace {
        Some(folder) => absolute(&context.env, folder),
        None => context.folder.clone(),
    };
    let folder = place::usable(&folder)?;
    let paths = context.paths()?;
    context.with_commands(async |wired| {
        let run = first(wired, args).await?;
        wire::tidy(&paths);
        let desk = Desk {
            folder,
            folders: FolderEngines::new(
                context.env.clone(),
                paths.clone(),
                wired.world.clone(),
                wired.host.clone(),
                Arc::clone(&wired.cache),
            ),
            archives: wired.archives(&paths)?,
        };
        let services = Services {
            runs: Arc::new(wired.host.clone()),
            time: Arc::new(wired.host.clone()),
            episodes: wired.store.episodes(),
            records: Arc::new(wired.host.clone()),
            folder: Arc::new(desk),
            clock: Arc::new(SystemClock::new()),
            models: wired.models.list(),
            skills: wired.world.skills.manifests().iter().cloned().collect(),
        };
        show(context, wired, services, look, run).await
    })
}

/// Finds the run that is looked at first.
async fn first(reach: &dyn Reach, args: &TuiArgs) -> Result<Option<RunId>, CliError> {
    Ok(match &args.run {
        Some(name) => Some(reach.host().find(name).await?),
        None => None,
    })
}

async fn show(
    context: &Context,
    reach: &dyn Reach,
    services: Services,
    look: Look,
    run: Option<RunId>,
) -> CliResult {
    let setup = Setup {
        look,
        words: WORDS,
        user: context.user(),
        run,
    };
    let ended = venom_tui::run(services, setup)
        .await
        .map_err(|failed| match failed {
            Failed::Terminal(_) => CliError::new(Exit::Failed, failed.to_string())
                .hint("use `venom run` and `venom watch`"),
            Failed::Defect(_) => CliError::new(Exit::Failed, failed.to_string())
                .code("internal")
                .hint(
                    "nothing of your runs is lost: `venom runs` lists them, `venom resume` goes on",
                ),
        })?;
    // What a server works on goes on.
    for run in ended.ours.iter().filter(|_| reach.here().is_some()) {
        if reach.host().state(*run, None).await?.outcome().is_none() {
            context
                .out
                .talk(&format!("stopped; go on with: venom resume {run}"));
        }
    }
    Ok(match ended.stopped {
        Stopped::Left => Exit::Ok,
        Stopped::Terminated => Exit::Terminated,
    })
}

/// What things are called, as everywhere.
const WORDS: Words = Words {
    event: event::what,
    time: event::time,
    reason: event::reason_text,
    failure: event::failure,
    skipped: event::skipped,
    outcome: event::outcome_word,
};

fn look(context: &Context, args: &TuiArgs) -> Look {
    let when = context
        .settings()
        .map_or(ColorWhen::Auto, |settings| settings.color.value);
    let env = &context.env;
    Look {
        depth: depth(env, when),
        glyphs: if args.ascii || !speaks_unicode(env) {
            Glyphs::Ascii
        } else {
            Glyphs::Boxes
        },
        is_linear: args.linear,
        has_mouse: !args.no_mouse && !args.linear,
    }
}

/// Finds out how many colours there are, as terminals say it.
fn depth(env: &Env, when: ColorWhen) -> Depth {
    let is_without = match when {
        ColorWhen::Never => true,
        ColorWhen::Auto => env.no_color(),
        ColorWhen::Always => false,
    };
    if is_without {
        return Depth::Mono;
    }
    if matches!(env.get("COLORTERM"), Some("truecolor" | "24bit")) {
        return Depth::True;
    }
    let term = env.get("TERM").unwrap_or_default();
    if term.contains("256color") || term.contains("direct") {
        return Depth::Many;
    }
    // A terminal of the last century, and one that is being recorded.
    if matches!(term, "vt100" | "vt220" | "ansi-m") {
        return Depth::Mono;
    }
    Depth::Sixteen
}

/// Tells whether the locale says that texts are UTF-8.
fn speaks_unicode(env: &Env) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env.get(name));
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_that_the_terminal_says() {
        let depth = |variables: [(&str, &str); 2], when| depth(&Env::of(variables), when);
        let none = ("X", "x");
        assert_eq!(
            depth([("TERM", "xterm"), none], ColorWhen::Auto),
            Depth::Sixteen
        );
        assert_eq!(
            depth([("TERM", "tmux-256color"), none], ColorWhen::Auto),
            Depth::Many
        );
        assert_eq!(
            depth(
                [("TERM", "xterm"), ("COLORTERM", "truecolor")],
                ColorWhen::Auto
            ),
            Depth::True
        );
        assert_eq!(
            depth([("TERM", "xterm"), ("NO_COLOR", "1")], ColorWhen::Auto),
            Depth::Mono
        );
        assert_eq!(
            depth([("TERM", "xterm"), ("NO_COLOR", "1")], ColorWhen::Always),
            Depth::Sixteen
        );
        assert_eq!(
            depth([("TERM", "xterm-256color"), none], ColorWhen::Never),
            Depth::Mono
        );
    }

    #[test]
    fn the_locale_says_which_characters_there_are() {
        assert!(speaks_unicode(&Env::of([("LANG", "de_DE.UTF-8")])));
        assert!(speaks_unicode(&Env::of([
            ("LC_ALL", "C.utf8"),
            ("LANG", "C")
        ])));
        assert!(!speaks_unicode(&Env::of([
            ("LC_ALL", "C"),
            ("LANG", "en_GB.UTF-8")
        ])));
        assert!(!speaks_unicode(&Env::of([])));
    }
}
