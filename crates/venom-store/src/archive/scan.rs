//! Reading an archive from its beginning to its end, checking everything on the way.
//!
//! What is checked: each part is what was written; each event's leaves give its root, the hashes of
//! the log follow from each other, the texts are what the hashes cover where the log stored them as
//! they are; the events make sense one after the other, as far as they are there; the seals follow
//! from the hashes; each blob is what its id says and something refers to it; nothing is missing that
//! the archive does not say is missing; signatures fit.

use std::collections::BTreeMap;
use std::io::Read;

use venom_kernel::digest::Digest;
use venom_kernel::event::{Event, SCHEMA};
use venom_kernel::id::Seq;
use venom_kernel::run::{Phase, RunState};
use venom_kernel::tree::ObjectId;
use venom_ports::api::archive::{Checked, Contents, Head, Lacks, Place};
use venom_ports::{Failure, FailureKind, Result};

use super::blob::{CHUNK, Label, PRESENT, REMOVED, unpack};
use super::frame::{FrameReader, Tag, damaged};
use super::record::{Leaf, Record, What};
use super::refs::{Kind, Wanted};
use super::root::{self, Roots};
use super::seal::Seal;
use super::trust::Trusted;

/// Most events. Chosen: a thousand times the longest run; their hashes take 320 MB.
const EVENTS: u64 = 10_000_000;

/// What is done with what was read and found in order.
pub(super) trait Visit {
    /// The head.
    fn head(&mut self, _head: &Head, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
    /// An event, with the hash that it has in the log.
    fn event(&mut self, _record: Record, _hash: &Digest) -> Result<()> {
        Ok(())
    }
    /// A seal.
    fn seal(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
    /// A blob; without content it is not there.
    fn blob(&mut self, _label: Label, _content: Option<Vec<u8>>) -> Result<()> {
        Ok(())
    }
    /// The end.
    fn end(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
    /// Tells whether what comes behind the events is wanted. Without it nothing is said about the root.
    fn wants_all(&self) -> bool {
        true
    }
}

/// Only checks.
pub(super) struct Nothing;

impl Visit for Nothing {}

/// Reads and checks an archive.
pub(super) fn scan(
    source: &mut dyn Read,
    trusted: &Trusted,
    visit: &mut dyn Visit,
) -> Result<Checked> {
    let mut frames = FrameReader::begin(source)?;
    let Some((Tag::Head, bytes)) = frames.next()? else {
        return Err(damaged(0, "it does not begin with its head"));
    };
    let head: Head = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(0, format_args!("its head cannot be read: {error}")))?;
    if head.schema > SCHEMA {
        let text = "the archive holds events of a newer VENOM";
        return Err(Failure::new(FailureKind::Refused, text).with_hint("use that version"));
    }
    if head.events == 0 || head.events > EVENTS {
        return Err(damaged(0, "it has no events, or more than there can be"));
    }
    visit.head(&head, &bytes)?;
    let mut scan = Scan {
        roots: Roots::new(&bytes),
        wanted: Wanted::new(head.contents),
        due: BTreeMap::new(),
        is_open: false,
        state: Some(Box::default()),
        hash: Digest::ZERO,
        hashes: Vec::new(),
        time: i64::MIN,
        seal: None,
        checked: Checked {
            root: Digest::ZERO,
            bytes: 0,
            values: 0,
            blobs: 0,
            blob_bytes: 0,
            keyed: 0,
            seals: 0,
            sealed: 0,
            sealers: Vec::new(),
            signed: None,
            lacks: Lacks::default(),
            folds_to: Seq::ZERO,
            head,
        },
        trusted,
    };
    scan.rest(&mut frames, visit)?;
    scan.checked.bytes = frames.position;
    Ok(scan.checked)
}

struct Scan<'a> {
    roots: Roots,
    wanted: Wanted,
    due: BTreeMap<ObjectId, Kind>,
    /// Whether something was taken out that may have referred to blobs.
    is_open: bool,
    /// The state, as long as it follows.
    state: Option<Box<RunState>>,
    hash: Digest,
    hashes: Vec<Digest>,
    time: i64,
    seal: Option<Seal>,
    checked: Checked,
    trusted: &'a Trusted,
}

impl Scan<'_> {
    fn rest(&mut self, frames: &mut FrameReader<'_>, visit: &mut dyn Visit) -> Result<()> {
        // The parts come in this order; a part of an earlier kind is out of place.
        let mut stage = 0;
        loop {
            let at = frames.position;
            let Some((tag, bytes)) = frames.next()? else {
                return Err(damaged(at, "the file ends before the archive does"));
            };
            let next = match tag {
                Tag::Event => 1,
                Tag::Seal => 2,
                Tag::Blob => 3,
                Tag::End => 4,
                Tag::Head | Tag::Chunk => 0,
            };
            if next == 0 || next < stage {
                return Err(damaged(at, "a part stands where it does not belong"));
            }
            if next > 1 && stage <= 1 {
                self.events_end().map_err(|what| damaged(at, what))?;
                if !visit.wants_all() {
                    return Ok(());
                }
            }
            stage = next;
            match tag {
                Tag::Event => self.event(at, &bytes, visit)?,
                Tag::Seal => {
                    self.seal(&bytes).map_err(|what| damaged(at, what))?;
                    visit.seal(&bytes)?;
                }
                Tag::Blob => self.blob(at, &bytes, frames, visit)?,
                Tag::End => {
                    self.end(&bytes).map_err(|what| damaged(at, what))?;
                    if frames.next()?.is_some() {
                        return Err(damaged(at, "there is something behind the end"));
                    }
                    return visit.end(&bytes);
                }
                Tag::Head | Tag::Chunk => {}
            }
        }
    }

