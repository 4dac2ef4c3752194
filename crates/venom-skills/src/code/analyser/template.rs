//! Text that a program puts together: f-strings, `%`, `.format` and `+`, read as one sequence of
//! characters and holes.

use std::ops::Range;

use super::literal::{self, Literal, Part};
use super::module::Module;
use super::scope::How;
use super::syntax::Id;

/// How a value gets into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `{value}` in an f-string.
    Interpolation,
    /// `%s` and the value after the `%` operator.
    Percent,
    /// `{}` and an argument of `format`.
    Format,
    /// A value between `+` operators.
    Operand,
}

/// A place in the text that a value fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hole {
    /// The expression.
    pub(super) value: Id,
    /// The bytes that stand for the value: `{value}`, `%s`, `{}` or the operand itself.
    pub(super) range: Range<usize>,
    /// How it gets in.
    pub(super) style: Style,
    /// Whether a conversion or format specification changes the value on the way.
    pub(super) changed: bool,
    /// Whether only a number can come out.
    pub(super) numeric: bool,
}

/// An element of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// A character, and where it is written.
    Char(char, Range<usize>),
    /// A hole, by its place in the list of holes.
    Hole(usize),
}

/// A text put together.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    /// The characters and holes in order.
    pub(super) units: Vec<Unit>,
    /// The holes.
    pub(super) holes: Vec<Hole>,
    /// The string literals it is made of.
    pub(super) literals: Vec<Literal>,
    /// The expression as a whole, where it is written.
    pub(super) whole: Option<Id>,
    /// `%` or `format` applied to the whole, with what is to be taken away with the values.
    pub(super) applied: Option<Range<usize>>,
    /// Whether the form is more than the rewrite understands (nested, repeated, unusual).
    pub(super) tangled: bool,
    /// The operators' operands, in order, for `+`.
    pub(super) operands: Vec<Id>,
}

impl Template {
    /// Returns the characters alone, holes shown as the given character.
    pub(super) fn shown(&self, hole: char) -> String {
        self.units
            .iter()
            .map(|unit| match unit {
                Unit::Char(letter, _) => *letter,
                Unit::Hole(_) => hole,
            })
            .collect()
    }

    fn push_literal(&mut self, module: &Module<'_>, literal: Literal) {
        for part in &literal.parts {
            match part {
                Part::Char(letter, range) => self.units.push(Unit::Char(*letter, range.clone())),
                Part::Hole(node) => {
                    let Some(value) = module.tree.field(*node, "expression") else {
                        self.tangled = true;
                        continue;
                    };
                    // `{value=}` writes the expression too.
                    let shows_itself = module
                        .tree
                        .children(*node)
                        .any(|child| module.tree.text(child) == "=");
                    self.units.push(Unit::Hole(self.holes.len()));
                    self.holes.push(Hole {
                        value,
                        range: module.tree.range(*node),
                        style: Style::Interpolation,
                        changed: shows_itself
                            || module.tree.field(*node, "type_conversion").is_some()
                            || module.tree.field(*node, "format_specifier").is_some(),
                        numeric: module.is_numeric_hole(*node),
                    });
                }
            }
        }
        self.literals.push(literal);
    }

    fn push_hole(&mut self, module: &Module<'_>, value: Id) {
        self.units.push(Unit::Hole(self.holes.len()));
        self.holes.push(Hole {
            value,
            range: module.tree.range(value),
            style: Style::Operand,
            changed: false,
            numeric: false,
        });
    }

    fn append(&mut self, other: Self) {
        let offset = self.holes.len();
        self.units
            .extend(other.units.into_iter().map(|unit| match unit {
                Unit::Char(letter, range) => Unit::Char(letter, range),
                Unit::Hole(hole) => Unit::Hole(hole + offset),
            }));
        self.holes.extend(other.holes);
        self.literals.extend(other.literals);
        self.tangled |= other.tangled || other.applied.is_some();
    }
}

