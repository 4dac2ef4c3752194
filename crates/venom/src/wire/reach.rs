//! What verbs ask: the engine of this process, or a server.
//!
//! Verbs speak to a [`Reach`] and do not know which of the two it is, but where something is about the data
//! folder itself: that is only [`Reach::here`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use venom_exec::egress::Trust;
use venom_exec::os::OsEntropy;
use venom_kernel::event::{Envelope, RunOptions};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::ModelInfo;
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::api::facts::Beliefs;
use venom_ports::api::models::ModelRecords;
use venom_ports::api::runs::{ApiError, Runs, StartRun};
use venom_ports::api::time::Time;
use venom_ports::memory::episodes::Episodes;
use venom_ports::model::Models as _;
use venom_server::client::{Client, Link};
use venom_tui::services::Folder;
use zeroize::Zeroizing;

use super::Wired;
use super::beliefs::Believed;
use crate::config::env::Env;
use crate::config::paths::Paths;
use crate::error::CliError;
use crate::exit::Exit;

/// How many events are read at once.
const PAGE: usize = 1_000;
/// The largest file that is read as one with a token.
const TOKEN_FILE: u64 = 4 << 10;

/// What a user may ask about runs.
pub(crate) trait Api: Runs + Time {}

impl<T: Runs + Time> Api for T {}

/// What verbs ask.
#[async_trait(?Send)]
pub(crate) trait Reach: Sync {
    /// Returns who answers.
    fn host(&self) -> &dyn Api;

    /// Returns what was said and done.
    fn episodes(&self) -> Arc<dyn Episodes>;

    /// Returns what is believed, under the user's rules, whose file is named.
    fn beliefs(&self, rules: PathBuf, redactor: Redactor) -> Arc<dyn Beliefs>;

    /// Returns what was learnt of models.
    fn records(&self) -> &dyn ModelRecords;

    /// Lists the models that can be asked.
    async fn models(&self) -> Result<Vec<ModelInfo>, CliError>;

    /// Returns the engine of this process, if it is that.
    fn here(&self) -> Option<&Wired>;
}

#[async_trait(?Send)]
impl Reach for Wired {
    fn host(&self) -> &dyn Api {
        &self.host
    }

    fn episodes(&self) -> Arc<dyn Episodes> {
        self.store.episodes()
    }

    fn beliefs(&self, rules: PathBuf, redactor: Redactor) -> Arc<dyn Beliefs> {
        Arc::new(Believed {
            log: self.store.memory_log(),
            sayings: self.store.sayings(),
            clock: Arc::clone(&self.world.clock),
            host: self.host.clone(),
            rules,
            redactor,
        })
    }

    fn records(&self) -> &dyn ModelRecords {
        &self.host
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, CliError> {
        Ok(self.models.list())
    }

    fn here(&self) -> Option<&Wired> {
        Some(self)
    }
}

#[async_trait(?Send)]
impl Reach for Client {
    fn host(&self) -> &dyn Api {
        self
    }

    fn episodes(&self) -> Arc<dyn Episodes> {
        Arc::new(self.clone())
    }

    /// The rules of the server's user count, and it masks what it is to keep secret.
    fn beliefs(&self, _rules: PathBuf, _redactor: Redactor) -> Arc<dyn Beliefs> {
        Arc::new(self.clone())
    }

    fn records(&self) -> &dyn ModelRecords {
        self
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, CliError> {
        Ok(Self::models(self).await?)
    }

    fn here(&self) -> Option<&Wired> {
        None
    }
}

/// Reads all events of a run.
pub(crate) async fn events(reach: &dyn Reach, run: RunId) -> Result<Vec<Envelope>, CliError> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let after = events.last().map_or(Seq::ZERO, |last| last.seq);
        let page = reach.host().events(run, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        events.extend(page);
        if is_last {
            return Ok(events);
        }
    }
}

/// Which server is meant, as far as flags say it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) server: Option<String>,
    pub(crate) pin: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
}

