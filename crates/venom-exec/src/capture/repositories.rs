//! Where the git repositories of a workspace stand, read from their files: git need not be installed.
//!
//! The folder `.git` is no part of a tree: its objects are kept by git itself, and a commit that a
//! step made is taken back by moving references. What is noted is therefore the head, the references,
//! and the bytes of the index. A repository whose `.git` is a file that leads elsewhere, or whose
//! references are kept in a form other than files, is told as left out.

use std::collections::BTreeMap;

use rustix::fs::{AtFlags, Dir, FileType, OFlags, statat};
use rustix::io::Errno;
use venom_kernel::snapshot::{Head, LeftOut, Partial, Repository};
use venom_kernel::tree::{Name, ObjectId, Skip, TreePath};
use venom_ports::Result;

use super::cache::CachedIndex;
use super::contents::{Content, read_file, read_small};
use super::scan::Ground;
use super::stamp;
use crate::workspace::beneath::Beneath;

/// Longest reference. Chosen: a name of a branch is at most a path long.
const LONGEST_REF: u64 = 8 << 10;

/// Longest list of packed references. Chosen: half a million of them.
const LONGEST_PACKED: u64 = 64 << 20;

/// Most references of a repository. Chosen: the largest public ones have some hundred thousand.
const MOST: usize = 500_000;

/// Levels of folders in which references lie.
const DEEPEST: usize = 64;

/// The references of a repository by name: a commit in hexadecimal digits, or `ref: ` and a name.
pub(crate) type Refs = BTreeMap<Vec<u8>, Vec<u8>>;

/// Looks at repositories; what cannot be noted is added to what is left out.
pub(super) fn look(
    ground: &Ground<'_>,
    paths: &[TreePath],
    partial: &mut Partial,
) -> Result<(Vec<Repository>, Vec<CachedIndex>)> {
    let mut repositories = Vec::new();
    let mut indexes = Vec::new();
    for path in paths {
        if let Some((repository, index)) = one(ground, path)? {
            repositories.push(repository);
            indexes.extend(index);
            continue;
        }
        partial.count += 1;
        if partial.first.len() < Partial::LISTED {
            partial.first.push(LeftOut {
                path: folder(path),
                why: Skip::Special,
                size: 0,
            });
        }
    }
    Ok((repositories, indexes))
}

/// The folder with the repository's own files.
pub(crate) fn folder(path: &TreePath) -> TreePath {
    inside(path, b".git")
}

/// A path below a folder.
pub(crate) fn inside(folder: &TreePath, rest: &[u8]) -> TreePath {
    rest.split(|byte| *byte == b'/')
        .filter_map(|part| Name::new(part).ok())
        .fold(folder.clone(), |path, name| path.join(&name))
}

fn one(ground: &Ground<'_>, path: &TreePath) -> Result<Option<(Repository, Option<CachedIndex>)>> {
    let git = folder(path);
    let beneath = ground.beneath;
    let Some(head) = head(beneath, &git) else {
        return Ok(None);
    };
    let Ok(Some(refs)) = refs(beneath, &git) else {
        return Ok(None);
    };
    let refs_count = refs.len() as u64;
    let refs = ObjectId::from(&ground.objects.write(&encode(&refs))?);
    let index = index(ground, path, &git)?;
    let repository = Repository {
        path: path.clone(),
        head,
        refs,
        refs_count,
        index: index.as_ref().map(|index| index.id),
    };
    Ok(Some((repository, index)))
}

/// Reads where the head points.
pub(crate) fn head(beneath: &Beneath, git: &TreePath) -> Option<Head> {
    let text = read_small(beneath, &inside(git, b"HEAD"), LONGEST_REF)?;
    let value = value(&text)?;
    match value.strip_prefix(b"ref: ") {
        Some(name) => TreePath::from_bytes(name).ok().map(Head::Branch),
        None => String::from_utf8(value).ok().map(Head::Detached),
    }
}

/// Reads the value of a reference as git writes it.
pub(crate) fn value(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_end();
    if let Some(name) = text.strip_prefix(b"ref:") {
        let name = name.trim_ascii_start();
        return is_ref_name(name).then(|| [b"ref: ", name].concat());
    }
    is_commit(text).then(|| text.to_vec())
}

