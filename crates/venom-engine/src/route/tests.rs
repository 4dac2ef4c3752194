use std::collections::BTreeMap;

use venom_kernel::model::{Price, Privacy};
use venom_kernel::time::Millis;

use super::*;

fn info(id: &str, quality: u16, tools: bool) -> ModelInfo {
    ModelInfo {
        id: id.parse().unwrap(),
        context: 10_000,
        max_output: 1_000,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools,
        schema: false,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, quality)]),
        typical: Millis::from_secs(1),
    }
}

#[test]
fn a_named_model_is_never_replaced() {
    let models = [info("a/one", 100, true), info("b/two", 900, true)];
    let one: ModelId = "a/one".parse().unwrap();
    let chosen = select(&models, Some((&one, "--model")), Kind::Code).unwrap();
    assert_eq!(chosen.model, one);
    let other: ModelId = "a/other".parse().unwrap();
    let refused = select(&models, Some((&other, "--model")), Kind::Code).unwrap_err();
    assert!(refused.hint.is_some() && refused.message.contains("a/other"));
}

#[test]
fn else_the_best_that_calls_tools_is_chosen() {
    let models = [
        info("a/one", 400, true),
        info("b/two", 700, true),
        info("c/mute", 900, false),
    ];
    let chosen = select(&models, None, Kind::Code).unwrap();
    assert_eq!(chosen.model.as_str(), "b/two");
    assert!(select(&[], None, Kind::Code).is_err());
}
