//! The stage: decoys outside, a workspace with things worth protecting, and the facts about both.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::listeners::Listeners;
use super::options::Options;
use super::terminals::Terminals;
use super::victims::Victims;
use crate::facts::Facts;
use crate::files::system_name;
use crate::os::{self, call};
use crate::probe::{Effect, Probe, Witness};
use crate::resources::bomb_name;

/// The name of the program in the workspace.
const PROGRAM: &str = "venom-escape-probe";
const FACTS: &str = "venom-escape-facts.json";

/// Descriptors that the launcher inherits by mistake, as careless parents do.
const LEAKED_FOLDER: c_int = 77;
const LEAKED_SOCKET: c_int = 78;

/// Where the engines of containers listen.
const ENGINES: &[&str] = &[
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
];

/// Everything that the driver prepared, for as long as it runs.
pub(super) struct Stage {
    pub(super) base: PathBuf,
    pub(super) nonce: String,
    pub(super) facts: Facts,
    pub(super) is_root: bool,
    pub(super) listeners: Listeners,
    pub(super) victims: Victims,
    pub(super) terminals: Option<Terminals>,
    /// What was typed into the launcher's terminal so far.
    pub(super) typed: Vec<u8>,
    pub(super) bytes_left: u64,
    pub(super) listen_port: u16,
    decoys: BTreeMap<&'static str, (i64, i64)>,
    kernel: Vec<KernelObject>,
    _secret: File,
    engine: Option<UnixListener>,
}

/// What stays in the kernel until somebody removes it.
enum KernelObject {
    Memory(i64),
    Queue(i64),
    PosixQueue(String),
}

impl Stage {
    /// Prepares everything but the workspace, which each run gets anew.
    pub(super) fn set(options: &Options, probes: &[Probe]) -> io::Result<Self> {
        call!(libc::SYS_umask, 0o022)?;
        let nonce = nonce()?;
        let token = format!("escape-token-{nonce}");
        let base = options.outside.join(format!("venom-escape.{nonce}"));
        let outside = base.join("outside");
        fs::create_dir_all(&outside)?;
        for folder in [
            "touched",
            "made",
            "ran",
            "home/.aws",
            "home/.docker",
            ".ssh",
        ] {
            fs::create_dir_all(outside.join(folder))?;
        }
        // Open to all: what stops a probe must be the sandbox, not the owner's mask.
        for folder in ["", "touched", "made", "ran"] {
            fs::set_permissions(outside.join(folder), Permissions::from_mode(0o777))?;
        }
        fs::write(outside.join("secret"), &token)?;
        fs::write(outside.join(".ssh/id_ed25519"), &token)?;
        let home = [
            ".netrc",
            ".aws/credentials",
            ".git-credentials",
            ".bash_history",
        ];
        for name in home.into_iter().chain([".docker/config.json"]) {
            fs::write(outside.join("home").join(name), &token)?;
        }
        fs::copy(std::env::current_exe()?, outside.join("program"))?;
        fs::set_permissions(outside.join("program"), Permissions::from_mode(0o755))?;

        let is_root = call!(libc::SYS_geteuid)? == 0;
        let mut facts = Facts::default();
        facts.set("nonce", nonce.as_str());
        facts.set("token", token.as_str());
        facts.set("name_prefix", format!("ve{nonce}-"));
        facts.set("outside", text(&outside));
        facts.set("secret", text(&outside.join("secret")));
        facts.set("secret_by_dotdot", "../outside/secret");
        facts.set("ssh_key", text(&outside.join(".ssh/id_ed25519")));
        facts.set("driver_pid", std::process::id());
        facts.set("driver_is_root", i64::from(is_root));
        facts.set("key_variable", "VENOM_ESCAPE_API_KEY");
        facts.set("key_value", format!("escape-key-{nonce}"));

        let secret = File::open(outside.join("secret"))?;
        facts.set("secret_fd", secret.as_raw_fd());
        facts.set("secret_inode", secret.metadata()?.ino());
        facts.set("leaked_fd", LEAKED_FOLDER);
        facts.set("leaked_socket", LEAKED_SOCKET);
        if let Ok(shadow) = fs::metadata("/etc/shadow") {
            facts.set("shadow_inode", shadow.ino());
            facts.set("shadow_device", shadow.dev());
        }
        for (name, fact) in [
            ("pid", "host_pid_namespace"),
            ("mnt", "host_mount_namespace"),
            ("net", "host_network_namespace"),
            ("uts", "host_name_namespace"),
        ] {
            facts.set(fact, text(&fs::read_link(format!("/proc/self/ns/{name}"))?));
        }
        if let Ok(handle) = handle(&outside.join("secret")) {
            facts.set("secret_handle", handle);
        }
        disk(&mut facts);
        let shared = format!("/dev/shm/venom-escape-{nonce}");
        if fs::write(&shared, &token).is_ok() {
            facts.set("shm_file", shared);
        }
        if let Some(engine) = ENGINES.iter().find(|path| Path::new(path).exists()) {
            facts.set("engine_socket", *engine);
        }

        let kernel = kernel_objects(&nonce, &token, &mut facts);
        let listeners = Listeners::open(&outside, &nonce, &token, &mut facts)?;
        let listen_port = super::listeners::free_port()?;
        facts.set("listen_port", listen_port);
        let victims = Victims::start(&outside, &nonce, &token, probes, &mut facts)?;
        let terminals = Terminals::open(&mut facts).ok();

        let mut stage = Self {
            base,
            nonce,
            facts,
            is_root,
            listeners,
            victims,
            terminals,
            typed: Vec::new(),
            bytes_left: 0,
            listen_port,
            decoys: BTreeMap::new(),
            kernel,
            _secret: secret,
            engine: None,
        };
        stage.leak()?;
        for probe in probes {
            stage.set_decoy(probe.id)?;
        }
        Ok(stage)
    }

