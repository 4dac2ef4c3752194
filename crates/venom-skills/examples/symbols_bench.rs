//! Measures the map of a workspace and compares what is said about symbols with what others say.
//!
//!     symbols_bench tree FOLDER FILES          writes a project of so many files
//!     symbols_bench map FOLDER CACHE           reads the map with what is cached in a folder
//!     symbols_bench name FOLDER CACHE NAME     finds a name by the map that is cached, a hundred times
//!     symbols_bench rename FOLDER FROM TO [ask|leave|rename]
//!                                              renames in place
//!     symbols_bench refs FOLDER SYMBOL         lists the places that name a symbol
//!     symbols_bench unused FOLDER [LIST]       lists what is unused; LIST holds `path:line` lines of
//!                                              another tool, with which it is compared
//!     symbols_bench replace FOLDER PATTERN WITH
//!     symbols_bench explain FOLDER PATH
//!
//! `refs` and `unused` print `path:line` lines, so that other tools can be compared with them; sums
//! and times go to standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use async_trait::async_trait;
use ignore::WalkBuilder;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::change::RelPath;
use venom_kernel::confine::Tier;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::cache::{Cache, NoCache};
use venom_ports::clock::Clock;
use venom_ports::exec::{Command, Executor, Finished, OnLine};
use venom_ports::session::NoSessions;
use venom_ports::skill::{Call, Output, Skill as _, SkillContext};
use venom_ports::symbols::{Said, Symbols as _};
use venom_ports::workspace::{Entry, EntryKind, FileBytes, Files, Listing, Staging, Walk, part};
use venom_ports::{Failure, FailureKind, Result};
use venom_skills::code::{CodeSkill, MapSymbols};

type Anything<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A folder that is written in place.
struct Folder(PathBuf);

fn refused(error: &dyn std::error::Error) -> Failure {
    Failure::new(FailureKind::Refused, error.to_string())
}

#[async_trait]
impl Files for Folder {
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        let bytes = fs::read(self.0.join(path.as_str())).map_err(|error| refused(&error))?;
        if bytes.len() as u64 > limit {
            return Err(Failure::new(FailureKind::Refused, "it is too large"));
        }
        Ok(FileBytes { bytes, mode: 0o644 })
    }

    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
        let read = self.read(path, u64::MAX).await?;
        Ok(part(&read.bytes, from, most))
    }

    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>> {
        Ok(fs::metadata(self.0.join(path.as_str()))
            .ok()
            .map(|found| Entry {
                path: path.clone(),
                kind: if found.is_dir() {
                    EntryKind::Folder
                } else {
                    EntryKind::File
                },
                size: found.len(),
            }))
    }

    async fn walk(&self, walk: Walk) -> Result<Listing> {
        let mut listing = Listing::default();
        let mut globs = globset::GlobSetBuilder::new();
        for glob in &walk.globs {
            globs.add(globset::Glob::new(glob).map_err(|error| refused(&error))?);
        }
        let globs = globs.build().map_err(|error| refused(&error))?;
        for entry in WalkBuilder::new(self.0.join(walk.under.as_str())).build() {
            let entry = entry.map_err(|error| refused(&error))?;
            let Ok(path) = entry.path().strip_prefix(&self.0) else {
                continue;
            };
            let Ok(path) = RelPath::new(&path.to_string_lossy()) else {
                continue;
            };
            if entry.path().is_file() && globs.is_match(path.name()) {
                let size = entry.metadata().map_or(0, |found| found.len());
                listing.entries.push(Entry {
                    path,
                    kind: EntryKind::File,
                    size,
                });
            }
        }
        listing
            .entries
            .sort_by(|one, other| one.path.cmp(&other.path));
        Ok(listing)
    }
}

#[async_trait]
impl Staging for Folder {
    async fn write(&self, path: &RelPath, bytes: Vec<u8>) -> Result<()> {
        fs::write(self.0.join(path.as_str()), bytes).map_err(|error| refused(&error))
    }

    async fn write_as(&self, path: &RelPath, bytes: Vec<u8>, _is_executable: bool) -> Result<()> {
        self.write(path, bytes).await
    }

    async fn remove(&self, path: &RelPath) -> Result<()> {
        fs::remove_file(self.0.join(path.as_str())).map_err(|error| refused(&error))
    }
}

/// Runs nothing: no action that is measured here does.
struct Nothing;

#[async_trait]
impl Executor for Nothing {
    async fn run(
        &self,
        _command: Command,
        _cancel: CancellationToken,
        _on_line: Option<OnLine>,
    ) -> Result<Finished> {
        Err(Failure::new(FailureKind::Refused, "nothing is run here"))
    }

