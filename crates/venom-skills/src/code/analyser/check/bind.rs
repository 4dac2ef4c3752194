//! Turns values in the text of a query into bound parameters, where that changes nothing else.

use std::ops::Range;

use crate::code::analyser::{
    check::rewrite,
    finding::{Edit, Fix},
    literal::Literal,
    module::Module,
    project::{Driver, LIBRARIES},
    scope::How,
    shape::Shape,
    sql::{Place, Query},
    syntax::{Call, Id},
    template::{Hole, Style, Template, Unit},
};

const NAME: &str = "the value is a name or a keyword of the query, which cannot be bound; choose it from a fixed list";

/// Says which driver a query is sent through, by what the file imports.
pub(super) fn driver(module: &Module<'_>, call: &Call<'_>) -> Option<Driver> {
    let names = receiver_names(module, call);
    let starts = |list: &[&str]| {
        names.iter().any(|name| {
            list.iter().any(|library| {
                name.strip_prefix(library)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
        })
    };
    for (list, driver) in LIBRARIES {
        if starts(list) {
            return Some(driver);
        }
    }
    // The connection comes from elsewhere: the one driver the file imports has to tell.
    let mut imported = LIBRARIES.iter().flat_map(|(list, driver)| {
        list.iter()
            .filter(|library| module.imports_library(library))
            .map(|_| *driver)
    });
    let first = imported.next()?;
    if imported.all(|other| other == first) {
        Some(first)
    } else {
        Some(Driver::Other)
    }
}

/// The project's only driver, where nothing says that the query is run by something else.
fn project_driver(module: &Module<'_>, call: &Call<'_>) -> Option<(&'static str, Driver)> {
    let names = receiver_names(module, call);
    names
        .iter()
        .all(|name| module.facts.may_be_own(name))
        .then(|| module.facts.driver())
        .flatten()
}

fn receiver_names(module: &Module<'_>, call: &Call<'_>) -> Vec<String> {
    module
        .receiver(call)
        .map(|one| module.qualified(one))
        .unwrap_or_default()
}

/// Builds the edits; otherwise says why there are none.
pub(super) fn parameters(
    module: &Module<'_>,
    call: &Call<'_>,
    argument: Id,
    template: &Template,
    query: &Query,
    open: &[usize],
) -> Result<Fix, &'static str> {
    match module.method(call) {
        "execute" => {}
        "executescript" => return Err("a script takes no parameters; split it into statements"),
        "executemany" => return Err("the rows of `executemany` are its parameters already"),
        _ => return Err("bind the values with the parameters of this function"),
    }
    if open.iter().any(|place| query.place(*place) == Place::Name) {
        return Err(NAME);
    }
    let mut only = None;
    let driver = driver(module, call).or_else(|| {
        let (name, driver) = project_driver(module, call)?;
        only = Some(name);
        Some(driver)
    });
    let mark = match driver {
        Some(Driver::Question) => "?",
        Some(Driver::Percent) => "%s",
        Some(Driver::Other) => {
            return Err("the way this library binds values depends on its set-up");
        }
        None => return Err("the file does not show which database driver runs the query"),
    };
    if call.positional.len() != 1 || !call.keywords.is_empty() || call.splat {
        return Err("the call has other arguments already");
    }
    if template.tangled {
        return Err("the query is put together in more than one step");
    }
    if !query.complete || !query.takes_parameters() {
        return Err("the statement does not take parameters");
    }
    if query.has_placeholder() {
        return Err("the query has parameters already");
    }
    let mut builder = Builder {
        module,
        template,
        mark,
        edits: Vec::new(),
        values: Vec::new(),
        replaced: Vec::new(),
    };
    let homes = builder.homes(call, argument)?;
    let takes_all = template.applied.is_some();
    let mut merged: Vec<usize> = Vec::new();
    for (place, hole) in template.holes.iter().enumerate() {
        if open.contains(&place) || takes_all {
            builder.bind(place, hole, query, &homes, &mut merged)?;
        }
    }
    builder.literals(&merged)?;
    let mut list = builder.values.join(", ");
    if builder.values.len() == 1 {
        list.push(',');
    }
    let addition = format!(", ({list})");
    let end = module.tree.end(argument);
    match &template.applied {
        Some(range) if range.end == end => builder.edits.push(Edit {
            start: range.start,
            end: range.end,
            text: addition,
        }),
        Some(range) => {
            builder.edits.push(Edit {
                start: range.start,
                end: range.end,
                text: String::new(),
            });
            builder.edits.push(Edit {
                start: end,
                end,
                text: addition,
            });
        }
        None => builder.edits.push(Edit {
            start: end,
            end,
            text: addition,
        }),
    }
    let mut note = "binds the values as parameters; each is now sent with its own type".to_owned();
    if let Some(name) = only {
        note.push_str("; the project's only database driver is ");
        note.push_str(name);
    }
    Ok(rewrite(builder.edits, &note))
}

/// Where a query, or a part of it, is written when it is not in the call itself.
struct Home {
    assignment: Id,
    value: Id,
    is_adjacent: bool,
}

/// How many variables a query may be put together from. Chosen: more is a query builder.
const HOMES: usize = 6;

struct Builder<'m, 't> {
    module: &'m Module<'t>,
    template: &'m Template,
    mark: &'static str,
    edits: Vec<Edit>,
    values: Vec<String>,
    /// The bytes of literals that are replaced.
    replaced: Vec<Range<usize>>,
}

impl Builder<'_, '_> {
    /// Finds the assignments the query is in, and makes sure that nothing else uses them.
    fn homes(&self, call: &Call<'_>, argument: Id) -> Result<Vec<Home>, &'static str> {
        let tree = &self.module.tree;
        let elsewhere = "a part of the query is written elsewhere";
        let bare = tree.bare(argument);
        let mut homes: Vec<Home> = Vec::new();
        let mut regions = vec![bare];
        let is_within = |regions: &[Id], literal: &Literal| {
            regions
                .iter()
                .any(|region| tree.contains(*region, literal.node))
        };
        while let Some(missing) = self
            .template
            .literals
            .iter()
            .find(|literal| !is_within(&regions, literal))
        {
            if homes.len() >= HOMES {
                return Err(elsewhere);
            }
            // The name whose value has the literal, in what is already known to be the query's.
            let names: Vec<Id> = regions
                .iter()
                .flat_map(|region| tree.within(*region))
                .filter(|node| tree.kind(*node) == "identifier")
                .collect();
            let home = names
                .into_iter()
                .find_map(|name| {
                    let bindings = self.module.bindings(tree.text(name), name);
                    let [one] = bindings.as_slice() else {
                        return None;
                    };
                    let How::Assign(value) = one.how else {
                        return None;
                    };
                    tree.contains(value, missing.node)
                        .then_some((name, one.at, value))
                })
                .ok_or(elsewhere)?;
            homes.push(self.home(call, home)?);
            regions.push(home.2);
        }
        Ok(homes)
    }

    fn home(
        &self,
        call: &Call<'_>,
        (name, assignment, value): (Id, Id, Id),
    ) -> Result<Home, &'static str> {
        let tree = &self.module.tree;
        let function = tree.function(name);
        let left = tree.field(assignment, "left");
        if tree.kind(assignment) != "assignment"
            || left.is_none_or(|left| tree.kind(left) != "identifier")
            || tree.function(assignment) != function
        {
            return Err("a part of the query is written elsewhere");
        }
        let scope = function.unwrap_or_else(|| tree.root());
        let uses = tree
            .within(scope)
            .filter(|node| tree.kind(*node) == "identifier" && tree.text(*node) == tree.text(name))
            .count();
        if uses != 2 {
            return Err("the query is used in more than one place");
        }
        if self.is_in_loop_apart(assignment, call.node) {
            return Err("the query is put together outside of the loop that runs it");
        }
        let statement = tree.statement(assignment);
        let run = tree.statement(call.node);
        let next = tree.parent(statement).and_then(|block| {
            tree.named(block)
                .skip_while(|child| *child != statement)
                .nth(1)
        });
        Ok(Home {
            assignment,
            value,
            is_adjacent: next == Some(run),
        })
    }

    fn is_in_loop_apart(&self, assignment: Id, run: Id) -> bool {
        let tree = &self.module.tree;
        tree.ancestors(run).any(|above| {
            matches!(tree.kind(above), "for_statement" | "while_statement")
                && !tree.contains(above, assignment)
        })
    }

    /// Whether the value means the same where the query runs as where it was put together.
    fn is_still(&self, value: Id, homes: &[Home]) -> bool {
        let tree = &self.module.tree;
        let Some(home) = homes.iter().find(|home| tree.contains(home.value, value)) else {
            return true;
        };
        let value = tree.bare(value);
        let from = tree.end(home.assignment);
        match tree.kind(value) {
            "identifier" => {
                let name = tree.text(value);
                let scope = tree.function(value).unwrap_or_else(|| tree.root());
                // No new value for the name from there to the end of the function.
                !tree.within(scope).any(|node| {
                    tree.start(node) >= from
                        && tree.kind(node) == "identifier"
                        && tree.text(node) == name
                        && tree
                            .field_name(node)
                            .is_some_and(|field| matches!(field, "left" | "name" | "alias"))
                })
            }
            "attribute" | "subscript" => {
                home.is_adjacent
                    && tree.within(value).all(|node| {
                        matches!(
                            tree.kind(node),
                            "identifier"
                                | "attribute"
                                | "subscript"
                                | "string"
                                | "integer"
                                | "string_start"
                                | "string_content"
                                | "string_end"
                                | "."
                                | "["
                                | "]"
                        )
                    })
            }
            _ => false,
        }
    }

    fn bind(
        &mut self,
        place: usize,
        hole: &Hole,
        query: &Query,
        homes: &[Home],
        merged: &mut Vec<usize>,
    ) -> Result<(), &'static str> {
        if hole.changed {
            return Err("a format specification changes the value on its way into the query");
        }
        if !self.is_still(hole.value, homes) {
            return Err("the value may change between the text and the query");
        }
        let module = self.module;
        let tree = &module.tree;
        let mut value = tree.bare(hole.value);
        // Text is what `+` needs; a parameter does not.
        let mut shape = module.shape(value);
        if shape == Shape::Collection || shape == Shape::Bytes {
            return Err("the value is a collection and not one value");
        }
        let is_said_text = hole.style == Style::Operand;
        if is_said_text
            && let Some(inner) = module.call_of(value, &["str"])
            && let [only] = inner.positional.as_slice()
            && !inner.splat
            && inner.keywords.is_empty()
        {
            value = *only;
            shape = module.shape(value);
        }
        let written = tree.text(value);
        if matches!(
            tree.kind(value),
            "generator_expression"
                | "lambda"
                | "conditional_expression"
                | "named_expression"
                | "yield"
        ) {
            return Err("the value is not a plain expression");
        }
        match query.place(place) {
            Place::Name => Err(NAME),
            Place::Other => Err("the place of the value in the query is not understood"),
            Place::Value => {
                let is_text =
                    shape == Shape::Text || is_said_text && value == tree.bare(hole.value);
                if is_text && query.is_count(place) {
                    return Err(
                        "the value is text in the place of a number of rows; make it a number",
                    );
                }
                self.values.push(written.to_owned());
                self.put(place, hole, None, merged)
            }
            Place::Quoted { open, close } => {
                let parameter = if close == open + 2 {
                    if shape == Shape::Number {
                        format!("str({written})")
                    } else {
                        written.to_owned()
                    }
                } else {
                    self.formatted(open, close, written)?
                };
                self.values.push(parameter);
                self.put(place, hole, Some((open, close)), merged)
            }
        }
    }

    /// The f-string for a quoted text that has more in it than the value.
    fn formatted(&self, open: usize, close: usize, written: &str) -> Result<String, &'static str> {
        let hard = "the quoted text around the value cannot be written as one f-string";
        let units = self.template.units.get(open + 1..close).ok_or(hard)?;
        if units
            .iter()
            .filter(|unit| matches!(unit, Unit::Hole(_)))
            .count()
            != 1
            || written.contains(['"', '\\', '\n', '{', '}', '#'])
        {
            return Err(hard);
        }
        let mut text = String::from("f\"");
        for unit in units {
            match unit {
                Unit::Hole(_) => {
                    text.push('{');
                    text.push_str(written);
                    text.push('}');
                }
                Unit::Char('"' | '\\' | '\'', _) => return Err(hard),
                Unit::Char(letter, _) if letter.is_control() => return Err(hard),
                Unit::Char(brace @ ('{' | '}'), _) => text.extend([*brace, *brace]),
                Unit::Char(letter, _) => text.push(*letter),
            }
        }
        text.push('"');
        Ok(text)
    }

    /// Writes the mark of a parameter over a hole and the quotes around it.
    fn put(
        &mut self,
        place: usize,
        hole: &Hole,
        quotes: Option<(usize, usize)>,
        merged: &mut Vec<usize>,
    ) -> Result<(), &'static str> {
        let hard = "the pieces of the query do not fit together without the value";
        let units = &self.template.units;
        let char_at = |at: usize| match units.get(at) {
            Some(Unit::Char(_, range)) => Some(range.clone()),
            _ => None,
        };
        let range = match quotes {
            Some((open, close)) => {
                char_at(open).ok_or(hard)?.start..char_at(close).ok_or(hard)?.end
            }
            None => hole.range.clone(),
        };
        if hole.style != Style::Operand {
            // The quotes have to be in the literal the hole is in.
            let literal = self
                .template
                .literals
                .iter()
                .find(|literal| {
                    literal.content.start <= hole.range.start
                        && hole.range.end <= literal.content.end
                })
                .ok_or(hard)?;
            if range.start < literal.content.start || range.end > literal.content.end {
                return Err("the quotes around the value are in different string literals");
            }
            self.replaced.push(range.clone());
            self.edits.push(Edit {
                start: range.start,
                end: range.end,
                text: self.mark.to_owned(),
            });
            return Ok(());
        }
        let at = units
            .iter()
            .position(|unit| *unit == Unit::Hole(place))
            .ok_or(hard)?;
        let literal_at = |range: &Range<usize>| {
            self.template.literals.iter().position(|literal| {
                literal.content.start <= range.start && range.end <= literal.content.end
            })
        };
        let before = self
            .template
            .literals
            .iter()
            .rposition(|literal| literal.content.end <= hole.range.start)
            .ok_or(hard)?;
        let is_near = at
            .checked_sub(1)
            .and_then(char_at)
            .and_then(|range| literal_at(&range))
            == Some(before);
        let first = self.template.literals.get(before).ok_or(hard)?;
        if !is_near || first.prefix.formatted || first.prefix.bytes {
            return Err(hard);
        }
        let start = quotes.map_or(first.content.end, |_| range.start);
        if start < first.content.start {
            return Err(hard);
        }
        let (end, text) = match char_at(at + 1) {
            Some(next) => {
                let after = literal_at(&next).ok_or(hard)?;
                let second = self.template.literals.get(after).ok_or(hard)?;
                let source = &self.module.tree;
                if second.prefix != first.prefix
                    || source.slice(second.quotes.clone()) != source.slice(first.quotes.clone())
                    || quotes.is_some() && range.end > second.content.end
                    || next.start != second.content.start
                {
                    return Err(hard);
                }
                merged.push(after);
                (
                    quotes.map_or(second.content.start, |_| range.end),
                    self.mark.to_owned(),
                )
            }
            None if quotes.is_some() || at + 1 < units.len() => return Err(hard),
            None => {
                let closing = self.module.tree.slice(first.quotes.clone());
                (hole.range.end, format!("{}{closing}", self.mark))
            }
        };
        // What is between the pieces goes; a comment there would go too.
        let between = self.module.tree.slice(first.content.end..end);
        if between.contains('#') || between.contains('(') && !between.contains(')') {
            return Err(hard);
        }
        self.replaced.push(start..end);
        self.edits.push(Edit { start, end, text });
        Ok(())
    }

    /// Puts the literals in order that lose their values: the `f` goes, doubled braces become
    /// single, and a `%` is doubled for a driver that reads it.
    fn literals(&mut self, merged: &[usize]) -> Result<(), &'static str> {
        for (index, literal) in self.template.literals.iter().enumerate() {
            let loses_format = self.loses_format(literal);
            if loses_format {
                let letters = self.module.tree.slice(literal.prefix_range.clone());
                let kept: String = letters
                    .chars()
                    .filter(|letter| !matches!(letter, 'f' | 'F'))
                    .collect();
                self.edits.push(Edit {
                    start: literal.prefix_range.start,
                    end: literal.prefix_range.end,
                    text: kept,
                });
            }
            if merged.contains(&index) && literal.prefix.formatted {
                return Err("the pieces of the query are of different kinds");
            }
        }
        let is_percent = self.mark == "%s";
        let style = self.template.holes.iter().map(|hole| hole.style).next();
        for unit in &self.template.units {
            let Unit::Char(letter, range) = unit else {
                continue;
            };
            let is_replaced = self
                .replaced
                .iter()
                .any(|gone| gone.start <= range.start && range.end <= gone.end);
            if is_replaced {
                continue;
            }
            let written = range.end - range.start;
            let home = self.template.literals.iter().find(|literal| {
                literal.content.start <= range.start && range.end <= literal.content.end
            });
            let is_plain_now = home.is_some_and(|literal| self.loses_format(literal));
            let text = match letter {
                '{' | '}' if written == 2 && (is_plain_now || style == Some(Style::Format)) => {
                    letter.to_string()
                }
                // `%%` of a `%` template is what the driver wants to see.
                '%' if is_percent && style != Some(Style::Percent) => "%%".to_owned(),
                '%' if !is_percent && style == Some(Style::Percent) => "%".to_owned(),
                _ => continue,
            };
            self.edits.push(Edit {
                start: range.start,
                end: range.end,
                text,
            });
        }
        Ok(())
    }

    /// Whether an f-string has no holes left.
    fn loses_format(&self, literal: &Literal) -> bool {
        let mut has_hole = false;
        let all_gone = self
            .template
            .holes
            .iter()
            .filter(|hole| hole.style == Style::Interpolation)
            .filter(|hole| {
                literal.content.start <= hole.range.start && hole.range.end <= literal.content.end
            })
            .inspect(|_| has_hole = true)
            .all(|hole| {
                self.replaced
                    .iter()
                    .any(|gone| gone.start <= hole.range.start && hole.range.end <= gone.end)
            });
        literal.prefix.formatted && has_hole && all_gone
    }
}
