//! The services of the configuration, as the store takes them: where they are, and what vouches for us there.

use std::sync::Arc;

use venom_exec::egress::Trust;
use venom_models::KeyRef;
use venom_ports::cache::SharedCache;
use venom_ports::memory::graph::Graph;
use venom_ports::memory::vectors::Vectors;
use venom_ports::secret::Secrets;
use venom_store::service::chroma::Chroma;
use venom_store::service::neo4j::Neo4j;
use venom_store::service::redis::Redis;
use venom_store::service::{Credentials, MakeCache, MakeGraph, MakeVectors, Roots, Services};

use crate::config::env::Env;
use crate::config::memory::Memory;

/// Makes the services of the configuration. Nothing is read or reached before the first question.
pub(crate) fn beside(env: &Env, memory: &Memory, secrets: &Arc<dyn Secrets>) -> Services {
    let vectors = memory
        .vectors
        .as_ref()
        .map(|address| vectors(env, address, memory.vectors_key.as_deref(), secrets));
    let cache = memory.cache.clone().map(|address| -> MakeCache {
        let host = host(&address);
        let credentials = credentials(env, memory.cache_key.as_deref(), host, secrets);
        Box::new(move |set| {
            let redis = Redis::new(&address, set, Arc::clone(&credentials))?;
            Ok(Arc::new(redis) as Arc<dyn SharedCache>)
        })
    });
    let graph = memory
        .graph
        .as_ref()
        .map(|address| graph(env, address, memory.graph_key.as_deref(), secrets));
    Services {
        vectors,
        graph,
        cache,
        when_down: memory.when_down(),
    }
}

/// Makes a service with vectors at an address.
pub(crate) fn vectors(
    env: &Env,
    address: &str,
    key: Option<&str>,
    secrets: &Arc<dyn Secrets>,
) -> MakeVectors {
    let credentials = credentials(env, key, host(address), secrets);
    let roots = roots();
    let address = address.to_owned();
    Box::new(move |set, model| {
        let chroma = Chroma::new(
            &address,
            (set, model),
            Arc::clone(&credentials),
            Arc::clone(&roots),
        )?;
        Ok(Arc::new(chroma) as Arc<dyn Vectors>)
    })
}

/// Makes a graph at an address.
pub(crate) fn graph(
    env: &Env,
    address: &str,
    key: Option<&str>,
    secrets: &Arc<dyn Secrets>,
) -> MakeGraph {
    let credentials = credentials(env, key, host(address), secrets);
    let roots = roots();
    let address = address.to_owned();
    Box::new(move |set| {
        let (credentials, roots) = (Arc::clone(&credentials), Arc::clone(&roots));
        let graph = Neo4j::new(&address, set, credentials, roots)?;
        Ok(Arc::new(graph) as Arc<dyn Graph>)
    })
}

/// Says whose certificates count: those that this machine trusts.
fn roots() -> Roots {
    Arc::new(|| {
        Trust::system()
            .map(|trust| trust.store())
            .map_err(|error| error.to_string())
    })
}

fn credentials(
    env: &Env,
    key: Option<&str>,
    host: String,
    secrets: &Arc<dyn Secrets>,
) -> Credentials {
    // The configuration was checked when it was read.
    let Some(key) = key.and_then(|key| key.parse::<KeyRef>().ok()) else {
        return Arc::new(|| Ok(None));
    };
    let variables = env.clone();
    let lookup: venom_models::Lookup = Arc::new(move |name| variables.get(name).map(str::to_owned));
    let secrets = Arc::clone(secrets);
    Arc::new(move || venom_models::read_key(&key, &host, &secrets, &lookup).map(Some))
}

/// Returns the host in an address, for the rules of secrets.
fn host(address: &str) -> String {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host.to_lowercase(),
        None => rest.split(':').next().unwrap_or_default().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn hosts_stand_between_users_and_ports() {
        assert_eq!(host("redis://ada@There:6379/0"), "there");
        assert_eq!(host("http://127.0.0.1:8000"), "127.0.0.1");
        assert_eq!(host("http://[::1]:8000/x"), "::1");
        assert_eq!(host("https://there"), "there");
    }
}