    fn find(&self, _program: &str) -> Option<PathBuf> {
        None
    }

    fn tier(&self) -> Tier {
        Tier::Unconfined
    }
}

impl Clock for Nothing {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }

    fn steady(&self) -> Millis {
        Millis::ZERO
    }
}

/// A cache as the store has it, without its bounds.
struct Kept(PathBuf);

impl Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.0.join(key)).ok()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let temporary = self.0.join(format!("{key}.new"));
        if fs::write(&temporary, bytes).is_ok() {
            fs::rename(&temporary, self.0.join(key)).ok();
        }
    }
}

fn call(folder: &str, cache: Arc<dyn Cache>, action: &str, params: Value) -> Anything<Output> {
    let root = fs::canonicalize(folder)?;
    let context = SkillContext {
        files: Arc::new(Folder(root.clone())),
        exec: Arc::new(Nothing),
        sessions: Arc::new(NoSessions),
        blobs: Arc::new(venom_testkit::memory::MemoryBlobs::new()),
        clock: Arc::new(Nothing),
        root: root.clone(),
        scratch: root,
        key: String::new(),
        cancel: CancellationToken::new(),
        on_line: Arc::new(|_| {}),
    };
    let skill = CodeSkill::new(cache, venom_skills::code::Wanted::default());
    let call = Call {
        action: action.to_owned(),
        params,
        prepared: None,
    };
    let begin = Instant::now();
    // Nothing here waits: every file is there at once.
    let mut future = pin!(skill.call(&call, &context));
    let mut task = Context::from_waker(Waker::noop());
    let output = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
            break output;
        }
    };
    let mut talk = std::io::stderr();
    writeln!(
        talk,
        "{action}: {:.2} s, {}",
        begin.elapsed().as_secs_f64(),
        usage()
    )?;
    match output {
        Ok(output) => Ok(output),
        Err(failure) => {
            let hint = failure.hint.clone().unwrap_or_default();
            Err(format!("{failure} ({hint})").into())
        }
    }
}

/// What this process took so far: seconds of processor, and the most memory at once.
fn usage() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything: the twelfth and thirteenth are ticks of a hundredth.
    let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let ticks: u64 = behind
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("?");
    format!(
        "{}.{:02} s of processor, {} resident",
        ticks / 100,
        ticks % 100,
        most.trim()
    )
}

/// Finds a name many times; says how long the middle one took, and the slowest.
fn name(folder: &str, cache: &str, name: &str) -> Anything {
    let root = fs::canonicalize(folder)?;
    let files = Folder(root.clone());
    let symbols = MapSymbols::new(Arc::new(Kept(fs::canonicalize(cache)?)));
    let said = Said {
        name: name.to_owned(),
        sort: None,
    };
    let mut took = Vec::new();
    let mut found = Vec::new();
    for _ in 0..100 {
        let begin = Instant::now();
        let mut future = pin!(symbols.find(&files, &root, &said));
        let mut task = Context::from_waker(Waker::noop());
        let known = loop {
            if let Poll::Ready(known) = future.as_mut().poll(&mut task) {
                break known?;
            }
        };
        took.push(begin.elapsed().as_micros());
        found = known.found;
    }
    took.sort_unstable();
    writeln!(
        std::io::stderr(),
        "{name}: {} places; {} us (median), {} us (slowest), {}",
        found.len(),
        took.get(50).copied().unwrap_or_default(),
        took.last().copied().unwrap_or_default(),
        usage()
    )?;
    Ok(())
}

fn texts(value: &Value, of: &str) -> Vec<(String, u64, Value)> {
    let list = value.get(of).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|one| {
            let path = one.get("path")?.as_str()?.to_owned();
            Some((path, one.get("line")?.as_u64()?, one.clone()))
        })
        .collect()
}

