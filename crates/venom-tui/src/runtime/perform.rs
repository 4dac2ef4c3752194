//! Doing orders: each asks a port once and says what came of it.

use std::path::{Path, PathBuf};

use venom_kernel::event::StatePart;
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::{ApiError, NewsStream};
use venom_ports::api::time::{ForkWish, Moment, RewindWish};
use venom_ports::inbox::Command;
use venom_ports::memory::episodes::Asked;

use super::{Job, deed};
use crate::message::{Message, Order, Telling};
use crate::services::Services;

/// Runs that are listed. Chosen: more than anybody scrolls through; the filter looks through these.
const ROWS: usize = 1_000;
/// Entries of a folder that are looked at for completing a path.
const ENTRIES: usize = 5_000;
/// Hits that the memory gives. Chosen: who needs more asks for less.
const HITS: usize = 50;
/// Paths that are offered.
const PATHS: usize = 50;

/// What came of an order.
pub(super) enum Done {
    Message(Message),
    /// A run is followed from here on.
    Follows(u64, NewsStream),
}

/// Makes a job of an order.
pub(super) fn perform(services: Services, order: Order, user: String) -> Job {
    Box::pin(async move {
        let message = match order {
            Order::Follow(run, following) => match services.runs.follow(run, Seq::ZERO, true).await
            {
                Ok(stream) => return Done::Follows(following, stream),
                Err(error) => Message::Silent(following, Some(said(&error))),
            },
            other => answered(&services, other, &user).await,
        };
        Done::Message(message)
    })
}

async fn answered(services: &Services, order: Order, user: &str) -> Message {
    let what = deed(&order);
    match order {
        Order::List => Message::Rows(services.runs.list(ROWS).await.map_err(|error| said(&error))),
        Order::Start(goal) => Message::Ours(
            start(services, goal).await.map_err(|error| said(&error)),
            what,
        ),
        Order::TakeUp(run) => match services.runs.resume(run, user).await {
            Ok(()) => Message::Ours(Ok(run), what),
            // Somebody else works on it, and is told.
            Err(ApiError::Owned { .. }) => tell(services, run, Telling::Resume, user).await,
            Err(error) => Message::Ours(Err(said(&error)), what),
        },
        Order::Tell(run, telling) => tell(services, run, telling, user).await,
        Order::Compare(run, at) => {
            let left = Moment {
                run,
                at: Some(Seq::new(1)),
            };
            let right = Moment { run, at: Some(at) };
            let found = services.time.compare(&left, &right).await;
            Message::Compared(
                run,
                at,
                found.map(|found| found.files).map_err(|error| said(&error)),
            )
        }
        Order::Preview(run, to, overwrite) => {
            let found = services
                .time
                .preview_rewind(run, &wish(to, overwrite))
                .await;
            Message::Previewed(run, found.map(Box::new).map_err(|error| said(&error)))
        }
        Order::Rewind(run, to, overwrite) => {
            let done = services.time.rewind(run, &wish(to, overwrite), user).await;
            Message::Rewound(run, done.map(Box::new).map_err(|error| said(&error)))
        }
        Order::CheckState(run, to) => {
            let part = StatePart::All;
            let checked = services
                .time
                .preview_rewind_state(run, to, part, user)
                .await;
            Message::StateChecked(run, checked.map_err(|error| said(&error)))
        }
        Order::RewindState(run, to) => {
            let done = services
                .time
                .rewind_state(run, to, StatePart::All, user)
                .await;
            Message::StateRewound(run, done.map_err(|error| said(&error)))
        }
        Order::Recall(words) => {
            let now = services.clock.now();
            let asked = Asked {
                words: words.clone(),
                now,
                offset: services.folder.offset(now),
                since: None,
                until: None,
                speaker: None,
                thread: None,
                limit: HITS,
            };
            let found = services.episodes.search(asked).await;
            let found = found.map(Box::new).map_err(|failure| said(&failure.into()));
            Message::Recalled(words, found)
        }
        Order::Mark(id, mark) => {
            let now = services.clock.now();
            let done = services.episodes.mark(id, mark, user, now).await;
            Message::Marked(mark, done.map_err(|failure| said(&failure.into())))
        }
        Order::Learn => {
            let records = services.records.records().await;
            Message::Learnt(records.map_err(|error| said(&error)))
        }
        Order::Fork(run, at) => {
            let forked = fork(services, run, at, user).await;
            Message::Ours(forked.map_err(|error| said(&error)), what)
        }
        Order::Complete(typed) => {
            let folder = services.folder.path();
            let wanted = typed.clone();
            let paths = tokio::task::spawn_blocking(move || paths(&folder, &wanted)).await;
            Message::Completed(typed, paths.unwrap_or_default())
        }
        Order::Quit(_) | Order::Suspend | Order::Follow(..) => Message::Tick(services.clock.now()),
    }
}

