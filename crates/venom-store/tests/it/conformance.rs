//! Both families of adapters pass the same suites.

use venom_store::Store;
use venom_testkit::conform::{self, Checked};
use venom_testkit::memory::Memory;

fn fresh() -> Checked<(tempfile::TempDir, Store)> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(&dir.path().join("data"))?;
    Ok((dir, store))
}

#[tokio::test]
async fn log_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::log::suite(&*store.log(), &*store.leases()).await
}

#[tokio::test]
async fn log_in_memory() -> Checked {
    let memory = Memory::new();
    conform::log::suite(&*memory.log, &*memory.leases).await
}

#[tokio::test]
async fn leases_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::lease::suite(&*store.leases()).await
}

#[tokio::test]
async fn leases_in_memory() -> Checked {
    conform::lease::suite(&*Memory::new().leases).await
}

#[tokio::test]
async fn inbox_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::inbox::suite(&*store.inbox()).await
}

#[tokio::test]
async fn inbox_in_memory() -> Checked {
    conform::inbox::suite(&*Memory::new().inbox).await
}

#[tokio::test]
async fn blobs_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::blob::suite(&*store.blobs()).await
}

#[tokio::test]
async fn blobs_in_memory() -> Checked {
    conform::blob::suite(&*Memory::new().blobs).await
}

#[tokio::test]
async fn projections_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::projection::suite(&*store.projections(), &*store.log()).await
}

#[tokio::test]
async fn projections_in_memory() -> Checked {
    let memory = Memory::new();
    conform::projection::suite(&*memory.projections, &*memory.log).await
}

#[tokio::test]
async fn episodes_on_disk() -> Checked {
    let (_dir, store) = fresh()?;
    conform::episodes::suite(&*store.episodes()).await
}

#[test]
fn vectors_in_memory() -> Checked {
    conform::vectors::suite(&venom_testkit::memory::MemoryVectors::new())
}
