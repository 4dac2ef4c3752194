//! Where a name is defined, beside the map: small pieces of the cache by the name, so that one name is
//! found without reading the map.
//!
//! A name is compared without case and without the marks that join words: "shopping cart" is
//! `ShoppingCart`. What is read here was true when the map was read; each entry has the digest of its
//! file, and whoever uses one compares it.

use std::collections::BTreeMap;

use venom_kernel::digest::Digest;
use venom_ports::cache::Cache;

use super::Map;
use super::encode::{Reader, Writer};
use super::facts::{Def, Facts, Kind, Marks};

/// How many pieces there are. Chosen: of 100,000 files with five names each, one piece has some hundred
/// kilobytes, which are read in less than a millisecond.
const PIECES: usize = 256;

/// The form of the pieces.
const VERSION: &str = "names-1";

/// How many names are kept to say what looks like a wrong one. Chosen: comparing takes some
/// milliseconds; types and modules go first.
const NEAR: usize = 10_000;

/// A place that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::code) struct Entry {
    /// The file.
    pub(in crate::code) path: String,
    /// The line of the name, from 1.
    pub(in crate::code) line: u32,
    /// The name with those of what it stands in.
    pub(in crate::code) name: String,
    /// What it is; `None` for the file itself.
    pub(in crate::code) kind: Option<Kind>,
    /// Whether it is a test, or a file of tests.
    pub(in crate::code) is_test: bool,
    /// The beginning of the digest of the file.
    pub(in crate::code) digest: [u8; 8],
}

/// Returns the beginning of the digest of a file.
pub(in crate::code) fn mark(digest: &Digest) -> [u8; 8] {
    let mut mark = [0; 8];
    for (slot, byte) in mark.iter_mut().zip(digest.as_bytes()) {
        *slot = *byte;
    }
    mark
}

/// Brings a name into the form in which names are compared.
pub(in crate::code) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Writes the pieces that changed.
pub(super) fn write(map: &Map, cache: &dyn Cache, root: &str) {
    let mut pieces: Vec<BTreeMap<String, Vec<Entry>>> = vec![BTreeMap::new(); PIECES];
    let mut near: Vec<String> = Vec::new();
    let mut add = |key: String, entry: Entry| {
        let is_large = entry
            .kind
            .is_none_or(|kind| kind.is_type() && kind != Kind::Alias);
        if is_large && near.len() < NEAR {
            near.push(entry.name.clone());
        }
        if let Some(piece) = pieces.get_mut(piece_of(&key)).filter(|_| !key.is_empty()) {
            piece.entry(key).or_default().push(entry);
        }
    };
    for file in &map.files {
        let digest = mark(&file.digest);
        let module = module_of(&file.path);
        let entry = |name: &str, line: u32, kind: Option<Kind>, is_test: bool| Entry {
            path: file.path.clone(),
            line,
            name: name.to_owned(),
            kind,
            is_test,
            digest,
        };
        let of_tests = is_of_tests(&file.path);
        let tested = untested(module);
        if of_tests {
            add(plain(tested), entry(tested, 1, None, true));
        } else {
            add(plain(module), entry(module, 1, None, false));
            let first = file
                .facts
                .defs
                .iter()
                .find(|def| def.marks.has(Marks::TEST));
            if let Some(first) = first {
                add(plain(module), entry(module, first.line, None, true));
            }
        }
        for def in &file.facts.defs {
            if is_named(def, &file.facts) {
                let name = file.facts.qualified(def, file.speech.joint());
                let is_test = of_tests || def.marks.has(Marks::TEST);
                add(
                    plain(&def.name),
                    entry(&name, def.line, Some(def.kind), is_test),
                );
            }
        }
    }
    near.sort();
    near.dedup();
    let key = key(root);
    let before = index(cache, &key);
    let mut digests = Vec::with_capacity(PIECES);
    for (number, piece) in pieces.iter().enumerate() {
        let bytes = piece_bytes(piece);
        let digest = Digest::of_bytes(&bytes);
        let is_known = before
            .as_ref()
            .and_then(|(known, _)| known.get(number))
            .is_some_and(|known| *known == digest);
        if !is_known {
            cache.put(&format!("names-{key}-{number}"), &bytes);
        }
        digests.push(digest);
    }
    let mut writer = Writer::default();
    writer.text(VERSION);
    for digest in &digests {
        writer.bytes.extend_from_slice(digest.as_bytes());
    }
    writer.count(near.len());
    for name in &near {
        writer.text(name);
    }
    cache.put(&format!("names-{key}"), &sealed(writer));
}

/// Returns where a name is defined; `None` if nothing is known of the workspace.
pub(in crate::code) fn find(cache: &dyn Cache, root: &str, name: &str) -> Option<Vec<Entry>> {
    let key = key(root);
    let (digests, _) = index(cache, &key)?;
    let name = plain(name);
    let number = piece_of(&name);
    let bytes = cache.get(&format!("names-{key}-{number}"))?;
    if digests.get(number) != Some(&Digest::of_bytes(&bytes)) {
        return None;
    }
    let mut reader = Reader { rest: &bytes };
    for _ in 0..reader.count()? {
        let is_it = reader.text()? == name;
        let count = reader.count()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let entry = read(&mut reader)?;
            if is_it {
                entries.push(entry);
            }
        }
        if is_it {
            return Some(entries);
        }
    }
    Some(Vec::new())
}

