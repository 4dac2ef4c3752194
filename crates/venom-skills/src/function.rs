//! The `function` skill: functions that run elsewhere, called by the names of the configuration.
//!
//! Whether a call can be repeated is the function's affair and not the action's, so there are two
//! actions: `invoke` calls any function and counts as something that cannot be taken back; `query`
//! calls only those that the configuration declares idempotent, and anything in a dry run. Both give
//! the function the key of the step, which is the same after a crash.
//!
//! Times, request ids and logs differ from call to call; they are shown while the step runs and are no
//! part of the result.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::effect::{EffectClass, Probed};
use venom_kernel::redact::Redactor;
use venom_kernel::skill::{ActionManifest, Reach, SkillManifest};
use venom_kernel::time::Millis;
use venom_ports::function::{Answer, FunctionInfo, Functions, Invocation, LogTail, Mode};
use venom_ports::skill::{Call, Output, Skill, SkillContext};
use venom_ports::{Failure, Result};

use crate::bounded;
use crate::params::{self, missing, refused, unknown_action};
use crate::schema;

/// The longest call: Lambda's 15 minutes, and the time to say so.
const LONGEST: Millis = Millis::from_secs(15 * 60 + 30);
/// Lines of a function's log that are shown.
const LOG_LINES: usize = 40;

/// Calls functions that run elsewhere.
pub struct FunctionSkill {
    functions: Arc<dyn Functions>,
}

impl FunctionSkill {
    /// Makes the skill over these functions.
    pub fn new(functions: Arc<dyn Functions>) -> Self {
        Self { functions }
    }

    fn find(&self, name: &str) -> Result<FunctionInfo> {
        let mut all = self.functions.list();
        if let Some(place) = all.iter().position(|info| info.name == name) {
            return Ok(all.swap_remove(place));
        }
        let known: Vec<&str> = all.iter().map(|info| info.name.as_str()).collect();
        let hint = if known.is_empty() {
            "describe it under `functions:` in the configuration".to_owned()
        } else {
            format!("there are: {}", bounded::line(&known.join(", "), 300))
        };
        let name = bounded::line(name, 80);
        Err(missing(format!("there is no function `{name}`")).with_hint(hint))
    }

    async fn invoke(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        let given: Params = params::read(call)?;
        let mode = given.mode.unwrap_or(Named::Sync).mode();
        let payload = given.payload()?;
        let info = self.find(&given.function)?;
        if call.action == "query" && !info.is_idempotent && mode != Mode::DryRun {
            return Err(refused(format!(
                "`{}` is not declared idempotent, so it is not called without asking",
                info.name
            ))
            .with_hint(format!(
                "use `function.invoke`, or say `idempotent: true` under `functions.{}` if it may be repeated",
                info.name
            )));
        }
        let invocation = Invocation {
            function: info.name.clone(),
            payload,
            mode,
            key: context.key.clone(),
            within: None,
            tail: LogTail::Wanted,
            traceparent: None,
        };
        let answer = self
            .functions
            .invoke(invocation, context.cancel.clone())
            .await?;
        show_log(&answer, context);
        if answer.error.is_some() {
            return Err(failed(&info.name, &answer.payload));
        }
        Ok(schema::output(json!({
            "function": info.name,
            "mode": mode.name(),
            "status": answer.status,
            "payload": answer.payload,
            "text": said(&info.name, mode, &answer.payload),
        })))
    }

    fn list(&self, call: &Call) -> Result<Output> {
        params::Given::of(call)?.done()?;
        let all = self.functions.list();
        let functions: Vec<Value> = all
            .iter()
            .map(|info| {
                json!({
                    "name": info.name,
                    "kind": info.kind,
                    "description": info.description,
                    "idempotent": info.is_idempotent,
                    "modes": info.modes.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
                })
            })
            .collect();
        let lines: Vec<String> = all
            .iter()
            .map(|info| {
                let about = info.description.as_deref().unwrap_or("no description");
                format!("{}: {}", info.name, bounded::line(about, 200))
            })
            .collect();
        let text = if lines.is_empty() {
            "No functions are configured.".to_owned()
        } else {
            bounded::cut(&lines.join("\n"), bounded::TEXT)
        };
        Ok(schema::output(
            json!({"functions": functions, "text": text}),
        ))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    function: String,
    #[serde(default)]
    payload: Value,
    json: Option<String>,
    mode: Option<Named>,
}

/// A mode as it is named in parameters.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Named {
    Sync,
    Async,
    DryRun,
}

impl Named {
    const fn mode(self) -> Mode {
        match self {
            Self::Sync => Mode::Sync,
            Self::Async => Mode::Async,
            Self::DryRun => Mode::DryRun,
        }
    }
}

