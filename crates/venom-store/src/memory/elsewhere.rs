//! Vectors that are kept by a service beside the rows: telling it what is new and what is gone, and asking
//! it for what is near.
//!
//! The rows are the truth. How far the service was told stands among them (`placed`), with a name for the very
//! set that was told and with how many vectors it then had: a set that was removed, brought back from an old
//! copy, or told of other rows is filled anew. One process tells at a time; the others search here meanwhile.
//!
//! What is told are the vectors of the table in the program, which stand with the rows, or those of another model, which
//! are made one by one (`embedded`): then a service is told of rows as far as all of them have one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_mind::recall::Reading;
use venom_ports::memory::vectors::{Compared, Opened, Placed, Sought, Standing, Vectors};
use venom_ports::{Failure, FailureKind, Result};

use super::embedded::Embedded;
use super::episodes;
use super::vectors::number;
use crate::projection::Keyring;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uint};

const READING: &str = "reading how far vectors were told";
const WRITING: &str = "noting how far vectors were told";

/// Rows that are told at once. Chosen: a megabyte of vectors, written out.
const PAGE: usize = 1_000;
/// How much of a vector's direction may get lost on its way, as a distance of cosines. Chosen: above what
/// 32-bit numbers lose, far below what tells two texts apart.
const LOST: f32 = 1e-4;

/// The table: how far a service was told.
pub(crate) const TABLE: &str = "
CREATE TABLE placed(
  service TEXT PRIMARY KEY,
  place   TEXT NOT NULL,
  born    INTEGER NOT NULL,
  no      INTEGER NOT NULL,
  gone    INTEGER NOT NULL,
  held    INTEGER NOT NULL
) STRICT;
";

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    place: String,
    born: i64,
    no: u64,
    gone: u64,
    held: u64,
}

/// A service, and what keeps processes from telling it at once.
pub(crate) struct Elsewhere {
    vectors: Arc<dyn Vectors>,
    lock: PathBuf,
    opened: Mutex<Option<Opened>>,
    made: Option<Made>,
}

/// Vectors that another model than the table in the program makes.
struct Made {
    file: PathBuf,
    model: String,
    opened: Mutex<Option<Embedded>>,
}

impl Made {
    fn with<T>(&self, work: impl FnOnce(&Embedded) -> Result<T>) -> Result<T> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(embedded) = &*opened {
            return work(embedded);
        }
        work(opened.insert(Embedded::open(&self.file, &self.model)?))
    }
}

impl std::fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elsewhere")
            .field("service", &self.vectors.name())
            .finish_non_exhaustive()
    }
}

impl Elsewhere {
    pub(crate) fn new(vectors: Arc<dyn Vectors>, lock: PathBuf) -> Self {
        Self {
            vectors,
            lock,
            opened: Mutex::new(None),
            made: None,
        }
    }

    /// Lets it be told the vectors of a model, which lie in a file.
    pub(crate) fn of_model(mut self, model: &str, file: PathBuf) -> Self {
        self.made = Some(Made {
            file,
            model: model.to_owned(),
            opened: Mutex::new(None),
        });
        self
    }

    pub(crate) fn name(&self) -> &str {
        self.vectors.name()
    }

    /// Tells whether it holds vectors of another model than the table in the program.
    pub(crate) fn is_of_model(&self) -> bool {
        self.made.is_some()
    }

    /// What its cursor stands under: a service may hold a set for each model.
    fn key(&self) -> String {
        match &self.made {
            Some(made) => format!("{} {}", self.name(), made.model),
            None => self.name().to_owned(),
        }
    }

    /// Returns up to which row all have a vector.
    fn newest(&self, state: &Connection, born: i64) -> Result<u64> {
        match &self.made {
            Some(made) => made.with(|embedded| embedded.progress(born)),
            None => episodes::newest(state),
        }
    }