    fn event(&mut self, at: u64, bytes: &[u8], visit: &mut dyn Visit) -> Result<()> {
        let record = Record::decode(self.checked.head.run, bytes)
            .ok_or_else(|| damaged(at, "an event cannot be read"))?;
        let seq = record.header.seq;
        let bad = |what: &str| damaged(at, format_args!("event {seq}: {what}"));
        if seq != self.hashes.len() as u64 + 1 || seq > self.checked.head.events {
            return Err(bad("it is not the next one"));
        }
        if record.header.time <= self.time && seq > 1 {
            return Err(bad("it is older than the one before it"));
        }
        if record.header.cause >= seq || record.header.schema > self.checked.head.schema {
            return Err(bad("what it follows from, or its version, cannot be"));
        }
        if let What::Whole(text) = &record.what
            && self.checked.head.plain
            && Digest::of_bytes(text.as_bytes()) != record.body
        {
            return Err(bad("its text is not the one that was hashed"));
        }
        let (root, values) = record.root().map_err(bad)?;
        let hash = record.link(&self.hash);
        self.hash = hash;
        self.hashes.push(hash);
        self.time = record.header.time;
        self.roots.event(&hash, &root);
        self.checked.values += values;
        let is_whole = matches!(record.what, What::Whole(_));
        self.note(&record);
        let text = record.text().map_err(bad)?;
        let event = text.map(|text| serde_json::from_str::<Event>(&text));
        match event {
            Some(Ok(event)) => {
                self.wanted.event(&event);
                self.wanted.drain_into(&mut self.due);
                self.fold(&event, is_whole).map_err(|why| bad(&why))?;
            }
            Some(Err(error)) if is_whole => {
                return Err(bad(&format!("it cannot be read: {error}")));
            }
            Some(Err(_)) | None => self.state = None,
        }
        if self.wanted.is_too_many() {
            return Err(bad("it refers to more than an archive holds"));
        }
        visit.event(record, &hash)
    }

    /// Notes what was taken out of an event.
    fn note(&mut self, record: &Record) {
        let seq = Seq::new(record.header.seq);
        let lacks = &mut self.checked.lacks;
        let mut lack = |field: String| {
            lacks.values += 1;
            if lacks.places.len() < Lacks::LISTED {
                lacks.places.push(Place { seq, field });
            }
        };
        match &record.what {
            What::Whole(_) => return,
            What::Gone(_) => lack(String::new()),
            What::Some(leaves) => {
                for leaf in leaves {
                    match leaf {
                        Leaf::Kept { .. } => {}
                        Leaf::Removed { path, .. } => {
                            if path != super::leaf::WHOLE && path != super::leaf::SALT {
                                lack(super::leaf::shown(path));
                            }
                        }
                        Leaf::Hidden(_) => lack("(hidden)".to_owned()),
                    }
                }
            }
        }
        self.is_open = true;
    }

    fn fold(&mut self, event: &Event, is_whole: bool) -> std::result::Result<(), String> {
        let Some(state) = &mut self.state else {
            return Ok(());
        };
        match state.evolve(event) {
            Ok(()) => self.checked.folds_to = state.seq(),
            // Behind something that was taken out, what does not follow is no damage.
            Err(_) if self.is_open || !is_whole => self.state = None,
            Err(illegal) => return Err(illegal.to_string()),
        }
        Ok(())
    }

