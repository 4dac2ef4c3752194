use venom_ports::FailureKind;

use super::*;

fn kind(result: Result<Option<Vec<u8>>>) -> Option<FailureKind> {
    result.err().map(|failure| failure.kind)
}

#[test]
fn what_unpacks_to_more_than_the_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb");
    let packed = zstd::bulk::compress(&vec![0; 100_000], 3).unwrap();
    assert!(packed.len() < 100);
    std::fs::write(&path, [&[ZSTD], packed.as_slice()].concat()).unwrap();
    assert_eq!(kind(unpacked(&path, 99_999)), Some(FailureKind::Corrupt));
    assert_eq!(unpacked(&path, 100_000), Ok(Some(vec![0; 100_000])));

    std::fs::write(&path, [&[RAW], vec![7; 1_000].as_slice()].concat()).unwrap();
    assert_eq!(kind(unpacked(&path, 999)), Some(FailureKind::Corrupt));
    assert_eq!(unpacked(&path, 1_000), Ok(Some(vec![7; 1_000])));
}

#[test]
fn a_file_that_is_no_blob_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    assert_eq!(unpacked(&path, 10), Ok(None));
    for content in [&b""[..], b"\x02abc", b"\x01not zstd"] {
        std::fs::write(&path, content).unwrap();
        let found = kind(unpacked(&path, LIMIT));
        assert_eq!(found, Some(FailureKind::Corrupt), "{content:?}");
    }
}
