//! What a clause says that changed: moved, upgraded, replaced, renamed, dropped.

use super::object::objects;
use super::statement::Clause;
use super::verb::{self, Wants};
use super::word::Word;
use crate::memory::fact::{Claim, Relation, Stance};

impl Clause<'_> {
    /// What changed: moved, upgraded, replaced, renamed, dropped.
    pub(super) fn changed(&self, subjects: &[String], words: &[Word]) -> Vec<Claim> {
        let words = match words {
            [was, rest @ ..] if was.is("was") => rest,
            other => other,
        };
        let Some((verb, rest)) = words
            .split_first()
            .filter(|(verb, _)| verb.is_any(verb::CHANGED))
        else {
            return Vec::new();
        };
        let part = |from: &str| {
            let at = rest.iter().position(|word| word.is(from))?;
            rest.get(at + 1..)
        };
        let before = |stops: &[&str]| {
            let end = rest.iter().position(|word| word.is_any(stops));
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
        };
        let one = |words: &[Word], wants| objects(words, wants).into_iter().next();
        let is_passive = words.len() < rest.len() + 1
            || rest
                .first()
                .is_some_and(|word| word.is_any(&["to", "from"]));
        let mut claims = Vec::new();
        let mut say = |subject: &str, relation, object: &str, stance| {
            claims.push(Claim {
                stance,
                is_change: true,
                ..self.claim(subject, relation, object)
            });
        };
        for subject in subjects {
            match verb.low.as_str() {
                "moved" | "migrated" | "switched" | "upgraded" | "bumped" | "updated"
                | "downgraded"
                    if is_passive =>
                {
                    let to = part("to").unwrap_or_default();
                    let from = part("from").unwrap_or_default();
                    if let Some((version, _)) = one(to, Wants::Version) {
                        say(subject, Relation::Version, &version, Stance::Holds);
                    } else if verb.is_any(&["moved", "migrated", "switched"]) {
                        if let Some((path, _)) = one(to, Wants::Path) {
                            say(subject, Relation::LocatedIn, &path, Stance::Holds);
                        } else if let Some((url, _)) = one(to, Wants::Url) {
                            say(subject, Relation::Url, &url, Stance::Holds);
                        } else if let Some((other, _)) = one(to, Wants::Name) {
                            if let Some((old, _)) = one(from, Wants::Name) {
                                say(subject, Relation::Uses, &old, Stance::Ended);
                            }
                            say(subject, Relation::Uses, &other, Stance::Holds);
                        }
                    }
                }
                "upgraded" | "bumped" | "updated" | "downgraded" => {
                    let thing = self.subject(before(&["to", "from"]));
                    let version = part("to").and_then(|to| one(to, Wants::Version));
                    if let (Some(thing), Some((version, _))) = (thing, version) {
                        say(&thing, Relation::Version, &version, Stance::Holds);
                    }
                }
                "moved" | "migrated" | "switched" => {
                    let thing = self.subject(before(&["to", "from"]));
                    let old = part("from").and_then(|from| one(from, Wants::Name));
                    let new = part("to").and_then(|to| one(to, Wants::Name));
                    if let (Some(thing), Some((new, _))) = (thing, new) {
                        if let Some((old, _)) = old {
                            say(&thing, Relation::Uses, &old, Stance::Ended);
                        }
                        say(&thing, Relation::Uses, &new, Stance::Holds);
                    }
                }
                "replaced" => {
                    let old = one(before(&["with", "by"]), Wants::Name);
                    let new = part("with").or_else(|| part("by"));
                    let new = new.and_then(|new| one(new, Wants::Name));
                    if let (Some((old, _)), Some((new, _))) = (old, new) {
                        say(&new, Relation::Replaces, &old, Stance::Holds);
                        say(subject, Relation::Uses, &old, Stance::Ended);
                        say(subject, Relation::Uses, &new, Stance::Holds);
                    } else if let Some((new, _)) = part("by")
                        .or_else(|| part("with"))
                        .filter(|_| is_passive || before(&["with", "by"]).is_empty())
                        .and_then(|new| one(new, Wants::Name))
                    {
                        say(&new, Relation::Replaces, subject, Stance::Holds);
                    }
                }
                "renamed" => {
                    let thing = before(&["to"]);
                    let new = part("to").and_then(|new| one(new, Wants::Name));
                    let old = if thing.is_empty() {
                        Some(subject.clone())
                    } else {
                        self.subject(thing)
                    };
                    if let (Some(old), Some((new, _))) = (old, new) {
                        say(&old, Relation::Alias, &new, Stance::Holds);
                    }
                }
                "adopted" => {
                    if let Some((new, _)) = one(rest, Wants::Name) {
                        say(subject, Relation::Uses, &new, Stance::Holds);
                    }
                }
                "dropped" | "removed" | "stopped" => {
                    let rest = match rest {
                        [using, more @ ..] if using.is("using") => more,
                        [support, ..] if support.is("support") => &[],
                        other if verb.is("stopped") => other.get(other.len()..).unwrap_or_default(),
                        other => other,
                    };
                    if let Some((old, _)) = one(rest, Wants::Name) {
                        say(subject, Relation::Uses, &old, Stance::Ended);
                    }
                }
                _ => {}
            }
        }
        claims
    }
}
