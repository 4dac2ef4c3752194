//! Page text that a value of a request gets into, wherever the text goes then: into a variable,
//! or to a function that makes the page.

use std::collections::BTreeSet;

use super::escape;
use super::spot::{has_element, has_tag};
use crate::code::analyser::{
    check::{Outcome, report},
    finding::{Kind, Severity},
    module::Module,
    scope::{How, parameter_name},
    shape::Shape,
    syntax::{Call, Id},
    template::Hole,
    trust::Trust,
};

/// Functions that read or show text, but to nobody in a page.
const OTHERS: &[&str] = &[
    "BeautifulSoup",
    "assertContains",
    "assertEqual",
    "assertHTMLEqual",
    "assertIn",
    "assertInHTML",
    "assertNotContains",
    "assertNotIn",
    "compile",
    "critical",
    "debug",
    "error",
    "escape",
    "exception",
    "feed",
    "findall",
    "fromstring",
    "fullmatch",
    "info",
    "log",
    "match",
    "print",
    "search",
    "warn",
    "warning",
];

/// How deep names are followed to the text they stand for. Chosen: a page is made in a few steps.
const STEPS: u32 = 5;

/// Looks at a text that is put together, for each value in it that a request has brought.
pub(in crate::code::analyser::check) fn pieces(module: &Module<'_>, node: Id) -> Vec<Outcome> {
    if !may_be_page(module, node) || !is_whole(module, node) {
        return Vec::new();
    }
    let template = module.template(node);
    if template.literals.is_empty()
        || template.holes.is_empty()
        || !has_element(&template.shown('\u{fffc}'))
        || goes_elsewhere(module, node)
    {
        return Vec::new();
    }
    let judge = |(place, hole): (usize, &Hole)| {
        // What a name stands for is judged where it is written.
        if hole.numeric
            || !module.tree.contains(node, hole.value)
            || is_page_text(module, hole.value)
        {
            return None;
        }
        let fix = match chosen(module, hole)? {
            Given::Request(shape) => {
                escape(module, &template, &[place], shape).unwrap_or_else(report)
            }
            Given::Mixed => report(
                "not every caller shows whether it gives text or a page; escape it where that is known",
            ),
        };
        Some(
            Outcome::at(hole.value)
                .with(Severity::High)
                .because_of(vec![hole.value])
                .fixed(fix),
        )
    };
    template
        .holes
        .iter()
        .enumerate()
        .filter_map(judge)
        .collect()
}

/// Whether a node can be page text with values in it: a look at its first letters, to spare most
/// nodes the rest.
fn may_be_page(module: &Module<'_>, node: Id) -> bool {
    let tree = &module.tree;
    let text = tree.text(node);
    match tree.kind(node) {
        "string" | "concatenated_string" => text.contains('<') && text.contains('{'),
        "call" => tree
            .call(node)
            .is_some_and(|call| module.method(&call) == "format"),
        "binary_operator" => tree
            .field(node, "operator")
            .is_some_and(|one| matches!(tree.text(one), "+" | "%")),
        _ => false,
    }
}

/// Whether a text is not a part of a longer one.
fn is_whole(module: &Module<'_>, node: Id) -> bool {
    let tree = &module.tree;
    let mut below = node;
    for above in tree.ancestors(node) {
        match tree.kind(above) {
            "parenthesized_expression" => {}
            "concatenated_string" => return false,
            "binary_operator" => {
                let operator = tree
                    .field(above, "operator")
                    .map_or("", |one| tree.text(one));
                return match operator {
                    "+" => false,
                    "%" => tree.field(above, "left") != Some(below),
                    _ => true,
                };
            }
            "attribute" => {
                return tree
                    .field(above, "attribute")
                    .is_none_or(|name| tree.text(name) != "format");
            }
            _ => return true,
        }
        below = above;
    }
    true
}

/// What a value in a page is.
enum Given {
    /// A request has brought it; of the class that is said.
    Request(Shape),
    /// A request has brought it from one caller, from others it is not known what comes.
    Mixed,
}

fn chosen(module: &Module<'_>, hole: &Hole) -> Option<Given> {
    match module.trust(hole.value, Kind::Xss) {
        Trust::Request => Some(Given::Request(Shape::Unknown)),
        Trust::Parameter => given(module, hole.value),
        Trust::Constant | Trust::Clean | Trust::Unknown | Trust::Operator => None,
    }
}

/// Whether a text is no page after all: logged, compared, searched for, or of another type.
fn goes_elsewhere(module: &Module<'_>, text: Id) -> bool {
    let tree = &module.tree;
    let statement = tree.statement(text);
    for above in tree.ancestors(text) {
        match tree.kind(above) {
            "comparison_operator" | "assert_statement" | "raise_statement" => return true,
            "call" => {
                if let Some(call) = tree.call(above)
                    && call.function != text
                    && (OTHERS.contains(&module.method(&call)) || makes_it_safe(module, &call))
                {
                    return true;
                }
            }
            _ => {}
        }
        if above == statement {
            break;
        }
    }
    // A type that is no page, anywhere around.
    let around = tree.function(text).unwrap_or(statement);
    tree.within(around).any(|node| {
        tree.kind(node) == "string_content"
            && matches!(
                tree.text(node).split(';').next().unwrap_or(""),
                "text/plain" | "application/json" | "text/csv" | "application/octet-stream"
            )
    })
}

