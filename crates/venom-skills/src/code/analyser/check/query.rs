//! Queries whose text is put together from values.

use crate::code::analyser::{
    check::{Outcome, bind, report},
    finding::{Kind, Severity},
    module::Module,
    sql,
    syntax::{Call, Id},
    trust::Trust,
};

/// Looks at the query of a call that runs one.
pub(super) fn text(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let mut argument = call.positional.first().copied().or_else(|| {
        [
            "sql",
            "query",
            "statement",
            "operation",
            "clause",
            "where",
            "select",
        ]
        .iter()
        .find_map(|name| call.keyword(name))
    })?;
    // `text("...")` and its like only wrap the query.
    let mut is_wrapped = false;
    let value = module.value(argument);
    if let Some(inner) = module.tree.call(value)
        && matches!(
            module.method(&inner),
            "text" | "SQL" | "TextClause" | "RawSQL"
        )
        && let Some(first) = inner.positional.first()
        && module
            .receiver(&inner)
            .is_none_or(|one| !matches!(module.tree.kind(one), "string" | "concatenated_string"))
    {
        // What `text` is called with is reported where it is called.
        if module.method(&inner) != "SQL" {
            return None;
        }
        argument = *first;
        is_wrapped = true;
    }
    if module.method(call) == "extra" {
        return clauses(module, call);
    }
    let template = module.template(argument);
    if template.literals.is_empty() {
        let trust = module.trust(argument, Kind::SqlInjection);
        let is_database = bind::driver(module, call).is_some();
        return (trust >= Trust::Operator && is_database).then(|| {
            Outcome::at(call.node).fixed(report(
                "the whole query comes from outside; accept names of known queries instead",
            ))
        });
    }
    let query = sql::read(&template);
    if !query.is_query() {
        return None;
    }
    let open: Vec<usize> = template
        .holes
        .iter()
        .enumerate()
        .filter(|(_, hole)| !hole.numeric && is_open(module, hole.value))
        .map(|(place, _)| place)
        .collect();
    // The holes may be those of a function that makes the text; what it is called with counts.
    if open.is_empty() || !is_open(module, argument) {
        return None;
    }
    let worst = template
        .holes
        .iter()
        .map(|hole| module.trust(hole.value, Kind::SqlInjection))
        .max()
        .unwrap_or(Trust::Unknown);
    let fix = if is_wrapped {
        report("the query is wrapped; bind the values with the wrapper's own parameters")
    } else {
        bind::parameters(module, call, argument, &template, &query, &open).unwrap_or_else(report)
    };
    let severity = if worst >= Trust::Parameter {
        Severity::High
    } else {
        Severity::Medium
    };
    Some(Outcome::at(call.node).with(severity).fixed(fix))
}

/// `extra(...)` of Django takes pieces of a query in lists and dictionaries.
fn clauses(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let given = call
        .keywords
        .iter()
        .filter(|(name, _, _)| matches!(*name, "select" | "where" | "tables" | "order_by"))
        .map(|(_, value, _)| *value)
        .chain(call.positional.iter().copied());
    let mut pieces = Vec::new();
    for one in given {
        let value = module.value(one);
        match module.tree.kind(value) {
            "list" | "tuple" => pieces.extend(module.tree.named(value)),
            "dictionary" => pieces.extend(
                module
                    .tree
                    .named(value)
                    .filter_map(|pair| module.tree.field(pair, "value")),
            ),
            _ => pieces.push(value),
        }
    }
    let is_bad = pieces
        .into_iter()
        .any(|piece| !module.template(piece).literals.is_empty() && is_open(module, piece));
    is_bad.then(|| {
        Outcome::at(call.node).fixed(report(
            "put `%s` into the clause and give the values with `params`",
        ))
    })
}

/// Whether a value in a query is chosen by somebody, or by nobody knows whom.
fn is_open(module: &Module<'_>, value: Id) -> bool {
    module.trust(value, Kind::SqlInjection) > Trust::Clean
}
