//! Comparing two moments: their files, their state, and where two runs part.

use venom_kernel::diff;
use venom_kernel::event::Envelope;
use venom_kernel::id::Seq;
use venom_kernel::run::RunState;
use venom_kernel::tree::{Difference, Entry, Nature, ObjectId};
use venom_ports::api::runs::ApiError;
use venom_ports::api::time::{Compared, FileDifference, Moment as Point};
use venom_ports::blob::Belongs;
use venom_ports::{Failure, FailureKind, Result};

use super::capture::snapshots;
use super::deeds::Deeds;
use super::patch::{Edits, patch};
use crate::host::Host;
use crate::world::World;

/// Most places of the state that are named. Chosen: several pages.
const PLACES: usize = 500;
/// Longest file that is compared line by line.
const LONGEST: u64 = 1 << 20;
/// Most files that are compared line by line.
const COMPARED: usize = 500;
/// Unchanged lines around a change, as everybody shows them.
const CONTEXT: usize = 3;

/// Compares two moments.
pub(super) async fn compare(
    host: &Host,
    left: &Point,
    right: &Point,
) -> std::result::Result<Compared, ApiError> {
    let (before, after) = (host.events_at(left).await?, host.events_at(right).await?);
    let fold = |events: &[Envelope]| {
        RunState::fold(events.iter().map(|envelope| &envelope.event)).map_err(|illegal| {
            Failure::new(FailureKind::Corrupt, illegal.to_string())
                .with_hint("run `venom log verify` to find the damage")
        })
    };
    let (old, new) = (fold(&before)?, fold(&after)?);
    let parts_at = (left.run != right.run)
        .then(|| {
            before
                .iter()
                .zip(&after)
                .find(|(a, b)| a.event != b.event)
                .map(|(a, _)| a.seq)
        })
        .flatten();
    let last = |events: &[Envelope]| events.last().map_or(Seq::ZERO, |last| last.seq);
    let (from, until) = (last(&before), last(&after));
    let world = host.world.of(left.run, Belongs::Known)?;
    let other = host.world.of(right.run, Belongs::Known)?;
    let old_all = host
        .events_at(&Point {
            run: left.run,
            at: None,
        })
        .await?;
    let new_all = host
        .events_at(&Point {
            run: right.run,
            at: None,
        })
        .await?;
    let files = if world.snapshots.is_none() {
        None
    } else {
        match (
            tree_at(&world, &old_all, from).await?,
            tree_at(&other, &new_all, until).await?,
        ) {
            (Some((old, _)), Some((new, _))) => Some(files((&world, &other), old, new).await?),
            (None, _) | (_, None) => None,
        }
    };
    Ok(Compared {
        left: Point {
            run: left.run,
            at: Some(from),
        },
        right: Point {
            run: right.run,
            at: Some(until),
        },
        parts_at,
        files,
        state: diff::values(
            &serde_json::json!(old.sections()),
            &serde_json::json!(new.sections()),
            PLACES,
        ),
    })
}

/// Returns what the workspace was at an event, as far as the log of the whole run tells: the last
/// capture before it with the run's own deeds since. `None` if it was never captured.
pub(super) async fn tree_at(
    world: &World,
    events: &[Envelope],
    at: Seq,
) -> Result<Option<(ObjectId, Option<ObjectId>)>> {
    let deeds = Deeds::of(events);
    let Some(known) = deeds.known_at(at) else {
        return Ok(None);
    };
    let since: Edits = deeds
        .net(world, known.seq, at)
        .await?
        .into_iter()
        .map(|(path, (_, left))| (path, left))
        .collect();
    let tree = patch(world.blobs.as_ref(), known.tree, &since, Some(known.tree)).await?;
    Ok(Some((tree, known.times)))
}

