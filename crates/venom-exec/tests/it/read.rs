//! Reading files of a workspace.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;
use venom_exec::workspace::DirWorkspace;
use venom_kernel::change::RelPath;
use venom_ports::workspace::{Entry, EntryKind, FileBytes, Files as _, Workspace as _};
use venom_ports::{FailureKind, Result};

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

fn workspace() -> (TempDir, DirWorkspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = DirWorkspace::open(folder.path()).unwrap();
    (folder, workspace)
}

async fn kind_of_failure(workspace: &DirWorkspace, text: &str) -> FailureKind {
    workspace.read(&path(text), 1_000).await.unwrap_err().kind
}

#[tokio::test]
async fn bytes_and_permissions_are_read() {
    let (folder, workspace) = workspace();
    for (name, mode) in [
        ("plain", 0o644),
        ("run me", 0o755),
        ("-rf", 0o600),
        ("a\nb", 0o640),
        ("\u{fc}", 0o4711),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, name).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let expected = FileBytes {
            bytes: name.into(),
            mode,
        };
        assert_eq!(workspace.read(&path(name), 100).await, Ok(expected));
    }
}

#[tokio::test]
async fn limits_hold() {
    let (folder, workspace) = workspace();
    fs::write(folder.path().join("ten"), "0123456789").unwrap();
    assert_eq!(
        workspace.read(&path("ten"), 10).await.unwrap().bytes.len(),
        10
    );
    assert_eq!(
        workspace.read(&path("ten"), 9).await.unwrap_err().kind,
        FailureKind::Refused
    );
    fs::write(folder.path().join("empty"), "").unwrap();
    assert_eq!(workspace.read(&path("empty"), 0).await.unwrap().bytes, b"");
}

#[tokio::test]
async fn no_link_is_followed() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    let (folder, workspace) = workspace();
    fs::write(folder.path().join("inside"), "i").unwrap();
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink(outside.path().join("secret"), folder.path().join("leak")).unwrap();
    symlink("inside", folder.path().join("harmless")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    symlink("/proc/self/cwd", folder.path().join("magic")).unwrap();
    for text in [
        "out/secret",
        "leak",
        "harmless",
        "dangling",
        "out",
        "magic",
        "magic/Cargo.toml",
    ] {
        assert_eq!(
            kind_of_failure(&workspace, text).await,
            FailureKind::Refused,
            "{text}"
        );
    }
    let link = Entry {
        path: path("dangling"),
        kind: EntryKind::Link,
        size: 7,
    };
    assert_eq!(workspace.stat(&path("dangling")).await, Ok(Some(link)));
    assert_eq!(
        workspace
            .stat(&path("out/secret"))
            .await
            .map_err(|failure| failure.kind),
        Err(FailureKind::Refused)
    );
    assert!(RelPath::new("../secret").is_err());
}

#[tokio::test]
async fn what_is_no_file_is_refused_without_waiting() {
    let (folder, workspace) = workspace();
    mknodat(
        CWD,
        folder.path().join("pipe"),
        FileType::Fifo,
        Mode::RWXU,
        0,
    )
    .unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for text in ["pipe", "socket", "folder", ""] {
        assert_eq!(
            kind_of_failure(&workspace, text).await,
            FailureKind::Refused,
            "{text}"
        );
    }
    let stat = async |text: &str| workspace.stat(&path(text)).await.unwrap().unwrap().kind;
    assert_eq!(stat("pipe").await, EntryKind::Other);
    assert_eq!(stat("socket").await, EntryKind::Other);
    assert_eq!(stat("folder").await, EntryKind::Folder);
    assert_eq!(stat("").await, EntryKind::Folder);
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let (folder, workspace) = workspace();
    fs::write(folder.path().join("file"), "").unwrap();
    for text in ["none", "none/deeper", "file/below"] {
        assert_eq!(
            kind_of_failure(&workspace, text).await,
            FailureKind::Missing,
            "{text}"
        );
        assert_eq!(workspace.stat(&path(text)).await, Ok(None), "{text}");
    }
    let long = "x".repeat(300);
    assert_eq!(
        kind_of_failure(&workspace, &long).await,
        FailureKind::Refused
    );
}

#[tokio::test]
async fn only_folders_are_workspaces() {
    let (folder, workspace) = workspace();
    assert_eq!(workspace.root(), folder.path().canonicalize().unwrap());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let kind = |opened: Result<DirWorkspace>| opened.unwrap_err().kind;
    assert_eq!(kind(DirWorkspace::open(&file)), FailureKind::Refused);
    assert_eq!(
        kind(DirWorkspace::open(&folder.path().join("none"))),
        FailureKind::Missing
    );
}

#[tokio::test]
async fn the_root_may_be_reached_through_a_link() {
    let (folder, _workspace) = workspace();
    fs::create_dir(folder.path().join("real")).unwrap();
    fs::write(folder.path().join("real/file"), "x").unwrap();
    symlink("real", folder.path().join("link")).unwrap();
    let workspace = DirWorkspace::open(&folder.path().join("link")).unwrap();
    assert_eq!(
        workspace.root(),
        folder.path().canonicalize().unwrap().join("real")
    );
    assert_eq!(workspace.read(&path("file"), 10).await.unwrap().bytes, b"x");
}

#[tokio::test]
async fn the_folder_stays_the_one_that_was_opened() {
    let (folder, _workspace) = workspace();
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
    fs::create_dir(&old).unwrap();
    fs::write(old.join("file"), "mine").unwrap();
    let workspace = DirWorkspace::open(&old).unwrap();
    fs::rename(&old, &new).unwrap();
    fs::create_dir(&old).unwrap();
    fs::write(old.join("file"), "another").unwrap();
    assert_eq!(
        workspace.read(&path("file"), 10).await.unwrap().bytes,
        b"mine"
    );
}
