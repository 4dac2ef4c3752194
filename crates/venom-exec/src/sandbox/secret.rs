//! Secrets of a place: which variables stand for one, and where its value may go.
//!
//! A command sees a placeholder. The value is fetched when the place is opened, is held by what
//! serves the way out, and is nowhere else: not in the place, not in a variable, not in a message.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::confine::SecretUse;
use venom_ports::secret::Secrets as Port;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::egress::{Host, Pattern, Secret, SecretId, Secrets};

/// What stands behind a host that gets the value over plain HTTP too.
const PLAIN: &str = " plain";

/// Variables that are made for a place, or that change what programs do: no secret stands in them.
const TAKEN: &[&str] = &[
    "PATH", "HOME", "SHELL", "IFS", "ENV", "BASH_ENV", "TMPDIR", "USER", "LANG", "TZ",
];
const TAKEN_BEGINNINGS: &[&str] = &["LD_", "LC_", "GIT_CONFIG_", "DYLD_"];

/// What the commands of a place get, and what the way out puts in for it.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Variables with their placeholders.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) secrets: Secrets,
}

/// Makes the placeholders of a place that reaches no host: no value is fetched for it.
pub(super) fn placeholders(uses: &BTreeMap<String, SecretUse>) -> Result<Held> {
    let variables = uses.keys().map(|variable| {
        check_variable(variable)?;
        let id = SecretId::new(variable).map_err(|error| refused(variable, &error))?;
        Ok((variable.clone(), id.sentinel()))
    });
    Ok(Held {
        variables: variables.collect::<Result<_>>()?,
        secrets: Secrets::default(),
    })
}

/// Fetches the secrets of a place.
pub(super) fn fetch(uses: &BTreeMap<String, SecretUse>, port: Option<&dyn Port>) -> Result<Held> {
    let mut variables = BTreeMap::new();
    let mut secrets = Vec::new();
    for (variable, asked) in uses {
        check_variable(variable)?;
        let Some(port) = port else {
            return Err(refused(variable, "secrets are kept nowhere here"));
        };
        let (value, info) = port.get(&asked.key)?;
        let id = SecretId::new(variable).map_err(|error| refused(variable, &error))?;
        variables.insert(variable.clone(), id.sentinel());
        let text = text_of(&value).ok_or_else(|| refused(variable, "its value is not text"))?;
        let mut secret = Secret::new(id, text).map_err(|error| refused(variable, &error))?;
        for host in hosts(variable, asked, &info.hosts)? {
            secret = match host {
                (pattern, true) => secret.bound_to_plain(pattern),
                (pattern, false) => secret.bound_to(pattern),
            };
        }
        secrets.push(secret);
    }
    Ok(Held {
        variables,
        secrets: Secrets::new(secrets).map_err(|error| {
            Failure::new(
                FailureKind::Refused,
                format!("secrets cannot be used: {error}"),
            )
        })?,
    })
}

/// Returns the value as text, without the line break that a file or a prompt may end with.
fn text_of(value: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(value).ok()?;
    Some(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Returns the hosts that a secret is bound to, and which of them get it over plain HTTP too. Those of
/// the configuration have to be among those that the secret was stored with.
fn hosts(variable: &str, asked: &SecretUse, stored: &[String]) -> Result<Vec<(Pattern, bool)>> {
    let read = |texts: &[String]| {
        texts
            .iter()
            .map(|text| {
                let (host, is_plain) = split(text);
                let pattern = Pattern::parse(host).map_err(|error| refused(variable, &error))?;
                Ok((host.to_owned(), pattern, is_plain))
            })
            .collect::<Result<Vec<_>>>()
    };
    let outer = read(stored)?;
    let inner = read(&asked.hosts)?;
    // Whoever names no hosts means those that the secret was stored with.
    if inner.is_empty() {
        if outer.is_empty() {
            return Err(refused(variable, "no host is named that may get its value"));
        }
        return Ok(outer
            .into_iter()
            .map(|(_, pattern, is_plain)| (pattern, is_plain))
            .collect());
    }
    for (text, pattern, is_plain) in &inner {
        let is_covered = outer.is_empty()
            || outer.iter().any(|(wide, outer, is_outer_plain)| {
                (*is_outer_plain || !is_plain)
                    && (wide == text || outer == pattern || covers(outer, text))
            });
        if !is_covered {
            return Err(refused(
                variable,
                &format!(
                    "`{text}` is none of the hosts that `{}` was stored for",
                    asked.key
                ),
            ));
        }
    }
    Ok(inner
        .into_iter()
        .map(|(_, pattern, is_plain)| (pattern, is_plain))
        .collect())
}

/// Checks a host that a secret is to be stored for; says why it cannot be one.
pub fn check_host(text: &str) -> std::result::Result<(), String> {
    let (host, _) = split(text);
    Pattern::parse(host)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn split(text: &str) -> (&str, bool) {
    match text.trim().strip_suffix(PLAIN) {
        Some(host) => (host.trim(), true),
        None => (text.trim(), false),
    }
}

/// Tells whether a pattern is for the one host that a text names.
fn covers(outer: &Pattern, text: &str) -> bool {
    let Ok((host, port)) = Host::parse_with_port(text) else {
        return false;
    };
    let port = port.map_or(443, std::num::NonZero::get);
    outer.matches_host(&host) && outer.matches_port(port, &[443])
}

fn check_variable(name: &str) -> Result<()> {
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty();
    let proxies = crate::egress::proxy_env(1, Some("/"));
    let made: BTreeSet<&str> = proxies.keys().map(String::as_str).collect();
    let is_taken = TAKEN.contains(&name)
        || made.contains(name)
        || TAKEN_BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning));
    match (is_name, is_taken) {
        (false, _) => Err(refused(
            name,
            "a variable has letters, digits and underscores",
        )),
        (true, true) => Err(refused(name, "the variable is made for every command")),
        (true, false) => Ok(()),
    }
}

fn refused(variable: &str, why: &(impl std::fmt::Display + ?Sized)) -> Failure {
    let shown: String = variable
        .chars()
        .filter(|c| !c.is_control())
        .take(64)
        .collect();
    Failure::new(
        FailureKind::Refused,
        format!("the secret of `{shown}` cannot be used: {why}"),
    )
    .with_hint("see `sandbox.secrets` in the configuration, and `venom keys list`")
}

#[cfg(test)]
mod tests;
