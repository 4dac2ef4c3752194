//! A small real world for skills: a folder, the programs of this machine, and a staging area in
//! memory. Every call is checked against the manifests on its way in and out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use globset::{GlobBuilder, GlobSetBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use venom_kernel::change::RelPath;
use venom_kernel::confine::Tier;
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::clock::Clock;
use venom_ports::exec::{Captured, Command, Executor, Exit, Finished, Keep, OnLine};
use venom_ports::function::Functions;
use venom_ports::session::NoSessions;
use venom_ports::skill::{Call, Output, Skill, SkillContext, SkillRegistry as _};
use venom_ports::workspace::{Entry, EntryKind, FileBytes, Files, Listing, Staging, Walk, part};
use venom_ports::{Failure, FailureKind, Result};
use venom_skills::function::FunctionSkill;
use venom_skills::registry::Registry;
use venom_testkit::memory::MemoryBlobs;

use crate::schema;

/// Waits for a future on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// A folder with everything that a skill may use.
pub(crate) struct World {
    registry: Registry,
    folder: TempDir,
    home: TempDir,
    /// The workspace below the folder; empty for the folder itself.
    inner: String,
    staging: Arc<Overlay>,
    hidden: Vec<String>,
    tier: Tier,
}

impl World {
    /// Makes an empty workspace.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let staging = Arc::new(Overlay::new(folder.path().canonicalize().unwrap()));
        Self {
            registry: Registry::new(),
            folder,
            home: tempfile::tempdir().unwrap(),
            inner: String::new(),
            staging,
            hidden: Vec::new(),
            tier: Tier::Unconfined,
        }
    }

    /// Makes an empty workspace from which these functions can be called.
    pub(crate) fn with_functions(functions: Arc<dyn Functions>) -> Self {
        let skill: Arc<dyn Skill> = Arc::new(FunctionSkill::new(functions));
        Self {
            registry: Registry::with([skill]),
            ..Self::new()
        }
    }

    /// Makes a repository with an identity.
    pub(crate) fn repository() -> Self {
        let world = Self::new();
        world.git(&["init", "--quiet", "--initial-branch=main"]);
        world.git(&["config", "user.name", "Ann Example"]);
        world.git(&["config", "user.email", "ann@example.org"]);
        world
    }

    /// Makes a folder of this one the workspace.
    pub(crate) fn within(mut self, inner: &str) -> Self {
        fs::create_dir_all(self.path(inner)).unwrap();
        inner.clone_into(&mut self.inner);
        self.staging = Arc::new(Overlay::new(self.root()));
        self
    }

    /// Hides a program from skills.
    pub(crate) fn without(mut self, program: &str) -> Self {
        self.hidden.push(program.to_owned());
        self
    }

    /// Says that commands run in a cell.
    pub(crate) fn in_a_cell(mut self) -> Self {
        self.tier = Tier::Cell;
        self
    }

    /// Returns the path of a file in the outer folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    /// Returns the workspace.
    pub(crate) fn root(&self) -> PathBuf {
        self.path(&self.inner)
    }

    /// Writes a file on the disk.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes a program on the disk.
    pub(crate) fn write_program(&self, path: &str, content: &str) {
        self.write(path, content);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Reads a file as staged.
    pub(crate) fn staged(&self, path: &str) -> Option<String> {
        let staged = self.staging.staged.lock().unwrap();
        let bytes = staged.get(&RelPath::new(path).unwrap())?.clone()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Lists what is staged.
    pub(crate) fn staged_paths(&self) -> Vec<String> {
        self.staging
            .staged
            .lock()
            .unwrap()
            .keys()
            .map(ToString::to_string)
            .collect()
    }

    /// Puts what is staged on the disk.
    pub(crate) fn apply(&self) {
        for (path, bytes) in std::mem::take(&mut *self.staging.staged.lock().unwrap()) {
            let place = self.root().join(path.as_str());
            match bytes {
                Some(bytes) => {
                    fs::create_dir_all(place.parent().unwrap()).unwrap();
                    fs::write(place, bytes).unwrap();
                }
                None => fs::remove_file(place).unwrap(),
            }
        }
    }

    /// Runs git in the outer folder, as a user would.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = std::process::Command::new("git")
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.variables())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {errors}{text}");
        text
    }

    /// Commits everything, as a user would.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    fn variables(&self) -> Vec<(String, String)> {
        let home = self.home.path().to_string_lossy().into_owned();
        // The path of the build: what runs the tests runs the programs as well.
        let path = option_env!("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin");
        [
            ("PATH", path),
            ("HOME", &home),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    fn context(&self, scratch: &Path) -> SkillContext {
        SkillContext {
            files: self.staging.clone(),
            exec: Arc::new(Programs {
                variables: self.variables(),
                hidden: self.hidden.clone(),
                tier: self.tier,
            }),
            sessions: Arc::new(NoSessions),
            blobs: Arc::new(MemoryBlobs::new()),
            clock: Arc::new(Still),
            root: self.root(),
            scratch: scratch.to_owned(),
            key: "a-key".to_owned(),
            cancel: CancellationToken::new(),
            on_line: Arc::new(|_| {}),
        }
    }

    /// Looks at the world before an action.
    pub(crate) fn prepare(&self, action: &str, params: Value) -> Result<Value> {
        let scratch = tempfile::tempdir().unwrap();
        let (skill, call) = Self::order(action, params);
        let skill = self.registry.skill(&skill).unwrap();
        wait(skill.prepare(&call, &self.context(scratch.path())))
    }

    /// Calls an action with what was seen before.
    pub(crate) fn call_prepared(
        &self,
        action: &str,
        params: Value,
        prepared: Value,
    ) -> Result<Output> {
        let (skill, mut call) = Self::order(action, params);
        let manifest = self
            .registry
            .manifests()
            .action(&skill, &call.action)
            .unwrap()
            .clone();
        assert_eq!(
            schema::misfit(&manifest.params, &call.params),
            None,
            "parameters of {action}"
        );
        call.prepared = Some(prepared);
        let scratch = tempfile::tempdir().unwrap();
        let skill = self.registry.skill(&skill).unwrap();
        let output = wait(skill.call(&call, &self.context(scratch.path())))?;
        assert_eq!(
            schema::misfit(&manifest.result, &output.result),
            None,
            "result of {action}"
        );
        let text = output.result.to_string();
        for place in [self.root(), scratch.path().to_owned()] {
            assert!(
                !text.contains(&*place.to_string_lossy()),
                "{action} names {}: {text}",
                place.display()
            );
        }
        Ok(output)
    }

    /// Calls an action such as `git.status`, after preparing it if it asks for that.
    pub(crate) fn try_call(&self, action: &str, params: Value) -> Result<Output> {
        let (skill, call) = Self::order(action, params.clone());
        let manifest = self
            .registry
            .manifests()
            .action(&skill, &call.action)
            .unwrap();
        let prepared = if manifest.prepares {
            self.prepare(action, params.clone())?
        } else {
            Value::Null
        };
        self.call_prepared(action, params, prepared)
    }

    /// Calls an action that must work, and returns its result.
    pub(crate) fn call(&self, action: &str, params: Value) -> Value {
        self.call_with_evidence(action, params).0
    }

    /// Calls an action that must work, and returns its result and evidence.
    pub(crate) fn call_with_evidence(&self, action: &str, params: Value) -> (Value, Vec<Evidence>) {
        let output = self.try_call(action, params).unwrap_or_else(|failure| {
            panic!("{action}: {} {failure}; {:?}", failure.kind, failure.hint)
        });
        (output.result, output.evidence)
    }

    /// Calls an action that must fail.
    pub(crate) fn fails(&self, action: &str, params: Value) -> Failure {
        match self.try_call(action, params) {
            Ok(output) => panic!("{action} worked: {}", output.result),
            Err(failure) => failure,
        }
    }

    /// Probes an action after a crash.
    pub(crate) fn probe(&self, action: &str, params: Value, prepared: Value) -> Probed {
        let scratch = tempfile::tempdir().unwrap();
        let (skill, mut call) = Self::order(action, params);
        call.prepared = Some(prepared);
        let skill = self.registry.skill(&skill).unwrap();
        wait(skill.probe(&call, &self.context(scratch.path()))).unwrap()
    }

    fn order(action: &str, params: Value) -> (String, Call) {
        let (skill, action) = action.split_once('.').unwrap();
        let call = Call {
            action: action.to_owned(),
            params,
            prepared: None,
        };
        (skill.to_owned(), call)
    }
}

