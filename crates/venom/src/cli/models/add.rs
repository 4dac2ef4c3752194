//! `venom models add`: a provider in the configuration, and a model that was seen at work.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use venom_kernel::model::{Choice, Message, ModelId, Privacy, Request, Tool};
use venom_kernel::time::Millis;
use venom_models::catalogue::{Catalogue, Entry};
use venom_models::{Dialect, Providers};
use venom_ports::FailureKind;

use super::super::context::Context;
use super::trial::{attended, call, failed, or_null};
use super::{abilities, id, thousands};
use crate::cli::config::write;
use crate::config::file;
use crate::config::provider::{Description, Providers as Described};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire;

/// How long one question of the probe may take. Chosen: a small machine that loads the model first.
const PATIENCE: Millis = Millis::from_secs(180);
/// The most tokens of an answer to a question of the probe.
const MOST: u32 = 200;

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The model, as `PROVIDER/NAME`
    #[arg(value_name = "MODEL")]
    model: String,
    /// What the provider speaks; the provider's name, if that is a kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Where the provider is, such as `http://127.0.0.1:8080/v1`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where its key is: `secret:NAME`, `env:NAME` or `file:/PATH`
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Add it without calling it
    #[arg(long)]
    unseen: bool,
}

pub(super) fn run(context: &Context, args: &AddArgs) -> CliResult {
    let model = id(&args.model)?;
    let path = context.paths()?.user_config();
    let mut described = context.settings()?.providers.value.clone();
    let is_new = !described.contains_key(model.provider());
    if is_new {
        described.insert(model.provider().to_owned(), description(args, &model)?);
    } else if args.kind.is_some() || args.url.is_some() || args.key.is_some() {
        return Err(CliError::usage(format!(
            "the provider `{}` is described already",
            model.provider()
        ))
        .hint(format!("edit `providers` in {}", path.display())));
    }
    crate::config::provider::providers(&described)
        .map_err(|why| CliError::new(Exit::Config, clean::line(&why)))?;
    context.with_engine(async |wired| {
        let models = wire::models(
            &context.env,
            &described,
            believing(wire::catalogue(&context.paths()?)?, &model)?,
            Arc::clone(&wired.secrets),
        )?;
        let entry = if args.unseen {
            Entry {
                provider: model.provider().to_owned(),
                name: model.name().to_owned(),
                ..Entry::default()
            }
        } else {
            probe(context, &models, &model).await?
        };
        if is_new {
            let description = described.get(model.provider());
            add_provider(&path, model.provider(), description)?;
            context.out.talk(&format!(
                "the provider `{}` is in {}",
                model.provider(),
                path.display()
            ));
        }
        let book = context.paths()?.user_models();
        add_entry(&book, &entry)?;
        context
            .out
            .talk(&format!("{model} is in {}", book.display()));
        if context.out.form != Form::Text {
            context.out.document(
                "model-added",
                json!({
                    "model": model,
                    "context": or_null(entry.context),
                    "tools": or_null(entry.tools),
                    "schema": or_null(entry.schema),
                    "typical_ms": or_null(entry.typical_ms),
                }),
            );
        }
        Ok(Exit::Ok)
    })
}

/// Returns a catalogue by which the model calls tools and keeps to schemas: only who is asked in earnest shows
/// whether it can.
fn believing(mut catalogue: Catalogue, model: &ModelId) -> Result<Catalogue, CliError> {
    let entry = Entry {
        provider: model.provider().to_owned(),
        name: model.name().to_owned(),
        tools: Some(true),
        schema: Some(true),
        ..Entry::default()
    };
    catalogue
        .lay(&json!({ "models": [entry] }).to_string())
        .map_err(|why| CliError::new(Exit::Failed, why))?;
    Ok(catalogue)
}

