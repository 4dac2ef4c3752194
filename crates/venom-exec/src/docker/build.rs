//! The making of an image without a registry: a tree of files of this machine, packed and given to the
//! engine as it is.

mod closure;
mod tar;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bollard::query_parameters::CreateImageOptions;
use futures::StreamExt as _;
use tokio::sync::mpsc;
use venom_ports::{Failure, FailureKind, Result};

use self::tar::Tar;
use super::engine::{Engine, failed};
use super::image::{self, Image};

/// What an image is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// The first of these that can be had: a static busybox, the programs of this machine.
    Best,
    /// A static busybox of this machine.
    Busybox,
    /// The usual programs of this machine, with their libraries.
    Machine,
    /// A small Debian, fetched by `debootstrap`. Only for root.
    Debian,
    /// A folder with a whole tree.
    Folder(PathBuf),
    /// Such a folder, packed by `tar`.
    Packed(PathBuf),
}

/// An image that was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Built {
    /// Its name.
    pub tag: String,
    /// Its digest.
    pub id: String,
    /// Bytes that it takes.
    pub bytes: u64,
    /// What it was made of, for people.
    pub of: String,
}

/// Bytes of a packed tree that are handed over at once. Chosen: few calls, little memory.
const PIECE: usize = 256 << 10;

/// Pieces that wait for the engine. Chosen: enough to read the next one while one is sent.
const PIECES: usize = 4;

/// Makes an image and gives it a name.
pub(crate) async fn build(engine: &Engine, from: From, tag: &str) -> Result<Built> {
    image::check(tag)?;
    if tag.contains('@') {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("`{tag}` names a digest, which only the engine can give"),
        ));
    }
    let (packed, of) = tokio::task::spawn_blocking(move || pack(&from))
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))??;
    import(engine, packed, tag).await?;
    let image = Image::find(engine, tag).await?;
    Ok(Built {
        tag: tag.to_owned(),
        id: image.id,
        bytes: image.bytes,
        of,
    })
}

async fn import(engine: &Engine, packed: File, tag: &str) -> Result<()> {
    // The last part may be a port of a registry.
    let (repository, version) = match tag.rsplit_once(':') {
        Some((repository, version)) if !version.contains('/') => (repository, version),
        _ => (tag, "latest"),
    };
    let options = CreateImageOptions {
        from_src: Some("-".to_owned()),
        repo: Some(repository.to_owned()),
        tag: Some(version.to_owned()),
        ..CreateImageOptions::default()
    };
    let (tx, mut rx) = mpsc::channel(PIECES);
    let reading = tokio::task::spawn_blocking(move || read(packed, &tx));
    let body = futures::stream::poll_fn(move |context| rx.poll_recv(context));
    let mut told = engine
        .api
        .create_image(Some(options), Some(bollard::body_stream(body)), None);
    let import = async {
        while let Some(line) = told.next().await {
            line.map_err(|error| failed("make an image", &error))?;
        }
        Result::Ok(())
    };
    import.await?;
    let read = reading
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    read.map_err(|error| unreadable(&error))
}

fn read(mut packed: File, tx: &mpsc::Sender<bytes::Bytes>) -> std::io::Result<()> {
    packed.seek(SeekFrom::Start(0))?;
    loop {
        let mut piece = vec![0; PIECE];
        let count = packed.read(&mut piece)?;
        piece.truncate(count);
        if count == 0 || tx.blocking_send(piece.into()).is_err() {
            return Ok(());
        }
    }
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("cannot pack the files of an image: {error}"),
    )
    .with_hint("see that the files can be read and that the disk is not full")
}

/// Packs what an image is made of; says what that is.
fn pack(from: &From) -> Result<(File, String)> {
    match from {
        From::Best => match busybox() {
            Some(path) => pack_busybox(&path),
            None => pack_machine(),
        },
        From::Busybox => match busybox() {
            Some(path) => pack_busybox(&path),
            None => Err(Failure::new(
                FailureKind::Missing,
                "there is no static busybox on this machine".to_owned(),
            )
            .with_hint("install it (`apt-get install busybox-static`), or leave `--busybox` out")),
        },
        From::Machine => pack_machine(),
        From::Debian => pack_debian(),
        From::Folder(path) => {
            let of = format!("the folder {}", path.display());
            let tree = tree(path)?;
            Ok((tree, of))
        }
        From::Packed(path) => {
            let file = File::open(path).map_err(|error| {
                Failure::new(
                    FailureKind::Missing,
                    format!("cannot open `{}`: {error}", path.display()),
                )
            })?;
            Ok((file, format!("the packed tree {}", path.display())))
        }
    }
}

