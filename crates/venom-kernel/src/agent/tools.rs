//! The tools of an agent: actions of skills as a model sees them, and those that belong to the loop.

use serde_json::{Map, Value, json};

use super::{Act, AgentTool, READ, SEARCH, SKILL, Setup};
use crate::effect::EffectClass;
use crate::id::EffectId;
use crate::model::Tool;
use crate::skill::{ActionManifest, Manifests, Need, Reach, Writes};
use crate::time::Millis;

/// The tool by which a model claims to be done.
pub const DONE: &str = "done";
/// The tool by which a model asks the user.
pub const ASK_USER: &str = "ask_user";
/// The parameter of `done` that says why nothing had to be changed.
pub(super) const NO_CHANGE: &str = "no_change_because";
/// What stands in the place of a call's name where the proof of a claim is meant. No call has it: calls
/// without a name are malformed.
pub(crate) const PROOF: &str = "";
/// The tool by which a model reads on in a result that was cut.
pub const READ_MORE: &str = "read_more";

/// The tool by which a model asks the memory.
pub const SEARCH_MEMORY: &str = "memory_search";

/// The actions that an agent may call unless it is said otherwise. Chosen: what reads, edits and runs;
/// a model chooses better among few.
pub const DEFAULT_TOOLS: &[&str] = &[
    "files.read",
    "files.find",
    "files.search",
    "files.edit",
    "files.write",
    "shell.run",
    "test.run",
    "git.status",
    "git.diff",
    "git.log",
];

/// The most hits of a search in the memory. Chosen: more is no answer but a reading.
pub(crate) const MOST_FOUND: u64 = 20;

/// The most bytes of a result that a model sees. What was asked for.
const SHOWN: usize = 16 << 10;

/// Returns the name of an action as a tool.
pub fn tool_name(skill: &str, action: &str) -> String {
    format!("{skill}_{action}")
}

/// Lists the actions that fit patterns such as `files.*` as tools.
///
/// An action that prepares is left out: how far it came is judged by what it saw before it began, which
/// a call of an agent does not keep. What cannot be taken back or reaches outside is offered where it is
/// named, and then asked about.
pub fn offered(
    manifests: &Manifests,
    patterns: &[String],
    has: &dyn Fn(&Need) -> bool,
) -> Vec<AgentTool> {
    let mut tools = Vec::new();
    for skill in manifests.iter().filter(|skill| skill.name != SKILL) {
        for (action, manifest) in &skill.actions {
            let is_wanted = patterns
                .iter()
                .any(|pattern| fits(pattern, &skill.name, action, manifest));
            if is_wanted && !manifest.prepares && manifest.needs.iter().all(has) {
                tools.push(AgentTool {
                    tool: Tool {
                        name: tool_name(&skill.name, action),
                        description: manifest.summary.clone(),
                        parameters: plain(&manifest.params),
                    },
                    act: Act::of(&skill.name, action, manifest),
                });
            }
        }
    }
    tools
}

/// Leaves out of a schema what only VENOM reads; some providers refuse words that they do not know.
fn plain(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !name.starts_with("x-"))
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// Tells whether a pattern means an action. A pattern with `*` means only what needs nobody's agreement.
fn fits(pattern: &str, skill: &str, action: &str, manifest: &ActionManifest) -> bool {
    let is_harmless = manifest.class < EffectClass::Rewriting && manifest.reach == Reach::Local;
    match pattern.split_once('.') {
        Some((wanted, "*")) => wanted == skill && is_harmless,
        Some((wanted, name)) => wanted == skill && name == action,
        None => pattern == "*" && is_harmless,
    }
}

/// Lists all tools of an agent, as a model is told of them.
pub(super) fn all(setup: &Setup) -> Vec<Tool> {
    let mut said = Map::from_iter([(
        "summary".to_owned(),
        json!({"type": "string", "description": "What you changed and how you saw that it works, or what is missing and why."}),
    )]);
    if setup.must_change {
        let why =
            json!({"type": "string", "description": "Only if nothing had to be changed: why."});
        said.insert(NO_CHANGE.to_owned(), why);
    }
    let done = json!({"type": "object", "required": ["summary"], "properties": said});
    let own = [
        Tool {
            name: DONE.to_owned(),
            description: "Says that the task is done. Call it alone.".to_owned(),
            parameters: done,
        },
        Tool {
            name: ASK_USER.to_owned(),
            description:
                "Asks the user, when the task can be meant in ways that differ much. Use it rarely."
                    .to_owned(),
            parameters: json!({
                "type": "object",
                "required": ["question"],
                "properties": {
                    "question": {"type": "string"},
                    "choices": {"type": "array", "items": {"type": "string"}, "maxItems": 6}
                }
            }),
        },
        Tool {
            name: READ_MORE.to_owned(),
            description: "Shows lines of an earlier result that was cut or left out.".to_owned(),
            parameters: json!({
                "type": "object",
                "required": ["output"],
                "properties": {
                    "output": {"type": "string", "description": "Its name, such as `eff_12`."},
                    "from": {"type": "integer", "minimum": 1, "description": "The first line."},
                    "to": {"type": "integer", "minimum": 1, "description": "The last line."}
                }
            }),
        },
    ];
    let memory = setup.recall.is_some().then(|| Tool {
        name: SEARCH_MEMORY.to_owned(),
        description: "Searches what earlier runs said and did, and what is known of this software."
            .to_owned(),
        parameters: json!({
            "type": "object",
            "required": ["query"],
            "properties": {
                "query": {"type": "string", "description": "A question or a few words; times such as `last week` count."},
                "limit": {"type": "integer", "minimum": 1, "maximum": MOST_FOUND, "description": "The most hits; 5 if it is left out."}
            }
        }),
    });
    setup
        .tools
        .iter()
        .map(|tool| tool.tool.clone())
        .chain(own)
        .chain(memory)
        .collect()
}