/// Describes a provider that is not in the configuration.
fn description(args: &AddArgs, model: &ModelId) -> Result<Description, CliError> {
    let name = model.provider();
    let kind = args.kind.as_deref().unwrap_or(name);
    let kind = kind.parse::<Dialect>().map_err(|why| {
        CliError::usage(format!(
            "nothing is known about the provider `{name}`: {why}"
        ))
        .hint("say what it speaks and where it is: --kind openai --url http://127.0.0.1:8080/v1")
    })?;
    Ok(Description {
        url: args.url.clone(),
        key: args.key.clone(),
        ..Description::usual(kind.name())
    })
}

/// Sees what a model can do: whether it answers, how fast, whether it calls tools, and whether it keeps
/// to a schema.
async fn probe(context: &Context, models: &Providers, model: &ModelId) -> Result<Entry, CliError> {
    let info = models.info(model)?;
    let served = match models.served(model.provider()).await {
        Ok(served) => served,
        Err(failure) => {
            context.out.warning(&format!(
                "its models cannot be listed: {}",
                clean::line(&failure.message)
            ));
            Vec::new()
        }
    };
    let found = served.iter().find(|served| {
        served.name == model.name() || served.name.strip_suffix(":latest") == Some(model.name())
    });
    if found.is_none() && !served.is_empty() {
        context.out.warning(&format!(
            "the provider does not list {}; it lists {} others",
            clean::line(model.name()),
            served.len()
        ));
    }
    let request = |text: &str| Request {
        messages: vec![Message::user(text)],
        max_tokens: MOST.min(info.max_output),
        ..Request::default()
    };
    context.out.talk(&format!("calling {model}"));
    let begun = Instant::now();
    let plain = request("Answer with one short sentence: what is a log file?");
    let reply = attended(models, call(model, plain, PATIENCE), None)
        .await?
        .map_err(failed)?;
    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Time grows with what is produced; a typical answer has 500 tokens.
    let typical = took
        .saturating_mul(500)
        .checked_div(reply.usage.output.max(1))
        .unwrap_or(took)
        .max(took);
    let with_tool = Request {
        tools: vec![Tool {
            name: "read_file".to_owned(),
            description: "Reads a file and returns its text.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {"path": {"type": "string", "description": "The file."}},
                "required": ["path"],
            }),
        }],
        choice: Choice::Auto,
        ..request("Read the file notes.txt. Use the tool.")
    };
    let tools = tried(context, models, model, with_tool, |reply| {
        reply.calls().any(|call| {
            call.name == "read_file" && call.arguments.get("path").is_some_and(|p| p.is_string())
        })
    })
    .await?;
    let with_schema = Request {
        output: Some(json!({
            "type": "object",
            "properties": {"colour": {"type": "string"}, "number": {"type": "integer"}},
            "required": ["colour", "number"],
            "additionalProperties": false,
        })),
        ..request("Name a colour and a number from one to ten.")
    };
    let schema = tried(context, models, model, with_schema, |reply| {
        serde_json::from_str::<serde_json::Value>(reply.text().trim()).is_ok_and(|value| {
            value.get("colour").is_some_and(|colour| colour.is_string())
                && value.get("number").is_some_and(serde_json::Value::is_i64)
        })
    })
    .await?;
    let context_size = found.and_then(|served| served.context);
    let entry = Entry {
        provider: model.provider().to_owned(),
        name: model.name().to_owned(),
        context: context_size,
        tools: Some(tools),
        schema: Some(schema),
        typical_ms: (info.privacy == Privacy::Local).then_some(typical),
        ..Entry::default()
    };
    let seen = venom_kernel::model::ModelInfo {
        tools,
        schema,
        context: context_size.unwrap_or(info.context),
        ..info
    };
    context.out.talk(&format!(
        "it answered in {}, and can: {}; its context is taken for {} tokens",
        Millis::new(took),
        abilities(&seen),
        thousands(seen.context)
    ));
    Ok(entry)
}

