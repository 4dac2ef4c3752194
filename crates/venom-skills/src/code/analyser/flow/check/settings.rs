//! Values that switch a protection off, or something on that is for development.

use super::super::super::check::name_words;
use super::super::super::syntax::Id;
use super::super::file::File;
use super::super::rules::Rule;
use super::super::shape::{How, Shape};
use super::{Match, Outcome};

/// Whether a value is one of those that a rule names; names are followed.
pub(super) fn is_value(file: &File<'_>, rule: &Rule, value: Id) -> bool {
    let value = file.value(value);
    let written = file.tree.text(value);
    let text = file.text(value).unwrap_or(written);
    rule.values.iter().any(|wanted| {
        wanted == written || wanted == text || written.ends_with(&format!(".{wanted}"))
    })
}

/// The schema of a YAML reader.
pub(super) fn schema(file: &File<'_>, rule: &Rule, found: &Match<'_>) -> Option<Outcome> {
    let Shape::Record(fields) = file.shape(file.value(*found.arguments.get(1)?)) else {
        return None;
    };
    let schema = fields.iter().find(|one| one.name == "schema")?;
    let value = file.value(schema.value);
    let text = file.tree.text(value);
    let is_unsafe = rule
        .values
        .iter()
        .any(|wanted| text.contains(wanted.as_str()))
        || file.tree.within(value).any(|node| {
            matches!(file.shape(node), Shape::Name(_))
                && rule.values.contains(&file.qualified(node))
        });
    is_unsafe.then(|| Outcome::at(found.node))
}

/// A check that looks at nothing.
pub(super) fn empty_function(file: &File<'_>, found: &Match<'_>, value: Id) -> Option<Outcome> {
    if !matches!(file.bare_shape(value), Shape::Function) {
        return None;
    }
    let body = file.tree.field(file.bare(value), "body")?;
    let calls = file
        .tree
        .within(body)
        .any(|node| matches!(file.shape(node), Shape::Call { .. }));
    (!calls).then(|| Outcome::at(found.node))
}

/// A certificate that nothing else checks either.
pub(super) fn unverified(
    file: &File<'_>,
    rule: &Rule,
    found: &Match<'_>,
    value: Id,
) -> Option<Outcome> {
    let around = file.tree.parent(found.node)?;
    let text = file.tree.text(around);
    let is_checked = text.contains("VerifyConnection") || text.contains("VerifyPeerCertificate");
    (is_value(file, rule, value) && !is_checked).then(|| Outcome::about(found.node, value))
}

/// A server without limits of time.
pub(super) fn timeouts(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    let Shape::Record(fields) = file.shape(found.node) else {
        return None;
    };
    let has = fields
        .iter()
        .any(|one| matches!(one.name, "ReadTimeout" | "ReadHeaderTimeout"));
    let later = file.text_around(found.node).contains("Timeout");
    (!has && !later && !fields.is_empty()).then(|| Outcome::at(found.node))
}

/// What is only for development, where nothing says so.
pub(super) fn not_in_development(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    let is_asked = file.tree.ancestors(found.node).any(|above| {
        file.tree
            .field(above, "condition")
            .is_some_and(|condition| {
                let text = file.tree.text(condition).to_lowercase();
                text.contains("env") || text.contains("dev") || text.contains("debug")
            })
    });
    (!is_asked).then(|| Outcome::at(found.node))
}

/// Origins that may read answers although the reader is signed in.
pub(super) fn origins(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    let Shape::Record(fields) = file.shape(file.value(*found.arguments.first()?)) else {
        return None;
    };
    let field = |name: &str| fields.iter().find(|one| one.name == name);
    let origin = field("origin")?;
    let is_open = file.text(origin.value) == Some("*") || file.tree.text(origin.value) == "true";
    let is_signed_in = field("credentials").is_some_and(|one| file.tree.text(one.value) == "true");
    (is_open && is_signed_in).then(|| Outcome::at(found.node))
}

fn is_off(file: &File<'_>, fields: &[super::super::shape::Field<'_>], name: &str) -> Option<Id> {
    fields
        .iter()
        .find(|one| one.name == name)
        .map(|one| file.value(one.value))
        .filter(|value| file.tree.text(*value) == "false")
}

/// A cookie that stands for a person and that scripts can read.
pub(super) fn cookie(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    let name = file.text(*found.arguments.first()?)?;
    let is_session = name_words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "session" | "sid" | "token" | "auth" | "jwt" | "sessionid" | "connect" | "remember"
        )
    });
    let Shape::Record(fields) = file.shape(file.value(*found.arguments.get(2)?)) else {
        return None;
    };
    let value = is_off(file, &fields, "httpOnly")?;
    is_session.then(|| Outcome::about(found.node, value))
}

/// The settings of the cookie of a session.
pub(super) fn session_cookie(file: &File<'_>, found: &Match<'_>, value: Id) -> Option<Outcome> {
    let Shape::Record(fields) = file.shape(file.value(value)) else {
        return None;
    };
    is_off(file, &fields, "httpOnly")
        .or_else(|| is_off(file, &fields, "secure"))
        .map(|_| Outcome::at(found.node))
}

/// `res.send(error.stack)`
pub(super) fn stack(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    let value = found.arguments.first().copied()?;
    let receiver = match file.bare_shape(found.function?) {
        Shape::Member { of, .. } => file.tree.text(of),
        _ => return None,
    };
    let is_answer = receiver.starts_with("res") || receiver.starts_with("reply");
    let is_stack = file.tree.within(value).any(|node| match file.shape(node) {
        Shape::Member { of, name: "stack" } => match file.shape(of) {
            Shape::Name(name) => file
                .bindings(name, of)
                .iter()
                .any(|one| matches!(one.how, How::Parameter(_) | How::Each)),
            _ => false,
        },
        _ => false,
    });
    (is_answer && is_stack).then(|| Outcome::at(found.node))
}
