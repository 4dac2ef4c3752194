//! Findings of a linter as evidence: any result that lists findings with stable keys has some.

use std::collections::BTreeMap;

use serde_json::Value;
use venom_kernel::evidence::{Evidence, LINT_KEYS};

/// The longest key that is kept, in characters. Chosen: a rule, a path and a few words.
const LONGEST: usize = 200;

/// Reads `findings` of a result, if each of them has a `key`.
pub(super) fn evidence(result: &Value) -> Option<Evidence> {
    let listed = result.get("findings")?.as_array()?;
    let mut findings: BTreeMap<String, u32> = BTreeMap::new();
    let mut more = 0_u32;
    for finding in listed {
        let key: String = finding
            .get("key")?
            .as_str()?
            .chars()
            .take(LONGEST)
            .collect();
        if findings.len() < LINT_KEYS || findings.contains_key(&key) {
            let count = findings.entry(key).or_insert(0);
            *count = count.saturating_add(1);
        } else {
            more = more.saturating_add(1);
        }
    }
    // A list that was cut says so; what it leaves out cannot be compared.
    let all = result.get("count").and_then(Value::as_u64).unwrap_or(0);
    let unlisted = all.saturating_sub(listed.len() as u64);
    let more = more.saturating_add(u32::try_from(unlisted).unwrap_or(u32::MAX));
    Some(Evidence::Lint { findings, more })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn findings_with_keys_become_evidence_and_others_do_not() {
        let read = |result: Value| evidence(&result);
        assert_eq!(read(json!({"findings": [{"kind": "x"}]})), None);
        assert_eq!(read(json!({"text": "x"})), None);
        let two = read(json!({"findings": [{"key": "a"}, {"key": "a"}], "count": 5}));
        let findings = BTreeMap::from([("a".to_owned(), 2)]);
        assert_eq!(two, Some(Evidence::Lint { findings, more: 3 }));
        let many: Vec<Value> = (0..1_500).map(|n| json!({"key": n.to_string()})).collect();
        match read(json!({"findings": many})) {
            Some(Evidence::Lint { findings, more }) => {
                assert_eq!((findings.len(), more), (LINT_KEYS, 500));
            }
            other => panic!("{other:?}"),
        }
    }
}
