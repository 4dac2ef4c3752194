//! `venom models test`: one real call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_exec::os::OsEntropy;
use venom_kernel::model::{Delta, Message, ModelId, ModelInfo, Reply, Request, Stop};
use venom_kernel::time::Millis;
use venom_models::Providers;
use venom_ports::FailureKind;
use venom_ports::entropy::Entropy as _;
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};

use super::super::attend::{Caught, Signals};
use super::super::context::Context;
use super::id;
use crate::config::duration;
use crate::config::provider::{Description, Providers as Described};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::{self, Wired};

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The model, as `PROVIDER/NAME`
    #[arg(value_name = "MODEL")]
    model: String,
    /// What it is asked
    #[arg(
        long,
        short,
        value_name = "TEXT",
        default_value = "Answer with the word: ready"
    )]
    prompt: String,
    /// The most tokens of the answer
    #[arg(long, value_name = "TOKENS", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// Longest time, such as `30s`
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    timeout: Millis,
}

pub(super) fn run(context: &Context, args: &TestArgs) -> CliResult {
    let model = id(&args.model)?;
    context.with_engine(async |wired| {
        let made = reach(context, wired, &model)?;
        test(context, args, &made, &model).await
    })
}

/// Returns the models of the configuration; with the model's provider at its usual place, if it is one
/// that is known by its name and the configuration does not describe it. Whoever names a model here wants
/// it called.
pub(super) fn reach(
    context: &Context,
    wired: &Wired,
    model: &ModelId,
) -> Result<Arc<Providers>, CliError> {
    let settings = context.settings()?;
    let name = model.provider();
    if settings.providers.value.contains_key(name) || name.parse::<venom_models::Dialect>().is_err()
    {
        return Ok(Arc::clone(&wired.models));
    }
    let described: Described = [(name.to_owned(), Description::usual(name))].into();
    let made = wire::models(
        &context.env,
        &described,
        wire::catalogue(&context.paths()?)?,
        Arc::clone(&wired.secrets),
    )?;
    Ok(Arc::new(made))
}

async fn test(
    context: &Context,
    args: &TestArgs,
    models: &Providers,
    model: &ModelId,
) -> CliResult {
    let info = models.info(model)?;
    let request = Request {
        messages: vec![Message::user(args.prompt.clone())],
        max_tokens: args.max_tokens.min(info.max_output),
        ..Request::default()
    };
    let begun = Instant::now();
    let first: Arc<std::sync::OnceLock<u64>> = Arc::default();
    let on_delta: OnDelta = {
        let first = Arc::clone(&first);
        Arc::new(move |_delta: Delta| {
            first.get_or_init(|| millis(begun));
        })
    };
    let ended = attended(models, call(model, request, args.timeout), Some(on_delta)).await?;
    let took = millis(begun);
    let reply = ended.map_err(failed)?;
    let cost = info.price.of(reply.usage);
    if context.out.form != Form::Text {
        context.out.document(
            "model-test",
            json!({
                "model": model,
                "answered_as": reply.model,
                "text": reply.text(),
                "stop": reply.stop,
                "usage": reply.usage,
                "cost_micro_usd": cost.micros(),
                "first_ms": first.get(),
                "took_ms": took,
                "request": reply.request_id,
            }),
        );
    } else {
        shown(context, &reply, &info);
        let usage = reply.usage;
        context.out.talk(&format!(
            "{} tokens read, {} produced, {}; first word after {}, whole after {}",
            usage.prompt(),
            usage.output,
            if cost == venom_kernel::money::MicroUsd::ZERO {
                "for nothing".to_owned()
            } else {
                format!("for {cost}")
            },
            first.get().map_or_else(
                || "none".to_owned(),
                |first| Millis::new(*first).to_string()
            ),
            Millis::new(took),
        ));
        if let Some(request) = &reply.request_id {
            context.out.talk(&format!(
                "the provider calls this call {}",
                clean::line(request)
            ));
        }
    }
    Ok(if reply.stop == Stop::Context {
        Exit::Failed
    } else {
        Exit::Ok
    })
}

fn shown(context: &Context, reply: &Reply, info: &ModelInfo) {
    let text = reply.text();
    if text.trim().is_empty() {
        context.out.warning("the answer holds no text");
    } else {
        context.out.data(&clean::block(&text));
    }
    match &reply.stop {
        Stop::End | Stop::Text | Stop::Tools => {}
        Stop::Length => context
            .out
            .warning("the answer was cut off: it reached its most tokens"),
        Stop::Context => context.out.warning(&format!(
            "the question does not fit the model's {} tokens",
            info.context
        )),
        Stop::Refused => context.out.warning("the model refused to answer"),
        Stop::Other(why) => context
            .out
            .warning(&format!("the answer ended with `{}`", clean::line(why))),
    }
}

/// Makes a call of the user's own.
pub(super) fn call(model: &ModelId, request: Request, within: Millis) -> ModelCall {
    ModelCall {
        model: model.clone(),
        request: Arc::new(request),
        images: BTreeMap::new(),
        key: format!("{:032x}", OsEntropy::new().random()),
        within,
    }
}

/// Calls a model until it answers or a signal comes.
pub(super) async fn attended(
    models: &dyn Models,
    call: ModelCall,
    on_delta: Option<OnDelta>,
) -> Result<Result<Reply, ModelFailure>, CliError> {
    let mut signals = Signals::listen()?;
    let cancel = CancellationToken::new();
    let mut work = std::pin::pin!(models.call(call, cancel.clone(), on_delta));
    tokio::select! {
        ended = &mut work => Ok(ended),
        caught = signals.next() => {
            cancel.cancel();
            let _stopped = work.await;
            let exit = match caught {
                Caught::Interrupt => Exit::Interrupted,
                Caught::Terminate => Exit::Terminated,
            };
            Err(CliError::new(exit, "the call was stopped"))
        }
    }
}

/// Turns the failure of a call into how the command ends.
pub(super) fn failed(failed: ModelFailure) -> CliError {
    let exit = match failed.failure.kind {
        FailureKind::TimedOut => Exit::TimedOut,
        FailureKind::Unavailable => Exit::Unavailable,
        FailureKind::Corrupt
        | FailureKind::Conflict
        | FailureKind::Missing
        | FailureKind::Refused
        | FailureKind::Retryable
        | FailureKind::Internal => Exit::Failed,
    };
    let mut failure = failed.failure;
    failure.hint.get_or_insert_with(|| {
        "`venom models show MODEL` says what is known about it; docs/models.md how to configure a provider".to_owned()
    });
    let message = clean::line(&failure.message);
    CliError {
        exit,
        message,
        ..CliError::from(failure)
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A value of a document that may be missing.
pub(super) fn or_null<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}
