//! What a clause states: a subject, words between two things, and objects.

use super::clause::strip;
use super::date::Span;
use super::object::{STOPS, objects};
use super::verb::{self, Wants};
use super::word::{Shape, Word};
use super::{Reading, name};
use crate::memory::fact::{Claim, Relation, Stance};

/// Words that begin an order, where they begin a sentence.
const ORDERS: &[&str] = &[
    "make",
    "ensure",
    "check",
    "verify",
    "add",
    "fix",
    "update",
    "change",
    "write",
    "create",
    "remove",
    "delete",
    "find",
    "explain",
    "show",
    "tell",
    "list",
    "run",
    "implement",
    "refactor",
    "rename",
    "move",
    "migrate",
    "upgrade",
    "bump",
    "see",
    "look",
    "help",
    "generate",
    "review",
    "commit",
    "push",
    "install",
    "set",
    "configure",
    "convert",
    "replace",
    "switch",
    "document",
    "confirm",
    "assert",
    "test",
    "print",
];

/// What the clauses of a sentence have in common.
pub(super) struct Clause<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) span: Span,
    pub(super) is_change: bool,
}

impl Clause<'_> {
    /// Reads one clause. `subjects` are those of the clause before, for one without its own.
    pub(super) fn claims(
        &self,
        words: &[Word],
        subjects: &mut Vec<String>,
        found: &mut Vec<Claim>,
    ) {
        let words = strip(words);
        let has_own = !verb::begins(words);
        if !has_own && subjects.is_empty() {
            return;
        }
        if let Some(claims) = self.attribute(words) {
            found.extend(claims);
            return;
        }
        let first = usize::from(has_own);
        for place in first..words.len() {
            let before = words.get(..place).unwrap_or_default();
            let rest = words.get(place..).unwrap_or_default();
            let (stance, rest) = denied(rest);
            if !verb::begins(rest) {
                continue;
            }
            let is_order = place > 1 && words.first().is_some_and(|word| word.is_any(ORDERS));
            if is_order {
                return;
            }
            let own = if has_own {
                self.subjects(before)
            } else {
                std::mem::take(subjects)
            };
            if own.is_empty() {
                // A verb that is part of a name, or a subject that says nothing: try the next one.
                if before.len() > 5 {
                    return;
                }
                continue;
            }
            let mut claims = self.changed(&own, rest);
            if claims.is_empty() {
                claims = self.stated(&own, stance, rest);
            }
            *subjects = own;
            if !claims.is_empty() {
                found.extend(claims);
                return;
            }
            return;
        }
    }

    fn stated(&self, subjects: &[String], stance: Stance, rest: &[Word]) -> Vec<Claim> {
        for form in verb::forms(rest) {
            let behind = rest.get(form.len()..).unwrap_or_default();
            let objects = objects(behind, form.wants);
            if objects.is_empty() {
                continue;
            }
            let mut claims = Vec::new();
            for subject in subjects {
                for (object, qualifier) in &objects {
                    let (subject, object) = if form.is_inverse {
                        (object, subject)
                    } else {
                        (subject, object)
                    };
                    let mut claim = self.claim(subject, form.relation, object);
                    claim.qualifier.clone_from(qualifier);
                    claim.stance = stance;
                    claims.push(claim);
                }
            }
            return claims;
        }
        Vec::new()
    }

    pub(super) fn claim(&self, subject: &str, relation: Relation, object: &str) -> Claim {
        Claim {
            is_change: self.is_change,
            from: self.span.from,
            until: self.span.until,
            ..claim(subject, relation, object)
        }
    }

    /// `the owner of X is Y`, `X's owner is Y`, `Y is the owner of X`, `X version is 1.2`.
    fn attribute(&self, words: &[Word]) -> Option<Vec<Claim>> {
        let is = words.iter().position(|word| word.is_any(&["is", "are"]))?;
        let (before, behind) = (words.get(..is)?, words.get(is + 1..)?);
        let negated = before.last().is_some_and(|word| word.is("not"));
        let before = match before {
            [rest @ .., not] if not.is("not") => rest,
            other => other,
        };
        let of = |part: &[Word]| -> Option<(Relation, Wants, String)> {
            let at = part.iter().position(|word| word.is_any(&["of", "for"]))?;
            let head = name::bare(part.get(..at)?);
            let (attribute, front) = head.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let fits = front
                .iter()
                .all(|word| word.is_any(&["default", "main", "latest", "git", "source", "base"]));
            let thing = self.subject(part.get(at + 1..)?)?;
            fits.then_some((relation, wants, thing))
        };
        let owned = || -> Option<(Relation, Wants, String)> {
            let at = before.iter().position(|word| word.is("'s"))?;
            let (attribute, front) = before.get(at + 1..)?.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let fits = front.iter().all(|word| {
                word.is_any(&[
                    "default", "main", "latest", "current", "git", "source", "base",
                ])
            });
            let thing = self.subject(before.get(..at)?)?;
            fits.then_some((relation, wants, thing))
        };
        let ours = || -> Option<(Relation, Wants, String)> {
            let head = name::bare(before);
            let (attribute, front) = head.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let is_branch = relation == Relation::Branch
                && matches!(front, [one] if one.is_any(&["default", "main", "base"]));
            if is_branch {
                return Some((relation, wants, name(self.reading.project)));
            }
            let is_plain = matches!(
                relation,
                Relation::Version | Relation::Port | Relation::OwnedBy
            ) && !front.is_empty();
            let thing = name::of(front).filter(|_| is_plain)?;
            Some((relation, wants, thing))
        };
        let inverted = || {
            let (relation, wants, thing) = of(behind)?;
            let object = objects(before, wants).into_iter().next()?;
            Some((relation, thing, object))
        };
        let forward = || {
            let (relation, wants, thing) = of(before).or_else(owned).or_else(ours)?;
            let behind = match behind {
                [at, rest @ ..] if at.is_any(&["at", "on", "in", "under", "not"]) => rest,
                other => other,
            };
            let object = objects(behind, wants).into_iter().next()?;
            Some((relation, thing, object))
        };
        let (relation, thing, (object, qualifier)) = forward().or_else(inverted)?;
        let mut claim = self.claim(&thing, relation, &object);
        claim.qualifier = qualifier;
        claim.stance = if negated {
            Stance::Ended
        } else {
            Stance::Holds
        };
        Some(vec![claim])
    }

    /// What the words before a verb name: one thing, or several.
    fn subjects(&self, words: &[Word]) -> Vec<String> {
        let mut names = Vec::new();
        let parts = words.split(|word| word.is("and"));
        for part in parts {
            for part in part.split_inclusive(|word| word.ends) {
                if part.is_empty() {
                    continue;
                }
                match self.subject(part) {
                    Some(name) => names.push(name),
                    // Half a subject is none.
                    None => return Vec::new(),
                }
            }
        }
        names
    }

    pub(super) fn subject(&self, words: &[Word]) -> Option<String> {
        match words {
            [one] if one.is_any(&["we", "us"]) => return Some(name(self.reading.project)),
            [one] if one.is("i") => return Some(name(self.reading.user)),
            [first, second]
                if first.is_any(&["this", "the", "our"])
                    && second.is_any(&[
                        "project",
                        "repo",
                        "repository",
                        "codebase",
                        "workspace",
                    ]) =>
            {
                return Some(name(self.reading.project));
            }
            _ => {}
        }
        let is_plain = words.iter().all(|word| {
            !word.is_any(STOPS) && !word.is_any(&["is", "are", "was", "or", "not", "do", "does"])
        });
        let is_thing = words
            .iter()
            .all(|word| !matches!(word.shape, Shape::Number | Shape::Url | Shape::Version));
        name::of(words).filter(|_| is_plain && is_thing)
    }
}

/// Takes what denies off a verb: `does not use` becomes `use`.
fn denied(words: &[Word]) -> (Stance, &[Word]) {
    match words {
        [aux, not, rest @ ..] if aux.is_any(&["does", "do", "did"]) && not.is("not") => {
            (Stance::Ended, rest)
        }
        [not, rest @ ..] if not.is("not") => (Stance::Ended, rest),
        _ => (Stance::Holds, words),
    }
}

/// A claim without its words.
pub(super) fn claim(subject: &str, relation: Relation, object: &str) -> Claim {
    Claim {
        subject: subject.to_owned(),
        relation,
        object: object.to_owned(),
        qualifier: None,
        stance: Stance::Holds,
        is_change: false,
        from: None,
        until: None,
        sentence: String::new(),
    }
}