impl Params {
    fn payload(&self) -> Result<Value> {
        match &self.json {
            None => Ok(self.payload.clone()),
            Some(_) if !self.payload.is_null() => {
                Err(refused("give either `payload` or `json`, not both"))
            }
            Some(text) => serde_json::from_str(text).map_err(|error| {
                refused(format!(
                    "the payload is not JSON: {}",
                    bounded::line(&error.to_string(), 200)
                ))
                .with_hint("JSON looks like {\"width\": 100}; texts in it stand in quotation marks")
            }),
        }
    }
}

/// Shows what the platform says about the call while the step runs.
fn show_log(answer: &Answer, context: &SkillContext) {
    let redactor = Redactor::default();
    let log = answer.log.as_deref().unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(LOG_LINES);
    for line in lines.iter().skip(from) {
        (context.on_line)(&redactor.redact(line));
    }
}

/// Turns a function's own error into the failure of the step.
fn failed(name: &str, payload: &Value) -> Failure {
    let text = |key: &str| payload.get(key).and_then(Value::as_str);
    let said = match (text("errorType"), text("errorMessage")) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (None, Some(message)) => message.to_owned(),
        (_, None) => payload.to_string(),
    };
    let said = Redactor::default().redact(&bounded::line(&said, 500));
    refused(format!("the function `{name}` ran and failed: {said}"))
        .with_hint("its log at the platform says more")
}

fn said(name: &str, mode: Mode, payload: &Value) -> String {
    let said = match mode {
        Mode::Sync if payload.is_null() => format!("`{name}` answered nothing."),
        Mode::Sync => {
            let answer = serde_json::to_string_pretty(payload).unwrap_or_default();
            format!("`{name}` answered:\n{answer}")
        }
        Mode::Async => format!("`{name}` was queued; nobody waits for its answer."),
        Mode::DryRun => format!("`{name}` could be called; it was not."),
    };
    bounded::cut(&said, bounded::TEXT)
}

fn anything(description: &str) -> Value {
    json!({
        "type": ["null", "boolean", "integer", "number", "string", "array", "object"],
        "description": description,
    })
}

#[async_trait]
impl Skill for FunctionSkill {
    fn manifest(&self) -> SkillManifest {
        let call = |summary: &str, class: EffectClass| {
            let modes = Mode::ALL.map(Mode::name);
            let params = schema::object()
                .must(
                    "function",
                    schema::text("The function's name in the configuration."),
                )
                .may("payload", anything("What the function is given; any JSON."))
                .may(
                    "json",
                    schema::text(
                        "The same as the text of a JSON document; give this or `payload`.",
                    ),
                )
                .may(
                    "mode",
                    schema::choice(
                        &modes,
                        "Whether the answer is waited for; it is if nothing is said.",
                    ),
                );
            let result = schema::object()
                .must("function", schema::text("The function that was called."))
                .must("mode", schema::choice(&modes, "How it was called."))
                .must(
                    "status",
                    schema::or_null(schema::number(
                        "The platform's status; null if nothing was sent.",
                    )),
                )
                .must(
                    "payload",
                    anything(
                        "What the function gave; null if it gave nothing or was not waited for.",
                    ),
                )
                .text();
            ActionManifest {
                reach: Reach::Outbound,
                timeout: LONGEST,
                typical: Millis::from_secs(2),
                ..schema::action(summary, class, params, result)
            }
        };
        let listed = schema::object()
            .must("name", schema::text("The name."))
            .must("kind", schema::text("The kind of platform."))
            .must(
                "description",
                schema::or_null(schema::text("What it does.")),
            )
            .must("idempotent", schema::flag("Whether it may be repeated."))
            .must("modes", schema::texts("How it can be called."))
            .about("A function.");
        let list = schema::action(
            "Lists the functions of the configuration.",
            EffectClass::Pure,
            schema::object(),
            schema::object()
                .must("functions", schema::list(listed, "The functions by name."))
                .text(),
        );
        SkillManifest {
            name: "function".to_owned(),
            summary: "Calls functions that run elsewhere.".to_owned(),
            actions: [
                (
                    "invoke".to_owned(),
                    call("Calls a function.", EffectClass::Irreversible),
                ),
                ("list".to_owned(), list),
                (
                    "query".to_owned(),
                    call(
                        "Calls a function that is declared idempotent.",
                        EffectClass::Idempotent,
                    ),
                ),
            ]
            .into(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "invoke" | "query" => self.invoke(call, context).await,
            "list" => self.list(call),
            other => Err(unknown_action("function", other)),
        }
    }

    async fn probe(&self, _call: &Call, context: &SkillContext) -> Result<Probed> {
        Ok(Probed::Unknown(format!(
            "only the platform knows whether the function ran; it was called with the key {}",
            context.key
        )))
    }
}
