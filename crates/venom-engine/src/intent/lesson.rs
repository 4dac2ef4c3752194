//! What was learned from the playbooks, kept from one start to the next.
//!
//! Learning takes a third of a second, and most starts find the playbooks as the last one did. What is kept are the
//! weights of each playbook and the curve of the calibration, never a sentence. It stands under the digest of
//! everything it was learned from and begins with its own digest, so that what was damaged is learned again.

use venom_kernel::digest::Digest;
use venom_mind::calibration::Calibrator;
use venom_mind::corpus::Intent;
use venom_ports::cache::Cache;

/// Which way of learning the numbers come from. To be raised with every change of it, in `venom-mind` or here: what
/// was learned in another way is not read.
const WAY: &[u8] = b"lesson 1";

/// Bytes of the digest before the numbers.
const MARK: usize = 32;

/// The numbers of what was learned.
pub(super) struct Lesson {
    /// Per playbook, the weights of its plane and its bias.
    pub(super) planes: Vec<Vec<f32>>,
    /// What the scores mean.
    pub(super) calibrator: Calibrator,
}

/// Names what is learned from these sentences.
pub(super) fn key(intents: &[Intent], out_of_scope: &[String], words: &str) -> String {
    let sentences: Vec<(&str, &[String])> = intents
        .iter()
        .map(|intent| (intent.name.as_str(), intent.utterances.as_slice()))
        .collect();
    let said = Digest::of(&(sentences, out_of_scope, super::trained::SYNONYMS, words));
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let digest = Digest::of_parts(&[WAY, version, said.to_string().as_bytes()]);
    format!("lesson-{digest}")
}

/// Reads what was kept.
pub(super) fn recall(cache: &dyn Cache, key: &str) -> Option<Lesson> {
    let bytes = cache.get(key)?;
    let (mark, body) = bytes.split_at_checked(MARK)?;
    (mark == seal(body)).then(|| read(body)).flatten()
}

/// Keeps what was learned.
pub(super) fn keep(cache: &dyn Cache, key: &str, lesson: &Lesson) {
    let mut body = Vec::new();
    count(&mut body, lesson.planes.len());
    for plane in &lesson.planes {
        count(&mut body, plane.len());
        for number in plane {
            body.extend(number.to_le_bytes());
        }
    }
    for (score, probability) in lesson.calibrator.knots() {
        body.extend(score.to_le_bytes());
        body.extend(probability.to_le_bytes());
    }
    let mut bytes = seal(&body);
    bytes.extend(body);
    cache.put(key, &bytes);
}

/// What says that bytes are as they were written.
fn seal(body: &[u8]) -> Vec<u8> {
    let digest = Digest::of_bytes(body).to_string();
    digest.into_bytes().into_iter().take(MARK).collect()
}

fn count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn read(mut rest: &[u8]) -> Option<Lesson> {
    let planes = taken_count(&mut rest)?;
    let planes = (0..planes)
        .map(|_| {
            let size = taken_count(&mut rest)?;
            (0..size)
                .map(|_| Some(f32::from_le_bytes(taken(&mut rest)?)))
                .collect()
        })
        .collect::<Option<_>>()?;
    let mut knots = Vec::new();
    while !rest.is_empty() {
        let score = f64::from_le_bytes(taken(&mut rest)?);
        knots.push((score, f64::from_le_bytes(taken(&mut rest)?)));
    }
    Some(Lesson {
        planes,
        calibrator: Calibrator::of_knots(knots)?,
    })
}

fn taken_count(rest: &mut &[u8]) -> Option<u32> {
    taken(rest).map(u32::from_le_bytes)
}

fn taken<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}
