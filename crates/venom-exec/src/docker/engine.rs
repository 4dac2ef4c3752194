//! The connection to an engine, and its failures in the words of the ports.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use venom_ports::{Failure, FailureKind, Result};

/// How long an engine may take to answer a question. A loaded one was seen to take two seconds.
const ANSWER: Duration = Duration::from_secs(15);

/// How long an engine may take to make, start or remove a container. Chosen: many times what a loaded
/// one was seen to take, and short enough for a step to fail in time.
const WORK: Duration = Duration::from_mins(1);

/// The oldest API that has all that is asked for: private cgroup namespaces came with it (Docker
/// 20.10).
const OLDEST: (usize, usize) = (1, 41);

/// What an engine is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Facts {
    /// Its socket.
    pub socket: PathBuf,
    /// Its version.
    pub version: String,
    /// The names of the runtimes that it can start containers with.
    pub runtimes: BTreeSet<String>,
    /// The runtime that it takes when none is named.
    pub usual_runtime: String,
    /// Whether it runs without root: then root in a container is the user who runs the engine.
    pub is_rootless: bool,
    /// Whether it maps users of containers to others.
    pub maps_users: bool,
    /// Processors of its machine.
    pub processors: u32,
    /// Its architecture, by the kernel's name.
    pub architecture: String,
}

/// An engine that answers.
pub(crate) struct Engine {
    pub(super) api: Docker,
    pub(crate) facts: Facts,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Connects. Only Unix sockets will do, because folders of this machine are to be seen in the
    /// containers.
    pub(crate) async fn connect(socket: &Path) -> Result<Self> {
        look(socket)?;
        let path = socket.to_string_lossy();
        let api = Docker::connect_with_unix(&path, WORK.as_secs(), API_DEFAULT_VERSION)
            .map_err(|error| failed("connect to the Docker engine", &error))?;
        let api = within(
            ANSWER,
            "ask the Docker engine for its version",
            api.negotiate_version(),
        )
        .await?;
        let spoken = api.client_version();
        if (spoken.major_version, spoken.minor_version) < OLDEST {
            return Err(Failure::new(
                FailureKind::Unavailable,
                format!(
                    "the Docker engine at `{path}` is too old: it speaks version {}.{} of its API",
                    spoken.major_version, spoken.minor_version
                ),
            )
            .with_hint("version 1.41 is needed, which came with Docker 20.10"));
        }
        let info = within(ANSWER, "ask the Docker engine what it offers", api.info()).await?;
        let options = info.security_options.unwrap_or_default();
        let has = |name: &str| {
            options
                .iter()
                .any(|option| option.split(',').any(|part| part == name))
        };
        let facts = Facts {
            socket: socket.to_path_buf(),
            version: info.server_version.unwrap_or_else(|| "unknown".to_owned()),
            runtimes: info.runtimes.unwrap_or_default().into_keys().collect(),
            usual_runtime: info.default_runtime.unwrap_or_else(|| "runc".to_owned()),
            is_rootless: has("name=rootless"),
            maps_users: has("name=userns"),
            processors: (info.ncpu)
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(1)
                .max(1),
            architecture: info.architecture.unwrap_or_default(),
        };
        if !options.is_empty()
            && !options
                .iter()
                .any(|option| option.starts_with("name=seccomp"))
        {
            return Err(Failure::new(
                FailureKind::Refused,
                "the Docker engine cannot filter system calls".to_owned(),
            )
            .with_hint("use an engine with seccomp, or another tier (`sandbox.runtime`)"));
        }
        Ok(Self { api, facts })
    }

    /// Tells whether it still answers.
    pub(crate) async fn answers(&self) -> bool {
        matches!(
            tokio::time::timeout(ANSWER, self.api.ping()).await,
            Ok(Ok(_))
        )
    }

    /// Waits for an answer.
    pub(super) async fn ask<T>(
        &self,
        doing: &str,
        question: impl Future<Output = std::result::Result<T, Error>>,
    ) -> Result<T> {
        within(ANSWER, doing, question).await
    }

    /// Waits for work to be done.
    pub(super) async fn order<T>(
        &self,
        doing: &str,
        order: impl Future<Output = std::result::Result<T, Error>>,
    ) -> Result<T> {
        within(WORK, doing, order).await
    }
}

async fn within<T>(
    time: Duration,
    doing: &str,
    answer: impl Future<Output = std::result::Result<T, Error>>,
) -> Result<T> {
    match tokio::time::timeout(time, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failed(doing, &error)),
        Err(_elapsed) => Err(slow(doing, time)),
    }
}

fn slow(doing: &str, time: Duration) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("failed to {doing}: no answer within {} s", time.as_secs()),
    )
    .with_hint("the engine hangs or is overloaded; look at its log, or restart it")
}

/// Looks whether somebody listens there, because that is told best before anything is asked.
fn look(socket: &Path) -> Result<()> {
    let shown = socket.display();
    match UnixStream::connect(socket) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(Failure::new(
            FailureKind::Refused,
            format!("this user may not talk to the Docker engine at `{shown}`"),
        )
        .with_hint(
            "be a member of the group that owns the socket (`sudo usermod -aG docker $USER`, then log in again), or run an engine without root",
        )),
        Err(error) => Err(Failure::new(
            FailureKind::Unavailable,
            format!("no Docker engine answers at `{shown}`: {error}"),
        )
        .with_hint("start Docker, or say where it listens: `sandbox.docker.host` or DOCKER_HOST")),
    }
}

/// Turns a failure of the engine into the port's taxonomy.
pub(super) fn failed(doing: &str, error: &Error) -> Failure {
    let mut message = format!("failed to {doing}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message.push_str(": ");
        message.push_str(&inner.to_string());
        source = inner.source();
    }
    // What an engine says is shown to people.
    let message: String = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(1_000)
        .collect();
    match error {
        Error::DockerResponseServerError {
            status_code: 404, ..
        } => Failure::new(FailureKind::Missing, message),
        Error::DockerResponseServerError {
            status_code: 400 | 403 | 409,
            ..
        } => Failure::new(FailureKind::Refused, message),
        Error::RequestTimeoutError => Failure::new(FailureKind::Unavailable, message)
            .with_hint("the engine hangs or is overloaded; look at its log, or restart it"),
        _ => Failure::new(FailureKind::Unavailable, message)
            .with_hint("the engine may be restarting; look at its log"),
    }
}

#[cfg(test)]
mod tests;
