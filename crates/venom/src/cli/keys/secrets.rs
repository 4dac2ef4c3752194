//! Secrets of commands: stored, listed, checked, forgotten. No value is ever shown.

use clap::Args;
use serde_json::json;
use venom_ports::secret::{SecretInfo, Secrets};

use super::super::context::Context;
use super::super::hidden;
use crate::config::provider::Providers;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

/// What the way out of the sandbox can put into a request, in bytes.
const USABLE: std::ops::RangeInclusive<usize> = 8..=8 * 1_024;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The name of the secret: letters, digits, dashes and underscores
    #[arg(value_name = "NAME")]
    name: String,
    /// A host that the value may go to, as `host` or `host:port`; can be given more than once
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Store the name of a variable that holds the value, and not the value
    #[arg(long, value_name = "VARIABLE")]
    env: Option<String>,
}

pub(super) fn set(context: &Context, args: &SetArgs) -> CliResult {
    for host in &args.hosts {
        venom_exec::sandbox::check_secret_host(host)
            .map_err(|why| CliError::usage(format!("`--host` cannot be used: {why}")))?;
    }
    let value = match &args.env {
        Some(_) => None,
        None => Some(hidden::value(context, "Value: ")?),
    };
    context.with_engine(async |wired| {
        let secrets: &dyn Secrets = &*wired.secrets;
        match (&args.env, &value) {
            (Some(variable), _) => secrets.set_variable(&args.name, variable, &args.hosts)?,
            (None, Some(value)) => secrets.set(&args.name, value.as_bytes(), &args.hosts)?,
            (None, None) => return Err(CliError::usage("there is no value")),
        }
        if args.hosts.is_empty() {
            context.out.talk(&format!(
                "stored {}; the configuration says which hosts get it",
                args.name
            ));
        } else {
            context.out.talk(&format!(
                "stored {} for {}",
                args.name,
                clean::line(&args.hosts.join(", "))
            ));
        }
        Ok(Exit::Ok)
    })
}

pub(super) fn list(context: &Context) -> CliResult {
    context.with_engine(async |wired| {
        let list = wired.secrets.list()?;
        if context.out.form != Form::Text {
            let list: Vec<_> = list.iter().map(document).collect();
            context.out.document("secrets", json!({"secrets": list}));
            return Ok(Exit::Ok);
        }
        if list.is_empty() {
            context
                .out
                .talk("no secrets are stored; store one: venom keys set NAME");
            return Ok(Exit::Ok);
        }
        let lines: Vec<Vec<String>> = list
            .iter()
            .map(|info| {
                vec![
                    info.name.clone(),
                    info.source.to_string(),
                    if info.hosts.is_empty() {
                        "any in the configuration".to_owned()
                    } else {
                        clean::line(&info.hosts.join(", "))
                    },
                ]
            })
            .collect();
        context
            .out
            .data(&table(&["NAME", "SOURCE", "HOSTS"], &lines));
        Ok(Exit::Ok)
    })
}

fn document(info: &SecretInfo) -> serde_json::Value {
    json!({"name": info.name, "source": info.source.to_string(), "hosts": info.hosts})
}

pub(super) fn test(context: &Context, name: &str) -> CliResult {
    let settings = context.settings()?.sandbox.clone();
    let providers = users_of(name, &context.settings()?.providers.value);
    context.with_engine(async |wired| {
        let (value, info) = wired.secrets.get(name)?;
        let mut problems = Vec::new();
        match std::str::from_utf8(&value) {
            Ok(text) => {
                let text = text.trim_end_matches(['\r', '\n']);
                if !USABLE.contains(&text.len()) {
                    problems.push(format!(
                        "commands cannot use it: a value has {} to {} bytes",
                        USABLE.start(),
                        USABLE.end()
                    ));
                }
                if text.chars().any(char::is_control) {
                    problems.push("commands cannot use it: it holds control characters".to_owned());
                }
            }
            Err(_binary) => problems.push("commands cannot use it: it is not text".to_owned()),
        }
        let mut used_as = Vec::new();
        for (variable, asked) in &settings.secrets.value {
            if asked.key == name {
                used_as.push(variable.clone());
            }
        }
        if context.out.form == Form::Text {
            context
                .out
                .data(&format!("{} is readable, from {}", info.name, info.source));
            if !providers.is_empty() {
                context.out.data(&format!(
                    "the key of the provider {}",
                    clean::line(&providers.join(", "))
                ));
            }
            if used_as.is_empty() && providers.is_empty() {
                context.out.talk(
                    "no command gets it: `sandbox.secrets` in the configuration does not name it",
                );
            } else if !used_as.is_empty() {
                context
                    .out
                    .data(&format!("commands get it as {}", used_as.join(", ")));
            }
            for problem in &problems {
                context.out.warning(problem);
            }
        } else {
            let mut document = document(&info);
            if let Some(document) = document.as_object_mut() {
                document.insert("variables".to_owned(), used_as.into());
                document.insert("providers".to_owned(), providers.into());
                document.insert("problems".to_owned(), problems.clone().into());
            }
            context.out.document("secret", document);
        }
        Ok(if problems.is_empty() {
            Exit::Ok
        } else {
            Exit::Failed
        })
    })
}

/// Lists the providers of models that a secret is the key of: those that say so, and the one of its name
/// if that says nothing.
fn users_of(secret: &str, providers: &Providers) -> Vec<String> {
    let named = format!("secret:{secret}");
    providers
        .iter()
        .filter(|(name, provider)| match &provider.key {
            Some(key) => *key == named,
            None => *name == secret,
        })
        .map(|(name, _)| name.clone())
        .collect()
}

pub(super) fn remove(context: &Context, name: &str) -> CliResult {
    context.with_engine(async |wired| {
        if wired.secrets.remove(name)? {
            context.out.talk(&format!("forgot {}", clean::line(name)));
            return Ok(Exit::Ok);
        }
        Err(CliError::new(
            Exit::Failed,
            format!("there is no secret {}", clean::line(name)),
        )
        .code("missing")
        .hint("`venom keys list` names them"))
    })
}
