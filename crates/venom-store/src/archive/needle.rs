//! What is looked for when something is to be taken out: texts in every form in which they may
//! stand, places, and credentials.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use venom_kernel::redact::Redactor;
use venom_ports::api::archive::{Place, Redaction};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::leaf;
use super::record::Cut;

/// Shortest text that is looked for. Shorter ones stand everywhere by chance.
const SHORTEST: usize = 4;
/// Shortest text that is also looked for in base64, where three alignments are cut at both ends.
const ENCODED: usize = 6;

/// Finds what is to be taken out.
pub(super) struct Needles {
    forms: Vec<Zeroizing<Vec<u8>>>,
    places: Vec<Place>,
    credentials: Option<Redactor>,
}

impl Needles {
    /// Prepares a search.
    pub(super) fn new(redaction: &Redaction) -> Result<Self> {
        let mut forms = Vec::new();
        for text in &redaction.texts {
            if text.len() < SHORTEST {
                let text = format!("a text to take out has at least {SHORTEST} bytes");
                return Err(Failure::new(FailureKind::Refused, text)
                    .with_hint("name the value by its place: `--redact-event SEQ.FIELD`"));
            }
            forms_of(text.as_bytes(), &mut forms);
        }
        if let Some(redactor) = &redaction.credentials {
            for secret in redactor.known() {
                forms_of(secret.as_bytes(), &mut forms);
            }
        }
        forms.sort_by(|a, b| a.as_slice().cmp(b.as_slice()));
        forms.dedup_by(|a, b| a.as_slice() == b.as_slice());
        Ok(Self {
            forms,
            places: redaction.places.clone(),
            credentials: redaction.credentials.clone(),
        })
    }

    /// Tells whether an event is to be taken out whole.
    pub(super) fn takes_event(&self, seq: u64) -> bool {
        self.places
            .iter()
            .any(|place| place.seq.number() == seq && place.field.is_empty())
    }

    /// Says what is to become of a value.
    pub(super) fn cut(&self, seq: u64, path: &str, value: &str) -> Cut {
        if self.hits_json(path) {
            return Cut::All;
        }
        if self.is_placed(seq, path) || self.hits_json(value) {
            return Cut::Value;
        }
        Cut::Keep
    }

    fn is_placed(&self, seq: u64, path: &str) -> bool {
        let mut shown = None;
        self.places
            .iter()
            .filter(|place| place.seq.number() == seq)
            .any(|place| {
                let shown = shown.get_or_insert_with(|| leaf::shown(path));
                shown
                    .strip_prefix(place.field.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }

    /// Looks into a value as it is meant, and as it is written.
    fn hits_json(&self, json: &str) -> bool {
        match serde_json::from_str(json) {
            Ok(Value::String(text)) => self.hits(text.as_bytes()) || self.hits(json.as_bytes()),
            Ok(Value::Array(steps)) => {
                steps
                    .iter()
                    .any(|step| step.as_str().is_some_and(|text| self.hits(text.as_bytes())))
                    || self.hits(json.as_bytes())
            }
            Ok(_) | Err(_) => self.hits(json.as_bytes()),
        }
    }

    /// Tells whether bytes hold something that is looked for.
    pub(super) fn hits(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| holds(bytes, form))
            || self
                .credentials
                .as_ref()
                .is_some_and(|redactor| redactor.finds(&String::from_utf8_lossy(bytes)))
    }
}

/// Tells whether bytes stand somewhere in others.
fn holds(bytes: &[u8], form: &[u8]) -> bool {
    let Some((first, rest)) = form.split_first() else {
        return false;
    };
    let mut left = bytes;
    // Most bytes are not the first one, and finding the next one that is goes fast.
    while let Some(at) = left.iter().position(|byte| byte == first) {
        let Some(after) = left.get(at + 1..) else {
            return false;
        };
        if after.starts_with(rest) {
            return true;
        }
        left = after;
    }
    false
}

/// Adds every form in which a text may stand.
fn forms_of(text: &[u8], forms: &mut Vec<Zeroizing<Vec<u8>>>) {
    let mut add = |form: Vec<u8>| forms.push(Zeroizing::new(form));
    let hex = |text: &[u8], is_upper: bool| {
        let mut digits = Vec::with_capacity(text.len() * 2);
        for byte in text {
            for nibble in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                let digit = if is_upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                };
                digits.extend(u8::try_from(digit));
            }
        }
        digits
    };
    add(text.to_vec());
    add(hex(text, false));
    add(hex(text, true));
    for is_upper in [false, true] {
        // Which characters are escaped differs between writers: only those that must be, or all but
        // letters and digits.
        for safe in [b"-._~".as_slice(), b"-._~!$&'()*+,;=:@/?", b""] {
            let mut form = Vec::new();
            for byte in text {
                if byte.is_ascii_alphanumeric() || safe.contains(byte) {
                    form.push(*byte);
                } else {
                    form.push(b'%');
                    form.extend(hex(&[*byte], is_upper));
                }
            }
            add(form);
        }
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let json = Value::from(text).to_string();
        let inner = json
            .strip_prefix('"')
            .and_then(|json| json.strip_suffix('"'))
            .unwrap_or(&json);
        add(inner.as_bytes().to_vec());
    }
    if let Ok(text) = std::str::from_utf8(text) {
        add(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        add(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    if text.len() < ENCODED {
        return;
    }
    for before in 0..3 {
        let mut shifted = vec![0; before];
        shifted.extend_from_slice(text);
        // What of the first and the last characters depends on the neighbours is cut off.
        let first = [0, 2, 3].get(before).copied().unwrap_or(0);
        let whole = shifted.len() / 3 * 4;
        for encoded in [
            BASE64_STANDARD_NO_PAD.encode(&shifted),
            BASE64_URL_SAFE_NO_PAD.encode(&shifted),
        ] {
            let last = whole + shifted.len() % 3;
            let encoded = encoded.into_bytes();
            add(encoded
                .get(first..last.min(encoded.len()))
                .unwrap_or_default()
                .to_vec());
        }
    }
}