    pub(super) fn outside(&self, below: &str) -> PathBuf {
        self.base.join("outside").join(below)
    }

    pub(super) fn workspace(&self, below: &str) -> PathBuf {
        self.base.join("workspace").join(below)
    }

    pub(super) fn token(&self) -> String {
        format!("escape-token-{}", self.nonce)
    }

    pub(super) fn key(&self) -> String {
        format!("escape-key-{}", self.nonce)
    }

    pub(super) fn prefix(&self) -> String {
        format!("ve{}-", self.nonce)
    }

    /// Where a launcher's words point.
    pub(super) fn fill(&self, word: &str) -> String {
        word.replace("{workspace}", &text(&self.base.join("workspace")))
            .replace("{probe}", &text(&self.workspace(PROGRAM)))
            .replace("{facts}", &text(&self.workspace(FACTS)))
            .replace("{name}", PROGRAM)
    }

    /// Opens the descriptors that the launcher inherits.
    fn leak(&self) -> io::Result<()> {
        let folder = File::open(self.outside(""))?;
        call!(libc::SYS_dup3, folder.as_raw_fd(), LEAKED_FOLDER, 0)?;
        let stream = UnixStream::connect(self.outside("stream.sock"))?;
        call!(libc::SYS_dup3, stream.as_raw_fd(), LEAKED_SOCKET, 0)?;
        Ok(())
    }

    fn set_decoy(&mut self, id: &'static str) -> io::Result<()> {
        let path = self.outside("touched").join(id);
        fs::write(&path, format!("decoy {}", self.nonce))?;
        fs::set_permissions(&path, Permissions::from_mode(0o666))?;
        let metadata = fs::metadata(&path)?;
        self.decoys
            .insert(id, (metadata.ctime(), metadata.ctime_nsec()));
        Ok(())
    }

    /// Whether a decoy is not as it was made. The time of change follows content, mode, owner,
    /// attributes, links and names alike.
    pub(super) fn is_touched(&self, id: &str) -> bool {
        let now = fs::symlink_metadata(self.outside("touched").join(id));
        let now = now.map(|metadata| (metadata.ctime(), metadata.ctime_nsec()));
        now.ok() != self.decoys.get(id).copied()
    }

