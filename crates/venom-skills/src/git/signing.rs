//! Signatures: a key stays outside of the sandbox, so that a command in it can sign nothing. What the
//! user's settings want signed is then made without a signature, and the result says so and how to add it:
//! to fail would make every action useless to whoever signs, to be silent would be a lie.

use venom_kernel::confine::Tier;
use venom_ports::Result;

use super::repository::Repository;

/// What is to be signed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signed {
    /// A commit.
    Commit,
    /// A tag.
    Tag,
}

/// How a thing that git would sign is made.
#[derive(Debug, Default)]
pub(super) struct Signing {
    /// The settings to make it with.
    pub(super) settings: &'static [&'static str],
    /// What the result says.
    pub(super) note: &'static str,
}

impl Signing {
    /// Finds out whether a signature is wanted that cannot be had.
    pub(super) async fn of(repository: &Repository<'_>, what: Signed) -> Result<Self> {
        if repository.context.exec.tier() == Tier::Unconfined {
            return Ok(Self::default());
        }
        let (name, settings, note): (_, &[&str], _) = match what {
            Signed::Commit => (
                "commit.gpgSign",
                &["-c", "commit.gpgSign=false"],
                "It is not signed, although `commit.gpgSign` is set: keys stay outside of the sandbox. \
                 Sign it with `git commit --amend --no-edit --gpg-sign`.\n",
            ),
            Signed::Tag => (
                "tag.gpgSign",
                &["-c", "tag.gpgSign=false"],
                "It is not signed, although `tag.gpgSign` is set: keys stay outside of the sandbox.\n",
            ),
        };
        let ran = repository
            .git(&["config", "--type=bool", "--get", name])
            .run()
            .await?;
        if ran.out.trim() == "true" {
            Ok(Self { settings, note })
        } else {
            Ok(Self::default())
        }
    }
}
