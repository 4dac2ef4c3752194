//! Looking at many files: a few at once, in the order in which they are listed.

use futures::stream::{self, Stream, StreamExt as _};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::workspace::{FileBytes, Files};

/// How many files are looked at ahead of the one that is worked on. Chosen: enough that nobody waits for the disk
/// while there is something to do; they are in memory at the same time.
const AHEAD: usize = 8;

/// Looks at things ahead of whoever takes what came of it, in their order.
pub(crate) fn each<'a, T, F, L>(
    things: Vec<T>,
    look: L,
) -> impl Stream<Item = F::Output> + Send + Unpin + 'a
where
    T: Send + Unpin + 'a,
    F: Future<Output: Send> + Send + 'a,
    L: FnMut(T) -> F + Send + Unpin + 'a,
{
    stream::iter(things).map(look).buffered(AHEAD)
}

/// Reads files ahead of whoever takes them, in their order.
pub(crate) fn read(
    files: &dyn Files,
    paths: Vec<RelPath>,
    limit: u64,
) -> impl Stream<Item = (RelPath, Result<FileBytes>)> + Send + Unpin + '_ {
    each(paths, move |path| async move {
        let read = files.read(&path, limit).await;
        (path, read)
    })
}
