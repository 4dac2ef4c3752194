//! Understanding without a model: tokens, similarity, calibration. Knows nothing of VENOM, does no I/O.
//!
//! Text goes in, numbers come out. A goal in plain words is read into stems ([`text`]), turned into
//! weighted features ([`features`]) and into a vector ([`tokenise`], [`embed`]; by a larger model that somebody brings, [`bert`]), compared with the example
//! utterances of named intents ([`corpus`], [`scorer`]), and the evidence for the best intent is put
//! into one score ([`matcher`]). How probable it is that a match with such a score is right is learned
//! from the examples themselves ([`calibration`], [`evaluate`]). [`similarity`] compares names.
//!
//! Where there are many examples and no slots, [`classify`] learns a plane per label instead of comparing with
//! each example; [`trial`] measures it. [`recall`] finds among many texts those that answer a question.
//!
//! The same inputs give the same bits in every run of one build: no random seeds, no hash order,
//! and equal scores are ordered by name. Floats live here and nowhere else; a caller that stores a
//! probability rounds it to basis points first.

pub mod text;

pub mod tokenise;

pub mod embed;

pub mod bert;

pub mod features;

pub mod corpus;
pub mod scorer;

pub mod matcher;

pub mod calibration;
pub mod evaluate;

pub mod classify;
pub mod trial;

pub mod recall;

pub mod similarity;
