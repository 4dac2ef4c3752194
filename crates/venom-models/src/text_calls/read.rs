//! Finding calls in a text.

use serde_json::{Map, Value};
use venom_kernel::model::Tool;

use super::loose::Cursor;

/// Names under which models write the arguments of a call.
const ARGUMENTS: [&str; 5] = ["arguments", "parameters", "args", "input", "params"];
/// Names under which models write the name of a tool.
const NAMES: [&str; 4] = ["name", "tool", "tool_name", "function"];
/// Marks that stand before calls, and mean nothing themselves.
const MARKS: [&str; 5] = [
    "[TOOL_CALLS]",
    "<|python_tag|>",
    "<|tool_call|>",
    "<tool_calls>",
    "</tool_calls>",
];
/// Tags that have one call or a list of them in JSON between them.
const TAGS: [&str; 5] = [
    "tool_call",
    "function_call",
    "tool_use",
    "tools",
    "tool_code",
];

/// A tool's name, and what it is called with.
type Call = (String, Map<String, Value>);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) calls: Vec<Call>,
    /// What is not part of a call.
    pub(super) rest: String,
}

/// Finds the calls in a text.
pub(super) fn calls(text: &str, tools: &[Tool]) -> Found {
    let chars: Vec<char> = text.chars().collect();
    let reader = Reader {
        chars: &chars,
        tools,
    };
    let mut found = Found::default();
    let mut at = 0;
    let mut is_line_start = true;
    while let Some(c) = chars.get(at) {
        if let Some((mut calls, end)) = reader.at(at, is_line_start) {
            found.calls.append(&mut calls);
            at = end.max(at.saturating_add(1));
            continue;
        }
        found.rest.push(*c);
        is_line_start = *c == '\n' || (is_line_start && c.is_whitespace());
        at = at.saturating_add(1);
    }
    found
}

struct Reader<'a> {
    chars: &'a [char],
    tools: &'a [Tool],
}

