//! Opening a data folder and handing out its ports. Owns nothing but the handles.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_kernel::id::RunId;
use venom_ports::api::archive::Archives;
use venom_ports::blob::{Belongs, BlobStore, Objects};
use venom_ports::cache::{Lookups, SharedCache};
use venom_ports::inbox::Inbox;
use venom_ports::lease::LeaseStore;
use venom_ports::log::LogStore;
use venom_ports::memory::MemoryLog;
use venom_ports::memory::embed::{Embedded, Embedder};
use venom_ports::memory::episodes::Episodes;
use venom_ports::memory::facts::Sayings;
use venom_ports::memory::vectors::{Compared, Standing};
use venom_ports::projection::Projections;
use venom_ports::secret::Secrets;
use venom_ports::{Failure, FailureKind, Result};

use crate::archive::StoreArchives;
use crate::archive::trust::Trusted;
use crate::blob::alias::{Aliases, Named};
use crate::blob::{Blobs, Seals};
use crate::inbox::SqliteInbox;
use crate::keys::{
    self, BrokenKey, ContentKeys, Made, Mode, Protection, Rotated, Signing, Status, Vault,
};
use crate::lease::SqliteLeases;
use crate::living::Needed;
use crate::log::SqliteLog;
use crate::log::ledger::Signer;
use crate::memory::SqliteMemory;
use crate::memory::beside::{Around, Beside, Shared};
use crate::memory::elsewhere::Elsewhere;
use crate::memory::embedded::Embedding;
use crate::memory::vectors::Recall;
use crate::pack::Packs;
use crate::pack::care::{Checked, Collect, Collected, Limits, Living, Repaired, Usage};
use crate::private;
use crate::projection::{Show, SqliteProjections};
use crate::salvage;
use crate::secret::{FileSecrets, Variables};
use crate::service::graph::Mirror;
use crate::service::rest::Rest;
use crate::service::{InUse, MakeGraph, MakeVectors, Services, WhenDown};
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;

/// An open data folder.
///
/// Several processes may have the same folder open. Dropping the store is safe at any time;
/// [`Store::close`] also seals the log's tail.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    projections: Arc<SqliteProjections>,
    memory: Arc<SqliteMemory>,
    blobs: Blobs,
    vault: Arc<Vault>,
    content_keys: Arc<ContentKeys>,
    signer: Signer,
    around: Around,
    /// The log's file.
    path: PathBuf,
    /// Keeps a repair away; let go of last.
    _in_use: File,
}