/// Finds a tool that is an action of a skill.
pub(super) fn find<'s>(setup: &'s Setup, name: &str) -> Option<&'s AgentTool> {
    setup.tools.iter().find(|tool| tool.tool.name == name)
}

/// Tells whether there is such a tool.
pub(super) fn is_known(setup: &Setup, name: &str) -> bool {
    matches!(name, DONE | ASK_USER | READ_MORE)
        || (name == SEARCH_MEMORY && setup.recall.is_some())
        || find(setup, name).is_some()
}

/// What a tool means that belongs to the loop and only looks.
pub(super) fn looking(name: &str) -> Option<Act> {
    let action = match name {
        READ_MORE => READ,
        SEARCH_MEMORY => SEARCH,
        _ => return None,
    };
    Some(Act {
        skill: SKILL.to_owned(),
        action: action.to_owned(),
        class: EffectClass::Pure,
        reach: Reach::Local,
        writes: Writes::Nothing,
        grants: crate::confine::Grants::default(),
        // It reads one blob, or asks one index.
        timeout: Millis::from_secs(30),
    })
}

/// Writes a result as text: what is a text stands as it is, everything else as JSON.
pub fn text_of(result: &Value) -> String {
    match result {
        Value::Object(fields) => {
            let mut text = String::new();
            let mut long = Vec::new();
            // An action that says in a text what it found says the same in its other fields for programs.
            let speaks = matches!(fields.get("text"), Some(Value::String(_)));
            for (name, value) in fields {
                match value {
                    Value::Null => {}
                    Value::Array(_) | Value::Object(_) if speaks => {}
                    Value::String(value) if speaks && name != "text" && value.contains('\n') => {}
                    Value::String(value) if value.contains('\n') => long.push((name, value)),
                    Value::String(value) => push_field(&mut text, name, value),
                    Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                        push_field(&mut text, name, &value.to_string());
                    }
                }
            }
            // One long text speaks for itself; of several each has its name.
            for (name, value) in long {
                push_field(&mut text, name, "");
                text.push_str(value);
                if !value.ends_with('\n') {
                    text.push('\n');
                }
            }
            text
        }
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => result.to_string(),
    }
}

fn push_field(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push(':');
    if !value.is_empty() {
        text.push(' ');
        text.push_str(value);
    }
    text.push('\n');
}

/// Returns what a model sees of a result: its beginning and its end, and how to read the rest.
pub fn shown(text: &str, of: EffectId) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // Three parts of the beginning to one of the end: what a thing is stands first, how it went last.
    let head = take(lines.iter().copied(), SHOWN / 4 * 3);
    let tail = take(lines.iter().rev().copied(), SHOWN / 4);
    if head + tail >= lines.len() || head == 0 || tail == 0 {
        // Few and giant lines: characters are counted instead.
        let beginning: String = text.chars().take(SHOWN / 4 * 3).collect();
        let rest = text.chars().count().saturating_sub(SHOWN);
        let end: String = text.chars().skip(SHOWN / 4 * 3 + rest).collect();
        return format!("{beginning}\n[{rest} characters are left out here.]\n{end}");
    }
    let first: String = lines.iter().take(head).copied().collect();
    let last: String = lines.iter().skip(lines.len() - tail).copied().collect();
    format!(
        "{first}[Lines {} to {} of {} are left out; `read_more` with output `{of}` shows them.]\n{last}",
        head + 1,
        lines.len() - tail,
        lines.len()
    )
}

/// Counts the lines that fit.
fn take<'t>(lines: impl Iterator<Item = &'t str>, room: usize) -> usize {
    let mut used = 0_usize;
    lines
        .take_while(|line| {
            used = used.saturating_add(line.len());
            used <= room
        })
        .count()
}
