use super::*;

fn record() -> Record {
    let path = |text: &str| text.parse::<TreePath>().unwrap();
    Record {
        version: Record::VERSION,
        id: SnapshotId::new(3),
        run: RunId::new(1_700_000_000_000, 7),
        seq: Seq::new(42),
        taken: Timestamp::from_micros(1_700_000_000_123_456),
        cause: Cause::BeforeStep,
        tree: ObjectId::from_bytes([1; 32]),
        times: ObjectId::from_bytes([2; 32]),
        parent: Some(Parent {
            id: SnapshotId::new(2),
            tree: ObjectId::from_bytes([3; 32]),
            changed: 5,
        }),
        counts: Counts {
            files: 10,
            folders: 2,
            links: 1,
            bytes: 12_345,
            skipped: 1,
        },
        partial: Partial {
            first: vec![LeftOut {
                path: path("odd\\xff/secret"),
                why: Skip::Unreadable,
                size: 0,
            }],
            count: 1,
            is_lacking: true,
        },
        repositories: vec![Repository {
            path: TreePath::root(),
            head: Head::Branch(path("refs/heads/main")),
            refs: ObjectId::from_bytes([4; 32]),
            refs_count: 3,
            index: None,
        }],
    }
}

/// The checksum of a known record, so that a change of the form cannot go unseen.
#[test]
fn the_canonical_form_of_version_1_does_not_change() {
    let sealed = Snapshot::seal(record());
    assert_eq!(sealed.checksum().to_string(), CHECKSUM);
    assert!(sealed.is_sound());
}

const CHECKSUM: &str = "07d32fc6c9020cf08eb79976e5977833ccd66b2536a0d928ff03b1c8dbcc682e";

#[test]
fn a_record_reads_back_and_a_changed_one_is_not_sound() {
    let sealed = Snapshot::seal(record()).with_signature("ed25519:00".to_owned());
    let text = serde_json::to_string(&sealed).unwrap();
    let read: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!(read, sealed);
    assert!(read.is_sound());
    for (from, to) in [
        ("\"count\":1", "\"count\":0"),
        ("\"seq\":42", "\"seq\":41"),
        ("is_lacking\":true", "is_lacking\":false"),
        ("odd\\\\xff", "odd\\\\xfe"),
        ("\"version\":1", "\"version\":2"),
    ] {
        assert!(text.contains(from), "{from} is in {text}");
        let forged: Snapshot = serde_json::from_str(&text.replace(from, to)).unwrap();
        assert!(!forged.is_sound(), "{to}");
    }
    assert!(serde_json::from_str::<Snapshot>(&text.replace("\"cause\"", "\"clause\"")).is_err());
}