impl Store {
    /// Opens the data folder and creates what is missing, for the user alone (0700 and 0600).
    ///
    /// This blocks for the few file operations that it takes. Fails with `Refused` if the folder
    /// cannot be written or belongs to a newer version, with `Corrupt` if the log is not a log, and
    /// with `Unavailable` if the disk is full or faulty; each with a hint.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_protected(dir, &Protection::default())
    }

    /// Opens the data folder with keys. What is wrong with a key is told when the key is needed.
    pub fn open_protected(dir: &Path, protection: &Protection) -> Result<Self> {
        private::folder(dir)?;
        let in_use = salvage::in_use(dir)?;
        let path = dir.join("log.db");
        not_lost(dir, &path)?;
        if is_empty(&path) {
            // Before the first event is acknowledged, and again if the process was killed here.
            private::file(&path)?;
            private::flush_names(dir)?;
        }
        let signer = Signer::default();
        let writer = Writer::open(&path, Arc::clone(&signer))?;
        let readers = Readers::start(&path)?;
        let vault = Arc::new(Vault::open(&path, protection)?);
        find_signer(&path, &vault, &signer);
        let state = dir.join("state.db");
        let notes = dir.join("memory.db");
        let around = Around::default();
        let projections = Arc::new(SqliteProjections::start(
            &path,
            &notes,
            &state,
            Arc::clone(&vault),
            around.clone(),
        )?);
        let memory = Arc::new(SqliteMemory::start(
            &notes,
            Arc::clone(&projections),
            Arc::clone(&vault),
            around.clone(),
        )?);
        let content_keys = Arc::new(ContentKeys::new(Arc::clone(&vault), path.clone()));
        let sealing = Seals::of(&content_keys);
        let blobs = Blobs::new(
            Arc::new(Packs::new(dir.join("blobs"), sealing)),
            Aliases::new(path.clone()),
        );
        Ok(Self {
            writer,
            readers,
            projections,
            memory,
            blobs,
            vault,
            content_keys,
            signer,
            around,
            path,
            _in_use: in_use,
        })
    }

    /// Returns the event log.
    pub fn log(&self) -> Arc<dyn LogStore> {
        Arc::new(SqliteLog::new(
            self.writer.clone(),
            self.readers.clone(),
            Arc::clone(&self.vault),
            Arc::clone(&self.signer),
        ))
    }

    /// Returns what makes and reads archives of runs. `trusted` says whose signatures count.
    pub fn archives(&self, trusted: Trusted) -> Arc<dyn Archives> {
        Arc::new(StoreArchives {
            log: self.path.clone(),
            vault: Arc::clone(&self.vault),
            keys: Arc::clone(&self.content_keys),
            objects: self.objects(),
            signing: Arc::clone(&self.signer),
            trusted,
        })
    }

    /// Returns the leases.
    pub fn leases(&self) -> Arc<dyn LeaseStore> {
        Arc::new(SqliteLeases::new(self.writer.clone(), self.readers.clone()))
    }

    /// Returns the inbox.
    pub fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(SqliteInbox::new(
            self.writer.clone(),
            self.readers.clone(),
            Arc::clone(&self.vault),
        ))
    }

    /// Returns the content store.
    pub fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::new(self.blobs.clone())
    }

    /// Returns the content store for work on many objects at once.
    pub fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.blobs.clone())
    }

    /// Returns what opens the content store as runs use it; `None` where nothing is encrypted, and all
    /// use the same.
    pub fn contents(&self) -> Option<Contents> {
        self.content_keys.is_used().then(|| Contents {
            blobs: self.blobs.clone(),
            keys: Arc::clone(&self.content_keys),
        })
    }

    /// Sets how much the content store may hold; what is beyond is `Refused` with a hint.
    pub fn limit_blobs(&self, limits: Limits) {
        self.blobs.packs().limit(limits);
    }

    /// Counts what the content store holds. This and the others of its kind block; the check reads
    /// everything.
    pub fn blobs_usage(&self) -> Result<Usage> {
        self.blobs.packs().usage()
    }

    /// Reads every blob and says what is damaged.
    pub fn blobs_check(&self) -> Result<Checked> {
        self.blobs.packs().check()
    }

    /// Brings what is good in damaged packs over to new ones and puts the damaged files aside.
    /// `Conflict` if a collection or another repair is running.
    pub fn blobs_repair(&self) -> Result<Repaired> {
        self.blobs.packs().repair()
    }

    /// Removes the blobs that nothing needs, or counts them. Blobs that a running process has
    /// written, stored again or asked for with [`Objects::holds`] are kept; so are those of this
    /// process, until [`Store::blobs_settle`]. Whoever names a blob that it found in an older event
    /// asks `holds` first. `Conflict` if a collection or a repair is running.
    pub fn blobs_gc(&self, living: &dyn Living, how: Collect) -> Result<Collected> {
        let named = Named {
            living,
            aliases: self.blobs.aliases(),
        };
        self.blobs.packs().collect(&named, how)
    }

    /// Removes the blobs that no event names and nothing that an event names does, or counts them.
    /// What runs in `given_up` name counts as named by nobody. Other processes may work meanwhile; see
    /// [`Store::blobs_gc`]. Blocks.
    pub fn collect(&self, given_up: &BTreeSet<RunId>, how: Collect) -> Result<Collected> {
        let packs = self.blobs.packs();
        let aliases = self.blobs.aliases();
        let needed = Needed::new(&self.path, &self.vault, packs, aliases, given_up);
        let named = Named {
            living: &needed,
            aliases,
        };
        packs.collect(&named, how)
    }

    /// Says that everything this process needs is named by events now, so that a collection may
    /// judge what it has written. Only right while nothing is being stored.
    pub fn blobs_settle(&self) -> Result<()> {
        self.blobs.packs().settle()
    }

    /// Returns the projections.
    pub fn projections(&self) -> Arc<dyn Projections> {
        Arc::clone(&self.projections) as Arc<dyn Projections>
    }

    /// Returns the episodes.
    pub fn episodes(&self) -> Arc<dyn Episodes> {
        Arc::clone(&self.memory) as Arc<dyn Episodes>
    }

    /// Takes services into use; once, and behind a model that makes vectors ([`Store::embed_with`]), so that theirs are of
    /// it. Nothing is reached before the first question. Fails with `Refused` where
    /// the store is encrypted: vectors tell what texts say to whoever holds the model, and services would hold
    /// them in the clear.
    pub fn attach(&self, services: &Services) -> Result<()> {
        if services.vectors.is_none() && services.graph.is_none() && services.cache.is_none() {
            return Ok(());
        }
        self.must_be_open()?;
        let place = self.place();
        let vectors = services.vectors.as_ref();
        let vectors = vectors.map(|make| self.elsewhere(make)).transpose()?;
        let cache = services.cache.as_ref();
        let in_use = InUse {
            vectors,
            graph: services
                .graph
                .as_ref()
                .map(|make| make(&place))
                .transpose()?,
            cache: cache.map(|make| make(&place)).transpose()?,
            when_down: services.when_down,
        };
        tracing::debug!(?in_use, "services are in use");
        let beside = Beside {
            vectors: in_use.vectors,
            graph: in_use
                .graph
                .map(|graph| Arc::new(Mirror::new(graph, self.graph_lock(), in_use.when_down))),
            cache: in_use.cache.map(Shared),
            when_down: in_use.when_down,
        };
        self.around
            .beside
            .set(beside)
            .map_err(|_again| Failure::new(FailureKind::Internal, "services are in use already"))
    }

    /// Lets a provider's model make the vectors of episodes and questions; once. Nothing is asked before the first
    /// search. Fails with `Refused` where the store is encrypted: vectors tell what texts say, and would lie in the
    /// clear.
    pub fn embed_with(&self, embedder: Arc<dyn Embedder>, when_down: WhenDown) -> Result<()> {
        self.must_be_open()?;
        if self.has_vectors() {
            return Err(Failure::new(
                FailureKind::Internal,
                "a service holds vectors of the table in the program already",
            ));
        }
        let embedding = Embedding {
            embedder,
            file: self.path.with_file_name("vectors.db"),
            when_down,
            rest: Rest::default(),
        };
        self.around
            .embedding
            .set(embedding)
            .map_err(|_again| Failure::new(FailureKind::Internal, "a model makes vectors already"))
    }

    /// Says how far episodes have vectors of a provider's model, if one makes them.
    pub async fn embedded(&self) -> Result<Option<Embedded>> {
        self.memory.embedded().await
    }

    /// Has a provider's model make vectors of episodes, at most so many groups of 64, and returns how many are left.
    pub async fn embed(&self, groups: usize) -> Result<u64> {
        self.memory.embed(groups).await
    }

    /// Tells whether a provider's model makes vectors.
    pub fn has_embedder(&self) -> bool {
        self.around.embedding.get().is_some()
    }

    /// Counts where lookups were answered.
    pub fn lookups(&self) -> Arc<Lookups> {
        Arc::clone(&self.around.lookups)
    }

    /// Returns the cache that processes share, if one is in use.
    pub fn shared_cache(&self) -> Option<Arc<dyn SharedCache>> {
        let cache = self.around.beside.get()?.cache.as_ref()?;
        Some(Arc::clone(&cache.0))
    }

    /// Returns the graph elsewhere, if one is in use.
    pub fn graph(&self) -> Option<Arc<Mirror>> {
        self.around.beside.get()?.graph.clone()
    }

    /// Makes a graph elsewhere that is not in use.
    pub fn graph_at(&self, make: &MakeGraph) -> Result<Mirror> {
        self.must_be_open()?;
        let graph = make(&self.place())?;
        Ok(Mirror::new(graph, self.graph_lock(), WhenDown::Refuse))
    }

    /// Tells the service with vectors what is new, at most so many thousands, and returns how many episodes it
    /// has yet to be told.
    pub async fn sync_vectors(&self, thousands: usize) -> Result<u64> {
        self.projections.sync_vectors(thousands).await
    }

    /// Tells whether a service with vectors is in use.
    pub fn has_vectors(&self) -> bool {
        let beside = self.around.beside.get();
        beside.is_some_and(|beside| beside.vectors.is_some())
    }

    /// Returns the name of the service with vectors and how it stands, if one is in use.
    pub async fn standing(&self) -> Option<(String, Result<Standing>)> {
        let name = self
            .around
            .beside
            .get()?
            .vectors
            .as_ref()?
            .name()
            .to_owned();
        let standing = self.projections.standing().await.transpose()?;
        Some((name, standing))
    }

    /// Tells a service all vectors, reads them back and compares.
    pub async fn fill_vectors(&self, make: &MakeVectors, show: Show) -> Result<Compared> {
        self.projections
            .with_vectors(self.elsewhere(make)?, move |elsewhere, state, keys| {
                let behind = elsewhere.follow(state, keys, usize::MAX, &*show)?;
                if behind > 0 {
                    return Err(Failure::new(
                        FailureKind::Conflict,
                        format!(
                            "another process is telling {} what is new",
                            elsewhere.name()
                        ),
                    )
                    .with_hint("try again when it is done"));
                }
                elsewhere.compare(state, keys, &*show)
            })
            .await
    }

    /// Reads all vectors of a service back and compares them with those that are here.
    pub async fn compare_vectors(&self, make: &MakeVectors, show: Show) -> Result<Compared> {
        self.projections
            .with_vectors(self.elsewhere(make)?, move |elsewhere, state, keys| {
                elsewhere.compare(state, keys, &*show)
            })
            .await
    }

    /// Removes all that a service has of this data folder.
    pub async fn clear_vectors(&self, make: &MakeVectors) -> Result<()> {
        self.projections
            .with_vectors(self.elsewhere(make)?, |elsewhere, state, _| {
                elsewhere.clear(state)
            })
            .await
    }

    fn elsewhere(&self, make: &MakeVectors) -> Result<Elsewhere> {
        self.must_be_open()?;
        let place = self.place();
        let Some(embedding) = self.around.embedding.get() else {
            let model = Recall::new(Around::default()).id();
            return Ok(Elsewhere::new(make(&place, &model)?, self.lock()));
        };
        let model = embedding.embedder.id();
        let elsewhere = Elsewhere::new(make(&place, model)?, self.lock());
        Ok(elsewhere.of_model(model, embedding.file.clone()))
    }

    fn must_be_open(&self) -> Result<()> {
        match self.protection().mode {
            Ok(Mode::Off) => Ok(()),
            Ok(Mode::Payload | Mode::Strict) | Err(_) => Err(Failure::new(
                FailureKind::Refused,
                "the store is encrypted, and services would hold vectors, facts and answers in the clear",
            )
            .with_hint("take the services out of `memory` in the configuration")),
        }
    }

    /// Names this data folder: services hold sets of many. The name stays when the folder is moved or the machine
    /// gets another name, and a copy of the folder has another one.
    fn place(&self) -> String {
        self.kept_place().unwrap_or_else(|failure| {
            tracing::warn!(%failure, "the name of this folder at services is not kept");
            self.made_place(0)
        })
    }

    /// Reads the name from its file, which also says which file it is: one that was copied says another's number.
    fn kept_place(&self) -> Result<String> {
        use std::os::unix::fs::MetadataExt as _;
        let path = self.path.with_file_name("place");
        let failed = |error: std::io::Error| {
            private::failure(&format!("cannot use {}", path.display()), &error)
        };
        private::file(&path)?;
        let number = std::fs::metadata(&path).map_err(failed)?.ino();
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let mut words = text.split_whitespace();
        let (name, of) = (words.next(), words.next());
        if let Some(name) = name
            && of.and_then(|of| of.parse().ok()) == Some(number)
        {
            return Ok(name.to_owned());
        }
        let name = self.made_place(if name.is_some() { number } else { 0 });
        std::fs::write(&path, format!("{name} {number}\n")).map_err(failed)?;
        Ok(name)
    }

    /// Makes a name of where the folder is, and of a number that tells copies in one place apart.
    fn made_place(&self, number: u64) -> String {
        let folder = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone());
        let host = std::fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&host);
        hasher.update(folder.as_os_str().as_encoded_bytes());
        if number != 0 {
            hasher.update(&number.to_be_bytes());
        }
        hasher.finalize().to_hex().chars().take(16).collect()
    }

    /// The file that is locked by who brings a graph up to date.
    fn graph_lock(&self) -> PathBuf {
        self.path.with_file_name("graph.lock")
    }

    /// The file that is locked by who tells a service what is new.
    fn lock(&self) -> PathBuf {
        self.path.with_file_name("vectors.lock")
    }

    /// Returns what runs said about what is known.
    pub fn sayings(&self) -> Arc<dyn Sayings> {
        Arc::clone(&self.projections) as Arc<dyn Sayings>
    }

    /// Returns the memory's own log.
    pub fn memory_log(&self) -> Arc<dyn MemoryLog> {
        Arc::clone(&self.memory) as Arc<dyn MemoryLog>
    }

    /// Returns the secrets in a folder of keys. `variables` reads the environment.
    pub fn secrets(&self, folder: PathBuf, variables: Variables) -> Arc<dyn Secrets> {
        Arc::new(FileSecrets::new(
            folder,
            self.path.clone(),
            Arc::clone(&self.vault),
            variables,
        ))
    }

    /// Says how the store is protected.
    pub fn protection(&self) -> Status {
        self.vault.status()
    }

    /// Puts another master key in the place of the one in use. Other processes that have the folder
    /// open go on reading and cannot begin runs any more. Blocks.
    pub fn rotate(&self, made: &Made) -> Result<Rotated> {
        keys::rotate(&self.path, &self.vault, made)
    }

    /// Destroys the key of a run for ever. Tells whether no copy of the wrapped key is left in the
    /// log's files. Blocks.
    pub fn shred(&self, run: RunId) -> Result<bool> {
        keys::shred(&self.path, &self.vault, run)
    }

    /// Returns the keys that do not open. Blocks.
    pub fn broken_keys(&self) -> Result<Vec<BrokenKey>> {
        self.vault.broken(&self.path)
    }

    /// Makes the signing key; there must be none. Blocks.
    pub fn create_signing(&self) -> Result<Signing> {
        let signing = keys::create_signing(&self.path, &self.vault)?;
        find_signer(&self.path, &self.vault, &self.signer);
        Ok(signing)
    }

    /// Returns the signing key. Blocks.
    pub fn signing(&self) -> Result<Signing> {
        keys::load_signing(&self.path, &self.vault)
    }

    /// Seals the log's tail, writes everything into the main file and ends the threads. Handles
    /// that are still held give `Unavailable` from then on.
    pub async fn close(self) -> Result<()> {
        // The writer goes last: only the last connection to leave can fold the write-ahead log in,
        // and the others cannot write.
        self.projections.close().await;
        self.memory.close().await;
        self.readers.close().await;
        self.writer.close().await
    }
}

