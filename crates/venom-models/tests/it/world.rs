//! Providers under test, with what they need from outside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::runtime::Runtime;
use venom_kernel::time::{Millis, Timestamp};
use venom_models::catalogue::Catalogue;
use venom_models::{Dialect, KeyRef, Outside, Provider, Providers};
use venom_ports::secret::{SecretInfo, Secrets, Source};
use venom_ports::{Failure, FailureKind, Result};
use venom_testkit::clock::ManualClock;
use venom_testkit::conform::model::KEY;
use venom_testkit::entropy::SeededEntropy;
use venom_testkit::provider::Speaks;
use zeroize::Zeroizing;

/// What the tests' model can do.
const CATALOGUE: &str = "
models:
  - {provider: p, name: fake, context: 100000, max_output: 8000, tools: true, schema: true, images: true, thinking: true}
";

/// Secrets in memory: a value, and the hosts that it may go to.
#[derive(Default)]
pub(crate) struct Drawer(pub(crate) Mutex<BTreeMap<String, (String, Vec<String>)>>);

impl Secrets for Drawer {
    fn get(&self, name: &str) -> Result<(Zeroizing<Vec<u8>>, SecretInfo)> {
        let all = self.0.lock().unwrap();
        let (value, hosts) = all
            .get(name)
            .ok_or_else(|| Failure::new(FailureKind::Missing, format!("no secret {name}")))?;
        let info = SecretInfo {
            name: name.to_owned(),
            source: Source::File,
            hosts: hosts.clone(),
        };
        Ok((Zeroizing::new(value.clone().into_bytes()), info))
    }

    fn values(&self, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>> {
        let all = self.0.lock().unwrap();
        let value = all.get(name).map(|(value, _)| value.clone());
        Ok(value
            .map(|value| Zeroizing::new(value.into_bytes()))
            .into_iter()
            .collect())
    }

    fn set(&self, name: &str, value: &[u8], hosts: &[String]) -> Result<()> {
        let value = String::from_utf8(value.to_vec()).unwrap();
        let mut all = self.0.lock().unwrap();
        all.insert(name.to_owned(), (value, hosts.to_vec()));
        Ok(())
    }

    fn set_variable(&self, name: &str, _variable: &str, _hosts: &[String]) -> Result<()> {
        Err(Failure::new(
            FailureKind::Refused,
            format!("{name} is kept here"),
        ))
    }

    fn remove(&self, name: &str) -> Result<bool> {
        Ok(self.0.lock().unwrap().remove(name).is_some())
    }

    fn list(&self) -> Result<Vec<SecretInfo>> {
        Ok(Vec::new())
    }
}

pub(crate) fn outside(secrets: Drawer, variables: &[(&str, &str)]) -> Outside {
    let variables: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Outside {
        clock: Arc::new(ManualClock::new(Timestamp::from_micros(0))),
        entropy: Arc::new(SeededEntropy::new(7)),
        secrets: Arc::new(secrets),
        lookup: Arc::new(move |name| variables.get(name).cloned()),
        roots: Box::new(|| Err("no roots in this test".to_owned())),
    }
}

pub(crate) fn dialect(speaks: Speaks) -> Dialect {
    speaks.name().parse().unwrap()
}

pub(crate) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::shipped().unwrap();
    catalogue.lay(CATALOGUE).unwrap();
    catalogue
}

/// Makes the provider `p` at an address, with a key.
pub(crate) fn providers(dialect: Dialect, url: &str, retries: u32) -> Providers {
    let provider = Provider {
        url: Some(url.to_owned()),
        key: Some(KeyRef::Env("A_KEY".to_owned())),
        retries: Some(retries),
        silence: Some(Millis::from_secs(5)),
        ..Provider::new(dialect)
    };
    Providers::new(
        [("p".to_owned(), provider)].into(),
        catalogue(),
        outside(Drawer::default(), &[("A_KEY", KEY)]),
    )
    .unwrap()
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}