/// Returns one field of every item of a list.
pub(crate) fn column(list: &Value, field: &str) -> Vec<String> {
    let items = list
        .as_array()
        .unwrap_or_else(|| panic!("{list} is no list"));
    let text = |item: &Value| match &item[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    items.iter().map(text).collect()
}

/// The text that people read.
pub(crate) fn text(result: &Value) -> &str {
    result["text"].as_str().unwrap()
}

/// No parameters.
pub(crate) fn none() -> Value {
    json!({})
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }

    fn steady(&self) -> Millis {
        Millis::ZERO
    }
}

/// Runs real programs and waits for them.
struct Programs {
    variables: Vec<(String, String)>,
    hidden: Vec<String>,
    tier: Tier,
}

#[async_trait]
impl Executor for Programs {
    async fn run(
        &self,
        command: Command,
        _cancel: CancellationToken,
        _on_line: Option<OnLine>,
    ) -> Result<Finished> {
        let Some(program) = self.find(&command.program) else {
            let message = format!("there is no program `{}`", command.program);
            return Err(Failure::new(FailureKind::Missing, message));
        };
        let mut child = std::process::Command::new(program)
            .args(&command.args)
            .current_dir(&command.cwd)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .envs(&command.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        let mut stdin = child.stdin.take().unwrap();
        let input = command.stdin.clone();
        // A program that does not read its input closes it; that is no mistake here.
        thread::spawn(move || stdin.write_all(&input).ok());
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes)
        });
        let err = thread::spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).map(|_| bytes)
        });
        let end = Instant::now() + Duration::from(command.timeout);
        let mut timed_out = false;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end && !timed_out {
                timed_out = true;
                let group = format!("-{}", child.id());
                std::process::Command::new("kill")
                    .args(["-9", "--", &group])
                    .status()
                    .unwrap();
            }
            thread::park_timeout(Duration::from_millis(2));
        };
        let exit = match (timed_out, status.code()) {
            (true, _) => Exit::TimedOut,
            (false, Some(code)) => Exit::Code(code),
            (false, None) => Exit::Signal(status.signal().unwrap()),
        };
        Ok(Finished {
            exit,
            stdout: captured(out.join().unwrap().unwrap(), command.keep),
            stderr: captured(err.join().unwrap().unwrap(), command.keep),
            took: Millis::ZERO,
            tier: Tier::Unconfined,
        })
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        if self.hidden.iter().any(|hidden| hidden == program) {
            return None;
        }
        let path = &self.variables.iter().find(|(name, _)| name == "PATH")?.1;
        let places = path
            .split(':')
            .map(|folder| Path::new(folder).join(program));
        places.into_iter().find(|place| place.is_file())
    }

    fn tier(&self) -> Tier {
        self.tier
    }
}

