//! Providers: the adapter of the port, over everything that is configured.

mod attempt;
mod embed;
mod look;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use venom_kernel::model::{ModelId, ModelInfo, Part, Privacy, Reply, Request};
use venom_kernel::plain::line;
use venom_kernel::time::Millis;
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};
use venom_ports::secret::Secrets;
use venom_ports::{Failure, FailureKind};

use self::attempt::Errand;
use crate::breaker::Breakers;
use crate::catalogue::Catalogue;
use crate::dialect::Dialect;
use crate::draft::guess;
use crate::key::{Key, KeyRef, Keys, Lookup};
use crate::retry::{self, Quota, Setback};
use crate::transport::{Client, host_of};

pub use self::look::Served;

/// Reads the roots that hosts are checked against.
pub type Roots = Box<dyn Fn() -> Result<rustls::RootCertStore, String> + Send + Sync>;

/// How long a stream may say nothing once it has begun. Chosen: providers send signs of life at least
/// every half minute; a machine at home that swaps may be slower.
const SILENCE: Millis = Millis::from_secs(120);
/// How often a call is repeated at most, unless the configuration says otherwise.
const RETRIES: u32 = 3;
/// What a picture counts as, in tokens. Measured by what providers say: up to 1 600 for the largest.
const IMAGE_TOKENS: u64 = 1_600;

/// A provider as the configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// What it speaks.
    pub dialect: Dialect,
    /// Where it is, if it is not at the usual place.
    pub url: Option<String>,
    /// Where its key is, if it is not at the usual place.
    pub key: Option<KeyRef>,
    /// Where what is sent to it goes, if that is not to be judged from the address.
    pub privacy: Option<Privacy>,
    /// Whether a key may be sent to another machine without TLS.
    pub allow_plain: bool,
    /// The models that can be called; if there are none, those of the catalogue.
    pub models: Vec<String>,
    /// How long a stream may say nothing once it has begun.
    pub silence: Option<Millis>,
    /// How often a call is repeated at most, where nothing was used up.
    pub retries: Option<u32>,
}

impl Provider {
    /// Makes a provider at the usual place of its kind.
    pub const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            url: None,
            key: None,
            privacy: None,
            allow_plain: false,
            models: Vec::new(),
            silence: None,
            retries: None,
        }
    }

    /// Says what is wrong with the description, if something is.
    pub fn check(&self) -> Result<(), String> {
        let url = self.address()?;
        if let (Some(_), false) = (&self.key, self.allow_plain || is_secure(&url)) {
            return Err(format!(
                "its key would go to {} without TLS; use https, or say `plain_http: true`",
                host_of(&url)
            ));
        }
        Ok(())
    }

    fn address(&self) -> Result<Url, String> {
        let text = self
            .url
            .as_deref()
            .unwrap_or_else(|| self.dialect.usual_url());
        let refused = |why: &str| {
            Err(format!(
                "`{}` is no address of a provider: {why}",
                line(text, 120)
            ))
        };
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(&error.to_string()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("it begins neither with https:// nor with http://");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refused("it names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address of a provider holds a name or password; keys stand elsewhere, see `key`".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("it has a part behind `?` or `#`");
        }
        Ok(url)
    }

    /// Says where what is sent to the provider goes, as far as it can be told from the description.
    pub fn privacy(&self) -> Privacy {
        self.privacy.unwrap_or_else(|| match self.address() {
            Ok(url) if host_is_here(&host_of(&url)) => Privacy::Local,
            Ok(_) | Err(_) => Privacy::Cloud,
        })
    }

    /// Tells whether the provider is the one that its dialect comes from.
    fn is_usual(&self) -> bool {
        let host = |text: &str| Url::parse(text).ok().map(|url| host_of(&url));
        match &self.url {
            None => true,
            Some(url) => host(url) == host(self.dialect.usual_url()),
        }
    }
}

/// Tells whether a host is this machine.
pub fn host_is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Tells whether what is sent to an address cannot be read on the way.
fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || host_is_here(&host_of(url))
}

/// What the adapter is made of.
pub struct Outside {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Spreads repetitions.
    pub entropy: Arc<dyn Entropy>,
    /// Keeps keys.
    pub secrets: Arc<dyn Secrets>,
    /// Looks variables of the environment up.
    pub lookup: Lookup,
    /// Reads the roots that hosts are checked against; called once, for the first call.
    pub roots: Roots,
}

/// Calls the models of the configuration.
pub struct Providers {
    houses: BTreeMap<String, House>,
    catalogue: Catalogue,
    /// Made for the first call: reading the roots takes longer than starting.
    client: OnceLock<Client>,
    roots: Roots,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    keys: Keys,
    breakers: Breakers,
}

