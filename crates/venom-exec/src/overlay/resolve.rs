//! Where a symbolic link leads once the delta is applied.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::delta::{Entry, Leads};
use super::node::{Form, Node};
use super::tree::Tree;

/// Most links on the way, as in the kernel (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// Says whether a link stays inside; `None` if it does.
///
/// Reading the text is not enough: `s/../x` stays inside by its words, but leaves if `s` is a link
/// to the root. So the way is gone part by part, in the tree as it will be. `..` after something
/// that is no folder counts as leaving: it may become a link later.
pub(super) fn leads(
    entries: &BTreeMap<PathBuf, Entry>,
    lower: &Tree,
    path: &Path,
    target: &Path,
) -> Option<Leads> {
    if target.is_absolute() {
        return Some(Leads::Absolute);
    }
    let mut at = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut is_folder = true;
    let mut waiting = parts(target);
    let mut links = 0;
    while let Some(part) = waiting.pop_front() {
        match part {
            Part::Up => {
                if !is_folder || !at.pop() {
                    return Some(Leads::Outside);
                }
            }
            Part::Down(name) => {
                at.push(name);
                let node = view(entries, lower, &at);
                is_folder = node.as_ref().is_some_and(|node| node.form == Form::Folder);
                let Some(text) = node.and_then(|node| node.target) else {
                    continue;
                };
                links += 1;
                if links > MOST_LINKS || text.is_absolute() {
                    return Some(Leads::Outside);
                }
                at.pop();
                is_folder = true;
                for part in parts(&text).into_iter().rev() {
                    waiting.push_front(part);
                }
            }
        }
    }
    None
}

enum Part {
    Up,
    Down(OsString),
}

fn parts(text: &Path) -> VecDeque<Part> {
    let parts = text.components().filter_map(|component| match component {
        Component::ParentDir => Some(Part::Up),
        Component::Normal(name) => Some(Part::Down(name.to_os_string())),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    parts.collect()
}

/// Says what will stand at a path. What cannot be looked at counts as nothing.
fn view(entries: &BTreeMap<PathBuf, Entry>, lower: &Tree, path: &Path) -> Option<Node> {
    match entries.get(path) {
        Some(entry) => entry.new.clone(),
        None => lower.node(path).ok().flatten(),
    }
}
