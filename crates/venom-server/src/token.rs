//! Tokens: who may do what.
//!
//! A token is `vnm_`, eight digits that name it, `_`, and 256 random bits in base 62. Only the name
//! and a SHA-256 of the rest are kept: with that many random bits a slow hash would add nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use venom_ports::entropy::Entropy;
use zeroize::Zeroizing;

pub mod store;

/// What every token begins with, so that scanners for secrets know it.
const PREFIX: &str = "vnm";
/// The digits of tokens.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits that 256 bits need in base 62.
const SECRET_LEN: usize = 43;
/// Digits of a name.
const NAME_LEN: usize = 8;

/// What a token may be used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Scope {
    /// Looking at runs, playbooks, skills and what is configured.
    #[serde(rename = "runs:read")]
    RunsRead,
    /// Starting and steering runs.
    #[serde(rename = "runs:write")]
    RunsWrite,
    /// Answering requests for approval.
    #[serde(rename = "approvals:decide")]
    ApprovalsDecide,
    /// Looking at what is remembered.
    #[serde(rename = "memory:read")]
    MemoryRead,
    /// Adding to what is remembered, marking and forgetting it.
    #[serde(rename = "memory:write")]
    MemoryWrite,
    /// Asking models through the server.
    #[serde(rename = "models:use")]
    ModelsUse,
    /// Reading figures for monitoring.
    #[serde(rename = "metrics")]
    Metrics,
    /// Everything, tokens included.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 8] = [
        Self::RunsRead,
        Self::RunsWrite,
        Self::ApprovalsDecide,
        Self::MemoryRead,
        Self::MemoryWrite,
        Self::ModelsUse,
        Self::Metrics,
        Self::Admin,
    ];

    /// Returns the name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RunsRead => "runs:read",
            Self::RunsWrite => "runs:write",
            Self::ApprovalsDecide => "approvals:decide",
            Self::MemoryRead => "memory:read",
            Self::MemoryWrite => "memory:write",
            Self::ModelsUse => "models:use",
            Self::Metrics => "metrics",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The reason why a text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no scope; there are runs:read, runs:write, approvals:decide, memory:read, memory:write, models:use, metrics and admin"
)]
pub struct NoScope(String);

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| NoScope(text.chars().take(40).collect()))
    }
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Names the token; a part of the token itself.
    pub id: String,
    /// What it is for, in the words of whoever made it.
    pub label: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// When it ends to be of use, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The most that may be spent with it on models in a day, in micro-dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u64>,
    /// When it was used last, in seconds since 1970; at most a minute behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
}

/// A token as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub(crate) token: Token,
    /// SHA-256 of the secret part, as hexadecimal digits.
    hash: String,
}

impl Token {
    /// Tells whether it may be used for something.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    /// Tells whether it is over.
    pub(crate) fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl Kept {
    /// Makes a token; returns it and the text that its user needs, which cannot be had again.
    pub(crate) fn make(token: Token, entropy: &dyn Entropy) -> (Self, Zeroizing<String>) {
        let mut secret = Zeroizing::new([0_u8; 32]);
        let (low, high) = secret.split_at_mut(16);
        low.copy_from_slice(&entropy.random().to_be_bytes());
        high.copy_from_slice(&entropy.random().to_be_bytes());
        let digits = Zeroizing::new(digits(&secret));
        let text = Zeroizing::new(format!("{PREFIX}_{}_{}", token.id, digits.as_str()));
        let hash = hash(digits.as_bytes());
        (Self { token, hash }, text)
    }

    /// Tells whether a secret is that of this token. It takes the same time whatever differs.
    pub(crate) fn fits(&self, secret: &str) -> bool {
        hash(secret.as_bytes())
            .as_bytes()
            .ct_eq(self.hash.as_bytes())
            .into()
    }
}

/// Makes a name for a token.
pub(crate) fn name(entropy: &dyn Entropy) -> String {
    let mut rest = entropy.random();
    (0..NAME_LEN)
        .map(|_| {
            // Names need no more than ten digits and small letters.
            let digit = DIGITS.get((rest % 10) as usize).copied().unwrap_or(b'0');
            rest /= 10;
            char::from(digit)
        })
        .collect()
}

/// Splits the text of a token into its name and its secret.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(PREFIX)?.strip_prefix('_')?;
    let (name, secret) = rest.split_once('_')?;
    let is_whole = name.len() == NAME_LEN
        && secret.len() == SECRET_LEN
        && name.bytes().all(|b| b.is_ascii_digit())
        && secret.bytes().all(|b| b.is_ascii_alphanumeric());
    is_whole.then_some((name, secret))
}

fn hash(secret: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(secret) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Writes 32 bytes as a number in base 62.
fn digits(bytes: &[u8; 32]) -> String {
    let mut number = *bytes;
    let mut text = vec![b'0'; SECRET_LEN];
    for slot in text.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *slot = DIGITS.get(rest as usize).copied().unwrap_or(b'0');
    }
    text.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests;
