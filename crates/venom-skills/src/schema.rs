//! JSON Schemas of parameters and results as manifests show them: strict, and with a description
//! for every property.

use serde_json::{Map, Value, json};
use venom_kernel::confine::Grants;
use venom_kernel::effect::EffectClass;
use venom_kernel::skill::{ActionManifest, Need, Reach, Writes};
use venom_kernel::time::Millis;
use venom_ports::skill::Output;

/// An object under construction.
#[derive(Default)]
pub(crate) struct Object {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

/// Begins an object that has the properties named afterwards and no other.
pub(crate) fn object() -> Object {
    Object::default()
}

impl Object {
    /// Adds a property that must be there.
    pub(crate) fn must(mut self, name: &str, schema: Value) -> Self {
        self.required.push(json!(name));
        self.properties.insert(name.to_owned(), schema);
        self
    }

    /// Adds a property that may be left out or be null.
    pub(crate) fn may(mut self, name: &str, schema: Value) -> Self {
        self.properties.insert(name.to_owned(), or_null(schema));
        self
    }

    /// Adds the text that people read.
    pub(crate) fn text(self) -> Self {
        self.must("text", text("What was found or done, for people."))
    }

    /// Returns the schema.
    pub(crate) fn done(self) -> Value {
        json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }

    /// Returns the schema with a description.
    pub(crate) fn about(self, description: &str) -> Value {
        described(self.done(), description)
    }
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".to_owned(), json!(description));
    }
    schema
}

/// Describes a text.
pub(crate) fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// Describes a path in the workspace.
pub(crate) fn path(description: &str) -> Value {
    json!({"type": "string", "description": description, "maxLength": 4096})
}

/// Describes a whole number that is not negative.
pub(crate) fn number(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

/// Describes a whole number between two bounds.
pub(crate) fn between(least: u64, most: u64, description: &str) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most, "description": description})
}

/// Describes any whole number.
pub(crate) fn integer(description: &str) -> Value {
    json!({"type": "integer", "description": description})
}

/// Describes yes or no.
pub(crate) fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// Describes a choice of words.
pub(crate) fn choice(words: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": words, "description": description})
}

/// Describes a list.
#[expect(
    clippy::needless_pass_by_value,
    reason = "schemas are put together from the inside out; none is used twice"
)]
pub(crate) fn list(items: Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

/// Describes a list of texts.
pub(crate) fn texts(description: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": description})
}

/// Marks a parameter that is filled in from what earlier runs on the workspace said, where the
/// parameter `when` is true and nobody gives a value.
pub(crate) fn from_history(mut schema: Value, what: &str, when: &str) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("x-from-history".to_owned(), json!(what));
        map.insert("x-when".to_owned(), json!(when));
    }
    schema
}

/// Lets a value be null as well.
pub(crate) fn or_null(mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        if let Some(kind) = map.get("type").filter(|kind| kind.is_string()).cloned() {
            map.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(words)) = map.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    schema
}

/// Makes a manifest of an action that needs nothing, writes nothing and is done at once; the rest is
/// set by the caller.
pub(crate) fn action(
    summary: &str,
    class: EffectClass,
    params: Object,
    result: Object,
) -> ActionManifest {
    ActionManifest {
        summary: summary.to_owned(),
        params: params.done(),
        result: result.done(),
        class,
        reach: Reach::Local,
        needs: Vec::new(),
        writes: Writes::Nothing,
        timeout: Millis::from_secs(60),
        typical: Millis::new(50),
        prepares: false,
        verify: Vec::new(),
        grants: Grants::default(),
    }
}

/// Makes the output of an action that gives a result and no facts beside it.
pub(crate) fn output(result: Value) -> Output {
    Output {
        result,
        evidence: Vec::new(),
    }
}

/// The needs of everything that works on a repository.
pub(crate) fn repository() -> Vec<Need> {
    vec![Need::Program("git".to_owned()), Need::Repository]
}
