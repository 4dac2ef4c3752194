//! Thousands of generated workspaces, changed at random, captured, gone back and forth, and compared
//! with what the standard library sees.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{Node, Seen, World, is_root, walk};

/// Generated workspaces of each of the tests below, which run side by side. Together 5,200.
const EACH: u64 = 1_300;

/// A generator of numbers that are the same everywhere (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"c",
    b"src",
    b"lib.rs",
    b"A",
    b"a.b",
    b"a-b",
    b"a b",
    b"\xff\xfe",
    b"new\nline",
    b"\\x41",
    b".hidden",
    "\u{fc}ber".as_bytes(),
    "\u{202e}x".as_bytes(),
    b"-",
    b"~",
    b"x.log",
    b"\x01",
    b"nul\xc0\x80",
];

fn content(chance: &mut Chance) -> Vec<u8> {
    match chance.below(12) {
        0 => Vec::new(),
        1 => vec![b'z'; 70_000],
        2 => (0..300).map(|_| chance.next().to_le_bytes()[0]).collect(),
        _ => format!("line {}\n", chance.below(9)).into_bytes(),
    }
}

fn mode(chance: &mut Chance) -> u32 {
    // Only root can read what nobody may read.
    let modes: &[u32] = if is_root() {
        &[0o644, 0o644, 0o755, 0o600, 0o444, 0o000, 0o4755]
    } else {
        &[0o644, 0o644, 0o755, 0o600, 0o444]
    };
    chance.of(modes)
}

/// A folder of the workspace that is there.
fn folder(chance: &mut Chance, root: &Path) -> PathBuf {
    let mut folders: Vec<PathBuf> = walk(root)
        .into_iter()
        .filter(|(path, node)| {
            matches!(node, Node::Folder { .. }) && path.split(|b| *b == b'/').count() < 6
        })
        .map(|(path, _)| root.join(OsStr::from_bytes(&path)))
        .collect();
    folders.push(root.to_owned());
    folders[chance.below(folders.len())].clone()
}

/// Something of the workspace that is there and is neither a pipe nor a socket.
fn anything(chance: &mut Chance, root: &Path) -> Option<PathBuf> {
    let all: Vec<Vec<u8>> = walk(root)
        .into_iter()
        .filter(|(_, node)| *node != Node::Special)
        .map(|(path, _)| path)
        .collect();
    let chosen = all.get(chance.below(all.len().max(1)))?;
    Some(root.join(OsStr::from_bytes(chosen)))
}

/// Removes whatever is there.
fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

/// Does one thing to the workspace.
fn change(chance: &mut Chance, root: &Path) {
    let name = OsStr::from_bytes(chance.of(NAMES));
    let path = folder(chance, root).join(name);
    let is_free = fs::symlink_metadata(&path).is_err();
    match chance.below(14) {
        0..=3 => {
            if is_free || chance.below(2) == 0 {
                remove(&path);
                fs::write(&path, content(chance)).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(mode(chance))).unwrap();
            }
        }
        4 | 5 => {
            if is_free {
                fs::create_dir(&path).unwrap();
            }
        }
        6 => {
            remove(&path);
            let target = chance.of(&["a", "../b", "/etc/passwd", "no where", "."]);
            symlink(target, &path).unwrap();
        }
        7 => {
            if let Some(old) = anything(chance, root).filter(|old| old.is_file() && is_free) {
                // A link to something outside is a file too.
                if !fs::symlink_metadata(&old).unwrap().is_symlink() {
                    fs::hard_link(old, &path).unwrap();
                }
            }
        }
        8 => {
            if is_free {
                let file = fs::File::create(&path).unwrap();
                file.write_at(b"end", 100_000).unwrap();
            }
        }
        9 | 10 => {
            if let Some(old) = anything(chance, root) {
                remove(&old);
            }
        }
        11 => {
            if let Some(old) = anything(chance, root)
                && is_free
                && !path.starts_with(&old)
            {
                fs::rename(old, path).unwrap();
            }
        }
        12 => {
            if let Some(old) = anything(chance, root)
                && !fs::symlink_metadata(&old).unwrap().is_symlink()
            {
                let mode = if old.is_dir() {
                    chance.of(&[0o755, 0o700, 0o775])
                } else {
                    mode(chance)
                };
                fs::set_permissions(old, Permissions::from_mode(mode)).unwrap();
            }
        }
        _ => {
            if let Some(old) = anything(chance, root)
                && fs::symlink_metadata(&old).unwrap().is_file()
            {
                // In place, with the same size.
                let size = fs::metadata(&old).unwrap().len();
                if let Ok(file) = fs::OpenOptions::new().write(true).open(&old)
                    && size > 0
                {
                    file.write_at(b"?", size / 2).unwrap();
                }
            }
        }
    }
}

