//! What a text in Rust defines, imports and refers to.

mod uses;

use self::uses::uses;
use super::facts::{How, Import, Kind, Marks, Role};
use super::scope::{Declared, Reading, ScopeKind, how, is_name};
use crate::code::analyser::syntax::{Id, Tree};

/// Functions that the build calls.
const ENTRIES: [&str; 2] = ["main", "build"];

/// Reads the text.
pub(super) fn read(reading: &mut Reading<'_>, path: &str) {
    let mut pending: Option<(Option<Id>, Vec<String>)> = None;
    let is_script = path.ends_with("build.rs") || path.ends_with("main.rs");
    reading.declare_all(
        |tree, id| match tree.kind(id) {
            "mod_item" => Some(ScopeKind::Module),
            "impl_item" | "trait_item" | "enum_item" | "struct_item" | "union_item" => {
                Some(ScopeKind::Class)
            }
            "function_item"
            | "function_signature_item"
            | "block"
            | "closure_expression"
            | "match_arm"
            | "for_expression"
            | "if_expression"
            | "while_expression"
            | "macro_definition" => Some(ScopeKind::Local),
            _ => None,
        },
        |field| field == Some("name"),
        |reading, id| {
            let tree = reading.tree;
            match tree.kind(id) {
                "attribute_item" => {
                    let parent = tree.parent(id);
                    let text = tree.text(id).to_owned();
                    match &mut pending {
                        Some((of, attributes)) if *of == parent => attributes.push(text),
                        Some(_) | None => pending = Some((parent, vec![text])),
                    }
                }
                "line_comment" | "block_comment" => {}
                _ => {
                    let is_next = pending
                        .as_ref()
                        .is_some_and(|(parent, _)| *parent == tree.parent(id));
                    let attributes = if is_next && is_item(tree.kind(id)) {
                        pending.take().map(|(_, attributes)| attributes)
                    } else {
                        None
                    };
                    declare(reading, id, &attributes.unwrap_or_default(), is_script);
                }
            }
        },
    );
    for id in reading.all() {
        refer(reading, id);
    }
}

fn is_item(kind: &str) -> bool {
    kind.ends_with("_item")
        || matches!(
            kind,
            "enum_variant"
                | "field_declaration"
                | "macro_definition"
                | "use_declaration"
                | "macro_invocation"
                | "associated_type"
                | "let_declaration"
                | "expression_statement"
                | "extern_crate_declaration"
                | "match_arm"
                | "parameter"
                | "field_initializer"
        )
}

fn marks(tree: &Tree<'_>, id: Id, name: &str, attributes: &[String], is_script: bool) -> Marks {
    let mut marks = Marks::default();
    if tree
        .named(id)
        .any(|child| tree.kind(child) == "visibility_modifier" && tree.text(child) == "pub")
    {
        marks.set(Marks::PUBLIC);
    }
    for attribute in attributes {
        let inner: String = attribute
            .trim_start_matches("#[")
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        let is_test = inner.starts_with("test]")
            || inner.contains("::test]")
            || inner.contains("::test(")
            || inner.starts_with("bench]")
            || inner.starts_with("cfg(test)");
        if is_test {
            marks.set(Marks::TEST);
        }
        if inner.starts_with("cfg") {
            marks.set(Marks::SOMETIMES);
        }
        if [
            "no_mangle",
            "export_name",
            "unsafe(no_mangle",
            "macro_export",
            "panic_handler",
            "global_allocator",
            "link_section",
            "used",
        ]
        .iter()
        .any(|one| inner.starts_with(one))
        {
            marks.set(Marks::EXPORTED);
        }
        if (inner.starts_with("allow(") || inner.starts_with("expect("))
            && (inner.contains("dead_code") || inner.contains("unused"))
        {
            marks.set(Marks::KEPT);
        }
        let is_known = [
            "cfg",
            "doc",
            "inline",
            "must_use",
            "allow",
            "expect",
            "deny",
            "warn",
            "derive",
            "cold",
            "repr",
            "non_exhaustive",
            "deprecated",
            "track_caller",
            "default",
            "test",
            "ignore",
            "should_panic",
            "rustfmt",
            "clippy",
            "target_feature",
        ]
        .iter()
        .any(|one| inner.starts_with(one));
        if !is_known {
            marks.set(Marks::DECORATED);
        }
    }
    if is_script && ENTRIES.contains(&name) && tree.kind(id) == "function_item" {
        marks.set(Marks::ENTRY);
    }
    marks
}

