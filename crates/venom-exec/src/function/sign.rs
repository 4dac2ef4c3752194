//! AWS Signature Version 4.
//!
//! The request is written down in one canonical form, the form is digested, and the digest is signed
//! with a key that holds for one day, one region and one service. What is signed here is what is sent:
//! the path arrives as it stands on the wire and is encoded once more, as every service but S3 wants.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use venom_kernel::time::Timestamp;

use super::credentials::Keys;

/// What is signed.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// The path as it is sent.
    pub(super) path: &'a str,
    /// Names and values of the query, not encoded.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// All headers that are signed; `host` and `x-amz-date` must be among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// Where and when a signature holds.
pub(super) struct Scope<'a> {
    pub(super) at: Timestamp,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

impl Scope<'_> {
    /// The time in the form of the header `x-amz-date`.
    pub(super) fn stamp(&self) -> String {
        stamp(self.at, "%Y%m%dT%H%M%SZ")
    }

    fn day(&self) -> String {
        stamp(self.at, "%Y%m%d")
    }

    fn text(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.day(),
            self.region,
            self.service
        )
    }
}

fn stamp(at: Timestamp, form: &str) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .unwrap_or_default()
        .strftime(form)
        .to_string()
}

/// Returns the value of the header `authorization`.
pub(super) fn authorization(request: &Request<'_>, scope: &Scope<'_>, keys: &Keys) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
        keys.id,
        scope.text(),
        signed_headers(request),
        signature(request, scope, &keys.secret),
    )
}

fn signature(request: &Request<'_>, scope: &Scope<'_>, secret: &str) -> String {
    let mut key = mac(format!("AWS4{secret}").as_bytes(), scope.day().as_bytes());
    for part in [scope.region, scope.service, "aws4_request"] {
        key = mac(&key, part.as_bytes());
    }
    hex(&mac(&key, to_sign(request, scope).as_bytes()))
}

fn to_sign(request: &Request<'_>, scope: &Scope<'_>) -> String {
    format!(
        "AWS4-HMAC-SHA256\n{}\n{}\n{}",
        scope.stamp(),
        scope.text(),
        hex(&Sha256::digest(canonical(request)))
    )
}

fn canonical(request: &Request<'_>) -> String {
    let mut query: Vec<(String, String)> = request
        .query
        .iter()
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    query.sort();
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = String::new();
    for (name, values) in headers_of(request) {
        // Writing to a text does not fail.
        let _ = writeln!(headers, "{name}:{}", values.join(","));
    }
    let path: Vec<String> = request.path.split('/').map(encoded).collect();
    let path = path.join("/");
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        request.method,
        if path.is_empty() { "/" } else { &path },
        query.join("&"),
        signed_headers(request),
        hex(&Sha256::digest(request.body)),
    )
}

/// Names in lower case, in order; the values of one name in the order in which they are sent, without
/// spaces around them and with one where several stand together.
fn headers_of(request: &Request<'_>) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.headers {
        let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
        headers
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(words.join(" "));
    }
    headers
}

fn signed_headers(request: &Request<'_>) -> String {
    let names: Vec<String> = headers_of(request).into_keys().collect();
    names.join(";")
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Returns a keyed digest.
pub(super) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // A key of any length fits; the type only allows for others.
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        Err(_never) => [0; 32],
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
