//! The bytes of a damaged log: its file and its write-ahead log, as pages.

use std::collections::BTreeMap;
use std::path::Path;

use venom_ports::Result;

use super::record::PAGE;
use crate::private;

/// Bytes before the first frame of a write-ahead log, and before the page of each.
const WAL_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// Both files.
pub(super) struct Image {
    main: Vec<u8>,
    wal: Vec<u8>,
    /// Pages of the write-ahead log that were committed, in their order: number and place.
    frames: Vec<(u32, usize)>,
    newest: BTreeMap<u32, usize>,
}

impl Image {
    /// Reads both files; one that is not there is empty.
    pub(super) fn read(main: &Path, wal: &Path) -> Result<Self> {
        Ok(Self::of(bytes(main)?, bytes(wal)?))
    }

    pub(super) fn of(main: Vec<u8>, wal: Vec<u8>) -> Self {
        let frames = frames(&wal);
        let newest = frames.iter().copied().collect();
        Self {
            main,
            wal,
            frames,
            newest,
        }
    }

    /// Returns every version of every page, the newest last.
    pub(super) fn pages(&self) -> impl Iterator<Item = &[u8]> {
        let frames = self.frames.iter().filter_map(|(_, at)| self.frame(*at));
        self.main.chunks(PAGE).chain(frames)
    }

    /// Returns the newest version of a page.
    pub(super) fn newest(&self, number: u32) -> Option<&[u8]> {
        match self.newest.get(&number) {
            Some(at) => self.frame(*at),
            None => self.of_file(number),
        }
    }

    /// Returns the version of a page in the file.
    pub(super) fn of_file(&self, number: u32) -> Option<&[u8]> {
        let at = usize::try_from(number.checked_sub(1)?)
            .ok()?
            .checked_mul(PAGE)?;
        self.main.get(at..at + PAGE)
    }

    fn frame(&self, at: usize) -> Option<&[u8]> {
        self.wal.get(at..at + PAGE)
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(private::failure(
            &format!("cannot read {}", path.display()),
            &error,
        )),
    }
}

/// Finds the frames up to the last commit. Their checksums are not asked: what a damaged frame holds
/// is judged row by row, and a frame behind it may be good.
fn frames(wal: &[u8]) -> Vec<(u32, usize)> {
    let salt = wal.get(16..24);
    let mut frames = Vec::new();
    let mut committed = 0;
    let mut at = WAL_HEAD;
    while let Some(head) = wal.get(at..at + FRAME_HEAD) {
        let number = |from: usize| {
            let bytes = head.get(from..from + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        let page = at + FRAME_HEAD;
        if wal.get(page..page + PAGE).is_none() {
            break;
        }
        // Frames of an earlier round have other salts.
        if head.get(8..16) == salt {
            frames.push((number(0).unwrap_or(0), page));
            if number(4).is_some_and(|size| size > 0) {
                committed = frames.len();
            }
        }
        at = page + PAGE;
    }
    // What was never committed never happened.
    frames.truncate(committed);
    frames
}
