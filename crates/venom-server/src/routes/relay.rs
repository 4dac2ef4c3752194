//! The front door for programs that ask models: OpenAI's dialect in front of VENOM's models.
//!
//! A call is stopped when its client goes away: dropping what waits for the answer stops the call
//! below, and what it took is settled there.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::Notify;
use utoipa::ToSchema;
use venom_kernel::model::{Delta, Reply};
use venom_kernel::time::Millis;
use venom_ports::api::relay::{Answered, Asked};
use venom_ports::model::ModelFailure;

use super::Shared;
use crate::extract::{Body, Named, Word};
use crate::guard::Caller;
use crate::openai::answer::{self, Head};
use crate::openai::ask;
use crate::openai::fault::{Fault, Faulty};
use crate::problem::Problem;

/// Largest request, in bytes: pictures come with it.
pub(crate) const LARGEST: usize = 16 << 20;
/// The longest time for an answer. Chosen: what models that think for long take.
const WITHIN: Millis = Millis::from_secs(600);
/// How often an open stream says that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The headers that say what stands behind an answer.
const RUN: HeaderName = HeaderName::from_static("x-venom-run");
const IGNORED: HeaderName = HeaderName::from_static("x-venom-ignored");
const COST: HeaderName = HeaderName::from_static("x-venom-cost-usd");

type Who = axum::Extension<Caller>;

/// A message of a conversation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct ChatMessage {
    /// `system`, `developer`, `user`, `assistant` or `tool`.
    #[schema(pattern = "^(system|developer|user|assistant|tool)$")]
    role: String,
    /// A text, or a list of parts of the types `text` and `image_url`.
    content: Value,
}

/// A conversation, as OpenAI's clients send it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct ChatRequest {
    /// A model's id, `auto`, or `auto:KIND` with a kind of work such as `code`.
    model: String,
    /// The conversation; its last message is the user's or the result of a tool.
    #[schema(min_items = 1, max_items = 4096)]
    messages: Vec<ChatMessage>,
    /// Whether the answer comes as server-sent events.
    stream: Option<bool>,
    /// The most tokens of the answer.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64)]
    max_completion_tokens: Option<u32>,
    /// How freely the model chooses.
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    /// The tools that may be called.
    #[schema(value_type = Option<Vec<Object>>, max_items = 256)]
    tools: Option<Vec<Value>>,
    /// `auto`, `none`, `required`, or names a tool.
    tool_choice: Option<Value>,
    /// Holds the answer to JSON, or to a JSON Schema.
    #[schema(value_type = Option<Object>)]
    response_format: Option<Value>,
    /// A text, or texts, at which the answer ends.
    stop: Option<Value>,
}

