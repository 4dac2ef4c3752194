//! Ports that break, and the terminal UI over them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use venom_kernel::change::Payload;
use venom_kernel::digest::BlobId;
use venom_kernel::event::{Envelope, Event, Outcome, SkipReason, StatePart, StepFailure};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::model::ModelId;
use venom_kernel::plan::layout::picture::Glyphs;
use venom_kernel::route::Record;
use venom_kernel::run::RunState;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::Result as Done;
use venom_ports::api::models::{ModelRecords, Spent};
use venom_ports::api::report::Report;
use venom_ports::api::runs::{ApiError, NewsStream, Runs, StartRun};
use venom_ports::api::time::{
    Compared, ForkWish, Moment, ReplayMode, Replayed, RewindPreview, RewindResult, RewindWish,
    SnapshotRow, Time, WhatIf, WhatIfWish,
};
use venom_ports::clock::Clock;
use venom_ports::inbox::Command;
use venom_ports::log::Verified;
use venom_ports::memory::episodes::{Asked, Episodes, Found, Known, Mark, Note, Stats, Taken};
use venom_ports::projection::RunRow;
use venom_tui::look::{Depth, Look};
use venom_tui::services::{Folder, Services};
use venom_tui::words::Words;
use venom_tui::{Failed, Setup};

/// Whatever is asked of it, it breaks.
struct Broken;

fn broken() -> ! {
    panic!("a defect that nobody knew of")
}

#[async_trait]
impl Runs for Broken {
    async fn start(&self, _: StartRun) -> Result<RunId, ApiError> {
        broken()
    }
    async fn resume(&self, _: RunId, _: &str) -> Result<(), ApiError> {
        broken()
    }
    async fn command(&self, _: RunId, _: Command, _: &str) -> Result<bool, ApiError> {
        broken()
    }
    /// What is done at the end of everything is all that works.
    async fn interrupt(&self, _: &str) {}
    async fn follow(&self, _: RunId, _: Seq, _: bool) -> Result<NewsStream, ApiError> {
        broken()
    }
    async fn list(&self, _: usize) -> Result<Vec<RunRow>, ApiError> {
        // Until the screen stands.
        tokio::time::sleep(Duration::from_millis(300)).await;
        broken()
    }
    async fn page(&self, _: Option<RunId>, _: usize) -> Result<Vec<RunRow>, ApiError> {
        broken()
    }
    async fn find(&self, _: &str) -> Result<RunId, ApiError> {
        broken()
    }
    async fn events(&self, _: RunId, _: Seq, _: usize) -> Result<Vec<Envelope>, ApiError> {
        broken()
    }
    async fn state(&self, _: RunId, _: Option<Seq>) -> Result<RunState, ApiError> {
        broken()
    }
    async fn report(&self, _: RunId) -> Result<Report, ApiError> {
        broken()
    }
    async fn value(&self, _: &Payload) -> Result<Value, ApiError> {
        broken()
    }
    async fn blob(&self, _: &BlobId) -> Result<Vec<u8>, ApiError> {
        broken()
    }
    async fn verify_log(&self, _: Option<RunId>) -> Result<Verified, ApiError> {
        broken()
    }
}