/// Tells whether something is known of the workspace.
pub(super) fn is_there(cache: &dyn Cache, root: &str) -> bool {
    index(cache, &key(root)).is_some()
}

/// Returns names of modules and types, to find what looks like a wrong one.
pub(in crate::code) fn near(cache: &dyn Cache, root: &str) -> Vec<String> {
    index(cache, &key(root)).map_or_else(Vec::new, |(_, near)| near)
}

fn key(root: &str) -> String {
    Digest::of_bytes(root.as_bytes())
        .to_string()
        .chars()
        .take(32)
        .collect()
}

fn piece_of(key: &str) -> usize {
    let digest = Digest::of_bytes(key.as_bytes());
    usize::from(digest.as_bytes().first().copied().unwrap_or_default()) % PIECES
}

fn piece_bytes(piece: &BTreeMap<String, Vec<Entry>>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.count(piece.len());
    for (key, entries) in piece {
        writer.text(key);
        writer.count(entries.len());
        for entry in entries {
            let place = |kind| Kind::ALL.iter().position(|known| *known == kind);
            writer.text(&entry.path);
            writer.number(u64::from(entry.line));
            writer.text(&entry.name);
            writer.count(entry.kind.and_then(place).map_or(0, |place| place + 1));
            writer.number(u64::from(entry.is_test));
            writer.bytes.extend_from_slice(&entry.digest);
        }
    }
    writer.bytes
}

fn read(reader: &mut Reader<'_>) -> Option<Entry> {
    Some(Entry {
        path: reader.text()?.to_owned(),
        line: u32::try_from(reader.number()?).ok()?,
        name: reader.text()?.to_owned(),
        kind: match reader.number()? {
            0 => None,
            number => Some(*Kind::ALL.get(usize::try_from(number).ok()? - 1)?),
        },
        is_test: reader.number()? == 1,
        digest: reader.bytes(8)?.try_into().ok()?,
    })
}

fn sealed(mut writer: Writer) -> Vec<u8> {
    let digest = Digest::of_bytes(&writer.bytes);
    writer.bytes.extend_from_slice(digest.as_bytes());
    writer.bytes
}

/// Reads the digests of the pieces and the names for comparing.
fn index(cache: &dyn Cache, key: &str) -> Option<(Vec<Digest>, Vec<String>)> {
    let bytes = cache.get(&format!("names-{key}"))?;
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Digest::of_bytes(body).as_bytes() != digest {
        return None;
    }
    let mut reader = Reader { rest: body };
    if reader.text()? != VERSION {
        return None;
    }
    let mut digests = Vec::with_capacity(PIECES);
    for _ in 0..PIECES {
        digests.push(Digest::from_bytes(reader.bytes(32)?.try_into().ok()?));
    }
    let mut near = Vec::new();
    for _ in 0..reader.count()? {
        near.push(reader.text()?.to_owned());
    }
    Some((digests, near))
}

/// Tells whether somebody would name a definition from outside of its file.
fn is_named(def: &Def, facts: &Facts) -> bool {
    match def.kind {
        Kind::Function
        | Kind::Method
        | Kind::Class
        | Kind::Trait
        | Kind::Enum
        | Kind::Alias
        | Kind::Module
        | Kind::Macro => {
            // What stands in a function is its own affair.
            let outer = def.container.and_then(|outer| facts.def(outer));
            outer.is_none_or(|outer| outer.kind.has_members())
        }
        Kind::Value => def.container.is_none(),
        Kind::Variant | Kind::Field | Kind::Impl => false,
    }
}

/// Returns the name that a file has as a module: its own, or that of its folder.
fn module_of(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    let is_folder = matches!(stem, "__init__" | "mod" | "lib" | "main" | "index" | "");
    let folder = folder.strip_suffix("/src").unwrap_or(folder);
    let of = folder.rsplit('/').next().unwrap_or_default();
    if is_folder && !of.is_empty() {
        of
    } else {
        stem
    }
}

/// Tells whether a file holds tests, by its place and name.
fn is_of_tests(path: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let is_part = |part: &str| matches!(part, "test" | "tests" | "__tests__" | "spec");
    let (stem, rest) = file.split_once('.').unwrap_or((file, ""));
    folder.split('/').any(is_part)
        || is_part(stem)
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || rest.starts_with("test.")
        || rest.starts_with("spec.")
}

/// Takes what marks a file of tests off its name.
fn untested(module: &str) -> &str {
    let name = module.strip_prefix("test_").unwrap_or(module);
    let name = name.strip_suffix("_tests").unwrap_or(name);
    name.strip_suffix("_test").unwrap_or(name)
}

#[cfg(test)]
mod tests;