/// Whether a function escapes what it is given, or is a template that does.
fn makes_it_safe(module: &Module<'_>, call: &Call<'_>) -> bool {
    let method = module.method(call).to_ascii_lowercase();
    [
        "escape",
        "sanitiz",
        "sanitis",
        "clean",
        "strip_tags",
        "render_template",
        "jsonify",
    ]
    .iter()
    .any(|part| method.contains(part))
        || module
            .qualified(call.function)
            .iter()
            .any(|name| name.starts_with("markupsafe.") && name.ends_with(".format"))
}

/// Whether a value is page text itself, put together before.
pub(super) fn is_page_text(module: &Module<'_>, value: Id) -> bool {
    mentions_tag(module, value, STEPS, &mut BTreeSet::new())
}

fn mentions_tag(module: &Module<'_>, value: Id, steps: u32, seen: &mut BTreeSet<Id>) -> bool {
    let Some(steps) = steps.checked_sub(1) else {
        return false;
    };
    if !seen.insert(value) {
        return false;
    }
    let tree = &module.tree;
    let nodes: Vec<Id> = tree.within(value).collect();
    if !tree.may_spend(nodes.len()) {
        return true;
    }
    nodes.into_iter().any(|node| match tree.kind(node) {
        "string_content" => has_tag(tree.text(node)),
        "identifier" if is_use(module, node) => {
            module
                .bindings(tree.text(node), node)
                .iter()
                .any(|one| match one.how {
                    How::Assign(inner)
                    | How::Augment(inner)
                    | How::Unpack(inner)
                    | How::Each(inner)
                    | How::Context(inner) => mentions_tag(module, inner, steps, seen),
                    // What a function of this file gives back.
                    How::Define(definition) => {
                        tree.kind(definition) == "function_definition"
                            && results(module, definition)
                                .into_iter()
                                .any(|inner| mentions_tag(module, inner, steps, seen))
                    }
                    How::Parameter(_) | How::Import | How::Other => false,
                })
        }
        _ => false,
    })
}

/// Whether a name stands for a variable, and is not that of an attribute or argument.
fn is_use(module: &Module<'_>, name: Id) -> bool {
    let tree = &module.tree;
    match tree.field_name(name) {
        Some("attribute") => false,
        Some("name") => tree
            .parent(name)
            .is_none_or(|above| tree.kind(above) != "keyword_argument"),
        _ => true,
    }
}

fn results(module: &Module<'_>, definition: Id) -> Vec<Id> {
    let tree = &module.tree;
    tree.within(definition)
        .filter(|node| tree.kind(*node) == "return_statement")
        .filter_map(|node| tree.named(node).next())
        .collect()
}

/// What the callers in this file give for a parameter that gets into a page; nothing where no
/// request is among it, or where a caller gives page text or has escaped it.
fn given(module: &Module<'_>, value: Id) -> Option<Given> {
    let tree = &module.tree;
    let value = tree.bare(value);
    if tree.kind(value) != "identifier" {
        return None;
    }
    let bindings = module.bindings(tree.text(value), value);
    let [one] = bindings.as_slice() else {
        return None;
    };
    let How::Parameter(parameter) = one.how else {
        return None;
    };
    let function = tree.function(parameter)?;
    let own_name = tree.field(function, "name")?;
    if tree.class(function).is_some() || !tree.may_spend(tree.len()) {
        return None;
    }
    let name = tree.text(parameter_name(tree, parameter)?);
    let position = tree
        .named(tree.field(function, "parameters")?)
        .position(|one| one == parameter)?;
    let default = tree.field(parameter, "value");
    let mut values: Vec<Id> = default.into_iter().collect();
    let mut is_mixed = false;
    for node in tree.within(tree.root()) {
        if tree.kind(node) != "identifier"
            || !is_use(module, node)
            || tree.text(node) != tree.text(own_name)
            || node == own_name
            || module.definition(node) != Some(function)
        {
            continue;
        }
        let call = tree
            .parent(node)
            .and_then(|above| tree.call(above))
            .filter(|call| call.function == node);
        // Handed on as a value, or called with values that are not written out.
        let Some(call) = call.filter(|call| !call.splat) else {
            is_mixed = true;
            continue;
        };
        match call.argument(position, name) {
            Some(value) => values.push(value),
            None => is_mixed |= default.is_none(),
        }
    }
    let mut is_chosen = false;
    let mut is_text = true;
    for value in values {
        if is_page_text(module, value) {
            return None;
        }
        let shape = module.shape(value);
        match module.trust(value, Kind::Xss) {
            Trust::Request => is_chosen = true,
            Trust::Constant => {
                if module
                    .constant_text(value)
                    .is_some_and(|text| text.contains('&'))
                {
                    return None;
                }
            }
            Trust::Clean if shape == Shape::Number => {}
            // Escaped already, as far as can be seen.
            Trust::Clean => return None,
            Trust::Unknown | Trust::Parameter | Trust::Operator => is_mixed = true,
        }
        is_text &= shape == Shape::Text;
    }
    is_chosen.then_some(if is_mixed {
        Given::Mixed
    } else if is_text {
        Given::Request(Shape::Text)
    } else {
        Given::Request(Shape::Unknown)
    })
}