/// Finds a busybox that needs no library.
fn busybox() -> Option<PathBuf> {
    [
        "/bin/busybox",
        "/usr/bin/busybox",
        "/sbin/busybox",
        "/usr/local/bin/busybox",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|path| super::bundle::interpreter(path).is_ok_and(|loader| loader.is_none()))
}

fn pack_busybox(path: &Path) -> Result<(File, String)> {
    let listed = Command::new(path)
        .arg("--list")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unreadable(&error))?;
    let pack = || -> std::io::Result<File> {
        let mut tar = base()?;
        tar.file("bin/busybox", path, 0o755)?;
        for name in String::from_utf8_lossy(&listed.stdout).lines() {
            let is_name = name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'/');
            // Its own name is in the list, and a link would take the program's place.
            if is_name && !name.is_empty() && name != "busybox" {
                tar.link(&format!("bin/{name}"), "busybox")?;
            }
        }
        tar.finish()
    };
    let packed = pack().map_err(|error| unreadable(&error))?;
    Ok((packed, format!("the static busybox {}", path.display())))
}

fn pack_machine() -> Result<(File, String)> {
    let files = closure::of_machine()?;
    let pack = || -> std::io::Result<File> {
        let mut tar = base()?;
        for (at, from) in &files {
            let mode = from.metadata()?.permissions().mode() & 0o755;
            tar.file(at.trim_start_matches('/'), from, mode)?;
        }
        tar.finish()
    };
    let packed = pack().map_err(|error| unreadable(&error))?;
    Ok((packed, format!("{} files of this machine", files.len())))
}

/// Begins a tree with what every program expects.
fn base() -> std::io::Result<Tar> {
    let mut tar = Tar::new()?;
    for (folder, mode) in [
        ("bin", 0o755),
        ("etc", 0o755),
        ("usr", 0o755),
        ("usr/bin", 0o755),
        ("lib", 0o755),
        ("home", 0o755),
        ("home/venom", 0o755),
        ("proc", 0o555),
        ("sys", 0o555),
        ("dev", 0o755),
        ("tmp", 0o1777),
        ("var", 0o755),
        ("var/tmp", 0o1777),
    ] {
        tar.folder(folder, mode)?;
    }
    let user = "root:x:0:0:root:/:/bin/sh\nvenom:x:1000:1000:venom:/home/venom:/bin/sh\n";
    tar.bytes("etc/passwd", user.as_bytes(), 0o644)?;
    tar.bytes("etc/group", b"root:x:0:\nvenom:x:1000:\n", 0o644)?;
    Ok(tar)
}

fn pack_debian() -> Result<(File, String)> {
    let unusable = |why: &str| {
        Failure::new(
            FailureKind::Unavailable,
            format!("no Debian could be made: {why}"),
        )
    };
    if !rustix::process::geteuid().is_root() {
        return Err(unusable("only root can").with_hint("use `--from` with a tree made by root"));
    }
    let folder = std::env::temp_dir().join(format!("venom-debian-{}", super::container::unique()));
    let made = Command::new("debootstrap")
        .args([
            "--variant=minbase",
            "--include=ca-certificates,git,python3-minimal",
            "stable",
        ])
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output();
    let result = match made {
        Ok(made) if made.status.success() => tree(&folder),
        Ok(made) => {
            let said = String::from_utf8_lossy(&made.stderr);
            let last = said.lines().last().unwrap_or_default();
            let last: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
            Err(unusable(&format!("debootstrap failed: {last}")))
        }
        Err(error) => Err(unusable(&format!("debootstrap: {error}"))
            .with_hint("install it (`apt-get install debootstrap`)")),
    };
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::debug!(%error, "the tree of a Debian stays");
    }
    Ok((result?, "a small Debian".to_owned()))
}

/// Packs a whole tree with the machine's own `tar`, which knows all that a tree can hold.
fn tree(folder: &Path) -> Result<File> {
    if !folder.join("bin").exists() && !folder.join("usr").exists() {
        return Err(Failure::new(
            FailureKind::Refused,
            format!(
                "`{}` is no tree of a system: it has neither `bin` nor `usr`",
                folder.display()
            ),
        ));
    }
    let packed = tar::unnamed().map_err(|error| unreadable(&error))?;
    let target = packed.try_clone().map_err(|error| unreadable(&error))?;
    let done = Command::new("tar")
        .args([
            "--create",
            "--numeric-owner",
            "--exclude=./proc/*",
            "--exclude=./sys/*",
            "--exclude=./dev/*",
            "--directory",
        ])
        .arg(folder)
        .arg(".")
        .stdin(Stdio::null())
        .stdout(Stdio::from(target))
        .stderr(Stdio::null())
        .status()
        .map_err(|error| unreadable(&error))?;
    if !done.success() {
        return Err(unreadable(&std::io::Error::other(format!("tar: {done}"))));
    }
    Ok(packed)
}
