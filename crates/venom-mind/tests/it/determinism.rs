//! The same inputs give the same bits, whatever the order in which intents were read.

use venom_mind::corpus::Synonyms;
use venom_mind::evaluate::{self, Fillings};
use venom_mind::matcher::Matcher;

use crate::workspace::{foreign, intents};

#[test]
fn two_matchers_agree_to_the_last_bit() {
    let forward = intents();
    let mut backward = intents();
    backward.reverse();
    let outcomes = [forward, backward].map(|intents| {
        let matcher = Matcher::new(&intents, &foreign(), Synonyms::default()).unwrap();
        let outcomes = evaluate::leave_one_out(&matcher, &Fillings::new());
        let bits: Vec<u64> = outcomes
            .iter()
            .map(|outcome| outcome.score.to_bits())
            .collect();
        (outcomes, bits)
    });
    let [first, second] = outcomes;
    assert_eq!(first, second);
}
