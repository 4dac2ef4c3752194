//! Blobs on disk: damage is found, and storing the bytes again heals it.

use std::path::PathBuf;

use venom_kernel::digest::BlobId;
use venom_ports::FailureKind;
use venom_testkit::conform::Checked;

use crate::fixture::Home;

fn path(home: &Home, id: &BlobId) -> Checked<PathBuf> {
    let (shard, name) = id.as_str().split_at_checked(2).ok_or("short id")?;
    Ok(home.file("blobs").join(shard).join(name))
}

#[tokio::test]
async fn damage_is_found_and_healed() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let blobs = store.blobs();
    for content in [b"small".to_vec(), b"text that packs well. ".repeat(1_000)] {
        let id = blobs.put(content.clone()).await?;
        let path = path(&home, &id)?;
        let stored = std::fs::read(&path)?;
        let mut flipped = stored.clone();
        if let Some(byte) = flipped.last_mut() {
            *byte ^= 1;
        }
        let cut = stored.get(..stored.len() / 2).unwrap_or_default().to_vec();
        for damaged in [flipped, cut, Vec::new(), b"\0other bytes".to_vec()] {
            std::fs::write(&path, damaged)?;
            let got = blobs.get(&id).await.map_err(|failure| failure.kind);
            assert_eq!(got, Err(FailureKind::Corrupt));
            assert_eq!(blobs.put(content.clone()).await?, id);
            assert_eq!(blobs.get(&id).await?, content);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_same_bytes_are_written_once() -> Checked {
    use std::os::unix::fs::MetadataExt as _;
    let home = Home::new()?;
    let store = home.open()?;
    let id = store.blobs().put(b"once".to_vec()).await?;
    let path = path(&home, &id)?;
    let before = std::fs::metadata(&path)?.ino();
    store.blobs().put(b"once".to_vec()).await?;
    assert_eq!(std::fs::metadata(&path)?.ino(), before);
    let folder = path.parent().ok_or("no folder")?;
    assert_eq!(
        std::fs::read_dir(folder)?.count(),
        1,
        "nothing temporary is left"
    );
    Ok(())
}
