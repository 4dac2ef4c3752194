//! Leaves: the text of an event, cut into values that can be taken out one by one.
//!
//! Each value that holds no other is a leaf, named by the keys and positions that lead to it; the
//! whole text is one more, and comes first. A leaf's value enters by a salted digest, so that nobody
//! can find out what was taken out by trying. The leaves are put together in a tree of hashes in the
//! order in which they stand in the event, keys in the order of their bytes.
//!
//! ```text
//! seed       = H(0, text)                the text holds a salt of its own, which is not passed on
//! salt       = H(1, seed, number)
//! commitment = H(2, salt, value)
//! leaf       = H(3, length of the path, path, commitment)
//! node       = H(4, left, right)
//! root       = H(5, count, top)
//! ```

use serde_json::Value;
use venom_kernel::digest::Digest;

/// Most leaves of an event. Chosen: ten times a plan of a thousand steps; reading them takes at most
/// some hundred megabytes.
const LEAVES: usize = 1_000_000;
/// Deepest path, as deep as JSON is read at all.
const DEPTH: usize = 128;
/// The path of the whole text.
pub(super) const WHOLE: &str = "";
/// The path of the salt in the text.
pub(super) const SALT: &str = "[\"salt\"]";

/// Returns what the salts of an event follow from.
pub(super) fn seed(text: &str) -> Digest {
    Digest::of_parts(&[&[0], text.as_bytes()])
}

/// Returns the salt of a leaf.
pub(super) fn salt(seed: &Digest, number: u32) -> Digest {
    Digest::of_parts(&[&[1], seed.as_bytes(), &number.to_be_bytes()])
}

/// Returns what stands for a value.
pub(super) fn commitment(salt: &Digest, value: &str) -> Digest {
    Digest::of_parts(&[&[2], salt.as_bytes(), value.as_bytes()])
}

/// Returns a leaf.
pub(super) fn leaf(path: &str, commitment: &Digest) -> Digest {
    let length = u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes();
    Digest::of_parts(&[&[3], &length, path.as_bytes(), commitment.as_bytes()])
}

/// Puts leaves together as they come; it remembers one node for each level.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<(u32, Digest)>,
    count: u32,
}

impl Tree {
    /// Adds the next leaf.
    pub(super) fn add(&mut self, leaf: Digest) {
        self.count = self.count.saturating_add(1);
        let mut node = (0, leaf);
        while let Some((level, left)) = self.nodes.pop_if(|(level, _)| *level == node.0) {
            node = (level + 1, join(&left, &node.1));
        }
        self.nodes.push(node);
    }

    /// Returns the root.
    pub(super) fn root(mut self) -> Digest {
        let mut top = self.nodes.pop().map_or(Digest::ZERO, |(_, node)| node);
        while let Some((_, left)) = self.nodes.pop() {
            top = join(&left, &top);
        }
        Digest::of_parts(&[&[5], &self.count.to_be_bytes(), top.as_bytes()])
    }
}

fn join(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[4], left.as_bytes(), right.as_bytes()])
}

/// Goes through the leaves of a text: the path and the JSON of each value. Says what is wrong if the
/// text is no JSON or has too many.
pub(super) fn each(text: &str, mut each: impl FnMut(&str, &str)) -> Result<(), &'static str> {
    if marks(text) > LEAVES {
        return Err("it has too many values");
    }
    let value: Value = serde_json::from_str(text).map_err(|_unreadable| "its text is no JSON")?;
    each(WHOLE, text);
    let mut path = String::from("[");
    walk(&value, &mut path, &mut each);
    Ok(())
}

/// Counts what can begin a value, before anything is made of the text.
fn marks(text: &str) -> usize {
    let (mut count, mut is_inside, mut is_escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_inside => is_escaped = true,
            b'"' => is_inside = !is_inside,
            b',' | b'[' | b'{' if !is_inside => count += 1,
            _ => {}
        }
    }
    count
}

fn walk(value: &Value, path: &mut String, each: &mut impl FnMut(&str, &str)) {
    let mut within = |step: String, inner: &Value| {
        let length = path.len();
        if length > 1 {
            path.push(',');
        }
        path.push_str(&step);
        walk(inner, path, each);
        path.truncate(length);
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            for key in keys {
                if let Some(inner) = map.get(key) {
                    within(Value::from(key.as_str()).to_string(), inner);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (number, inner) in items.iter().enumerate() {
                within(number.to_string(), inner);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => each(&format!("{path}]"), &value.to_string()),
    }
}

/// Returns the path as people write it, such as `data.goal`.
pub(super) fn shown(path: &str) -> String {
    if path == WHOLE {
        return String::new();
    }
    let steps: Vec<Value> = serde_json::from_str(path).unwrap_or_default();
    let steps: Vec<String> = steps
        .iter()
        .map(|step| match step {
            Value::String(key) => key.clone(),
            other => other.to_string(),
        })
        .collect();
    steps.join(".")
}

/// A value that is put together again of its leaves.
#[derive(Debug, Default)]
pub(super) struct Rebuilt {
    value: Value,
    /// Leaves whose places are not known: so many places of lists may stay empty, and not more, so
    /// that no file makes long lists of short paths.
    gaps: usize,
    /// Maps and lists that were made: each takes far more memory than its few bytes of a path.
    made: usize,
}

impl Rebuilt {
    /// Puts a leaf in its place; `None` if there is no such place.
    pub(super) fn put(&mut self, path: &str, value: Value) -> Option<()> {
        let steps: Vec<Value> = serde_json::from_str(path).ok()?;
        if steps.len() > DEPTH {
            return None;
        }
        let mut place = &mut self.value;
        for step in &steps {
            place = match step {
                Value::String(key) => {
                    if place.is_null() {
                        self.made += 1;
                        if self.made > LEAVES {
                            return None;
                        }
                        *place = Value::Object(serde_json::Map::new());
                    }
                    place.as_object_mut()?.entry(key).or_insert(Value::Null)
                }
                Value::Number(number) => {
                    let number = usize::try_from(number.as_u64()?).ok()?;
                    if place.is_null() {
                        self.made += 1;
                        if self.made > LEAVES {
                            return None;
                        }
                        *place = Value::Array(Vec::new());
                    }
                    let items = place.as_array_mut()?;
                    let gap = number.saturating_sub(items.len());
                    self.gaps = self.gaps.checked_sub(gap)?;
                    while items.len() <= number {
                        items.push(Value::Null);
                    }
                    items.get_mut(number)?
                }
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
            };
        }
        *place = value;
        Some(())
    }

    /// Counts a leaf whose place is not known.
    pub(super) const fn skip(&mut self) {
        self.gaps += 1;
    }

    /// Returns the text.
    pub(super) fn text(self) -> String {
        self.value.to_string()
    }
}
