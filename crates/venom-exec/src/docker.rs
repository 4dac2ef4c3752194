//! Containers of the Docker engine: what the engine is asked for, and what is told apart from its
//! failures.
//!
//! A container is nothing but walls here. What works inside is this program again, with the libraries
//! that it needs (`bundle`), and VENOM talks to it through a socket of its own, as it does to a
//! [cell](crate::cell) of its own making; the engine makes the container (`container`) as hard as it
//! can be made at once (`hardening`), and removes it when its first process ends, which it does with
//! VENOM. What the engine could not remove because somebody died in between is removed at the next use
//! (`reaper`). Starting a container takes a few tenths of a second, so that one may be started before
//! it is needed (`pool`).
//!
//! Reading order: `place`, `engine`, `image`, `bundle`, `hardening`, `container`, `pool`,
//! `reaper`, [`build`].

pub(crate) mod bundle;
pub(crate) mod container;
pub(crate) mod engine;
pub(crate) mod hardening;
pub(crate) mod image;
pub(crate) mod place;
pub(crate) mod pool;
pub(crate) mod reaper;

pub mod build;

pub use self::engine::Facts;
pub use self::image::check as check_image;
pub use self::place::Surroundings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, OnceCell};
use venom_ports::Result;
use venom_ports::task::Supervisor;

use self::bundle::Bundle;
use self::engine::Engine;
use self::pool::Pool;

/// The image that commands get unless somebody asks for another.
pub const IMAGE: &str = "venom/sandbox:latest";

/// The engines of this machine, as far as they were used.
pub(crate) struct Docker {
    /// What the environment says about where the engine is.
    surroundings: Surroundings,
    /// The engine that was used last, with the host that was asked for.
    engine: Mutex<Option<(Option<String>, Arc<Engine>)>>,
    /// How many containers of the dead were removed.
    pub(crate) reaped: AtomicUsize,
    bundle: OnceCell<Arc<Bundle>>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) supervisor: Arc<dyn Supervisor>,
    /// The program that runs in containers.
    program: PathBuf,
}

impl Docker {
    pub(crate) fn new(
        surroundings: Surroundings,
        program: PathBuf,
        supervisor: Arc<dyn Supervisor>,
    ) -> Self {
        Self {
            surroundings,
            engine: Mutex::new(None),
            reaped: AtomicUsize::new(0),
            bundle: OnceCell::new(),
            pool: Arc::default(),
            supervisor,
            program,
        }
    }

    /// Connects to an engine; `host` goes before what the environment says. What the dead have left
    /// in it is removed at the first use.
    pub(crate) async fn engine(&self, host: Option<&str>) -> Result<Arc<Engine>> {
        let host = host.map(str::to_owned);
        let mut known = self.engine.lock().await;
        if let Some((of, engine)) = &*known
            && *of == host
            && engine.answers().await
        {
            return Ok(Arc::clone(engine));
        }
        let socket = self.surroundings.socket(host.as_deref())?;
        let engine = Arc::new(Engine::connect(&socket).await?);
        match reaper::reap(&engine).await {
            Ok(number) => drop(self.reaped.fetch_add(number, Ordering::Relaxed)),
            Err(failure) => {
                tracing::warn!(%failure, "containers of the dead could not be looked for");
            }
        }
        *known = Some((host, Arc::clone(&engine)));
        Ok(engine)
    }

    /// Returns what is put into each container.
    pub(crate) async fn bundle(&self) -> Result<Arc<Bundle>> {
        let program = self.program.clone();
        self.bundle
            .get_or_try_init(|| async { Bundle::find(&program).map(Arc::new) })
            .await
            .cloned()
    }

    /// Returns the same without asking for it.
    pub(crate) fn known_bundle(&self) -> Option<Arc<Bundle>> {
        self.bundle.get().cloned()
    }

    /// Returns the folder that the pool keeps in `layers`.
    pub(crate) fn spare_folder(layers: &Path) -> PathBuf {
        layers.join(format!("spare-{}", container::unique()))
    }
}
