//! What a sealed thing belongs to, as the bytes that its tag covers.

use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;

use crate::sqlite::uid;

/// The place of a sealed thing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Associated<'a> {
    /// The text of an event.
    Event { run: RunId, seq: u64, schema: u16 },
    /// The texts of a run's row among the projections.
    Row(RunId),
    /// What the event at a global position says about preferences, among the projections.
    Memory(RunId, u64),
    /// What the event at a global position says about what is known, among the projections.
    Saying(RunId, u64),
    /// An episode with this number, among the projections.
    Episode(u64),
    /// What is said at a position of the memory's log: the event, or its words.
    Note { seq: u64, is_words: bool },
    /// A command in a run's inbox, posted at a time.
    Inbox { run: RunId, time: i64 },
    /// A blob.
    Blob(&'a BlobId),
    /// A key of this kind and name.
    Key { kind: &'a str, name: &'a [u8] },
    /// The value of a secret, and the hosts that it may go to.
    Secret { name: &'a str, hosts: &'a [String] },
}

impl Associated<'_> {
    /// Returns the bytes: a letter for the kind, then parts of known length or with their length.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        match self {
            Self::Event { run, seq, schema } => {
                bytes.push(b'e');
                bytes.extend_from_slice(&uid(*run));
                bytes.extend_from_slice(&seq.to_be_bytes());
                bytes.extend_from_slice(&schema.to_be_bytes());
            }
            Self::Row(run) => {
                bytes.push(b'r');
                bytes.extend_from_slice(&uid(*run));
            }
            Self::Memory(run, seq) => {
                bytes.push(b'm');
                bytes.extend_from_slice(&uid(*run));
                bytes.extend_from_slice(&seq.to_be_bytes());
            }
            Self::Saying(run, seq) => {
                bytes.push(b'f');
                bytes.extend_from_slice(&uid(*run));
                bytes.extend_from_slice(&seq.to_be_bytes());
            }
            Self::Episode(number) => {
                bytes.push(b'p');
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Self::Note { seq, is_words } => {
                bytes.push(b'n');
                bytes.push(u8::from(*is_words));
                bytes.extend_from_slice(&seq.to_be_bytes());
            }
            Self::Inbox { run, time } => {
                bytes.push(b'i');
                bytes.extend_from_slice(&uid(*run));
                bytes.extend_from_slice(&time.to_be_bytes());
            }
            Self::Blob(id) => {
                bytes.push(b'b');
                part(&mut bytes, id.as_str().as_bytes());
            }
            Self::Key { kind, name } => {
                bytes.push(b'k');
                part(&mut bytes, kind.as_bytes());
                part(&mut bytes, name);
            }
            Self::Secret { name, hosts } => {
                bytes.push(b's');
                part(&mut bytes, name.as_bytes());
                for host in *hosts {
                    part(&mut bytes, host.as_bytes());
                }
            }
        }
        bytes
    }
}

fn part(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part);
}
