use super::*;

#[test]
fn every_ending_is_told() {
    let limit = Millis::from_secs(60);
    for (exit, said, code, signal) in [
        (Exit::Code(0), "exit code 0", Some(0), None),
        (Exit::Code(3), "exit code 3", Some(3), None),
        (Exit::Signal(9), "signal 9", None, Some(9)),
    ] {
        let ending = Ending::of(exit);
        assert_eq!(ending.said(limit), said);
        assert_eq!((ending.code(), ending.signal()), (code, signal));
        assert_eq!(ending.stop(), None);
        assert_eq!(ending.is_ok(), code == Some(0));
    }
    let stopped = Ending::of(Exit::TimedOut);
    assert_eq!(stopped.said(limit), format!("stopped after {limit}"));
    assert_eq!((stopped.code(), stopped.signal()), (None, None));
    let failure = stopped.stop().unwrap().failure("`make`", limit);
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert_eq!(failure.message, format!("`make` was stopped after {limit}"));
    assert!(!stopped.is_ok() && !Ending::of(Exit::Cancelled).is_ok());
}
