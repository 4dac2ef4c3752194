//! Preferences and decisions: `always use X`, `never commit Y`, `we decided to Z`.

use super::statement::claim;
use super::word::Word;
use super::{Reading, name};
use crate::memory::fact::{Claim, LONGEST_NAME, Relation};

/// Orders that forbid nothing.
const NOT_MEANT: &[&str] = &[
    "worry",
    "forget",
    "know",
    "think",
    "mind",
    "panic",
    "hesitate",
    "bother",
    "see",
    "understand",
    "have",
    "need",
    "want",
    "care",
    "remember",
    "like",
];

/// Words in front of a wish.
const BEFORE: &[&str] = &[
    "please", "and", "but", "so", "also", "remember", "note", "to", "that", "rule", "btw", "fyi",
    "ok", "yes", "no",
];

/// Returns what a sentence wishes for or says was decided; nothing if it does neither. What is empty was
/// a wish that says nothing to be kept.
pub(super) fn claims(words: &[Word], reading: &Reading<'_>) -> Option<Vec<Claim>> {
    let mut rest = words;
    while let [first, more @ ..] = rest
        && first.is_any(BEFORE)
        && !more.is_empty()
    {
        rest = more;
    }
    let project = name(reading.project);
    let user = name(reading.user);
    decided(rest, &project)
        .or_else(|| preferred(rest, &project, &user))
        .or_else(|| forbidden(rest, &project))
}

fn decided(words: &[Word], project: &str) -> Option<Vec<Claim>> {
    let object = match words {
        [decision, rest @ ..] if decision.is("decision") && decision.stops => text(used(rest))?,
        [who, rest @ ..] if who.is_any(&["we", "it", "team"]) => made(rest)?,
        [the, team, rest @ ..]
            if the.is_any(&["the", "our"]) && team.is_any(&["team", "group"]) =>
        {
            made(rest)?
        }
        _ => return None,
    };
    Some(said(project, Relation::Decided, Some(object), None))
}

/// Behind `we`: what was decided.
fn made(words: &[Word]) -> Option<String> {
    let words = match words {
        [have, rest @ ..] if have.is_any(&["have", "has", "was", "finally", "also", "just"]) => {
            rest
        }
        other => other,
    };
    match words {
        [verb, not, to, rest @ ..]
            if verb.is_any(&["decided", "agreed"])
                && not.is_any(&["not", "against"])
                && to.is("to") =>
        {
            text(rest).map(|what| format!("not to {what}"))
        }
        [verb, against, rest @ ..] if verb.is("decided") && against.is("against") => {
            text(rest).map(|what| format!("against {what}"))
        }
        [verb, to, rest @ ..]
            if verb.is_any(&["decided", "agreed"]) && to.is_any(&["to", "that", "on", "upon"]) =>
        {
            text(used(rest))
        }
        [verb, rest @ ..] if verb.is_any(&["chose", "picked"]) => text(rest),
        [went, with, rest @ ..] if went.is_any(&["went", "go"]) && with.is("with") => text(rest),
        [will, go, with, rest @ ..] if will.is("will") && go.is("go") && with.is("with") => {
            text(rest)
        }
        [settled, on, rest @ ..] if settled.is("settled") && on.is("on") => text(rest),
        _ => None,
    }
}

/// What was decided is the thing, where it is decided that it is used: `to use X`, `to go with X`.
fn used(words: &[Word]) -> &[Word] {
    match words {
        [verb, rest @ ..] if verb.is_any(&["use", "adopt"]) && !rest.is_empty() => rest,
        [go, with, rest @ ..] if go.is("go") && with.is("with") && !rest.is_empty() => rest,
        other => other,
    }
}

