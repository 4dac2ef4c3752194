//! Secrets: the sandbox holds a placeholder, the host it belongs to gets the value.
//!
//! A placeholder is `venom-secret-` and the secret's id. It can be copied, printed and leaked
//! without harm. The value is put in on the way out, and only towards hosts that the secret is
//! bound to; to all others the placeholder goes as it is. Values are never shown: types that hold
//! one print the id alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::decision::Scheme;
use super::host::Host;
use super::rule::Pattern;

/// What every placeholder begins with.
pub const SENTINEL: &str = "venom-secret-";

/// The longest id of a secret, in characters. Long enough for the name of any variable.
const ID_LIMIT: usize = 64;

/// The shortest value. A shorter one would be found by chance where it is masked, and is no secret.
const SHORTEST: usize = 8;

/// The longest value: what fits into a header everywhere.
const LONGEST: usize = 8 * 1024;

/// The name of a secret: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretId(String);

impl SecretId {
    /// Checks an id.
    pub fn new(id: &str) -> Result<Self, SecretError> {
        if id.is_empty() || id.len() > ID_LIMIT || !id.bytes().all(is_id) {
            return Err(SecretError::Id);
        }
        Ok(Self(id.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what the sandbox sees instead of the value.
    pub fn sentinel(&self) -> String {
        format!("{SENTINEL}{}", self.0)
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Why something cannot be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The id holds a character it cannot, or is too long.
    #[error("a secret's id has 1 to 64 letters, digits, dashes and underscores")]
    Id,
    /// The value is shorter or longer than one can be.
    #[error("a secret's value has 8 to 8192 bytes")]
    Size,
    /// The value holds a control character, which no header can carry.
    #[error("a secret's value cannot hold line breaks or other control characters")]
    Control,
    /// The value holds a placeholder.
    #[error("a secret's value cannot hold a placeholder")]
    Sentinel,
    /// Two secrets have one id.
    #[error("two secrets have the same id")]
    Twice,
}

/// Where in a request a value may be put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Header fields, also inside the encoding of `Authorization: Basic`.
    Header,
    /// The path and the query.
    Target,
    /// The body, if it is not compressed and small enough.
    Body,
}

/// A secret, where it may go, and what may be sent there.
#[derive(Clone)]
pub struct Secret {
    id: SecretId,
    value: Zeroizing<String>,
    bindings: Vec<Binding>,
    places: BTreeSet<Place>,
}

#[derive(Debug, Clone)]
struct Binding {
    pattern: Pattern,
    is_plain_too: bool,
}

impl Secret {
    /// Makes a secret that goes nowhere yet.
    pub fn new(id: SecretId, value: impl Into<Zeroizing<String>>) -> Result<Self, SecretError> {
        let value = value.into();
        if !(SHORTEST..=LONGEST).contains(&value.len()) {
            return Err(SecretError::Size);
        }
        if value.chars().any(char::is_control) {
            return Err(SecretError::Control);
        }
        if value.contains(SENTINEL) {
            return Err(SecretError::Sentinel);
        }
        Ok(Self {
            id,
            value,
            bindings: Vec::new(),
            places: BTreeSet::from([Place::Header, Place::Target, Place::Body]),
        })
    }

    /// Binds the secret to hosts, over HTTPS. A pattern without a port means 443.
    #[must_use]
    pub fn bound_to(mut self, pattern: Pattern) -> Self {
        self.bindings.push(Binding {
            pattern,
            is_plain_too: false,
        });
        self
    }

    /// Binds the secret to hosts over HTTPS and over plain HTTP, where anybody on the way can read
    /// it. A pattern without a port means 443 and 80.
    #[must_use]
    pub fn bound_to_plain(mut self, pattern: Pattern) -> Self {
        self.bindings.push(Binding {
            pattern,
            is_plain_too: true,
        });
        self
    }

    /// Restricts where in a request the value may be put in; all places are allowed otherwise.
    #[must_use]
    pub fn only_in(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        self.places = places.into_iter().collect();
        self
    }

    pub(crate) fn id(&self) -> &SecretId {
        &self.id
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    fn is_bound(&self, scheme: Scheme, host: &Host, port: u16) -> bool {
        self.bindings.iter().any(|binding| {
            let is_right_scheme = scheme == Scheme::Https || binding.is_plain_too;
            is_right_scheme
                && binding.pattern.matches_port(port, &[scheme.default_port()])
                && binding.pattern.matches_host(host)
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id)
            .field("bindings", &self.bindings)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

/// The secrets of a run.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    secrets: BTreeMap<SecretId, Secret>,
}

impl Secrets {
    /// Gathers secrets.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Result<Self, SecretError> {
        let mut gathered = BTreeMap::new();
        for secret in secrets {
            if gathered.insert(secret.id.clone(), secret).is_some() {
                return Err(SecretError::Twice);
            }
        }
        Ok(Self { secrets: gathered })
    }

    /// Whether any secret goes anywhere.
    pub(crate) fn is_any_bound(&self) -> bool {
        self.secrets
            .values()
            .any(|secret| !secret.bindings.is_empty())
    }

    /// Returns the secrets that a host may get.
    pub(crate) fn towards(&self, scheme: Scheme, host: &Host, port: u16) -> Vec<&Secret> {
        self.secrets
            .values()
            .filter(|secret| secret.is_bound(scheme, host, port))
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    fn get(&self, id: &[u8]) -> Option<&Secret> {
        let id = std::str::from_utf8(id).ok()?;
        self.secrets.get(&SecretId(id.to_owned()))
    }
}

/// What a value has to look like where it is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Raw,
    /// With everything but letters, digits and `-._~` as `%XX`.
    Percent,
    /// As the inside of a JSON string.
    Json,
}

impl Form {
    pub(crate) fn apply(self, value: &str) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(value.len()));
        match self {
            Self::Raw => out.extend_from_slice(value.as_bytes()),
            Self::Percent => {
                for byte in value.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        out.push(byte);
                    } else {
                        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
                    }
                }
            }
            Self::Json => {
                for byte in value.bytes() {
                    if matches!(byte, b'"' | b'\\') {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
            }
        }
        out
    }
}

/// What came of looking for placeholders.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Swapped {
    /// The text with values put in; `None` if nothing was.
    pub(crate) text: Option<Zeroizing<Vec<u8>>>,
    /// Whose values were.
    pub(crate) used: BTreeSet<SecretId>,
    /// Whose placeholders were left.
    pub(crate) left: BTreeSet<SecretId>,
}

/// Puts values in on the way to one host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Swapper<'a> {
    secrets: &'a Secrets,
    scheme: Scheme,
    host: &'a Host,
    port: u16,
}

impl<'a> Swapper<'a> {
    pub(crate) fn new(secrets: &'a Secrets, scheme: Scheme, host: &'a Host, port: u16) -> Self {
        Self {
            secrets,
            scheme,
            host,
            port,
        }
    }

