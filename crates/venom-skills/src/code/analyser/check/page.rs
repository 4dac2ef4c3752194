//! Pages that values get into without being escaped.

mod piece;
mod spot;

pub(super) use self::piece::pieces;
use self::spot::{Spot, has_tag, spots};
use crate::code::analyser::{
    check::{Outcome, imported, report, rewrite},
    finding::{Edit, Fix, Kind, Severity},
    module::Module,
    scope::How,
    shape::Shape,
    syntax::{Call, Id},
    template::Template,
    trust::Trust,
};

/// What is done with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sink {
    /// It is the answer to a request.
    Response,
    /// It is written to an answer, piece by piece, which is not always a page.
    Write,
    /// It is marked as safe for any page.
    Markup,
}

/// Looks at the text a response or a markup object is made of.
pub(super) fn text(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let argument = ["content", "response", "text", "body", "html", "s", "chunk"]
        .iter()
        .find_map(|name| call.keyword(name))
        .or_else(|| call.positional.first().copied())?;
    if !answers_html(module, call) {
        return None;
    }
    let method = module.method(call);
    let sink = match method {
        "Markup" | "mark_safe" | "SafeString" | "SafeText" | "SafeUnicode" | "SafeBytes" => {
            Sink::Markup
        }
        "write" => Sink::Write,
        _ => Sink::Response,
    };
    judge(module, call.node, argument, sink)
}

/// Looks at what a handler returns.
pub(super) fn result(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let function = module.tree.function(node)?;
    if !matches!(
        module.handler(function),
        Some(Trust::Request | Trust::Unknown)
    ) || !is_page_handler(module, function)
    {
        return None;
    }
    let mut value = module.tree.named(node).next()?;
    let mut rest = Vec::new();
    let listed = module.tree.bare(value);
    if matches!(module.tree.kind(listed), "expression_list" | "tuple") {
        let mut parts = module.tree.named(listed);
        value = parts.next()?;
        rest = parts.collect();
    }
    // `return page, 200, {"Content-Type": "text/plain"}`
    if rest.iter().any(|one| {
        let text = module.text(*one).to_ascii_lowercase();
        text.contains("content-type") && !text.contains("html")
    }) {
        return None;
    }
    judge(module, node, value, Sink::Response)
}

/// Looks at a template that is written by somebody outside.
pub(super) fn template(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let argument = call
        .positional
        .first()
        .copied()
        .or_else(|| call.keyword("source"))?;
    let trust = module.trust(argument, Kind::Xss);
    (trust >= Trust::Parameter).then(|| {
        let values = module.template(argument).holes;
        Outcome::at(call.node)
            .because_of(values.into_iter().map(|hole| hole.value).collect())
            .fixed(report(
                "a value becomes part of the template itself; pass it as a variable of the template",
            ))
    })
}

fn judge(module: &Module<'_>, at: Id, argument: Id, sink: Sink) -> Option<Outcome> {
    let is_markup = sink == Sink::Markup;
    let is_write = sink == Sink::Write;
    let template = module.template(argument);
    let shown = template.shown('\u{fffc}');
    let is_page = has_tag(&shown);
    if template.literals.is_empty() {
        // A value on its own: certain for markup, and for a handler that echoes a request.
        let trust = module.trust(argument, Kind::Xss);
        let is_bad = if is_markup {
            trust >= Trust::Parameter
        } else {
            trust == Trust::Request
                && !is_write
                && (module.shape(argument) == Shape::Text || makes_page(module, argument))
        };
        return is_bad.then(|| {
            Outcome::at(at)
                .with(if is_markup {
                    Severity::High
                } else {
                    Severity::Medium
                })
                .fixed(report(
                    "a value becomes the whole page; escape it where the page is made",
                ))
        });
    }
    if is_write && !is_page {
        return None;
    }
    // Markup is put together by hand here: a value of which nothing is known counts.
    let least = if is_markup {
        Trust::Unknown
    } else if is_page {
        Trust::Parameter
    } else {
        Trust::Request
    };
    let open: Vec<usize> = template
        .holes
        .iter()
        .enumerate()
        .filter(|(_, hole)| !hole.numeric && module.trust(hole.value, Kind::Xss) >= least)
        // Page text made before: what is wrong with it is said where it is made.
        .filter(|(_, hole)| {
            module.trust(hole.value, Kind::Xss) != Trust::Request
                || !piece::is_page_text(module, hole.value)
        })
        .map(|(place, _)| place)
        .collect();
    if open.is_empty() || module.trust(argument, Kind::Xss) < least {
        return None;
    }
    let is_chosen = open.iter().any(|place| {
        template
            .holes
            .get(*place)
            .is_some_and(|hole| module.trust(hole.value, Kind::Xss) >= Trust::Parameter)
    });
    let fix = escape(module, &template, &open, Shape::Unknown).unwrap_or_else(report);
    let severity = if is_chosen {
        Severity::High
    } else {
        Severity::Medium
    };
    let values = open
        .iter()
        .filter_map(|place| template.holes.get(*place))
        .map(|hole| hole.value)
        .collect();
    Some(Outcome::at(at).with(severity).because_of(values).fixed(fix))
}

