//! What is looked for when something is to be taken out: texts in every form in which they may
//! stand, places, and credentials.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

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

/// Values of an event that are named when none of it was meant. Chosen: a page.
const NAMED: usize = 40;

/// A form in which a text may stand.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    /// Which of the texts that were asked for; none for a secret that is only known.
    of: Option<usize>,
    /// Whether line breaks may stand in it anywhere.
    is_broken: bool,
}

/// Something that was asked for, and whether it was met.
struct Asked<T> {
    what: T,
    is_met: Cell<bool>,
}

impl<T> Asked<T> {
    const fn new(what: T) -> Self {
        Self {
            what,
            is_met: Cell::new(false),
        }
    }
}

/// Finds what is to be taken out.
pub(super) struct Needles {
    forms: Vec<Form>,
    texts: Vec<Asked<String>>,
    places: Vec<Asked<Place>>,
    credentials: Option<Redactor>,
    /// The values of events of which some were asked for.
    fields: RefCell<BTreeMap<u64, BTreeSet<String>>>,
}

impl Needles {
    /// Prepares a search.
    pub(super) fn new(redaction: &Redaction) -> Result<Self> {
        let mut forms = Vec::new();
        let mut texts = Vec::new();
        for text in &redaction.texts {
            if text.len() < SHORTEST {
                let text = format!("a text to take out has at least {SHORTEST} bytes");
                return Err(Failure::new(FailureKind::Refused, text)
                    .with_hint("name the value by its place: `--redact-event SEQ.FIELD`"));
            }
            forms_of(text.as_bytes(), Some(texts.len()), &mut forms);
            texts.push(Asked::new(text.clone()));
        }
        if let Some(redactor) = &redaction.credentials {
            for secret in redactor.known() {
                forms_of(secret.as_bytes(), None, &mut forms);
            }
        }
        // What was asked for comes first among the same.
        forms.sort_by(|a: &Form, b: &Form| {
            let of = |form: &Form| form.of.unwrap_or(usize::MAX);
            a.bytes
                .as_slice()
                .cmp(b.bytes.as_slice())
                .then(of(a).cmp(&of(b)))
        });
        forms.dedup_by(|a, b| a.bytes.as_slice() == b.bytes.as_slice() && a.of == b.of);
        Ok(Self {
            forms,
            texts,
            places: redaction.places.iter().cloned().map(Asked::new).collect(),
            credentials: redaction.credentials.clone(),
            fields: RefCell::default(),
        })
    }

    /// Refuses what was asked for and not met; there are so many events.
    pub(super) fn all_met(&self, events: u64) -> Result<()> {
        let refused = |text: String, hint: String| {
            Err(Failure::new(FailureKind::Refused, text).with_hint(hint))
        };
        if let Some(asked) = self.places.iter().find(|asked| !asked.is_met.get()) {
            let Place { seq, field } = &asked.what;
            let fields = self.fields.borrow();
            let Some(fields) = fields.get(&seq.number()) else {
                return refused(
                    format!("there is no event {seq} to take out"),
                    format!("the archive has the events 1 to {events}"),
                );
            };
            let mut named: Vec<String> = fields
                .iter()
                .take(NAMED)
                .map(|field| format!("{seq}.{field}"))
                .collect();
            if fields.len() > NAMED {
                named.push(format!("and {} more", fields.len() - NAMED));
            }
            return refused(
                format!("event {seq} has no value `{field}` to take out"),
                format!("its values are {}", named.join(", ")),
            );
        }
        let unmet = self.texts.iter().position(|asked| !asked.is_met.get());
        match unmet {
            None => Ok(()),
            // It may be a secret, which is not repeated.
            Some(place) => refused(
                format!(
                    "text {} of those to take out stands nowhere, in no form that is looked for",
                    place + 1
                ),
                "see the values with `venom log RUN --jsonl`, and name one by its place: `--redact-event SEQ.FIELD`, such as `1.data.goal`".to_owned(),
            ),
        }
    }

    /// Tells whether an event is to be taken out whole.
    pub(super) fn takes_event(&self, seq: u64) -> bool {
        let mut takes = false;
        for Asked { what, is_met } in &self.places {
            if what.seq.number() == seq && what.field.is_empty() {
                is_met.set(true);
                takes = true;
            }
        }
        if takes {
            self.is_gone(seq);
        }
        takes
    }

    /// Says that nothing is left of an event, so that nothing of it can be met.
    pub(super) fn is_gone(&self, seq: u64) {
        for Asked { what, is_met } in &self.places {
            if what.seq.number() == seq {
                is_met.set(true);
            }
        }
    }

    /// Says what is to become of a value.
    pub(super) fn cut(&self, seq: u64, path: &str, value: &str) -> Cut {
        // Each is asked, so that everything that is met is known to be.
        let is_placed = self.is_placed(seq, path);
        let is_hit = self.hits_json(value);
        if self.hits_json(path) {
            return Cut::All;
        }
        if is_placed || is_hit {
            return Cut::Value;
        }
        Cut::Keep
    }

