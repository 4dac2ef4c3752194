use super::*;

#[test]
fn names_with_brackets_do_not_confuse() {
    let line = b"42 (a) b) S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2 3\n";
    let process = Process::parse(42, line).unwrap();
    let Process {
        pid,
        parent,
        group,
        session,
        start,
        is_dead,
    } = process;
    assert_eq!(
        (pid, parent, group, session, start, is_dead),
        (42, 1, 2, 3, 98_765, false)
    );
}

#[test]
fn broken_lines_are_no_process() {
    for line in [&b""[..], b"42 (a", b"42 (a) S 1 2", b"42 (a) S x 2 3"] {
        assert_eq!(Process::parse(42, line), None);
    }
}

#[test]
fn a_marker_names_its_owner() {
    let owner = Owner::this_process();
    assert!(owner.is_alive());
    assert_eq!(Owner::of_marker(&owner.marker()), Some(owner.clone()));
    assert_ne!(owner.marker(), owner.marker());
    let earlier = Owner {
        start: owner.start - 1,
        ..owner
    };
    assert!(!earlier.is_alive());
}

#[test]
fn this_process_is_among_all() {
    let pid = getpid().as_raw_pid();
    let all = processes();
    assert!(all.iter().any(|process| process.pid == pid));
    assert!(ancestry(&all).contains(&pid));
}
