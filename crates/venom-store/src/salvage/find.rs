//! Finding the rows of a log in whatever is left of its files.
//!
//! Every place of every page is tried, so that it does not matter which pages, pointers or heads of
//! trees are damaged. What looks like a row is a candidate and no more: an event counts only if the
//! chain of its run leads to it. A text cannot pretend to be a row, because each row of a table that is
//! looked for has a zero byte in its head, and no stored text has one.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;

use super::image::Image;
use super::record::{Kind, Record, Tree, Value, read};
use crate::log::Text;
use crate::log::chain::{self, Header};
use crate::log::row::{Import, Origin};
use crate::sqlite::{run_of, uint};

/// An event as it was found.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Position among the events of all runs.
    pub(super) global: u64,
    pub(super) time: i64,
    pub(super) cause: Option<u64>,
    pub(super) schema: u16,
    pub(super) hash: Digest,
    pub(super) body: Text,
    /// Where it came from, if it was written elsewhere.
    pub(super) origin: Option<Origin>,
}

impl Candidate {
    /// Tells whether the event follows one with this hash.
    pub(super) fn follows(&self, run: RunId, seq: u64, before: &Digest) -> bool {
        let header = Header {
            run,
            seq,
            time: self.time,
            cause: self.cause.unwrap_or(0),
            schema: self.schema,
        };
        let hash = match &self.origin {
            None => chain::link(before, &header, self.bytes()),
            Some(origin) if Digest::of_bytes(self.bytes()) != origin.here => return false,
            Some(origin) => chain::link_digest(before, &header, &origin.body),
        };
        self.cause != Some(0) && hash == self.hash
    }

