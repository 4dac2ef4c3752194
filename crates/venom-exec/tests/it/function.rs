//! Functions that run elsewhere: against the emulators that their platforms publish, and against a
//! server that does everything wrong.

mod emulators;
mod faults;
mod http;
mod lambda;
mod world;
