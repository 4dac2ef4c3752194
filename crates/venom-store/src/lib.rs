//! Persistence: the event log, leases, inbox, projections and the content store.
//!
//! One data folder, shared by all processes of a user:
//!
//! ```text
//! data/log.db    events, leases and the inbox; the truth, append-only, hash-chained
//! data/state.db  projections; follows from the log, may be deleted at any time
//! data/memory.db what users added to the memory and took out of it; append-only, hash-chained
//! data/blobs/    bytes by the hash of their content, many in one file
//! ```
//!
//! [`Store::open`] gives one handle per port. Everything that blocks has its own thread: one writer
//! that commits in groups, two readers, one for the projections; blobs use the runtime's pool for
//! blocking work.
//!
//! Reading order: [`store`] (what is opened), `sqlite` (connections and threads), `log` (chain,
//! append, read, verify), `lease`, `inbox`, `projection`, `memory`, `blob`, [`pack`] (how blobs are kept), `living` (which),
//! [`archive`] (a run in one file); then
//! how all of it is protected: [`crypt`] (the cipher), [`keys`] (where keys come from, what they wrap),
//! [`secret`]; what is done about damage: [`salvage`]; and last [`service`], what may stand beside all of it.
#![forbid(unsafe_code)]

pub mod store;

mod private;
mod sqlite;

mod inbox;
mod lease;
mod log;

mod memory;
mod projection;

mod blob;
mod living;
pub mod pack;

pub mod archive;

pub mod crypt;
pub mod keys;
pub mod secret;

pub mod cache;
pub mod salvage;
pub mod service;

pub use projection::Show;
pub use store::Store;
