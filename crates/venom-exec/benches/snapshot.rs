//! What snapshots cost: `cargo xtask bench snapshot`.
//!
//! A generated workspace of source-like text is captured for the first time, again with nothing
//! changed, again with 15 files changed, and 1,000 changed files are taken back. Beside it, in the
//! same run and on the same tree: a git repository whose folder lies elsewhere (`git add -A` and
//! `git write-tree`), restic where it is installed, and `cp -a` of the same files. The figures are
//! medians; what counts are the ratios, because machines differ. The store is one pack in a file
//! (BLAKE3, zstd level 3, one flush for each capture), so that this crate need not know the real one.
//! With `--ci` the tree is a tenth of the size and nothing is judged.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use venom_exec::capture::DirSnapshots;
use venom_kernel::digest::BlobId;
use venom_kernel::tree::ObjectId;
use venom_ports::blob::Objects;
use venom_ports::snapshot::{Captured, Edits, Lacks, RestoreWish, Scope, Snapshots as _};
use venom_ports::{Failure, FailureKind, Result};

fn main() {
    let is_ci = std::env::args().any(|arg| arg == "--ci");
    let (files, rounds) = if is_ci { (1_200, 1) } else { (12_000, 5) };
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    let bytes = generate(&work, files);
    println!(
        "{files} files, {} MB; milliseconds, medians of {rounds}",
        bytes / 1_000_000
    );
    println!("{:<44} {:>9} {:>9}", "", "wall", "CPU");

    let mut firsts = Vec::new();
    for _ in 0..rounds {
        let bench = Bench::new(folder.path(), &work);
        firsts.push(timed(|| bench.capture()).0);
        bench.remove();
    }
    let first = show("snapshot, first", &firsts);
    let bench = Bench::new(folder.path(), &work);
    let before = bench.capture();
    let stored = bench.bytes();
    // Old enough that nothing is read twice for being young.
    settle(folder.path());
    bench.capture();
    let same = show(
        "snapshot, nothing changed",
        &repeat(rounds * 3, || {
            assert_eq!(bench.capture().tree, before.tree);
        }),
    );
    let few: Vec<_> = (0..rounds)
        .map(|round| {
            edit(&work, files, 15, round);
            timed(|| bench.capture()).0
        })
        .collect();
    let few = show("snapshot, 15 files changed", &few);

    let git = Git::new(folder.path(), &work);
    let git_firsts: Vec<_> = (0..rounds)
        .map(|_| {
            git.init();
            timed(|| git.snapshot()).0
        })
        .collect();
    let git_first = show("git add -A && write-tree, first", &git_firsts);
    let git_bytes = size(&git.folder);
    git.snapshot();
    let git_same = show(
        "git, nothing changed",
        &repeat(rounds * 3, || git.snapshot()),
    );
    let git_few: Vec<_> = (0..rounds)
        .map(|round| {
            edit(&work, files, 15, round + 100);
            timed(|| git.snapshot()).0
        })
        .collect();
    let git_few = show("git, 15 files changed", &git_few);
    restic(folder.path(), &work, rounds);

    let changed = if is_ci { 100 } else { 1_000 };
    let (mut undone, mut copied, mut flushed) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let to = bench.capture();
        let names = edit(&work, files, changed, round + 200);
        let known = bench.capture();
        undone.push(timed(|| bench.undo(&known, &to)).0);
        let copy = folder.path().join("copy");
        fs::create_dir(&copy).unwrap();
        sync(&copy);
        let run = || {
            let mut command = Command::new("cp");
            command
                .args(["-a", "--parents", "-t"])
                .arg(&copy)
                .args(&names);
            succeed(command.current_dir(&work));
        };
        copied.push(timed(run).0);
        flushed.push(timed(|| sync(&copy)).0);
        fs::remove_dir_all(copy).unwrap();
    }
    let undo = show(&format!("undo of {changed} changed files"), &undone);
    let copy = show(&format!("cp -a of those {changed} files"), &copied);
    show("sync of that copy", &flushed);

    println!("\nbytes stored: {stored} of {bytes}; git, loose: {git_bytes} on disk");
    println!("\n{:<44} {:>9} {:>9}", "ratio", "is", "goal");
    for (what, is, goal) in [
        ("first / git's first", first / git_first, "0.30"),
        ("nothing changed / git's", same / git_same, "0.60"),
        ("15 changed / git's", few / git_few, ""),
        (
            "bytes / git's, loose",
            stored as f64 / git_bytes as f64,
            "0.55",
        ),
        ("undo / cp -a", undo / copy, "1.50"),
    ] {
        println!("{what:<44} {is:>9.2} {goal:>9}");
    }
}

/// Wall time and processor time, in milliseconds.
type Cost = (f64, f64);

