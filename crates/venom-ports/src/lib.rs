//! The contracts of VENOM: what the world must offer and what a user may ask.
//!
//! A port is a role with a handful of verbs. The kernel never sees one; the engine calls them; each
//! room on the outer wall implements some. All traits are used as `dyn`, so they are object-safe,
//! and all adapters of a port pass the same conformance suite in `venom-testkit`.
//!
//! Every adapter maps its failures into one taxonomy, [`Failure`] with its
//! [`FailureKind`], at once: no foreign error type crosses a
//! room's wall.
//!
//! Reading order: time and chance ([`clock`], [`entropy`]), work ([`task`]), what is kept ([`log`],
//! [`lease`], [`inbox`], [`blob`], [`cache`], [`projection`], [`memory`], [`secret`]), where things happen ([`workspace`],
//! [`exec`], [`function`], [`model`], [`sandbox`], [`session`], [`skill`], [`snapshot`], [`symbols`]), and what a user may ask
//! ([`api`]).
#![forbid(unsafe_code)]

pub mod clock;
pub mod entropy;
pub mod task;

pub mod blob;
pub mod cache;
pub mod inbox;
pub mod lease;
pub mod log;
pub mod memory;
pub mod projection;
pub mod secret;

pub mod exec;
pub mod function;
pub mod model;
pub mod sandbox;
pub mod session;
pub mod skill;
pub mod snapshot;
pub mod symbols;
pub mod workspace;

pub mod api;

pub use venom_kernel::effect::{Failure, FailureKind};

/// What a port's verb gives: its value, or a failure of the one taxonomy.
pub type Result<T> = std::result::Result<T, Failure>;