fn captured(bytes: Vec<u8>, keep: Keep) -> Captured {
    if bytes.len() <= keep.head + keep.tail {
        return Captured {
            head: bytes,
            ..Captured::default()
        };
    }
    let dropped = (bytes.len() - keep.head - keep.tail) as u64;
    let tail = bytes[bytes.len() - keep.tail..].to_vec();
    Captured {
        head: bytes[..keep.head].to_vec(),
        tail,
        dropped,
        whole: vec![],
    }
}

/// A folder with edits over it.
struct Overlay {
    root: PathBuf,
    staged: Mutex<BTreeMap<RelPath, Option<Vec<u8>>>>,
}

impl Overlay {
    fn new(root: PathBuf) -> Self {
        Self {
            root,
            staged: Mutex::new(BTreeMap::new()),
        }
    }
}

#[async_trait]
impl Files for Overlay {
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        let staged = self.staged.lock().unwrap().get(path).cloned();
        let missing = || Failure::new(FailureKind::Missing, format!("there is no file `{path}`"));
        let refused = |why: &str| Failure::new(FailureKind::Refused, format!("`{path}` {why}"));
        let bytes = if let Some(bytes) = staged {
            bytes.ok_or_else(missing)?
        } else {
            let place = self.root.join(path.as_str());
            let Ok(found) = fs::symlink_metadata(&place) else {
                return Err(missing());
            };
            if !found.is_file() {
                return Err(refused("is no file"));
            }
            if found.len() > limit {
                return Err(refused("is too large"));
            }
            fs::read(place).map_err(|error| refused(&error.to_string()))?
        };
        Ok(FileBytes { bytes, mode: 0o644 })
    }

    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
        let read = self.read(path, u64::MAX).await?;
        Ok(part(&read.bytes, from, most))
    }

    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>> {
        let path = path.clone();
        if let Some(staged) = self.staged.lock().unwrap().get(&path) {
            let entry = |bytes: &Vec<u8>| Entry {
                path: path.clone(),
                kind: EntryKind::File,
                size: bytes.len() as u64,
            };
            return Ok(staged.as_ref().map(entry));
        }
        let Ok(found) = fs::symlink_metadata(self.root.join(path.as_str())) else {
            return Ok(None);
        };
        let kind = kind(found.file_type());
        Ok(Some(Entry {
            path,
            kind,
            size: found.len(),
        }))
    }

    async fn walk(&self, walk: Walk) -> Result<Listing> {
        let mut globs = GlobSetBuilder::new();
        for glob in &walk.globs {
            let named = if glob.contains('/') {
                glob.clone()
            } else {
                format!("**/{glob}")
            };
            let glob = GlobBuilder::new(&named).literal_separator(true).build();
            globs.add(glob.map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?);
        }
        let globs = globs.build().unwrap();
        let mut entries = BTreeMap::new();
        let mut unreadable = Vec::new();
        let walker = ignore::WalkBuilder::new(self.root.join(walk.under.as_str()))
            .hidden(!walk.hidden)
            .git_ignore(!walk.ignored)
            .git_global(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walker.flatten() {
            let Ok(relative) = entry.path().strip_prefix(&self.root) else {
                continue;
            };
            let Some(text) = relative.to_str() else {
                // As the real workspace does it; what is in such a folder is not told once more.
                if relative
                    .parent()
                    .is_some_and(|folder| folder.to_str().is_some())
                {
                    unreadable.push(RelPath::new(&escaped(relative)).unwrap());
                }
                continue;
            };
            let path = RelPath::new(text).unwrap();
            let size = entry.metadata().map_or(0, |found| found.len());
            let kind = kind(entry.file_type().unwrap());
            entries.insert(path.clone(), Entry { path, kind, size });
        }
        for (path, bytes) in &*self.staged.lock().unwrap() {
            match bytes {
                Some(bytes) => {
                    let size = bytes.len() as u64;
                    let entry = Entry {
                        path: path.clone(),
                        kind: EntryKind::File,
                        size,
                    };
                    entries.insert(path.clone(), entry);
                }
                None => {
                    entries.remove(path);
                }
            }
        }
        let fits = |entry: &Entry| {
            !entry.path.is_root()
                && (walk.globs.is_empty()
                    || (entry.kind == EntryKind::File && globs.is_match(entry.path.as_str())))
        };
        let entries: Vec<Entry> = entries.into_values().filter(fits).collect();
        let truncated = entries.len() > walk.limit;
        let entries = entries.into_iter().take(walk.limit).collect();
        Ok(Listing {
            entries,
            truncated,
            unreadable,
        })
    }
}

/// Writes bytes that are no text as `\xff`.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").unwrap();
        }
    }
    text
}

fn kind(found: fs::FileType) -> EntryKind {
    if found.is_file() {
        EntryKind::File
    } else if found.is_dir() {
        EntryKind::Folder
    } else if found.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    }
}

#[async_trait]
impl Staging for Overlay {
    async fn write(&self, path: &RelPath, bytes: Vec<u8>) -> Result<()> {
        self.staged
            .lock()
            .unwrap()
            .insert(path.clone(), Some(bytes));
        Ok(())
    }

    async fn write_as(&self, path: &RelPath, bytes: Vec<u8>, _is_executable: bool) -> Result<()> {
        self.write(path, bytes).await
    }

    async fn remove(&self, path: &RelPath) -> Result<()> {
        self.staged.lock().unwrap().insert(path.clone(), None);
        Ok(())
    }
}
