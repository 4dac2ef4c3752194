//! Containers that were started before they are needed. What a container sees of the machine is fixed
//! when it is made; so a spare one can only stand for the next place of the same workspace, image,
//! limits and protected paths, as the steps of one run are. Its copy of the workspace is made when it
//! is taken.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::container::Started;
use super::hardening::Shape;
use crate::sandbox::layer::Own;

/// The most spare containers. Chosen: each holds a few MiB and saves some tenths of a second once.
const MOST: usize = 2;

/// How long a spare container is kept. Chosen: longer than most steps take to think of the next one.
const AGE: Duration = Duration::from_mins(2);

/// A container that waits for a place.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) shape: Shape,
    /// Its own folder.
    pub(crate) folder: Own,
    pub(crate) started: Started,
    made: Instant,
}

#[derive(Debug, Default)]
struct Shelf {
    spares: Vec<Spare>,
    /// Shapes that were asked for once: the second time is a sign of a third.
    asked: Vec<Shape>,
    coming: usize,
}

/// The spare containers of this process.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    shelf: Mutex<Shelf>,
}

impl Pool {
    /// Takes a spare container of a shape, and those that are too old or dead off the shelf.
    pub(crate) fn take(&self, shape: &Shape) -> Option<Spare> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for spare in std::mem::take(&mut shelf.spares) {
            if spare.made.elapsed() > AGE || !spare.started.is_alive() {
                drop(spare);
            } else if found.is_none() && spare.shape == *shape {
                found = Some(spare);
            } else {
                shelf.spares.push(spare);
            }
        }
        found
    }

    /// Says whether one more is worth making for a shape that was just asked for; whoever is told so
    /// must call [`Self::put`] or [`Self::give_up`].
    pub(crate) fn wants(&self, shape: &Shape) -> bool {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelf.asked.contains(shape) {
            shelf.asked.push(shape.clone());
            if shelf.asked.len() > MOST {
                shelf.asked.remove(0);
            }
            return false;
        }
        if shelf.spares.len() + shelf.coming >= MOST {
            return false;
        }
        shelf.coming += 1;
        true
    }

    /// Puts a spare container on the shelf.
    pub(crate) fn put(&self, shape: Shape, folder: Own, started: Started) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.coming = shelf.coming.saturating_sub(1);
        shelf.spares.push(Spare {
            shape,
            folder,
            started,
            made: Instant::now(),
        });
    }

    /// Says that the making of one failed.
    pub(crate) fn give_up(&self) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.coming = shelf.coming.saturating_sub(1);
    }
}
