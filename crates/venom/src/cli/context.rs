//! What every verb starts from: environment, paths, settings and output.

use std::cell::OnceCell;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_exec::cell::Zygote;
use venom_exec::process::ProcessExecutor;
use venom_kernel::redact::Redactor;
use venom_ports::api::playbooks::Source;
use venom_ports::cache::NoCache;
use venom_ports::exec::Executor as _;
use venom_ports::skill::SkillRegistry;
use venom_server::client::Client;
use venom_store::keys::Sources;

use super::Global;
use crate::config::env::Env;
use crate::config::paths::Paths;
use crate::config::{Flags, Settings};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, Output};
use crate::wire::reach::{self, Reach};
use crate::wire::{self, Wired};

/// Worker threads of the runtime. Chosen: a run waits for the world most of the time; one worker
/// drives it while the other understands words or folds a log.
const WORKERS: usize = 2;

/// What a verb starts from.
pub(crate) struct Context {
    pub(crate) env: Env,
    pub(crate) out: Output,
    /// Whether somebody can be asked.
    pub(crate) is_interactive: bool,
    /// The folder whose settings and playbooks count.
    pub(crate) folder: PathBuf,
    is_verbose: bool,
    flags: Flags,
    /// Which server is meant, if one is.
    server: reach::Flags,
    settings: OnceCell<Settings>,
    /// A playbook of this command alone.
    book: OnceCell<Source>,
}

impl Context {
    /// Looks around. Nothing here fails: what is wrong with the settings is told by verbs that need
    /// them.
    pub(super) fn new(
        env: Env,
        global: &Global,
        form: Form,
        mut flags: Flags,
        folder: Option<PathBuf>,
    ) -> Self {
        flags.color = global.color;
        let here = env.folder.clone().unwrap_or_else(|| PathBuf::from("/"));
        let folder = folder.map_or_else(|| here.clone(), |folder| here.join(folder));
        let color = Paths::find(&env)
            .and_then(|paths| Settings::load(&env, &paths, &folder, &flags))
            .unwrap_or_else(|_told_later| Settings::fallback(&env, &flags))
            .color
            .value;
        let out = Output::new(color, form, global.quiet, &env);
        let is_interactive = !global.no_input
            && form == Form::Text
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal();
        Self {
            env,
            out,
            is_interactive,
            folder,
            is_verbose: global.verbose,
            flags,
            server: reach::Flags {
                server: global.server.clone(),
                pin: global.server_pin.clone(),
                token_file: global.server_token_file.clone(),
            },
            settings: OnceCell::new(),
            book: OnceCell::new(),
        }
    }

    /// Adds a playbook for what this command is to do; the first one counts.
    pub(super) fn add_book(&self, book: Source) {
        self.book.get_or_init(|| book);
    }

    /// Returns where files are kept.
    pub(crate) fn paths(&self) -> Result<Paths, CliError> {
        Paths::find(&self.env)
    }

