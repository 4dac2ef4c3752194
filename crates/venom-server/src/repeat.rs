//! Requests that come twice: the first answer is given again.
//!
//! A client that got no answer cannot know whether its request was taken, and asks again with the
//! same `Idempotency-Key`. Keys belong to a token; the same key with another request is refused.
//! Answers are kept on disk before they are sent, so that a restart of the server does not make a
//! request happen twice.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use venom_kernel::digest::Digest;
use venom_ports::clock::Clock;
use venom_ports::{Failure, FailureKind};

use crate::door::{Door, PATIENCE};
use crate::guard::Caller;
use crate::problem::Problem;

/// The header with the key.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in bytes.
const LONGEST_KEY: usize = 200;
/// How long an answer is kept, in seconds: a day, as others do.
const KEPT: i64 = 24 * 60 * 60;
/// Most answers that are kept; beyond that the oldest go.
const MOST: usize = 10_000;
/// Largest request, in bytes.
pub(crate) const LARGEST: usize = 1 << 20;
/// Largest answer that is kept, in bytes: what is longer is looked up by other requests.
const LARGEST_KEPT: usize = 64 << 10;
/// Largest answer to a request with a key, in bytes. Chosen: beyond anything that a POST gives.
const LARGEST_ANSWER: usize = 256 << 20;
/// Most bytes of answers that are kept together.
const MOST_BYTES: usize = 64 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    key: String,
    request: Digest,
    time: i64,
    status: u16,
    media: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// The answer; `None` if it was too large to be kept.
    body: Option<String>,
}

enum Slot {
    /// The request is being done.
    Busy,
    /// It was done.
    Done(Arc<Given>),
}

#[derive(Default)]
struct Kept {
    slots: BTreeMap<String, Slot>,
    file: Option<File>,
    lines: usize,
    /// Bytes of the answers.
    bytes: usize,
}

/// The answers that were given to requests with keys.
pub(crate) struct Repeats {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

impl Repeats {
    /// Reads the answers of a folder.
    pub(crate) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let repeats = Self {
            path: folder.join("answers.jsonl"),
            clock,
            kept: Mutex::default(),
        };
        let since = repeats.now().saturating_sub(KEPT);
        let mut kept = Kept::default();
        match File::open(&repeats.path) {
            Ok(file) => {
                for line in BufReader::new(file).lines() {
                    let line = line.map_err(|error| repeats.failed("read", &error))?;
                    // A line that was cut off by a crash was not answered either.
                    let Ok(given) = serde_json::from_str::<Given>(&line) else {
                        continue;
                    };
                    if given.time >= since {
                        kept.bytes += given.body.as_ref().map_or(0, String::len);
                        kept.slots
                            .insert(given.key.clone(), Slot::Done(Arc::new(given)));
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(repeats.failed("read", &error)),
        }
        repeats
            .rewrite(&mut kept)
            .map_err(|error| repeats.failed("write", &error))?;
        *repeats.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(repeats)
    }

    fn now(&self) -> i64 {
        self.clock.now().micros().div_euclid(1_000_000)
    }

    /// Writes the file anew with what is still of use.
    fn rewrite(&self, kept: &mut Kept) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        kept.lines = 0;
        for slot in kept.slots.values() {
            if let Slot::Done(given) = slot {
                writeln!(file, "{}", serde_json::to_string(&**given)?)?;
                kept.lines += 1;
            }
        }
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        kept.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        Ok(())
    }

    /// Begins a request with a key. `Ok(None)` means that it is to be done.
    fn begin(&self, key: &str, request: &Digest) -> Result<Option<Arc<Given>>, Problem> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let since = self.now().saturating_sub(KEPT);
        match kept.slots.get(key) {
            Some(Slot::Busy) => Err(Problem::new(
                StatusCode::CONFLICT,
                "in-progress",
                "a request with this key is being done",
            )
            .after(1)),
            Some(Slot::Done(given)) if given.time >= since => {
                if given.request == *request {
                    Ok(Some(Arc::clone(given)))
                } else {
                    Err(Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "key-reused",
                        "this key was used for another request",
                    )
                    .hint("use a new Idempotency-Key for each request"))
                }
            }
            Some(Slot::Done(_)) | None => {
                kept.slots.insert(key.to_owned(), Slot::Busy);
                Ok(None)
            }
        }
    }