fn wish(to: Option<Seq>, overwrite: bool) -> RewindWish {
    RewindWish {
        to,
        overwrite,
        ..RewindWish::default()
    }
}

/// Says what went wrong, and what would help.
fn said(error: &ApiError) -> String {
    match error {
        ApiError::Failed(failure) | ApiError::NotLetIn(failure) => match &failure.hint {
            Some(hint) => format!("{} ({hint})", failure.message),
            None => failure.message.clone(),
        },
        other => other.to_string(),
    }
}

async fn start(services: &Services, goal: String) -> Result<RunId, ApiError> {
    let folder = services.folder.clone();
    let request = blocking(move || folder.prepare(goal)).await?;
    services.runs.start(request).await
}

async fn fork(
    services: &Services,
    run: RunId,
    at: Option<Seq>,
    user: &str,
) -> Result<RunId, ApiError> {
    let state = services.runs.state(run, at).await?;
    let original = state
        .started()
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default();
    let folder = services.folder.clone();
    let into = blocking(move || folder.copy(run, &original)).await?;
    let wish = ForkWish {
        at,
        into: into.clone(),
        ..ForkWish::default()
    };
    let forked = services.time.fork(run, &wish, user).await;
    if forked.is_err() {
        // The copy was made for nothing.
        let gone = blocking(move || {
            if let Some(folder) = into.parent()
                && let Err(error) = std::fs::remove_dir_all(folder)
            {
                tracing::debug!(%error, "a copy was not removed");
            }
            Ok(())
        });
        gone.await?;
    }
    forked
}

/// Does something that may block on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        venom_ports::Failure::new(venom_ports::FailureKind::Internal, error.to_string())
    })?
}

async fn tell(services: &Services, run: RunId, telling: Telling, user: &str) -> Message {
    let (command, word) = match telling {
        Telling::Pause => (Command::Pause, "told to pause"),
        Telling::Resume => (Command::Resume, "told to go on"),
        Telling::Cancel => (Command::Cancel, "told to end"),
        Telling::Decide(approval, agreed) => {
            let command = Command::Decide {
                approval,
                agreed,
                reason: None,
            };
            (command, if agreed { "approved" } else { "denied" })
        }
        Telling::Answer(question, answer) => (Command::Answer { question, answer }, "answered"),
    };
    let sent = services.runs.command(run, command, user).await;
    Message::Sent(run, sent.map_err(|error| said(&error)), word)
}

/// Returns the paths of the folder that begin with what was typed; folders end with a slash.
fn paths(folder: &Path, typed: &str) -> Vec<String> {
    let (parent, begin) = match typed.rsplit_once('/') {
        Some((parent, begin)) => (format!("{parent}/"), begin),
        None => (String::new(), typed),
    };
    // Only what lies in the folder is offered.
    let is_outside = parent.starts_with('/') || parent.split('/').any(|part| part == "..");
    if is_outside {
        return Vec::new();
    }
    let mut found: Vec<String> = std::fs::read_dir(folder.join(&parent))
        .into_iter()
        .flatten()
        .take(ENTRIES)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_hidden = name.starts_with('.') && !begin.starts_with('.');
            if is_hidden
                || !name.starts_with(begin)
                || name.chars().any(|c| c.is_whitespace() || c.is_control())
            {
                return None;
            }
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            Some(format!(
                "{parent}{name}{}",
                if is_folder { "/" } else { "" }
            ))
        })
        .collect();
    found.sort();
    found.truncate(PATHS);
    found
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn paths_are_completed_within_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(paths(folder, "Car"), ["Cargo.toml"]);
        assert_eq!(
            paths(folder, "src/runt"),
            ["src/runtime.rs", "src/runtime/"]
        );
        assert!(paths(folder, "../").is_empty());
        assert!(paths(folder, "/etc/pass").is_empty());
    }
}