/// Opens the content store as runs use it: what a run stores goes under the key of its workspace.
#[derive(Debug, Clone)]
pub struct Contents {
    blobs: Blobs,
    keys: Arc<ContentKeys>,
}

impl Contents {
    /// Opens it for a run. Whoever begins a run says first, and once, whose it is. This blocks for a look
    /// into the keys, and for a commit with the first run of a workspace.
    pub fn of(
        &self,
        run: RunId,
        belongs: Belongs<'_>,
    ) -> Result<(Arc<dyn BlobStore>, Arc<dyn Objects>)> {
        let blobs = self.blobs.under(self.keys.of(run, belongs)?);
        Ok((Arc::new(blobs.clone()), Arc::new(blobs)))
    }
}

/// Takes the signing key up, if there is one that opens. What it would sign is then signed.
fn find_signer(log: &Path, vault: &Vault, signer: &Signer) {
    match keys::load_signing(log, vault) {
        Ok(signing) => {
            let _was_known = signer.set(signing);
        }
        Err(failure) if failure.kind == FailureKind::Missing => {}
        Err(failure) => tracing::warn!(%failure, "nothing is signed"),
    }
}

/// Refuses to begin a new log beside what belongs to an old one.
fn not_lost(dir: &Path, log: &Path) -> Result<()> {
    // What is written to the old file now would be lost.
    if salvage::is_cut_off(dir) {
        let text = "a repair of the log was cut off before its end";
        return Err(Failure::new(FailureKind::Corrupt, text)
            .with_hint("`venom doctor --repair` finishes it"));
    }
    // In this order: another process that is just opening a new folder makes the log first, so
    // whoever sees the others sees a log that is not empty any more.
    let has_others = ["state.db", "blobs"]
        .iter()
        .any(|name| dir.join(name).exists());
    if has_others && is_empty(log) {
        let text = format!("{} is gone, but what belongs to it is there", log.display());
        return Err(Failure::new(FailureKind::Corrupt, text).with_hint(format!(
            "bring it back from a copy; to begin anew, move {} away",
            dir.display()
        )));
    }
    Ok(())
}

fn is_empty(file: &Path) -> bool {
    std::fs::metadata(file).map_or(true, |file| file.len() == 0)
}
