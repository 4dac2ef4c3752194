//! What a project says about itself in `.venom/project.yaml`: commands, scripts, environments and
//! deployments. What stands there wins over everything that is found out or guessed.
//!
//! The file is read strictly. A key that nobody knows is an error with the nearest one that exists,
//! because a command that is silently not the declared one may be the wrong command.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use venom_kernel::change::RelPath;
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

use crate::bounded;
use crate::params::refused;

/// Where the file lies, from the folder of the project.
pub(crate) const PLACE: &str = ".venom/project.yaml";

/// The largest file that is read. Chosen: a page for each of a hundred commands.
const LARGEST: u64 = 256 << 10;

/// The version of the file form that this build reads.
const FORMAT: u64 = 1;

/// The longest name of a script, an environment or a variable.
const LONGEST_NAME: usize = 100;

/// The commands that can be declared.
pub(crate) const COMMANDS: [&str; 10] = [
    "audit",
    "build",
    "clean",
    "fix",
    "format",
    "format-check",
    "lint",
    "outdated",
    "test",
    "types",
];

/// Variables of one environment.
pub(crate) type Variables = BTreeMap<String, String>;

/// What a project says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    /// Scripts for `sh` by the name of what they do.
    pub(crate) commands: BTreeMap<String, String>,
    /// Scripts for `sh` by the project's own names.
    pub(crate) scripts: BTreeMap<String, String>,
    /// Environments by name.
    pub(crate) environments: BTreeMap<String, Variables>,
    /// How it is deployed, by the name of the place.
    pub(crate) deploy: BTreeMap<String, Deployment>,
}

/// How a project is deployed to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// What deploys, for `sh`.
    pub(crate) command: String,
    /// What the build must have made.
    pub(crate) artefact: Option<RelPath>,
    /// What must go well before: names of commands or scripts.
    pub(crate) needs: Vec<String>,
    /// The environment whose variables it gets.
    pub(crate) environment: Option<String>,
}

impl Declared {
    /// Reads the file of a project; a project without one says nothing.
    pub(crate) async fn of(context: &SkillContext, folder: &RelPath) -> Result<Self> {
        let place = folder
            .join(PLACE)
            .map_err(|error| refused(error.to_string()))?;
        let file = match context.files.read(&place, LARGEST).await {
            Ok(file) => file,
            Err(failure) if failure.kind == FailureKind::Missing => return Ok(Self::default()),
            Err(failure) => return Err(failure),
        };
        Self::read(&String::from_utf8_lossy(&file.bytes)).map_err(|why| {
            refused(format!("{PLACE} cannot be used: {why}"))
                .with_hint("docs/projects.md describes the file; correct it and run it again")
        })
    }

    /// Reads the text of a file.
    fn read(text: &str) -> std::result::Result<Self, String> {
        let value: Value = serde_saphyr::from_str(text).map_err(|error| {
            let place = error
                .location()
                .map(|at| format!("line {}: ", at.line()))
                .unwrap_or_default();
            let said = error.without_snippet().to_string();
            format!("{place}{}", bounded::line(&said, 300))
        })?;
        let top = map(&value, "the file")?;
        known(
            top,
            "",
            &["commands", "deploy", "environments", "scripts", "venom"],
        )?;
        if top.get("venom").and_then(Value::as_u64) != Some(FORMAT) {
            return Err(format!("it must begin with `venom: {FORMAT}`"));
        }
        let commands = texts(top, "commands")?;
        known(&commands, "commands.", &COMMANDS)?;
        let commands = scripts(&commands, "commands")?;
        let environments = part(top, "environments")?
            .iter()
            .map(|(name, value)| {
                named(name, "environments")?;
                Ok((name.clone(), variables(name, value)?))
            })
            .collect::<std::result::Result<BTreeMap<_, _>, String>>()?;
        let scripts_given = texts(top, "scripts")?;
        let mut declared = Self {
            commands,
            scripts: scripts(&scripts_given, "scripts")?,
            environments,
            deploy: BTreeMap::new(),
        };
        for (name, value) in &part(top, "deploy")? {
            named(name, "deploy")?;
            let deployment = declared.deployment(name, value)?;
            declared.deploy.insert(name.clone(), deployment);
        }
        Ok(declared)
    }

