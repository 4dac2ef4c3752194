//! Short plans for the tests of this crate.

use crate::confine::Grants;
use serde_json::Value;

use super::{Expected, Plan, Step};
use crate::effect::EffectClass;
use crate::skill::Reach;
use crate::time::Millis;

/// Makes a step that takes `millis` and waits for others.
pub(crate) fn step(id: &str, millis: u64, depends_on: &[&str]) -> Step {
    Step {
        id: id.parse().unwrap(),
        title: id.to_owned(),
        goal: 1,
        skill: "test".into(),
        action: "nothing".into(),
        params: Value::Null,
        depends_on: depends_on.iter().map(|d| d.parse().unwrap()).collect(),
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: vec![],
        writes: vec![],
        verify: vec![],
        restores: vec![],
        optional: false,
        prepares: false,
        grants: Grants::default(),
        timeout: Millis::from_secs(10),
        expected: Expected {
            p50: Millis::new(millis),
            p90: Millis::new(millis * 2),
            ..Expected::default()
        },
    }
}

/// Makes a plan of steps.
pub(crate) fn plan(steps: &[Step]) -> Plan {
    Plan {
        steps: steps.to_vec(),
    }
}
