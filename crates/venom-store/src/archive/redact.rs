//! Taking things out of an archive: a copy of it without them. The root stays what it was, and so does
//! the signature.

use std::io::{Read, Write};

use venom_kernel::digest::Digest;
use venom_ports::Result;
use venom_ports::api::archive::{Head, Lacks, Redacted, Redaction};

use super::blob::Label;
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
) -> Result<Redacted> {
    let mut copy = Copy {
        needles: Needles::new(redaction)?,
        frames: FrameWriter::begin(sink)?,
        lacks: Lacks::default(),
        events: 0,
    };
    let checked = scan(source, trusted, &mut copy)?;
    copy.frames.flush()?;
    let mut lacks = checked.lacks;
    let mut more = copy.lacks;
    lacks.values += more.values;
    lacks.removed += more.removed;
    lacks.places.append(&mut more.places);
    lacks.places.sort();
    lacks.places.truncate(Lacks::LISTED);
    lacks.removed_blobs.append(&mut more.removed_blobs);
    lacks.removed_blobs.truncate(Lacks::LISTED);
    Ok(Redacted {
        head: checked.head,
        root: checked.root,
        bytes: copy.frames.position,
        signed: checked.signed,
        lacks,
    })
}

struct Copy<'a> {
    needles: Needles,
    frames: FrameWriter<'a>,
    lacks: Lacks,
    events: u64,
}

impl Visit for Copy<'_> {
    fn head(&mut self, _head: &Head, bytes: &[u8]) -> Result<()> {
        self.frames.frame(Tag::Head, bytes)
    }

    fn event(&mut self, record: Record, _hash: &Digest) -> Result<()> {
        self.events += 1;
        let at = self.frames.position;
        let (root, _) = record.root().map_err(|what| damaged(at, what))?;
        let record =
            cut(record, &self.needles, &root, &mut self.lacks).map_err(|what| damaged(at, what))?;
        self.frames.frame(Tag::Event, &record.encode())
    }

    fn seal(&mut self, bytes: &[u8]) -> Result<()> {
        self.frames.frame(Tag::Seal, bytes)
    }

    fn blob(&mut self, label: Label, content: Option<Vec<u8>>) -> Result<()> {
        match content {
            Some(content) if self.needles.hits(&content) => {
                self.lacks.removed += 1;
                if self.lacks.removed_blobs.len() < Lacks::LISTED {
                    self.lacks.removed_blobs.push(label.id.to_blob());
                }
                write_blob(&mut self.frames, &label.removed(), &[])
            }
            content => write_blob(&mut self.frames, &label, &content.unwrap_or_default()),
        }
    }

    fn end(&mut self, bytes: &[u8]) -> Result<()> {
        self.needles.all_met(self.events)?;
        self.frames.frame(Tag::End, bytes)
    }
}