    fn deployment(&self, name: &str, value: &Value) -> std::result::Result<Deployment, String> {
        let at = format!("deploy.{name}");
        let entry = map(value, &format!("`{at}`"))?;
        known(
            entry,
            &format!("{at}."),
            &["artefact", "command", "environment", "needs"],
        )?;
        let text = |key: &str| match entry.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(format!("`{at}.{key}` must be a text")),
        };
        let command = text("command")?.ok_or_else(|| format!("`{at}.command` is missing"))?;
        let artefact = match text("artefact")? {
            Some(path) => Some(
                RelPath::new(&path)
                    .map_err(|error| format!("`{at}.artefact` is no path here: {error}"))?,
            ),
            None => None,
        };
        let needs = match entry.get("needs") {
            None | Some(Value::Null) => vec!["test".to_owned(), "build".to_owned()],
            Some(Value::Array(needs)) => needs
                .iter()
                .map(|need| {
                    let need = need
                        .as_str()
                        .ok_or_else(|| format!("`{at}.needs` must be a list of names"))?;
                    self.is_need(need).then(|| need.to_owned()).ok_or_else(|| {
                        let all: Vec<&str> = self.needs().collect();
                        format!(
                            "`{at}.needs` names `{}`, which does not exist{}",
                            short(need),
                            meant(need, &all)
                        )
                    })
                })
                .collect::<std::result::Result<_, String>>()?,
            Some(_) => return Err(format!("`{at}.needs` must be a list of names")),
        };
        let environment = match text("environment")? {
            Some(named) if !self.environments.contains_key(&named) => {
                let all: Vec<&str> = self.environments.keys().map(String::as_str).collect();
                return Err(format!(
                    "`{at}.environment` names `{}`, which does not exist{}",
                    short(&named),
                    meant(&named, &all)
                ));
            }
            Some(named) => Some(named),
            None => self
                .environments
                .contains_key(name)
                .then(|| name.to_owned()),
        };
        Ok(Deployment {
            command,
            artefact,
            needs,
            environment,
        })
    }

    fn needs(&self) -> impl Iterator<Item = &str> {
        let own = ["build", "format", "lint", "test", "types"].into_iter();
        own.chain(self.scripts.keys().map(String::as_str))
    }

    fn is_need(&self, name: &str) -> bool {
        self.needs().any(|need| need == name)
    }

    /// Returns the variables of an environment.
    pub(crate) fn environment(&self, name: &str) -> Result<&Variables> {
        let all: Vec<&str> = self.environments.keys().map(String::as_str).collect();
        self.environments.get(name).ok_or_else(|| {
            Failure::new(
                FailureKind::Missing,
                format!(
                    "the project has no environment `{}`{}",
                    short(name),
                    meant(name, &all)
                ),
            )
            .with_hint(format!(
                "name its variables under `environments` in {PLACE}"
            ))
        })
    }
}

/// Says which of several names was probably meant, to stand behind one that does not exist.
pub(crate) fn meant(said: &str, names: &[&str]) -> String {
    let nearest = names
        .iter()
        .map(|name| (distance(said, name), *name))
        .min()
        // A third of the letters may be wrong.
        .filter(|(distance, name)| *distance <= name.chars().count().div_ceil(3));
    match nearest {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None if names.is_empty() => String::new(),
        None => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("; there is {}", bounded::joined(&names, 12))
        }
    }
}

/// Counts how many letters must be put in, taken out or changed to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(LONGEST_NAME).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, c) in one.chars().take(LONGEST_NAME).enumerate() {
        let mut before = n;
        let mut left = n + 1;
        let mut next = vec![left];
        for (above, d) in row.iter().skip(1).zip(&other) {
            let changed = before + usize::from(*d != c);
            before = *above;
            left = changed.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn short(text: &str) -> String {
    bounded::line(text, 60)
}

fn map<'v>(value: &'v Value, what: &str) -> std::result::Result<&'v Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{what} must be keys with values"))
}

/// Returns a part of the file; an empty one if it is left out.
fn part(top: &Map<String, Value>, key: &str) -> std::result::Result<Map<String, Value>, String> {
    match top.get(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(value) => map(value, &format!("`{key}`")).cloned(),
    }
}

fn texts(top: &Map<String, Value>, key: &str) -> std::result::Result<Map<String, Value>, String> {
    let part = part(top, key)?;
    for name in part.keys() {
        named(name, key)?;
    }
    Ok(part)
}

fn scripts(
    part: &Map<String, Value>,
    key: &str,
) -> std::result::Result<BTreeMap<String, String>, String> {
    part.iter()
        .map(|(name, value)| match value.as_str().map(str::trim) {
            Some(script) if !script.is_empty() && !script.contains('\0') => {
                Ok((name.clone(), script.to_owned()))
            }
            Some(_) | None => Err(format!("`{key}.{name}` must be a command, as a text")),
        })
        .collect()
}

/// Refuses keys that nobody knows.
fn known(map: &Map<String, Value>, prefix: &str, keys: &[&str]) -> std::result::Result<(), String> {
    match map.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!(
            "it names `{prefix}{}`, which does not exist{}",
            short(key),
            meant(key, keys)
        )),
        None => Ok(()),
    }
}

/// Refuses names that could not be said or shown.
fn named(name: &str, key: &str) -> std::result::Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` under `{key}` is no name: letters, digits, `-`, `_`, `.` and `:` make one",
        short(name)
    ))
}

fn variables(name: &str, value: &Value) -> std::result::Result<Variables, String> {
    let entry = map(value, &format!("`environments.{name}`"))?;
    entry
        .iter()
        .map(|(variable, value)| {
            let is_name = variable.len() <= LONGEST_NAME
                && variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && variable
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_');
            let at = format!("`environments.{name}.{}`", short(variable));
            if !is_name {
                return Err(format!("{at} cannot name a variable"));
            }
            let text = match value {
                Value::String(text) if !text.contains('\0') => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(format!("{at} must be a text, a number, true or false"));
                }
            };
            Ok((variable.clone(), text))
        })
        .collect()
}

#[cfg(test)]
mod tests;