    /// Keeps an answer, before it is sent.
    fn finish(&self, given: Given) -> std::io::Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let line = serde_json::to_string(&given)?;
        kept.bytes += given.body.as_ref().map_or(0, String::len);
        kept.slots
            .insert(given.key.clone(), Slot::Done(Arc::new(given)));
        if kept.slots.len() > MOST || kept.bytes > MOST_BYTES {
            self.forget(&mut kept);
        }
        if kept.lines > 2 * MOST {
            return self.rewrite(&mut kept);
        }
        if let Some(file) = &mut kept.file {
            writeln!(file, "{line}")?;
            file.sync_data()?;
        }
        kept.lines += 1;
        Ok(())
    }

    /// Forgets what is over, and the oldest.
    fn forget(&self, kept: &mut Kept) {
        let mut times: Vec<i64> = kept
            .slots
            .values()
            .filter_map(|slot| match slot {
                Slot::Done(given) => Some(given.time),
                Slot::Busy => None,
            })
            .collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().unwrap_or(0);
        let since = self.now().saturating_sub(KEPT).max(middle);
        kept.slots.retain(|_, slot| match slot {
            Slot::Done(given) => given.time > since,
            Slot::Busy => true,
        });
        kept.bytes = kept
            .slots
            .values()
            .map(|slot| match slot {
                Slot::Done(given) => given.body.as_ref().map_or(0, String::len),
                Slot::Busy => 0,
            })
            .sum();
        // The file goes with them.
        kept.lines = usize::MAX;
    }

    /// A request was not done after all.
    fn drop_key(&self, key: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(kept.slots.get(key), Some(Slot::Busy)) {
            kept.slots.remove(key);
        }
    }

    fn failed(&self, verb: &str, error: &std::io::Error) -> Failure {
        Failure::new(
            FailureKind::Unavailable,
            format!("cannot {verb} {}: {error}", self.path.display()),
        )
    }
}

/// Lets go of a key whose request was dropped in the middle.
struct Hold {
    door: Arc<Door>,
    key: String,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.door.repeats.drop_key(&self.key);
    }
}

/// Gives the first answer again to a request that comes twice. What changes something comes to its
/// end, also when the client does not wait for it.
pub(crate) async fn once(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return next.run(request).await;
    }
    match keyed(&door, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn keyed(door: &Arc<Door>, request: Request, next: Next) -> Result<Response, Problem> {
    let key = match request.headers().get(KEY) {
        None => None,
        Some(value) => Some(
            value
                .to_str()
                .ok()
                .filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY)
                .ok_or_else(|| {
                    Problem::bad(
                        "bad-key",
                        "an Idempotency-Key has 1 to 200 visible ASCII characters",
                    )
                })?
                .to_owned(),
        ),
    };
    let caller = request
        .extensions()
        .get::<Caller>()
        .map_or_else(String::new, |caller| caller.0.id.clone());
    let (parts, body) = request.into_parts();
    let body = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LARGEST))
        .await
        .map_err(|_elapsed| Problem::slow_body())?
        .map_err(|_not_whole| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "the request is larger than 1 MiB, or did not come whole",
            )
        })?;
    let digest = Digest::of_parts(&[
        parts.method.as_str().as_bytes(),
        parts.uri.to_string().as_bytes(),
        &body,
    ]);
    let key = key.map(|key| format!("{caller} {key}"));
    if let Some(key) = &key
        && let Some(given) = door.repeats.begin(key, &digest)?
    {
        return again(&given);
    }
    let hold = key.map(|key| Hold {
        door: Arc::clone(door),
        key,
    });
    let request = Request::from_parts(parts, Body::from(body));
    let work = async move {
        let response = next.run(request).await;
        match hold {
            Some(hold) => keep(&hold, digest, response).await,
            None => Ok(response),
        }
    };
    let broke = || {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request broke while it was done",
        )
    };
    door.work.finish(work).await.ok_or_else(broke)?
}

/// Keeps what was answered, before it is sent.
async fn keep(hold: &Hold, request: Digest, response: Response) -> Result<Response, Problem> {
    // What went wrong on this side may go well the next time.
    if response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body: Bytes = axum::body::to_bytes(body, LARGEST_ANSWER)
        .await
        .map_err(|_not_whole| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "the answer was not made",
            )
        })?;
    let header = |name| {
        let value = parts.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let given = Given {
        key: hold.key.clone(),
        request,
        time: hold.door.repeats.now(),
        status: parts.status.as_u16(),
        media: header(header::CONTENT_TYPE).unwrap_or_default(),
        location: header(header::LOCATION),
        body: (body.len() <= LARGEST_KEPT).then(|| String::from_utf8_lossy(&body).into_owned()),
    };
    if let Err(error) = hold.door.repeats.finish(given) {
        tracing::warn!(%error, "an answer was not kept; the same request would be done again");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(given: &Given) -> Result<Response, Problem> {
    let Some(body) = &given.body else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "answered-before",
            "a request with this key was done, and its answer was too large to be kept",
        ));
    };
    let status = StatusCode::from_u16(given.status).unwrap_or(StatusCode::OK);
    let mut response = (status, body.clone()).into_response();
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(&given.media) {
        headers.insert(header::CONTENT_TYPE, media);
    }
    if let Some(Ok(place)) = given.location.as_deref().map(HeaderValue::from_str) {
        headers.insert(header::LOCATION, place);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
