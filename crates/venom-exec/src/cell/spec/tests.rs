#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::type_complexity,
    reason = "cases read better with plain values"
)]

use super::*;

fn check(change: impl FnOnce(&mut CellSpec), expected: Result<(), SpecError>) {
    let mut spec = CellSpec::default();
    change(&mut spec);
    assert_eq!(spec.check(), expected);
}

fn workspace(mode: Mode) -> Option<Workspace> {
    Some(Workspace {
        host: "/home/somebody/project".into(),
        mode,
    })
}

fn overlay(upper: &str, work: &str) -> Mode {
    Mode::Overlay(Overlay {
        upper: upper.into(),
        work: work.into(),
        lowers: Vec::new(),
    })
}

#[test]
fn the_default_can_be_asked_for() {
    check(|_| {}, Ok(()));
    check(|s| s.workspace = workspace(Mode::Direct), Ok(()));
    check(
        |s| s.workspace = workspace(overlay("/v/upper", "/v/work")),
        Ok(()),
    );
}

#[test]
fn paths_are_plain() {
    for path in ["a", "/", "/a/../b", "/a/./b", "//a", "/a/", "", "./a"] {
        check(
            |s| s.read_only.push(path.into()),
            Err(SpecError::NotPlain(path.into())),
        );
    }
    check(|s| s.writable.push("/a/b".into()), Ok(()));
}

#[test]
fn the_cells_own_folders_are_reserved() {
    for path in [
        "/proc", "/proc/1", "/dev/sda", "/sys", "/usr", "/etc", "/tmp", "/home", HOME,
    ] {
        check(
            |s| s.writable.push(path.into()),
            Err(SpecError::Reserved(path.into())),
        );
    }
    for path in ["/home/somebody", "/tmp/x", "/usr/src/x"] {
        check(|s| s.read_only.push(path.into()), Ok(()));
    }
}

#[test]
fn guarded_paths_stay_inside() {
    for path in ["/etc", "../x", "a/../../x", ".", ""] {
        check(
            |s| s.guard.hidden.push(path.into()),
            Err(SpecError::NotInside(path.into())),
        );
    }
}

#[test]
fn upper_and_work_are_neighbours_outside_of_the_workspace() {
    let apart = |upper: &str, work: &str| {
        Err(SpecError::Apart {
            upper: upper.into(),
            work: work.into(),
        })
    };
    for (upper, work) in [
        ("/v/u", "/w/u"),
        ("/v/u", "/v/u"),
        ("/v/a,b", "/v/w"),
        ("/v/a:b", "/v/w"),
    ] {
        check(
            |s| s.workspace = workspace(overlay(upper, work)),
            apart(upper, work),
        );
    }
    let inside = "/home/somebody/project/.venom/upper";
    check(
        |s| s.workspace = workspace(overlay(inside, "/v/w")),
        Err(SpecError::Nested(inside.into())),
    );
}

#[test]
fn the_restricted_tier_refuses_what_it_cannot_do() {
    let cases: [(fn(&mut CellSpec), &'static str); 3] = [
        (
            |s| s.workspace = workspace(overlay("/v/u", "/v/w")),
            "an overlay workspace",
        ),
        (|s| s.proxy_listener = true, "a proxy listener"),
        (|s| s.scratch.push("/x/y".into()), "a scratch folder"),
    ];
    for (change, what) in cases {
        check(
            |s| {
                s.tier = Tier::Restricted;
                change(s);
            },
            Err(SpecError::NeedsFull(what)),
        );
    }
}

#[test]
fn limits_leave_room_and_lists_are_bounded() {
    check(
        |s| s.limits.processes = 0,
        Err(SpecError::NoRoom("processes")),
    );
    check(
        |s| s.read_only = (0..1001).map(|n| format!("/x/{n}").into()).collect(),
        Err(SpecError::TooMany {
            what: "read-only paths",
            most: MOST_PATHS,
        }),
    );
}

#[test]
fn what_is_sent_is_what_arrives() {
    let spec = CellSpec {
        workspace: Some(Workspace {
            host: "/p".into(),
            mode: Mode::Overlay(Overlay {
                upper: "/v/u".into(),
                work: "/v/w".into(),
                lowers: vec!["/l/1".into()],
            }),
        }),
        read_only: vec!["/r".into()],
        scratch: vec!["/s".into()],
        proxy_listener: true,
        ..CellSpec::default()
    };
    let mut w = Writer::new(0);
    spec.encode(&mut w);
    let frame = w.finish();
    let (_, mut r) = Reader::new(&frame).unwrap();
    assert_eq!(CellSpec::decode(&mut r).unwrap(), spec);

    let mut command = CellCommand::new("sh")
        .args(["-c", "exit 3"])
        .env("A", "b")
        .cwd("/x")
        .timeout(Duration::from_millis(1500));
    command.terminal = Some(WindowSize {
        rows: 24,
        columns: 80,
    });
    let mut w = Writer::new(0);
    command.encode(&mut w);
    let frame = w.finish();
    let (_, mut r) = Reader::new(&frame).unwrap();
    assert_eq!(CellCommand::decode(&mut r).unwrap(), command);
}