/// Ask a model
///
/// The model is chosen by VENOM where `auto` is named. The call is held to the budget, written into the
/// log as a run (`x-venom-run`), and stopped when the client goes away.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "models", request_body = ChatRequest, responses((status = 200, body = Object), (status = "default", body = Faulty)))]
pub(crate) async fn chat(
    State(house): Shared,
    who: Who,
    Body(body): Body<Value>,
) -> Result<Response, Fault> {
    let chat = ask::chat(&body)?;
    drop(body);
    let has_tools = !chat.request.tools.is_empty();
    let begun = house
        .services
        .relay
        .begin(Asked {
            wanted: chat.wanted,
            request: chat.request,
            images: chat.images,
            by: who.0.name(),
            per_day: who.0.0.per_day.map(venom_kernel::money::MicroUsd::new),
            within: WITHIN,
        })
        .await?;
    let run = begun.run();
    let mut headers = HeaderMap::new();
    let mut say = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    say(RUN, &run.to_string());
    if !chat.ignored.is_empty() {
        say(IGNORED, &chat.ignored.join(", "));
    }
    let head = Head {
        id: format!("chatcmpl-{run}"),
        created: i64::try_from((run.to_u128() >> 80) / 1_000).unwrap_or_default(),
        model: begun.info().id.clone(),
    };
    if !chat.is_stream {
        let Answered { reply, cost } = begun.answer(None).await?;
        say(COST, cost.to_string().trim_start_matches('$'));
        return Ok((headers, Json(head.whole(&reply))).into_response());
    }
    // What such a model writes may turn out to be a call and no text.
    let is_held = has_tools && !begun.info().tools;
    let heard = Arc::new(Heard::default());
    let hears = Arc::clone(&heard);
    let answering = begun.answer(Some(Arc::new(move |delta| hears.hear(&delta))));
    let mut talk = Talk {
        head,
        heard,
        answering: Some(answering),
        is_held,
        tells_usage: chat.tells_usage,
        sent: String::new(),
        waiting: VecDeque::new(),
    };
    // What fails before the first word fails as anything else does.
    talk.begin().await?;
    let over = Box::pin(Arc::clone(&house.door).outlives(who.0.0.id.clone()));
    let messages = stream::unfold(Some((talk, over)), |held| async move {
        let (mut talk, mut over) = held?;
        tokio::select! {
            biased;
            message = talk.next() => Some((Ok::<_, Infallible>(message?), Some((talk, over)))),
            // Whoever is not let in any more is not told any more; what is dropped here stops the call.
            () = over.as_mut() => {
                let fault = Fault::new(
                    StatusCode::UNAUTHORIZED,
                    "bad-token",
                    "the token was revoked, or is over",
                );
                Some((Ok(Message::default().data(fault.body().to_string())), None))
            }
        }
    });
    let stream = Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok((headers, stream).into_response())
}

/// What a model has said and nobody was sent yet. However slow a client reads, there is never more of it
/// than the answer itself.
#[derive(Default)]
struct Heard {
    text: Mutex<String>,
    bell: Notify,
}

impl Heard {
    fn hear(&self, delta: &Delta) {
        if let Delta::Text(text) = delta {
            self.text
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(text);
            self.bell.notify_one();
        }
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.text.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Answered, ModelFailure>> + Send>>;

/// An answer that is sent while it comes.
struct Talk {
    head: Head,
    heard: Arc<Heard>,
    /// What makes the answer; dropped, it is stopped.
    answering: Option<Answering>,
    /// Whether nothing is sent before the answer is whole.
    is_held: bool,
    tells_usage: bool,
    /// The text that was sent.
    sent: String,
    waiting: VecDeque<Message>,
}

impl Talk {
    fn say(&mut self, value: &Value) {
        self.waiting
            .push_back(Message::default().data(value.to_string()));
    }

    fn say_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.sent.push_str(text);
            let more = self.head.more(text);
            self.say(&more);
        }
    }

    /// Waits for the first word, or for the reason why there is none.
    async fn begin(&mut self) -> Result<(), Fault> {
        let first = self.head.first();
        self.say(&first);
        let before = self.waiting.len();
        while self.waiting.len() == before && self.answering.is_some() {
            self.go_on().await?;
        }
        Ok(())
    }

    /// Waits for more; a failure is the end.
    async fn go_on(&mut self) -> Result<(), Fault> {
        let Some(answering) = &mut self.answering else {
            return Ok(());
        };
        let answer = tokio::select! {
            biased;
            answer = answering.as_mut() => Some(answer),
            () = self.heard.bell.notified() => None,
        };
        let heard = self.heard.take();
        if !self.is_held {
            self.say_text(&heard);
        }
        match answer {
            None => Ok(()),
            Some(answer) => {
                self.answering = None;
                self.finish(&answer?.reply);
                Ok(())
            }
        }
    }

    /// Sends what is not sent yet of an answer that is whole.
    fn finish(&mut self, reply: &Reply) {
        let whole = reply.text();
        if let Some(rest) = whole.strip_prefix(&self.sent) {
            let rest = rest.to_owned();
            self.say_text(&rest);
        }
        for piece in self.head.last(reply, self.tells_usage) {
            self.say(&piece);
        }
        self.waiting.push_back(Message::default().data("[DONE]"));
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some(message);
            }
            self.answering.as_ref()?;
            if let Err(fault) = self.go_on().await {
                self.answering = None;
                self.say(&fault.body());
            }
        }
    }
}

