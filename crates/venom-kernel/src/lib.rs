//! The decisions of VENOM: pure functions from state and input to events and effects.
//!
//! Nothing here touches the world. There is no clock, no file, no network, no thread and no random
//! number: whatever a decision needs arrives as an [`Input`](run::Input), and whatever should
//! happen leaves as an [`Effect`](effect::Effect). That is what makes a run explainable, resumable
//! and replayable: folding the same events always gives the same state.
//!
//! Reading order: the nouns ([`id`], [`time`], [`money`], [`confidence`], [`digest`]), then what a
//! run is about ([`intent`], [`preference`], [`playbook`], [`skill`], [`plan`], [`confine`], [`model`]), what it
//! may cost ([`budget`]) and which model does it ([`route`]), who thinks in it ([`agent`]) or is asked about it ([`advice`]), what happens in it ([`effect`],
//! [`change`], [`evidence`], [`event`], and [`plain`] text of what programs print), the machine that
//! ties them together ([`run`]), what programs ask of models through it ([`relay`]), what of all that may be wanted
//! again ([`memory`]) or is counted ([`figure`]), and what a workspace was at a moment ([`tree`], [`snapshot`]).
//!
//! Invariants: the only way to change a [`RunState`](run::RunState) is
//! [`RunState::evolve`](run::RunState::evolve); `evolve` refuses an event that is illegal in the
//! state; no function here panics on any input.
#![forbid(unsafe_code)]
#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::float_arithmetic
)]

pub mod confidence;
pub mod digest;
pub mod id;
pub mod money;
pub mod time;

pub mod advice;
pub mod agent;
pub mod attachment;
pub mod budget;
pub mod confine;
pub mod intent;
pub mod model;
pub mod plan;
pub mod playbook;
pub mod policy;
pub mod preference;
pub mod route;
pub mod skill;

pub mod change;
pub mod diff;
pub mod effect;
pub mod event;
pub mod evidence;
pub mod plain;
pub mod redact;
pub mod run;

pub mod figure;
pub mod memory;
pub mod relay;

pub mod snapshot;
pub mod tree;