    /// Whether a value may be put into this place at all.
    pub(crate) fn reaches(&self, place: Place) -> bool {
        self.secrets
            .towards(self.scheme, self.host, self.port)
            .iter()
            .any(|secret| secret.places.contains(&place))
    }

    /// Finds placeholders and puts in the values that may go there.
    pub(crate) fn swap(&self, text: &[u8], place: Place, form: Form) -> Swapped {
        let mut swapped = Swapped::default();
        let mut out = Zeroizing::new(Vec::new());
        let mut copied = 0;
        for found in sentinels(text) {
            let Some(secret) = self.secrets.get(found.id) else {
                continue;
            };
            let may_go = secret.places.contains(&place)
                && secret.is_bound(self.scheme, self.host, self.port);
            if !may_go {
                swapped.left.insert(secret.id.clone());
                continue;
            }
            out.extend_from_slice(text.get(copied..found.start).unwrap_or_default());
            out.extend_from_slice(&form.apply(&secret.value));
            copied = found.end;
            swapped.used.insert(secret.id.clone());
        }
        if !swapped.used.is_empty() {
            out.extend_from_slice(text.get(copied..).unwrap_or_default());
            swapped.text = Some(out);
        }
        swapped
    }
}

/// A placeholder in a text.
struct Found<'a> {
    start: usize,
    end: usize,
    id: &'a [u8],
}

/// Finds what looks like placeholders. The id is as long as its characters go on, so that no id is
/// taken for another that it begins with.
fn sentinels(text: &[u8]) -> impl Iterator<Item = Found<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let at = rest
            .windows(SENTINEL.len())
            .position(|window| window == SENTINEL.as_bytes())?;
        let start = from + at;
        let id_start = start + SENTINEL.len();
        let tail = text.get(id_start..).unwrap_or_default();
        let length = tail.iter().take_while(|byte| is_id(**byte)).count();
        from = id_start + length;
        Some(Found {
            start,
            end: from,
            id: tail.get(..length).unwrap_or_default(),
        })
    })
}

/// Sees placeholders pass in a stream that is not changed.
#[derive(Debug, Default)]
pub(crate) struct Spotter {
    tail: Vec<u8>,
}

impl Spotter {
    /// Looks at the next piece and returns whose placeholders ended in it.
    pub(crate) fn look(&mut self, secrets: &Secrets, piece: &[u8]) -> BTreeSet<SecretId> {
        if secrets.is_empty() {
            return BTreeSet::new();
        }
        self.tail.extend_from_slice(piece);
        let seen = sentinels(&self.tail)
            .filter_map(|found| secrets.get(found.id))
            .map(|secret| secret.id.clone())
            .collect();
        // One that is cut off by the end of the piece is seen whole with the next one.
        let keep = SENTINEL.len() + ID_LIMIT;
        let excess = self.tail.len().saturating_sub(keep);
        self.tail.drain(..excess);
        seen
    }
}

#[cfg(test)]
mod tests;
