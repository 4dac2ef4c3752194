//! Models that answer what a test says.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_kernel::model::{
    Delta, Kind, ModelInfo, Part, Price, Privacy, Reply, Request, Role, Stop, ToolCall, Usage,
};
use venom_kernel::money::MicroUsd;
use venom_kernel::time::Millis;
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};

/// How a scripted model answers.
pub type Answer = Pin<Box<dyn Future<Output = Result<Reply, ModelFailure>> + Send>>;
type Script = Arc<dyn Fn(ModelCall, CancellationToken) -> Answer + Send + Sync>;

/// One model, `fake/one`, whose answers are a closure.
#[derive(Clone)]
pub struct ScriptedModels {
    info: ModelInfo,
    script: Script,
    asked: Arc<AtomicU32>,
}

impl ScriptedModels {
    /// Makes a model that answers as the closure says.
    pub fn new<F, R>(script: F) -> Self
    where
        F: Fn(ModelCall, CancellationToken) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, ModelFailure>> + Send + 'static,
    {
        Self {
            info: info(),
            script: Arc::new(move |call, cancel| Box::pin(script(call, cancel))),
            asked: Arc::default(),
        }
    }

    /// Makes a model that gives these answers, one after the other, by how often it has answered in the
    /// conversation: asked once more after a crash it says the same.
    pub fn saying(answers: Vec<Vec<Part>>) -> Self {
        Self::new(move |call, _| {
            let answer = answers.get(turn(&call.request)).cloned();
            async move {
                let parts = answer.unwrap_or_else(|| vec![Part::text("I have nothing to say.")]);
                Ok(reply(parts))
            }
        })
    }

    /// Changes what is known of the model.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut ModelInfo)) -> Self {
        change(&mut self.info);
        self
    }

    /// Tells how often the model was asked.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Models for ScriptedModels {
    fn list(&self) -> Vec<ModelInfo> {
        vec![self.info.clone()]
    }

    async fn call(
        &self,
        call: ModelCall,
        cancel: CancellationToken,
        on_delta: Option<OnDelta>,
    ) -> Result<Reply, ModelFailure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let reply = (self.script)(call, cancel).await?;
        if let Some(on_delta) = on_delta {
            on_delta(Delta::Text(reply.text()));
        }
        Ok(reply)
    }
}

/// What is known of the scripted model: a token that is read costs a micro-dollar, one that is
/// produced ten.
fn info() -> ModelInfo {
    let model = "fake/one".parse();
    #[expect(clippy::expect_used, reason = "the text is a model's id")]
    let id = model.expect("an id");
    ModelInfo {
        id,
        context: 100_000,
        max_output: 4_000,
        price: Price {
            input: MicroUsd::new(1_000_000),
            output: MicroUsd::new(10_000_000),
            cache_read: MicroUsd::new(100_000),
            cache_write: MicroUsd::new(1_000_000),
        },
        privacy: Privacy::Cloud,
        tools: true,
        schema: true,
        images: false,
        thinking: false,
        quality: [(Kind::Code, 700)].into(),
        typical: Millis::from_secs(2),
    }
}

/// Counts how often the model has answered in a conversation.
pub fn turn(request: &Request) -> usize {
    let answers = request.messages.iter();
    answers
        .filter(|message| message.role == Role::Assistant)
        .count()
}

/// Makes an answer that is whole.
pub fn reply(parts: Vec<Part>) -> Reply {
    let calls = parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    Reply {
        parts,
        stop: if calls { Stop::Tools } else { Stop::End },
        usage: Usage {
            input: 1_000,
            output: 50,
            ..Usage::default()
        },
        model: "one".to_owned(),
        request_id: None,
    }
}

/// Makes a wish to call a tool.
pub fn call(id: &str, name: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments,
        seal: None,
    })
}
