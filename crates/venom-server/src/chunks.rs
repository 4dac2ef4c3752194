//! A file as a stream of chunks.

use axum::body::Bytes;
use futures::Stream;
use futures::stream;
use tokio::io::AsyncReadExt as _;

/// Bytes of a chunk.
const CHUNK: usize = 64 << 10;

/// Reads a file to its end, a chunk at a time.
pub(crate) fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        chunk.truncate(read);
        Ok(Some((Bytes::from(chunk), file)))
    })
}
