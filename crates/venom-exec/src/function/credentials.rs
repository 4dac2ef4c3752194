//! AWS credentials: from variables, from a profile, from the container's endpoint, or named one by one.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Method, Url};
use serde::Deserialize;
use venom_kernel::plain::line;
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind, Result};

use super::answer::excerpt;
use super::client::{Outgoing, address};
use super::secret::{Access, Secret, SecretRef, Secrets, read_file};
use super::{Means, failure};

/// Credentials are renewed so long before they expire; AWS's own clients do it five minutes before.
const EARLY: i64 = 5 * 60 * 1_000_000;
/// The address of the container's endpoint when only a path is given: AWS's task metadata address.
const TASK_ENDPOINT: &str = "http://169.254.170.2";
/// Addresses of container endpoints that are spoken to without TLS beside this machine's own: those of
/// ECS tasks and of EKS pods.
const ENDPOINTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// Where AWS credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    Environment,
    /// A profile of the shared credentials file.
    Profile(String),
    /// The endpoint that ECS and EKS name in the environment.
    Container,
    /// Each part where the configuration points.
    Keys {
        /// The access key's id.
        id: SecretRef,
        /// The secret key.
        secret: SecretRef,
        /// The session's token, for credentials that expire.
        token: Option<SecretRef>,
    },
}

/// What requests are signed with.
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) token: Option<Secret>,
}

/// Credentials that were fetched, until they expire.
#[derive(Default)]
pub(super) struct Cache(Mutex<Option<(Arc<Keys>, i64)>>);

impl Cache {
    fn get(&self, now: Timestamp) -> Option<Arc<Keys>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, expires) = kept.as_ref()?;
        (now.micros() < expires.saturating_sub(EARLY)).then(|| keys.clone())
    }

    fn put(&self, keys: &Arc<Keys>, expires: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((keys.clone(), expires));
    }
}

impl Credentials {
    /// Reads the credentials.
    pub(super) async fn keys(&self, means: &Means, cache: &Cache) -> Result<Arc<Keys>> {
        match self {
            Self::Environment => environment(&means.secrets).map(Arc::new),
            Self::Profile(name) => profile(means, name).await.map(Arc::new),
            Self::Container => match cache.get(means.clock.now()) {
                Some(keys) => Ok(keys),
                None => container(means, cache).await,
            },
            Self::Keys { id, secret, token } => {
                let token = match token {
                    Some(token) => Some(means.secrets.read(token).await?),
                    None => None,
                };
                let id = means.secrets.read(id).await?;
                checked(&id, means.secrets.read(secret).await?, token).map(Arc::new)
            }
        }
    }
}

fn checked(id: &str, secret: Secret, token: Option<Secret>) -> Result<Keys> {
    let is_id = (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id {
        return Err(failure(
            FailureKind::Refused,
            "the id of the AWS access key is not one: it consists of letters and digits",
        ));
    }
    Ok(Keys {
        id: id.to_owned(),
        secret,
        token,
    })
}

fn environment(secrets: &Secrets) -> Result<Keys> {
    let must = |name: &str| {
        secrets.variable(name).ok_or_else(|| {
            failure(
                FailureKind::Refused,
                format!("there are no AWS credentials: the variable {name} is not set"),
            )
            .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name another source with `credentials`")
        })
    };
    let id = must("AWS_ACCESS_KEY_ID")?;
    let secret = must("AWS_SECRET_ACCESS_KEY")?;
    checked(&id, secret, secrets.variable("AWS_SESSION_TOKEN"))
}

async fn profile(means: &Means, name: &str) -> Result<Keys> {
    let path = match means.secrets.variable("AWS_SHARED_CREDENTIALS_FILE") {
        Some(path) => PathBuf::from(path.as_str()),
        None => means
            .home
            .as_ref()
            .ok_or_else(|| {
                failure(
                    FailureKind::Refused,
                    "there is no home folder to look for AWS profiles in",
                )
                .with_hint("set HOME or AWS_SHARED_CREDENTIALS_FILE")
            })?
            .join(".aws/credentials"),
    };
    let text = read_file(&path, Access::Private).await?;
    let section = section(&text, name);
    let value = |key: &str| {
        section
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| Secret::new(value.clone()))
    };
    match (value("aws_access_key_id"), value("aws_secret_access_key")) {
        (Some(id), Some(secret)) => checked(&id, secret, value("aws_session_token")),
        (None, _) | (_, None) => Err(no_keys(&path, name, &section)),
    }
}

