//! The bytes of a cache: a mark, the hash of the rest, the rest. All numbers with the least
//! significant byte first. Nothing but this version is read; another one is no cache at all.

use venom_kernel::tree::{Name, ObjectId, Skip, TreePath};
use venom_ports::blob::Objects;
use venom_ports::snapshot::Print;

use super::{Cache, CachedEntry, CachedFolder, CachedIndex, CachedRules, Node};

/// How a cache begins; the last byte is the version.
const MAGIC: &[u8; 8] = b"VDIRCACH";
const VERSION: u8 = 2;

pub(super) fn encode(cache: &Cache, objects: &dyn Objects) -> Vec<u8> {
    let mut body = Vec::with_capacity(cache.folders.len() * 1_024);
    body.push(VERSION);
    body.extend(cache.removals.to_le_bytes());
    body.extend(cache.device.to_le_bytes());
    body.extend(count(cache.folders.len()));
    for folder in &cache.folders {
        put_folder(&mut body, folder);
    }
    body.extend(count(cache.indexes.len()));
    for index in &cache.indexes {
        let path = index.repository.as_bytes();
        body.extend(count(path.len()));
        body.extend_from_slice(path);
        put_print(&mut body, &index.print);
        body.push(u8::from(index.is_racy));
        body.extend_from_slice(index.id.as_bytes());
    }
    let sum = ObjectId::from(&objects.id_of(&body));
    [MAGIC.as_slice(), sum.as_bytes(), &body].concat()
}

fn count(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

fn put_folder(body: &mut Vec<u8>, folder: &CachedFolder) {
    put_print(body, &folder.print);
    body.push(u8::from(folder.is_racy) | (u8::from(folder.has_repository) << 1));
    for id in [&folder.rules, &folder.tree, &folder.times] {
        body.extend_from_slice(id.as_bytes());
    }
    for rules in &folder.rule_files {
        match rules {
            Some(rules) => {
                body.push(1 | (u8::from(rules.is_racy) << 1));
                put_print(body, &rules.print);
                body.extend_from_slice(rules.id.as_bytes());
            }
            None => body.push(0),
        }
    }
    body.extend(count(folder.entries.len()));
    for entry in &folder.entries {
        let name = entry.name.as_bytes();
        body.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        body.extend_from_slice(name);
        put_print(body, &entry.print);
        match &entry.node {
            Node::File { blob, is_racy } => {
                body.push(u8::from(*is_racy));
                body.extend_from_slice(blob.as_bytes());
            }
            Node::Link { target, is_racy } => {
                body.push(if *is_racy { 3 } else { 2 });
                body.extend_from_slice(target.as_bytes());
            }
            Node::Folder(number) => {
                body.push(4);
                body.extend(number.to_le_bytes());
            }
            Node::Skipped(why) => body.push(match why {
                Skip::TooBig => 5,
                Skip::Unreadable => 6,
                Skip::Special => 7,
                Skip::OtherFileSystem => 8,
                Skip::TooMany => 9,
            }),
        }
    }
}

fn put_print(body: &mut Vec<u8>, print: &Print) {
    body.extend(print.inode.to_le_bytes());
    body.extend(print.size.to_le_bytes());
    body.extend(print.mode.to_le_bytes());
    body.extend(print.modified.to_le_bytes());
    body.extend(print.changed.to_le_bytes());
}

pub(super) fn decode(bytes: &[u8], objects: &dyn Objects) -> Option<Cache> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (sum, body) = rest.split_first_chunk::<32>()?;
    if ObjectId::from(&objects.id_of(body)).as_bytes() != sum {
        return None;
    }
    let mut reader = Reader(body);
    if reader.byte()? != VERSION {
        return None;
    }
    let removals = u64::from_le_bytes(reader.array()?);
    let device = u64::from_le_bytes(reader.array()?);
    let mut folders = Vec::new();
    for _ in 0..reader.count()? {
        folders.push(folder(&mut reader)?);
    }
    let mut indexes = Vec::new();
    for _ in 0..reader.count()? {
        let length = usize::try_from(reader.count()?).ok()?;
        indexes.push(CachedIndex {
            repository: TreePath::from_bytes(reader.take(length)?).ok()?,
            print: reader.print()?,
            is_racy: reader.byte()? == 1,
            id: reader.id()?,
        });
    }
    reader.0.is_empty().then_some(Cache {
        removals,
        device,
        folders,
        indexes,
    })
}

fn folder(reader: &mut Reader<'_>) -> Option<CachedFolder> {
    let print = reader.print()?;
    let marks = reader.byte()?;
    let [rules, tree, times] = [reader.id()?, reader.id()?, reader.id()?];
    let mut rule_files = [None, None];
    for slot in &mut rule_files {
        let marks = reader.byte()?;
        if marks != 0 {
            *slot = Some(CachedRules {
                is_racy: marks & 2 != 0,
                print: reader.print()?,
                id: reader.id()?,
            });
        }
    }
    let mut entries = Vec::new();
    for _ in 0..reader.count()? {
        let length = usize::from(reader.byte()?);
        entries.push(CachedEntry {
            name: Name::new(reader.take(length)?).ok()?,
            print: reader.print()?,
            node: node(reader)?,
        });
    }
    Some(CachedFolder {
        print,
        is_racy: marks & 1 != 0,
        rules,
        tree,
        times,
        entries,
        rule_files,
        has_repository: marks & 2 != 0,
    })
}

fn node(reader: &mut Reader<'_>) -> Option<Node> {
    Some(match reader.byte()? {
        kind @ (0 | 1) => Node::File {
            blob: reader.id()?,
            is_racy: kind == 1,
        },
        kind @ (2 | 3) => Node::Link {
            target: reader.id()?,
            is_racy: kind == 3,
        },
        4 => Node::Folder(reader.count()?),
        5 => Node::Skipped(Skip::TooBig),
        6 => Node::Skipped(Skip::Unreadable),
        7 => Node::Skipped(Skip::Special),
        8 => Node::Skipped(Skip::OtherFileSystem),
        9 => Node::Skipped(Skip::TooMany),
        _ => return None,
    })
}

/// Takes bytes from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn count(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn id(&mut self) -> Option<ObjectId> {
        self.array().map(ObjectId::from_bytes)
    }

    fn print(&mut self) -> Option<Print> {
        Some(Print {
            inode: self.array().map(u64::from_le_bytes)?,
            size: self.array().map(u64::from_le_bytes)?,
            mode: self.array().map(u32::from_le_bytes)?,
            modified: self.array().map(i128::from_le_bytes)?,
            changed: self.array().map(i128::from_le_bytes)?,
        })
    }
}
