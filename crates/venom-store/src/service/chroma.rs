//! `ChromaDB`, through its REST API v2: one collection for a data folder and a model.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_ports::memory::vectors::{Opened, Placed, Sought, Vectors};
use venom_ports::{Failure, FailureKind, Result};

use super::http::{Answer, Asking, Http};
use super::rest::Rest;
use super::{Credentials, Roots};

/// How long a question may take. Chosen: a hundred times what the nearest of 100,000 vectors take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long writing may take: the server builds its index meanwhile.
const WRITING: Duration = Duration::from_secs(10);
/// Vectors in one request. Chosen: below the 5,461 that servers with SQLite take at most.
const GROUP: usize = 1_000;
/// How many vectors the index looks at for a question. Chosen: more than are ever wanted at once, so that
/// as many are found as comparing all would find.
const LOOKED_AT: u32 = 800;

/// A collection on a server.
pub struct Chroma {
    name: String,
    http: Http,
    /// `…/api/v2`.
    root: Url,
    /// `…/databases/NAME`.
    database: Url,
    collection: String,
    model: String,
    id: Mutex<Option<String>>,
    rest: Rest,
}

impl std::fmt::Debug for Chroma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chroma")
            .field("name", &self.name)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

/// Vectors as the server takes them.
#[derive(Serialize)]
struct Upsert<'a> {
    ids: Vec<String>,
    embeddings: Vec<&'a [f32]>,
    metadatas: Vec<Value>,
}

#[derive(Serialize)]
struct Query<'a> {
    #[serde(rename = "query_embeddings")]
    vectors: [&'a [f32]; 1],
    n_results: usize,
    include: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    r#where: Option<Value>,
}

#[derive(Deserialize)]
struct Queried {
    ids: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
}

#[derive(Deserialize)]
struct Got {
    ids: Vec<String>,
    #[serde(default)]
    embeddings: Option<Vec<Option<Vec<f32>>>>,
}

impl Chroma {
    /// Reads the address: `http://HOST:PORT`, with `/TENANT/DATABASE` behind it if they are not the default
    /// ones. Nothing is reached before the first question.
    pub fn new(
        address: &str,
        (set, model): (&str, &str),
        credentials: Credentials,
        roots: Roots,
    ) -> Result<Self> {
        let url = check(address).map_err(|why| Failure::new(FailureKind::Refused, why))?;
        let name = shown(&url);
        let mut parts = url.path_segments().into_iter().flatten();
        let mut part = |usual: &str| match parts.next() {
            Some("") | None => usual.to_owned(),
            Some(part) => part.to_owned(),
        };
        let (tenant, database) = (part("default_tenant"), part("default_database"));
        let root = with(&url, &["api", "v2"], true);
        let path = ["tenants", tenant.as_str(), "databases", database.as_str()];
        let database = with(&root, &path, false);
        Ok(Self {
            http: Http::new(name.clone(), credentials, roots),
            name,
            root,
            database,
            collection: collection(set, model),
            model: model.to_owned(),
            id: Mutex::new(None),
            rest: Rest::default(),
        })
    }

    fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
        patience: Duration,
    ) -> Result<Vec<u8>> {
        let answer = self.rest.unless(|| {
            let answer = self.http.ask(Asking {
                method,
                url,
                body,
                patience,
            })?;
            self.judged(answer)
        });
        if let Err(failure) = &answer
            && failure.kind == FailureKind::Missing
        {
            *self.id.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        answer
    }

    fn judged(&self, answer: Answer) -> Result<Vec<u8>> {
        let Answer { status, body } = answer;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let said: String = String::from_utf8_lossy(&body)
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let text = format!("{} answered {status}: {said}", self.name);
        Err(match status {
            401 | 403 => Failure::new(FailureKind::Refused, text)
                .with_hint("name the key that it wants in `memory.vectors_key`"),
            404 => Failure::new(FailureKind::Missing, text),
            408 | 429 | 500..=599 => Failure::new(FailureKind::Unavailable, text)
                .with_hint("its own log says what is wrong; the embedded store works without it"),
            _ => Failure::new(FailureKind::Refused, text)
                .with_hint("ChromaDB from 0.6 on is spoken to, by its API v2"),
        })
    }

    fn json<T: serde::de::DeserializeOwned>(&self, body: &[u8]) -> Result<T> {
        serde_json::from_slice(body).map_err(|error| {
            let text = format!("{} gave what ChromaDB does not give: {error}", self.name);
            Failure::new(FailureKind::Refused, text).with_hint(
                "see that the address in `memory.vectors` is that of a ChromaDB from 0.6 on",
            )
        })
    }

    fn version(&self) -> Result<String> {
        let asked = self.ask(
            Method::GET,
            with(&self.root, &["version"], false),
            None,
            PATIENCE,
        );
        let body = asked.map_err(|failure| match failure.kind {
            FailureKind::Missing => Failure::new(
                FailureKind::Refused,
                format!("{} speaks no API v2", self.name),
            )
            .with_hint("ChromaDB from 0.6 on does; see also that the address is the right one"),
            _ => failure,
        })?;
        let version: String = self.json(&body)?;
        Ok(version
            .chars()
            .filter(|c| !c.is_control())
            .take(40)
            .collect())
    }

    fn id(&self) -> Result<String> {
        if let Some(id) = &*self.id.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(id.clone());
        }
        let body = json!({
            "name": self.collection,
            "get_or_create": true,
            "metadata": { "made-by": "venom", "model": self.model },
            "configuration": { "hnsw": {
                "space": "cosine",
                "ef_construction": 200,
                "max_neighbors": 24,
                "ef_search": LOOKED_AT,
            } },
        });
        let url = with(&self.database, &["collections"], false);
        let asked = self.ask(
            Method::POST,
            url,
            Some(body.to_string().into_bytes()),
            WRITING,
        );
        let body = asked.map_err(|failure| match failure.kind {
            FailureKind::Missing => Failure::new(FailureKind::Refused, failure.message)
                .with_hint("see that the tenant and the database in `memory.vectors` exist there"),
            _ => failure,
        })?;
        let made: Made = self.json(&body)?;
        *self.id.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.id.clone());
        Ok(made.id)
    }

    fn verb(&self, verb: &str) -> Result<Url> {
        let id = self.id()?;
        Ok(with(
            &self.database,
            &["collections", id.as_str(), verb],
            false,
        ))
    }

    fn post(&self, verb: &str, body: &impl Serialize, patience: Duration) -> Result<Vec<u8>> {
        let url = self.verb(verb)?;
        let body = serde_json::to_vec(body)
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        self.ask(Method::POST, url, Some(body), patience)
    }
}

/// Says what is wrong with an address, or reads it.
pub fn check(address: &str) -> std::result::Result<Url, String> {
    let url = Url::parse(address).map_err(|error| format!("it is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("it begins with http:// or https:// and names a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a key is named in `vectors_key`, not written into the address".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("nothing but a tenant and a database may stand behind the host".to_owned());
    }
    Ok(url)
}

fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("ChromaDB at {}://{host}{port}", url.scheme())
}

/// Adds parts to the path of an address, or puts them in its place.
fn with(url: &Url, parts: &[&str], anew: bool) -> Url {
    let mut url = url.clone();
    // An address with a host has a path.
    if let Ok(mut path) = url.path_segments_mut() {
        if anew {
            path.clear();
        }
        path.pop_if_empty().extend(parts);
    }
    url
}

/// Names a collection: vectors of two models never lie in the same one.
fn collection(set: &str, model: &str) -> String {
    let hash = blake3::hash(model.as_bytes()).to_hex();
    let model: String = hash.chars().take(8).collect();
    format!("venom-{set}-{model}")
}

fn number(id: &str) -> Option<u64> {
    id.parse().ok()
}

/// Speakers and conversations as they are kept: text, because numbers of 64 bits do not fit everywhere.
fn mark(number: u64) -> String {
    format!("{number:016x}")
}

