//! A full and a read-only disk: typed failures with hints, nothing acknowledged is lost, and work
//! goes on when the disk is well again.

use std::path::Path;
use std::process::Command;

use venom_kernel::event::Event;
use venom_kernel::id::Seq;
use venom_ports::api::archive::{Contents, Redaction};
use venom_ports::api::time::Moment;
use venom_ports::log::AppendError;
use venom_ports::{Failure, FailureKind};
use venom_store::Store;
use venom_store::archive::trust::Trusted;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, paused, resumed, run, started};

use crate::fixture::skipped;

/// A small disk in memory that is unmounted at the end.
struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    /// Mounts it; `None` where that is not allowed.
    fn mount(size: &str) -> Checked<Option<Self>> {
        let dir = tempfile::tempdir()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(dir.path())
            .output()
            .is_ok_and(|output| output.status.success());
        Ok(mounted.then_some(Self { dir }))
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn make_read_only(&self) -> Checked {
        let output = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(self.path())
            .output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err("cannot remount".into())
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because threads of the store may still be about to leave.
        let _best_effort = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

const REASON: &str = "needs root to mount a tmpfs";

fn is_full(failure: &Failure) -> bool {
    failure.kind == FailureKind::Unavailable && failure.hint.is_some()
}

#[tokio::test]
async fn a_full_disk_stops_the_log_and_loses_nothing() -> Checked {
    let Some(disk) = Disk::mount("2m")? else {
        return skipped("mount", REASON);
    };
    let data = disk.path().join("data");
    let ballast = disk.path().join("ballast");
    let store = Store::open(&data)?;
    let log = store.log();
    log.append(batch(run(1), 0, vec![started("full")])).await?;
    // Leave some room, fill it with events until the disk is full, then make room.
    std::fs::write(&ballast, vec![0; 1_200_000])?;
    let mut acknowledged = 1;
    let failure = loop {
        let event = if acknowledged % 2 == 1 {
            paused()
        } else {
            resumed()
        };
        match log.append(batch(run(1), acknowledged, vec![event])).await {
            Ok(_) => acknowledged += 1,
            Err(AppendError::Store(failure)) => break failure,
            Err(other) => return Err(other.into()),
        }
        assert!(acknowledged < 10_000, "the disk never got full");
    };
    assert!(is_full(&failure), "{failure:?}");
    // Reading works all the while.
    assert_eq!(
        log.read(run(1), Seq::ZERO, 100_000).await?.len() as u64,
        acknowledged
    );
    std::fs::remove_file(&ballast)?;
    let event = if acknowledged % 2 == 1 {
        paused()
    } else {
        resumed()
    };
    log.append(batch(run(1), acknowledged, vec![event])).await?;
    acknowledged += 1;
    store.close().await?;
    let store = Store::open(&data)?;
    let verified = store.log().verify(None).await?;
    assert_eq!((verified.events, verified.damage), (acknowledged, None));
    store.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_blob() -> Checked {
    let Some(disk) = Disk::mount("1m")? else {
        return skipped("mount", REASON);
    };
    let store = Store::open(&disk.path().join("data"))?;
    let blobs = store.blobs();
    // Bytes that do not pack.
    let mut noise = vec![0; 2_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let id = blobs.id_of(&noise);
    let failure = blobs.put(noise).await.err().ok_or("it was stored")?;
    assert!(is_full(&failure), "{failure:?}");
    let missing = blobs.get(&id).await.map_err(|failure| failure.kind);
    assert_eq!(missing, Err(FailureKind::Missing));
    let usage = store.blobs_usage()?;
    assert_eq!(usage.objects, 0, "nothing half written is left");
    assert!(usage.pack_bytes < 2_000, "{usage:?}");
    let small = blobs.put(b"small ones still fit".to_vec()).await?;
    assert!(store.blobs_check()?.is_whole());
    assert_eq!(blobs.get(&small).await?, b"small ones still fit");
    Ok(())
}

#[tokio::test]
async fn a_read_only_disk_is_refused() -> Checked {
    let Some(disk) = Disk::mount("2m")? else {
        return skipped("mount", REASON);
    };
    let data = disk.path().join("data");
    let store = Store::open(&data)?;
    store
        .log()
        .append(batch(run(1), 0, vec![started("kept")]))
        .await?;
    store.close().await?;
    disk.make_read_only()?;
    let failure = Store::open(&data).err().ok_or("it was opened")?;
    assert_eq!(failure.kind, FailureKind::Refused, "{failure:?}");
    assert!(failure.hint.is_some());
    Ok(())
}

#[tokio::test]
async fn a_folder_without_permission_is_refused() -> Checked {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir()?;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o500))?;
    if std::fs::write(dir.path().join("probe"), b"").is_ok() {
        return skipped("user", "permissions do not apply to root");
    }
    let failure = Store::open(&dir.path().join("data"))
        .err()
        .ok_or("it was opened")?;
    assert_eq!(failure.kind, FailureKind::Refused, "{failure:?}");
    assert!(failure.hint.is_some());
    Ok(())
}

#[tokio::test]
async fn an_import_that_finds_no_room_leaves_no_run() -> Checked {
    let Some(disk) = Disk::mount("4m")? else {
        return skipped("mount", REASON);
    };
    // Bytes that do not pack, in a text that the run began with.
    let elsewhere = tempfile::tempdir()?;
    let source = Store::open(&elsewhere.path().join("data"))?;
    let mut state = 1_u64;
    let bytes: Vec<u8> = (0..1 << 20)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect();
    let blob = source.blobs().put(bytes).await?;
    let mut first = started("big");
    if let Event::RunStarted(started) = &mut first {
        started.texts.insert("big".to_owned(), blob);
    }
    source.log().append(batch(run(1), 0, vec![first])).await?;
    let file = elsewhere.path().join("run.venom");
    let nothing = Redaction::default();
    source.archives(Trusted::default()).export(
        &Moment {
            run: run(1),
            at: None,
        },
        Contents::All,
        &nothing,
        &mut std::fs::File::create(&file)?,
    )?;
    let store = Store::open(&disk.path().join("data"))?;
    let failure = store
        .archives(Trusted::default())
        .import(&file)
        .err()
        .ok_or("8 MiB fit into 4")?;
    assert!(is_full(&failure), "{failure:?}");
    assert_eq!(store.log().head(run(1)).await?, None);
    assert_eq!(store.log().verify(None).await?.damage, None);
    store
        .log()
        .append(batch(run(2), 0, vec![started("goes on")]))
        .await?;
    store.close().await?;
    Ok(())
}