impl Module<'_> {
    /// Reads an expression as text with holes. Names are followed to text that is constant or put
    /// together, so the result may be written in more than one statement.
    pub(super) fn template(&self, id: Id) -> Template {
        let mut template = self.template_to(id, 24);
        template.whole = Some(self.tree.bare(id));
        template
    }

    fn template_to(&self, id: Id, depth: u32) -> Template {
        let mut template = Template::default();
        let Some(depth) = depth.checked_sub(1) else {
            template.push_hole(self, id);
            template.tangled = true;
            return template;
        };
        let id = self.tree.bare(id);
        match self.tree.kind(id) {
            "string" => match literal::read(&self.tree, id) {
                Some(literal) => template.push_literal(self, literal),
                None => template.push_hole(self, id),
            },
            "concatenated_string" => {
                for part in self.tree.named(id) {
                    if let Some(literal) = literal::read(&self.tree, part) {
                        template.push_literal(self, literal);
                    }
                }
            }
            "binary_operator" => {
                let (Some(left), Some(right), Some(operator)) = (
                    self.tree.field(id, "left"),
                    self.tree.field(id, "right"),
                    self.tree.field(id, "operator"),
                ) else {
                    return template;
                };
                match self.tree.text(operator) {
                    "+" => {
                        let left_part = self.template_to(left, depth);
                        let right_part = self.template_to(right, depth);
                        template.operands = if left_part.operands.is_empty() {
                            vec![left]
                        } else {
                            left_part.operands.clone()
                        };
                        template.operands.push(right);
                        template.append(left_part);
                        template.append(right_part);
                    }
                    "%" => {
                        let base = self.template_to(left, depth);
                        let values = self.tree.bare(right);
                        return self.percent(&base, left, right, values);
                    }
                    _ => template.push_hole(self, id),
                }
            }
            "call" => {
                let Some(call) = self.tree.call(id) else {
                    template.push_hole(self, id);
                    return template;
                };
                let receiver = self.receiver(&call);
                if let (Some(receiver), "format") = (receiver, self.method(&call))
                    && !call.splat
                {
                    let base = self.template_to(receiver, depth);
                    if !base.literals.is_empty() {
                        return self.format(&base, receiver, &call);
                    }
                }
                if let (Some(receiver), "strip" | "rstrip" | "lstrip" | "encode") =
                    (receiver, self.method(&call))
                {
                    let base = self.template_to(receiver, depth);
                    if !base.literals.is_empty() {
                        template.append(base);
                        template.tangled = true;
                        return template;
                    }
                }
                if self.is_one_of(call.function, &["textwrap.dedent", "str"])
                    && let [inner] = call.positional.as_slice()
                {
                    let base = self.template_to(*inner, depth);
                    if !base.literals.is_empty() {
                        template.append(base);
                        template.tangled = true;
                        return template;
                    }
                }
                if self.method(&call) == "join"
                    && let Some(separator) = receiver
                    && let [values] = call.positional.as_slice()
                    && matches!(self.tree.kind(*values), "list" | "tuple")
                {
                    let mut first = true;
                    for value in self.tree.named(*values).collect::<Vec<_>>() {
                        if !first {
                            let between = self.template_to(separator, depth);
                            template.append(between);
                        }
                        first = false;
                        let part = self.template_to(value, depth);
                        template.append(part);
                    }
                    template.tangled = true;
                    return template;
                }
                if let Some(inner) = self.template_of_result(&call, depth) {
                    return inner;
                }
                template.push_hole(self, id);
            }
            "identifier" => return self.template_of_name(id, depth),
            _ => template.push_hole(self, id),
        }
        template
    }

    /// The text that a function of this file gives back, if that is one text put together.
    fn template_of_result(&self, call: &super::syntax::Call<'_>, depth: u32) -> Option<Template> {
        let definition = self.definition(call.function)?;
        let mut results = self.tree.within(definition).filter(|node| {
            self.tree.kind(*node) == "return_statement"
                && self.tree.function(*node) == Some(definition)
        });
        let only = results.next()?;
        if results.next().is_some() {
            return None;
        }
        let value = self.tree.named(only).next()?;
        let mut template = self.template_to(value, depth.min(12));
        template.tangled = true;
        (!template.literals.is_empty()).then_some(template)
    }

    fn template_of_name(&self, id: Id, depth: u32) -> Template {
        let mut template = Template::default();
        let name = self.text(id);
        let mut bindings = self.bindings(name, id);
        bindings.sort_by_key(|one| self.tree.start(one.at));
        match bindings.as_slice() {
            [one] => {
                if let How::Assign(value) = one.how {
                    let inner = self.template_to(value, depth);
                    if !inner.literals.is_empty() {
                        return inner;
                    }
                }
                template.push_hole(self, id);
            }
            [] => template.push_hole(self, id),
            several => {
                // `query = "..."` and then `query += "..."`: all the text there may be, in order.
                for one in several {
                    match one.how {
                        How::Assign(value) | How::Augment(value) => {
                            // `query = query + "..."` mentions itself.
                            let own = self.tree.within(value).any(|inner| {
                                self.tree.kind(inner) == "identifier" && self.text(inner) == name
                            });
                            if own && depth < 16 {
                                template.push_hole(self, id);
                                continue;
                            }
                            let part = self.template_to(value, depth.min(18));
                            template.append(part);
                        }
                        _ => template.push_hole(self, id),
                    }
                }
                template.tangled = true;
            }
        }
        template
    }

    /// `base % values`
    fn percent(&self, base: &Template, left: Id, right: Id, values: Id) -> Template {
        let mut template = Template {
            tangled: base.tangled || !base.holes.is_empty() || base.applied.is_some(),
            literals: base.literals.clone(),
            ..Template::default()
        };
        let listed: Vec<Id> = match self.tree.kind(values) {
            "tuple" => self.tree.named(values).collect(),
            _ => vec![values],
        };
        let table: Vec<(String, Id)> = self.pairs(values);
        let mut next = listed.iter();
        let mut units = base.units.iter().peekable();
        while let Some(unit) = units.next() {
            let (letter, range) = match unit {
                Unit::Hole(hole) => {
                    if let Some(hole) = base.holes.get(*hole) {
                        template.units.push(Unit::Hole(template.holes.len()));
                        template.holes.push(hole.clone());
                    }
                    continue;
                }
                Unit::Char(letter, range) => (*letter, range.clone()),
            };
            if letter != '%' {
                template.units.push(Unit::Char(letter, range));
                continue;
            }
            let mut specification = String::new();
            let mut end = range.end;
            while let Some(Unit::Char(next, place)) = units.peek() {
                specification.push(*next);
                end = place.end;
                let in_name = specification.starts_with('(') && !specification.contains(')');
                let done = !in_name && (next.is_alphabetic() || *next == '%');
                units.next();
                if done {
                    break;
                }
            }
            if specification == "%" {
                template.units.push(Unit::Char('%', range.start..end));
                continue;
            }
            let named = specification
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .map(|(name, _)| name.to_owned());
            let value = match &named {
                Some(name) => table
                    .iter()
                    .find(|(key, _)| key == name)
                    .map_or(values, |(_, value)| *value),
                None => next.next().copied().unwrap_or(values),
            };
            let letter = specification.chars().last().unwrap_or('s');
            template.tangled |= named.is_some();
            template.units.push(Unit::Hole(template.holes.len()));
            template.holes.push(Hole {
                value,
                range: range.start..end,
                style: Style::Percent,
                changed: specification != "s",
                numeric: matches!(letter, 'd' | 'i' | 'f' | 'x' | 'X' | 'e' | 'g' | 'o' | 'u'),
            });
        }
        // A single value that may be a tuple would be spread over the holes.
        if self.tree.kind(values) != "tuple" && template.holes.len() != 1
            || self.tree.kind(values) == "tuple" && next.next().is_some()
            || listed
                .iter()
                .any(|one| self.tree.kind(*one) == "list_splat")
        {
            template.tangled = true;
        }
        template.applied = Some(self.tree.end(left)..self.tree.end(right));
        template
    }

    /// `base.format(...)`
    fn format(&self, base: &Template, receiver: Id, call: &super::syntax::Call<'_>) -> Template {
        let mut template = Template {
            tangled: base.tangled || !base.holes.is_empty() || base.applied.is_some(),
            literals: base.literals.clone(),
            ..Template::default()
        };
        let mut automatic = 0_usize;
        let mut used = Vec::new();
        let mut units = base.units.iter().peekable();
        while let Some(unit) = units.next() {
            let (letter, range) = match unit {
                Unit::Hole(hole) => {
                    if let Some(hole) = base.holes.get(*hole) {
                        template.units.push(Unit::Hole(template.holes.len()));
                        template.holes.push(hole.clone());
                    }
                    continue;
                }
                Unit::Char(letter, range) => (*letter, range.clone()),
            };
            if matches!(letter, '{' | '}')
                && let Some(Unit::Char(next, place)) = units.peek()
                && *next == letter
            {
                template
                    .units
                    .push(Unit::Char(letter, range.start..place.end));
                units.next();
                continue;
            }
            if letter != '{' {
                template.units.push(Unit::Char(letter, range));
                continue;
            }
            let mut field = String::new();
            let mut end = range.end;
            for unit in units.by_ref() {
                match unit {
                    Unit::Char('}', place) => {
                        end = place.end;
                        break;
                    }
                    Unit::Char(next, place) => {
                        field.push(*next);
                        end = place.end;
                    }
                    Unit::Hole(_) => template.tangled = true,
                }
            }
            let (name, spec) = match field.split_once([':', '!']) {
                Some((name, spec)) => (name, Some(spec)),
                None => (field.as_str(), None),
            };
            let value = if name.is_empty() {
                automatic += 1;
                call.positional.get(automatic - 1).copied()
            } else if let Ok(place) = name.parse::<usize>() {
                call.positional.get(place).copied()
            } else {
                template.tangled |= name.contains(['.', '[']);
                let first = name.split(['.', '[']).next().unwrap_or(name);
                call.keyword(first)
            };
            let Some(value) = value else {
                template.tangled = true;
                continue;
            };
            template.tangled |= used.contains(&value);
            used.push(value);
            template.units.push(Unit::Hole(template.holes.len()));
            template.holes.push(Hole {
                value,
                range: range.start..end,
                style: Style::Format,
                changed: spec.is_some(),
                numeric: spec.is_some_and(|spec| spec.len() > 1 || spec == "d")
                    && spec.is_some_and(|spec| spec.ends_with(['d', 'f', 'x', 'X', 'e', 'g'])),
            });
        }
        if used.len() != call.positional.len() + call.keywords.len() {
            template.tangled = true;
        }
        template.applied = Some(self.tree.end(receiver)..self.tree.end(call.node));
        template
    }

    /// The entries of a dictionary display with constant keys.
    pub(super) fn pairs(&self, id: Id) -> Vec<(String, Id)> {
        if self.tree.kind(id) != "dictionary" {
            return Vec::new();
        }
        self.tree
            .named(id)
            .filter_map(|pair| {
                let key = self.tree.field(pair, "key")?;
                let value = self.tree.field(pair, "value")?;
                Some((self.constant_text(key)?, value))
            })
            .collect()
    }
}