impl Vectors for Chroma {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self) -> Result<Opened> {
        self.rest.end();
        *self.id.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let version = self.version()?;
        let set = self.id()?;
        Ok(Opened { version, set })
    }

    fn put(&self, placed: &[Placed]) -> Result<()> {
        for group in placed.chunks(GROUP) {
            let body = Upsert {
                ids: group.iter().map(|one| one.number.to_string()).collect(),
                embeddings: group.iter().map(|one| one.vector.as_slice()).collect(),
                metadatas: group
                    .iter()
                    .map(|one| {
                        json!({
                            "time": one.time,
                            "speaker": mark(one.speaker),
                            "thread": one.thread.map(mark).unwrap_or_default(),
                        })
                    })
                    .collect(),
            };
            self.post("upsert", &body, WRITING)?;
        }
        Ok(())
    }

    fn remove(&self, numbers: &[u64]) -> Result<()> {
        for group in numbers.chunks(GROUP) {
            let ids: Vec<String> = group.iter().map(u64::to_string).collect();
            self.post("delete", &json!({ "ids": ids }), WRITING)?;
        }
        Ok(())
    }

    fn nearest(&self, sought: &Sought) -> Result<Vec<u64>> {
        let mut rules: Vec<Value> = Vec::new();
        if let Some(since) = sought.since {
            rules.push(json!({ "time": { "$gte": since } }));
        }
        if let Some(until) = sought.until {
            rules.push(json!({ "time": { "$lte": until } }));
        }
        if let Some(thread) = sought.thread {
            rules.push(json!({ "thread": { "$eq": mark(thread) } }));
        }
        if let Some(speakers) = &sought.speakers {
            if speakers.is_empty() {
                return Ok(Vec::new());
            }
            let marks: Vec<String> = speakers.iter().map(|one| mark(*one)).collect();
            rules.push(json!({ "speaker": { "$in": marks } }));
        }
        let rule = if rules.len() > 1 {
            Some(json!({ "$and": rules }))
        } else {
            rules.pop()
        };
        let body = Query {
            vectors: [&sought.vector],
            n_results: sought.wanted,
            include: [],
            r#where: rule,
        };
        let queried: Queried = self.json(&self.post("query", &body, PATIENCE)?)?;
        let ids = queried.ids.into_iter().next().unwrap_or_default();
        Ok(ids.iter().filter_map(|id| number(id)).collect())
    }

    fn count(&self) -> Result<u64> {
        let body = self.ask(Method::GET, self.verb("count")?, None, PATIENCE)?;
        self.json(&body)
    }

    fn numbers(&self, offset: u64, limit: usize) -> Result<Vec<u64>> {
        let body = json!({ "offset": offset, "limit": limit, "include": [] });
        let got: Got = self.json(&self.post("get", &body, WRITING)?)?;
        Ok(got.ids.iter().filter_map(|id| number(id)).collect())
    }

    fn get(&self, numbers: &[u64]) -> Result<BTreeMap<u64, Vec<f32>>> {
        let mut all = BTreeMap::new();
        for group in numbers.chunks(GROUP) {
            let ids: Vec<String> = group.iter().map(u64::to_string).collect();
            let body = json!({ "ids": ids, "include": ["embeddings"] });
            let got: Got = self.json(&self.post("get", &body, WRITING)?)?;
            let vectors = got.embeddings.unwrap_or_default();
            all.extend(
                got.ids
                    .iter()
                    .zip(vectors)
                    .filter_map(|(id, vector)| Some((number(id)?, vector?))),
            );
        }
        Ok(all)
    }

    fn clear(&self) -> Result<()> {
        let url = with(
            &self.database,
            &["collections", self.collection.as_str()],
            false,
        );
        let removed = self.ask(Method::DELETE, url, None, WRITING);
        *self.id.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match removed {
            Err(failure) if failure.kind == FailureKind::Missing => Ok(()),
            other => other.map(drop),
        }
    }
}

#[cfg(test)]
mod tests;
