//! The drive of VENOM: input, decide, append, perform.
