//! Skills: git, files, code, test, build, project, shell and functions, behind one registry.
//!
//! A skill is a named group of actions. Its manifest says what each action asks for, gives and
//! means for the world; [`registry::Registry`] knows them all. A skill never touches the disk
//! itself: it reads and stages through the workspace port and runs programs through the executor
//! port, both handed to it with each call. Its results hold no time, no duration and no absolute
//! path, so that two runs that did the same have the same results.
//!
//! Reading order: [`registry`], then the skills from plain to learned ([`files`], [`shell`],
//! [`git`], [`build`], [`mod@test`], [`project`], [`code`], [`function`]), and last what they share: schemas, parameters, places
//! and names, bounds, and how a program is run.
#![forbid(unsafe_code)]

pub mod registry;

pub mod build;
pub mod code;
pub mod files;
pub mod function;
pub mod git;
pub mod project;
pub mod shell;
pub mod test;

mod ahead;
mod bounded;
mod name;
mod params;
mod place;
mod process;
mod schema;
mod scrub;
mod unread;
mod vendored;
