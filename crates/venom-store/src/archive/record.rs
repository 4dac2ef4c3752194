//! The record of an event: where it stands, what the log's chain has for its text, and the text,
//! whole or as far as it was left.

use serde_json::Value;
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::redact::MASK;

use super::frame::Fields;
use super::leaf::{self, Rebuilt, Tree};
use crate::log::chain::{self, Header};

/// An event in an archive.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) header: Header,
    /// The digest of what the log stored of the text.
    pub(super) body: Digest,
    pub(super) what: What,
}

/// What is there of the text.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// All of it.
    Whole(String),
    /// Some of its values.
    Some(Vec<Leaf>),
    /// Nothing but the root of its leaves.
    Gone(Digest),
}

/// A value of an event.
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    /// It is there.
    Kept {
        path: String,
        salt: Digest,
        value: String,
    },
    /// It was taken out.
    Removed { path: String, commitment: Digest },
    /// It was taken out, and what its place is called as well.
    Hidden(Digest),
}

/// What is to become of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It stays.
    Keep,
    /// It is taken out.
    Value,
    /// What its place is called is taken out as well.
    All,
}

const WHOLE: u8 = 0;
const SOME: u8 = 1;
const GONE: u8 = 2;
const KEPT: u8 = 0;
const REMOVED: u8 = 1;
const HIDDEN: u8 = 2;

