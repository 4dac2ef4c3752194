//! Deltas as the log keeps them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use venom_exec::overlay::{Beyond, BeyondReason, HandOver};
use venom_kernel::change::EntryState::{self, File, Folder, Link};
use venom_kernel::change::{Change, ChangeSet, FileState, RelPath};
use venom_ports::blob::BlobStore as _;
use venom_ports::{FailureKind, Result};

use super::world::{World, bytes, files, put, white_out};
use crate::blobs::MemoryBlobs;

const LARGEST: u64 = 100;

async fn hand_over(world: &World, blobs: &MemoryBlobs) -> Result<HandOver> {
    world
        .scan()
        .hand_over(&world.upper(), &world.host(), blobs, LARGEST)
        .await
}

fn state(blobs: &MemoryBlobs, content: &[u8], mode: u32, entry: EntryState) -> FileState {
    FileState {
        blob: blobs.id_of(content),
        mode,
        entry,
    }
}

#[tokio::test]
async fn a_change_set_says_what_it_can_and_the_rest_is_named() {
    let world = World::new(&files(&[
        (".gitignore", "target\n"),
        ("edited", "1"),
        ("gone/a", "1"),
        ("mode/x", ""),
        ("turned/in", "1"),
    ]));
    fs::create_dir(world.host().join("hollow")).unwrap();
    let upper = world.upper();
    put(
        &upper,
        &files(&[
            ("edited", "2"),
            ("new/b", "2"),
            ("target/x", "12345"),
            (".git/index", "9"),
        ]),
    );
    fs::write(upper.join("large"), vec![0; 101]).unwrap();
    fs::write(upper.join(bytes(b"bad\xff")), "").unwrap();
    fs::create_dir(upper.join("empty")).unwrap();
    fs::create_dir(upper.join("mode")).unwrap();
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(upper.join("mode"), closed).unwrap();
    symlink("edited", upper.join("turned")).unwrap();
    white_out(&upper.join("gone"), false);
    white_out(&upper.join("hollow"), false);
    let blobs = MemoryBlobs::default();
    let handed = hand_over(&world, &blobs).await.unwrap();
    let change = |path: &str, before: Option<FileState>, after: Option<FileState>| Change {
        path: RelPath::new(path).unwrap(),
        before,
        after,
    };
    let of = |content: &str| Some(state(&blobs, content.as_bytes(), 0o644, File));
    let folder = || Some(state(&blobs, b"", 0o755, Folder));
    let expected = ChangeSet::new(vec![
        change("edited", of("1"), of("2")),
        change("empty", None, folder()),
        change("gone", folder(), None),
        change("gone/a", of("1"), None),
        change("hollow", folder(), None),
        change("mode", folder(), Some(state(&blobs, b"", 0o700, Folder))),
        change("new/b", None, of("2")),
        change(
            "turned",
            folder(),
            Some(state(&blobs, b"edited", 0o777, Link)),
        ),
        change("turned/in", of("1"), None),
    ]);
    assert_eq!(handed.changes, expected);
    let beyond = |path: &Path, reason| Beyond {
        path: path.to_path_buf(),
        reason,
    };
    assert_eq!(
        handed.beyond,
        [
            beyond(Path::new(bytes(b"bad\xff")), BeyondReason::Path),
            beyond(Path::new("large"), BeyondReason::TooLarge),
        ]
    );
    assert_eq!(
        (handed.outputs.tally.created, handed.outputs.tally.bytes),
        (1, 5)
    );
    assert_eq!(handed.repository.tally.created, 1);
    for change in handed.changes.changes() {
        for state in [&change.before, &change.after].into_iter().flatten() {
            assert!(blobs.get(&state.blob).await.is_ok());
        }
    }
    // The digest is over the list and nothing else.
    let digest = handed.outputs.digest;
    assert_eq!(
        hand_over(&world, &blobs).await.unwrap().outputs.digest,
        digest
    );
    fs::write(upper.join("target/y"), "").unwrap();
    assert_ne!(
        hand_over(&world, &blobs).await.unwrap().outputs.digest,
        digest
    );
}

#[tokio::test]
async fn what_changed_since_the_scan_is_not_logged() {
    let blobs = MemoryBlobs::default();
    for (is_host, kind) in [(true, FailureKind::Conflict), (false, FailureKind::Refused)] {
        let world = World::new(&files(&[("a", "1")]));
        put(&world.upper(), &files(&[("a", "2")]));
        let delta = world.scan();
        let folder = if is_host { world.host() } else { world.upper() };
        fs::write(folder.join("a"), "3").unwrap();
        let handed = delta
            .hand_over(&world.upper(), &world.host(), &blobs, LARGEST)
            .await;
        assert_eq!(handed.unwrap_err().kind, kind);
    }
}
