//! The terminal UI: what `venom tui` shows, and what a person can do there.
//!
//! It is built in the manner of Elm. A `Model` is all that is known; a `Message` is something that
//! happened; `update` is a plain function that makes a new model and says, as `Order`s, what the world
//! is to do; `draw` is a plain function that fills a buffer. Only [`run`] touches the world: the
//! terminal, the clock, signals, and the ports of [`venom_ports::api`], in process or to a server.
//!
//! Everything that comes from outside (goals, outputs, answers of models, paths) passes the canvas,
//! which is the one place that puts text on the screen: no control character, no escape sequence and
//! no character that turns the direction of what follows gets through, and no line costs more than what
//! of it can be seen.
//!
//! Reading order: `model` (what is known; `model::sight` is the run that is looked at), `message`,
//! `keymap` (the one table of keys), `update`, `areas` (what stands where), `canvas` and [`look`], `draw`,
//! then `runtime`.
#![forbid(unsafe_code)]

pub mod headless;
pub mod look;
pub mod services;
pub mod words;

mod areas;
mod canvas;
mod draw;
mod keymap;
mod message;
mod model;
mod runtime;
mod update;

pub use keymap::page as keys_page;
pub use message::Stopped;
pub use runtime::{Ended, Failed, Setup, run};