/// Tells whether an answer is as wanted. A refusal to even try counts as no.
async fn tried(
    context: &Context,
    models: &Providers,
    model: &ModelId,
    request: Request,
    fits: impl Fn(&venom_kernel::model::Reply) -> bool,
) -> Result<bool, CliError> {
    match attended(models, call(model, request, PATIENCE), None).await? {
        Ok(reply) => Ok(reply.stop.is_whole() && fits(&reply)),
        Err(failure) => match failure.failure.kind {
            FailureKind::Refused | FailureKind::Corrupt | FailureKind::Retryable => {
                let why = clean::line(&failure.failure.message);
                context.out.warning(&format!("counted as not able: {why}"));
                Ok(false)
            }
            FailureKind::TimedOut
            | FailureKind::Unavailable
            | FailureKind::Conflict
            | FailureKind::Missing
            | FailureKind::Internal => Err(failed(failure)),
        },
    }
}

/// Puts a provider into the user's file, below `providers:`. What is written is read back before it is
/// kept.
fn add_provider(
    path: &Path,
    name: &str,
    description: Option<&Description>,
) -> Result<(), CliError> {
    let before = file::read(path)?.unwrap_or_default();
    let value = serde_json::to_string(&description)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let entry = format!("  {}: {value}", json!(name));
    let mut lines: Vec<&str> = before.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.trim_end() == "providers:");
    match at {
        Some(at) => lines.insert(at + 1, &entry),
        None => lines.extend(["providers:", &entry]),
    }
    let mut after = lines.join("\n");
    after.push('\n');
    let understood: Option<Described> = file::parse(&after, path)
        .ok()
        .and_then(|file| file.providers().cloned());
    if understood.as_ref().and_then(|all| all.get(name)) != description {
        return Err(CliError::new(
            Exit::Config,
            format!(
                "{} is written in a form that cannot be edited line by line",
                path.display()
            ),
        )
        .hint(format!("add below `providers:` by hand: {}", entry.trim())));
    }
    write(path, &after).map_err(|error| unwritable(path, &error))
}

/// Puts an entry into the user's file of models; one that was put there before is replaced.
fn add_entry(path: &Path, entry: &Entry) -> Result<(), CliError> {
    let before = file::read(path)?.unwrap_or_else(|| {
        "# What is known about models here, laid over what VENOM knows. docs/models.md says what may stand in it.\n".to_owned()
    });
    let value = serde_json::to_string(entry)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let ours = format!(
        "  - {{\"provider\":{},\"name\":{},",
        json!(entry.provider),
        json!(entry.name)
    );
    let bare = format!("{}}}", ours.trim_end_matches(','));
    let line = format!("  - {value}");
    let mut lines: Vec<&str> = before.lines().collect();
    if let Some(old) = lines
        .iter_mut()
        .find(|old| old.starts_with(&ours) || **old == bare)
    {
        *old = &line;
    } else if let Some(at) = lines.iter().position(|line| line.trim_end() == "models:") {
        // Behind the entries that are there, so that it is laid over them.
        let end = lines
            .iter()
            .skip(at + 1)
            .position(|line| line.starts_with(|c: char| c.is_alphabetic()))
            .map_or(lines.len(), |count| at + 1 + count);
        lines.insert(end, &line);
    } else {
        lines.extend(["models:", &line]);
    }
    let mut after = lines.join("\n");
    after.push('\n');
    let mut catalogue = Catalogue::shipped().map_err(|why| CliError::new(Exit::Failed, why))?;
    catalogue.lay(&after).map_err(|why| {
        CliError::new(
            Exit::Config,
            format!("{} cannot be edited line by line: {why}", path.display()),
        )
        .hint(format!("add below `models:` by hand: {}", line.trim()))
    })?;
    write(path, &after).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        Exit::Config,
        format!("cannot write {}: {error}", path.display()),
    )
    .hint("set VENOM_HOME to a folder that can be written")
}
