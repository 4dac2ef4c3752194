//! What the servers answered, played again.

use venom_testkit::provider::cassette::Cassette;

use super::{
    LITELLM_ANTHROPIC, LITELLM_GEMINI, LITELLM_OPENAI, LLAMA_ANTHROPIC, LLAMA_OPENAI, Met, all,
};
use crate::world::runtime;

fn check(met: Met) {
    let playing = Cassette::read(&met.cassette()).unwrap().play().unwrap();
    runtime().block_on(all(met, &playing.url()));
    // What is asked now is what was asked then, all of it.
    assert_eq!(playing.differences(), Vec::<String>::new());
    assert_eq!(playing.left(), []);
}

#[test]
fn llama_in_the_words_of_openai() {
    check(LLAMA_OPENAI);
}

#[test]
fn llama_in_the_words_of_anthropic() {
    check(LLAMA_ANTHROPIC);
}

#[test]
fn litellm_in_the_words_of_openai() {
    check(LITELLM_OPENAI);
}

#[test]
fn litellm_in_the_words_of_anthropic() {
    check(LITELLM_ANTHROPIC);
}

#[test]
fn litellm_in_the_words_of_gemini() {
    check(LITELLM_GEMINI);
}