    /// Makes the workspace anew.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        let root = self.base.join("workspace");
        self.engine = None;
        remove(&root);
        for folder in [
            ".git/hooks",
            ".git/objects",
            ".git/refs/heads",
            ".vscode",
            ".venom",
            "service",
            "scratch",
            "left",
            "left/folder_swapped",
            "src",
        ] {
            fs::create_dir_all(root.join(folder))?;
        }
        let token = self.token();
        for (path, content) in [
            (".git/HEAD", "ref: refs/heads/main\n"),
            (
                ".git/config",
                "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
            ),
            (".git/hooks/post-checkout.sample", "#!/bin/sh\n"),
            (".gitmodules", ""),
            (".vscode/tasks.json", "{}\n"),
            (".envrc", "\n"),
            (".mcp.json", "{}\n"),
            (".venom/policy.yaml", "\n"),
            ("src/main.py", "print('hello')\n"),
            ("left/file_swapped", "a file\n"),
            (".env", token.as_str()),
            (".env.production", token.as_str()),
            ("service/.env", token.as_str()),
            ("server.pem", token.as_str()),
        ] {
            fs::write(root.join(path), content)?;
        }
        fs::copy(std::env::current_exe()?, root.join(PROGRAM))?;
        self.facts.write(&root.join(FACTS))?;
        open_to_all(&root)?;
        if self.is_root {
            fs::copy(std::env::current_exe()?, root.join("setuid-program"))?;
            let mode = Permissions::from_mode(0o4755);
            fs::set_permissions(root.join("setuid-program"), mode)?;
        }
        self.engine = Some(self.listeners.open_in_workspace(&root)?);
        Ok(())
    }

    /// Removes what the probes of one run may have made outside the workspace.
    pub(super) fn sweep(&mut self) {
        self.bytes_left = self
            .bytes_left
            .max(bytes_below(&self.base.join("workspace")));
        let name = bomb_name(&self.nonce);
        for folder in ["/tmp", "/var/tmp", "/dev/shm"] {
            remove(&Path::new(folder).join(&name));
        }
    }

    /// Removes everything.
    pub(super) fn strike(&mut self) {
        self.victims.end();
        for object in self.kernel.drain(..) {
            // What is gone already needs no removal.
            match object {
                KernelObject::Memory(id) => {
                    call!(libc::SYS_shmctl, id, libc::IPC_RMID, 0).ok();
                }
                KernelObject::Queue(id) => {
                    call!(libc::SYS_msgctl, id, libc::IPC_RMID, 0).ok();
                }
                KernelObject::PosixQueue(name) => {
                    if let Ok(name) = os::c_path(name) {
                        call!(libc::SYS_mq_unlink, &name).ok();
                    }
                }
            }
        }
        for probe in crate::catalogue::all() {
            if let Witness::Host(Effect::SystemFile(folder)) = probe.witness {
                remove(&Path::new(folder).join(system_name(&self.nonce, probe.id)));
            }
        }
        remove(Path::new(&format!("/dev/shm/venom-escape-{}", self.nonce)));
        remove(&self.base);
    }
}

/// A path as text; the driver makes no path that is not.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn nonce() -> io::Result<String> {
    let mut bytes = [0; 3];
    call!(libc::SYS_getrandom, &mut bytes, 3, 0)?;
    Ok(bytes.iter().fold(String::new(), |mut hex, byte| {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
        hex
    }))
}

/// Removes a tree of any depth, or a file; what is not there needs no removal.
fn remove(path: &Path) {
    if fs::symlink_metadata(path).is_ok() {
        // The program of the system copes with trees that are deeper than a path may be long.
        Command::new("rm")
            .arg("-rf")
            .arg("--")
            .arg(path)
            .status()
            .ok();
    }
}

