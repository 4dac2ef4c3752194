//! The drive of VENOM: input, decide, append, perform.
//!
//! The kernel decides and the rooms touch the world; the engine walks between them. One task drives
//! one run (`drive`): it takes inputs from a channel, lets the machine decide, appends the events,
//! and only then performs the effects (`perform`), each in a task of its own that sends its outcome
//! back as an input. What a user may ask is in [`host`].
//!
//! Reading order: [`world`] (what the engine needs), [`host`] (what it offers), `drive` (the
//! loop), `perform` with `staging`, `confine` and `sessions` (effects), `intent`, `plan`, [`playbook`]
//! (from words to steps), `advice` (what models say about both), [`trial`] (how well words are told apart), [`agent`],
//! [`route`] and `budget` (steps that a model works on), [`relay`] (what programs ask of models), `preferences` (what
//! earlier answers decide), [`memory`] (what is known), `report` (what came of it), [`supervisor`]
//! and `follow`.
//!
//! Invariants: an effect is performed after its intention is in the log, never before; a run is
//! written by the one process that holds its lease; nothing here knows a concrete store, executor or
//! skill.
#![forbid(unsafe_code)]

pub mod host;
pub mod world;

mod advice;
pub mod agent;
pub mod relay;
pub mod route;

mod budget;
mod confine;
mod drive;
mod follow;
mod perform;
mod sessions;
mod staging;

mod intent;
mod plan;
pub mod playbook;
mod schema;
mod shelf;
pub mod trial;

pub mod memory;
mod preferences;
mod report;
pub mod supervisor;
pub mod time;
