//! Episodes: what was said and done, found again, added to, and forgotten.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::{EpisodeId, LONGEST, LONGEST_NAME};
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Asked, Mark, Note};

use super::Shared;
use super::runs::limit;
use crate::extract::{Body, Named, Params};
use crate::guard::Caller;
use crate::problem::{Answer, Problem};
use crate::token::Scope;

/// Hits and episodes on a page, unless something else is asked for.
const PAGE: usize = 20;
/// Most hits and episodes on a page.
const LARGEST_PAGE: usize = 500;
/// Most episodes that are added at once.
const MOST_NOTES: usize = 500;
/// Most characters of the beginning of an id.
const LONGEST_PREFIX: usize = 40;
/// Most characters of a question.
const LONGEST_QUERY: usize = 2_000;
/// The clocks of the earth are at most so far from UTC, in seconds.
const FARTHEST: i32 = 86_400;

type Who = axum::Extension<Caller>;

/// Writes what a port gave.
pub(super) fn json(value: &impl Serialize) -> Answer<Json<Value>> {
    serde_json::to_value(value).map(Json).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        )
    })
}

/// Refuses a text that is too long for what it is.
pub(super) fn bounded(name: &str, text: &str, most: usize) -> Answer<()> {
    if text.chars().nth(most).is_none() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "too-long",
        format!("`{name}` has at most {most} characters"),
    ))
}

/// The moments that can be named, in microseconds since 1970: the years 68 to 9892, within which calendars can be
/// reckoned with.
const MOMENTS: std::ops::RangeInclusive<i64> = -60_000_000_000_000_000..=250_000_000_000_000_000;

/// Reads a moment.
pub(super) fn moment(name: &str, micros: Option<i64>) -> Answer<Option<Timestamp>> {
    match micros {
        Some(micros) if !MOMENTS.contains(&micros) => Err(Problem::bad(
            "bad-parameter",
            format!("`{name}` is no moment between the years 68 and 9892"),
        )),
        micros => Ok(micros.map(Timestamp::from_micros)),
    }
}

/// Says for whom somebody speaks: text counts as the user's own only if the token may decide for the user.
pub(super) fn trust(is_vouched: bool, who: &Caller) -> Answer<Trust> {
    if !is_vouched {
        return Ok(Trust::Untrusted);
    }
    if who.0.may(Scope::ApprovalsDecide) {
        return Ok(Trust::User);
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "scope-missing",
        "this token may not vouch for what is remembered: it lacks the scope `approvals:decide`",
    )
    .hint("leave out `vouched`; what nobody vouches for is remembered as such"))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Plain words. Times in them count, such as `yesterday`, and names of speakers.
    #[param(min_length = 1, max_length = 2000)]
    q: String,
    /// Only what happened at or after this moment, in microseconds since 1970.
    #[param(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    since: Option<i64>,
    /// Only what happened before this moment, in microseconds since 1970.
    #[param(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    until: Option<i64>,
    /// Only what this speaker said.
    #[param(max_length = 100)]
    speaker: Option<String>,
    /// Only what is part of this conversation; a run is one.
    #[param(max_length = 100)]
    thread: Option<String>,
    /// What time it is where the question is asked; now if it is left out.
    #[param(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    now: Option<i64>,
    /// How far the clock there is ahead of UTC, in seconds.
    #[param(minimum = -86400, maximum = 86400)]
    offset: Option<i32>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// Search what was said and done
///
/// Each hit comes with the parts of its score, so that it can be seen why it stands where it stands.
#[utoipa::path(get, path = "/v1/memory/search", tag = "memory", params(Question), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn search(
    State(house): Shared,
    Params(question): Params<Question>,
) -> Answer<Json<Value>> {
    let limit = limit(question.limit, PAGE, LARGEST_PAGE)?;
    bounded("q", &question.q, LONGEST_QUERY)?;
    if !question.q.chars().any(char::is_alphanumeric) {
        return Err(Problem::bad(
            "empty-query",
            "there are no words to look for in `q`",
        ));
    }
    let offset = question.offset.unwrap_or(0);
    if !(-FARTHEST..=FARTHEST).contains(&offset) {
        return Err(Problem::bad("bad-parameter", "`offset` is at most a day"));
    }
    let asked = Asked {
        words: question.q,
        now: moment("now", question.now)?.unwrap_or_else(|| house.services.clock.now()),
        offset,
        since: moment("since", question.since)?,
        until: moment("until", question.until)?,
        speaker: question.speaker,
        thread: question.thread,
        limit,
    };
    json(&house.services.episodes.search(asked).await?)
}

/// Which episodes are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Where the last page ended.
    // Not what the description's `int64` holds: places use all 64 bits.
    #[param(value_type = Option<usize>)]
    cursor: Option<u64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Only those whose id begins so; at most two, enough to see whether it is ambiguous.
    #[param(min_length = 1, max_length = 40)]
    prefix: Option<String>,
}

/// A page of episodes, in the order in which they became known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EpisodePage {
    #[schema(value_type = Vec<Object>)]
    episodes: Vec<Value>,
    /// What to give as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<usize>)]
    next: Option<u64>,
}

