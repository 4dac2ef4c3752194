//! The way out of a place that may reach hosts: served while the place is open.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use venom_kernel::policy::Ruling;
use venom_ports::sandbox::{OnReach, Reached};
use venom_ports::task::{Supervisor, TaskKind};
use venom_ports::{Failure, FailureKind, Result};

use crate::egress::{Decision, Decisions, Egress, Pattern, Resolve, Rule, Rules, Setup, Verdict};

/// Hosts that are told of, per place. A command that tries thousands of names is counted, not told.
const TOLD: usize = 200;

/// What stands behind a host that may have a private address, such as a registry of one's own.
const PRIVATE: &str = " private";

/// The way out of a place that is not open yet.
pub(super) struct WayOut {
    egress: Egress,
    bundle: Option<Bundle>,
}

impl WayOut {
    /// Makes it. Where HTTPS is opened, a file in `folder` says whom commands trust.
    pub(super) fn make(
        setup: Setup,
        resolver: Arc<dyn Resolve>,
        on_reach: OnReach,
        folder: &Path,
    ) -> Result<Self> {
        let egress = Egress::new(setup, resolver, decisions(on_reach)).map_err(|error| {
            Failure::new(FailureKind::Unavailable, format!("no way out: {error}"))
        })?;
        let bundle = egress
            .ca_bundle_pem()
            .map(|pem| Bundle::write(folder, &pem))
            .transpose()
            .map_err(|error| {
                Failure::new(
                    FailureKind::Unavailable,
                    format!("cannot write whom commands trust: {error}"),
                )
                .with_hint("see that the data folder is writable and the disk is not full")
            })?;
        Ok(Self { egress, bundle })
    }

    /// Returns the file that says whom commands trust, if HTTPS is opened.
    pub(super) fn bundle(&self) -> Option<&Path> {
        self.bundle.as_ref().map(|bundle| bundle.path.as_path())
    }

    /// Begins to serve what is accepted from a listener inside the place.
    pub(super) fn serve(
        self,
        listener: OwnedFd,
        supervisor: &dyn Supervisor,
        label: &str,
    ) -> Serving {
        let cancel = supervisor.root().child_token();
        let serve = self.egress.serve(listener, cancel.clone());
        let work = async move {
            if let Err(error) = serve.await {
                tracing::warn!(%error, "the way out of a sandbox broke");
            }
        };
        let kind = TaskKind::Effect(format!("egress of {label}"));
        supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
        Serving {
            cancel,
            _bundle: self.bundle,
        }
    }
}

/// A file with certificates that goes away with the place.
struct Bundle {
    path: PathBuf,
}

/// Tells the files of one process apart.
static FILES: AtomicU64 = AtomicU64::new(0);

impl Bundle {
    fn write(folder: &Path, pem: &str) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("trust-{}-{number}.pem", std::process::id()));
        // One with the name is of a process that died and had the same number.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let bundle = Self { path };
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&bundle.path)?
            .write_all(pem.as_bytes())?;
        Ok(bundle)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "a file of certificates was not removed");
        }
    }
}

/// Serves one place. Dropping it closes all connections.
pub(super) struct Serving {
    cancel: CancellationToken,
    _bundle: Option<Bundle>,
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
        // What was asked for may not have named a host, or in a way that names no port.
        let host = match (decision.host.as_str(), decision.port) {
            ("", _) => "no host".to_owned(),
            (host, 0) => host.to_owned(),
            (host, port) => format!("{host}:{port}"),
        };
        let is_nobody = decision.host.is_empty();
        let (is_allowed, because) = match &decision.verdict {
            Verdict::Refused(refusal) => (false, refusal.to_string()),
            // A connection over which no request came reached for nobody.
            Verdict::Allowed | Verdict::Failed(_) if is_nobody => return,
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
