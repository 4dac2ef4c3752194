//! Projections: grown and rebuilt ones are the same, and a broken file is nobody's loss.

use proptest::prelude::*;
use venom_ports::log::LogStore as _;
use venom_ports::projection::Projections as _;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, run, whole};
use venom_testkit::memory::Memory;

use crate::fixture::{Home, tamper, written};

#[tokio::test]
async fn a_broken_file_is_folded_again() -> Checked {
    let home = Home::new()?;
    written(&home).await?;
    let store = home.open()?;
    let digest = store.projections().digest().await?;
    let rows = store.projections().runs(100).await?;
    store.close().await?;
    let file = home.file("state.db");
    let whole = std::fs::read(&file)?;
    let cut = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
    // The pages behind the first hold the tables.
    let mut scratched = whole.clone();
    scratched
        .iter_mut()
        .skip(4_096)
        .step_by(5)
        .for_each(|byte| *byte ^= 0x55);
    for content in [
        Some(cut),
        Some(scratched),
        Some(b"garbage".repeat(1_000)),
        Some(vec![]),
        None,
    ] {
        match content {
            Some(content) => std::fs::write(&file, content)?,
            None => std::fs::remove_file(&file)?,
        }
        let store = home.open()?;
        assert_eq!(store.projections().digest().await?, digest);
        assert_eq!(store.projections().runs(100).await?, rows);
        store.close().await?;
    }
    tamper(&file)?.pragma_update(None, "user_version", 99)?;
    let store = home.open()?;
    assert_eq!(
        store.projections().digest().await?,
        digest,
        "another version is replaced"
    );
    Ok(())
}

#[tokio::test]
async fn a_file_of_another_log_is_folded_again() -> Checked {
    let (one, two) = (Home::new()?, Home::new()?);
    written(&one).await?;
    let store = one.open()?;
    store.projections().digest().await?;
    store.close().await?;
    let store = two.open()?;
    store
        .log()
        .append(batch(run(9), 0, whole("elsewhere", 1)?))
        .await?;
    let digest = store.projections().digest().await?;
    store.close().await?;
    std::fs::copy(one.file("state.db"), two.file("state.db"))?;
    let store = two.open()?;
    assert_eq!(store.projections().digest().await?, digest);
    assert_eq!(store.projections().runs(10).await?.len(), 1);
    Ok(())
}

/// Appends runs piece by piece, in an order that the numbers say, asking or reopening in between.
async fn grown(pieces: &[(u64, usize, u8)]) -> Checked {
    let home = Home::new()?;
    let memory = Memory::new();
    let mut store = home.open()?;
    let story = whole("grown", 3)?;
    let mut written = std::collections::BTreeMap::<u64, usize>::new();
    for (number, length, then) in pieces {
        let from = written.entry(*number).or_default();
        let events: Vec<_> = story.iter().skip(*from).take(*length).cloned().collect();
        let batch = batch(run(*number), *from as u64, events);
        *from = (*from + length).min(story.len());
        store.log().append(batch.clone()).await?;
        memory.log.append(batch).await?;
        match then {
            0 => {
                store.projections().digest().await?;
            }
            1 => {
                store.close().await?;
                store = home.open()?;
            }
            _ => {}
        }
    }
    let projections = store.projections();
    assert_eq!(
        projections.runs(100).await?,
        memory.projections.runs(100).await?
    );
    assert_eq!(
        projections.durations("code", "scan", 100).await?,
        memory.projections.durations("code", "scan", 100).await?
    );
    let digest = projections.digest().await?;
    assert_eq!(projections.rebuild().await?, digest);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn growing_is_rebuilding(pieces in prop::collection::vec((1..5_u64, 1..9_usize, 0..4_u8), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build()
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        runtime.block_on(grown(&pieces)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
