//! Where tokens are kept: one file, readable by its owner alone, replaced whole.
//!
//! Several processes may use it: whoever changes it holds a lock next to it, and whoever reads it
//! reads it anew when it is another file than before.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::{Kept, Scope, Token, name, split};

/// Most tokens that are kept. Chosen: a person looks through them.
const MOST: usize = 1_000;
/// How far the time of last use may be behind, in seconds.
const BEHIND: i64 = 60;
/// Longest label, in characters.
const LONGEST_LABEL: usize = 120;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u16,
    tokens: Vec<Kept>,
}

/// Which file was read: another one has another number, size or time.
type Stamp = (u64, u64, i64, i64);

#[derive(Default)]
struct Known {
    stamp: Option<Stamp>,
    tokens: BTreeMap<String, Kept>,
    /// When tokens were used that the file does not know of yet.
    used: BTreeMap<String, i64>,
    /// When the file was last brought up to date with them.
    written: i64,
}

/// The tokens of a data folder.
pub struct Tokens {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    known: Mutex<Known>,
}

/// What is wanted of a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it is for.
    pub label: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// After how many seconds it ends; never if `None`.
    pub lasts: Option<i64>,
    /// The most that may be spent with it on models in a day, in micro-dollars.
    pub per_day: Option<u64>,
}

impl Tokens {
    /// Keeps tokens in a folder, which is made when the first one is.
    pub fn new(folder: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            path: folder.join("tokens.json"),
            clock,
            entropy,
            known: Mutex::default(),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().micros().div_euclid(1_000_000)
    }

    /// Makes a token. The text is what its user needs; it cannot be had again.
    pub fn create(&self, wanted: &Wanted) -> Result<(Token, Zeroizing<String>)> {
        let refused = |why: &str| Failure::new(FailureKind::Refused, why);
        if wanted.scopes.is_empty() {
            return Err(refused("a token without a scope is of no use")
                .with_hint("name scopes, such as `runs:read`"));
        }
        if wanted.label.chars().count() > LONGEST_LABEL
            || wanted.label.chars().any(char::is_control)
        {
            return Err(refused("a label is one line of at most 120 characters"));
        }
        if wanted.lasts.is_some_and(|lasts| lasts <= 0) {
            return Err(refused("a token has to last for at least a second"));
        }
        let now = self.now();
        self.change(|tokens| {
            if tokens.len() >= MOST {
                return Err(refused("there are too many tokens")
                    .with_hint("revoke some: `venom token revoke ID`"));
            }
            let id = loop {
                let id = name(&*self.entropy);
                if !tokens.contains_key(&id) {
                    break id;
                }
            };
            let mut scopes = wanted.scopes.clone();
            scopes.sort();
            scopes.dedup();
            let token = Token {
                id: id.clone(),
                label: wanted.label.clone(),
                scopes,
                created: now,
                expires: wanted.lasts.map(|lasts| now.saturating_add(lasts)),
                per_day: wanted.per_day,
                used: None,
            };
            let (kept, text) = Kept::make(token.clone(), &*self.entropy);
            tokens.insert(id, kept);
            Ok((token, text))
        })
    }

    /// Lists the tokens, the oldest first.
    pub fn list(&self) -> Result<Vec<Token>> {
        let mut known = self.lock();
        self.refresh(&mut known)?;
        let mut tokens: Vec<Token> = known
            .tokens
            .values()
            .map(|kept| {
                let mut token = kept.token.clone();
                token.used = token.used.max(known.used.get(&token.id).copied());
                token
            })
            .collect();
        tokens.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(tokens)
    }

    /// Ends a token at once.
    pub fn revoke(&self, id: &str) -> Result<Token> {
        self.change(|tokens| {
            tokens.remove(id).map(|kept| kept.token).ok_or_else(|| {
                Failure::new(
                    FailureKind::Missing,
                    format!(
                        "there is no token `{}`",
                        id.chars().take(40).collect::<String>()
                    ),
                )
                .with_hint("see `venom token list`")
            })
        })
    }

    /// Tells whether a text is a token that is of use.
    pub fn knows(&self, text: &str) -> Result<bool> {
        Ok(self.find(text)?.is_some())
    }

