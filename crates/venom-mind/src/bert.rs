//! Vectors of sentences by an encoder of BERT's kind, such as all-MiniLM-L6-v2, whose weights somebody brings.
//!
//! Owns the reading of such a model and the pass through it; it reads no file by itself: texts and a stream of bytes
//! come in. A [`Plan`] says what the model's own description asks for, and is cheap; [`Plan::load`] holds the weights to
//! it, number for number, before room for them is made. What comes out follows `sentence-transformers`: wordpieces
//! between `[CLS]` and `[SEP]`, the layers, the mean over all pieces or the first of them, and length one.

mod pass;
mod shape;
mod vocabulary;
mod weights;

#[cfg(test)]
mod tests;

use std::io::Read;

use crate::embed::Sentences;
use crate::recall::vectors::normalise;
use crate::tokenise;

use pass::Layer;
use shape::{Pooling, Shape};
use vocabulary::Vocabulary;
pub use weights::Head;

/// Pieces that go through the layers at once. Chosen: enough of them to keep the processor's units busy (a sentence
/// alone takes about twice as long as beside others), few enough for a pass to be a moment in which nobody can stop it.
const AT_ONCE: usize = 512;

/// Says why something is no model that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text about the model is not what it should be.
    #[error("{file}: {why}")]
    Described {
        /// The file that the text is usually in.
        file: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The weights are not in the form of safetensors.
    #[error("the weights are no safetensors: {0}")]
    Foreign(String),
    /// A tensor is missing, or is another one than the description asks for.
    #[error("the tensor `{name}` {why}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The weights could not be read.
    #[error("reading the weights")]
    Read(#[from] std::io::Error),
}

impl Error {
    fn described(file: &'static str, why: impl Into<String>) -> Self {
        Self::Described {
            file,
            why: why.into(),
        }
    }
}

/// What a model says about itself: the texts of its files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Described<'a> {
    /// `config.json`.
    pub config: &'a str,
    /// `vocab.txt`.
    pub vocabulary: &'a str,
    /// `tokenizer_config.json`, if there is one.
    pub tokenizer: Option<&'a str>,
    /// `sentence_bert_config.json`, if there is one.
    pub sentences: Option<&'a str>,
    /// `1_Pooling/config.json`, if there is one.
    pub pooling: Option<&'a str>,
}

/// A model as it is described, without its weights.
#[derive(Debug, Clone)]
pub struct Plan {
    shape: Shape,
    vocabulary: Vocabulary,
}

impl Plan {
    /// Reads the description.
    pub fn new(described: &Described<'_>) -> Result<Self, Error> {
        let shape = Shape::read(described)?;
        let vocabulary = Vocabulary::read(described.vocabulary, shape.pieces)?;
        Ok(Self { shape, vocabulary })
    }

    /// Names the kind of the model and its measures.
    pub fn kind(&self) -> String {
        format!("bert-{}x{}", self.shape.layers, self.shape.size)
    }

    /// Checks that a head names every tensor that is needed, in its right form; returns where each of them begins.
    pub fn check(&self, head: &Head) -> Result<Vec<u64>, Error> {
        let prefix = head.prefix();
        let mut begins = Vec::new();
        for (name, shape) in self.shape.tensors() {
            begins.push(head.find(&format!("{prefix}{name}"), &shape)?.begin());
        }
        Ok(begins)
    }

    /// Reads the weights, `length` bytes in all. `id` names what makes the vectors.
    pub fn load(self, id: String, weights: &mut dyn Read, length: u64) -> Result<Bert, Error> {
        let head = Head::read(weights, length)?;
        self.check(&head)?;
        let mut tensors = head.load(weights, &self.shape)?;
        let mut take = |name: &str| tensors.remove(name).unwrap_or_default();
        let layers = (0..self.shape.layers)
            .map(|at| Layer::of(&self.shape, |name| take(&shape::of_layer(at, name))))
            .collect();
        let mut start = take(shape::POSITIONS);
        // Every piece is of the first kind: there is no second sentence.
        let kinds = take(shape::KINDS);
        for row in start.chunks_exact_mut(self.shape.size) {
            for (value, kind) in row.iter_mut().zip(&kinds) {
                *value += kind;
            }
        }
        Ok(Bert {
            id,
            pieces: take(shape::PIECES),
            start,
            norm: (take(shape::NORM_WEIGHT), take(shape::NORM_BIAS)),
            layers,
            shape: self.shape,
            vocabulary: self.vocabulary,
        })
    }
}