fn declare(reading: &mut Reading<'_>, id: Id, attributes: &[String], is_script: bool) {
    let tree = reading.tree;
    let scope = reading.scope(id);
    let kind = match tree.kind(id) {
        "function_item" | "function_signature_item" => {
            if reading.kind_of(scope).0 == ScopeKind::Class {
                Kind::Method
            } else {
                Kind::Function
            }
        }
        "struct_item" | "union_item" => Kind::Class,
        "enum_item" => Kind::Enum,
        "enum_variant" => Kind::Variant,
        "field_declaration" => Kind::Field,
        "trait_item" => Kind::Trait,
        "type_item" | "associated_type" => Kind::Alias,
        "const_item" | "static_item" => Kind::Value,
        "mod_item" => Kind::Module,
        "macro_definition" => Kind::Macro,
        "impl_item" => {
            implementation(reading, id, attributes);
            return;
        }
        "use_declaration" => {
            let is_public = tree
                .named(id)
                .any(|child| tree.kind(child) == "visibility_modifier");
            if let Some(argument) = tree.field(id, "argument") {
                uses(reading, argument, "", is_public);
            }
            return;
        }
        "extern_crate_declaration" => {
            if let Some(name) = tree.field(id, "name") {
                let alias = tree.field(id, "alias").unwrap_or(name);
                reading.take(name);
                reading.take(alias);
                let import = Import {
                    from: tree.text(name).to_owned(),
                    name: String::new(),
                    alias: tree.text(alias).to_owned(),
                    line: 0,
                    within: None,
                    is_public: false,
                };
                reading.import(id, scope, tree.text(alias), import);
            }
            return;
        }
        "let_declaration" | "let_condition" => {
            if let Some(pattern) = tree.field(id, "pattern") {
                bind_pattern(reading, pattern, tree.end(id));
            }
            return;
        }
        "match_pattern" | "parameter" | "closure_parameters" => {
            bind_pattern_of(reading, id);
            return;
        }
        "type_parameter" | "const_parameter" => {
            if let Some(name) = tree.field(id, "name").or_else(|| tree.named(id).next()) {
                let inner = reading.scope(name);
                generic(reading, inner, name);
            }
            return;
        }
        "type_parameters" => {
            for name in tree.named(id).collect::<Vec<_>>() {
                if tree.kind(name) == "type_identifier" {
                    let inner = reading.scope(name);
                    generic(reading, inner, name);
                }
            }
            return;
        }
        _ => {
            // The pattern of a loop stands in the scope that the loop opens.
            if tree.field_name(id) == Some("pattern")
                && let Some(parent) = tree.parent(id)
                && tree.kind(parent) == "for_expression"
            {
                let body = tree.field(parent, "body");
                let from = body.map_or_else(|| tree.end(id), |body| tree.start(body));
                bind_pattern(reading, id, from);
            }
            return;
        }
    };
    let Some(name) = tree.field(id, "name") else {
        return;
    };
    let text = tree.text(name);
    let mut marks = marks(tree, id, text, attributes, is_script);
    let outer = reading
        .within(id)
        .and_then(|outer| reading.facts.def(outer));
    let bases = match (kind, outer) {
        (Kind::Trait, _) => tree
            .field(id, "bounds")
            .into_iter()
            .flat_map(|bounds| tree.named(bounds).collect::<Vec<_>>())
            .filter_map(|bound| type_path(tree, bound))
            .collect(),
        // `#[path = "…"] mod name;`
        (Kind::Module, _) => attributes
            .iter()
            .filter_map(|attribute| {
                let (_, path) = attribute.split_once("path")?;
                let (_, path) = path.split_once('"')?;
                Some(path.split_once('"')?.0.to_owned())
            })
            .collect(),
        _ => Vec::new(),
    };
    if let Some(outer) = outer {
        let is_demanded = outer.kind == Kind::Impl && !outer.bases.is_empty();
        if is_demanded {
            marks.set(Marks::DEMANDED);
        }
        let shares = matches!(outer.kind, Kind::Trait | Kind::Enum) || is_demanded;
        if shares && outer.marks.has(Marks::PUBLIC) {
            marks.set(Marks::PUBLIC);
        }
        if outer.marks.has(Marks::TEST) && kind == Kind::Module {
            marks.set(Marks::TEST);
        }
    }
    if kind == Kind::Module && tree.field(id, "body").is_none() {
        // The name is that of a file, which `Import` stands for as well.
        marks.set(Marks::ENTRY);
    }
    let declared = Declared {
        name,
        node: id,
        kind,
        marks,
        bases,
    };
    reading.define(scope, declared);
}