fn main() -> Anything {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    let mut talk = std::io::stderr();
    let none = || Arc::new(NoCache) as Arc<dyn Cache>;
    match args.as_slice() {
        ["tree", folder, files] => tree(folder, files.parse()?)?,
        ["map", folder, cache] => {
            fs::create_dir_all(cache)?;
            let cache: Arc<dyn Cache> = Arc::new(Kept(fs::canonicalize(cache)?));
            let output = call(folder, cache, "map", json!({}))?;
            writeln!(
                out,
                "{} definitions in {} files",
                output.result["count"], output.result["files_scanned"]
            )?;
        }
        ["name", folder, cache, wanted] => name(folder, cache, wanted)?,
        ["rename", folder, from, to, rest @ ..] => {
            let undecided = rest.first().copied().unwrap_or("ask");
            let params = json!({"from": from, "to": to, "undecided": undecided});
            let output = call(folder, none(), "rename", params)?;
            writeln!(
                out,
                "{}",
                output.result["text"].as_str().unwrap_or_default()
            )?;
        }
        ["refs", folder, symbol] => {
            let output = call(folder, none(), "map", json!({"symbol": symbol}))?;
            let symbols = output.result["symbols"].as_array().cloned();
            for symbol in symbols.unwrap_or_default() {
                for (path, line, one) in texts(&symbol, "references") {
                    let sure = one["certain"].as_bool().unwrap_or_default();
                    let sure = if sure { "certain" } else { "maybe" };
                    writeln!(out, "{path}:{line} {sure}")?;
                }
            }
        }
        ["unused", folder, rest @ ..] => {
            let output = call(folder, none(), "find-unused", json!({}))?;
            let found = texts(&output.result, "unused");
            for (path, line, one) in &found {
                let [kind, name, sure, why] = ["kind", "name", "confidence", "why"]
                    .map(|key| one[key].as_str().unwrap_or_default());
                writeln!(out, "{path}:{line}\t{sure}\t{kind}\t{name}\t{why}")?;
            }
            if let Some(list) = rest.first() {
                let other: BTreeSet<String> = fs::read_to_string(list)?
                    .lines()
                    .map(str::to_owned)
                    .collect();
                let mut ours: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                for (path, line, one) in &found {
                    let sure = one["confidence"].as_str().unwrap_or_default();
                    ours.entry(sure.to_owned())
                        .or_default()
                        .insert(format!("{path}:{line}"));
                }
                for (sure, places) in &ours {
                    let both = places.intersection(&other).count();
                    writeln!(
                        talk,
                        "{sure}: {} found, {both} of them in the list",
                        places.len()
                    )?;
                }
                let all: BTreeSet<&String> = ours.values().flatten().collect();
                let missed = other.iter().filter(|place| !all.contains(place)).count();
                writeln!(talk, "{missed} of {} in the list not found", other.len())?;
            }
        }
        ["replace", folder, pattern, with] => {
            let params = json!({"pattern": pattern, "with": with});
            let output = call(folder, none(), "replace-pattern", params)?;
            writeln!(
                out,
                "{}",
                output.result["text"].as_str().unwrap_or_default()
            )?;
        }
        ["explain", folder, path] => {
            let output = call(folder, none(), "explain-module", json!({"path": path}))?;
            writeln!(
                out,
                "{}",
                output.result["text"].as_str().unwrap_or_default()
            )?;
        }
        _ => {
            writeln!(
                talk,
                "usage: symbols_bench tree|map|name|rename|refs|unused|replace|explain FOLDER …"
            )?;
            return Err("not understood".into());
        }
    }
    Ok(())
}

/// Writes a project in four languages: every file defines, imports and calls.
fn tree(folder: &str, files: usize) -> Anything {
    let root = PathBuf::from(folder);
    for number in 0..files {
        let (package, inner) = (number / 100, number % 100);
        let place = root.join(format!("pkg{:03}/sub{package:04}", package / 100));
        if inner == 0 {
            fs::create_dir_all(&place)?;
            fs::write(place.join("__init__.py"), "")?;
        }
        let before = inner.saturating_sub(1);
        let (name, text) = match number % 4 {
            0 => (format!("m{inner}.py"), python(number, before)),
            1 => (
                format!("m{inner}.rs"),
                format!(
                    "pub fn f{number}(n: u32) -> u32 {{\n    helper{number}(n) + 1\n}}\n\nfn helper{number}(n: u32) -> u32 {{\n    n * {number}\n}}\n"
                ),
            ),
            2 => (
                format!("m{inner}.ts"),
                format!(
                    "import {{ g{before} }} from './m{before}';\n\nexport function g{number}(n: number): number {{\n  const twice = n * 2;\n  return g{before}(twice);\n}}\n"
                ),
            ),
            _ => (
                format!("m{inner}.go"),
                format!(
                    "package sub{package}\n\ntype T{number} struct {{\n\tValue int\n}}\n\nfunc (t T{number}) Get() int {{\n\treturn t.Value\n}}\n"
                ),
            ),
        };
        fs::write(place.join(name), text)?;
    }
    Ok(())
}

fn python(number: usize, before: usize) -> String {
    format!(
        "from .m{before} import something\n\n\nclass Thing{number}:\n    \"\"\"A thing.\"\"\"\n\n    def __init__(self, value):\n        self.value = value\n\n    def get_{number}(self):\n        return self.value + something(self.value)\n\n\ndef make_{number}(value):\n    thing = Thing{number}(value)\n    return thing.get_{number}()\n"
    )
}
