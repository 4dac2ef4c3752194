//! Some sealed objects of each key, by which a key that was lost is known when it is found again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use venom_kernel::digest::BlobId;

use super::catalogue::Catalogue;
use super::content::name;
use super::disk::RealDisk;
use super::format::{Header, RECORD};
use super::places::Places;
use super::scan;

/// How many are taken of a key. Chosen: one is proof enough, and the others stand in for one that is damaged.
const SAMPLES: usize = 3;

/// Objects as they are stored, by the numbers of their keys.
pub(crate) type Samples = BTreeMap<u16, Vec<(BlobId, Vec<u8>)>>;

/// Takes samples of what the keys of these numbers seal from the packs of a content store. Nothing is changed.
pub(crate) fn samples(root: &Path, wanted: &BTreeSet<u16>) -> io::Result<Samples> {
    let mut samples = Samples::new();
    let mut catalogue = Catalogue::default();
    catalogue.refresh(&RealDisk, &Places::new(root.to_owned()))?;
    for pack in catalogue.packs.values() {
        for entry in pack.entries() {
            let is_enough = |number| samples.get(number).is_some_and(|one| one.len() >= SAMPLES);
            if wanted.iter().all(is_enough) {
                return Ok(samples);
            }
            let mut header = [0; RECORD];
            if pack.file.read_at(entry.offset, &mut header)? < RECORD {
                continue;
            }
            let number = Header::read(&header).and_then(|header| header.packing.key);
            let Some(number) = number.filter(|number| wanted.contains(number)) else {
                continue;
            };
            if is_enough(&number) {
                continue;
            }
            if let Some((header, bytes)) = scan::record(&*pack.file, pack.identity, &entry)? {
                let sealed = bytes.get(RECORD..).unwrap_or_default().to_vec();
                let taken = samples.entry(number).or_default();
                taken.push((name(&header.id), sealed));
            }
        }
    }
    Ok(samples)
}