fn preferred(words: &[Word], project: &str, user: &str) -> Option<Vec<Claim>> {
    match words {
        [always, verb, rest @ ..] if always.is("always") && verb.is_any(&["use", "prefer"]) => {
            Some(chosen(project, rest))
        }
        [always, rest @ ..] if always.is("always") => {
            Some(said(project, Relation::Prefers, text(rest), None))
        }
        [who, verb, rest @ ..]
            if who.is_any(&["i", "we"]) && verb.is_any(&["prefer", "favour", "favor"]) =>
        {
            Some(chosen(if who.is("i") { user } else { project }, rest))
        }
        [who, always, verb, rest @ ..]
            if who.is_any(&["i", "we"])
                && always.is("always")
                && verb.is_any(&["use", "prefer"]) =>
        {
            Some(chosen(if who.is("i") { user } else { project }, rest))
        }
        [who, always, rest @ ..] if who.is_any(&["i", "we"]) && always.is("always") => {
            let subject = if who.is("i") { user } else { project };
            Some(said(subject, Relation::Prefers, text(rest), None))
        }
        [prefer, rest @ ..] if prefer.is("prefer") => Some(chosen(project, rest)),
        [verb, rest @ ..] if verb.is_any(&["use", "run"]) => {
            let at = rest
                .iter()
                .position(|word| word.is_any(&["instead", "rather", "not", "over"]))?;
            let object = text(rest.get(..at)?);
            Some(said(
                project,
                Relation::Prefers,
                object,
                text(rest.get(at..)?),
            ))
        }
        [my, preferred, what @ .., is, object]
            if my.is_any(&["my", "our", "the"]) && preferred.is("preferred") && is.is("is") =>
        {
            let subject = if my.is("my") { user } else { project };
            let object = text(std::slice::from_ref(object));
            let what = text(what).map(|what| format!("as {what}"));
            Some(said(subject, Relation::Prefers, object, what))
        }
        _ => None,
    }
}

fn forbidden(words: &[Word], project: &str) -> Option<Vec<Claim>> {
    let rest = match words {
        [never, rest @ ..] if never.is("never") => rest,
        [who, never, rest @ ..] if who.is_any(&["we", "i"]) && never.is("never") => rest,
        [avoid, rest @ ..] if avoid.is("avoid") => rest,
        [do_, not, ever, rest @ ..] if do_.is("do") && not.is("not") && ever.is("ever") => rest,
        [do_, not, rest @ ..] if do_.is("do") && not.is("not") => rest,
        _ => return None,
    };
    if rest.first().is_some_and(|word| word.is_any(NOT_MEANT)) {
        return Some(Vec::new());
    }
    let rest = match rest {
        [verb, more @ ..] if verb.is_any(&["use", "using"]) && !more.is_empty() => more,
        other => other,
    };
    let at = narrowed(rest);
    let object = text(rest.get(..at).unwrap_or_default());
    let qualifier = text(rest.get(at..).unwrap_or_default());
    Some(said(project, Relation::Avoids, object, qualifier))
}

/// Where what narrows a choice begins.
fn narrowed(words: &[Word]) -> usize {
    words
        .iter()
        .position(|word| {
            word.is_any(&[
                "instead", "rather", "over", "for", "when", "in", "to", "because", "unless", "as",
                "with",
            ])
        })
        .filter(|at| *at > 0)
        .unwrap_or(words.len())
}

fn chosen(subject: &str, words: &[Word]) -> Vec<Claim> {
    let at = narrowed(words);
    let object = text(words.get(..at).unwrap_or_default());
    let qualifier = text(words.get(at..).unwrap_or_default());
    said(subject, Relation::Prefers, object, qualifier)
}

fn said(
    subject: &str,
    relation: Relation,
    object: Option<String>,
    qualifier: Option<String>,
) -> Vec<Claim> {
    object
        .map(|object| Claim {
            qualifier,
            ..claim(subject, relation, &object)
        })
        .into_iter()
        .collect()
}

/// The words as a text, if they say something.
fn text(words: &[Word]) -> Option<String> {
    let words = match words {
        [article, rest @ ..] if article.is_any(&["the", "a", "an"]) && rest.len() == 1 => rest,
        other => other,
    };
    let is_vague =
        matches!(words, [one] if one.is_any(&["it", "this", "that", "them", "these", "so"]));
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !word.is("'s") {
            text.push(' ');
        }
        text.push_str(&word.text);
        if word.ends {
            text.push(',');
        }
    }
    let text: String = text
        .trim_end_matches(',')
        .chars()
        .take(LONGEST_NAME)
        .collect();
    let says = text.chars().any(char::is_alphanumeric);
    (says && !is_vague).then_some(text)
}