    /// Tells whether a token that was let in before is of use yet. Where that cannot be read it is.
    pub(crate) fn is_current(&self, id: &str) -> bool {
        let now = self.now();
        let mut known = self.lock();
        if let Err(failure) = self.refresh(&mut known) {
            tracing::warn!(%failure, "it is not known whether a token was revoked");
        }
        let kept = known.tokens.get(id);
        kept.is_some_and(|kept| !kept.token.is_expired(now))
    }

    /// Finds the token that a text is, if it is of use.
    pub(crate) fn find(&self, text: &str) -> Result<Option<Token>> {
        let Some((id, secret)) = split(text) else {
            return Ok(None);
        };
        let now = self.now();
        let mut known = self.lock();
        self.refresh(&mut known)?;
        let Some(kept) = known.tokens.get(id) else {
            return Ok(None);
        };
        if !kept.fits(secret) || kept.token.is_expired(now) {
            return Ok(None);
        }
        let token = kept.token.clone();
        known.used.insert(token.id.clone(), now);
        if now.saturating_sub(known.written) >= BEHIND {
            known.written = now;
            drop(known);
            // Who used a token when is good to know; a request does not fail for it.
            if let Err(failure) = self.change(|_| Ok(())) {
                tracing::warn!(%failure, "the times of last use were not written");
            }
        }
        Ok(Some(token))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file if it is another one than was read before.
    fn refresh(&self, known: &mut Known) -> Result<()> {
        let stamp = match std::fs::metadata(&self.path) {
            Ok(meta) => Some((meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(self.failed("read", &error)),
        };
        if stamp.is_some() && stamp == known.stamp {
            return Ok(());
        }
        known.tokens = match stamp {
            Some(_) => self.read()?,
            None => BTreeMap::new(),
        };
        known.stamp = stamp;
        Ok(())
    }

    fn read(&self) -> Result<BTreeMap<String, Kept>> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            Err(error) => return Err(self.failed("read", &error)),
        };
        let contents: Contents = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(
                FailureKind::Corrupt,
                format!("{} cannot be read: {error}", self.path.display()),
            )
            .with_hint("move it away; tokens have to be made anew then")
        })?;
        if contents.version != 1 {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("{} was written by a newer version", self.path.display()),
            ));
        }
        Ok(contents
            .tokens
            .into_iter()
            .map(|kept| (kept.token.id.clone(), kept))
            .collect())
    }

    /// Changes the file while nobody else does.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, Kept>) -> Result<T>,
    ) -> Result<T> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| self.failed("write", &error))?;
        let lock = private(&self.path.with_extension("lock"))
            .map_err(|error| self.failed("lock", &error))?;
        flock(&lock, FlockOperation::LockExclusive)
            .map_err(|errno| self.failed("lock", &errno.into()))?;
        let mut tokens = self.read()?;
        let done = change(&mut tokens)?;
        let mut known = self.lock();
        for (id, used) in &known.used {
            if let Some(kept) = tokens.get_mut(id) {
                kept.token.used = kept.token.used.max(Some(*used));
            }
        }
        let contents = Contents {
            version: 1,
            tokens: tokens.values().cloned().collect(),
        };
        self.write(&contents)
            .map_err(|error| self.failed("write", &error))?;
        known.tokens = tokens;
        known.stamp = None;
        known.used.clear();
        Ok(done)
    }

    fn write(&self, contents: &Contents) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = private(&beside)?;
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec_pretty(contents)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn failed(&self, verb: &str, error: &std::io::Error) -> Failure {
        Failure::new(
            FailureKind::Unavailable,
            format!("cannot {verb} {}: {error}", self.path.display()),
        )
        .with_hint("see that the data folder is writable and the disk is not full")
    }
}

/// Opens a file that only its owner may read.
fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Writes the text of a token into a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let beside = path.with_extension("new");
        let mut file = private(&beside)?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        Failure::new(
            FailureKind::Unavailable,
            format!("cannot write {}: {error}", path.display()),
        )
    })
}

#[cfg(test)]
mod tests;
