//! Taking things out of an archive: a copy of it without them. The root stays what it was, and so does
//! the signature.

use std::io::{Read, Write};

use venom_kernel::digest::Digest;
use venom_kernel::tree::ObjectId;
use venom_ports::Result;
use venom_ports::api::archive::{Checked, Head, Lacks, Redaction};

use super::blob::{PRESENT, REMOVED};
use super::export::{cut, write_blob};
use super::frame::{FrameWriter, Tag, damaged};
use super::needle::Needles;
use super::record::Record;
use super::scan::{Visit, scan};
use super::trust::Trusted;

/// Copies an archive without what is to be taken out; what is returned is about the copy.
pub(super) fn redact(
    source: &mut dyn Read,
    trusted: &Trusted,
    redaction: &Redaction,
    sink: &mut dyn Write,
) -> Result<Checked> {
    let mut copy = Copy {
        needles: Needles::new(redaction)?,
        frames: FrameWriter::begin(sink)?,
        lacks: Lacks::default(),
        taken: 0,
        taken_bytes: 0,
    };
    let mut checked = scan(source, trusted, &mut copy)?;
    copy.frames.flush()?;
    checked.bytes = copy.frames.position;
    checked.values = checked.values.saturating_sub(copy.lacks.values);
    checked.blobs = checked.blobs.saturating_sub(copy.taken);
    checked.blob_bytes = checked.blob_bytes.saturating_sub(copy.taken_bytes);
    let lacks = &mut checked.lacks;
    lacks.values += copy.lacks.values;
    lacks.removed += copy.taken;
    lacks.places.append(&mut copy.lacks.places);
    lacks.places.truncate(Lacks::LISTED);
    lacks.removed_blobs.append(&mut copy.lacks.removed_blobs);
    lacks.removed_blobs.truncate(Lacks::LISTED);
    Ok(checked)
}

struct Copy<'a> {
    needles: Needles,
    frames: FrameWriter<'a>,
    lacks: Lacks,
    taken: u64,
    taken_bytes: u64,
}

impl Visit for Copy<'_> {
    fn head(&mut self, _head: &Head, bytes: &[u8]) -> Result<()> {
        self.frames.frame(Tag::Head, bytes)
    }

    fn event(&mut self, record: Record, _hash: &Digest) -> Result<()> {
        let at = self.frames.position;
        let (root, _) = record.root().map_err(|what| damaged(at, what))?;
        let record =
            cut(record, &self.needles, &root, &mut self.lacks).map_err(|what| damaged(at, what))?;
        self.frames.frame(Tag::Event, &record.encode())
    }

    fn seal(&mut self, bytes: &[u8]) -> Result<()> {
        self.frames.frame(Tag::Seal, bytes)
    }

    fn blob(&mut self, id: ObjectId, state: u8, bytes: Option<Vec<u8>>) -> Result<()> {
        let bytes = bytes.filter(|bytes| {
            let is_hit = self.needles.hits(bytes);
            if is_hit {
                self.taken += 1;
                self.taken_bytes += bytes.len() as u64;
                if self.lacks.removed_blobs.len() < Lacks::LISTED {
                    self.lacks.removed_blobs.push(id.to_blob());
                }
            }
            !is_hit
        });
        let state = match (state, &bytes) {
            (PRESENT, None) => REMOVED,
            (state, _) => state,
        };
        write_blob(&mut self.frames, id.as_bytes(), state, bytes.as_deref())
    }

    fn end(&mut self, bytes: &[u8]) -> Result<()> {
        self.frames.frame(Tag::End, bytes)
    }
}
