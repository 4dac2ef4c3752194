//! Asks a server the questions of a file and prints what it answered, for `bfcl.py` to judge.
//!
//! Each question is asked in three ways: in the words in which tools are usually described to models, in the words
//! that VENOM has for models that cannot call tools, and by the server's own interface for tools.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the one who started it and is nobody's library"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::model::{Delta, Message, Privacy, Request, Tool};
use venom_kernel::time::{Millis, Timestamp};
use venom_models::catalogue::Catalogue;
use venom_models::{Dialect, Outside, Provider, Providers};
use venom_ports::model::{ModelCall, Models as _, OnDelta};
use venom_ports::secret::{SecretInfo, Secrets};
use venom_ports::{Failure, FailureKind};
use venom_testkit::clock::ManualClock;
use venom_testkit::entropy::SeededEntropy;
use zeroize::Zeroizing;

/// The most tokens of an answer. Chosen: the longest right answer of the questions has half as many.
const MOST: u32 = 160;
const PATIENCE: Millis = Millis::from_secs(180);

/// The same model, once as one that cannot call tools and once as one that can.
const CATALOGUE: &str = "
models:
  - {provider: words, name: MODEL, context: 4096, max_output: 512, tools: false, schema: false}
  - {provider: tools, name: MODEL, context: 4096, max_output: 512, tools: true, schema: false}
";

/// The ways of asking.
const WAYS: &[(&str, &str)] = &[("usual", "words"), ("venom", "words"), ("server", "tools")];

#[derive(Deserialize)]
struct Question {
    id: String,
    text: String,
    tools: Vec<Tool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, url, model] = args.as_slice() else {
        return Err("usage: bfcl QUESTIONS URL MODEL".into());
    };
    let questions: Vec<Question> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let models = providers(url, model)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for (number, question) in questions.iter().enumerate() {
        for (way, provider) in WAYS {
            let request = asked(question, way);
            let answer = runtime.block_on(ask(&models, &format!("{provider}/{model}"), request))?;
            println!(
                "{}",
                json!({"id": question.id, "way": way, "answer": answer})
            );
        }
        eprint!("\r{} of {}", number + 1, questions.len());
    }
    eprintln!();
    Ok(())
}

/// Puts a question.
fn asked(question: &Question, way: &str) -> Request {
    let request = Request {
        messages: vec![Message::user(question.text.clone())],
        max_tokens: MOST,
        temperature: Some(0),
        ..Request::default()
    };
    if way != "usual" {
        return Request {
            tools: question.tools.clone(),
            ..request
        };
    }
    // The words of the templates of Hermes and Qwen, which many others have taken over.
    let mut system = String::from(
        "You are a function calling AI model. You are provided with function signatures within <tools></tools> XML tags. You may call one or more functions to assist with the user query. Don't make assumptions about what values to plug into functions.\n\n<tools>\n",
    );
    for tool in &question.tools {
        let described = json!({"type": "function", "function": {
            "name": tool.name, "description": tool.description, "parameters": tool.parameters,
        }});
        let _infallible = writeln!(system, "{described}");
    }
    system.push_str(
        "</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>",
    );
    Request { system, ..request }
}

async fn ask(models: &Providers, model: &str, request: Request) -> Result<Value, Box<dyn Error>> {
    let heard: Arc<Mutex<String>> = Arc::default();
    let on_delta: OnDelta = {
        let heard = Arc::clone(&heard);
        Arc::new(move |delta| {
            if let Delta::Text(text) = delta {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push_str(&text);
            }
        })
    };
    let call = ModelCall {
        model: model.parse()?,
        request: Arc::new(request),
        images: BTreeMap::new(),
        key: "bfcl".to_owned(),
        within: PATIENCE,
    };
    let begun = Instant::now();
    let ended = models
        .call(call, CancellationToken::new(), Some(on_delta))
        .await;
    let took = begun.elapsed().as_secs_f64();
    // What the model wrote, before calls were looked for in it.
    let text = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(match ended {
        Ok(reply) => {
            let calls: Vec<Value> = reply
                .calls()
                .map(|call| json!({"name": call.name, "arguments": call.arguments}))
                .collect();
            json!({
                "text": text, "calls": calls, "stop": reply.stop, "seconds": took,
                "read": reply.usage.prompt(), "produced": reply.usage.output,
            })
        }
        // A question that failed is an answer too, and a wrong one.
        Err(failed) => json!({
            "text": text, "calls": [], "failed": failed.failure.message, "seconds": took,
            "read": 0, "produced": 0,
        }),
    })
}

fn providers(url: &str, model: &str) -> Result<Providers, Box<dyn Error>> {
    let provider = |privacy| Provider {
        url: Some(url.to_owned()),
        models: vec![model.to_owned()],
        privacy: Some(privacy),
        silence: Some(PATIENCE),
        ..Provider::new(Dialect::OpenAi)
    };
    let mut catalogue = Catalogue::shipped()?;
    catalogue.lay(&CATALOGUE.replace("MODEL", model))?;
    let providers = [
        ("words".to_owned(), provider(Privacy::Local)),
        // Calls in the text of models elsewhere are left alone: here only the server's own calls count.
        ("tools".to_owned(), provider(Privacy::Cloud)),
    ];
    let outside = Outside {
        clock: Arc::new(ManualClock::new(Timestamp::from_micros(0))),
        entropy: Arc::new(SeededEntropy::new(7)),
        secrets: Arc::new(NoSecrets),
        lookup: Arc::new(|_| None),
        roots: Box::new(|| Err("a server on this machine needs no roots".to_owned())),
    };
    Ok(Providers::new(providers.into(), catalogue, outside)?)
}

/// A server on this machine wants no key.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, name: &str) -> venom_ports::Result<(Zeroizing<Vec<u8>>, SecretInfo)> {
        Err(Failure::new(
            FailureKind::Missing,
            format!("no secret {name}"),
        ))
    }

    fn values(&self, _name: &str) -> venom_ports::Result<Vec<Zeroizing<Vec<u8>>>> {
        Ok(Vec::new())
    }

    fn set(&self, _name: &str, _value: &[u8], _hosts: &[String]) -> venom_ports::Result<()> {
        Err(refused())
    }

    fn set_variable(
        &self,
        _name: &str,
        _variable: &str,
        _hosts: &[String],
    ) -> venom_ports::Result<()> {
        Err(refused())
    }

    fn remove(&self, _name: &str) -> venom_ports::Result<bool> {
        Ok(false)
    }

    fn list(&self) -> venom_ports::Result<Vec<SecretInfo>> {
        Ok(Vec::new())
    }
}

fn refused() -> Failure {
    Failure::new(FailureKind::Refused, "no secrets are kept here")
}