fn generic(reading: &mut Reading<'_>, scope: usize, name: Id) {
    // What is generic is local to the item, also where the item is a type.
    reading.local(scope, name, 0);
}

/// An `impl` block: it has no name, its members belong to a type.
fn implementation(reading: &mut Reading<'_>, id: Id, attributes: &[String]) {
    let tree = reading.tree;
    let Some(of) = tree.field(id, "type") else {
        return;
    };
    let scope = reading.scope(id);
    if reading.kind_of(scope).1 {
        return;
    }
    let name = type_path(tree, of).unwrap_or_default();
    let bases = tree
        .field(id, "trait")
        .map(|of| type_path(tree, of).unwrap_or_else(|| "?".to_owned()));
    let mut block_marks = marks(tree, id, "", attributes, false);
    if bases.is_some() {
        block_marks.set(Marks::DEMANDED);
    }
    let declared = Declared {
        name: of,
        node: id,
        kind: Kind::Impl,
        marks: block_marks,
        bases: bases.into_iter().collect(),
    };
    let is_taken = reading.is_taken(of);
    reading.keep(&declared, name);
    // The type is a reference like any other; only a plain name was marked.
    if !is_taken {
        reading.untake(of);
    }
}

/// The path of a type without what it is generic over.
fn type_path(tree: &Tree<'_>, id: Id) -> Option<String> {
    match tree.kind(id) {
        "type_identifier" | "identifier" | "scoped_type_identifier" | "scoped_identifier" => {
            Some(tree.text(id).split_whitespace().collect())
        }
        "generic_type" | "reference_type" => type_path(tree, tree.field(id, "type")?),
        _ => None,
    }
}

fn bind_pattern_of(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    match tree.kind(id) {
        "parameter" => {
            if let Some(pattern) = tree.field(id, "pattern") {
                bind_pattern(reading, pattern, tree.start(id));
            }
        }
        "closure_parameters" => {
            for one in tree.named(id).collect::<Vec<_>>() {
                if tree.kind(one) != "parameter" {
                    bind_pattern(reading, one, tree.start(id));
                }
            }
        }
        _ => {
            let condition = tree.field(id, "condition");
            for one in tree.named(id).collect::<Vec<_>>() {
                if Some(one) != condition {
                    bind_pattern(reading, one, tree.start(id));
                }
            }
        }
    }
}

