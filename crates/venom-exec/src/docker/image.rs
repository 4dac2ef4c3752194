//! Images: which one is meant, and what it says about itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use venom_ports::{Failure, FailureKind, Result};

use super::engine::Engine;

/// Search path of images that name none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An image that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Its digest.
    pub(crate) id: String,
    /// Bytes that it takes.
    pub(crate) bytes: u64,
    /// Folders that programs are looked up in.
    pub(crate) search: Vec<PathBuf>,
    /// What it sets beside the search path.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Image {
    /// Looks an image up. Nothing is fetched from anywhere.
    pub(crate) async fn find(engine: &Engine, name: &str) -> Result<Self> {
        check(name)?;
        let question = engine.api.inspect_image(name);
        let found = match engine.ask("look the image up", question).await {
            Ok(found) => found,
            Err(failure) if failure.kind == FailureKind::Missing => {
                return Err(Failure::new(
                    FailureKind::Missing,
                    format!("the Docker engine has no image `{name}`"),
                )
                .with_hint(if name == super::IMAGE {
                    "`venom sandbox build-image` makes it, without a registry".to_owned()
                } else {
                    format!("`docker pull {name}` fetches it, or name another in `sandbox.image`")
                }));
            }
            Err(failure) => return Err(failure),
        };
        let own = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        if let Some(other) = found
            .architecture
            .as_deref()
            .filter(|name| !name.is_empty())
            && other != own
        {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("the image `{name}` is for {other} and not for {own}"),
            )
            .with_hint("name an image for this machine's processors"));
        }
        let env = found
            .config
            .and_then(|config| config.env)
            .unwrap_or_default();
        let mut variables: BTreeMap<String, String> = env
            .iter()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let path = variables.remove("PATH").unwrap_or_else(|| PATH.to_owned());
        // The home of commands is VENOM's.
        variables.remove("HOME");
        Ok(Self {
            id: found.id.unwrap_or_else(|| name.to_owned()),
            bytes: found
                .size
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0),
            search: std::env::split_paths(&path)
                .filter(|folder| folder.is_absolute())
                .collect(),
            variables,
        })
    }
}

/// Refuses what cannot be an image's name, before it becomes a part of an address.
pub fn check(name: &str) -> Result<()> {
    let is_plain = !name.is_empty()
        && name.len() <= 255
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte))
        && !name.contains("..")
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if is_plain {
        return Ok(());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    Err(Failure::new(
        FailureKind::Refused,
        format!("`{shown}` is no name of an image"),
    )
    .with_hint("a name is like `venom/sandbox:latest`"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "venom/sandbox:latest",
            "sha256:0123abc",
            "reg.io:5000/a_b/c-d@sha256:00",
        ] {
            super::check(name).unwrap();
        }
        for name in [
            "",
            "../info",
            "a/../../info",
            "a b",
            "a?b=c",
            "a#b",
            "/abs",
            "a\n",
            "\u{e9}",
        ] {
            super::check(name).unwrap_err();
        }
    }
}
