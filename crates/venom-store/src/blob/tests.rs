use super::*;

fn kind(result: Result<Option<Vec<u8>>>) -> Option<FailureKind> {
    result.err().map(|failure| failure.kind)
}

#[test]
fn what_unpacks_to_more_than_the_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb");
    let packed = zstd::bulk::compress(&vec![0; 100_000], LEVEL).unwrap();
    assert!(packed.len() < 100);
    std::fs::write(&path, [&[ZSTD], packed.as_slice()].concat()).unwrap();
    assert_eq!(kind(read(&path, None, 99_999)), Some(FailureKind::Corrupt));
    assert_eq!(read(&path, None, 100_000), Ok(Some(vec![0; 100_000])));

    std::fs::write(&path, [&[RAW], vec![7; 1_000].as_slice()].concat()).unwrap();
    assert_eq!(kind(read(&path, None, 999)), Some(FailureKind::Corrupt));
    assert_eq!(read(&path, None, 1_000), Ok(Some(vec![7; 1_000])));
}

#[test]
fn a_file_that_is_no_blob_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    assert_eq!(read(&path, None, 10), Ok(None));
    for content in [&b""[..], b"\x02abc", b"\x01not zstd"] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(
            kind(read(&path, None, LIMIT)),
            Some(FailureKind::Corrupt),
            "{content:?}"
        );
    }
}

#[test]
fn text_is_packed_and_noise_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let text = "fn main() {}\n".repeat(1_000).into_bytes();
    let noise: Vec<u8> = blake3::Hasher::new().finalize_xof().bytes_of(10_000);
    let shelf = Shelf {
        root: dir.path().to_owned(),
        seal: None,
        seals: Ok(false),
    };
    let stored = |bytes: &[u8]| {
        let id = put(&shelf, bytes).unwrap();
        let (folder, name) = place(dir.path(), &id, None);
        std::fs::metadata(folder.join(name)).unwrap().len()
    };
    assert!(stored(&text) < 200);
    assert_eq!(stored(&noise), 10_001);
}

trait BytesOf {
    fn bytes_of(self, count: usize) -> Vec<u8>;
}

impl BytesOf for blake3::OutputReader {
    fn bytes_of(mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.fill(&mut bytes);
        bytes
    }
}
