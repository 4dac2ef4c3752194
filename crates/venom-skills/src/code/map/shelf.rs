//! The facts of files in the cache, in pieces, so that a change of one file writes one piece.

use std::collections::{BTreeMap, HashMap};

use venom_kernel::digest::Digest;
use venom_ports::cache::Cache;

use super::encode::{Reader, Writer, decode, encode};
use super::facts::Facts;
use super::speech::VERSION;

/// How many pieces there are. Chosen: of a map of 100,000 files one has two megabytes, which is
/// written in some milliseconds.
const PIECES: usize = 64;

/// The pieces of one workspace.
pub(super) struct Shelf {
    key: String,
    pieces: Vec<Piece>,
}

#[derive(Default)]
struct Piece {
    /// What was in the cache: by path, the digest of the content and the bytes of the facts.
    known: HashMap<String, (Digest, Vec<u8>)>,
    /// What belongs there now.
    now: BTreeMap<String, (Digest, Vec<u8>)>,
    is_changed: bool,
}

impl Shelf {
    /// Reads what there is. What is damaged is as good as not there.
    pub(super) fn open(cache: &dyn Cache, root: &str) -> Self {
        let key: String = Digest::of_bytes(root.as_bytes())
            .to_string()
            .chars()
            .take(32)
            .collect();
        let pieces = (0..PIECES)
            .map(|number| {
                let bytes = cache.get(&format!("map-{key}-{number}"));
                let known = bytes.and_then(|bytes| read(&bytes)).unwrap_or_default();
                Piece {
                    known,
                    ..Piece::default()
                }
            })
            .collect();
        Self { key, pieces }
    }

    fn piece(&mut self, path: &str) -> Option<&mut Piece> {
        let first = *Digest::of_bytes(path.as_bytes()).as_bytes().first()?;
        self.pieces.get_mut(usize::from(first) % PIECES)
    }

    /// Returns the facts of a file whose content is the same.
    pub(super) fn take(&mut self, path: &str, digest: &Digest) -> Option<Facts> {
        let piece = self.piece(path)?;
        let (known, bytes) = piece.known.remove(path)?;
        if known != *digest {
            return None;
        }
        let facts = decode(&mut Reader { rest: &bytes })?;
        piece.now.insert(path.to_owned(), (known, bytes));
        Some(facts)
    }

    /// Keeps the facts of a file.
    pub(super) fn put(&mut self, path: &str, digest: &Digest, facts: &Facts) {
        if let Some(piece) = self.piece(path) {
            let mut writer = Writer::default();
            encode(facts, &mut writer);
            piece.now.insert(path.to_owned(), (*digest, writer.bytes));
            piece.is_changed = true;
        }
    }

    /// Writes the pieces that changed; tells whether there were any.
    pub(super) fn close(self, cache: &dyn Cache) -> bool {
        let mut is_changed = false;
        for (number, piece) in self.pieces.iter().enumerate() {
            // What was known and was not asked for is gone from the workspace.
            if piece.is_changed || !piece.known.is_empty() {
                cache.put(&format!("map-{}-{number}", self.key), &write(piece));
                is_changed = true;
            }
        }
        is_changed
    }
}

fn write(piece: &Piece) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(VERSION);
    writer.count(piece.now.len());
    for (path, (digest, bytes)) in &piece.now {
        writer.text(path);
        writer.bytes.extend_from_slice(digest.as_bytes());
        writer.count(bytes.len());
        writer.bytes.extend_from_slice(bytes);
    }
    let digest = Digest::of_bytes(&writer.bytes);
    writer.bytes.extend_from_slice(digest.as_bytes());
    writer.bytes
}

fn read(bytes: &[u8]) -> Option<HashMap<String, (Digest, Vec<u8>)>> {
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Digest::of_bytes(body).as_bytes() != digest {
        return None;
    }
    let mut reader = Reader { rest: body };
    if reader.text()? != VERSION {
        return None;
    }
    let mut known = HashMap::new();
    for _ in 0..reader.count()? {
        let path = reader.text()?.to_owned();
        let digest: [u8; 32] = reader.bytes(32)?.try_into().ok()?;
        let count = reader.count()?;
        let facts = reader.bytes(count)?.to_owned();
        known.insert(path, (Digest::from_bytes(digest), facts));
    }
    Some(known)
}
