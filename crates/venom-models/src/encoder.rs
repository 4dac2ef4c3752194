//! A sentence model in the process, from a folder that somebody names: all-MiniLM-L6-v2 and its like.
//!
//! Owns the files of such a model: which ones are read, how large they may be, and by what name their vectors are known.
//! What is in them is `venom-mind`'s affair. The weights are read when they are first needed, and stay.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::plain;
use venom_mind::bert::{self, Bert, Described, Head, Plan};
use venom_mind::embed::Sentences;
use venom_ports::memory::embed::Embedder;
use venom_ports::{Failure, FailureKind, Result};

/// The largest text about a model. Chosen: vocabularies of many languages have 5 MiB.
const LARGEST_TEXT: u64 = 16 << 20;
/// The largest weights. Chosen: BERT's largest has 1.3 GiB.
const LARGEST_WEIGHTS: u64 = 2 << 30;
/// The beginning of each tensor by which one file of weights is told from another. Chosen: learning changes some number
/// of it, and to read all would take as long as a whole command.
const SAMPLE: u64 = 1_024;

const WEIGHTS: &str = "model.safetensors";

/// A model that makes vectors of sentences.
#[derive(Clone)]
pub struct Encoder {
    folder: PathBuf,
    id: String,
    loaded: Arc<Mutex<Option<Arc<Bert>>>>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// Looks at a folder: whether a model of a known kind is in it, whole. Reads everything but the weights.
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            id: look(folder)?.id,
            loaded: Arc::default(),
        })
    }

    /// Returns the model with its weights, which are read if nobody needed them before.
    pub fn sentences(&self) -> Result<Arc<dyn Sentences>> {
        Ok(self.bert()?)
    }

    fn bert(&self) -> Result<Arc<Bert>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bert) = &*loaded {
            return Ok(Arc::clone(bert));
        }
        let looked = look(&self.folder)?;
        if looked.id != self.id {
            let text = format!(
                "the model in {} is another one than when this began",
                shown(&self.folder)
            );
            return Err(Failure::new(FailureKind::Conflict, text)
                .with_hint("start VENOM again; the other model is then used from the beginning"));
        }
        let mut weights = BufReader::new(looked.weights);
        let bert = looked
            .plan
            .load(looked.id, &mut weights, looked.length)
            .map_err(|error| unusable(&self.folder, &error))?;
        Ok(Arc::clone(loaded.insert(Arc::new(bert))))
    }
}

#[async_trait]
impl Embedder for Encoder {
    fn id(&self) -> &str {
        &self.id
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let (own, texts) = (self.clone(), texts.to_vec());
        // Whoever stops waiting stops the work as well, at the end of the pass that it is in.
        let waits = Waits(Arc::new(AtomicBool::new(true)));
        let is_awaited = Arc::clone(&waits.0);
        let work = move || {
            let bert = own.bert()?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Ok::<_, Failure>(bert.embed(&texts, &|| is_awaited.load(Ordering::Relaxed)))
        };
        let made = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))??;
        drop(waits);
        let all = made.and_then(|made| made.into_iter().collect::<Option<Vec<_>>>());
        all.ok_or_else(|| {
            let text = format!("{} makes vectors without a direction", self.id);
            Failure::new(FailureKind::Corrupt, text).with_hint("fetch the model again")
        })
    }
}

/// Somebody who waits.
struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A model as it lies in its folder.
struct Looked {
    plan: Plan,
    id: String,
    /// The weights, from their first byte on.
    weights: File,
    length: u64,
}

