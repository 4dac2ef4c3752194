//! Exporting: what is committed of a run, written from its beginning to its end. Nothing is waited
//! for, nothing of this moment is written: the same run gives the same bytes.

use std::io::Write;

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Phase, RunState};
use venom_ports::api::archive::{Contents, Exported, Head, Lacks, Place, Redaction};
use venom_ports::api::time::Moment;
use venom_ports::{Failure, FailureKind, Result};

use super::StoreArchives;
use super::blob::{Bond, CHUNK, Label, MISSING, PRESENT, pack};
use super::frame::{FrameWriter, Tag};
use super::needle::Needles;
use super::record::{Record, What};
use super::refs::Wanted;
use super::root::{self, Roots};
use super::seal::Seal;
use crate::blob::alias;
use crate::keys::RunKey;
use crate::log::chain::Header;
use crate::log::read;
use crate::log::row::{self, Body, RunHead, Stored};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{connection, int, uint};

const DOING: &str = "reading the log";

/// Writes the archive of a run, or of its events up to a moment.
pub(super) fn export(
    archives: &StoreArchives,
    moment: &Moment,
    contents: Contents,
    redaction: &Redaction,
    sink: &mut dyn Write,
) -> Result<Exported> {
    let run = moment.run;
    let needles = Needles::new(redaction)?;
    let connection = connection::reader(&archives.log)?;
    // One transaction: whatever is appended meanwhile is not seen.
    let snapshot = connection.unchecked_transaction().or_fail(DOING)?;
    let Some(mut found) = row::run_head(&snapshot, run).or_fail(DOING)? else {
        return Err(Failure::new(
            FailureKind::Missing,
            format!("there is no {run}"),
        ));
    };
    let import = row::import_of(&snapshot, found.id).or_fail(DOING)?;
    if import.as_ref().is_some_and(|import| import.is_redacted) {
        let text = format!(
            "values were taken out of {run} before it was imported, and what stands for them in its root is not kept here"
        );
        return Err(Failure::new(FailureKind::Refused, text)
            .with_hint("pass on the file that it was imported from"));
    }
    if let Some(at) = moment.at {
        let hash = read::hash_of(&snapshot, run, at)?;
        found.hash = hash.ok_or_else(|| {
            Failure::new(FailureKind::Missing, format!("{run} has no event {at}"))
        })?;
        found.seq = at.number();
    }
    let key = archives.vault.of(&snapshot, run)?;
    let first = Survey::of(&snapshot, &key, run, &found, contents)?;
    let mut export = Export {
        frames: FrameWriter::begin(sink)?,
        roots: Roots::new(&[]),
        lacks: Lacks::default(),
        needles,
        blobs: 0,
        sealed: 0,
    };
    let bytes = serde_json::to_vec(&first.head)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    export.roots = Roots::new(&bytes);
    export.frames.frame(Tag::Head, &bytes)?;
    export.events(&snapshot, &key, run, &found)?;
    // The seals here cover an imported event as it is stored here, which nobody else can check; those of
    // the log that it was written to are not kept.
    if import.is_none() {
        export.seals(&snapshot, &found)?;
    }
    drop(snapshot);
    export.blobs(archives, &connection, first.wanted)?;
    export.needles.all_met(found.seq)?;
    let root = export.roots.root();
    let signing = archives.signing.get();
    export
        .frames
        .frame(Tag::End, &root::encode(&root, signing))?;
    export.frames.flush()?;
    Ok(Exported {
        head: first.head,
        root,
        bytes: export.frames.position,
        blobs: export.blobs,
        sealed: export.sealed,
        signed: signing.map(|signing| Digest::from_bytes(signing.public()).to_string()),
        lacks: export.lacks,
    })
}

/// What has to be known before the first byte.
struct Survey {
    head: Head,
    wanted: Wanted,
}

