//! Uppers that mean harm.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use venom_exec::overlay::{Mark, Permit, Protected, Reason, Rules, check, commit, commit_observed};
use venom_ports::FailureKind;

use super::world::{World, bytes, files, lenient, put, said, set_mark, tree, white_out};

/// Checks what is refused, and that the host is as it was.
fn refused(world: &World, expected: &[&str]) {
    let refusals = world.refusals();
    assert_eq!(said(&refusals), expected);
    assert!(refusals.iter().all(|refusal| !refusal.remedy().is_empty()));
    assert!(world.scan().clear(&Rules::default()).is_err());
}

#[test]
fn links_must_stay_inside() {
    let world = World::new(&files(&[("src/main.rs", ""), ("deep/er/x", "")]));
    symlink("/mnt/data", world.host().join("data")).unwrap();
    let upper = world.upper();
    let link = |target: &str, path: &str| {
        fs::create_dir_all(upper.join(path).parent().unwrap()).unwrap();
        symlink(target, upper.join(path)).unwrap();
    };
    link("/etc", "a-absolute");
    link("../..", "b-up");
    link("src/main.rs", "c-fine");
    link("../src/../c-fine", "deep/d-fine");
    // Inside by its words; but `deep/e-root` is the root, and its `..` is not.
    link("..", "deep/e-root");
    link("deep/e-root/../etc", "f-through");
    link("data/secret", "g-through-the-hosts-link");
    link("h-loop", "h-loop");
    // Nothing is there yet, so that anything may be.
    link("missing/../x", "i-later");
    link("nowhere/at/all", "j-fine");
    let upward = "is a link out of the workspace, to";
    refused(
        &world,
        &[
            "`a-absolute` is a link to the absolute path `/etc`",
            &format!("`b-up` {upward} `../..`"),
            &format!("`f-through` {upward} `deep/e-root/../etc`"),
            &format!("`g-through-the-hosts-link` {upward} `data/secret`"),
            &format!("`h-loop` {upward} `h-loop`"),
            &format!("`i-later` {upward} `missing/../x`"),
        ],
    );
    let kept = Rules {
        outward_links: Permit::Keep,
        ..Rules::default()
    };
    assert_eq!(check(&world.scan(), &kept), []);
}

#[test]
fn links_may_be_kept_among_outputs() {
    let world = World::new(&files(&[(".gitignore", "venv\n")]));
    fs::create_dir_all(world.upper().join("venv/bin")).unwrap();
    symlink("/usr/bin/python3", world.upper().join("venv/bin/python")).unwrap();
    assert_eq!(world.refusals().len(), 1);
    let rules = Rules {
        outward_links: Permit::KeepInOutputs,
        ..Rules::default()
    };
    assert_eq!(check(&world.scan(), &rules), []);
    symlink("/etc/passwd", world.upper().join("config")).unwrap();
    assert_eq!(check(&world.scan(), &rules).len(), 1);
}

