//! The container: a beginning that says what it is, then frames, each with its length and a check
//! that covers it and all frames before it. So a frame that was changed, lost, doubled or moved is
//! found where it stands, and nothing of it is used.

use std::io::{ErrorKind, Read, Write};

use venom_kernel::digest::Digest;
use venom_ports::{Failure, FailureKind, Result};

/// How a file begins. The first byte and the line ends show a file that went through a program for
/// texts.
const MAGIC: [u8; 8] = *b"\x89VENOM\r\n";
/// Readers refuse another major version, and read a newer minor one as far as they know it.
const MAJOR: u16 = 1;
const MINOR: u16 = 0;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// What the archive is about.
    Head,
    /// One event.
    Event,
    /// One seal of the log.
    Seal,
    /// What comes next is a blob.
    Blob,
    /// A part of a blob.
    Chunk,
    /// The root, and who signed it.
    End,
}

impl Tag {
    const ALL: [Self; 6] = [
        Self::Head,
        Self::Event,
        Self::Seal,
        Self::Blob,
        Self::Chunk,
        Self::End,
    ];

    const fn byte(self) -> u8 {
        match self {
            Self::Head => b'H',
            Self::Event => b'E',
            Self::Seal => b'S',
            Self::Blob => b'B',
            Self::Chunk => b'C',
            Self::End => b'Z',
        }
    }

    /// Most bytes of a frame. An event is at most 32 MiB of text, and up to twice that once its values
    /// stand one by one; a seal has 32 bytes for each event under it.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::Head => 64 << 10,
            Self::Event => 64 << 20,
            Self::Seal => 32 << 20,
            Self::Blob | Self::End => 1 << 10,
            Self::Chunk => (1 << 20) + 1,
        }
    }
}

fn check(before: &Digest, tag: u8, length: [u8; 4], payload: &[u8]) -> Digest {
    Digest::of_parts(&[before.as_bytes(), &[tag], &length, payload])
}

fn beginning() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&MAJOR.to_be_bytes());
    bytes.extend_from_slice(&MINOR.to_be_bytes());
    bytes
}

/// Writes frames.
pub(super) struct FrameWriter<'a> {
    sink: &'a mut dyn Write,
    check: Digest,
    pub(super) position: u64,
}

impl<'a> FrameWriter<'a> {
    /// Writes the beginning.
    pub(super) fn begin(sink: &'a mut dyn Write) -> Result<Self> {
        let bytes = beginning();
        let mut writer = Self {
            sink,
            check: Digest::of_bytes(&bytes),
            position: 0,
        };
        writer.put(&bytes)?;
        Ok(writer)
    }

    /// Writes a frame.
    pub(super) fn frame(&mut self, tag: Tag, payload: &[u8]) -> Result<()> {
        let length = u32::try_from(payload.len())
            .ok()
            .filter(|_| payload.len() <= tag.limit())
            .ok_or_else(|| {
                let text = format!("{} bytes are too many for one part", payload.len());
                Failure::new(FailureKind::Refused, text)
                    .with_hint("take whole events out with `--redact-event SEQ`")
            })?
            .to_be_bytes();
        self.check = check(&self.check, tag.byte(), length, payload);
        self.put(&[tag.byte()])?;
        self.put(&length)?;
        self.put(payload)?;
        let check = self.check;
        self.put(check.as_bytes())
    }

    /// Hands everything on.
    pub(super) fn flush(&mut self) -> Result<()> {
        let position = self.position;
        self.sink
            .flush()
            .map_err(|error| unwritten(position, &error))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let position = self.position;
        self.sink
            .write_all(bytes)
            .map_err(|error| unwritten(position, &error))?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

fn unwritten(position: u64, error: &std::io::Error) -> Failure {
    let text = match error.kind() {
        ErrorKind::BrokenPipe => format!("whoever read it went away after {position} bytes"),
        _ => format!("cannot write it any further than {position} bytes: {error}"),
    };
    Failure::new(FailureKind::Unavailable, text).with_hint("what was written is no whole archive")
}

/// Reads frames. Whatever the bytes are, it gives frames or a failure that says where.
pub(super) struct FrameReader<'a> {
    source: &'a mut dyn Read,
    check: Digest,
    pub(super) position: u64,
}

impl<'a> FrameReader<'a> {
    /// Reads the beginning.
    pub(super) fn begin(source: &'a mut dyn Read) -> Result<Self> {
        let mut reader = Self {
            source,
            check: Digest::ZERO,
            position: 0,
        };
        let mut bytes = [0; 12];
        reader.fill(&mut bytes)?;
        let (magic, version) = bytes.split_at(8);
        if magic != MAGIC {
            let text = "this is no archive of a run";
            return Err(Failure::new(FailureKind::Corrupt, text)
                .with_hint("archives are made with `venom export RUN`"));
        }
        let major = version
            .first_chunk()
            .map_or(0, |major| u16::from_be_bytes(*major));
        if major != MAJOR {
            let text =
                format!("the archive is of version {major}, and version {MAJOR} is read here");
            let hint = if major > MAJOR {
                "use a newer VENOM"
            } else {
                "get the file again from whoever made it"
            };
            return Err(Failure::new(FailureKind::Refused, text).with_hint(hint));
        }
        reader.check = Digest::of_bytes(&bytes);
        Ok(reader)
    }

    /// Reads a frame; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<(Tag, Vec<u8>)>> {
        let start = self.position;
        let mut byte = [0];
        loop {
            match self.source.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(unread(start, &error)),
            }
        }
        self.position += 1;
        let [byte] = byte;
        let Some(tag) = Tag::ALL.into_iter().find(|tag| tag.byte() == byte) else {
            return Err(damaged(start, "there is no such part"));
        };
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let wanted = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if wanted > tag.limit() {
            return Err(damaged(start, "a part is longer than it can be"));
        }
        // Grows as the bytes come: a length alone takes no memory.
        let mut payload = Vec::new();
        Read::take(&mut *self.source, wanted as u64)
            .read_to_end(&mut payload)
            .map_err(|error| unread(self.position, &error))?;
        self.position += payload.len() as u64;
        if payload.len() < wanted {
            return Err(damaged(self.position, "the file ends in the middle"));
        }
        let mut found = [0; 32];
        self.fill(&mut found)?;
        self.check = check(&self.check, byte, length, &payload);
        if self.check.as_bytes() != &found {
            return Err(damaged(start, "this is not what was written"));
        }
        Ok(Some((tag, payload)))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        let position = self.position;
        self.source
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => damaged(position, "the file ends in the middle"),
                _ => unread(position, &error),
            })?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

/// What is said about a file that is not what was written.
pub(super) fn damaged(position: u64, what: impl std::fmt::Display) -> Failure {
    let text = format!("the archive is damaged at byte {position}: {what}");
    Failure::new(FailureKind::Corrupt, text).with_hint("get the file again from whoever made it")
}

fn unread(position: u64, error: &std::io::Error) -> Failure {
    let text = format!("cannot read any further than {position} bytes: {error}");
    Failure::new(FailureKind::Unavailable, text)
}

/// Takes numbers and bytes off a payload.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// Takes so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes an array.
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// Takes a byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// Takes a number.
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a number.
    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes a digest.
    pub(super) fn digest(&mut self) -> Option<Digest> {
        self.array().map(Digest::from_bytes)
    }

    /// Takes bytes that stand behind their length.
    pub(super) fn part(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    /// Tells whether nothing is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
