//! Where VENOM keeps its files. `VENOM_HOME` moves all of them.

use std::path::{Path, PathBuf};

use super::env::Env;
use crate::error::CliError;
use crate::exit::Exit;

/// The folders and files of a user.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    home: PathBuf,
}

impl Paths {
    /// Finds the folder of the user.
    pub(crate) fn find(env: &Env) -> Result<Self, CliError> {
        let home = match env.get("VENOM_HOME") {
            Some(home) => PathBuf::from(home),
            None => env
                .home()
                .ok_or_else(|| {
                    CliError::new(
                        Exit::Config,
                        "there is no folder for VENOM's files: neither VENOM_HOME nor HOME is set",
                    )
                    .hint("set VENOM_HOME to a folder that can be written")
                })?
                .join(".venom"),
        };
        let home = match &env.folder {
            Some(folder) => folder.join(home),
            None => home,
        };
        Ok(Self { home })
    }

    /// The folder of everything.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The user's settings.
    pub(crate) fn user_config(&self) -> PathBuf {
        self.home.join("config.yaml")
    }

    /// What the user knows about models.
    pub(crate) fn user_models(&self) -> PathBuf {
        self.home.join("models.yaml")
    }

    /// The user's rules over what is known.
    pub(crate) fn rules(&self) -> PathBuf {
        self.home.join("rules.dl")
    }

    /// The user's playbooks.
    pub(crate) fn user_playbooks(&self) -> PathBuf {
        self.home.join("playbooks")
    }

    /// A project's settings.
    pub(crate) fn project_config(workspace: &Path) -> PathBuf {
        workspace.join(".venom").join("config.yaml")
    }

    /// A project's playbooks.
    pub(crate) fn project_playbooks(workspace: &Path) -> PathBuf {
        workspace.join(".venom").join("playbooks")
    }

    /// The store: log, projections and contents.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Files that nobody keeps.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.data().join("scratch")
    }

    /// What commands write while they run.
    pub(crate) fn layers(&self) -> PathBuf {
        self.data().join("layers")
    }

    /// Scratch copies of projects.
    pub(crate) fn copies(&self) -> PathBuf {
        self.data().join("copies")
    }

    /// Keys and secrets.
    pub(crate) fn keys(&self) -> PathBuf {
        self.home.join("keys")
    }

    /// Log files.
    pub(crate) fn logs(&self) -> PathBuf {
        self.data().join("logs")
    }
}
