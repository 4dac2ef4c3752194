//! Servers that nobody here wrote, with a small model: llama.cpp's own, and LiteLLM's proxy before it.
//!
//! Every conversation here is held twice. Where the servers are installed they are asked in earnest (`live`);
//! everywhere else what they answered is played again from cassettes (`recorded`), which also says whether what is asked
//! is still what was asked then. `VENOM_TEST_RECORD=1 cargo test -p venom-models real::live` records them anew.

mod encoder;
mod live;
mod recorded;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::model::{
    Choice, Delta, Message, Part, Reply, Request, Role, Stop, Tool, ToolCall,
};
use venom_kernel::time::Millis;
use venom_models::catalogue::Catalogue;
use venom_models::{Dialect, KeyRef, Provider, Providers};
use venom_ports::FailureKind;
use venom_ports::model::{ModelCall, ModelFailure, Models as _, OnDelta};
use venom_testkit::conform::model::KEY;

use crate::world::{Drawer, outside};

const CATALOGUE: &str = "
models:
  - {provider: p, name: smol, context: 2048, max_output: 512, tools: true, schema: true, images: false, thinking: false}
  - {provider: p, name: nobody, context: 2048, max_output: 512, tools: true, schema: true, images: false, thinking: false}
";

/// A server and the dialect in which it is spoken to.
#[derive(Clone, Copy)]
struct Met {
    /// Names the cassette.
    name: &'static str,
    dialect: Dialect,
    /// What comes behind the host in the address of the provider.
    base: &'static str,
    /// What can be expected of it.
    can: Can,
}

/// What differs between servers.
#[derive(Clone, Copy)]
struct Can {
    /// It holds answers to a schema.
    schema: bool,
    /// It knows which models it has, and refuses others.
    names: bool,
    /// It says that a conversation is too long.
    context: bool,
    /// It says which models it has, and which one answered, where the dialect's provider does.
    list: bool,
}

/// llama.cpp answers for any name of a model.
const LLAMA: Can = Can {
    schema: true,
    names: false,
    context: true,
    list: true,
};

const LLAMA_OPENAI: Met = Met {
    name: "llama-openai",
    dialect: Dialect::OpenAi,
    base: "/v1",
    can: LLAMA,
};

const LLAMA_ANTHROPIC: Met = Met {
    name: "llama-anthropic",
    dialect: Dialect::Anthropic,
    base: "",
    can: Can {
        schema: false,
        ..LLAMA
    },
};

const LITELLM: Can = Can {
    schema: false,
    names: true,
    context: true,
    list: true,
};

const LITELLM_OPENAI: Met = Met {
    name: "litellm-openai",
    dialect: Dialect::OpenAi,
    base: "/v1",
    can: Can {
        schema: true,
        ..LITELLM
    },
};

const LITELLM_ANTHROPIC: Met = Met {
    name: "litellm-anthropic",
    dialect: Dialect::Anthropic,
    base: "",
    can: LITELLM,
};

const LITELLM_GEMINI: Met = Met {
    name: "litellm-gemini",
    dialect: Dialect::Gemini,
    base: "",
    can: Can {
        list: false,
        ..LITELLM
    },
};

impl Met {
    fn cassette(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cassettes")
            .join(format!("{}.json", self.name))
    }

    /// Makes the provider `p` at this server.
    fn providers(self, url: &str, key: &str) -> Providers {
        let provider = Provider {
            url: Some(format!("{url}{}", self.base)),
            key: Some(KeyRef::Env("A_KEY".to_owned())),
            retries: Some(0),
            silence: Some(Millis::from_secs(60)),
            ..Provider::new(self.dialect)
        };
        let mut catalogue = Catalogue::shipped().unwrap();
        catalogue.lay(CATALOGUE).unwrap();
        Providers::new(
            [("p".to_owned(), provider)].into(),
            catalogue,
            outside(Drawer::default(), &[("A_KEY", key)]),
        )
        .unwrap()
    }
}

