//! OpenID Connect tokens that say who calls: from a file that the platform renews, or from its metadata
//! endpoint. A token is kept until it expires; nobody checks its signature here, the function does.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::Value;
use venom_ports::{FailureKind, Result};

use super::answer::excerpt;
use super::client::{Outgoing, address, is_readable_on_the_way};
use super::secret::{Secret, SecretRef};
use super::{Means, failure};

/// Where Google's machines and containers get tokens.
const GOOGLE: &str = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience={audience}&format=full";
/// Hosts that are spoken to without TLS beside this machine's own: the link-local addresses at which
/// clouds answer their machines, which no router passes on.
const METADATA: [&str; 2] = ["metadata.google.internal", "169.254.169.254"];
/// A token is renewed so many seconds before it expires. Chosen: longer than a call takes to arrive.
const EARLY: i64 = 60;
/// The longest token. Header blocks of servers end at 16 KiB and less.
const LONGEST: usize = 12 << 10;

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// A file that the platform renews.
    File(PathBuf),
    /// A metadata endpoint; `{audience}` in it stands for the audience. `None` is Google's.
    Metadata(Option<String>),
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Metadata(Some(url)) => f.write_str(url),
            Self::Metadata(None) => f.write_str("Google's metadata endpoint"),
        }
    }
}

/// A token that was fetched, with the second in which it expires.
#[derive(Default)]
pub(super) struct Cache(Mutex<Option<(Secret, i64)>>);

impl Cache {
    fn get(&self, now: i64) -> Option<Secret> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, expires) = kept.as_ref()?;
        (now < expires.saturating_sub(EARLY)).then(|| token.clone())
    }

    fn put(&self, token: &Secret, expires: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), expires));
    }

    /// Forgets a token that was refused.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl TokenSource {
    /// Returns a token for an audience, and whether it was kept from before.
    pub(super) async fn token(
        &self,
        means: &Means,
        cache: &Cache,
        audience: &str,
    ) -> Result<(Secret, bool)> {
        let now = means.clock.now().micros().div_euclid(1_000_000);
        let (token, expires) = match self {
            Self::File(path) => {
                let token = means.secrets.read(&SecretRef::File(path.clone())).await?;
                let expires = expiry(&token)?;
                (token, expires)
            }
            Self::Metadata(url) => {
                if let Some(token) = cache.get(now) {
                    return Ok((token, true));
                }
                let token = fetch(means, url.as_deref().unwrap_or(GOOGLE), audience).await?;
                let expires = expiry(&token)?;
                cache.put(&token, expires);
                (token, expires)
            }
        };
        if expires <= now {
            return Err(failure(
                FailureKind::Refused,
                format!("the token from {self} has expired"),
            )
            .with_hint("see that the platform renews it and that this machine's clock is right"));
        }
        Ok((token, false))
    }
}

async fn fetch(means: &Means, url: &str, audience: &str) -> Result<Secret> {
    let url = address(&url.replace("{audience}", &super::sign::encoded(audience)))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if is_readable_on_the_way(&url) && !METADATA.contains(&host.as_str()) {
        return Err(failure(
            FailureKind::Refused,
            format!("tokens are not fetched from {host} without TLS"),
        ));
    }
    let reply = means
        .send(Outgoing {
            method: Method::GET,
            url,
            // Google and Azure answer only those who say that they know whom they ask.
            headers: vec![
                ("metadata-flavor", "Google".to_owned()),
                ("metadata", "true".to_owned()),
            ],
            body: Vec::new(),
            most: 64 << 10,
        })
        .await
        .map_err(|setback| setback.failure)?;
    if !reply.is_success() {
        return Err(failure(
            FailureKind::Refused,
            format!(
                "{host} gave no token but answered {}: {}",
                reply.status,
                excerpt(&reply.body, &[])
            ),
        )
        .with_hint("see that this machine has a service account, or take the token from a file"));
    }
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.trim();
    let token = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => ["id_token", "access_token", "token"]
            .iter()
            .find_map(|name| map.get(*name)?.as_str().map(str::to_owned)),
        Ok(_) | Err(_) => Some(text.to_owned()),
    };
    Ok(Secret::new(token.unwrap_or_default()))
}

/// Reads the second in which a token expires, and makes sure that it is one.
fn expiry(token: &str) -> Result<i64> {
    // What is wrong with it is not shown: it could be another secret.
    let refused = || {
        failure(
            FailureKind::Corrupt,
            "what was given as an OpenID Connect token is none",
        )
        .with_hint("a token has three parts in base64, joined by dots, and says when it expires")
    };
    let is_sendable = token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic());
    let parts: Vec<&str> = token.split('.').collect();
    let (true, [_, claims, _]) = (is_sendable, parts.as_slice()) else {
        return Err(refused());
    };
    let claims = BASE64_URL_SAFE_NO_PAD
        .decode(claims.trim_end_matches('='))
        .map_err(|_untold| refused())?;
    let claims: Value = serde_json::from_slice(&claims).map_err(|_untold| refused())?;
    claims
        .get("exp")
        .and_then(Value::as_i64)
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests;