    fn events_end(&self) -> std::result::Result<(), &'static str> {
        let head = &self.checked.head;
        if self.hashes.len() as u64 != head.events || self.hash != head.hash {
            return Err("the events do not end as its head says");
        }
        if let Some(state) = &self.state
            && (state.phase() == Phase::Finished) != head.finished
        {
            return Err("its head does not say rightly whether the run has ended");
        }
        Ok(())
    }

    fn seal(&mut self, bytes: &[u8]) -> std::result::Result<(), &'static str> {
        let seal = Seal::decode(bytes).ok_or("a seal cannot be read")?;
        if !seal.is_sound() {
            return Err("a seal does not fit the events under it");
        }
        if let Some(last) = &self.seal {
            let follows = seal.no == last.no + 1;
            if seal.no <= last.no
                || seal.first <= last.last
                || (follows && (seal.first != last.last + 1 || seal.before != last.root))
            {
                return Err("a seal does not follow from the one before it");
            }
        }
        let sealed = self.checked.sealed;
        for hash in &seal.hashes {
            let next = usize::try_from(self.checked.sealed).unwrap_or(usize::MAX);
            if self.hashes.get(next) == Some(hash) {
                self.checked.sealed += 1;
            }
        }
        if self.checked.sealed == sealed {
            return Err("a seal covers no event of the run");
        }
        if let Some((key, _)) = &seal.signature {
            let signed = self.trusted.signed(key);
            if !self.checked.sealers.contains(&signed) {
                self.checked.sealers.push(signed);
            }
        }
        self.checked.seals += 1;
        self.roots.seal(bytes);
        self.seal = Some(seal);
        Ok(())
    }

    fn blob(
        &mut self,
        at: u64,
        bytes: &[u8],
        frames: &mut FrameReader<'_>,
        visit: &mut dyn Visit,
    ) -> Result<()> {
        let bad = |what: &str| damaged(at, what);
        let label = Label::decode(bytes).ok_or_else(|| bad("a blob cannot be read"))?;
        let id = label.id;
        let kind = match self.due.remove(&id) {
            Some(kind) => kind,
            // What referred to it may have been taken out.
            None if self.is_open => Kind::File,
            None => return Err(bad("a blob is there that nothing refers to, or twice")),
        };
        self.roots.blob(&label);
        let content = match label.state {
            PRESENT => {
                let content = content(label.length, frames)?;
                if !label.fits(&content) {
                    return Err(bad("a blob is not what its id says"));
                }
                self.checked.keyed += u64::from(label.bond.is_some());
                self.checked.blobs += 1;
                self.checked.blob_bytes += label.length;
                self.wanted.inside(kind, &content);
                self.wanted.drain_into(&mut self.due);
                Some(content)
            }
            state => {
                let lacks = &mut self.checked.lacks;
                if state == REMOVED {
                    lacks.removed += 1;
                    if lacks.removed_blobs.len() < Lacks::LISTED {
                        lacks.removed_blobs.push(id.to_blob());
                    }
                } else {
                    lacks.missing += 1;
                }
                // What a blob that was taken out refers to is in the archive all the same.
                self.is_open |= state == REMOVED && kind.leads_on();
                None
            }
        };
        if self.wanted.is_too_many() {
            return Err(bad("it refers to more than an archive holds"));
        }
        visit.blob(label, content)
    }

    fn end(&mut self, bytes: &[u8]) -> std::result::Result<(), String> {
        if let Some((id, _)) = self.due.first_key_value()
            && !self.is_open
            && self.checked.head.contents != Contents::NoBlobs
        {
            return Err(format!("the blob {id} is not there"));
        }
        let root = self.roots.root();
        let (found, signature) = root::decode(bytes).ok_or("its end cannot be read")?;
        if found != root {
            return Err("its root is not that of what it holds".to_owned());
        }
        self.checked.root = root;
        if let Some((key, signature)) = signature {
            if !crate::keys::verify_signature(&key, &root::message(&root), &signature) {
                return Err("its signature does not fit".to_owned());
            }
            self.checked.signed = Some(self.trusted.signed(&key));
        }
        Ok(())
    }
}

/// Reads the parts of a blob.
fn content(length: u64, frames: &mut FrameReader<'_>) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    while (content.len() as u64) < length {
        let at = frames.position;
        let Some((Tag::Chunk, chunk)) = frames.next()? else {
            return Err(damaged(at, "a blob ends in the middle"));
        };
        let left = length - content.len() as u64;
        let due = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let part = unpack(&chunk, due)
            .ok_or_else(|| damaged(at, "a part of a blob cannot be unpacked"))?;
        content.extend_from_slice(&part);
    }
    Ok(content)
}
