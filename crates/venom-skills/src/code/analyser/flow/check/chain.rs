//! Commands that reach a shell.

use super::super::super::syntax::Id;
use super::super::file::File;
use super::super::origin::{Ask, Origin};
use super::super::shape::Shape;
use super::{Match, Outcome};

/// Programs that read a command line.
fn is_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    matches!(
        name.trim_end_matches(".exe"),
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "cmd" | "powershell" | "pwsh"
    )
}

/// Arguments behind which a command line stands.
fn is_line_option(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "-c" | "/c" | "-lc" | "-command" | "-ec" | "/k" | "-encodedcommand"
    )
}

/// `spawn(..., { shell: true })` with a value in it.
pub(super) fn option(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let has_shell = found.arguments.iter().any(|one| {
        matches!(file.shape(file.value(*one)), Shape::Record(fields)
            if fields.iter().any(|field| field.name == "shell"
                && !matches!(file.tree.text(field.value), "false" | "undefined")))
    });
    let value = found.arguments.iter().take(2).copied().find(|one| {
        !matches!(file.shape(file.value(*one)), Shape::Record(_))
            && ask.origin(*one) >= Origin::Given
    })?;
    has_shell.then(|| Outcome::about(found.node, value))
}

/// `spawn("sh", ["-c", line])` and `exec.Command("sh", "-c", line)`.
pub(super) fn words(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let mut all: Vec<Id> = Vec::new();
    for one in &found.arguments {
        match file.shape(file.value(*one)) {
            Shape::List(values) => all.extend(values),
            _ => all.push(*one),
        }
    }
    let mut values = all.into_iter();
    values.find(|one| file.text(*one).is_some_and(is_shell))?;
    values.find(|one| file.text(*one).is_some_and(is_line_option))?;
    let line = values.next()?;
    (ask.origin(line) >= Origin::Given).then(|| Outcome::about(found.node, line))
}

/// `Command::new("sh").arg("-c").arg(line)`
pub(super) fn builder(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let Shape::Member { of, .. } = file.bare_shape(found.function?) else {
        return None;
    };
    let (program, mut before) = root(file, of)?;
    if !is_shell(program) {
        return None;
    }
    let mut own: Vec<Id> = Vec::new();
    for one in &found.arguments {
        match file.shape(file.value(*one)) {
            Shape::List(values) => own.extend(values),
            _ => own.push(*one),
        }
    }
    // What the same name was given in other statements.
    if let Shape::Name(name) = file.bare_shape(of)
        && let Some(function) = file.function(found.node)
    {
        let start = file.tree.start(found.node);
        for node in file.tree.within(function) {
            if file.tree.start(node) < start
                && let Shape::Call {
                    function,
                    arguments,
                } = file.shape(node)
                && let Shape::Member { of, .. } = file.bare_shape(function)
                && file.tree.text(of) == name
            {
                before.extend(arguments);
            }
        }
    }
    let is_option = |one: &Id| file.text(*one).is_some_and(is_line_option);
    let line = if before.iter().any(is_option) {
        let after = before.iter().skip_while(|one| !is_option(one)).count();
        // The line is what comes first behind the option.
        (after == 1).then(|| own.first().copied()).flatten()
    } else {
        own.iter().copied().skip_while(|one| !is_option(one)).nth(1)
    }?;
    (ask.origin(line) >= Origin::Given).then(|| Outcome::about(found.node, line))
}

/// The program that a chain of calls begins with, and the arguments that it has been given.
fn root<'t>(file: &File<'t>, of: Id) -> Option<(&'t str, Vec<Id>)> {
    let mut at = file.value(of);
    let mut given: Vec<Id> = Vec::new();
    for _ in 0..32 {
        let Shape::Call {
            function,
            arguments,
        } = file.shape(at)
        else {
            return None;
        };
        let name = file.qualified(function);
        if name.ends_with("process.Command.new") {
            return Some((file.text(*arguments.first()?)?, given));
        }
        let Shape::Member { of, .. } = file.bare_shape(function) else {
            return None;
        };
        let mut own: Vec<Id> = Vec::new();
        for one in arguments {
            match file.shape(file.value(one)) {
                Shape::List(values) => own.extend(values),
                _ => own.push(one),
            }
        }
        own.extend(given);
        given = own;
        at = file.value(of);
    }
    None
}
