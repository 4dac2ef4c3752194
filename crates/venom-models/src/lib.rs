//! Language models of providers: Anthropic, Gemini, Ollama, and whatever speaks `OpenAI`'s dialect.
//!
//! [`Providers`] is the adapter of the port. A call goes through these hands: `provider` finds the
//! model's provider and holds the call to its limits; `key` reads what vouches for it; a `dialect`
//! writes the request and reads what comes back, without input or output of its own; `frame` cuts
//! the stream into pieces and `draft` puts an answer together from them; `transport` sends and
//! bounds; `retry` and `breaker` say when to ask again and when to leave a model alone.
//!
//! [`Encoder`] is apart from all of that: a sentence model in the process, out of a folder.
//!
//! Three things hold for every provider. An answer is whole or there is none: what the connection
//! cut off, and what cannot be read, ends in a failure that says what was used up. A key goes to the
//! address of the configuration and nowhere else, and stands in no message. Nothing that a provider
//! sends is trusted in length or form.
#![forbid(unsafe_code)]

mod breaker;
pub mod catalogue;
mod dialect;
mod draft;
mod encoder;
mod flaw;
mod frame;
mod key;
mod provider;
mod retry;
mod text_calls;
mod transport;

pub use dialect::Dialect;
pub use encoder::Encoder;
pub use key::{KeyRef, Lookup, read as read_key};
pub use provider::{Outside, Provider, Providers, Roots, Served, host_is_here};
