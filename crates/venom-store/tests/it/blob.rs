//! Blobs on disk: damage is found and named, storing the bytes again heals it, blobs of older
//! versions are read, and several processes share the folder.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use venom_kernel::digest::BlobId;
use venom_ports::FailureKind;
use venom_store::pack::care::{Collect, Kept, Limits, Living};
use venom_testkit::conform::Checked;

use crate::fixture::Home;

fn packs(home: &Home) -> Checked<Vec<PathBuf>> {
    let mut packs = Vec::new();
    for file in std::fs::read_dir(home.file("blobs/packs"))? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "pack") {
            packs.push(path);
        }
    }
    packs.sort();
    Ok(packs)
}

/// Changes the last byte of the newest pack.
fn flip_last(home: &Home) -> Checked {
    let path = packs(home)?.pop().ok_or("no pack")?;
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)?;
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    file.seek(SeekFrom::End(-1))?;
    file.write_all(&[byte[0] ^ 1])?;
    Ok(())
}

#[tokio::test]
async fn damage_is_found_and_healed() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let blobs = store.blobs();
    for content in [b"small".to_vec(), b"text that packs well. ".repeat(1_000)] {
        let id = blobs.put(content.clone()).await?;
        flip_last(&home)?;
        let got = blobs.get(&id).await.map_err(|failure| failure.kind);
        assert_eq!(got, Err(FailureKind::Corrupt));
        let checked = store.blobs_check()?;
        let named = checked.damage.first().and_then(|flaw| flaw.id.clone());
        assert_eq!(named, Some(id.clone()), "{checked:?}");
        // Another process notices it too, and stores the bytes again.
        for store in [&home.open()?, &store] {
            assert_eq!(store.blobs().put(content.clone()).await?, id);
            assert_eq!(store.blobs().get(&id).await?, content);
        }
        assert_eq!(blobs.get(&id).await?, content);
        store.blobs_settle()?;
        let repaired = store.blobs_repair()?;
        let is_saved = repaired.lost.is_empty() && !repaired.aside.is_empty();
        assert!(is_saved, "{repaired:?}");
        assert!(store.blobs_check()?.is_whole());
        assert_eq!(blobs.get(&id).await?, content);
    }
    Ok(())
}

#[tokio::test]
async fn the_same_bytes_are_written_once() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let id = store.blobs().put(b"once".to_vec()).await?;
    let before = store.blobs_usage()?;
    assert_eq!((before.packs, before.objects), (1, 1));
    store.blobs().put(b"once".to_vec()).await?;
    assert_eq!(store.objects().write(b"once")?, id);
    assert_eq!(store.blobs_usage()?, before);
    store.close().await?;
    let store = home.open()?;
    store.blobs().put(b"once".to_vec()).await?;
    assert_eq!(store.blobs_usage()?, before);
    Ok(())
}

#[tokio::test]
async fn blobs_of_older_versions_are_read() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let blobs = store.blobs();
    let content = b"stored long ago".to_vec();
    let id = blobs.id_of(&content);
    let (shard, name) = id.as_str().split_at_checked(2).ok_or("short id")?;
    let folder = home.file("blobs").join(shard);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name), [b"\0", content.as_slice()].concat())?;
    assert_eq!(blobs.get(&id).await?, content);
    assert_eq!(blobs.put(content.clone()).await?, id);
    assert_eq!(store.blobs_usage()?.objects, 0, "it is not stored twice");
    std::fs::write(folder.join(name), b"\0changed since")?;
    let got = blobs.get(&id).await.map_err(|failure| failure.kind);
    assert_eq!(got, Err(FailureKind::Corrupt));
    assert_eq!(blobs.put(content.clone()).await?, id);
    assert_eq!(blobs.get(&id).await?, content);
    Ok(())
}

struct Nothing;

impl Living for Nothing {
    fn roots(&self) -> venom_ports::Result<Vec<Kept>> {
        Ok(Vec::new())
    }

    fn children(&self, _: &BlobId) -> venom_ports::Result<Vec<Kept>> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_quota_is_kept_and_a_collection_makes_room() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let limits = Limits {
        bytes: Some(100_000),
        objects: None,
    };
    store.limit_blobs(limits);
    let mut noise = vec![0; 60_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let first = store.blobs().put(noise.clone()).await?;
    noise.reverse();
    let failure = store
        .blobs()
        .put(noise.clone())
        .await
        .err()
        .ok_or("no limit")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.is_some_and(|hint| hint.contains("venom gc")));
    store.blobs_settle()?;
    assert_eq!(store.blobs_gc(&Nothing, Collect::Count)?.removed, 1);
    let collected = store.blobs_gc(&Nothing, Collect::Remove)?;
    assert!(collected.freed_bytes > 60_000, "{collected:?}");
    let got = store
        .blobs()
        .get(&first)
        .await
        .map_err(|failure| failure.kind);
    assert_eq!(got, Err(FailureKind::Missing));
    store.blobs().put(noise).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_puts_at_once_are_all_there() -> Checked {
    let home = Home::new()?;
    let (one, two) = (home.open()?, home.open()?);
    let puts = (0..200_u32).map(|number| {
        let store = if number % 2 == 0 { &one } else { &two };
        let blobs = store.blobs();
        async move { blobs.put(format!("blob {}", number / 3).into_bytes()).await }
    });
    let ids = futures::future::join_all(puts).await;
    let third = home.open()?;
    for (number, id) in (0..).zip(ids) {
        let expected = format!("blob {}", number / 3).into_bytes();
        assert_eq!(third.blobs().get(&id?).await?, expected);
    }
    assert!(third.blobs_check()?.is_whole());
    Ok(())
}