fn look(folder: &Path) -> Result<Looked> {
    if !folder.is_dir() {
        let text = format!("{} is no folder with a model", shown(folder));
        return Err(Failure::new(FailureKind::Missing, text).with_hint(HINT));
    }
    let config = needed(folder, "config.json")?;
    let vocabulary = needed(folder, "vocab.txt")?;
    let tokenizer = text(folder, "tokenizer_config.json")?;
    let sentences = text(folder, "sentence_bert_config.json")?;
    let pooling = text(folder, "1_Pooling/config.json")?;
    let wrong = |error: bert::Error| unusable(folder, &error);
    let plan = Plan::new(&Described {
        config: &config,
        vocabulary: &vocabulary,
        tokenizer: tokenizer.as_deref(),
        sentences: sentences.as_deref(),
        pooling: pooling.as_deref(),
    })
    .map_err(wrong)?;
    let (mut weights, length) =
        opened(folder, WEIGHTS, LARGEST_WEIGHTS)?.ok_or_else(|| missing(folder, WEIGHTS))?;
    let head = Head::read(&mut weights, length).map_err(wrong)?;
    let mut parts: Vec<Vec<u8>> = [
        Some(config.as_str()),
        Some(vocabulary.as_str()),
        tokenizer.as_deref(),
        sentences.as_deref(),
        pooling.as_deref(),
    ]
    .into_iter()
    // A text that is missing is another thing than an empty one.
    .flat_map(|text| [vec![u8::from(text.is_some())], text.unwrap_or_default().into()])
    .collect();
    parts.push(head.text().to_vec());
    for begin in plan.check(&head).map_err(wrong)? {
        let mut sample = Vec::new();
        weights
            .seek(SeekFrom::Start(head.offset() + begin))
            .and_then(|_| (&mut weights).take(SAMPLE).read_to_end(&mut sample))
            .map_err(|error| unreadable(folder, WEIGHTS, &error))?;
        parts.push(sample);
    }
    weights
        .rewind()
        .map_err(|error| unreadable(folder, WEIGHTS, &error))?;
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(Looked {
        id: format!("{}@{}", plan.kind(), Digest::of_parts(&parts).short()),
        plan,
        weights,
        length,
    })
}

const HINT: &str = "name the folder that holds config.json, vocab.txt and model.safetensors, as sentence-transformers \
                    keeps a model";

fn shown(path: &Path) -> String {
    plain::line(&path.display().to_string(), 200)
}

fn missing(folder: &Path, name: &str) -> Failure {
    let text = format!("{} has no {name}", shown(folder));
    Failure::new(FailureKind::Missing, text).with_hint(HINT)
}

fn unreadable(folder: &Path, name: &str, error: &std::io::Error) -> Failure {
    let text = format!("reading {name} in {}: {error}", shown(folder));
    Failure::new(FailureKind::Unavailable, text)
}

fn unusable(folder: &Path, error: &bert::Error) -> Failure {
    let text = format!(
        "the model in {} cannot be used: {}",
        shown(folder),
        plain::causes(error, 400)
    );
    Failure::new(FailureKind::Corrupt, text).with_hint(
        "take a BERT model without case in 32-bit or 16-bit numbers, such as all-MiniLM-L6-v2, and fetch it again if \
         it is one",
    )
}

/// Opens a file of the folder; nothing if there is none.
fn opened(folder: &Path, name: &str, largest: u64) -> Result<Option<(File, u64)>> {
    let path = folder.join(name);
    // Looked at before it is opened: a pipe would be waited for.
    let about = match path.metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(folder, name, &error)),
    };
    if !about.is_file() {
        let text = format!("{} is no file", shown(&path));
        return Err(Failure::new(FailureKind::Refused, text).with_hint(HINT));
    }
    if about.len() > largest {
        let text = format!(
            "{} has {} bytes; {largest} are allowed",
            shown(&path),
            about.len()
        );
        return Err(Failure::new(FailureKind::Refused, text).with_hint("take a smaller model"));
    }
    let file = File::open(&path).map_err(|error| unreadable(folder, name, &error))?;
    Ok(Some((file, about.len())))
}

fn text(folder: &Path, name: &str) -> Result<Option<String>> {
    let Some((file, _)) = opened(folder, name, LARGEST_TEXT)? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.take(LARGEST_TEXT)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(folder, name, &error))?;
    Ok(Some(text))
}

fn needed(folder: &Path, name: &str) -> Result<String> {
    text(folder, name)?.ok_or_else(|| missing(folder, name))
}
