//! What every content store does.

use venom_kernel::digest::BlobId;
use venom_ports::FailureKind;
use venom_ports::blob::BlobStore;

use super::Checked;

/// Runs the whole suite against an empty store.
pub async fn suite(blobs: &dyn BlobStore) -> Checked {
    let noise: Vec<u8> = (0_u64..40_000)
        .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0])
        .collect();
    let contents = [
        Vec::new(),
        b"x".to_vec(),
        "fn main() {}\n".as_bytes().to_vec(),
        // Looks like the beginnings of packed formats.
        vec![0x28, 0xb5, 0x2f, 0xfd],
        vec![1, 0x28, 0xb5, 0x2f, 0xfd],
        vec![b'a'; 1_000_000],
        noise,
        (0..=255).collect(),
    ];
    for bytes in &contents {
        let id = blobs.put(bytes.clone()).await?;
        assert_eq!(id, blobs.id_of(bytes));
        assert_eq!(blobs.get(&id).await?, *bytes);
        assert_eq!(
            blobs.put(bytes.clone()).await?,
            id,
            "the same bytes have the same id"
        );
        assert_eq!(blobs.get(&id).await?, *bytes);
    }
    let racing = (0..8).map(|_| blobs.put(b"many at once".to_vec()));
    for id in futures::future::join_all(racing).await {
        assert_eq!(blobs.get(&id?).await?, b"many at once");
    }
    // From the specification of BLAKE3: the hash of nothing.
    assert_eq!(
        blobs.id_of(b"").as_str(),
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    );
    let unknown = blobs.id_of(b"never stored");
    let missing = blobs.get(&unknown).await.map_err(|failure| failure.kind);
    assert_eq!(missing, Err(FailureKind::Missing));
    let zeros = BlobId::new(&"0".repeat(64)).ok_or("not an id")?;
    let missing = blobs.get(&zeros).await.map_err(|failure| failure.kind);
    assert_eq!(missing, Err(FailureKind::Missing));
    Ok(())
}
