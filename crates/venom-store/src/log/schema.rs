//! The tables of `data/log.db`. A change is a new step at the end of [`MIGRATIONS`], never an edit.
//!
//! An event's kind has no column: its text begins with it, and one more column would be one more
//! thing to keep true. Runs have small numbers beside their 16 bytes, which saves 30 bytes an event.

/// The steps from an empty file to the newest tables.
pub(crate) const MIGRATIONS: &[&str] = &[V1, V2, V3];

const V1: &str = "
CREATE TABLE run(
  id   INTEGER PRIMARY KEY,
  uid  BLOB NOT NULL UNIQUE CHECK(length(uid) = 16),
  rseq INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK(length(hash) = 32)
) STRICT;

CREATE TABLE ev(
  seq    INTEGER PRIMARY KEY,
  run    INTEGER NOT NULL REFERENCES run(id),
  rseq   INTEGER NOT NULL,
  ts     INTEGER NOT NULL,
  cause  INTEGER,
  schema INTEGER NOT NULL,
  body   TEXT NOT NULL,
  hash   BLOB NOT NULL CHECK(length(hash) = 32),
  UNIQUE(run, rseq)
) STRICT;

CREATE TABLE seal(
  no    INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  root  BLOB NOT NULL CHECK(length(root) = 32)
) STRICT;

CREATE TABLE head(
  one    INTEGER PRIMARY KEY CHECK(one = 1),
  events INTEGER NOT NULL,
  roll   BLOB NOT NULL CHECK(length(roll) = 32),
  seals  INTEGER NOT NULL,
  sealed INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES(1, 0, zeroblob(32), 0, 0);

CREATE TABLE lease(
  run   BLOB PRIMARY KEY CHECK(length(run) = 16),
  owner TEXT,
  fence INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox(
  number  INTEGER PRIMARY KEY,
  run     BLOB NOT NULL CHECK(length(run) = 16),
  command TEXT NOT NULL,
  author  TEXT NOT NULL,
  ts      INTEGER NOT NULL,
  taken   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inbox_pending ON inbox(run, number) WHERE taken = 0;

CREATE TRIGGER ev_kept BEFORE DELETE ON ev BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
CREATE TRIGGER ev_fixed BEFORE UPDATE ON ev BEGIN SELECT RAISE(ABORT, 'events never change'); END;
CREATE TRIGGER seal_kept BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seals are never removed'); END;
CREATE TRIGGER seal_fixed BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'seals never change'); END;
";

/// Keys, and room for what they sealed. A sealed event has an empty text: its column takes text only,
/// and making the table anew would take minutes where the log is long.
const V2: &str = "
CREATE TABLE keyring(
  one        INTEGER PRIMARY KEY CHECK(one = 1),
  master     BLOB NOT NULL CHECK(length(master) = 32),
  generation INTEGER NOT NULL
) STRICT;

CREATE TABLE key(
  kind    TEXT NOT NULL,
  name    BLOB NOT NULL,
  wrapped BLOB,
  PRIMARY KEY(kind, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE ev ADD COLUMN sealed BLOB;
ALTER TABLE inbox ADD COLUMN sealed BLOB;
";

/// Runs that were done elsewhere, with the names here of blobs that they name otherwise, and signatures
/// of seals. `origin` of an event is what `row::Origin`
/// says.
const V3: &str = "
CREATE TABLE imported(
  run      INTEGER PRIMARY KEY REFERENCES run(id),
  root     BLOB NOT NULL CHECK(length(root) = 32),
  signer   BLOB CHECK(signer IS NULL OR length(signer) = 32),
  redacted INTEGER NOT NULL,
  ts       INTEGER NOT NULL
) STRICT;

CREATE TABLE alias(
  id   BLOB PRIMARY KEY CHECK(length(id) = 32),
  here BLOB NOT NULL CHECK(length(here) = 32)
) STRICT, WITHOUT ROWID;

ALTER TABLE ev ADD COLUMN origin BLOB;
ALTER TABLE seal ADD COLUMN signer BLOB;
ALTER TABLE seal ADD COLUMN signature BLOB;
";