/// A provider that is called.
struct House {
    provider: Provider,
    base: Url,
    quota: Quota,
}

impl Providers {
    /// Makes an adapter for these providers, by the names that models are called with. Nothing is read or
    /// reached yet. What is wrong with a description is said with the provider's name.
    pub fn new(
        providers: BTreeMap<String, Provider>,
        catalogue: Catalogue,
        outside: Outside,
    ) -> Result<Self, String> {
        let houses = providers
            .into_iter()
            .map(|(name, provider)| {
                let wrong = |why: String| format!("`providers.{name}`: {why}");
                provider.check().map_err(wrong)?;
                let base = provider.address().map_err(wrong)?;
                let house = House {
                    provider,
                    base,
                    quota: Quota::default(),
                };
                Ok((name, house))
            })
            .collect::<Result<_, String>>()?;
        Ok(Self {
            houses,
            catalogue,
            client: OnceLock::new(),
            roots: outside.roots,
            clock: outside.clock,
            entropy: outside.entropy,
            keys: Keys {
                secrets: outside.secrets,
                lookup: outside.lookup,
            },
            breakers: Breakers::default(),
        })
    }

    /// Returns the providers by name.
    pub fn providers(&self) -> impl Iterator<Item = (&str, &Provider)> {
        self.houses
            .iter()
            .map(|(name, house)| (name.as_str(), &house.provider))
    }

    /// Returns what is known about a model of a configured provider, listed or not.
    pub fn info(&self, id: &ModelId) -> Result<ModelInfo, Failure> {
        let house = self.house(id.provider())?;
        Ok(self.info_of(id, house))
    }

    fn info_of(&self, id: &ModelId, house: &House) -> ModelInfo {
        self.catalogue
            .info(id, house.provider.dialect, house.provider.privacy())
    }

    fn house(&self, name: &str) -> Result<&House, Failure> {
        self.houses.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.houses.keys().take(20).map(String::as_str).collect();
            let hint = if known.is_empty() {
                format!(
                    "name one in the configuration: venom models add {name}/MODEL; docs/models.md says how"
                )
            } else {
                format!("there are: {}", known.join(", "))
            };
            Failure::new(
                FailureKind::Missing,
                format!("no provider is called `{}`", line(name, 64)),
            )
            .with_hint(hint)
        })
    }

    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new(&self.roots)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Reads the key of a provider, if it has one.
    async fn key(&self, name: &str, house: &House) -> Result<Option<Key>, Failure> {
        let host = host_of(&house.base);
        let key = if let Some(reference) = &house.provider.key {
            let read = self.keys.read(reference.clone(), host).await;
            Some(read.map_err(|failure| explained(failure, reference))?)
        } else {
            // A variable for one host is nothing for another that speaks the same.
            let variables = if house.provider.is_usual() {
                house.provider.dialect.usual_variables()
            } else {
                &[]
            };
            self.keys.find(name.to_owned(), variables, host).await?
        };
        let wants_key = house.provider.is_usual() && house.provider.dialect != Dialect::Ollama;
        match key {
            None if wants_key => Err(Failure::new(
                FailureKind::Refused,
                format!("there is no key for {}", host_of(&house.base)),
            )
            .with_hint(format!("store it: venom keys set {name}"))),
            Some(_) if !house.provider.allow_plain && !is_secure(&house.base) => Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "the key of `{name}` would go to {} without TLS",
                    host_of(&house.base)
                ),
            )
            .with_hint(format!(
                "use https, or say `plain_http: true` at `providers.{name}`"
            ))),
            other => Ok(other),
        }
    }

    /// Tries until there is an answer, or a reason to stop.
    async fn attempts(
        &self,
        house: &House,
        call: &ModelCall,
        end: Instant,
        cancel: &CancellationToken,
        on_delta: Option<&OnDelta>,
    ) -> Result<Reply, Setback> {
        let info = self.info_of(&call.model, house);
        let retries = house.provider.retries.unwrap_or(RETRIES);
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let tried = self
                .attempt(Errand {
                    house,
                    info: &info,
                    call,
                    end,
                    cancel,
                    on_delta,
                })
                .await;
            let setback = match tried {
                Ok(reply) => {
                    if attempts == 1 {
                        house.quota.give_back();
                    }
                    return Ok(reply);
                }
                Err(setback) => setback,
            };
            let left = end.saturating_duration_since(Instant::now());
            let wait = retry::wait(attempts, setback.after, self.entropy.random())
                // A call that ended in time is not repeated beyond its time.
                .filter(|wait| *wait < left && setback.may_repeat && attempts <= retries)
                .filter(|_| house.quota.take());
            let Some(wait) = wait else {
                let mut setback = setback;
                if attempts > 1 {
                    setback.failure.message =
                        format!("{} (tried {attempts} times)", setback.failure.message);
                }
                return Err(setback);
            };
            tracing::debug!(
                model = %call.model,
                attempts,
                why = %setback.failure.message,
                wait = ?wait,
                "trying again"
            );
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Setback::last(stopped(&call.model))),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

