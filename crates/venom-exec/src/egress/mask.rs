//! Takes the values of secrets out of what a host answers, while it flows.
//!
//! A host that repeats a request would show the sandbox what it may not see. This is the last net,
//! not a wall: a host that encodes a value in another way, or hands it out in pieces, gets it
//! through.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::secret::{Form, Secret, SecretId};

/// One spelling of a value.
#[derive(Clone)]
struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    instead: Vec<u8>,
    id: SecretId,
}

/// The values to take out.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    /// The longest first, so that a value is found before one that it begins with.
    needles: Vec<Needle>,
}

impl Mask {
    pub(crate) fn new(secrets: &[&Secret]) -> Self {
        let mut mask = Self::default();
        for secret in secrets {
            let sentinel = secret.id().sentinel();
            let mut spellings: Vec<Zeroizing<Vec<u8>>> = Vec::new();
            for form in [Form::Raw, Form::Percent, Form::Json] {
                let spelling = form.apply(secret.value());
                if !spellings.contains(&spelling) {
                    spellings.push(spelling);
                }
            }
            for bytes in spellings {
                mask.add(bytes, sentinel.as_bytes().to_vec(), secret.id().clone());
            }
        }
        mask
    }

    /// Adds a spelling that came up only now, and what stood in its place.
    pub(crate) fn add(&mut self, bytes: Zeroizing<Vec<u8>>, instead: Vec<u8>, id: SecretId) {
        let at = self
            .needles
            .partition_point(|needle| needle.bytes.len() >= bytes.len());
        self.needles.insert(at, Needle { bytes, instead, id });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Masks a whole text.
    pub(crate) fn whole(&self, text: &[u8]) -> (Vec<u8>, BTreeSet<SecretId>) {
        let mut flow = Flow::new(self.clone(), Filler::Sentinel);
        let mut out = flow.push(text);
        out.extend(flow.finish());
        (out, flow.found)
    }
}

/// What stands in place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filler {
    /// The placeholder, or what the client had sent.
    Sentinel,
    /// As many stars as the value has bytes, where the length must stay.
    Stars,
}

/// Masks a text that comes in pieces.
pub(crate) struct Flow {
    mask: Mask,
    filler: Filler,
    /// The end of what came so far, as long as it may be the beginning of a value.
    held: Vec<u8>,
    is_first: [bool; 256],
    found: BTreeSet<SecretId>,
}

impl Flow {
    pub(crate) fn new(mask: Mask, filler: Filler) -> Self {
        let mut is_first = [false; 256];
        for needle in &mask.needles {
            if let Some(flag) = needle
                .bytes
                .first()
                .and_then(|byte| is_first.get_mut(usize::from(*byte)))
            {
                *flag = true;
            }
        }
        Self {
            mask,
            filler,
            held: Vec::new(),
            is_first,
            found: BTreeSet::new(),
        }
    }

    /// Takes the next piece and returns what can go on.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        if self.mask.is_empty() {
            return piece.to_vec();
        }
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(piece);
        self.run(&text, End::Open)
    }

    /// Returns what was held back.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let text = std::mem::take(&mut self.held);
        self.run(&text, End::Closed)
    }

    /// Whether something is held back that may be the beginning of a value.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Returns whose values were found so far.
    pub(crate) fn found(&self) -> &BTreeSet<SecretId> {
        &self.found
    }

    fn run(&mut self, text: &[u8], end: End) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| self.may_begin(*byte)) {
            let (before, here) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            out.extend_from_slice(before);
            match self.look(here, end) {
                Look::Nothing => {
                    out.extend_from_slice(here.get(..1).unwrap_or_default());
                    rest = here.get(1..).unwrap_or_default();
                }
                Look::Value(needle) => {
                    match self.filler {
                        Filler::Sentinel => out.extend_from_slice(&needle.instead),
                        Filler::Stars => out.resize(out.len() + needle.bytes.len(), b'*'),
                    }
                    rest = here.get(needle.bytes.len()..).unwrap_or_default();
                    self.found.insert(needle.id);
                }
                Look::Beginning => {
                    self.held = here.to_vec();
                    return out;
                }
            }
        }
        out.extend_from_slice(rest);
        out
    }

    fn may_begin(&self, byte: u8) -> bool {
        self.is_first
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }

    fn look(&self, here: &[u8], end: End) -> Look {
        for needle in &self.mask.needles {
            if here.starts_with(&needle.bytes) {
                return Look::Value(needle.clone());
            }
            if end == End::Open && needle.bytes.starts_with(here) {
                return Look::Beginning;
            }
        }
        Look::Nothing
    }
}

/// Whether more may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Closed,
}

/// What stands at a place.
enum Look {
    Nothing,
    Value(Needle),
    Beginning,
}

#[cfg(test)]
mod tests;
