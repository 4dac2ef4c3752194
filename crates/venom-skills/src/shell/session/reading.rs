//! Reading a session: as plain text, and until a text has come.

use venom_kernel::plain::{self, Cleaner};
use venom_kernel::time::Millis;
use venom_ports::session::{Chunk, LONGEST_READ, Session, State};
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

use super::said;
use crate::bounded;

/// Makes a piece plain. What its end cuts, a character or an escape sequence, is left for the next read,
/// unless nothing more comes or it is all there is.
pub(super) fn plain_text(chunk: &Chunk, is_cut: bool) -> (String, u64) {
    let is_last = is_cut || chunk.state != State::Running;
    let mut cleaner = Cleaner::default();
    let mut text = cleaner.push(&chunk.bytes);
    let held = cleaner.held();
    if is_last || (held == chunk.bytes.len() && held > 1_000) {
        text.push_str(&cleaner.finish());
        return (text, chunk.next);
    }
    (text, chunk.next - held as u64)
}

/// Reads until a text has come. Of what comes before, at most the end is kept.
pub(super) async fn read_until(
    session: &dyn Session,
    from: u64,
    wait: Millis,
    mark: &str,
    context: &SkillContext,
) -> Result<Chunk> {
    let deadline = context.clock.steady().plus(wait);
    let mut whole = Chunk {
        from,
        bytes: Vec::new(),
        next: from,
        dropped: 0,
        state: State::Running,
    };
    loop {
        let left = deadline.get().saturating_sub(context.clock.steady().get());
        let chunk = session.read(whole.next, Millis::new(left)).await?;
        let came = !chunk.bytes.is_empty();
        if chunk.dropped > 0 {
            // What came before the gap does not belong to what comes behind it.
            whole.dropped += chunk.dropped + whole.bytes.len() as u64;
            whole.bytes.clear();
        }
        whole.bytes.extend_from_slice(&chunk.bytes);
        whole.next = chunk.next;
        if let Some(at) = position(&whole.bytes, mark.as_bytes()) {
            let end = at + mark.len();
            whole.next -= (whole.bytes.len() - end) as u64;
            whole.bytes.truncate(end);
            let surplus = whole.bytes.len().saturating_sub(LONGEST_READ);
            whole.bytes.drain(..surplus);
            whole.dropped += surplus as u64;
            whole.from = whole.next - whole.bytes.len() as u64;
            return Ok(whole);
        }
        let surplus = whole.bytes.len().saturating_sub(LONGEST_READ);
        whole.bytes.drain(..surplus);
        whole.dropped += surplus as u64;
        let mark = bounded::line(mark, 80);
        let last = || {
            let text = plain::text(&whole.bytes);
            bounded::line(&bounded::tail(&text, 5, 1_000), 500)
        };
        if let State::Ended(exit) = chunk.state {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "the session ended with {} before it said \"{mark}\"; its last words: {}",
                    said(exit),
                    last()
                ),
            ));
        }
        if left == 0 && !came {
            return Err(Failure::new(
                FailureKind::TimedOut,
                format!(
                    "the session did not say \"{mark}\" within {wait}; its last words: {}",
                    last()
                ),
            )
            .with_hint("give it more time with `wait`; some programs hold their output back unless they have a terminal"));
        }
    }
}

fn position(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