/// Binds the variables of a pattern. A plain name that begins with a capital is a constant, a
/// variant or a type by the custom of the language, and so is one that this file defines.
fn bind_pattern(reading: &mut Reading<'_>, pattern: Id, from: usize) {
    let tree = reading.tree;
    let mut open = vec![pattern];
    while let Some(at) = open.pop() {
        match tree.kind(at) {
            "identifier" => {
                let is_variable = tree
                    .text(at)
                    .chars()
                    .next()
                    .is_some_and(|c| !c.is_uppercase());
                if is_variable {
                    let scope = reading.scope(at);
                    reading.local(scope, at, from);
                }
            }
            "shorthand_field_identifier" => {
                let scope = reading.scope(at);
                reading.local(scope, at, from);
            }
            "tuple_struct_pattern" | "struct_pattern" => {
                let of = tree.field(at, "type");
                open.extend(tree.named(at).filter(|inner| Some(*inner) != of));
            }
            "field_pattern" => {
                let pattern = tree.field(at, "pattern");
                open.extend(pattern);
                if pattern.is_none() {
                    open.extend(
                        tree.named(at)
                            .filter(|one| tree.kind(*one) == "shorthand_field_identifier"),
                    );
                }
            }
            "tuple_pattern"
            | "slice_pattern"
            | "ref_pattern"
            | "mut_pattern"
            | "captured_pattern"
            | "reference_pattern"
            | "or_pattern"
            | "match_pattern"
            | "remaining_field_pattern"
            | "parameter" => open.extend(tree.named(at)),
            _ => {}
        }
    }
}

fn is_value(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Function | Kind::Value | Kind::Class | Kind::Variant | Kind::Method
    )
}

fn refer(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let kind = tree.kind(id);
    let parent = tree.parent(id);
    let above = parent.map_or("", |parent| tree.kind(parent));
    let field = tree.field_name(id);
    match kind {
        "shorthand_field_identifier" => reading.refer(id, Role::Shorthand, How::Member),
        _ if reading.is_taken(id) => {}
        "identifier" | "type_identifier" if above == "token_tree" => in_macro(reading, id),
        "identifier" | "type_identifier" => match (above, field) {
            ("scoped_identifier" | "scoped_type_identifier", Some("name")) => {
                let outer = parent.and_then(|parent| tree.field(parent, "path"));
                let grand = parent.and_then(|parent| tree.parent(parent));
                let role = match grand.map(|grand| tree.kind(grand)) {
                    Some("macro_invocation") => Role::Macro,
                    Some("call_expression") => Role::Call,
                    _ if kind == "type_identifier" => Role::Type,
                    _ => Role::Use,
                };
                behind(reading, id, outer, role);
            }
            ("macro_invocation", Some("macro")) => {
                reading.bare(id, Role::Macro, |kind| kind == Kind::Macro, false);
            }
            ("shorthand_field_initializer", _) => {
                reading.bare(id, Role::Shorthand, is_value, false);
            }
            ("scoped_identifier" | "scoped_type_identifier" | "scoped_use_list", Some("path")) => {
                reading.bare(id, Role::Type, Kind::is_type, false);
            }
            ("attribute" | "label" | "lifetime", _) => {}
            ("call_expression", Some("function")) => reading.bare(id, Role::Call, is_value, false),
            _ if kind == "type_identifier" => reading.bare(id, Role::Type, Kind::is_type, false),
            _ => reading.bare(id, Role::Use, is_value, false),
        },
        "field_identifier" => {
            let object = parent.and_then(|parent| tree.field(parent, "value"));
            let how = match object {
                Some(object) if above == "field_expression" && tree.text(object) == "self" => {
                    reading.class_around(id).map_or(How::Member, How::OfSelf)
                }
                _ => match fields_of(reading, id, above) {
                    Some(path) => How::Path(path.into()),
                    None => How::Member,
                },
            };
            reading.refer(id, Role::Attribute, how);
        }
        "string_literal" if above == "token_tree" => inlined(reading, id),
        _ => {}
    }
}