/// Whether the value is what a function of this file makes, and that is a page.
fn makes_page(module: &Module<'_>, argument: Id) -> bool {
    let definition = module
        .tree
        .call(module.value(argument))
        .and_then(|call| module.definition(call.function));
    definition.is_some_and(|definition| {
        module
            .tree
            .within(definition)
            .filter(|node| module.tree.kind(*node) == "return_statement")
            .filter_map(|node| module.tree.named(node).next())
            .any(|value| has_tag(&module.template(value).shown('\u{fffc}')))
    })
}

/// Whether the response a call makes is read as a page.
fn answers_html(module: &Module<'_>, call: &Call<'_>) -> bool {
    let names = module.qualified(call.function);
    let kind = ["content_type", "mimetype", "media_type"]
        .iter()
        .find_map(|name| call.keyword(name));
    let plain_by_default = names.iter().any(|name| {
        name.starts_with("aiohttp.")
            || name.starts_with("fastapi.")
            || name.starts_with("starlette.")
    }) && !module.method(call).starts_with("HTML");
    match kind {
        Some(kind) => module.constant_text(kind).is_none_or(|kind| {
            kind.contains("html") || kind.contains("svg") || kind.contains("xml")
        }),
        None => !plain_by_default && !has_other_header(module, call),
    }
}

fn has_other_header(module: &Module<'_>, call: &Call<'_>) -> bool {
    call.keyword("headers").is_some_and(|headers| {
        let text = module.text(module.value(headers)).to_ascii_lowercase();
        text.contains("content-type") && !text.contains("html")
    })
}

/// Whether a framework sends what the handler returns as a page.
fn is_page_handler(module: &Module<'_>, function: Id) -> bool {
    let decorators = module
        .tree
        .parent(function)
        .map_or("", |above| module.text(above));
    let head = decorators.split("def ").next().unwrap_or_default();
    if head.contains("HTMLResponse") {
        return true;
    }
    ["flask", "bottle", "quart", "cherrypy", "sanic"]
        .iter()
        .any(|library| module.imports_library(library))
        && !["fastapi", "flask_restful", "flask_restx"]
            .iter()
            .any(|library| module.imports_library(library))
}

/// Wraps the open values in `html.escape`.
///
/// `known` is the class the values are of where the text itself does not show it.
fn escape(
    module: &Module<'_>,
    template: &Template,
    open: &[usize],
    known: Shape,
) -> Result<Fix, &'static str> {
    let spots = spots(template);
    let mut first = usize::MAX;
    for place in open {
        let hole = template
            .holes
            .get(*place)
            .ok_or("the text is not understood")?;
        match spots.get(*place) {
            Some(Spot::Content | Spot::Quoted) => {}
            Some(Spot::Tag) => {
                return Err(
                    "a value in a tag, or in an attribute that is a link or code, needs more than escaping",
                );
            }
            Some(Spot::Raw) | None => {
                return Err("a value in a script, a style or a comment cannot be escaped");
            }
        }
        if hole.changed {
            return Err("a format specification changes the value on its way into the page");
        }
        if known != Shape::Text && module.shape(hole.value) != Shape::Text {
            return Err("the value may be something else than text; make it text and escape it");
        }
        if module.tree.text(hole.value).starts_with(['*']) {
            return Err("the text is not understood");
        }
        first = first.min(module.tree.start(hole.value));
    }
    let Some((name, import)) = imported_escape(module, first) else {
        return Err("the name `html` stands for something else in this file");
    };
    let mut edits: Vec<Edit> = import.into_iter().collect();
    for place in open {
        let Some(hole) = template.holes.get(*place) else {
            continue;
        };
        let range = module.tree.range(hole.value);
        edits.push(Edit {
            start: range.start,
            end: range.start,
            text: format!("{name}("),
        });
        edits.push(Edit {
            start: range.end,
            end: range.end,
            text: ")".to_owned(),
        });
    }
    Ok(rewrite(edits, "escapes the value for the page"))
}

fn imported_escape(module: &Module<'_>, before: usize) -> Option<(String, Option<Edit>)> {
    // `from html import escape` is as good.
    if let Some(name) = module.local_name("html.escape")
        && !module.scopes.is_bound_anywhere(name)
    {
        let at_top = module
            .scopes
            .global(name)
            .iter()
            .any(|one| one.how == How::Import);
        if at_top {
            return Some((name.to_owned(), None));
        }
    }
    imported(module, "html", before).map(|(name, edit)| (format!("{name}.escape"), edit))
}