impl Survey {
    fn of(
        connection: &Connection,
        key: &RunKey,
        run: RunId,
        found: &RunHead,
        contents: Contents,
    ) -> Result<Self> {
        let mut state = RunState::default();
        let mut wanted = Wanted::new(contents);
        let mut schema = 0;
        let mut plain = true;
        row::walk(connection, found.id, 0, limit(found), |stored| {
            let event = stored.event(run, key)?;
            state
                .evolve(&event)
                .map_err(|illegal| corrupt(illegal.to_string()))?;
            wanted.event(&event);
            schema = schema.max(stored.schema);
            plain &= match stored.origin {
                None => matches!(stored.body, Body::Plain(_)),
                // It is what was hashed where it was written, however it is stored here.
                Some(origin) => Digest::of_bytes(&stored.text(run, key)?) == origin.body,
            };
            Ok::<_, Failure>(())
        })
        .or_fail(DOING)??;
        Ok(Self {
            head: Head {
                run,
                events: found.seq,
                hash: found.hash,
                finished: state.phase() == Phase::Finished,
                plain,
                contents,
                schema,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            wanted,
        })
    }
}

struct Export<'a> {
    frames: FrameWriter<'a>,
    roots: Roots,
    lacks: Lacks,
    needles: Needles,
    blobs: u64,
    sealed: u64,
}

impl Export<'_> {
    fn events(
        &mut self,
        connection: &Connection,
        key: &RunKey,
        run: RunId,
        found: &RunHead,
    ) -> Result<()> {
        let mut before = Digest::ZERO;
        row::walk(connection, found.id, 0, limit(found), |stored| {
            before = self.event(&stored, key, run, &before)?;
            Ok::<_, Failure>(())
        })
        .or_fail(DOING)??;
        if before != found.hash {
            return Err(corrupt(format!(
                "the events of {run} do not end where its head says"
            )));
        }
        Ok(())
    }

    fn event(
        &mut self,
        stored: &Stored<'_>,
        key: &RunKey,
        run: RunId,
        before: &Digest,
    ) -> Result<Digest> {
        let seq = stored.seq;
        let text = String::from_utf8(stored.text(run, key)?.to_vec())
            .map_err(|_binary| corrupt(format!("event {seq} of {run} is no text")))?;
        let record = Record {
            header: Header {
                run,
                seq,
                time: stored.time,
                cause: stored.cause.unwrap_or(0),
                schema: stored.schema,
            },
            body: stored.covered(),
            what: What::Whole(text),
        };
        let hash = record.link(before);
        if hash != stored.hash {
            return Err(corrupt(format!(
                "event {seq} of {run} is not what was written"
            )));
        }
        let bad = |why: &str| Failure::new(FailureKind::Refused, format!("event {seq}: {why}"));
        let (root, _) = record.root().map_err(bad)?;
        let record = cut(record, &self.needles, &root, &mut self.lacks).map_err(bad)?;
        self.roots.event(&hash, &root);
        self.frames.frame(Tag::Event, &record.encode())?;
        Ok(hash)
    }

    /// Writes the seals that cover events of the run.
    fn seals(&mut self, connection: &Connection, found: &RunHead) -> Result<()> {
        const SEALS: &str = "SELECT no, first, last, root, signer, signature,
            (SELECT root FROM seal AS earlier WHERE earlier.no = seal.no - 1)
            FROM seal WHERE EXISTS
            (SELECT 1 FROM ev WHERE ev.run = ?1 AND ev.rseq <= ?2
             AND ev.seq BETWEEN seal.first AND seal.last)
            ORDER BY no";
        let mut statement = connection.prepare(SEALS).or_fail(DOING)?;
        let mut rows = statement
            .query(params![found.id, int(found.seq)])
            .or_fail(DOING)?;
        while let Some(row) = rows.next().or_fail(DOING)? {
            let mut seal = seal_of(row).or_fail(DOING)?;
            let (hashes, own) = under(connection, found, &seal).or_fail(DOING)?;
            seal.hashes = hashes;
            if !seal.is_sound() {
                return Err(corrupt(format!("seal {} is broken", seal.no)));
            }
            let bytes = seal.encode();
            self.roots.seal(&bytes);
            self.frames.frame(Tag::Seal, &bytes)?;
            self.sealed += own;
        }
        Ok(())
    }

    fn blobs(
        &mut self,
        archives: &StoreArchives,
        connection: &Connection,
        mut wanted: Wanted,
    ) -> Result<()> {
        let names = archives.keys.names()?;
        while let Some((id, kind)) = wanted.next() {
            let content = match archives.objects.read(&id.to_blob()) {
                Ok(content) => Some(content),
                Err(failure) if failure.kind == FailureKind::Missing => None,
                Err(failure) => return Err(failure),
            };
            if let Some(content) = &content {
                wanted.inside(kind, content);
            }
            if wanted.is_too_many() {
                let text = "the run refers to more than an archive holds";
                return Err(Failure::new(FailureKind::Refused, text)
                    .with_hint("leave the files out with `--no-files`"));
            }
            let label = |state, length, bond| Label {
                id,
                state,
                length,
                bond,
            };
            let Some(content) = content else {
                self.lacks.missing += 1;
                let label = label(MISSING, 0, None);
                self.roots.blob(&label);
                write_blob(&mut self.frames, &label, &[])?;
                continue;
            };
            let bond = if blake3::hash(&content).as_bytes() == id.as_bytes() {
                None
            } else {
                let fits =
                    |key: &&[u8; 32]| blake3::keyed_hash(key, &content).as_bytes() == id.as_bytes();
                // What came with an archive of a store that encrypts has a name of another key.
                match names.iter().find(fits).or_else(|| names.first()) {
                    Some(key) => Some(Bond::new(key, &id, &content)),
                    None if alias::is_one(connection, &id)? => Some(Bond::open(&id, &content)),
                    None => {
                        return Err(corrupt(format!("the blob {id} is not what its id says")));
                    }
                }
            };
            let label = label(PRESENT, content.len() as u64, bond);
            self.roots.blob(&label);
            if self.needles.hits(&content) {
                self.lacks.removed += 1;
                if self.lacks.removed_blobs.len() < Lacks::LISTED {
                    self.lacks.removed_blobs.push(id.to_blob());
                }
                write_blob(&mut self.frames, &label.removed(), &[])?;
            } else {
                self.blobs += 1;
                write_blob(&mut self.frames, &label, &content)?;
            }
        }
        Ok(())
    }
}