/// Tells whether a text is the name of an object, in SHA-1 or SHA-256.
fn is_commit(text: &[u8]) -> bool {
    matches!(text.len(), 40 | 64)
        && text
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Tells whether a name can be that of a reference: below `refs/`, and a path that nothing else in a
/// repository has.
pub(crate) fn is_ref_name(name: &[u8]) -> bool {
    name.starts_with(b"refs/")
        && TreePath::from_bytes(name).is_ok()
        && !name
            .iter()
            .any(|byte| byte.is_ascii_control() || *byte == b' ')
        && !name
            .split(|byte| *byte == b'/')
            .any(|part| part.ends_with(b".lock") || part.starts_with(b"."))
}

/// Reads all references; `None` if they are kept in another form, or are too many.
pub(crate) fn refs(beneath: &Beneath, git: &TreePath) -> rustix::io::Result<Option<Refs>> {
    let is_there = |name: &[u8]| beneath.open_bytes(inside(git, name).as_bytes(), OFlags::PATH);
    if is_there(b"reftable").is_ok() || is_there(b"commondir").is_ok() {
        return Ok(None);
    }
    let packed = match read_file(beneath, &inside(git, b"packed-refs"), LONGEST_PACKED) {
        Ok(Content::Whole(_, bytes)) => bytes,
        Ok(Content::TooBig | Content::Restless | Content::Other) => return Ok(None),
        Err(Errno::NOENT) => Vec::new(),
        Err(errno) => return Err(errno),
    };
    let mut refs = Refs::new();
    for line in packed.split(|byte| *byte == b'\n') {
        if let Some((name, commit)) = packed_line(line) {
            refs.insert(name.to_vec(), commit.to_vec());
        }
    }
    // What lies in a file of its own counts more than what is packed.
    let mut waiting = vec![(inside(git, b"refs"), b"refs".to_vec(), 0)];
    while let Some((path, name, depth)) = waiting.pop() {
        let opened = beneath.open_bytes(path.as_bytes(), OFlags::RDONLY | OFlags::DIRECTORY);
        let opened = match opened {
            Ok(opened) => opened,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(errno),
        };
        for entry in Dir::read_from(&opened)? {
            let entry = entry?;
            let part = entry.file_name();
            let Ok(part_name) = Name::new(part.to_bytes()) else {
                continue;
            };
            let name = [&name, b"/".as_slice(), part.to_bytes()].concat();
            let path = path.join(&part_name);
            let mut kind = entry.file_type();
            if kind == FileType::Unknown {
                let stat = statat(&opened, part, AtFlags::SYMLINK_NOFOLLOW)?;
                kind = FileType::from_raw_mode(stat.st_mode);
            }
            if kind == FileType::Directory {
                if depth < DEEPEST {
                    waiting.push((path, name, depth + 1));
                }
            } else if kind == FileType::RegularFile && is_ref_name(&name) {
                let text = read_small(beneath, &path, LONGEST_REF);
                if let Some(value) = text.as_deref().and_then(value) {
                    refs.insert(name, value);
                }
            }
        }
    }
    Ok((refs.len() <= MOST).then_some(refs))
}

/// Reads a line of the packed references: a commit and a name. Comments and peeled tags are none.
pub(crate) fn packed_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let at = line.iter().position(|byte| *byte == b' ')?;
    let (commit, name) = line.split_at_checked(at)?;
    let name = name.strip_prefix(b" ")?;
    (is_commit(commit) && is_ref_name(name)).then_some((name, commit))
}

/// Returns the object of references: `value`, a tab and the name on each line, in order.
fn encode(refs: &Refs) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in refs {
        bytes.extend_from_slice(value);
        bytes.push(b'\t');
        bytes.extend_from_slice(name);
        bytes.push(b'\n');
    }
    bytes
}

/// Reads the object of references; `None` if it is none.
pub(crate) fn decode(bytes: &[u8]) -> Option<Refs> {
    let mut refs = Refs::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
        let at = line.iter().position(|byte| *byte == b'\t')?;
        let (text, name) = line.split_at_checked(at)?;
        let name = name.strip_prefix(b"\t")?;
        if !is_ref_name(name) {
            return None;
        }
        refs.insert(name.to_vec(), value(text)?);
    }
    Some(refs)
}

fn index(ground: &Ground<'_>, path: &TreePath, git: &TreePath) -> Result<Option<CachedIndex>> {
    let file = inside(git, b"index");
    let known = ground
        .cache
        .and_then(|cache| cache.indexes.iter().find(|index| index.repository == *path));
    if let Some(known) = known.filter(|known| !known.is_racy) {
        let place = ground
            .beneath
            .open_bytes(git.as_bytes(), OFlags::PATH | OFlags::DIRECTORY);
        let stat = place.and_then(|git| statat(&git, "index", AtFlags::SYMLINK_NOFOLLOW));
        if stat.is_ok_and(|stat| stamp::print(&stat) == known.print) {
            return Ok(Some(known.clone()));
        }
    }
    match read_file(ground.beneath, &file, ground.guards.file_bytes) {
        Ok(Content::Whole(print, bytes)) => Ok(Some(CachedIndex {
            repository: path.clone(),
            print,
            is_racy: stamp::is_racy(&print, ground.began),
            id: ObjectId::from(&ground.objects.write(&bytes)?),
        })),
        Ok(Content::TooBig | Content::Restless | Content::Other) | Err(_) => Ok(None),
    }
}