/// An encoder with its weights.
pub struct Bert {
    id: String,
    shape: Shape,
    vocabulary: Vocabulary,
    /// A row for each piece.
    pieces: Vec<f32>,
    /// A row for each place in a sentence.
    start: Vec<f32>,
    norm: (Vec<f32>, Vec<f32>),
    layers: Vec<Layer>,
}

impl std::fmt::Debug for Bert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bert")
            .field("id", &self.id)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Bert {
    /// Returns the direction of each text, of length one, in their order; nothing of one whose numbers overflow. Asks
    /// between passes whether it is to go on, and ends with nothing if not.
    pub fn embed(
        &self,
        texts: &[&str],
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Vec<Option<Vec<f32>>>> {
        let cut: Vec<Vec<u32>> = texts.iter().map(|text| self.cut(text)).collect();
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = cut.as_slice();
        while !rest.is_empty() {
            if !goes_on() {
                return None;
            }
            let mut pieces = 0;
            let count = rest
                .iter()
                .take_while(|sentence| {
                    pieces += sentence.len();
                    pieces <= AT_ONCE
                })
                .count()
                .max(1);
            let (group, behind) = rest.split_at(count.min(rest.len()));
            vectors.extend(self.pass(group));
            rest = behind;
        }
        Some(vectors)
    }

    /// Cuts a text into pieces between the marks of its beginning and end, as many as the model takes.
    fn cut(&self, text: &str) -> Vec<u32> {
        let most = self.shape.longest.saturating_sub(2);
        let found = tokenise::pieces(&tokenise::words(text), &self.vocabulary);
        let unknown = self.vocabulary.unknown;
        let known = found.into_iter().map(|piece| piece.unwrap_or(unknown));
        std::iter::once(self.vocabulary.begin)
            .chain(known.take(most))
            .chain(std::iter::once(self.vocabulary.end))
            .collect()
    }

    /// Takes sentences through the layers, side by side.
    fn pass(&self, sentences: &[Vec<u32>]) -> Vec<Option<Vec<f32>>> {
        let size = self.shape.size;
        let mut rows: Vec<f32> = Vec::new();
        let mut spans = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let begin = rows.len() / size;
            for (piece, place) in sentence.iter().zip(self.start.chunks_exact(size)) {
                let from = *piece as usize * size;
                let row = self.pieces.get(from..from + size).unwrap_or_default();
                rows.extend(row.iter().zip(place).map(|(piece, place)| piece + place));
            }
            spans.push(begin..rows.len() / size);
        }
        pass::normalise_rows(&mut rows, &self.norm.0, &self.norm.1, self.shape.epsilon);
        for layer in &self.layers {
            if layer.apply(&mut rows, &spans, &self.shape).is_none() {
                return vec![None; sentences.len()];
            }
        }
        spans
            .into_iter()
            .map(|span| {
                let own = rows.get(span.start * size..span.end * size)?;
                let mut vector = match self.shape.pooling {
                    Pooling::First => own.get(..size)?.to_vec(),
                    Pooling::Mean => {
                        let mut sum = vec![0.0; size];
                        for row in own.chunks_exact(size) {
                            for (total, value) in sum.iter_mut().zip(row) {
                                *total += value;
                            }
                        }
                        // What it would be divided by is lost in bringing it to length one.
                        sum
                    }
                };
                normalise(&mut vector).then_some(vector)
            })
            .collect()
    }
}

impl Sentences for Bert {
    fn id(&self) -> &str {
        &self.id
    }

    fn size(&self) -> usize {
        self.shape.size
    }

    fn directions(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let made = self.embed(texts, &|| true);
        made.unwrap_or_else(|| vec![None; texts.len()])
    }
}