    /// Reads the settings, once, and says what is odd about them.
    pub(crate) fn settings(&self) -> Result<&Settings, CliError> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::load(&self.env, &self.paths()?, &self.folder, &self.flags)?;
        for warning in &settings.warnings {
            self.out.warning(warning);
        }
        Ok(self.settings.get_or_init(|| settings))
    }

    /// Tells whether the log is shown on standard error.
    pub(crate) const fn is_verbose(&self) -> bool {
        self.is_verbose
    }

    /// Returns the name of whoever gives commands here.
    pub(crate) fn user(&self) -> String {
        self.env
            .get("USER")
            .or_else(|| self.env.get("LOGNAME"))
            .map_or_else(
                || "user".to_owned(),
                |name| crate::output::clean::short(name, 64),
            )
    }

    /// Returns the skills of this build, with the functions of the settings.
    pub(crate) fn skills(&self) -> Result<Arc<dyn SkillRegistry>, CliError> {
        let settings = self.settings()?;
        let functions = wire::functions(&self.env, settings)?;
        let tools = settings.tools.value.clone();
        Ok(wire::skills(functions, Arc::new(NoCache), tools))
    }

    /// Tells whether a program is there.
    pub(crate) fn finds(&self, program: &str) -> bool {
        ProcessExecutor::new(wire::commands(&self.env))
            .find(program)
            .is_some()
    }

    /// Makes a client of the server that is meant; `None` if it is this machine's data folder.
    pub(crate) fn client(&self) -> Result<Option<Client>, CliError> {
        if self.server.address(&self.env).is_none() && self.server.is_empty() {
            return Ok(None);
        }
        self.server.client(&self.env, &self.paths()?)
    }

    /// Returns the flags that lead another command to the server that this one was led to by flags, with a space before
    /// them; nothing where the environment or nobody names one.
    pub(crate) fn same_server(&self) -> String {
        let quoted = |text: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@[]%+".contains(c);
            let text = crate::output::clean::line(text);
            if !text.is_empty() && text.chars().all(is_plain) {
                text
            } else {
                format!("'{}'", text.replace('\'', "'\\''"))
            }
        };
        let file = self.server.token_file.as_ref();
        let file = file.map(|file| file.display().to_string());
        [
            ("--server", self.server.server.as_deref()),
            ("--server-pin", self.server.pin.as_deref()),
            ("--server-token-file", file.as_deref()),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some(format!(" {flag} {}", quoted(value?))))
        .collect()
    }

    /// Refuses what is about the data folder of this machine where a server is meant.
    pub(crate) fn only_here(&self) -> Result<(), CliError> {
        let Some(address) = self.server.address(&self.env) else {
            return Ok(());
        };
        let error = CliError::usage(format!(
            "this needs the data folder, and {} does not give it away",
            crate::output::clean::short(address, 120)
        ))
        .code("needs-data-folder");
        Err(error.hint(if self.server.server.is_some() {
            "leave out `--server` for the data folder of this machine, or do it on that machine"
        } else {
            "unset VENOM_SERVER for the data folder of this machine, or do it on that machine"
        }))
    }

    /// Asks the server that is meant, or the engine of this process.
    pub(crate) fn with_reach(&self, work: impl AsyncFnOnce(&dyn Reach) -> CliResult) -> CliResult {
        match self.client()? {
            Some(client) => self.with_client(&client, work),
            None => self.with_engine(async |wired| work(wired).await),
        }
    }

    /// The same for work that may run commands.
    pub(crate) fn with_reach_and_commands(
        &self,
        work: impl AsyncFnOnce(&dyn Reach) -> CliResult,
    ) -> CliResult {
        match self.client()? {
            Some(client) => self.with_client(&client, work),
            None => self.with_commands(async |wired| work(wired).await),
        }
    }

    /// Does something with a server.
    pub(crate) fn with_client(
        &self,
        client: &Client,
        work: impl AsyncFnOnce(&dyn Reach) -> CliResult,
    ) -> CliResult {
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            self.begin_log()?;
            Box::pin(work(client)).await
        });
        runtime.shutdown_background();
        done
    }

    /// Opens the engine for work that runs commands.
    pub(crate) fn with_commands(&self, work: impl AsyncFnOnce(&Wired) -> CliResult) -> CliResult {
        // Before the runtime starts its threads.
        self.with_zygote(wire::zygote(), work)
    }

    /// Opens the engine, does something with it that runs no command, and lets go of everything.
    pub(crate) fn with_engine(&self, work: impl AsyncFnOnce(&Wired) -> CliResult) -> CliResult {
        self.with_zygote(Err("this command runs none".to_owned()), work)
    }

    fn with_zygote(
        &self,
        zygote: Result<Zygote, String>,
        work: impl AsyncFnOnce(&Wired) -> CliResult,
    ) -> CliResult {
        let sources = self.key_sources()?;
        self.open(zygote, sources, work)
    }

    /// Says where the master key comes from; asks for the passphrase if there is one.
    pub(super) fn key_sources(&self) -> Result<Sources, CliError> {
        let mut sources = self.env.key_sources(self.paths()?.keys());
        if sources.needs_passphrase() && self.is_interactive {
            sources.passphrase = super::hidden::ask(self, "Passphrase of the master key: ")?;
        }
        Ok(sources)
    }

    /// Opens the engine with keys from these sources, for work that runs no command.
    pub(crate) fn with_sources(
        &self,
        sources: Sources,
        work: impl AsyncFnOnce(&Wired) -> CliResult,
    ) -> CliResult {
        self.open(Err("this command runs none".to_owned()), sources, work)
    }

    fn begin_log(&self) -> Result<(), CliError> {
        crate::logging::start(
            &self.paths()?.logs(),
            self.settings()?.log_level.value,
            self.is_verbose,
            Redactor::new(self.env.secrets()),
        );
        Ok(())
    }

    fn open(
        &self,
        zygote: Result<Zygote, String>,
        sources: Sources,
        work: impl AsyncFnOnce(&Wired) -> CliResult,
    ) -> CliResult {
        self.only_here()?;
        let settings = self.settings()?;
        let paths = self.paths()?;
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            self.begin_log()?;
            let wired = wire::open(
                &self.env,
                &paths,
                settings,
                zygote,
                sources,
                self.book.get(),
            )?;
            for line in Box::pin(wire::unsaid::say(&wired, &paths.data())).await {
                self.out.warning(&line);
            }
            let done = Box::pin(work(&wired)).await;
            let is_killed = matches!(&done, Err(error) if error.is_silent);
            if !is_killed {
                wired.close().await;
            }
            done
        });
        // What is still blocked somewhere must not keep the user waiting.
        runtime.shutdown_background();
        done
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("venom")
        .enable_all()
        .build()
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot start the runtime: {error}"))
                .hint("the system may be out of threads or memory")
        })
}

/// Returns a path as it is from the folder that the command was started in.
pub(crate) fn absolute(env: &Env, path: &Path) -> PathBuf {
    env.folder
        .as_ref()
        .map_or_else(|| path.to_owned(), |folder| folder.join(path))
}
