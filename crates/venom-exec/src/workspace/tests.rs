use super::*;

fn check(errno: Errno, kind: FailureKind, hint: &str) {
    let path = RelPath::new("a/file").unwrap();
    let found = failure(errno, "write", &path);
    assert_eq!(found.kind, kind, "{errno}");
    assert!(found.message.contains("`a/file`"), "{}", found.message);
    assert!(found.hint.unwrap_or_default().contains(hint), "{errno}");
    let same = broken(&errno.into(), "write", &path);
    assert_eq!((same.kind, same.message), (kind, found.message));
}

#[test]
fn what_a_user_can_mend_carries_a_hint() {
    check(Errno::NOSPC, FailureKind::Unavailable, "make room");
    check(Errno::DQUOT, FailureKind::Unavailable, "make room");
    check(Errno::ROFS, FailureKind::Refused, "read-only");
    check(Errno::ACCESS, FailureKind::Refused, "permissions");
    check(Errno::LOOP, FailureKind::Refused, "link");
    check(Errno::NAMETOOLONG, FailureKind::Refused, "shorter");
}

#[test]
fn the_rest_is_told_apart() {
    check(Errno::NOENT, FailureKind::Missing, "");
    check(Errno::MFILE, FailureKind::Retryable, "");
    check(Errno::IO, FailureKind::Unavailable, "");
}