#[async_trait]
impl Time for Broken {
    async fn replay(&self, _: &Moment, _: ReplayMode) -> Result<Replayed, ApiError> {
        broken()
    }
    async fn snapshots(&self, _: RunId) -> Result<Vec<SnapshotRow>, ApiError> {
        broken()
    }
    async fn snapshot(&self, _: RunId) -> Result<SnapshotRow, ApiError> {
        broken()
    }
    async fn preview_rewind(&self, _: RunId, _: &RewindWish) -> Result<RewindPreview, ApiError> {
        broken()
    }
    async fn rewind(&self, _: RunId, _: &RewindWish, _: &str) -> Result<RewindResult, ApiError> {
        broken()
    }
    async fn compare(&self, _: &Moment, _: &Moment) -> Result<Compared, ApiError> {
        broken()
    }
    async fn materialise(&self, _: &Moment, _: &Path) -> Result<Seq, ApiError> {
        broken()
    }
    async fn fork(&self, _: RunId, _: &ForkWish, _: &str) -> Result<RunId, ApiError> {
        broken()
    }
    async fn what_if(&self, _: RunId, _: &WhatIfWish, _: &str) -> Result<RunId, ApiError> {
        broken()
    }
    async fn what_came(&self, _: RunId) -> Result<WhatIf, ApiError> {
        broken()
    }
    async fn rewind_state(&self, _: RunId, _: Seq, _: StatePart, _: &str) -> Result<Seq, ApiError> {
        broken()
    }
    async fn preview_rewind_state(
        &self,
        _: RunId,
        _: Seq,
        _: StatePart,
        _: &str,
    ) -> Result<(), ApiError> {
        broken()
    }
    async fn release(&self, _: RunId, _: &str) -> Result<(), ApiError> {
        broken()
    }
    async fn release_snapshot(&self, _: RunId, _: Seq, _: &str) -> Result<(), ApiError> {
        broken()
    }
}

#[async_trait]
impl Episodes for Broken {
    async fn add(&self, _: Vec<Note>, _: &str, _: Timestamp) -> Done<Vec<Taken>> {
        broken()
    }
    async fn search(&self, _: Asked) -> Done<Found> {
        broken()
    }
    async fn find(&self, _: &str) -> Done<Vec<EpisodeId>> {
        broken()
    }
    async fn get(&self, _: EpisodeId, _: Timestamp) -> Done<Option<Known>> {
        broken()
    }
    async fn page(&self, _: u64, _: usize, _: Timestamp) -> Done<Vec<(u64, Known)>> {
        broken()
    }
    async fn mark(&self, _: EpisodeId, _: Mark, _: &str, _: Timestamp) -> Done<bool> {
        broken()
    }
    async fn stats(&self) -> Done<Stats> {
        broken()
    }
}

#[async_trait]
impl ModelRecords for Broken {
    async fn records(&self) -> Result<std::collections::BTreeMap<ModelId, Record>, ApiError> {
        broken()
    }
    async fn rate(&self, _: RunId, _: Option<&StepId>, _: u16, _: &str) -> Result<Seq, ApiError> {
        broken()
    }
    async fn spent(&self) -> Result<Vec<Spent>, ApiError> {
        broken()
    }
}

impl Folder for Broken {
    fn path(&self) -> PathBuf {
        PathBuf::from("/")
    }
    fn prepare(&self, _: String) -> Result<StartRun, ApiError> {
        broken()
    }
    fn offset(&self, _: Timestamp) -> i32 {
        0
    }
    fn copy(&self, _: RunId, _: &Path) -> Result<PathBuf, ApiError> {
        broken()
    }
}

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
    fn steady(&self) -> Millis {
        Millis::ZERO
    }
}

/// Shows it until it breaks down; returns what it says then.
pub(super) async fn show() -> Result<(), Failed> {
    let services = Services {
        runs: Arc::new(Broken),
        time: Arc::new(Broken),
        episodes: Arc::new(Broken),
        records: Arc::new(Broken),
        folder: Arc::new(Broken),
        clock: Arc::new(Broken),
        models: Vec::new(),
        skills: Vec::new(),
    };
    let setup = Setup {
        look: Look {
            depth: Depth::Sixteen,
            glyphs: Glyphs::Boxes,
            is_linear: false,
            has_mouse: true,
        },
        words: Words {
            event: |_: &Event| String::new(),
            time: |_| String::new(),
            reason: |_| String::new(),
            failure: |_: &StepFailure| String::new(),
            skipped: |_: &SkipReason| String::new(),
            outcome: |_: &Outcome| "",
        },
        user: "somebody".to_owned(),
        run: None,
    };
    venom_tui::run(services, setup).await.map(|_ended| ())
}