/// Texts that are to become vectors.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct EmbeddingRequest {
    /// `venom/embedded` or `auto`.
    #[schema(pattern = "^(auto|venom/embedded)$")]
    model: String,
    /// A text, or a list of texts.
    input: Value,
    /// `float` or `base64`.
    #[schema(pattern = "^(float|base64)$")]
    encoding_format: Option<String>,
}

/// Turn texts into vectors, with the model that is a part of VENOM
#[utoipa::path(post, path = "/v1/embeddings", tag = "models", request_body = EmbeddingRequest, responses((status = 200, body = Object), (status = "default", body = Faulty)))]
pub(crate) async fn embeddings(
    State(house): Shared,
    Body(body): Body<Value>,
) -> Result<Json<Value>, Fault> {
    let relay = Arc::clone(&house.services.relay);
    let model = relay.embedder();
    let wanted = ask::embed(&body, model)?;
    let bytes: usize = wanted.texts.iter().map(String::len).sum();
    let (texts, is_base64, size) = (wanted.texts, wanted.is_base64, wanted.size);
    let made = tokio::task::spawn_blocking(move || relay.embed(&texts)).await;
    let vectors = made.map_err(|error| {
        Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        )
    })??;
    let has = vectors.first().map_or(0, Vec::len) as u64;
    if let Some(size) = size
        && size != has
    {
        return Err(Fault::field(
            "dimensions",
            format!("vectors of this model have {has} numbers"),
        ));
    }
    // Guessed as everywhere where nobody counts: four bytes a token.
    let tokens = (bytes as u64).div_ceil(4);
    Ok(Json(answer::vectors(model, &vectors, is_base64, tokens)))
}

/// List the models that can be asked
#[utoipa::path(get, path = "/v1/models", tag = "models", responses((status = 200, body = Object), (status = "default", body = Faulty)))]
pub(crate) async fn models(State(house): Shared) -> Json<Value> {
    Json(json!({ "object": "list", "data": listed(&house) }))
}

fn listed(house: &crate::house::House) -> Vec<Value> {
    let relay = &house.services.relay;
    let resting = relay.resting();
    let mut data = vec![
        answer::plain("auto", "venom"),
        answer::plain(relay.embedder(), "venom"),
    ];
    let models = relay.models();
    data.extend(
        models
            .iter()
            .map(|info| answer::model(info, resting.contains(&info.id))),
    );
    data
}

/// Show a model
#[utoipa::path(get, path = "/v1/models/{model}", tag = "models", params(("model" = String, Path, description = "The model's id; its slash as `%2F`")), responses((status = 200, body = Object), (status = "default", body = Faulty)))]
pub(crate) async fn model(
    State(house): Shared,
    Named(Word(id)): Named<Word>,
) -> Result<Json<Value>, Fault> {
    let found = listed(&house)
        .into_iter()
        .find(|model| model.get("id").and_then(Value::as_str) == Some(id.as_str()));
    found.map(Json).ok_or_else(|| {
        Fault::new(
            StatusCode::NOT_FOUND,
            "model_not_found",
            "there is no such model",
        )
    })
}

/// Says in OpenAI's form what was refused before a handler saw it.
pub(crate) async fn in_dialect(response: Response) -> Response {
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|media| media.as_bytes().starts_with(b"application/problem"));
    if !is_problem {
        return response;
    }
    let (parts, body) = response.into_parts();
    // Problems are short.
    let Ok(bytes) = axum::body::to_bytes(body, 64 << 10).await else {
        return Fault::new(parts.status, "refused", "the request was refused").into_response();
    };
    match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) => Fault::of(problem).into_response(),
        Err(_odd) => Response::from_parts(parts, Bytes::from(bytes)),
    }
}
