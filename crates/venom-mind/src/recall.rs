//! Recall: which of many short texts answer a question, and why.
//!
//! Each text is read once into a [`Reading`]: stems with their counts, names, and a vector in bytes. An
//! [`Index`] holds the readings of all texts in memory, with their speakers, times and neighbours. A search
//! goes in two passes. The first takes the best by shared words (BM25, alone and over a window of
//! neighbours) and by meaning (the vectors, alone and with their neighbours), brings each kind of evidence
//! to the range from 0 to 1 among the candidates, and adds them up with weights. The second pass compares
//! the words of the question with the words of the best candidates one by one ([`Question::closeness`]).
//!
//! A name of a speaker is taken out of the question: it would draw every vector towards the texts that
//! mention the name, while what is wanted are the texts of the one who is named. It counts as evidence of
//! its own instead. Scores are added and not ranks, because a lead in one kind of evidence says more than a
//! place.
//!
//! Reading order: [`reading`] (a text, a question), [`vectors`] (the scan), [`index`](Index) (the search),
//! [`when`] (times in words).

pub mod reading;
pub mod vectors;
pub mod when;

mod index;

pub use index::{Candidate, Entry, Index, NAMED, PARTS, Preferred, Weights};
pub use reading::{Question, Reader, Reading};