fn no_keys(path: &Path, name: &str, section: &[(String, String)]) -> Failure {
    let path = path.display();
    let name = line(name, 60);
    if section.is_empty() {
        return failure(
            FailureKind::Missing,
            format!("there is no profile `{name}` in {path}"),
        )
        .with_hint("name one of its profiles with `credentials: {from: profile, name: ...}`");
    }
    failure(
        FailureKind::Refused,
        format!("the profile `{name}` in {path} holds no access key"),
    )
    .with_hint("profiles that run a command, sign in or take a role are not read; fetch their keys and pass them in the environment")
}

/// Returns the keys and values of a section of an INI file.
fn section(text: &str, wanted: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut inside = false;
    for text in text.lines().map(str::trim) {
        if text.starts_with('#') || text.starts_with(';') {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            inside = name.trim() == wanted;
        } else if let (true, Some((key, value))) = (inside, text.split_once('=')) {
            pairs.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    pairs
}

/// What the container's endpoint answers.
#[derive(Deserialize)]
struct Given {
    #[serde(rename = "AccessKeyId")]
    id: String,
    #[serde(rename = "SecretAccessKey")]
    secret: String,
    #[serde(rename = "Token")]
    token: Option<String>,
    #[serde(rename = "Expiration")]
    expiration: Option<String>,
}

async fn container(means: &Means, cache: &Cache) -> Result<Arc<Keys>> {
    let secrets = &means.secrets;
    let url = match (
        secrets.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        secrets.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ) {
        (Some(path), _) if path.starts_with('/') => {
            address(&format!("{TASK_ENDPOINT}{}", path.as_str()))?
        }
        (_, Some(url)) => address(&url)?,
        (_, None) => {
            return Err(failure(
                FailureKind::Refused,
                "there is no endpoint for credentials: neither AWS_CONTAINER_CREDENTIALS_FULL_URI nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set",
            )
            .with_hint("these are set inside ECS tasks and EKS pods; name another source with `credentials` elsewhere"));
        }
    };
    if !is_endpoint(&url) {
        return Err(failure(
            FailureKind::Refused,
            format!(
                "credentials are not fetched from {} without TLS",
                line(url.host_str().unwrap_or_default(), 100)
            ),
        )
        .with_hint("without TLS the endpoint must be on this machine or one of ECS or EKS"));
    }
    let token = match secrets.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(read_file(Path::new(path.as_str()), Access::AsItIs).await?),
        None => secrets.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let mut headers = vec![("accept", "application/json".to_owned())];
    if let Some(token) = &token {
        headers.push(("authorization", token.trim().to_owned()));
    }
    let reply = means
        .send(Outgoing {
            method: Method::GET,
            url,
            headers,
            body: Vec::new(),
            most: 64 << 10,
        })
        .await
        .map_err(|setback| setback.failure)?;
    if !reply.is_success() {
        let known: Vec<&str> = token.iter().map(|token| token.as_str()).collect();
        return Err(failure(
            FailureKind::Refused,
            format!(
                "the endpoint for credentials answered {}: {}",
                reply.status,
                excerpt(&reply.body, &known)
            ),
        ));
    }
    // What the parser says about the text could hold the secret.
    let given: Given = serde_json::from_slice(&reply.body).map_err(|_may_tell| {
        failure(
            FailureKind::Corrupt,
            "the endpoint for credentials did not answer with credentials",
        )
    })?;
    let expires = given
        .expiration
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        .map(jiff::Timestamp::as_microsecond);
    let token = given.token.map(Secret::new);
    let keys = Arc::new(checked(&given.id, Secret::new(given.secret), token)?);
    if let Some(expires) = expires {
        cache.put(&keys, expires);
    }
    Ok(keys)
}

/// Tells whether an address may be asked for credentials.
fn is_endpoint(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_known = bare.parse::<IpAddr>().is_ok_and(|ip| {
        ENDPOINTS
            .iter()
            .any(|known| known.parse::<IpAddr>().is_ok_and(|known| known == ip))
    });
    is_known || !super::client::is_readable_on_the_way(url)
}

#[cfg(test)]
mod tests;