/// List episodes
#[utoipa::path(get, path = "/v1/memory/episodes", tag = "memory", params(Which), responses((status = 200, body = EpisodePage), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(house): Shared,
    Params(which): Params<Which>,
) -> Answer<Json<EpisodePage>> {
    let limit = limit(which.limit, PAGE, LARGEST_PAGE)?;
    let episodes = &house.services.episodes;
    let now = house.services.clock.now();
    let mut page = EpisodePage {
        episodes: Vec::new(),
        next: None,
    };
    if let Some(prefix) = which.prefix {
        if prefix.is_empty() {
            return Err(Problem::bad("bad-parameter", "`prefix` is empty"));
        }
        bounded("prefix", &prefix, LONGEST_PREFIX)?;
        for id in episodes.find(&prefix).await? {
            if let Some(known) = episodes.get(id, now).await? {
                page.episodes.push(json(&known)?.0);
            }
        }
        return Ok(Json(page));
    }
    let known = episodes.page(which.cursor.unwrap_or(0), limit, now).await?;
    page.next = (known.len() == limit)
        .then(|| known.last().map(|(place, _)| *place))
        .flatten();
    for (_, known) in &known {
        page.episodes.push(json(known)?.0);
    }
    Ok(Json(page))
}

/// Show an episode
#[utoipa::path(get, path = "/v1/memory/episodes/{episode}", tag = "memory", params(("episode" = String, Path)), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn show(
    State(house): Shared,
    Named(episode): Named<EpisodeId>,
) -> Answer<Json<Value>> {
    let now = house.services.clock.now();
    match house.services.episodes.get(episode, now).await? {
        Some(known) => json(&known),
        None => Err(no_such_episode()),
    }
}

fn no_such_episode() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-episode",
        "there is no such episode, or its words cannot be read any more",
    )
}

/// Something to be remembered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// The words.
    #[schema(max_length = 4000)]
    text: String,
    /// Its id, if it has one already, such as in an export.
    #[schema(value_type = Option<String>)]
    id: Option<EpisodeId>,
    /// When it was said, in microseconds since 1970; now if it is left out.
    #[schema(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    time: Option<i64>,
    /// Who said it; the token if it is left out.
    #[schema(max_length = 100)]
    speaker: Option<String>,
    /// The conversation that it is part of.
    #[schema(max_length = 100)]
    thread: Option<String>,
    /// Whether it is marked as important.
    #[serde(default)]
    pinned: bool,
    /// Whether it counts as the user's own words; it needs the scope `approvals:decide` too.
    #[serde(default)]
    vouched: bool,
}

/// Things to be remembered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNotes {
    #[schema(min_items = 1, max_items = 500)]
    notes: Vec<NewNote>,
}

/// What became of things that were to be remembered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Remembered {
    /// For each: `added`, `known` or `forgotten` with its id, or `empty`.
    taken: Vec<Value>,
}

/// Remember things; secrets in them are masked, and what is there already stays as it is
#[utoipa::path(post, path = "/v1/memory/episodes", tag = "memory", request_body = NewNotes, responses((status = 200, body = Remembered), (status = "default", body = Problem)))]
pub(crate) async fn add(
    State(house): Shared,
    who: Who,
    Body(new): Body<NewNotes>,
) -> Answer<Json<Remembered>> {
    if new.notes.is_empty() || new.notes.len() > MOST_NOTES {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-option",
            format!("`notes` has from 1 to {MOST_NOTES} entries"),
        ));
    }
    let now = house.services.clock.now();
    let mut notes = Vec::with_capacity(new.notes.len());
    for note in new.notes {
        bounded("text", &note.text, LONGEST)?;
        for (name, text) in [("speaker", &note.speaker), ("thread", &note.thread)] {
            bounded(name, text.as_deref().unwrap_or_default(), LONGEST_NAME)?;
        }
        notes.push(Note {
            id: note.id,
            time: moment("time", note.time)?.unwrap_or(now),
            speaker: note.speaker.unwrap_or_else(|| who.0.name()),
            text: house.services.redactor.redact(&note.text),
            thread: note.thread,
            trust: trust(note.vouched, &who.0)?,
            is_pinned: note.pinned,
        });
    }
    let episodes = &house.services.episodes;
    let taken = episodes.add(notes, &who.0.name(), now).await?;
    let taken = taken
        .iter()
        .map(|taken| json(taken).map(|Json(taken)| taken))
        .collect::<Answer<_>>()?;
    Ok(Json(Remembered { taken }))
}

/// A mark to be put on an episode.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMark {
    /// `pin`, `unpin`, or `forget`: no search finds it then, and words that were added by hand are gone.
    #[schema(value_type = String, pattern = "^(pin|unpin|forget)$")]
    mark: Mark,
}

/// What became of a mark.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Marked {
    /// Whether that changed anything.
    changed: bool,
    /// The event of a run that still holds the words, if a run said them.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<String>,
}

/// Pin an episode, take the pin off again, or forget it
#[utoipa::path(post, path = "/v1/memory/episodes/{episode}/mark", tag = "memory", params(("episode" = String, Path)), request_body = NewMark, responses((status = 200, body = Marked), (status = "default", body = Problem)))]
pub(crate) async fn mark(
    State(house): Shared,
    Named(episode): Named<EpisodeId>,
    who: Who,
    Body(new): Body<NewMark>,
) -> Answer<Json<Marked>> {
    use venom_kernel::memory::episode::Source;
    let now = house.services.clock.now();
    let episodes = &house.services.episodes;
    let source = match episodes.get(episode, now).await? {
        Some(known) => Some(known.episode.source),
        // What is forgotten already can be forgotten again.
        None if new.mark == Mark::Forget => None,
        None => return Err(no_such_episode()),
    };
    let changed = episodes.mark(episode, new.mark, &who.0.name(), now).await?;
    let held_by = match source {
        Some(Source::Run { run, seq }) if new.mark == Mark::Forget => {
            Some(format!("{run}@{}", seq.number()))
        }
        _ => None,
    };
    Ok(Json(Marked { changed, held_by }))
}

/// Tell how much is remembered, and what it takes
#[utoipa::path(get, path = "/v1/memory/stats", tag = "memory", responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn stats(State(house): Shared) -> Answer<Json<Value>> {
    json(&house.services.episodes.stats().await?)
}