    /// Makes of a row what a service is told; nothing of a text without a direction.
    fn place(&self, opened: &episodes::Opened) -> Result<Option<Placed>> {
        let code = match &self.made {
            Some(made) => made.with(|embedded| embedded.get(opened.episode.id.number()))?,
            None => Reading::from_bytes(&opened.reading).and_then(|reading| reading.code),
        };
        let Some(code) = code else {
            return Ok(None);
        };
        let mut vector = code.vector();
        if !venom_mind::recall::vectors::normalise(&mut vector) {
            return Ok(None);
        }
        let episode = &opened.episode;
        Ok(Some(Placed {
            number: opened.no,
            vector,
            time: seconds(episode.time.micros()),
            speaker: number(&episode.speaker),
            thread: episode.thread.as_deref().map(number),
        }))
    }

    fn opened(&self) -> Result<Opened> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return Ok(opened.clone());
        }
        Ok(opened.insert(self.vectors.open()?).clone())
    }

    fn close(&self) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn cursor(&self, state: &Connection) -> Result<Option<Cursor>> {
        state
            .prepare_cached("SELECT place, born, no, gone, held FROM placed WHERE service = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([self.key()], |row| {
                        Ok(Cursor {
                            place: row.get(0)?,
                            born: row.get(1)?,
                            no: uint(row.get(2)?),
                            gone: uint(row.get(3)?),
                            held: uint(row.get(4)?),
                        })
                    })
                    .optional()
            })
            .or_fail(READING)
    }

    fn set_cursor(&self, state: &Connection, cursor: &Cursor) -> Result<()> {
        let Cursor {
            place,
            born,
            no,
            gone,
            held,
        } = cursor;
        state
            .prepare_cached("INSERT OR REPLACE INTO placed VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut statement| {
                statement.execute(params![
                    self.key(),
                    place,
                    born,
                    int(*no),
                    int(*gone),
                    int(*held)
                ])
            })
            .map(drop)
            .or_fail(WRITING)
    }

    /// Tells the service what is new and what is gone, in at most so many pages, and returns how many rows it
    /// has yet to be told. `show` hears how many rows were told, and of how many.
    pub(crate) fn follow(
        &self,
        state: &Connection,
        keys: &Keyring<'_>,
        pages: usize,
        show: &dyn Fn(u64, u64),
    ) -> Result<u64> {
        let told = self.try_follow(state, keys, pages, show);
        if let Err(failure) = &told {
            // Whatever it is, it is looked at anew the next time.
            self.close();
            if failure.kind == FailureKind::Missing {
                return self.try_follow(state, keys, pages, show);
            }
        }
        told
    }

    fn try_follow(
        &self,
        state: &Connection,
        keys: &Keyring<'_>,
        pages: usize,
        show: &dyn Fn(u64, u64),
    ) -> Result<u64> {
        let was_open = self
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        let opened = self.opened()?;
        let (born, _) = episodes::made(state)?;
        let newest = self.newest(state, born)?;
        let gone = episodes::newest_gone(state)?;
        let fits = |cursor: &Cursor| cursor.place == opened.set && cursor.born == born;
        let known = self.cursor(state)?.filter(fits);
        if was_open
            && let Some(cursor) = &known
            && cursor.no >= newest
            && cursor.gone >= gone
        {
            return Ok(0);
        }
        let Some(_alone) = crate::private::alone(&self.lock)? else {
            let told = known.map_or(0, |cursor| cursor.no);
            return Ok(newest.saturating_sub(told).max(1));
        };
        // Read again: another process may have told it meanwhile.
        let mut cursor = match self.cursor(state)?.filter(fits) {
            Some(cursor) if self.vectors.count()? == cursor.held => cursor,
            Some(_) | None => {
                self.vectors.clear()?;
                self.close();
                Cursor {
                    place: self.opened()?.set,
                    born,
                    no: 0,
                    gone,
                    held: 0,
                }
            }
        };
        let mut rest = pages;
        loop {
            if rest == 0 {
                break;
            }
            rest -= 1;
            let rows = episodes::page(state, cursor.no, PAGE)?;
            let count = rows.len();
            let mut placed = Vec::with_capacity(count);
            for row in rows.into_iter().take_while(|row| row.no <= newest) {
                cursor.no = row.no;
                // What is sealed stays sealed, also where what is new is not.
                if row.is_sealed() {
                    continue;
                }
                if let Some(opened) = row.open(keys)? {
                    placed.extend(self.place(&opened)?);
                }
            }
            if !placed.is_empty() {
                self.vectors.put(&placed)?;
            }
            if count > 0 {
                cursor.held = self.vectors.count()?;
                self.set_cursor(state, &cursor)?;
                show(cursor.no.min(newest), newest);
            }
            if count < PAGE {
                break;
            }
        }
        let listed = episodes::gone(state, cursor.gone)?;
        if let Some((last, _)) = listed.last() {
            cursor.gone = *last;
            let numbers: Vec<u64> = listed.iter().map(|(_, number)| *number).collect();
            self.vectors.remove(&numbers)?;
        }
        cursor.held = self.vectors.count()?;
        self.set_cursor(state, &cursor)?;
        Ok(self.newest(state, born)?.saturating_sub(cursor.no))
    }

    /// Finds what is near, nearest first, as numbers of rows.
    pub(crate) fn nearest(&self, sought: &Sought) -> Result<Vec<u64>> {
        self.vectors.nearest(sought).inspect_err(|_| self.close())
    }

    /// Says how the service stands, without telling it anything.
    pub(crate) fn standing(&self, state: &Connection) -> Result<Standing> {
        self.close();
        let opened = self.opened()?;
        let (born, _) = episodes::made(state)?;
        let held = self.vectors.count()?;
        let told = self
            .cursor(state)?
            .filter(|cursor| {
                cursor.place == opened.set && cursor.born == born && cursor.held == held
            })
            .map_or(0, |cursor| cursor.no);
        let [episodes, ..] = episodes::counts(state)?;
        Ok(Standing {
            version: opened.version,
            episodes,
            behind: episodes::count_after(state, told)?,
            held,
        })
    }

    /// Reads all vectors back and compares them with those of the rows.
    pub(crate) fn compare(
        &self,
        state: &Connection,
        keys: &Keyring<'_>,
        show: &dyn Fn(u64, u64),
    ) -> Result<Compared> {
        let mut compared = Compared::default();
        let newest = episodes::newest(state)?;
        let mut after = 0;
        loop {
            let rows = episodes::page(state, after, PAGE)?;
            let Some(last) = rows.last() else {
                break;
            };
            after = last.no;
            let mut expected = Vec::with_capacity(rows.len());
            for row in rows.into_iter().filter(|row| !row.is_sealed()) {
                if let Some(opened) = row.open(keys)? {
                    expected.extend(self.place(&opened)?);
                }
            }
            let numbers: Vec<u64> = expected.iter().map(|one| one.number).collect();
            let found = self.vectors.get(&numbers)?;
            for one in &expected {
                let is_same = found
                    .get(&one.number)
                    .is_some_and(|found| is_same(found, &one.vector));
                if is_same {
                    compared.same += 1;
                } else {
                    compared.wrong += 1;
                }
            }
            show(after.min(newest), newest);
        }
        let mut offset = 0;
        loop {
            let numbers = self.vectors.numbers(offset, PAGE)?;
            if numbers.is_empty() {
                return Ok(compared);
            }
            offset += numbers.len() as u64;
            for number in numbers {
                if episodes::numbered(state, number)?.is_none() {
                    compared.foreign += 1;
                }
            }
        }
    }

    /// Removes all that the service has of this data folder.
    pub(crate) fn clear(&self, state: &Connection) -> Result<()> {
        let Some(_alone) = crate::private::alone(&self.lock)? else {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!("another process is telling {} what is new", self.name()),
            )
            .with_hint("try again when it is done"));
        };
        self.vectors.clear()?;
        self.close();
        state
            .execute("DELETE FROM placed WHERE service = ?1", [self.key()])
            .map(drop)
            .or_fail(WRITING)
    }
}

/// Returns the second that a moment lies in.
pub(crate) const fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}

fn is_same(one: &[f32], other: &[f32]) -> bool {
    let mut one = one.to_vec();
    one.len() == other.len()
        && venom_mind::recall::vectors::normalise(&mut one)
        && 1.0 - venom_mind::embed::dot(&one, other) <= LOST
}
