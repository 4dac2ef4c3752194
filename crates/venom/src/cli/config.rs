//! `venom config`: settings and where they come from.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::Context;
use crate::config::key::Key;
use crate::config::{edit, file};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

/// Show and change settings
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show all settings that are in force
    Show {
        /// Also say where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Print the value of a key
    Get {
        /// The key, such as `run.timeout`
        key: String,
    },
    /// Set a key in the user's file; comments in it stay
    Set {
        /// The key, such as `run.timeout`
        key: String,
        /// The value
        value: String,
    },
    /// Print where files are kept
    Path,
    /// Print the JSON Schema of the configuration file
    Schema,
}

pub(super) fn run(context: &Context, args: &ConfigArgs) -> CliResult {
    match &args.what {
        What::Show { origin } => show(context, *origin)?,
        What::Get { key } => get(context, find(key)?)?,
        What::Set { key, value } => set(context, find(key)?, value)?,
        What::Path => path(context)?,
        What::Schema => context.out.data(&pretty(&schema())),
    }
    Ok(Exit::Ok)
}

fn find(name: &str) -> Result<Key, CliError> {
    Key::find(name).ok_or_else(|| {
        let hint = match file::nearest(name) {
            Some(key) => format!("did you mean `{key}`?"),
            None => "see all keys with `venom config show`".to_owned(),
        };
        CliError::new(
            Exit::Config,
            format!("there is no key `{}`", clean::short(name, 80)),
        )
        .code("no-such-key")
        .hint(hint)
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "(none)".to_owned(),
        other => other.to_string(),
    }
}

fn show(context: &Context, with_origin: bool) -> Result<(), CliError> {
    let settings = context.settings()?;
    if context.out.form != Form::Text {
        let keys: serde_json::Map<String, Value> = Key::ALL
            .iter()
            .map(|key| {
                let (value, origin) = settings.get(*key);
                let entry = json!({"value": value, "origin": origin.to_string()});
                (key.name().to_owned(), entry)
            })
            .collect();
        context.out.document("config", json!({ "settings": keys }));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = Key::ALL
        .iter()
        .map(|key| {
            let (value, origin) = settings.get(*key);
            let mut row = vec![key.name().to_owned(), clean::line(&shown(&value))];
            if with_origin {
                row.push(clean::line(&origin.to_string()));
            }
            row
        })
        .collect();
    let head: &[&str] = if with_origin {
        &["KEY", "VALUE", "FROM"]
    } else {
        &["KEY", "VALUE"]
    };
    context.out.data(&table(head, &rows));
    Ok(())
}

fn get(context: &Context, key: Key) -> Result<(), CliError> {
    let settings = context.settings()?;
    let (value, origin) = settings.get(key);
    if context.out.form == Form::Text {
        context.out.data(&clean::line(&shown(&value)));
    } else {
        context.out.document(
            "config-value",
            json!({"key": key.name(), "value": value, "origin": origin.to_string()}),
        );
    }
    Ok(())
}

fn set(context: &Context, key: Key, value: &str) -> Result<(), CliError> {
    key.check(value).map_err(|why| {
        CliError::new(Exit::Config, format!("`{key}` cannot be set: {why}")).hint(format!(
            "{}, for example {}",
            key.kind(),
            key.example()
        ))
    })?;
    let path = context.paths()?.user_config();
    let before = file::read(&path)?.unwrap_or_default();
    file::parse(&before, &path)?;
    let after = edit::set(&before, key, value.trim());
    // What was written must say what was meant; a form that the edit does not know is left alone.
    let understood = file::parse(&after, &path)
        .ok()
        .and_then(|file| file.text_of(key));
    if understood.as_deref() != Some(value.trim()) {
        return Err(CliError::new(
            Exit::Config,
            format!(
                "{} is written in a form that cannot be edited line by line",
                path.display()
            ),
        )
        .hint(format!("set `{key}` in it by hand")));
    }
    write(&path, &after).map_err(|error| {
        CliError::new(
            Exit::Config,
            format!("cannot write {}: {error}", path.display()),
        )
    })?;
    context.out.talk(&format!(
        "set {key} to {} in {}",
        clean::line(value),
        path.display()
    ));
    if context.out.form != Form::Text {
        context.out.document(
            "config-value",
            json!({"key": key.name(), "value": value.trim(), "path": path}),
        );
    }
    Ok(())
}

/// Replaces a file in one move, so that a crash leaves the old or the new one.
pub(super) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mode = std::fs::metadata(path).map_or(0o600, |old| old.permissions().mode() & 0o7777);
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // A link to a file that is kept elsewhere stays a link.
    let target = path.canonicalize().unwrap_or_else(|_new| path.to_owned());
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

fn path(context: &Context) -> Result<(), CliError> {
    let paths = context.paths()?;
    let project = crate::config::paths::Paths::project_config(&context.folder);
    let all = [
        ("home", paths.home().to_owned()),
        ("config", paths.user_config()),
        ("project", project),
        ("playbooks", paths.user_playbooks()),
        ("data", paths.data()),
        ("copies", paths.copies()),
        ("logs", paths.logs()),
    ];
    if context.out.form == Form::Text {
        let rows: Vec<Vec<String>> = all
            .iter()
            .map(|(name, path)| vec![(*name).to_owned(), path.display().to_string()])
            .collect();
        context.out.data(&table(&["WHAT", "WHERE"], &rows));
    } else {
        let all: std::collections::BTreeMap<_, _> = all.into_iter().collect();
        context.out.document("paths", all);
    }
    Ok(())
}

/// Returns the JSON Schema of the configuration file.
pub(super) fn schema() -> Value {
    let mut sections: serde_json::Map<String, Value> = serde_json::Map::new();
    for key in Key::ALL {
        let (section, name) = key.parts();
        if name.is_empty() {
            sections.insert(section.to_owned(), key.schema());
            continue;
        }
        let section = sections.entry(section).or_insert_with(
            || json!({"type": "object", "additionalProperties": false, "properties": {}}),
        );
        if let Some(properties) = section.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(name.to_owned(), key.schema());
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "VENOM configuration",
        "description": "The file `config.yaml` of a user or, in `.venom`, of a project.",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