#[test]
fn special_files_and_bits_are_refused() {
    let world = World::new(&files(&[("a-pipe", ""), ("tool", "t")]));
    let upper = world.upper();
    mknodat(CWD, upper.join("a-pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(upper.join("b-socket")).unwrap();
    let mut expected = vec![
        "`a-pipe` is a named pipe".to_owned(),
        "`b-socket` is a socket".to_owned(),
    ];
    let null = rustix::fs::makedev(1, 3);
    // Only root can make one.
    if mknodat(
        CWD,
        upper.join("c-null"),
        FileType::CharacterDevice,
        Mode::RUSR,
        null,
    )
    .is_ok()
    {
        expected.push("`c-null` is a device".to_owned());
    }
    for (name, mode) in [
        ("d-setuid", 0o4755),
        ("e-setgid", 0o2755),
        ("f-sticky", 0o1644),
    ] {
        fs::write(upper.join(name), "x").unwrap();
        fs::set_permissions(upper.join(name), Permissions::from_mode(mode)).unwrap();
        expected.push(format!("`{name}` has the permission bits {mode:o}"));
    }
    // The same bytes as before, so that only the bit is new.
    fs::write(upper.join("tool"), "t").unwrap();
    fs::set_permissions(upper.join("tool"), Permissions::from_mode(0o4755)).unwrap();
    expected.push("`tool` has the permission bits 4755".to_owned());
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    refused(&world, &expected);
}

#[test]
fn files_with_names_elsewhere_are_refused() {
    let world = World::new(&files(&[]));
    let upper = world.upper();
    fs::write(world.path().join("secret"), "s").unwrap();
    fs::hard_link(world.path().join("secret"), upper.join("stolen")).unwrap();
    // As a build tool links its results: all names are among the changes.
    fs::write(upper.join("app"), "a").unwrap();
    fs::hard_link(upper.join("app"), upper.join("app-link")).unwrap();
    refused(&world, &["`stolen` has another name outside the changes"]);
    fs::remove_file(upper.join("stolen")).unwrap();
    refused_linked(&world);
    assert_eq!(world.commit().unwrap().applied, 2);
    assert_eq!(world.tree(), files(&[("app", "a"), ("app-link", "a")]));
}

fn refused_linked(world: &World) {
    let strict = Rules {
        linked_files: Permit::Refuse,
        ..Rules::default()
    };
    let reasons: Vec<Reason> = check(&world.scan(), &strict)
        .into_iter()
        .map(|refusal| refusal.reason)
        .collect();
    assert_eq!(reasons, [Reason::Linked, Reason::Linked]);
}

#[test]
fn protected_paths_stay_as_they_are() {
    let world = World::new(&files(&[
        (".git/config", "[core]"),
        (".git/HEAD", "ref"),
        (".envrc", "x"),
        (".gitignore", "node_modules\n"),
    ]));
    let upper = world.upper();
    put(
        &upper,
        &files(&[
            (".git/config", "[core]\nfsmonitor=evil"),
            (".git/hooks/pre-commit", "evil"),
            (".git/HEAD", "other"),
            (".git/commondir", "../evil"),
            ("sub/.git/config", "[core]"),
            (".vscode/tasks.json", "evil"),
            ("sub/.MCP.json", "evil"),
            // Packages bring such files; nobody opens them as a project.
            ("node_modules/p/.vscode/x", ""),
            ("node_modules/p/.git/hooks/x", ""),
        ]),
    );
    white_out(&upper.join(".envrc"), false);
    // Makes git read another repository's configuration.
    fs::write(upper.join("sub2"), "").unwrap();
    fs::remove_file(upper.join("sub2")).unwrap();
    put(&upper, &files(&[("sub2/.git", "gitdir: ../evil")]));
    fs::create_dir(upper.join("sub3")).unwrap();
    fs::create_dir(upper.join("sub3/.git")).unwrap();
    symlink("../../evil", upper.join("sub3/.git/info")).unwrap();
    refused(
        &world,
        &[
            "`.envrc` is protected (`.envrc`)",
            "`.git/commondir` is protected (`.git/commondir`)",
            "`.git/config` is protected (`.git/config`)",
            "`.git/hooks` is protected (`.git/hooks`)",
            "`.git/hooks/pre-commit` is protected (`.git/hooks`)",
            "`.vscode` is protected (`.vscode`)",
            "`.vscode/tasks.json` is protected (`.vscode`)",
            "`node_modules/p/.git/hooks` is protected (`.git/hooks`)",
            "`node_modules/p/.git/hooks/x` is protected (`.git/hooks`)",
            "`sub/.MCP.json` is protected (`.mcp.json`)",
            "`sub/.git/config` is protected (`.git/config`)",
            "`sub2/.git` is protected (`.git/hooks`)",
            "`sub3/.git/info` is protected (`.git/info/attributes`)",
        ],
    );
    let own = Rules {
        protected: vec![Protected::everywhere("sub")],
        ..Rules::default()
    };
    let touched = check(&world.scan(), &own);
    let touched: Vec<&Path> = touched
        .iter()
        .map(|refusal| refusal.path.as_path())
        .collect();
    assert_eq!(
        touched,
        ["sub", "sub/.MCP.json", "sub/.git", "sub/.git/config"].map(Path::new)
    );
}

#[test]
fn a_repository_cannot_be_removed_or_turned_into_a_link() {
    let world = World::new(&files(&[(".git/config", "[core]"), ("x", "")]));
    white_out(&world.upper().join(".git"), true);
    refused(&world, &["`.git/config` is protected (`.git/config`)"]);
    fs::remove_file(world.upper().join(".git")).unwrap();
    symlink("x", world.upper().join(".git")).unwrap();
    refused(
        &world,
        &[
            "`.git` is protected (`.git/hooks`)",
            "`.git/config` is protected (`.git/config`)",
        ],
    );
}

#[test]
fn tricks_with_names_are_refused() {
    let world = World::new(&files(&[
        ("README.md", ""),
        ("gone.txt", ""),
        ("both", ""),
        ("BOTH", ""),
    ]));
    let upper = world.upper();
    let plain = [
        "Readme.md",
        "twin",
        "TWIN",
        "both",
        "git~1",
        ".git ",
        ".g\u{200b}it",
        "line\nbreak",
        "bell\u{7}",
        ".venom-tmp-x",
        "GONE.TXT",
    ];
    for name in plain {
        fs::create_dir(upper.join(name))
            .or_else(|_| fs::write(upper.join(name), ""))
            .unwrap();
    }
    fs::write(upper.join(bytes(b"bad\xff")), "").unwrap();
    // Only renamed, so that one of the two is left.
    white_out(&upper.join("gone.txt"), false);
    refused(
        &world,
        &[
            "`.git ` passes for `.git` on some systems",
            "`.g\\u{200b}it` passes for `.git` on some systems",
            "`.venom-tmp-x` is below a name that begins with `.venom-tmp-`",
            "`Readme.md` differs from `README.md` by case alone",
            "`TWIN` differs from `twin` by case alone",
            "`bad\\xff` has a name that is not UTF-8",
            "`bell\\u{7}` has control characters in its name",
            "`git~1` passes for `.git` on some systems",
            "`line\\nbreak` has control characters in its name",
            "`twin` differs from `TWIN` by case alone",
        ],
    );
    // What the host has under such a name may be changed and removed.
    let odd = bytes(b"odd\xff\n");
    let world = World::new(&files(&[]));
    fs::write(world.host().join(odd), "a").unwrap();
    fs::write(world.upper().join(odd), "b").unwrap();
    refused_nothing(&world);
}

fn refused_nothing(world: &World) {
    assert_eq!(world.refusals(), []);
}

#[test]
fn what_an_interrupted_commit_left_cannot_be_rewritten() {
    let world = World::new(&files(&[("closed/x", "")]));
    fs::create_dir(world.host().join(".venom-tmp-overlay")).unwrap();
    let upper = world.upper().join(".venom-tmp-overlay");
    fs::create_dir(&upper).unwrap();
    symlink("closed", upper.join("0-o-777")).unwrap();
    refused(
        &world,
        &["`.venom-tmp-overlay/0-o-777` is below a name that begins with `.venom-tmp-`"],
    );
}

#[test]
fn foreign_names_can_be_kept_exactly() {
    let world = World::new(&files(&[]));
    fs::create_dir(world.upper().join(bytes(b"d\xff"))).unwrap();
    fs::write(world.upper().join(bytes(b"d\xff/\xc3(")), "x").unwrap();
    let rules = Rules {
        foreign_names: Permit::Keep,
        ..Rules::default()
    };
    let delta = world.scan();
    let cleared = delta.clear(&rules).unwrap();
    let outcome = commit(cleared, &world.upper(), &world.host(), &world.baseline).unwrap();
    assert_eq!(outcome.applied, 2);
    assert_eq!(tree(&world.host()), tree(&world.upper()));
}

#[test]
fn forged_marks_are_refused() {
    let world = World::new(&files(&[(".ssh/id", "secret"), ("a/x", "")]));
    let upper = world.upper();
    for name in ["renamed", "climbing"] {
        fs::create_dir(upper.join(name)).unwrap();
    }
    set_mark(&upper.join("renamed"), "redirect", b"/.ssh");
    set_mark(&upper.join("climbing"), "redirect", b"../../etc");
    for (name, mark) in [
        ("bytes-elsewhere", "metacopy"),
        ("full", "whiteout"),
        ("odd", "zzz"),
    ] {
        fs::write(upper.join(name), "x").unwrap();
        set_mark(&upper.join(name), mark, b"y");
    }
    fs::create_dir(upper.join("a")).unwrap();
    set_mark(&upper.join("a"), "opaque", b"yes");
    // The overlay's own notes, and what a process inside sets, say nothing.
    fs::write(upper.join("plain"), "x").unwrap();
    set_mark(&upper.join("plain"), "origin", b"x");
    set_mark(&upper.join("plain"), "overlay.redirect", b"/etc");
    refused(
        &world,
        &[
            "`a` carries the unknown mark `opaque`",
            "`bytes-elsewhere` is marked as a file whose bytes are elsewhere",
            "`climbing` is marked as renamed from `../../etc`",
            "`full` is marked as removed, but is no empty file",
            "`odd` carries the unknown mark `zzz`",
            "`renamed` is marked as renamed from `/.ssh`",
        ],
    );
    assert!(
        world
            .scan()
            .marked()
            .iter()
            .any(|marked| marked.mark == Mark::MetadataOnly)
    );
}

#[test]
fn what_cannot_be_read_is_refused_and_not_dropped() {
    if rustix::process::geteuid().is_root() {
        // Root reads everything; there is nothing to refuse.
        return;
    }
    let world = World::new(&files(&[]));
    put(
        &world.upper(),
        &files(&[("file", "x"), ("folder/x", ""), ("only-list/x", "")]),
    );
    for (name, mode) in [("file", 0o0), ("folder", 0o0), ("only-list", 0o644)] {
        let path = world.upper().join(name);
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    refused(
        &world,
        &[
            "`file` cannot be read",
            "`folder` cannot be read",
            "`only-list` cannot be read",
        ],
    );
}

#[test]
fn an_upper_that_changes_after_the_check_is_not_committed() {
    let after: [fn(&Path); 4] = [
        |upper| fs::write(upper.join("b"), "evil").unwrap(),
        |upper| {
            fs::remove_file(upper.join("b")).unwrap();
            symlink("/etc/passwd", upper.join("b")).unwrap();
        },
        |upper| fs::set_permissions(upper.join("b"), Permissions::from_mode(0o4755)).unwrap(),
        |upper| {
            fs::rename(upper.join("d"), upper.join("e")).unwrap();
            symlink("/etc", upper.join("d")).unwrap();
        },
    ];
    for change in after {
        let world = World::new(&files(&[("b", "before")]));
        put(
            &world.upper(),
            &files(&[("a", "1"), ("b", "good"), ("d/passwd", "x")]),
        );
        let delta = world.scan();
        change(&world.upper());
        let cleared = delta.clear(&Rules::default()).unwrap();
        let failure = commit(cleared, &world.upper(), &world.host(), &world.baseline).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.message.contains("changed while"), "{failure}");
        assert_eq!(
            world.tree(),
            files(&[("b", "before")]),
            "nothing was applied or left over"
        );
    }
}

/// Runs a commit while another thread turns a path of the host to and fro.
fn race(there: fn(&Path), back: fn(&Path)) {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    let before = tree(outside.path());
    for round in 0..60 {
        let world = World::in_memory(&files(&[("d/file", "before"), ("z", "1")]));
        put(
            &world.upper(),
            &files(&[("d/file", "after"), ("d/new", "n"), ("z", "2")]),
        );
        symlink(outside.path(), world.path().join("link")).unwrap();
        fs::create_dir(world.path().join("spare")).unwrap();
        let delta = world.scan();
        let cleared = delta.clear(&lenient()).unwrap();
        let (is_over, world_path) = (AtomicBool::new(false), world.path());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    there(world_path);
                    back(world_path);
                }
            });
            // A conflict and a failure are both safe; that nothing outside is touched is what counts.
            let mut wait = round;
            let observe = &mut |_: venom_exec::overlay::Point<'_>| {
                for _ in 0..wait * 50 {
                    std::hint::spin_loop();
                }
                wait = (wait + 7) % 60;
            };
            let outcome = commit_observed(
                cleared,
                &world.upper(),
                &world.host(),
                &world.baseline,
                observe,
            );
            is_over.store(true, Ordering::Relaxed);
            if let Ok(outcome) = outcome {
                assert!(outcome.kept.is_empty() || !outcome.conflicts.is_empty());
            }
        });
        assert_eq!(tree(outside.path()), before);
    }
}

#[test]
fn a_folder_swapped_for_a_link_is_never_followed() {
    let swap = |world: &Path| {
        let (folder, link) = (world.join("host/d"), world.join("link"));
        let exchange = rustix::fs::RenameFlags::EXCHANGE;
        rustix::fs::renameat_with(CWD, folder, CWD, link, exchange).unwrap();
    };
    race(swap, swap);
}

#[test]
fn a_file_swapped_for_a_folder_is_never_written_into() {
    let swap = |world: &Path| {
        let exchange = rustix::fs::RenameFlags::EXCHANGE;
        let (file, spare) = (world.join("host/d/file"), world.join("spare"));
        // While the commit has it aside there is nothing to swap.
        let _ = rustix::fs::renameat_with(CWD, file, CWD, spare, exchange);
    };
    race(swap, swap);
}