fn timed<T>(work: impl FnOnce() -> T) -> (Cost, T) {
    let (began, used) = (Instant::now(), processor());
    let done = work();
    let wall = began.elapsed().as_secs_f64() * 1e3;
    ((wall, processor() - used), done)
}

fn repeat(times: usize, mut work: impl FnMut()) -> Vec<Cost> {
    (0..times).map(|_| timed(&mut work).0).collect()
}

/// Processor time of this process and of the commands that it waited for.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    // Fields 14 to 17 of proc(5), in ticks of a hundredth of a second.
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|t| t.parse::<f64>().unwrap())
        .sum();
    ticks * 10.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints medians; gives that of the wall time.
fn show(what: &str, costs: &[Cost]) -> f64 {
    let wall = median(costs.iter().map(|cost| cost.0).collect());
    let used = median(costs.iter().map(|cost| cost.1).collect());
    println!("{what:<44} {wall:>9.1} {used:>9.0}");
    wall
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    pack: Arc<Pack>,
    snapshots: DirSnapshots,
    data: PathBuf,
    work: PathBuf,
}

impl Bench {
    fn new(folder: &Path, work: &Path) -> Self {
        let data = folder.join("data");
        fs::create_dir(&data).unwrap();
        let pack = Arc::new(Pack::new(&data.join("pack")));
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            snapshots: DirSnapshots::new(pack.clone(), &data, Vec::new()),
            pack,
            data,
            work: work.to_owned(),
        }
    }

    fn capture(&self) -> Captured {
        let scope = Scope::of(&self.work);
        self.runtime
            .block_on(self.snapshots.capture(&scope))
            .unwrap()
    }

    fn undo(&self, known: &Captured, to: &Captured) {
        let wish = RestoreWish {
            scope: Scope::of(&self.work),
            known: known.tree,
            to: to.tree,
            times: None,
            only: Vec::new(),
            edits: Edits::Keep,
            lacks: Lacks::Refuse,
        };
        self.runtime.block_on(async {
            let plan = self.snapshots.plan_restore(&wish).await.unwrap();
            let restored = self.snapshots.restore(&plan).await.unwrap();
            assert!(restored.is_exact);
        });
    }

    fn bytes(&self) -> u64 {
        self.pack.state.lock().unwrap().end
    }

    fn remove(self) {
        fs::remove_dir_all(&self.data).unwrap();
    }
}

/// A store of one file.
struct Pack {
    file: File,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    places: BTreeMap<[u8; 32], (u64, usize, usize)>,
    end: u64,
}

impl Pack {
    fn new(path: &Path) -> Self {
        let mut options = File::options();
        Self {
            file: options
                .read(true)
                .write(true)
                .create_new(true)
                .open(path)
                .unwrap(),
            state: Mutex::default(),
        }
    }
}

impl Objects for Pack {
    fn write(&self, bytes: &[u8]) -> Result<BlobId> {
        let id = *blake3::hash(bytes).as_bytes();
        let blob = ObjectId::from_bytes(id).to_blob();
        if self.state.lock().unwrap().places.contains_key(&id) {
            return Ok(blob);
        }
        let packed = zstd::bulk::compress(bytes, 3).unwrap();
        let mut state = self.state.lock().unwrap();
        let at = state.end;
        state.end += packed.len() as u64;
        state.places.insert(id, (at, packed.len(), bytes.len()));
        drop(state);
        self.file.write_all_at(&packed, at).unwrap();
        Ok(blob)
    }

    fn read(&self, id: &BlobId) -> Result<Vec<u8>> {
        let id = *ObjectId::from(id).as_bytes();
        let place = self.state.lock().unwrap().places.get(&id).copied();
        let (at, length, size) =
            place.ok_or_else(|| Failure::new(FailureKind::Missing, "no such object"))?;
        let mut packed = vec![0; length];
        self.file.read_exact_at(&mut packed, at).unwrap();
        Ok(zstd::bulk::decompress(&packed, size).unwrap())
    }

    fn holds(&self, id: &BlobId) -> Result<bool> {
        let id = *ObjectId::from(id).as_bytes();
        Ok(self.state.lock().unwrap().places.contains_key(&id))
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        ObjectId::from_bytes(*blake3::hash(bytes).as_bytes()).to_blob()
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_data().unwrap();
        Ok(())
    }
}

/// A repository elsewhere that takes snapshots of the workspace.
struct Git {
    folder: PathBuf,
    work: PathBuf,
}