async fn files(
    (world, other): (&World, &World),
    old: ObjectId,
    new: ObjectId,
) -> Result<Vec<FileDifference>> {
    // Where contents are sealed, two workspaces have two names for one content.
    let is_one_naming = world.blobs.id_of(b"") == other.blobs.id_of(b"");
    let mut files = Vec::new();
    for mut difference in snapshots(world)?.compare(Some(old), Some(new)).await? {
        if !is_one_naming && is_same_content(world, &difference).await? {
            rename_content(&mut difference);
            if difference.before == difference.after {
                continue;
            }
        }
        let unified = if files.len() < COMPARED {
            unified(world, &difference).await?
        } else {
            None
        };
        files.push(FileDifference {
            path: difference.path.to_string(),
            nature: match difference.nature() {
                Nature::Added => "added",
                Nature::Removed => "removed",
                Nature::Content => "changed",
                Nature::Mode => "mode",
                Nature::Kind => "kind",
            }
            .to_owned(),
            before: difference.before,
            after: difference.after,
            unified,
        });
    }
    Ok(files)
}

/// Tells whether both sides of a difference hold the same bytes, under whatever names.
async fn is_same_content(world: &World, difference: &Difference) -> Result<bool> {
    let (old, new) = match (&difference.before, &difference.after) {
        (
            Some(Entry::File { blob, size, .. }),
            Some(Entry::File {
                blob: new,
                size: other,
                ..
            }),
        ) if size == other => (blob, new),
        (Some(Entry::Link { target }), Some(Entry::Link { target: new })) => (target, new),
        _ => return Ok(false),
    };
    if old == new {
        return Ok(true);
    }
    let read = async |object: &ObjectId| match world.blobs.get(&object.to_blob()).await {
        Ok(bytes) => Ok(Some(bytes)),
        // What is not kept any more cannot be said to be the same.
        Err(failure) if failure.kind == FailureKind::Missing => Ok(None),
        Err(failure) => Err(failure),
    };
    let Some(new) = read(new).await? else {
        return Ok(false);
    };
    if world.blobs.id_of(&new) == old.to_blob() {
        return Ok(true);
    }
    // The older one may have been named before its workspace had a key.
    Ok(read(old).await?.is_some_and(|old| old == new))
}

/// Names the content of the second side as the first does.
fn rename_content(difference: &mut Difference) {
    match (&difference.before, &mut difference.after) {
        (Some(Entry::File { blob: old, .. }), Some(Entry::File { blob: new, .. }))
        | (Some(Entry::Link { target: old }), Some(Entry::Link { target: new })) => *new = *old,
        _ => {}
    }
}

async fn unified(world: &World, difference: &Difference) -> Result<Option<String>> {
    let (Some(old), Some(new)) = (
        text(world, difference.before.as_ref()).await?,
        text(world, difference.after.as_ref()).await?,
    ) else {
        return Ok(None);
    };
    if old == new {
        return Ok(None);
    }
    let path = difference.path.to_string();
    let name = |side: &str, entry: Option<&Entry>| match entry {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let compared = similar::TextDiff::from_lines(old.as_str(), new.as_str());
    let mut shown = compared.unified_diff();
    shown.context_radius(CONTEXT).header(
        &name("a", difference.before.as_ref()),
        &name("b", difference.after.as_ref()),
    );
    Ok(Some(shown.to_string()))
}

/// Returns the text of an entry; empty where there is none, `None` for what is no text.
async fn text(world: &World, entry: Option<&Entry>) -> Result<Option<String>> {
    let object = match entry {
        None => return Ok(Some(String::new())),
        Some(Entry::File { blob, size, .. }) if *size <= LONGEST => *blob,
        Some(Entry::Link { target }) => *target,
        Some(Entry::File { .. } | Entry::Folder { .. } | Entry::Skipped { .. }) => return Ok(None),
    };
    let bytes = world.blobs.get(&object.to_blob()).await?;
    if bytes.contains(&0) {
        return Ok(None);
    }
    Ok(String::from_utf8(bytes).ok())
}