impl Record {
    /// Returns the bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&self.header.seq.to_be_bytes());
        bytes.extend_from_slice(&self.header.time.to_be_bytes());
        bytes.extend_from_slice(&self.header.cause.to_be_bytes());
        bytes.extend_from_slice(&self.header.schema.to_be_bytes());
        bytes.extend_from_slice(self.body.as_bytes());
        match &self.what {
            What::Whole(text) => {
                bytes.push(WHOLE);
                bytes.extend_from_slice(text.as_bytes());
            }
            What::Some(leaves) => {
                bytes.push(SOME);
                for leaf in leaves {
                    match leaf {
                        Leaf::Kept { path, salt, value } => {
                            bytes.push(KEPT);
                            part(&mut bytes, path);
                            bytes.extend_from_slice(salt.as_bytes());
                            part(&mut bytes, value);
                        }
                        Leaf::Removed { path, commitment } => {
                            bytes.push(REMOVED);
                            part(&mut bytes, path);
                            bytes.extend_from_slice(commitment.as_bytes());
                        }
                        Leaf::Hidden(leaf) => {
                            bytes.push(HIDDEN);
                            bytes.extend_from_slice(leaf.as_bytes());
                        }
                    }
                }
            }
            What::Gone(root) => {
                bytes.push(GONE);
                bytes.extend_from_slice(root.as_bytes());
            }
        }
        bytes
    }

    /// Reads the bytes.
    pub(super) fn decode(run: RunId, bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let header = Header {
            run,
            seq: fields.u64()?,
            time: i64::from_be_bytes(fields.array()?),
            cause: fields.u64()?,
            schema: u16::from_be_bytes(fields.array()?),
        };
        let body = fields.digest()?;
        let what = match fields.byte()? {
            WHOLE => What::Whole(String::from_utf8(fields.0.to_vec()).ok()?),
            SOME => {
                let mut leaves = Vec::new();
                while !fields.is_empty() {
                    leaves.push(Leaf::decode(&mut fields)?);
                }
                What::Some(leaves)
            }
            GONE => {
                let root = fields.digest()?;
                fields.is_empty().then_some(What::Gone(root))?
            }
            _ => return None,
        };
        Some(Self { header, body, what })
    }

    /// Returns the hash that the event has in the log.
    pub(super) fn link(&self, before: &Digest) -> Digest {
        chain::link_digest(before, &self.header, &self.body)
    }

    /// Returns the root of the leaves, and how many values are there. Says what is wrong if they are
    /// none.
    pub(super) fn root(&self) -> Result<(Digest, u64), &'static str> {
        let mut tree = Tree::default();
        let mut values: u64 = 0;
        match &self.what {
            What::Gone(root) => return Ok((*root, 0)),
            What::Whole(text) => {
                let seed = leaf::seed(text);
                let mut number = 0;
                leaf::each(text, |path, value| {
                    let salt = leaf::salt(&seed, number);
                    tree.add(leaf::leaf(path, &leaf::commitment(&salt, value)));
                    number += 1;
                    values += u64::from(path != leaf::WHOLE && path != leaf::SALT);
                })?;
            }
            What::Some(leaves) => {
                for (number, leaf) in leaves.iter().enumerate() {
                    // The whole text comes first, and neither it nor its salt may be there.
                    let is_first = number == 0;
                    tree.add(match leaf {
                        Leaf::Kept { path, .. } if path == leaf::WHOLE || path == leaf::SALT => {
                            return Err("it holds what gives away the values that were taken out");
                        }
                        Leaf::Removed { path, .. } if (path == leaf::WHOLE) != is_first => {
                            return Err("its values are not in order");
                        }
                        Leaf::Kept { .. } | Leaf::Hidden(_) if is_first => {
                            return Err("its values are not in order");
                        }
                        Leaf::Kept { path, salt, value } => {
                            values += 1;
                            leaf::leaf(path, &leaf::commitment(salt, value))
                        }
                        Leaf::Removed { path, commitment } => leaf::leaf(path, commitment),
                        Leaf::Hidden(leaf) => *leaf,
                    });
                }
            }
        }
        Ok((tree.root(), values))
    }

    /// Returns the text as far as it is there, with a mark in the place of each value that was taken
    /// out; `None` if nothing is left. Fails if the values do not fit together.
    pub(super) fn text(&self) -> Result<Option<String>, &'static str> {
        match &self.what {
            What::Gone(_) => Ok(None),
            What::Whole(text) => Ok(Some(text.clone())),
            What::Some(leaves) => {
                let mut rebuilt = Rebuilt::default();
                for leaf in leaves {
                    let placed = match leaf {
                        Leaf::Removed { path, .. } if path == leaf::WHOLE || path == leaf::SALT => {
                            Some(())
                        }
                        Leaf::Removed { path, .. } => rebuilt.put(path, Value::from(MASK)),
                        // A leaf holds nothing in it: what is more was never written by an export.
                        Leaf::Kept { value, .. }
                            if value.starts_with(['[', '{']) && value != "[]" && value != "{}" =>
                        {
                            None
                        }
                        Leaf::Kept { path, value, .. } => serde_json::from_str(value)
                            .ok()
                            .and_then(|value| rebuilt.put(path, value)),
                        Leaf::Hidden(_) => {
                            rebuilt.skip();
                            Some(())
                        }
                    };
                    placed.ok_or("its values do not fit together")?;
                }
                Ok(Some(rebuilt.text()))
            }
        }
    }

    /// Takes values out; calls `removed` for the place of each. What is not touched stays as it is.
    pub(super) fn cut(
        self,
        decide: impl Fn(&str, &str) -> Cut,
        mut removed: impl FnMut(String),
    ) -> Result<Self, &'static str> {
        let leaves = match self.what {
            What::Gone(_) => return Ok(self),
            What::Some(leaves) => leaves,
            What::Whole(ref text) => {
                let mut is_cut = false;
                leaf::each(text, |path, value| {
                    is_cut |= path != leaf::WHOLE && decide(path, value) != Cut::Keep;
                })?;
                if !is_cut {
                    return Ok(self);
                }
                let seed = leaf::seed(text);
                let mut leaves = Vec::new();
                let mut number = 0;
                leaf::each(text, |path, value| {
                    let salt = leaf::salt(&seed, number);
                    number += 1;
                    let path = path.to_owned();
                    leaves.push(if path == leaf::WHOLE || path == leaf::SALT {
                        let commitment = leaf::commitment(&salt, value);
                        Leaf::Removed { path, commitment }
                    } else {
                        let value = value.to_owned();
                        Leaf::Kept { path, salt, value }
                    });
                })?;
                leaves
            }
        };
        let leaves = leaves.into_iter().map(|leaf| {
            let Leaf::Kept { path, salt, value } = leaf else {
                // What a place is called may be secret also where its value is gone already.
                return match leaf {
                    Leaf::Removed { path, commitment }
                        if path != leaf::WHOLE && decide(&path, "null") == Cut::All =>
                    {
                        Leaf::Hidden(leaf::leaf(&path, &commitment))
                    }
                    other => other,
                };
            };
            match decide(&path, &value) {
                Cut::Keep => Leaf::Kept { path, salt, value },
                Cut::Value => {
                    removed(leaf::shown(&path));
                    let commitment = leaf::commitment(&salt, &value);
                    Leaf::Removed { path, commitment }
                }
                Cut::All => {
                    removed("(hidden)".to_owned());
                    Leaf::Hidden(leaf::leaf(&path, &leaf::commitment(&salt, &value)))
                }
            }
        });
        Ok(Self {
            what: What::Some(leaves.collect()),
            ..self
        })
    }
}

impl Leaf {
    fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(match fields.byte()? {
            KEPT => Self::Kept {
                path: text(fields.part()?)?,
                salt: fields.digest()?,
                value: text(fields.part()?)?,
            },
            REMOVED => Self::Removed {
                path: text(fields.part()?)?,
                commitment: fields.digest()?,
            },
            HIDDEN => Self::Hidden(fields.digest()?),
            _ => return None,
        })
    }
}

fn part(bytes: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
