//! Checking values against the JSON Schemas of manifests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use venom_kernel::plan::reference;
use venom_kernel::skill::Manifests;

/// How many misfits are told of one value. Chosen: the first few explain the rest.
const TOLD: usize = 5;

/// Returns what does not fit a schema of our own, which is used once.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    match jsonschema::validator_for(schema) {
        Ok(validator) => told(validator.iter_errors(value)),
        Err(error) => vec![format!("the schema is broken: {error}")],
    }
}

fn told<'e>(errors: impl Iterator<Item = ValidationError<'e>>) -> Vec<String> {
    errors
        .take(TOLD)
        .map(|error| {
            let place = error.instance_path().to_string();
            let text: String = error.to_string().chars().take(300).collect();
            if place.is_empty() {
                text
            } else {
                format!("{text} at {place}")
            }
        })
        .collect()
}

/// Compiled schemas by skill, action and side. A schema is compiled when it is first needed.
pub(crate) struct Schemas {
    compiled: Mutex<BTreeMap<Key, Compiled>>,
}

/// Skill, action and side.
type Key = (String, String, Side);
/// A compiled schema, or why it cannot be compiled.
type Compiled = Arc<Result<Validator, String>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Params,
    Result,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        Self {
            compiled: Mutex::new(BTreeMap::new()),
        }
    }

    /// Returns what does not fit in the parameters of an action.
    pub(crate) fn params(
        &self,
        manifests: &Manifests,
        skill: &str,
        action: &str,
        value: &Value,
    ) -> Vec<String> {
        self.misfits(manifests, skill, action, Side::Params, value)
    }

    /// Returns what does not fit in the result of an action.
    pub(crate) fn result(
        &self,
        manifests: &Manifests,
        skill: &str,
        action: &str,
        value: &Value,
    ) -> Vec<String> {
        self.misfits(manifests, skill, action, Side::Result, value)
    }

    /// Returns what does not fit in parameters that still hold references: whatever a reference may
    /// stand for is left out of the judgement.
    pub(crate) fn literals(
        &self,
        manifests: &Manifests,
        skill: &str,
        action: &str,
        value: &Value,
    ) -> Vec<String> {
        self.judge(manifests, (skill, action, Side::Params), value, &|error| {
            let is_open = reference::targets(error.instance()).is_ok_and(|found| !found.is_empty());
            // Which keys there are does not depend on the values.
            let of_keys = matches!(
                error.kind(),
                ValidationErrorKind::Required { .. }
                    | ValidationErrorKind::AdditionalProperties { .. }
            );
            of_keys || !is_open
        })
    }

    fn misfits(
        &self,
        manifests: &Manifests,
        skill: &str,
        action: &str,
        side: Side,
        value: &Value,
    ) -> Vec<String> {
        self.judge(manifests, (skill, action, side), value, &|_| true)
    }

    fn judge(
        &self,
        manifests: &Manifests,
        (skill, action, side): (&str, &str, Side),
        value: &Value,
        counts: &dyn Fn(&ValidationError<'_>) -> bool,
    ) -> Vec<String> {
        let Some(manifest) = manifests.action(skill, action) else {
            return Vec::new();
        };
        let schema = match side {
            Side::Params => &manifest.params,
            Side::Result => &manifest.result,
        };
        // An empty schema takes everything; most results of small actions have one.
        if schema.as_object().is_some_and(serde_json::Map::is_empty) {
            return Vec::new();
        }
        let key = (skill.to_owned(), action.to_owned(), side);
        let validator = self
            .compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_insert_with(|| {
                Arc::new(jsonschema::validator_for(schema).map_err(|error| error.to_string()))
            })
            .clone();
        // Parameters that were left out are an empty object.
        let empty = Value::Object(serde_json::Map::new());
        let value = if value.is_null() { &empty } else { value };
        match validator.as_ref() {
            Ok(validator) => told(validator.iter_errors(value).filter(counts)),
            Err(error) => vec![format!("the schema of {skill}.{action} is broken: {error}")],
        }
    }
}
