//! The egress proxy over real sockets: what passes, what does not, and what is told about it.

mod clients;
mod flow;
mod limits;
mod rules;
mod secrets;
mod smuggling;
mod tunnels;
pub(super) mod world;
