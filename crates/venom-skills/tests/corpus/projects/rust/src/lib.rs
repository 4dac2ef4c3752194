//! A book of accounts.

pub mod store;
