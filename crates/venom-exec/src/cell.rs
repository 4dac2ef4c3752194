//! The sandbox that VENOM brings along: commands in namespaces of their own, with a synthetic root,
//! no network, no capabilities, a list of allowed system calls, and limits.
//!
//! A [`Cell`] is opened once and then runs many commands, some of them at the same time. Its first
//! process waits for commands; whoever holds the [`Cell`] talks to it through a socket, and when the
//! holder is gone, everything in the cell dies. Cells are made by the [`Zygote`], a small process
//! that starts before VENOM holds any secret and before it is big, because forking a big process is
//! slow and copies its memory.
//!
//! A program that uses cells calls [`serve_if_zygote`] first thing in its `main`, and
//! [`Zygote::start`] before it starts threads.
//!
//! Nothing here decides policy: what is bound, limited and hidden comes with the [`CellSpec`]. What
//! cannot be enforced is an error that names the step; what was enforced is in the
//! [receipt](Cell::receipt).

mod cgroup;
mod contained;
mod failure;
mod frames;
mod handle;
mod init;
mod landlock;
mod lockdown;
mod monitor;
mod order;
mod receipt;
mod root;
mod running;
mod seccomp;
mod serve;
mod spare;
mod spec;
mod sweep;
mod sys;
mod watch;
mod wire;
mod zygote;

pub mod hidden;

pub mod probe;

pub mod toolchain;

pub use self::contained::serve_if_contained;
pub(crate) use self::contained::{FOLDER, LIBRARIES, PROGRAM, ROLE};
pub use self::handle::{Cell, CellError};
pub use self::receipt::{CgroupKind, Enforced, Enforcer, Guarded};
pub use self::running::{Finish, Finished, Outcome, Running, Stream, Streams, Usage};
pub(crate) use self::seccomp::container_profile;
pub use self::spec::{
    CellCommand, CellSpec, Guard, HIDDEN, HOME, Limits, Mode, Overlay, PINNED, PROXY_PORT,
    READ_ONLY, SpecError, Tier, WindowSize, Workspace,
};
pub use self::zygote::{Zygote, serve_if_zygote};