    fn is_placed(&self, seq: u64, path: &str) -> bool {
        let mut of_event = self
            .places
            .iter()
            .filter(|asked| asked.what.seq.number() == seq)
            .peekable();
        if of_event.peek().is_none() {
            return false;
        }
        let shown = leaf::shown(path);
        let mut is_placed = false;
        for Asked { what, is_met } in of_event {
            let rest = shown.strip_prefix(what.field.as_str());
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                is_met.set(true);
                is_placed = true;
            }
        }
        if path != leaf::WHOLE && path != leaf::SALT {
            let mut fields = self.fields.borrow_mut();
            fields.entry(seq).or_default().insert(shown);
        }
        is_placed
    }

    /// Looks into a value as it is meant, and as it is written.
    fn hits_json(&self, json: &str) -> bool {
        match serde_json::from_str(json) {
            Ok(Value::String(text)) => self.hits(text.as_bytes()) | self.hits(json.as_bytes()),
            Ok(Value::Array(steps)) => {
                let texts = steps.iter().filter_map(Value::as_str);
                texts.fold(self.hits(json.as_bytes()), |is_hit, text| {
                    self.hits(text.as_bytes()) | is_hit
                })
            }
            Ok(_) | Err(_) => self.hits(json.as_bytes()),
        }
    }

    /// Tells whether bytes hold something that is looked for.
    pub(super) fn hits(&self, bytes: &[u8]) -> bool {
        let is_broken = bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        let mut is_hit = false;
        for form in &self.forms {
            let is_known = form.of.and_then(|of| self.texts.get(of));
            if is_hit && is_known.is_none_or(|asked| asked.is_met.get()) {
                continue;
            }
            let is_here = holds(bytes, &form.bytes)
                || (is_broken && form.is_broken && holds_broken(bytes, &form.bytes));
            if is_here {
                is_hit = true;
                if let Some(asked) = is_known {
                    asked.is_met.set(true);
                }
            }
        }
        is_hit
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

/// Tells whether bytes stand somewhere in others, with lines broken wherever their writer counted to 64
/// or 76. Nothing is copied: these may be a hundred megabytes.
fn holds_broken(bytes: &[u8], form: &[u8]) -> bool {
    let Some((first, rest)) = form.split_first() else {
        return false;
    };
    let mut left = bytes;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        let Some(after) = left.get(at + 1..) else {
            return false;
        };
        let mut next = after.iter().filter(|byte| !byte.is_ascii_whitespace());
        if rest.iter().all(|byte| next.next() == Some(byte)) {
            return true;
        }
        left = after;
    }
    false
}

/// Adds every form in which a text may stand.
fn forms_of(text: &[u8], of: Option<usize>, forms: &mut Vec<Form>) {
    let mut put = |bytes: Vec<u8>, is_broken: bool| {
        forms.push(Form {
            bytes: Zeroizing::new(bytes),
            of,
            is_broken,
        });
    };
    let mut add = |form: Vec<u8>| put(form, false);
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
            // Forms of web pages write a space as `+`.
            for space in [None, Some(b'+')] {
                let mut form = Vec::new();
                for byte in text {
                    if byte.is_ascii_alphanumeric() || safe.contains(byte) {
                        form.push(*byte);
                    } else if let (b' ', Some(space)) = (byte, space) {
                        form.push(space);
                    } else {
                        form.push(b'%');
                        form.extend(hex(&[*byte], is_upper));
                    }
                }
                add(form);
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let json = Value::from(text).to_string();
        let inner = json
            .strip_prefix('"')
            .and_then(|json| json.strip_suffix('"'))
            .unwrap_or(&json);
        add(inner.as_bytes().to_vec());
        add(inner.replace('/', "\\/").into_bytes());
        for is_upper in [false, true] {
            for which in [Escaped::Foreign, Escaped::ForeignAndSolidus, Escaped::All] {
                add(escaped(text, inner, which, is_upper).into_bytes());
            }
        }
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
            let inner = encoded.get(first..last.min(encoded.len()));
            put(inner.unwrap_or_default().to_vec(), true);
        }
    }
}

/// What a writer of JSON writes as `\uXXXX`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escaped {
    /// What is not ASCII.
    Foreign,
    /// The same, and a solidus behind a backslash.
    ForeignAndSolidus,
    /// Every character.
    All,
}

/// Writes a text with escapes; `inner` is the text as JSON must have it.
fn escaped(text: &str, inner: &str, which: Escaped, is_upper: bool) -> String {
    use std::fmt::Write as _;
    let source = if which == Escaped::All { text } else { inner };
    let mut form = String::new();
    for c in source.chars() {
        if c == '/' && which == Escaped::ForeignAndSolidus {
            form.push_str("\\/");
        } else if c.is_ascii() && which != Escaped::All {
            form.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _infallible = if is_upper {
                    write!(form, "\\u{unit:04X}")
                } else {
                    write!(form, "\\u{unit:04x}")
                };
            }
        }
    }
    form
}
