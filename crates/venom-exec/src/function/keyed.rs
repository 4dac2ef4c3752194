//! Requests that are signed with a secret which both sides know.
//!
//! The signature covers a version, the method, the path with its query, the time and the body, each of
//! the first four ended by a line feed. The receiver computes the same and refuses what is older than
//! it likes; docs/functions.md shows how.

use super::sign::{hex, mac};

/// The header of the time, in seconds since 1970.
pub(super) const TIMESTAMP: &str = "x-venom-timestamp";
/// The header of the signature.
pub(super) const SIGNATURE: &str = "x-venom-signature";

/// Returns the value of the signature's header.
pub(super) fn signature(
    secret: &str,
    method: &str,
    path_and_query: &str,
    seconds: i64,
    body: &[u8],
) -> String {
    let mut message = format!("v1\n{method}\n{path_and_query}\n{seconds}\n").into_bytes();
    message.extend_from_slice(body);
    format!("v1={}", hex(&mac(secret.as_bytes(), &message)))
}

#[cfg(test)]
mod tests;
