use std::collections::BTreeMap;

use venom_kernel::model::{ModelInfo, Price, Privacy, Request};
use venom_kernel::time::Millis;

use super::*;

#[test]
fn the_window_is_as_large_as_needed_and_no_larger_than_the_model() {
    let info = ModelInfo {
        id: "o/m".parse().unwrap(),
        context: 20_000,
        max_output: 4_096,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools: true,
        schema: true,
        images: false,
        thinking: false,
        quality: BTreeMap::new(),
        typical: Millis::ZERO,
    };
    let base = reqwest::Url::parse("http://127.0.0.1:1").unwrap();
    let window_of = |bytes: usize| {
        let request = Request {
            messages: vec![Message::user("x".repeat(bytes))],
            max_tokens: 100,
            ..Request::default()
        };
        window(&Ask {
            name: "m",
            info: &info,
            request: &request,
            images: &BTreeMap::new(),
            base: &base,
        })
    };
    assert_eq!(window_of(10), 4_096);
    assert_eq!(window_of(20_000), 8_192);
    assert_eq!(window_of(1_000_000), 20_000);
}
