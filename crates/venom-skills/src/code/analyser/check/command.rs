//! Command lines and program texts that values get into.

use crate::code::analyser::{
    check::{Outcome, drop_argument, report, rewrite},
    finding::{Edit, Fix, Kind, Severity},
    module::Module,
    scope::How,
    syntax::{Call, Id},
    trust::Trust,
};

const CURE: &str = "pass the program and its arguments as a list, without a shell";

/// Words that only a shell knows, or that a shell takes otherwise than a program of the name.
const BUILTINS: &[&str] = &[
    "cd", "export", "source", "exit", "set", "unset", "alias", "exec", "eval", "test", "read",
    "umask", "wait", "type", "ulimit", "trap", "shift", "local", "declare", "bg", "fg", "jobs",
    "history", "pushd", "popd", "return", "if", "for", "while", "case", "until", "time",
    "function", "command", "builtin", "hash", "times", "let", "echo", "printf", "kill", "pwd",
    "true", "false",
];

fn argument(call: &Call<'_>) -> Option<Id> {
    call.positional.first().copied().or_else(|| {
        ["args", "cmd", "command", "cmdstring"]
            .iter()
            .find_map(|name| call.keyword(name))
    })
}

/// A function that always hands its argument to a shell.
pub(super) fn line(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let argument = argument(call)?;
    judge(module, call, argument)
}

fn judge(module: &Module<'_>, call: &Call<'_>, argument: Id) -> Option<Outcome> {
    let trust = worst_word(module, argument);
    if trust <= Trust::Clean {
        return None;
    }
    let severity = if trust >= Trust::Parameter {
        Severity::High
    } else {
        Severity::Medium
    };
    Some(Outcome::at(call.node).with(severity).fixed(report(CURE)))
}

/// The trust of a command line, numbers in it apart.
fn worst_word(module: &Module<'_>, argument: Id) -> Trust {
    let template = module.template(argument);
    if template.literals.is_empty() || template.tangled {
        return module.trust(argument, Kind::CommandInjection);
    }
    template
        .holes
        .iter()
        .filter(|hole| !hole.numeric)
        .map(|hole| module.trust(hole.value, Kind::CommandInjection))
        .max()
        .unwrap_or(Trust::Constant)
}

/// A function that takes `shell=True`.
pub(super) fn keyword(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let shell = call.keyword("shell")?;
    let argument = argument(call)?;
    let value = module.value(shell);
    match module.tree.kind(value) {
        "true" => {}
        "integer" if module.text(value) != "0" => {}
        // Anything that is not empty counts as true, the text `"False"` included.
        "string"
            if module
                .constant_text(value)
                .is_some_and(|text| !text.is_empty()) => {}
        "list" | "tuple" | "dictionary" | "set" if module.tree.named(value).next().is_some() => {}
        "false" | "none" | "integer" => return None,
        _ => {
            // A switch that somebody else sets: only by default is it known to be on.
            let is_on = module
                .bindings(module.text(value), value)
                .iter()
                .any(|one| match one.how {
                    How::Parameter(parameter) => module
                        .tree
                        .field(parameter, "value")
                        .is_some_and(|default| module.tree.kind(default) == "true"),
                    How::Assign(value) => module.tree.kind(value) == "true",
                    _ => false,
                });
            if !is_on {
                return None;
            }
        }
    }
    if let Some(found) = judge(module, call, argument) {
        return Some(found);
    }
    if worst_word(module, argument) == Trust::Clean {
        return None;
    }
    // A constant command needs no shell, and the next value that is added to it would need none.
    let fix = words_fix(module, call, argument).unwrap_or_else(|| {
        report("the command line uses the shell; run its programs one by one where values may be added")
    });
    Some(Outcome::at(call.node).with(Severity::Low).fixed(fix))
}

fn words_fix(module: &Module<'_>, call: &Call<'_>, argument: Id) -> Option<Fix> {
    if call.keyword("executable").is_some() || call.splat {
        return None;
    }
    let literal = module.tree.bare(argument);
    if !matches!(module.tree.kind(literal), "string" | "concatenated_string") {
        return None;
    }
    let text = module.constant_text(literal)?;
    let is_plain = text
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || " _./:=,@%+-".contains(letter));
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first()?;
    if !is_plain || first.contains('=') || BUILTINS.contains(first) {
        return None;
    }
    // Comments between the pieces of the text would go with them.
    if module.text(argument).contains('#') {
        return None;
    }
    let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let range = module.tree.range(argument);
    let edits = vec![
        Edit {
            start: range.start,
            end: range.end,
            text: format!("[{}]", list.join(", ")),
        },
        drop_argument(module, call, "shell")?,
    ];
    Some(rewrite(
        edits,
        "starts the program without a shell; a program that is missing is now an exception, as without a shell it is",
    ))
}

/// `["sh", "-c", line]`
pub(super) fn words(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let shells = [
        "sh",
        "bash",
        "/bin/sh",
        "/bin/bash",
        "zsh",
        "dash",
        "ksh",
        "/usr/bin/bash",
        "cmd",
        "cmd.exe",
        "powershell",
    ];
    let mut given: Vec<Id> = Vec::new();
    for one in &call.positional {
        let value = module.value(*one);
        if matches!(module.tree.kind(value), "list" | "tuple") {
            given.extend(module.tree.named(value));
        } else {
            given.push(*one);
        }
    }
    if let Some(named) = call.keyword("args") {
        let value = module.value(named);
        given.extend(module.tree.named(value));
    }
    let at = given.iter().position(|one| {
        module
            .constant_text(*one)
            .is_some_and(|text| shells.contains(&text.as_str()))
    })?;
    let flag = given.iter().skip(at + 1).position(|one| {
        module.constant_text(*one).is_some_and(|text| {
            matches!(
                text.as_str(),
                "-c" | "-lc" | "-ec" | "-xc" | "/c" | "/C" | "-ic" | "-Command"
            )
        })
    })?;
    let line = given.get(at + flag + 2)?;
    judge(module, call, *line)
}

/// `eval`, `exec` and the like.
pub(super) fn program(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let argument = call.positional.first().copied()?;
    let trust = worst_word(module, argument);
    (trust >= Trust::Operator).then(|| {
        Outcome::at(call.node).fixed(report(
            "a text from outside is run as a program; read it with `ast.literal_eval` or a parser",
        ))
    })
}