fn stopped(model: &ModelId) -> Failure {
    Failure::new(
        FailureKind::Retryable,
        format!("the call of {model} was stopped"),
    )
}

fn explained(mut failure: Failure, reference: &KeyRef) -> Failure {
    if let (FailureKind::Missing, KeyRef::Secret(name)) = (failure.kind, reference) {
        failure.kind = FailureKind::Refused;
        failure.hint = Some(format!("store it: venom keys set {name}"));
    }
    failure
}

/// Guesses how many tokens a request has. It is what is asked for a window, and what stands in for a
/// count where the provider gives none.
pub(crate) fn prompt_tokens(request: &Request) -> u64 {
    let mut bytes = request.system.len();
    let mut images = 0_u64;
    for message in &request.messages {
        // The frame of a message.
        bytes = bytes.saturating_add(16);
        for part in &message.parts {
            bytes = bytes.saturating_add(match part {
                Part::Text { text } | Part::Thinking { text, .. } => text.len(),
                Part::ToolCall(call) => call.name.len() + call.arguments.to_string().len(),
                Part::ToolResult { text, .. } => text.len(),
                Part::Image { .. } => {
                    images = images.saturating_add(IMAGE_TOKENS);
                    0
                }
            });
        }
    }
    for tool in &request.tools {
        let size = tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
        bytes = bytes.saturating_add(size);
    }
    if let Some(schema) = &request.output {
        bytes = bytes.saturating_add(schema.to_string().len());
    }
    guess(bytes).saturating_add(images)
}

#[async_trait]
impl Models for Providers {
    fn list(&self) -> Vec<ModelInfo> {
        let mut all = BTreeMap::new();
        for (name, house) in &self.houses {
            let provider = &house.provider;
            let names: Vec<String> = if provider.models.is_empty() {
                self.catalogue
                    .names(name, provider.dialect, provider.is_usual())
            } else {
                provider.models.clone()
            };
            for model in names {
                let Ok(id) = format!("{name}/{model}").parse::<ModelId>() else {
                    continue;
                };
                let info = self.info_of(&id, house);
                all.insert(id, info);
            }
        }
        all.into_values().collect()
    }

    fn is_left_alone(&self, model: &ModelId) -> bool {
        self.breakers.is_open(model, Instant::now())
    }

    fn resting(&self) -> BTreeSet<ModelId> {
        self.breakers.open(Instant::now())
    }

    async fn call(
        &self,
        call: ModelCall,
        cancel: CancellationToken,
        on_delta: Option<OnDelta>,
    ) -> Result<Reply, ModelFailure> {
        let house = self.house(call.model.provider())?;
        if let Err(left) = self.breakers.admit(&call.model, Instant::now()) {
            let left = Millis::new(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
            return Err(ModelFailure {
                retry_after: Some(left),
                ..ModelFailure::from(
                    Failure::new(
                        FailureKind::Unavailable,
                        format!(
                            "{} failed several times in a row and is left alone for {left}",
                            call.model
                        ),
                    )
                    .with_hint("another model can be asked in the meantime"),
                )
            });
        }
        let end = Instant::now() + Duration::from_millis(call.within.get());
        let ended = self
            .attempts(house, &call, end, &cancel, on_delta.as_ref())
            .await;
        match ended {
            Ok(reply) => {
                self.breakers.worked(&call.model);
                Ok(reply)
            }
            Err(setback) => {
                let failure = &setback.failure;
                match failure.kind {
                    _ if cancel.is_cancelled() => self.breakers.ended(&call.model),
                    FailureKind::Retryable
                    | FailureKind::Unavailable
                    | FailureKind::TimedOut
                    | FailureKind::Corrupt => self.breakers.failed(&call.model, Instant::now()),
                    FailureKind::Refused
                    | FailureKind::Missing
                    | FailureKind::Conflict
                    | FailureKind::Internal => self.breakers.ended(&call.model),
                }
                Err(ModelFailure {
                    failure: setback.failure,
                    retry_after: setback
                        .after
                        .map(|after| Millis::new(u64::try_from(after.as_millis()).unwrap_or(0))),
                    usage: setback.usage,
                    request_id: setback.request_id,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