    /// Returns what stands for the event in the roll over all runs.
    pub(super) fn rolled(&self) -> Digest {
        match &self.origin {
            None => self.hash,
            Some(origin) => chain::imported(&self.hash, &origin.bytes()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match &self.body {
            Text::Plain(text) => text.as_bytes(),
            Text::Sealed(bytes) => bytes,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.time == other.time
            && self.bytes() == other.bytes()
            && self.origin == other.origin
    }
}

/// A command in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) run: [u8; 16],
    pub(super) text: String,
    pub(super) author: String,
    pub(super) time: i64,
    pub(super) taken: i64,
    pub(super) sealed: Option<Vec<u8>>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Candidates by the small number of their run and their position in it.
    pub(super) events: BTreeMap<i64, BTreeMap<u64, Vec<Candidate>>>,
    /// Runs by their small numbers, as far as rows say.
    pub(super) runs: BTreeMap<i64, BTreeSet<RunId>>,
    /// Ends of runs, as far as rows say: the furthest.
    pub(super) heads: BTreeMap<i64, (u64, Digest)>,
    /// All runs that anything names.
    pub(super) named: BTreeSet<RunId>,
    /// Seals: last event and root.
    pub(super) seals: BTreeMap<u64, Vec<(u64, Digest)>>,
    pub(super) keys: BTreeMap<(String, Vec<u8>), Option<Vec<u8>>>,
    pub(super) master: Option<(Vec<u8>, i64)>,
    /// Newest fences.
    pub(super) fences: BTreeMap<[u8; 16], i64>,
    pub(super) inbox: BTreeMap<i64, Command>,
    /// How runs came here, by their small numbers.
    pub(super) imports: BTreeMap<i64, Import>,
    /// Names here of blobs that imported runs name otherwise.
    pub(super) aliases: BTreeMap<[u8; 32], [u8; 32]>,
}

/// Kinds of keys that there are.
const KEYS: [&[u8]; 9] = [
    b"run",
    b"blobs",
    b"secrets",
    b"signing",
    b"damaged",
    b"workspace",
    b"files",
    b"damaged-workspace",
    b"damaged-files",
];

impl Found {
    /// Looks everywhere.
    pub(super) fn in_image(image: &Image) -> Self {
        let mut found = Self::default();
        for page in image.pages() {
            for at in 0..page.len() {
                // The first byte of a row is its length, which is never zero.
                if page.get(at).is_none_or(|byte| *byte == 0) {
                    continue;
                }
                for tree in [Tree::Table, Tree::Index] {
                    let fits = |kinds: &[Kind]| is_ours(tree, kinds);
                    let newest = read(page, at, tree, fits, |number| image.newest(number));
                    let Some(record) = newest else {
                        continue;
                    };
                    let is_long = matches!(tree, Tree::Table) && is_long(&record);
                    found.add(tree, record);
                    // A row that goes on elsewhere may go on in an older version of those pages.
                    if is_long
                        && let Some(older) =
                            read(page, at, tree, fits, |number| image.of_file(number))
                    {
                        found.add(tree, older);
                    }
                }
            }
        }
        found
    }

    fn add(&mut self, tree: Tree, record: Record) {
        let Record { number, values } = record;
        match (tree, number, values.as_slice()) {
            (
                Tree::Table,
                Some(global),
                [
                    Value::Null,
                    Value::Int(run),
                    Value::Int(seq),
                    Value::Int(time),
                    cause,
                    Value::Int(schema),
                    Value::Text(text),
                    Value::Blob(hash),
                    rest @ ..,
                ],
            ) => {
                let cause = match cause {
                    Value::Int(cause) => Some(uint(*cause)),
                    _ => None,
                };
                // The last of three values says that the event was written elsewhere.
                let (rest, origin) = match rest {
                    [sealed, Value::Null] => (std::slice::from_ref(sealed), None),
                    [sealed, Value::Blob(origin)] => match Origin::of(origin) {
                        Some(origin) => (std::slice::from_ref(sealed), Some(origin)),
                        None => return,
                    },
                    rest => (rest, None),
                };
                let body = match rest {
                    [Value::Blob(sealed)] if text.is_empty() => Text::Sealed(sealed.clone()),
                    [] | [Value::Null] => match String::from_utf8(text.clone()) {
                        Ok(text) => Text::Plain(text),
                        Err(_) => return,
                    },
                    _ => return,
                };
                let (Ok(schema), Some(hash)) = (u16::try_from(*schema), digest(hash)) else {
                    return;
                };
                let candidate = Candidate {
                    global: uint(global),
                    time: *time,
                    cause,
                    schema,
                    hash,
                    body,
                    origin,
                };
                let of_run = self.events.entry(*run).or_default();
                let candidates = of_run.entry(uint(*seq)).or_default();
                if !candidates.iter().any(|other| other.is_same(&candidate)) {
                    candidates.push(candidate);
                }
            }
            (
                Tree::Table,
                Some(id),
                [
                    Value::Null,
                    Value::Blob(uid),
                    Value::Int(seq),
                    Value::Blob(hash),
                ],
            ) => {
                let (Some(run), Some(hash)) = (run(uid), digest(hash)) else {
                    return;
                };
                self.runs.entry(id).or_default().insert(run);
                self.named.insert(run);
                let head = self.heads.entry(id).or_insert((0, Digest::ZERO));
                if uint(*seq) >= head.0 {
                    *head = (uint(*seq), hash);
                }
            }
            (
                Tree::Table,
                Some(no),
                [
                    Value::Null,
                    Value::Int(_),
                    Value::Int(last),
                    Value::Blob(root),
                    ..,
                ],
            ) => {
                if let Some(root) = digest(root) {
                    self.seals
                        .entry(uint(*last))
                        .or_default()
                        .push((uint(no), root));
                }
            }
            (
                Tree::Table,
                Some(id),
                [
                    Value::Null,
                    Value::Blob(root),
                    signer,
                    Value::Int(redacted),
                    Value::Int(time),
                ],
            ) => {
                let signer = match signer {
                    Value::Blob(signer) => <[u8; 32]>::try_from(signer.as_slice()).ok(),
                    _ => None,
                };
                if let Some(root) = digest(root) {
                    let import = Import {
                        root,
                        signer,
                        is_redacted: *redacted != 0,
                        time: *time,
                    };
                    self.imports.insert(id, import);
                }
            }
            (Tree::Table, Some(1), [Value::Null, Value::Blob(master), Value::Int(generation)]) => {
                let is_newer = |old: &(Vec<u8>, i64)| old.1 <= *generation;
                if self.master.as_ref().is_some_and(|old| !is_newer(old)) {
                    return;
                }
                self.master = Some((master.clone(), *generation));
            }
            (
                Tree::Table,
                Some(number),
                [
                    Value::Null,
                    Value::Blob(uid),
                    Value::Text(command),
                    Value::Text(author),
                    Value::Int(time),
                    Value::Int(taken),
                    rest @ ..,
                ],
            ) => {
                let sealed = match rest {
                    [Value::Blob(sealed)] => Some(sealed.clone()),
                    _ => None,
                };
                let (Ok(of), Ok(command), Ok(author)) = (
                    <[u8; 16]>::try_from(uid.as_slice()),
                    String::from_utf8(command.clone()),
                    String::from_utf8(author.clone()),
                ) else {
                    return;
                };
                // A command that was taken is not to be given again because an older row says so.
                let before = self.inbox.get(&number).map_or(0, |old| old.taken);
                let command = Command {
                    run: of,
                    text: command,
                    author,
                    time: *time,
                    taken: (*taken).max(before),
                    sealed,
                };
                self.inbox.insert(number, command);
            }
            (Tree::Index, _, [Value::Blob(uid), Value::Int(id)]) => {
                if let Some(run) = run(uid) {
                    self.runs.entry(*id).or_default().insert(run);
                    self.named.insert(run);
                }
            }
            (Tree::Index, _, [Value::Blob(id), Value::Blob(here)]) => {
                if let (Ok(id), Ok(here)) = (id.as_slice().try_into(), here.as_slice().try_into()) {
                    self.aliases.entry(id).or_insert(here);
                }
            }
            (Tree::Index, _, [Value::Blob(uid), _, Value::Int(fence), Value::Int(_)]) => {
                if let (Some(run), Ok(uid)) = (run(uid), <[u8; 16]>::try_from(uid.as_slice())) {
                    self.named.insert(run);
                    let newest = self.fences.entry(uid).or_insert(0);
                    *newest = (*newest).max(*fence);
                }
            }
            (Tree::Index, _, [Value::Text(kind), Value::Blob(name), wrapped]) => {
                // Whatever only looks like one must not make a log look encrypted.
                if !KEYS.contains(&kind.as_slice()) {
                    return;
                }
                let Ok(kind) = String::from_utf8(kind.clone()) else {
                    return;
                };
                let wrapped = match wrapped {
                    Value::Blob(wrapped) => Some(wrapped.clone()),
                    _ => None,
                };
                // The name of a workspace's key is as long as that of a run.
                if !kind.ends_with("workspace")
                    && let Some(run) = run(name)
                {
                    self.named.insert(run);
                }
                // The newest version is found last.
                self.keys.insert((kind, name.clone()), wrapped);
            }
            _ => {}
        }
    }
}

/// Tells whether a row is one of ours by its columns.
fn is_ours(tree: Tree, kinds: &[Kind]) -> bool {
    const HASH: Kind = Kind::Blob(32);
    const UID: Kind = Kind::Blob(16);
    let is_optional = |kind: &Kind| matches!(kind, Kind::Null | Kind::Blob(_));
    match (tree, kinds) {
        (
            Tree::Table,
            [
                Kind::Null,
                run,
                seq,
                time,
                cause,
                schema,
                Kind::Text(_),
                HASH,
                rest @ ..,
            ],
        ) => {
            [run, seq, time, schema].iter().all(|kind| kind.is_int())
                && (cause.is_int() || *cause == Kind::Null)
                && rest.len() <= 2
                && rest.iter().all(is_optional)
        }
        (
            Tree::Table,
            [
                Kind::Null,
                UID,
                Kind::Text(_),
                Kind::Text(_),
                time,
                taken,
                rest @ ..,
            ],
        ) => time.is_int() && taken.is_int() && rest.len() <= 1 && rest.iter().all(is_optional),
        (Tree::Table, [Kind::Null, UID, seq, HASH]) => seq.is_int(),
        (Tree::Table, [Kind::Null, HASH, Kind::Null | HASH, redacted, time]) => {
            redacted.is_int() && time.is_int()
        }
        (Tree::Table, [Kind::Null, first, last, HASH, rest @ ..]) => {
            first.is_int() && last.is_int() && rest.len() <= 2 && rest.iter().all(is_optional)
        }
        (Tree::Table, [Kind::Null, HASH, generation]) => generation.is_int(),
        (Tree::Index, [UID, id]) => id.is_int(),
        (Tree::Index, [HASH, HASH]) => true,
        (Tree::Index, [UID, Kind::Text(_) | Kind::Null, fence, until]) => {
            fence.is_int() && until.is_int()
        }
        (Tree::Index, [Kind::Text(length), Kind::Blob(0 | 16), wrapped]) => {
            KEYS.iter().any(|key| key.len() == *length) && is_optional(wrapped)
        }
        _ => false,
    }
}

/// Tells whether a row may be longer than what fits on a page.
fn is_long(record: &Record) -> bool {
    record.values.iter().any(|value| match value {
        Value::Text(bytes) | Value::Blob(bytes) => bytes.len() > 512,
        Value::Null | Value::Int(_) => false,
    })
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

fn run(bytes: &[u8]) -> Option<RunId> {
    Some(run_of(bytes.try_into().ok()?))
}