/// Returns how many events there are up to the end.
fn limit(found: &RunHead) -> usize {
    usize::try_from(found.seq).unwrap_or(usize::MAX)
}

/// Writes a blob; one that is not there has no content.
pub(super) fn write_blob(
    frames: &mut FrameWriter<'_>,
    label: &Label,
    content: &[u8],
) -> Result<()> {
    frames.frame(Tag::Blob, &label.encode())?;
    for part in content.chunks(CHUNK) {
        frames.frame(Tag::Chunk, &pack(part))?;
    }
    Ok(())
}

/// Takes out of an event what is looked for; `root` is that of its leaves.
pub(super) fn cut(
    record: Record,
    needles: &Needles,
    root: &Digest,
    lacks: &mut Lacks,
) -> std::result::Result<Record, &'static str> {
    let seq = record.header.seq;
    let mut lack = |field: String| {
        lacks.values += 1;
        if lacks.places.len() < Lacks::LISTED {
            let seq = Seq::new(seq);
            lacks.places.push(Place { seq, field });
        }
    };
    if needles.takes_event(seq) {
        lack(String::new());
        return Ok(Record {
            what: What::Gone(*root),
            ..record
        });
    }
    if let What::Gone(_) = record.what {
        needles.is_gone(seq);
    }
    record.cut(|path, value| needles.cut(seq, path, value), lack)
}

fn seal_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Seal> {
    let signer: Option<[u8; 32]> = row.get(4)?;
    let signature: Option<[u8; 64]> = row.get(5)?;
    let before: Option<[u8; 32]> = row.get(6)?;
    Ok(Seal {
        no: uint(row.get(0)?),
        first: uint(row.get(1)?),
        last: uint(row.get(2)?),
        before: before.map_or(Digest::ZERO, Digest::from_bytes),
        root: row::digest(row, 3)?,
        signature: signer.zip(signature),
        hashes: Vec::new(),
    })
}

/// Returns what the roll took in under a seal, and how much of it is the run's.
fn under(
    connection: &Connection,
    found: &RunHead,
    seal: &Seal,
) -> rusqlite::Result<(Vec<Digest>, u64)> {
    const UNDER: &str =
        "SELECT hash, origin, run = ?3 AND rseq <= ?4 FROM ev WHERE seq BETWEEN ?1 AND ?2
        ORDER BY seq";
    let mut own = 0;
    let mut hashes = Vec::new();
    let mut statement = connection.prepare_cached(UNDER)?;
    let mut rows = statement.query(params![
        int(seal.first),
        int(seal.last),
        found.id,
        int(found.seq)
    ])?;
    while let Some(row) = rows.next()? {
        let hash = row::digest(row, 0)?;
        let origin: Option<Vec<u8>> = row.get(1)?;
        own += u64::from(row.get::<_, bool>(2)?);
        hashes.push(match origin {
            None => hash,
            Some(origin) => crate::log::chain::imported(&hash, &origin),
        });
    }
    Ok((hashes, own))
}