impl Flags {
    /// Tells whether no flag is given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.server.is_none() && self.pin.is_none() && self.token_file.is_none()
    }

    /// Returns the address of the server that is meant, if one is.
    pub(crate) fn address<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.server.as_deref().or_else(|| env.get("VENOM_SERVER"))
    }

    /// Makes a client of the server that is meant, if one is.
    pub(crate) fn client(&self, env: &Env, paths: &Paths) -> Result<Option<Client>, CliError> {
        let Some(url) = self.address(env) else {
            if self.pin.is_some() || self.token_file.is_some() {
                return Err(CliError::usage("no server is named")
                    .hint("name it with `--server URL` or VENOM_SERVER"));
            }
            return Ok(None);
        };
        let pin = self.pin.as_deref().or_else(|| env.get("VENOM_SERVER_PIN"));
        let link = |token: Zeroizing<String>| Link {
            url: url.to_owned(),
            token,
            of: None,
            pin: pin.map(str::to_owned),
            roots: Box::new(|| {
                Trust::system()
                    .map(|trust| trust.store())
                    .map_err(|error| error.to_string())
            }),
            entropy: Arc::new(OsEntropy::new()),
        };
        let refused = |failure: venom_ports::Failure| {
            let mut error = CliError::usage(failure.message).code("bad-server");
            error.hint = failure.hint;
            error
        };
        // The address is judged before a token is read for it.
        let nobody = Client::new(link(Zeroizing::default())).map_err(refused)?;
        if let Some(token) = self.token(env)? {
            return Client::new(link(token)).map(Some).map_err(refused);
        }
        let folder = paths.data().join("server");
        if !nobody.is_here() || !folder.join("token").is_file() {
            return Err(CliError::new(Exit::Auth, "there is no token for the server")
                .code("no-token")
                .hint("make one there with `venom token create`, and name its file with `--server-token-file` or VENOM_SERVER_TOKEN_FILE"));
        }
        let own = Link {
            of: Some(folder.clone()),
            ..link(read(&folder.join("token"))?)
        };
        Client::new(own).map(Some).map_err(refused)
    }

    /// Reads the token that is named for the server, if one is.
    fn token(&self, env: &Env) -> Result<Option<Zeroizing<String>>, CliError> {
        if let Some(file) = &self.token_file {
            return read(&crate::cli::absolute(env, file)).map(Some);
        }
        // What the environment names belongs to the server that it names.
        let is_other = matches!((&self.server, env.get("VENOM_SERVER")), (Some(named), Some(usual)) if named != usual);
        let usual = |name: &str| env.get(name).filter(|_| !is_other);
        if let Some(token) = usual("VENOM_SERVER_TOKEN") {
            return usable(token, "VENOM_SERVER_TOKEN").map(Some);
        }
        if let Some(file) = usual("VENOM_SERVER_TOKEN_FILE") {
            return read(&crate::cli::absolute(env, Path::new(file))).map(Some);
        }
        Ok(None)
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, CliError> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(TOKEN_FILE).read_to_string(&mut text))
        .map_err(|error| {
            CliError::new(
                Exit::Auth,
                format!("the token cannot be read from {}: {error}", path.display()),
            )
            .code("no-token")
        })?;
    usable(&text, &path.display().to_string())
}

/// Refuses what cannot stand in the head of a request.
fn usable(text: &str, origin: &str) -> Result<Zeroizing<String>, CliError> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            CliError::new(Exit::Auth, format!("{origin} holds no token"))
                .code("no-token")
                .hint(
                    "a token is one word that begins with `vnm_`; `venom token create` makes one",
                ),
        );
    }
    Ok(Zeroizing::new(token.to_owned()))
}

/// Finds the folder that a run works in which a server does. On this machine it is looked at here, so that it
/// is said as everywhere what is wrong with it; elsewhere only the server can know.
pub(crate) fn workspace(
    client: &Client,
    named: Option<&Path>,
    env: &Env,
) -> Result<PathBuf, CliError> {
    if client.is_here() {
        let folder = match (named, &env.folder) {
            (Some(named), _) => crate::cli::absolute(env, named),
            (None, Some(folder)) => folder.clone(),
            (None, None) => {
                return Err(
                    CliError::usage("the current folder does not exist any more")
                        .code("bad-workspace")
                        .hint("change to a folder that exists, or use `--workspace DIR`"),
                );
            }
        };
        return crate::cli::place::usable(&folder);
    }
    match named {
        Some(named) if named.is_absolute() => Ok(named.to_owned()),
        _ => Err(CliError::usage(format!(
            "the folders of this machine are not those of {}",
            client.address()
        ))
        .code("bad-workspace")
        .hint("name an absolute path of that machine with `--workspace DIR`")),
    }
}

/// The folder that a terminal UI starts runs in which a server does.
pub(crate) struct FarDesk {
    pub(crate) folder: PathBuf,
}

impl Folder for FarDesk {
    fn path(&self) -> PathBuf {
        self.folder.clone()
    }

    fn prepare(&self, goal: String) -> Result<StartRun, ApiError> {
        Ok(StartRun {
            goal,
            workspace: self.folder.clone(),
            copy_of: None,
            options: RunOptions::default(),
        })
    }

    fn offset(&self, now: Timestamp) -> i32 {
        super::desk::offset(now)
    }

    fn is_far(&self) -> bool {
        true
    }

    /// The server makes the folder of a fork.
    fn copy(&self, _run: RunId, _original: &Path) -> Result<PathBuf, ApiError> {
        Ok(PathBuf::new())
    }
}