fn request(text: &str, most: u32) -> Request {
    Request {
        system: "You are a helpful assistant. Answer in one short sentence.".to_owned(),
        messages: vec![Message::user(text)],
        max_tokens: most,
        // The same question has the same answer.
        temperature: Some(0),
        ..Request::default()
    }
}

fn call(model: &str, request: Request) -> ModelCall {
    ModelCall {
        model: model.parse().unwrap(),
        request: Arc::new(request),
        images: BTreeMap::new(),
        key: "call-1".to_owned(),
        within: Millis::from_secs(120),
    }
}

async fn ask(models: &Providers, request: Request) -> Result<Reply, ModelFailure> {
    let call = call("p/smol", request);
    models.call(call, CancellationToken::new(), None).await
}

fn weather() -> Tool {
    Tool {
        name: "get_weather".to_owned(),
        description: "Says what the weather is in a city.".to_owned(),
        parameters: json!({
            "type": "object",
            "properties": {"city": {"type": "string", "description": "The city."}},
            "required": ["city"],
        }),
    }
}

/// Holds every conversation.
async fn all(met: Met, url: &str) {
    let models = met.providers(url, KEY);
    words_come_in_pieces(met, &models).await;
    lengths_are_kept(&models).await;
    conversations_go_on(&models).await;
    texts_to_stop_at_are_kept(&models).await;
    if met.can.schema {
        schemas_are_kept(&models).await;
    }
    results_of_tools_go_back(&models).await;
    whoever_stops_is_told_what_was_used(&models).await;
    if met.can.context {
        what_is_too_long_is_said_to_be(&models).await;
    }
    if met.can.list {
        served_models_are_listed(&models).await;
    }
    if met.can.names {
        other_names_are_refused(&models).await;
        other_keys_are_refused(met, url).await;
    }
}

async fn words_come_in_pieces(met: Met, models: &Providers) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let on_delta: OnDelta = {
        let heard = Arc::clone(&heard);
        Arc::new(move |delta| {
            if let Delta::Text(text) = delta {
                heard.lock().unwrap().push(text);
            }
        })
    };
    let call = call("p/smol", request("What is the capital of France?", 32));
    let reply = models
        .call(call, CancellationToken::new(), Some(on_delta))
        .await
        .unwrap();
    let heard = heard.lock().unwrap();
    assert!(reply.text().contains("Paris"), "{reply:?}");
    assert!(heard.len() > 2, "{heard:?}");
    assert_eq!(heard.concat(), reply.text());
    assert_eq!(reply.stop, Stop::End, "{reply:?}");
    assert!((10..200).contains(&reply.usage.prompt()), "{reply:?}");
    assert!((2..=32).contains(&reply.usage.output), "{reply:?}");
    assert_eq!(!reply.model.is_empty(), met.can.list, "{reply:?}");
}

async fn lengths_are_kept(models: &Providers) {
    let reply = ask(models, request("Tell me a long story about a fox.", 6))
        .await
        .unwrap();
    assert_eq!(reply.stop, Stop::Length, "{reply:?}");
    assert!((1..=7).contains(&reply.usage.output), "{reply:?}");
    assert!(!reply.stop.is_whole());
}

async fn conversations_go_on(models: &Providers) {
    let mut request = request("My name is Ada.", 24);
    request.messages.extend([
        Message::assistant(vec![Part::text("Hello Ada.")]),
        Message::user("What is my name?"),
    ]);
    let reply = ask(models, request.clone()).await.unwrap();
    request.messages.truncate(1);
    let first = ask(models, request).await.unwrap();
    // What a small model makes of it is another matter; that it was told all of it shows in what it read.
    assert!(!reply.text().is_empty(), "{reply:?}");
    assert!(
        reply.usage.prompt() > first.usage.prompt() + 8,
        "{reply:?} {first:?}"
    );
}

