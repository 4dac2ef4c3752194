//! Reading a configuration file. Unknown keys are errors, with the place and the nearest key.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Deserialize;
use venom_kernel::confine::{Engine, Exception, Limits, Runtime, SecretUse, Tier};
use venom_kernel::policy::Rule;

use super::agent::Agent;
use super::budget::Budget;
use super::function::Functions;
use super::key::Key;
use super::memory::Memory;
use super::provider::Providers;
use super::route::Route;
use super::{ColorWhen, Level};
use crate::error::CliError;
use crate::exit::Exit;

/// A configuration file larger than this is refused. Chosen: settings are a page.
const LARGEST: u64 = 256 << 10;

/// What a file says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    run: Option<Run>,
    log: Option<Log>,
    policy: Option<PolicySection>,
    ui: Option<Ui>,
    pub(super) sandbox: Option<SandboxSection>,
    encryption: Option<Encryption>,
    data: Option<Data>,
    pub(super) functions: Option<Functions>,
    pub(super) providers: Option<Providers>,
    code: Option<Code>,
    pub(super) agent: Option<Agent>,
    pub(super) memory: Option<Memory>,
    pub(super) route: Option<Route>,
    pub(super) budget: Option<Budget>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    tools: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encryption {
    mode: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    quota: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    max_parallel: Option<u16>,
    timeout: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    level: Option<Level>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicySection {
    rules: Option<Vec<Rule>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SandboxSection {
    pub(super) require: Option<Tier>,
    pub(super) network: Option<Vec<String>>,
    pub(super) hidden: Option<Vec<String>>,
    pub(super) protected: Option<Vec<String>>,
    pub(super) readable: Option<Vec<String>>,
    pub(super) limits: Option<Limits>,
    pub(super) secrets: Option<BTreeMap<String, SecretUse>>,
    pub(super) runtime: Option<Runtime>,
    pub(super) image: Option<String>,
    pub(super) docker: Option<Engine>,
    pub(super) skills: Option<BTreeMap<String, Exception>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ui {
    color: Option<ColorWhen>,
}

impl File {
    /// Returns the value of a key as it would be written in a variable.
    pub(crate) fn text_of(&self, key: Key) -> Option<String> {
        let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
        match key {
            Key::MaxParallel => Some(self.run.as_ref()?.max_parallel?.to_string()),
            Key::Timeout => self.run.as_ref()?.timeout.clone(),
            Key::LogLevel => word(serde_json::to_value(self.log.as_ref()?.level?).ok()?),
            Key::Color => word(serde_json::to_value(self.color()?).ok()?),
            Key::SandboxRequire => {
                word(serde_json::to_value(self.sandbox.as_ref()?.require?).ok()?)
            }
            Key::SandboxRuntime => {
                word(serde_json::to_value(self.sandbox.as_ref()?.runtime?).ok()?)
            }
            Key::CodeTools => self.code.as_ref()?.tools.clone(),
            Key::SandboxImage => self.sandbox.as_ref()?.image.clone(),
            Key::PolicyRules
            | Key::SandboxNetwork
            | Key::SandboxHidden
            | Key::SandboxProtected
            | Key::SandboxReadable
            | Key::SandboxLimits
            | Key::SandboxSecrets
            | Key::SandboxDocker
            | Key::SandboxSkills
            | Key::Functions
            | Key::Agent
            | Key::Memory
            | Key::Route
            | Key::Budget
            | Key::Providers => None,
            // YAML of the old version takes a bare `off` for no.
            Key::EncryptionMode => self.encryption.as_ref()?.mode.clone(),
            Key::DataQuota => self.data.as_ref()?.quota.clone(),
        }
    }

    /// Returns the rules.
    pub(crate) fn rules(&self) -> &[Rule] {
        self.policy
            .as_ref()
            .and_then(|policy| policy.rules.as_deref())
            .unwrap_or_default()
    }

    /// Returns the providers of models.
    pub(crate) const fn providers(&self) -> Option<&Providers> {
        self.providers.as_ref()
    }

    /// Returns when colours are used.
    pub(crate) fn color(&self) -> Option<ColorWhen> {
        self.ui.as_ref()?.color
    }
}

/// Reads the text of a file; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, CliError> {
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Config,
            format!("cannot read {}: {error}", path.display()),
        )
        .hint("correct its permissions, or move it away")
    };
    // A pipe would be waited for without end.
    let opened = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::new(
            Exit::Config,
            format!("{} is larger than {} KiB", path.display(), LARGEST >> 10),
        ));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        CliError::new(
            Exit::Config,
            format!("{} is not UTF-8 text: {error}", path.display()),
        )
    })
}

