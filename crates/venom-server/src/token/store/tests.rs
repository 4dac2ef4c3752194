use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use venom_kernel::time::{Millis, Timestamp};

use super::*;

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed) * 1_000_000)
    }

    fn steady(&self) -> Millis {
        Millis::ZERO
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn random(&self) -> u128 {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
    }
}

fn wanted(lasts: Option<i64>) -> Wanted {
    Wanted {
        label: "a test".to_owned(),
        scopes: vec![Scope::RunsRead],
        lasts,
        per_day: None,
    }
}

fn world(folder: &Path) -> (Tokens, Arc<Hand>) {
    let clock = Arc::new(Hand(AtomicI64::new(1_000)));
    let entropy = Arc::new(Counting(AtomicU64::new(3)));
    (Tokens::new(folder, clock.clone(), entropy), clock)
}

#[test]
fn a_token_is_of_use_until_it_ends_or_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, clock) = world(folder.path());
    assert_eq!(tokens.list().unwrap(), vec![]);
    let (short, short_text) = tokens.create(&wanted(Some(60))).unwrap();
    let (long, long_text) = tokens.create(&wanted(None)).unwrap();
    assert_eq!(tokens.find(&short_text).unwrap().unwrap().id, short.id);
    clock.0.store(1_060, Ordering::Relaxed);
    assert_eq!(tokens.find(&short_text).unwrap(), None);
    assert_eq!(tokens.find(&long_text).unwrap().unwrap().id, long.id);
    // Another process revokes it: this one knows at once.
    let (other, _) = world(folder.path());
    assert_eq!(other.revoke(&long.id).unwrap().id, long.id);
    assert_eq!(tokens.find(&long_text).unwrap(), None);
    assert_eq!(
        other.revoke(&long.id).unwrap_err().kind,
        FailureKind::Missing
    );
}

#[test]
fn the_file_is_private_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, _) = world(folder.path());
    let (_, text) = tokens.create(&wanted(None)).unwrap();
    let path = folder.path().join("tokens.json");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (_, secret) = split(&text).unwrap();
    assert!(!std::fs::read_to_string(&path).unwrap().contains(secret));
}

#[test]
fn last_use_is_written_once_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, clock) = world(folder.path());
    let (token, text) = tokens.create(&wanted(None)).unwrap();
    tokens.find(&text).unwrap();
    let stamp = || {
        std::fs::metadata(folder.path().join("tokens.json"))
            .unwrap()
            .ino()
    };
    let before = stamp();
    clock.0.store(1_030, Ordering::Relaxed);
    tokens.find(&text).unwrap();
    assert_eq!(stamp(), before);
    clock.0.store(1_100, Ordering::Relaxed);
    tokens.find(&text).unwrap();
    let (other, _) = world(folder.path());
    let seen = other.list().unwrap();
    assert_eq!((&seen[0].id, seen[0].used), (&token.id, Some(1_100)));
}

#[test]
fn what_is_no_wish_and_what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, _) = world(folder.path());
    for bad in [
        Wanted {
            scopes: vec![],
            ..wanted(None)
        },
        Wanted {
            label: "two\nlines".to_owned(),
            ..wanted(None)
        },
        Wanted {
            label: "x".repeat(200),
            ..wanted(None)
        },
        wanted(Some(0)),
    ] {
        assert_eq!(tokens.create(&bad).unwrap_err().kind, FailureKind::Refused);
    }
    std::fs::write(folder.path().join("tokens.json"), "{").unwrap();
    let failure = tokens.list().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Corrupt);
    // What cannot be read is not overwritten.
    assert!(tokens.create(&wanted(None)).is_err());
    assert_eq!(
        std::fs::read_to_string(folder.path().join("tokens.json")).unwrap(),
        "{"
    );
}
