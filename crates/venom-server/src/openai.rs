//! The dialect of OpenAI: what programs ask of models, and how they are answered.
//!
//! Any client that speaks it can ask the models of this machine. What cannot be done is refused by the
//! name of the field; what makes no difference here is ignored and named in the answer's header
//! `x-venom-ignored`. Nothing here waits or reaches outside.

pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod fault;