/// Reads what a file says.
pub(crate) fn parse(text: &str, path: &Path) -> Result<File, CliError> {
    let has_content = text.lines().any(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    });
    if !has_content {
        return Ok(File::default());
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error
            .location()
            .map(|place| format!(":{}:{}", place.line(), place.column()))
            .unwrap_or_default();
        let line = error
            .location()
            .and_then(|place| usize::try_from(place.line()).ok());
        let why = venom_engine::playbook::without_place(&error.without_snippet().to_string());
        let key = line.and_then(|line| key_at(text, line));
        let (why, hint) = match (unknown_field(&why).and_then(nearest), key) {
            (Some(key), _) => (why, format!("did you mean `{key}`?")),
            (None, Some(key)) => (
                format!("`{key}` cannot be used: {why}"),
                format!("{}, for example {}", key.kind(), key.example()),
            ),
            (None, None) => (
                why,
                "`venom config schema` says what may stand in the file".to_owned(),
            ),
        };
        CliError::new(Exit::Config, format!("{}{place}: {why}", path.display())).hint(hint)
    })
}

/// Finds the key that a line of the file belongs to: the nearest name at or above it that, under its
/// section, is one.
fn key_at(text: &str, line: usize) -> Option<Key> {
    let above: Vec<&str> = text.lines().take(line).collect();
    let named = |line: &str, name: &str| {
        line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == name)
    };
    let section_at = |end: usize, section: &str| {
        above
            .iter()
            .take(end + 1)
            .rev()
            .find(|line| line.starts_with(|c: char| c.is_alphabetic()))
            .is_some_and(|line| named(line, section))
    };
    for (position, line) in above.iter().enumerate().rev() {
        let fits = |key: &Key| {
            let (section, name) = key.parts();
            if name.is_empty() {
                return line.starts_with(section) && named(line, section);
            }
            named(line, name) && section_at(position, section)
        };
        if let Some(key) = Key::ALL.into_iter().find(fits) {
            return Some(key);
        }
        if line.starts_with(|c: char| c.is_alphabetic()) {
            return None;
        }
    }
    None
}

/// Finds the name in serde's message about an unknown field.
fn unknown_field(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("unknown field")?;
    let (_, rest) = rest.split_once(['`', '\'', '"'])?;
    rest.split_once(['`', '\'', '"']).map(|(name, _)| name)
}

/// Finds the key or section whose name is nearest to a word, if one is near.
pub(crate) fn nearest(word: &str) -> Option<&'static str> {
    let word = word.rsplit('.').next().unwrap_or(word);
    Key::ALL
        .iter()
        .flat_map(|key| {
            let (section, name) = key.parts();
            [(section, section), (name, key.name())]
        })
        .filter(|(candidate, _)| !candidate.is_empty())
        .map(|(candidate, shown)| (distance(word, candidate), shown))
        .filter(|(distance, shown)| *distance <= 3 && *distance < shown.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, shown)| shown)
}

/// Counts the letters that must be changed, added or removed to turn one word into another.
fn distance(one: &str, two: &str) -> usize {
    let one: Vec<char> = one.chars().take(64).collect();
    let two: Vec<char> = two.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, above) in two.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != b))
                .min(left + 1)
                .min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