/// What differs between two looks, as a comparison of trees would say it.
fn differing(before: &Seen, after: &Seen) -> BTreeSet<Vec<u8>> {
    let all: BTreeSet<&Vec<u8>> = before.keys().chain(after.keys()).collect();
    all.into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect()
}

fn check(seed: u64) {
    let mut chance = Chance(seed);
    let world = World::new();
    let root = world.root();
    for _ in 0..chance.below(14) {
        change(&mut chance, &root);
    }
    if chance.below(8) == 0 {
        let mode = Mode::from_raw_mode(0o644);
        let _ = mknodat(CWD, root.join("a pipe"), FileType::Fifo, mode, 0);
        let _ = std::os::unix::net::UnixListener::bind(root.join("a socket"));
    }
    let (before, seen_before) = (world.capture(), world.walk());
    for _ in 0..=chance.below(8) {
        change(&mut chance, &root);
    }
    let (after, seen_after) = (world.capture(), world.walk());
    let said = format!("seed {seed}");

    assert_eq!(
        world.capture_afresh().tree,
        after.tree,
        "{said}: with and without a cache"
    );
    assert_eq!(
        before.tree == after.tree,
        seen_before == seen_after,
        "{said}"
    );
    let found: BTreeSet<Vec<u8>> = world
        .compare(before.tree, after.tree)
        .into_iter()
        .map(|one| one.path.as_bytes().to_vec())
        .collect();
    assert_eq!(found, differing(&seen_before, &seen_after), "{said}");

    let mut wish = world.wish(&after, &before);
    wish.times = (chance.below(2) == 0).then_some(before.times);
    let restored = world.restore(&wish);
    assert_eq!(
        (restored.conflicts, restored.is_exact),
        (Vec::new(), true),
        "{said}: back"
    );
    assert_eq!(world.walk(), seen_before, "{said}: back");

    let restored = world.restore(&world.wish(&before, &after));
    assert_eq!(
        (restored.conflicts, restored.is_exact),
        (Vec::new(), true),
        "{said}: forth"
    );
    assert_eq!(world.walk(), seen_after, "{said}: forth");

    if seed.is_multiple_of(16) {
        let into = world.folder.path().join("into");
        fs::create_dir(&into).unwrap();
        world
            .runtime
            .block_on(
                world
                    .snapshots_of()
                    .materialise(before.tree, Some(before.times), &into),
            )
            .unwrap();
        let mut expected = seen_before;
        expected.retain(|_, node| *node != Node::Special);
        assert_eq!(walk(&into), expected, "{said}: written elsewhere");
    }
    if seed.is_multiple_of(64) {
        judge_with_diff(&world, &before, &after, &said);
    }
}

impl World {
    fn snapshots_of(&self) -> &dyn venom_ports::snapshot::Snapshots {
        &self.snapshots
    }
}

/// Lets another program compare the workspace with the tree written elsewhere.
#[expect(clippy::print_stdout, reason = "says what was not done")]
fn judge_with_diff(
    world: &World,
    before: &venom_ports::snapshot::Captured,
    after: &venom_ports::snapshot::Captured,
    said: &str,
) {
    world.restore(&world.wish(after, before));
    let into = world.folder.path().join("again");
    fs::create_dir(&into).unwrap();
    world
        .runtime
        .block_on(world.snapshots_of().materialise(before.tree, None, &into))
        .unwrap();
    let root = world.root();
    for special in ["a pipe", "a socket"] {
        let _ = fs::remove_file(root.join(special));
    }
    let mut diff = Command::new("diff");
    diff.args(["-r", "--no-dereference"]).arg(&root).arg(&into);
    match diff.output() {
        Ok(output) => assert!(
            output.status.success(),
            "{said}: {}",
            String::from_utf8_lossy(&output.stdout)
        ),
        Err(error) => println!("{said}: diff cannot be asked: {error}"),
    }
}

fn check_all(first: u64) {
    for seed in first..first + EACH {
        check(seed);
    }
}

#[test]
fn generated_workspaces_are_captured_and_restored_exactly_1() {
    check_all(0);
}

#[test]
fn generated_workspaces_are_captured_and_restored_exactly_2() {
    check_all(10_000);
}

#[test]
fn generated_workspaces_are_captured_and_restored_exactly_3() {
    check_all(20_000);
}

#[test]
fn generated_workspaces_are_captured_and_restored_exactly_4() {
    check_all(30_000);
}
