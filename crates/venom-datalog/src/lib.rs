//! Datalog: rules loaded at run time, what follows from facts, why, and what goes when one goes.
//!
//! ```text
//! let mut database = Database::new(Limits::default());
//! database.load(&Program::parse("path(X, Y) :- edge(X, Y).  path(X, Z) :- path(X, Y), edge(Y, Z).")?)?;
//! database.insert(&Fact::new("edge", vec![1.into(), 2.into()]), Source(7))?;
//! let answers = database.query("path(1, X)")?;
//! let proof = database.why(&fact)?;
//! let removed = database.retract(Source(7));
//! ```
//!
//! A text is read into clauses (`syntax`) that are checked (`check`) and given numbers for their
//! values and predicates (`rule`, `terms`, `store`, `relation`). What follows is computed in
//! rounds (`evaluate`) by running plans (`plan`, `machine`, `builtin`, `aggregate`). A query
//! is rewritten to what it needs (`magic`); a recursion over edges is searched as a graph
//! (`closure`). Facts remember who told them (`told`), and what was derived is kept true while
//! they come and go (`retract`). Why something holds is found when it is asked (`proof`).
//!
//! The same facts and rules, told in the same order, do the same work and give the same answers in
//! the same order, everywhere. Nothing here reads a clock, a file or the network, or starts a thread.
//! Everything that could grow without end has a limit ([`Limits`]), and an evaluation that reaches
//! one keeps nothing of what it began.

mod error;
mod limits;
mod value;

mod syntax;

mod check;

mod relation;
mod rule;
mod store;
mod terms;
mod told;

mod aggregate;
mod analysis;
mod builtin;
mod closure;
mod evaluate;
mod machine;
mod magic;
mod plan;
mod retract;

mod answers;
mod database;
mod proof;

pub use answers::{Answer, Answers};
pub use database::{Database, Removed, Size};
pub use error::{Error, Position};
pub use limits::{Limit, Limits, MAX_ARITY, MAX_LITERALS, MAX_TEXT};
pub use proof::{Because, Premise, Proof, Step};
pub use syntax::Program;
pub use value::{Fact, Source, Value};