impl Git {
    fn new(folder: &Path, work: &Path) -> Self {
        Self {
            folder: folder.join("git"),
            work: work.to_owned(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .args(["-c", "gc.auto=0", "-c", "core.autocrlf=false"])
            .env("GIT_DIR", &self.folder)
            .env("GIT_WORK_TREE", &self.work)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(&self.work)
            .stdout(Stdio::null());
        command
    }

    fn init(&self) {
        let _ = fs::remove_dir_all(&self.folder);
        succeed(self.command().args(["init", "-q"]));
    }

    fn snapshot(&self) {
        succeed(self.command().args(["add", "-A"]));
        succeed(self.command().arg("write-tree"));
    }
}

fn restic(folder: &Path, work: &Path, rounds: usize) {
    let restic = |args: &[&str]| {
        let mut command = Command::new("restic");
        command
            .args(args)
            .env("RESTIC_PASSWORD", "x")
            .env("RESTIC_REPOSITORY", folder.join("restic"))
            .env("RESTIC_CACHE_DIR", folder.join("restic-cache"))
            .current_dir(work)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !restic(&["version"]) {
        println!("restic is not installed");
        return;
    }
    let firsts: Vec<_> = (0..rounds)
        .map(|_| {
            let _ = fs::remove_dir_all(folder.join("restic"));
            assert!(restic(&["init"]));
            timed(|| assert!(restic(&["backup", "."]))).0
        })
        .collect();
    show("restic, first", &firsts);
    show(
        "restic, nothing changed",
        &repeat(rounds, || assert!(restic(&["backup", "."]))),
    );
    println!("restic stored {} bytes", size(&folder.join("restic")));
}

fn succeed(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}");
}

/// Bytes that files take on the disk.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        sum += if metadata.is_dir() {
            size(&entry.path())
        } else {
            metadata.blocks() * 512
        };
    }
    sum
}

fn sync(folder: &Path) {
    rustix::fs::syncfs(File::open(folder).unwrap()).unwrap();
}

/// Waits until the clock of the file system has ticked a few times.
fn settle(folder: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let probe = folder.join("probe");
    let tick = || {
        fs::write(&probe, "x").unwrap();
        let metadata = fs::metadata(&probe).unwrap();
        metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec()
    };
    let first = tick();
    while tick() < first + 50_000_000 {
        std::thread::yield_now();
    }
}

/// A generator of numbers that are the same everywhere (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

fn name(number: usize) -> String {
    // 1,500 folders of eight files, three levels deep.
    let folder = number / 8;
    format!(
        "part{}/group{}/unit{}/file{number}.rs",
        folder / 100,
        folder / 10 % 10,
        folder % 10
    )
}

/// Writes the workspace; gives the bytes of its files.
fn generate(work: &Path, files: usize) -> u64 {
    let mut chance = Chance(7);
    let mut bytes = 0;
    for number in 0..files {
        let path = work.join(name(number));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Most files are small and a few are large; 10 kB on average.
        let size = match chance.below(20) {
            0 => 60_000 + chance.below(40_000),
            1..=5 => 12_000 + chance.below(8_000),
            _ => 500 + chance.below(5_000),
        };
        let text = text(&mut chance, size);
        bytes += text.len() as u64;
        fs::write(path, text).unwrap();
    }
    fs::write(work.join(".gitignore"), "*.o\ntarget/\n").unwrap();
    bytes
}

/// Text with the redundancy of source code: lines of a vocabulary, with names that are often new.
fn text(chance: &mut Chance, size: usize) -> String {
    const WORDS: &[&str] = &[
        "let", "fn", "match", "self", "value", "result", "if", "else", "return", "for", "in",
        "mut", "pub", "struct", "impl", "use", "entry", "path", "buffer", "index", "count", "name",
        "error", "state", "request", "reply", "client",
    ];
    const SIGNS: &[&str] = &[
        " = ", "(", ") ", ".", ", ", " -> ", "::<", "> ", " { ", " } ", ";\n    ", ";\n",
    ];
    let mut text = String::with_capacity(size + 64);
    while text.len() < size {
        text.push_str(WORDS[chance.below(WORDS.len())]);
        if chance.below(3) == 0 {
            write_name(&mut text, chance);
        }
        text.push_str(SIGNS[chance.below(SIGNS.len())]);
    }
    text
}

fn write_name(text: &mut String, chance: &mut Chance) {
    use std::fmt::Write as _;
    write!(text, "_{:x}", chance.below(60_000)).unwrap();
}

/// Changes files; gives their names.
fn edit(work: &Path, files: usize, count: usize, round: usize) -> Vec<String> {
    let mut chance = Chance(1_000 + round as u64);
    let names: Vec<String> = (0..count)
        .map(|place| name(place * files / count))
        .collect();
    for name in &names {
        let mut file = File::options().append(true).open(work.join(name)).unwrap();
        let line = text(&mut chance, 60);
        file.write_all(line.as_bytes()).unwrap();
    }
    names
}
