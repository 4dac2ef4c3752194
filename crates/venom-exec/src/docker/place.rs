//! Where an engine listens: what the configuration says, else what the engine's own program would take
//! (`DOCKER_HOST`, a context), else the usual sockets of an engine for all and of one without root.

use std::fmt::Write as _;
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use venom_ports::{Failure, FailureKind, Result};

/// Where the engine listens unless somebody says otherwise.
const USUAL: &str = "/var/run/docker.sock";

/// Longest file of the engine's own program that is read. Chosen: a thousand times a usual one.
const LONGEST: u64 = 1 << 20;

/// What the environment says about engines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// The folder of the settings of the engine's own program: `DOCKER_CONFIG`, or `.docker` in the home.
    pub settings: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where an engine without root listens.
    pub runtime: Option<PathBuf>,
}

impl Surroundings {
    /// Finds the socket. `asked` goes before what the environment says.
    pub(super) fn socket(&self, asked: Option<&str>) -> Result<PathBuf> {
        let said = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        if let Some(host) = said(&asked.map(str::to_owned)).or_else(|| said(&self.host)) {
            return parse(&host, "");
        }
        let settings = self.settings.as_deref();
        let context = said(&self.context).or_else(|| current_context(settings?));
        if let Some(name) = context.filter(|name| name != "default") {
            let host = settings
                .and_then(|folder| host_of_context(folder, &name))
                .ok_or_else(|| {
                    Failure::new(
                        FailureKind::Missing,
                        format!("the Docker context `{}` says of no engine", shown(&name)),
                    )
                    .with_hint(
                        "`docker context ls` lists them; or name a socket in `sandbox.docker.host` or DOCKER_HOST",
                    )
                })?;
            return parse(&host, &format!(" of the context `{}`", shown(&name)));
        }
        Ok(self.usual(Path::new(USUAL)))
    }

    /// Returns the first of the usual sockets that takes this user's calls, else the first of all,
    /// which is the one to complain about.
    fn usual(&self, first: &Path) -> PathBuf {
        let own = self.runtime.iter().map(|folder| folder.join("docker.sock"));
        // Where desktop versions listen.
        let desktop = (self.settings.iter()).map(|folder| folder.join("run/docker.sock"));
        std::iter::once(first.to_path_buf())
            .chain(own)
            .chain(desktop)
            .find(|path| path.is_absolute() && UnixStream::connect(path).is_ok())
            .unwrap_or_else(|| first.to_path_buf())
    }
}

/// Reads an address.
fn parse(host: &str, of: &str) -> Result<PathBuf> {
    let path = host.strip_prefix("unix://").unwrap_or(host);
    if path.starts_with('/') {
        return Ok(PathBuf::from(path));
    }
    let shown = shown(host);
    Err(Failure::new(
        FailureKind::Refused,
        format!("the Docker engine at `{shown}`{of} cannot be used: it may be on another machine"),
    )
    .with_hint(
        "folders of this machine must be seen in containers: name a Unix socket, as `unix:///var/run/docker.sock`, in `sandbox.docker.host` or DOCKER_HOST",
    ))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// The context that `docker context use` chose.
fn current_context(settings: &Path) -> Option<String> {
    let said = read(&settings.join("config.json"))?;
    let name = said.get("currentContext")?.as_str()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The address in a context. The program keeps each in a folder that is called after a digest of its name.
fn host_of_context(settings: &Path, name: &str) -> Option<String> {
    let mut folder = String::new();
    for byte in Sha256::digest(name.as_bytes()) {
        let _infallible = write!(folder, "{byte:02x}");
    }
    let said = read(
        &settings
            .join("contexts/meta")
            .join(folder)
            .join("meta.json"),
    )?;
    let host = said
        .get("Endpoints")?
        .get("docker")?
        .get("Host")?
        .as_str()?;
    (!host.is_empty()).then(|| host.to_owned())
}

/// Reads a file of JSON; `None` if there is none, or what is there is something else.
fn read(path: &Path) -> Option<serde_json::Value> {
    let mut text = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests;