impl Reader<'_> {
    /// Reads calls that begin at a place; returns them, and where they end.
    fn at(&self, at: usize, is_line_start: bool) -> Option<(Vec<Call>, usize)> {
        let mut cursor = Cursor::new(self.chars, at);
        let calls = match cursor.peek()? {
            '`' => self.fence(&mut cursor)?,
            '<' | '[' if self.mark(&mut cursor) => Vec::new(),
            '<' => self.tag(&mut cursor)?,
            '{' | '[' if is_line_start => self.json(&mut cursor).or_else(|| {
                cursor.back_to(at);
                self.python_list(&mut cursor)
            })?,
            _ if is_line_start => vec![self.python(&mut cursor)?],
            _ => return None,
        };
        Some((calls, cursor.place()))
    }

    fn mark(&self, cursor: &mut Cursor<'_>) -> bool {
        !self.tools.is_empty() && MARKS.iter().any(|mark| cursor.eat_word(mark))
    }

    fn knows(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }

    /// Reads a fence with calls in it.
    fn fence(&self, cursor: &mut Cursor<'_>) -> Option<Vec<Call>> {
        if !cursor.eat_word("```") {
            return None;
        }
        cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        cursor.skip_space();
        let mut calls = Vec::new();
        while !cursor.eat_word("```") {
            let begin = cursor.place();
            let more = self.json(cursor).or_else(|| {
                cursor.back_to(begin);
                self.python_list(cursor)
            });
            if let Some(mut more) = more {
                calls.append(&mut more);
            } else {
                cursor.back_to(begin);
                calls.push(self.python(cursor)?);
            }
            cursor.skip_space();
        }
        (!calls.is_empty()).then_some(calls)
    }

    /// Reads a tag with calls in it.
    fn tag(&self, cursor: &mut Cursor<'_>) -> Option<Vec<Call>> {
        cursor.eat('<');
        let name = cursor.name()?;
        if TAGS.contains(&name.as_str()) {
            if !cursor.eat('>') {
                return None;
            }
            cursor.skip_space();
            let begin = cursor.place();
            let calls = self
                .json(cursor)
                .or_else(|| {
                    cursor.back_to(begin);
                    self.tag(cursor)
                })
                .or_else(|| {
                    cursor.back_to(begin);
                    self.python(cursor).map(|call| vec![call])
                })?;
            // Models forget the end; that the call is complete is seen from the call itself.
            let mut ahead = cursor.clone();
            ahead.skip_space();
            if ahead.eat_word("</") && ahead.name().as_deref() == Some(&name) && ahead.eat('>') {
                *cursor = ahead;
            }
            return Some(calls);
        }
        match name.as_str() {
            "function" if cursor.eat('=') => {
                let tool = cursor.name().filter(|tool| self.knows(tool))?;
                if !cursor.eat('>') {
                    return None;
                }
                inside(cursor, tool, "</function>")
            }
            "invoke" => {
                let tool = quoted(cursor).filter(|tool| self.knows(tool))?;
                inside(cursor, tool, "</invoke>")
            }
            _ if self.knows(&name) => {
                if !cursor.eat('>') {
                    return None;
                }
                let end = format!("</{name}>");
                inside(cursor, name, &end)
            }
            _ => None,
        }
    }

    /// Reads one call or a list of them in JSON.
    fn json(&self, cursor: &mut Cursor<'_>) -> Option<Vec<Call>> {
        cursor.skip_space();
        if !matches!(cursor.peek()?, '{' | '[') {
            return None;
        }
        let value = cursor.value()?;
        self.meant(value)
    }

    /// Says which calls a value means, if it means any.
    fn meant(&self, value: Value) -> Option<Vec<Call>> {
        match value {
            Value::Array(list) if !list.is_empty() => {
                let mut calls = Vec::new();
                for value in list {
                    calls.append(&mut self.meant(value)?);
                }
                Some(calls)
            }
            Value::Object(mut map) => {
                for list in ["tool_calls", "calls", "function_calls"] {
                    if let Some(value @ Value::Array(_)) = map.remove(list) {
                        return self.meant(value);
                    }
                }
                if let Some(function @ Value::Object(_)) = map.remove("function") {
                    return self.meant(function);
                }
                let name = NAMES.iter().find_map(|key| {
                    let name = map.get(*key)?.as_str()?;
                    self.knows(name)
                        .then(|| ((*key).to_owned(), name.to_owned()))
                });
                if let Some((key, name)) = name {
                    map.remove(&key);
                    let arguments = ARGUMENTS.iter().find_map(|key| map.remove(*key));
                    let arguments = if let Some(value) = arguments {
                        into_map(value)?
                    } else {
                        // The arguments beside the name, or none at all.
                        map.remove("type");
                        map.remove("id");
                        map
                    };
                    return Some(vec![(name, arguments)]);
                }
                // `{"read_file": {"path": "a"}}`
                let mut members = map.into_iter();
                match (members.next(), members.next()) {
                    (Some((name, Value::Object(arguments))), None) if self.knows(&name) => {
                        Some(vec![(name, arguments)])
                    }
                    _ => None,
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// Reads `[one(a=1), two()]`.
    fn python_list(&self, cursor: &mut Cursor<'_>) -> Option<Vec<Call>> {
        if !cursor.eat('[') {
            return None;
        }
        let mut calls = Vec::new();
        loop {
            cursor.skip_space();
            if cursor.eat(']') {
                return (!calls.is_empty()).then_some(calls);
            }
            calls.push(self.python(cursor)?);
            cursor.skip_space();
            if !cursor.eat(',') && cursor.peek() != Some(']') {
                return None;
            }
        }
    }

    /// Reads `name(key=value, ...)`.
    fn python(&self, cursor: &mut Cursor<'_>) -> Option<Call> {
        let name = cursor.name()?;
        let tool = self.tools.iter().find(|tool| tool.name == name)?;
        if !cursor.eat('(') {
            return None;
        }
        let mut arguments = Map::new();
        let mut places = places(tool).into_iter();
        loop {
            cursor.skip_space();
            if cursor.eat(')') {
                return Some((name, arguments));
            }
            let mut ahead = cursor.clone();
            let key = ahead.name().filter(|_| {
                ahead.skip_space();
                ahead.eat('=') && ahead.peek() != Some('=')
            });
            let key = match key {
                Some(key) => {
                    *cursor = ahead;
                    key
                }
                // By its place, as long as it is known what stands there.
                None => places.next()?,
            };
            arguments.insert(key, cursor.value()?);
            cursor.skip_space();
            if !cursor.eat(',') && cursor.peek() != Some(')') {
                return None;
            }
        }
    }
}

/// Reads what stands in the tag of a tool: an object, or a tag for each argument.
fn inside(cursor: &mut Cursor<'_>, tool: String, end: &str) -> Option<Vec<Call>> {
    cursor.skip_space();
    let mut arguments = Map::new();
    if cursor.peek() == Some('{') {
        arguments = into_map(cursor.value()?)?;
        cursor.skip_space();
        return cursor.eat_word(end).then(|| vec![(tool, arguments)]);
    }
    loop {
        cursor.skip_space();
        if cursor.eat_word(end) {
            return Some(vec![(tool, arguments)]);
        }
        if !cursor.eat('<') {
            return None;
        }
        let name = cursor.name()?;
        let key = if name == "parameter" && cursor.eat('=') {
            let key = cursor.name()?;
            cursor.eat('>').then_some(key)?
        } else if name == "parameter" {
            quoted(cursor)?
        } else {
            cursor.eat('>').then(|| name.clone())?
        };
        let text = cursor.take_until(&format!("</{name}>"))?;
        let text = text.strip_prefix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\n').unwrap_or(text);
        arguments.insert(key, Value::String(text.to_owned()));
    }
}

/// Returns the arguments of a tool that have a place: those that are needed, in their order, and where
/// there is but one argument, that.
fn places(tool: &Tool) -> Vec<String> {
    let needed: Vec<String> = tool
        .parameters
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    if !needed.is_empty() {
        return needed;
    }
    let members = tool.parameters.get("properties").and_then(Value::as_object);
    match members {
        Some(members) if members.len() == 1 => members.keys().cloned().collect(),
        Some(_) | None => Vec::new(),
    }
}

/// Reads ` name="this">`.
fn quoted(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.skip_space();
    if !cursor.eat_word("name=") {
        return None;
    }
    let quote = cursor.next().filter(|c| matches!(c, '"' | '\''))?;
    let name = cursor.take_while(|c| c != quote && c != '\n' && c != '>');
    (cursor.eat(quote) && cursor.eat('>')).then_some(name)
}

/// Returns an object; one in quotes is taken out of them.
fn into_map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        Value::Null => Some(Map::new()),
        Value::String(text) => {
            let chars: Vec<char> = text.chars().collect();
            let mut cursor = Cursor::new(&chars, 0);
            let value = cursor.value()?;
            cursor.skip_space();
            match (value, cursor.peek()) {
                (Value::Object(map), None) => Some(map),
                _ => None,
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}
