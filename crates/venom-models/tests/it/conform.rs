//! Every dialect passes the suite of its port.

use std::sync::Arc;

use venom_models::{Dialect, Providers};
use venom_ports::model::Models;
use venom_testkit::conform::model::{Subject, all};
use venom_testkit::provider::Speaks;

use crate::world::{dialect, providers, runtime};

fn check(speaks: Speaks) {
    let dialect: Dialect = dialect(speaks);
    let make = move |url: &str| -> Arc<dyn Models> {
        let made: Providers = providers(dialect, url, 2);
        Arc::new(made)
    };
    let subject = Subject {
        speaks,
        make: &make,
        model: "p/fake".parse().unwrap(),
    };
    runtime().block_on(all(&subject)).unwrap();
}

#[test]
fn anthropic() {
    check(Speaks::Anthropic);
}

#[test]
fn gemini() {
    check(Speaks::Gemini);
}

#[test]
fn ollama() {
    check(Speaks::Ollama);
}

#[test]
fn openai() {
    check(Speaks::OpenAi);
}