async fn texts_to_stop_at_are_kept(models: &Providers) {
    let mut request = request("What is the capital of France?", 32);
    request.stop = vec!["Paris".to_owned()];
    let reply = ask(models, request).await.unwrap();
    assert!(!reply.text().contains("Paris"), "{reply:?}");
    // Not every dialect tells the two apart.
    assert!(matches!(reply.stop, Stop::Text | Stop::End), "{reply:?}");
}

async fn schemas_are_kept(models: &Providers) {
    let mut request = request("Name a colour and a number from one to ten.", 48);
    request.output = Some(json!({
        "type": "object",
        "properties": {
            "colour": {"type": "string", "enum": ["red", "green", "blue"]},
            "number": {"type": "integer"},
        },
        "required": ["colour", "number"],
        "additionalProperties": false,
    }));
    let reply = ask(models, request).await.unwrap();
    let value: Value = serde_json::from_str(&reply.text()).unwrap();
    assert!(["red", "green", "blue"].contains(&value["colour"].as_str().unwrap()));
    assert!(value["number"].is_i64(), "{value}");
}

async fn results_of_tools_go_back(models: &Providers) {
    let mut asked = request("What is the weather in Oslo? Use the tool.", 24);
    asked.tools = vec![weather()];
    asked.choice = Choice::Auto;
    let wish = ToolCall {
        id: "call-1".to_owned(),
        name: "get_weather".to_owned(),
        arguments: json!({"city": "Oslo"}),
        seal: None,
    };
    let result = Part::ToolResult {
        id: wish.id.clone(),
        text: "It is snowing in Oslo.".to_owned(),
        is_error: false,
    };
    asked
        .messages
        .push(Message::assistant(vec![Part::ToolCall(wish)]));
    asked.messages.push(Message {
        role: Role::User,
        parts: vec![result],
    });
    let reply = ask(models, asked).await.unwrap();
    assert!(reply.text().contains("snow"), "{reply:?}");
}

async fn whoever_stops_is_told_what_was_used(models: &Providers) {
    let cancel = CancellationToken::new();
    let on_delta: OnDelta = {
        let cancel = cancel.clone();
        Arc::new(move |_delta| cancel.cancel())
    };
    let asked = call(
        "p/smol",
        request("Count from one to one hundred, with every number.", 80),
    );
    let failed = models
        .call(asked, cancel, Some(on_delta))
        .await
        .unwrap_err();
    assert_eq!(failed.failure.kind, FailureKind::Retryable, "{failed:?}");
    assert!((1..80).contains(&failed.usage.output), "{failed:?}");
    // Who hung up does not stand in the way of who asks next.
    let reply = ask(models, request("Say yes.", 4)).await.unwrap();
    assert!(reply.usage.output > 0);
}

async fn what_is_too_long_is_said_to_be(models: &Providers) {
    let reply = ask(models, request(&"a fox ran over the hill. ".repeat(600), 8))
        .await
        .unwrap();
    assert_eq!(reply.stop, Stop::Context, "{reply:?}");
}

async fn served_models_are_listed(models: &Providers) {
    let served = models.served("p").await.unwrap();
    assert!(
        served.iter().any(|served| served.name == "smol"),
        "{served:?}"
    );
}

async fn other_names_are_refused(models: &Providers) {
    let call = call("p/nobody", request("Hello.", 8));
    let failed = models
        .call(call, CancellationToken::new(), None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            failed.failure.kind,
            FailureKind::Refused | FailureKind::Missing
        ),
        "{failed:?}"
    );
}

async fn other_keys_are_refused(met: Met, url: &str) {
    let other = "sk-other-77b0c1d2e3f4";
    let failed = ask(&met.providers(url, other), request("Hello.", 8))
        .await
        .unwrap_err();
    assert_eq!(failed.failure.kind, FailureKind::Refused, "{failed:?}");
    let shown = format!("{failed:?}");
    assert!(!shown.contains(other), "{shown}");
}
