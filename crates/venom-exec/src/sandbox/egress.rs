//! The way out of a place that may reach hosts: served while the place is open.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use venom_kernel::policy::Ruling;
use venom_ports::sandbox::{OnReach, Reached};
use venom_ports::task::{Supervisor, TaskKind};
use venom_ports::{Failure, FailureKind, Result};

use crate::egress::{
    Decision, Decisions, Egress, Pattern, Rule, Rules, Setup, SystemResolver, Verdict,
};

/// Hosts that are told of, per place. A command that tries thousands of names is counted, not told.
const TOLD: usize = 200;

/// What stands behind a host that may have a private address, such as a registry of one's own.
const PRIVATE: &str = " private";

/// Serves one place. Dropping it closes all connections.
pub(super) struct Serving {
    cancel: CancellationToken,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Serving {
    /// Closes all connections.
    pub(super) fn stop(&self) {
        self.cancel.cancel();
    }

    /// Begins to serve what is accepted from a listener inside the place.
    pub(super) fn start(
        listener: OwnedFd,
        rules: Rules,
        on_reach: OnReach,
        supervisor: &dyn Supervisor,
        label: &str,
    ) -> Result<Self> {
        let setup = Setup {
            rules,
            ..Setup::default()
        };
        let egress =
            Egress::new(setup, Arc::new(SystemResolver), decisions(on_reach)).map_err(|error| {
                Failure::new(FailureKind::Unavailable, format!("no way out: {error}"))
            })?;
        let cancel = supervisor.root().child_token();
        let serve = egress.serve(listener, cancel.clone());
        let work = async move {
            if let Err(error) = serve.await {
                tracing::warn!(%error, "the way out of a sandbox broke");
            }
        };
        let kind = TaskKind::Effect(format!("egress of {label}"));
        supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
        Ok(Self { cancel })
    }
}

/// Reads the hosts that commands may reach.
pub(super) fn rules(hosts: &BTreeSet<String>) -> Result<Rules> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::new(
            FailureKind::Refused,
            format!("the list of hosts cannot be used: {error}"),
        )
        .with_hint("`sandbox.network` holds `host`, `host:port` or `*.host`")
    };
    let mut allowed = Vec::new();
    for text in hosts {
        let (text, is_private) = match text.trim().strip_suffix(PRIVATE) {
            Some(host) => (host.trim(), true),
            None => (text.trim(), false),
        };
        let rule = Rule::new(Pattern::parse(text).map_err(|error| refused(&error))?);
        allowed.push(if is_private {
            rule.with_private().map_err(|error| refused(&error))?
        } else {
            rule
        });
    }
    Rules::new(allowed, Vec::new()).map_err(|error| refused(&error))
}

/// Tells of each host once for each ruling.
fn decisions(on_reach: OnReach) -> Decisions {
    let told: Mutex<BTreeSet<(String, bool)>> = Mutex::default();
    Arc::new(move |decision: Decision| {
        let host = format!("{}:{}", decision.host, decision.port);
        let (is_allowed, because) = match &decision.verdict {
            Verdict::Refused(refusal) => (false, refusal.to_string()),
            Verdict::Allowed | Verdict::Failed(_) => {
                (true, "it is on the list of hosts".to_owned())
            }
        };
        tracing::info!(
            host,
            is_allowed,
            because,
            sent = decision.sent,
            received = decision.received,
            "a command reached for a host"
        );
        {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() >= TOLD || !told.insert((host.clone(), is_allowed)) {
                return;
            }
        }
        on_reach(Reached {
            host,
            ruling: if is_allowed {
                Ruling::Allow
            } else {
                Ruling::Deny
            },
            because,
        });
    })
}
