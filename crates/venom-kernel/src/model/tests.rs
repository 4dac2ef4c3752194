use super::*;
use crate::money::MicroUsd;

#[test]
fn ids_have_a_provider_and_a_name() {
    let id: ModelId = "openrouter/meta-llama/llama-3.1-8b:free".parse().unwrap();
    assert_eq!(
        (id.provider(), id.name()),
        ("openrouter", "meta-llama/llama-3.1-8b:free")
    );
    for bad in ["", "gpt", "/x", "x/", "a b/c", "a/b c", "a/b\n", "é/x"] {
        assert!(bad.parse::<ModelId>().is_err(), "{bad}");
    }
    assert!(format!("a/{}", "x".repeat(300)).parse::<ModelId>().is_err());
    assert!(serde_json::from_str::<ModelId>("\"nothing\"").is_err());
}

#[test]
fn costs_are_rounded_up_once_over_the_whole_call() {
    let price = Price {
        input: MicroUsd::new(3_000_000),
        output: MicroUsd::new(15_000_000),
        cache_read: MicroUsd::new(300_000),
        cache_write: MicroUsd::new(3_750_000),
    };
    let usage = Usage {
        input: 1,
        output: 1,
        cache_read: 1,
        cache_write: 1,
        thinking: 1,
    };
    // 3 + 15 + 0.3 + 3.75 micro-dollars.
    assert_eq!(price.of(usage), MicroUsd::new(23));
    assert_eq!(price.of(Usage::default()), MicroUsd::ZERO);
    let absurd = Usage {
        input: u64::MAX,
        output: u64::MAX,
        ..usage
    };
    assert_eq!(price.of(absurd), MicroUsd::new(u64::MAX));
    assert_eq!(absurd.plus(absurd).tokens(), u64::MAX);
    assert!(
        price.most(4, 1)
            >= price.of(Usage {
                cache_write: 4,
                output: 1,
                ..Usage::default()
            })
    );
}

#[test]
fn a_request_keeps_its_digest_over_its_own_text() {
    let request = Request {
        system: "be brief".to_owned(),
        messages: vec![
            Message::user("how many?"),
            Message::assistant(vec![Part::ToolCall(ToolCall {
                id: "1".to_owned(),
                name: "count".to_owned(),
                arguments: serde_json::json!({"b": 1, "a": [1.5, null]}),
                seal: None,
            })]),
            Message {
                role: Role::User,
                parts: vec![Part::ToolResult {
                    id: "1".to_owned(),
                    text: "7".to_owned(),
                    is_error: false,
                }],
            },
        ],
        max_tokens: 100,
        ..Request::default()
    };
    let text = serde_json::to_string(&request).unwrap();
    let again: Request = serde_json::from_str(&text).unwrap();
    assert_eq!((&again, again.digest()), (&request, request.digest()));
    let other = Request {
        max_tokens: 101,
        ..request.clone()
    };
    assert_ne!(other.digest(), request.digest());
}

#[test]
fn what_is_not_known_of_a_model_is_the_mean_of_what_is() {
    let mut info = ModelInfo {
        id: "a/b".parse().unwrap(),
        context: 1,
        max_output: 1,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools: false,
        schema: false,
        images: false,
        thinking: false,
        quality: std::collections::BTreeMap::new(),
        typical: crate::time::Millis::ZERO,
    };
    assert_eq!(info.prior(Kind::Code), 500);
    info.quality.insert(Kind::Plan, 900);
    info.quality.insert(Kind::Chat, 601);
    assert_eq!((info.prior(Kind::Plan), info.prior(Kind::Code)), (900, 750));
}