/// The type that a field is named of: `Type { field: … }`, in an expression or in a pattern.
fn fields_of(reading: &Reading<'_>, id: Id, above: &str) -> Option<String> {
    let tree = reading.tree;
    if !matches!(above, "field_initializer" | "field_pattern") {
        return None;
    }
    let whole = tree
        .ancestors(id)
        .take(3)
        .find(|one| matches!(tree.kind(*one), "struct_expression" | "struct_pattern"))?;
    let of = tree
        .field(whole, "name")
        .or_else(|| tree.field(whole, "type"))?;
    let path = type_path(tree, of)?;
    Some(path)
}

/// A name behind a path.
fn behind(reading: &mut Reading<'_>, id: Id, outer: Option<Id>, role: Role) {
    let tree = reading.tree;
    let Some(outer) = outer else {
        reading.refer(id, role, How::Free);
        return;
    };
    let how = match (tree.kind(outer), tree.text(outer)) {
        (_, "Self") => reading.class_around(id).map_or(How::Member, How::OfSelf),
        ("bracketed_type", _) => How::Member,
        ("generic_type", _) => {
            type_path(tree, outer).map_or(How::Member, |path| How::Path(path.into()))
        }
        _ => {
            let mut root = outer;
            while let Some(more) = tree.field(root, "path") {
                root = more;
            }
            if tree.kind(root) == "generic_type" || tree.text(root) == "Self" {
                How::Member
            } else {
                let is_local = matches!(tree.kind(root), "identifier" | "type_identifier")
                    && how(reading.look_up(root, Kind::is_type, false)).is_none();
                match reading.path_of(outer) {
                    Some(path) if !is_local => How::Path(without_generics(&path).into()),
                    Some(_) | None => How::Member,
                }
            }
        }
    };
    reading.refer(id, role, how);
}

fn without_generics(path: &str) -> String {
    let mut depth = 0usize;
    let kept: String = path
        .chars()
        .filter(|c| {
            match c {
                '<' => depth += 1,
                '>' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect();
    kept.trim_end_matches(':').to_owned()
}

/// Inside of a macro there are only tokens; what stands in front of a name says what it is.
fn in_macro(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let start = tree.start(id);
    let before = tree.slice(start.saturating_sub(PATH_BACK)..start);
    let before = if before.is_empty() && start > 0 {
        // The window began inside of a character; a shorter one will do.
        tree.slice(start.saturating_sub(1)..start)
    } else {
        before
    };
    let before = before.trim_end();
    if before.ends_with("::") {
        let path: String = before
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .next()
            .unwrap_or_default()
            .trim_end_matches(':')
            .to_owned();
        let path = path.trim_start_matches(':').to_owned();
        let how = match path.as_str() {
            "" => How::Member,
            "Self" => reading.class_around(id).map_or(How::Member, How::OfSelf),
            _ => How::Path(path.into()),
        };
        reading.refer(id, Role::Use, how);
        return;
    }
    if before.ends_with('.') && !before.ends_with("..") {
        let how = if before.ends_with("self.") {
            reading.class_around(id).map_or(How::Member, How::OfSelf)
        } else {
            How::Member
        };
        reading.refer(id, Role::Attribute, how);
        return;
    }
    let after = tree.slice(tree.end(id)..(tree.end(id) + 1));
    if after == "!" {
        reading.bare(id, Role::Macro, |kind| kind == Kind::Macro, false);
        return;
    }
    reading.bare(id, Role::Use, |_| true, false);
}

/// How far a path is looked for in front of a name. Chosen: longer ones are not written.
const PATH_BACK: usize = 120;

/// `format!("{NAME}")` reads a constant by its name.
fn inlined(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let text = tree.text(id);
    let start = tree.start(id);
    for (at, _) in text.match_indices('{') {
        let behind = text.get(at + 1..).unwrap_or_default();
        let name: String = behind
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let closes = behind
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with(['}', ':']));
        if !closes || !is_name(&name) {
            continue;
        }
        if let Some(how) = how(reading.look_up_text(&name, id, is_value, false))
            && how != How::Free
        {
            reading.refer_at(id, &name, start + at + 1, Role::Inlined, how);
        }
    }
}