fn open_to_all(root: &Path) -> io::Result<()> {
    fs::set_permissions(root, Permissions::from_mode(0o777))?;
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let metadata = fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            open_to_all(&path)?;
        } else {
            let executable = metadata.permissions().mode() & 0o111;
            fs::set_permissions(&path, Permissions::from_mode(0o666 | executable))?;
        }
    }
    Ok(())
}

/// The space that a tree takes, down to a depth that paths allow.
fn bytes_below(root: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.path().symlink_metadata() else {
                continue;
            };
            // The unit of this field is 512 bytes everywhere.
            bytes += metadata.blocks() * 512;
            if metadata.is_dir() && depth < 64 {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    bytes
}

/// `struct file_handle` of a file, in hexadecimal digits.
fn handle(path: &Path) -> io::Result<String> {
    let mut handle = [0_u8; 136];
    handle[..4].copy_from_slice(&128_u32.to_ne_bytes());
    let mut mount = [0; 4];
    let path = os::c_path(path)?;
    let at = libc::AT_FDCWD;
    call!(
        libc::SYS_name_to_handle_at,
        at,
        &path,
        &mut handle,
        &mut mount,
        0
    )?;
    let mut length = [0; 4];
    length.copy_from_slice(handle.get(..4).unwrap_or_default());
    let length = usize::try_from(u32::from_ne_bytes(length)).unwrap_or_default();
    let used = handle.get(..8 + length).unwrap_or_default();
    Ok(used.iter().fold(String::new(), |mut hex, byte| {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
        hex
    }))
}

/// The device below the root, when it is a disk.
fn disk(facts: &mut Facts) {
    let Ok(metadata) = fs::metadata("/") else {
        return;
    };
    let device = metadata.dev();
    let (major, minor) = (libc::major(device), libc::minor(device));
    let about = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/uevent"));
    let name = about.ok().and_then(|about| {
        let name = about.lines().find_map(|line| line.strip_prefix("DEVNAME="));
        name.map(|name| format!("/dev/{name}"))
    });
    if let Some(path) = name {
        facts.set("disk", device);
        facts.set("disk_path", path);
    }
}

/// Shared memory and queues that hold the token. A kernel without them gives no facts about them.
fn kernel_objects(nonce: &str, token: &str, facts: &mut Facts) -> Vec<KernelObject> {
    let mut objects = Vec::new();
    if let Ok(id) = call!(libc::SYS_shmget, libc::IPC_PRIVATE, 4096, 0o666) {
        objects.push(KernelObject::Memory(id));
        let written = call!(libc::SYS_shmat, id, 0, 0).and_then(|address| {
            let memory = File::options().write(true).open("/proc/self/mem")?;
            memory.write_all_at(token.as_bytes(), address.cast_unsigned())
        });
        if written.is_ok() {
            facts.set("sysv_memory", id);
        }
    }
    if let Ok(id) = call!(libc::SYS_msgget, libc::IPC_PRIVATE, 0o666) {
        objects.push(KernelObject::Queue(id));
        let mut message = os::words(&[1]);
        message.extend(token.bytes());
        if call!(libc::SYS_msgsnd, id, &message, token.len(), 0).is_ok() {
            facts.set("sysv_queue", id);
        }
    }
    let name = format!("venom-escape-{nonce}");
    if let Ok(path) = os::c_path(&name) {
        // struct mq_attr: flags, messages, size of one, messages in it now, and four reserved.
        let attributes = os::words(&[0, 2, 256, 0, 0, 0, 0, 0]);
        let flags = libc::O_CREAT | libc::O_RDWR;
        if let Ok(fd) = call!(libc::SYS_mq_open, &path, flags, 0o666, &attributes) {
            objects.push(KernelObject::PosixQueue(name.clone()));
            let bytes = token.as_bytes();
            if call!(libc::SYS_mq_timedsend, fd, bytes, bytes.len(), 0, 0).is_ok() {
                facts.set("posix_queue", name);
            }
        }
    }
    objects
}
