//! The same API from the other side: the ports of `api`, spoken to a server over HTTP.
//!
//! What can be asked of the engine of this process can be asked here in the same words, and fails in the
//! same words. A request is sent again when its connection breaks: each that changes something carries a key
//! by which the server knows it again, so it is done once. The state of a run is folded here, from its
//! events.
//!
//! Reading order: `trust` (which server it is), `request` (one question, one answer), `follow` (events as
//! they happen), `runs`, `time`, `memory`, `facts` and `models` (the ports).

mod facts;
mod follow;
mod memory;
mod models;
mod request;
mod runs;
mod time;
pub(crate) mod trust;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use rustls::RootCertStore;
use serde_json::Value;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelInfo;
use venom_kernel::run::RunState;
use venom_kernel::skill::SkillManifest;
use venom_ports::api::runs::ApiError;
use venom_ports::entropy::Entropy;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use request::Question;

/// How long connecting and agreeing on a cipher may take. Chosen: a handshake around the world takes less
/// than two seconds.
const CONNECT: Duration = Duration::from_secs(10);
/// Signs of life on a silent connection. Chosen: shorter than address translators remember.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// Runs whose state is kept, so that asking again reads new events alone. Chosen: one looks at a few at once.
const FOLDS: usize = 16;

/// Finds the authorities of this machine, or says why there are none.
pub type Roots = Box<dyn Fn() -> std::result::Result<RootCertStore, String> + Send + Sync>;

/// Which server is spoken to, and how it is known again.
pub struct Link {
    /// Its address: `https://HOST:PORT`, or `http://` on this machine.
    pub url: String,
    /// The token that is sent.
    pub token: Zeroizing<String>,
    /// The folder of the server whose own token it is, if it is that. Anybody on a machine may listen at a port, and
    /// whoever has this token may do everything: so nothing is sent but to where that server listens.
    pub of: Option<PathBuf>,
    /// SHA-256 of its certificate, as hexadecimal digits; without one, authorities vouch for it.
    pub pin: Option<String>,
    /// The authorities of this machine; asked for `https` without a pin.
    pub roots: Roots,
    /// Makes the keys of requests.
    pub entropy: Arc<dyn Entropy>,
}

/// A server that is spoken to. Nothing is sent before the first question.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base: Url,
    token: Zeroizing<String>,
    of: Option<PathBuf>,
    entropy: Arc<dyn Entropy>,
    folds: Mutex<BTreeMap<RunId, RunState>>,
}

impl Client {
    /// Makes a client. An address that would send the token in the clear to another machine is refused.
    pub fn new(link: Link) -> Result<Self> {
        let base = trust::address(&link.url)?;
        let pin = link.pin.as_deref().map(trust::pin).transpose()?;
        if pin.is_some() && base.scheme() != "https" {
            return Err(trust::unpinned());
        }
        let tls = match pin {
            Some(pin) => trust::pinned(pin),
            None if base.scheme() == "https" => {
                let roots = (link.roots)().map_err(|why| {
                    Failure::new(
                        FailureKind::Refused,
                        format!("the server cannot be checked: {why}"),
                    )
                    .with_hint(
                        "give the SHA-256 that `venom serve --tls` prints with `--server-pin`",
                    )
                })?;
                trust::vouched(roots)
            }
            None => trust::vouched(RootCertStore::empty()),
        }?;
        let http = trust::http(tls)
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEPALIVE)
            .tcp_nodelay(true)
            .user_agent(concat!("venom/", env!("CARGO_PKG_VERSION")));
        let http = trust::made(http)?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                base,
                token: link.token,
                of: link.of,
                entropy: link.entropy,
                folds: Mutex::default(),
            }),
        })
    }

    /// Returns the address of the server.
    pub fn address(&self) -> String {
        self.inner.base.as_str().trim_end_matches('/').to_owned()
    }

    /// Tells whether the server is on this machine, so that paths mean the same on both sides.
    pub fn is_here(&self) -> bool {
        trust::is_loopback(&self.inner.base)
    }

    /// Returns where the server listens to which a token may be sent. TLS proves by itself who somebody is.
    fn aim(&self) -> Result<Url> {
        let mut base = self.inner.base.clone();
        let Some(folder) = self.inner.of.as_ref().filter(|_| base.scheme() == "http") else {
            return Ok(base);
        };
        let at = crate::listening(folder).filter(|at| at.ip().is_loopback());
        let host = base.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = host.parse::<IpAddr>().ok();
        let is_localhost = host.eq_ignore_ascii_case("localhost");
        let found = at.filter(|at| {
            let is_there = ip.map_or(is_localhost, |ip| ip == at.ip());
            is_there && base.port_or_known_default() == Some(at.port())
        });
        let Some(found) = found else {
            let failure = Failure::new(
                FailureKind::Unavailable,
                format!(
                    "no server of this data folder listens at {}",
                    self.address()
                ),
            );
            return Err(failure.with_hint(match at {
                Some(at) => format!("yours is at http://{at}; the token of another one is named with `--server-token-file`"),
                None => "start it with `venom serve`; the token of another one is named with `--server-token-file`".to_owned(),
            }));
        };
        // A name may be looked up again and mean something else.
        if is_localhost && base.set_ip_host(found.ip()).is_err() {
            return Err(request::strange("its address has no host"));
        }
        Ok(base)
    }

    /// Lists the models that the server can ask; none if the token may not know.
    pub async fn models_if_told(&self) -> std::result::Result<Vec<ModelInfo>, ApiError> {
        match self.models().await {
            Err(ApiError::Failed(failure)) if failure.kind == FailureKind::Refused => {
                Ok(Vec::new())
            }
            told => told,
        }
    }

    /// Lists the models that the server can ask.
    pub async fn models(&self) -> std::result::Result<Vec<ModelInfo>, ApiError> {
        let listed: Value = self.ask(&Question::get("/v1/models")).await?;
        let rows = listed.get("data").and_then(Value::as_array);
        Ok(rows
            .into_iter()
            .flatten()
            .filter_map(|row| {
                // What OpenAI's form has no place for, and the name that stands beside it.
                let mut more = row.get("venom")?.as_object()?.clone();
                more.insert("id".to_owned(), row.get("id")?.clone());
                serde_json::from_value(Value::Object(more)).ok()
            })
            .collect())
    }

    /// Lists the skills of the server with their actions.
    pub async fn skills(&self) -> std::result::Result<Vec<SkillManifest>, ApiError> {
        #[derive(serde::Deserialize)]
        struct Row {
            name: String,
        }
        #[derive(serde::Deserialize)]
        struct List {
            skills: Vec<Row>,
        }
        let list: List = self.ask(&Question::get("/v1/skills")).await?;
        let mut skills = Vec::with_capacity(list.skills.len());
        for row in list.skills {
            let question = Question::get(&format!("/v1/skills/{}", request::part(&row.name)));
            skills.push(self.ask(&question).await?);
        }
        Ok(skills)
    }

    /// Gives the state of a run as far as it was folded before.
    fn folded(&self, run: RunId) -> RunState {
        let folds = self.inner.folds.lock();
        let folds = folds.unwrap_or_else(PoisonError::into_inner);
        folds.get(&run).cloned().unwrap_or_default()
    }

    fn keep(&self, run: RunId, state: &RunState) {
        let folds = self.inner.folds.lock();
        let mut folds = folds.unwrap_or_else(PoisonError::into_inner);
        if folds.len() >= FOLDS && !folds.contains_key(&run) {
            folds.pop_first();
        }
        folds.insert(run, state.clone());
    }
}

#[cfg(test)]
mod tests;
