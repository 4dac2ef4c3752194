//! The named conditions and fixes that rules refer to, and what the ones for several kinds share.

mod bind;
mod command;
mod debug;
mod decode;
mod digest;
mod page;
mod path;
mod query;
mod random;
pub(super) mod secret;
mod tls;

use serde::Deserialize;

use super::finding::{Edit, Fix, Severity};
use super::module::Module;
use super::rules::{Argument, Rule};
use super::syntax::{Call, Id};

/// What must hold besides the shape of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// Nothing: the shape, the name and the arguments say it all.
    #[default]
    Always,
    /// The first argument is the text of a query with values put into it.
    QueryText,
    /// An argument is page text with values put into it.
    PageText,
    /// The returned text is the page that a handler answers with.
    PageResult,
    /// Page text is put together with a value of a request, wherever it goes then.
    PagePiece,
    /// The first argument is a template that somebody outside writes.
    TemplateText,
    /// A shell runs a command line.
    ShellCommand,
    /// A shell may run a command line, depending on `shell=`.
    ShellKeyword,
    /// A list of words starts a shell with a command line.
    ShellWords,
    /// A program text is run.
    ProgramText,
    /// A path that a request chooses is used.
    OutsidePath,
    /// A method of a path that a request chooses is used.
    OutsidePathObject,
    /// A digest that is not marked as harmless.
    Digest,
    /// A digest chosen by name.
    NamedDigest,
    /// A name says that the value is a secret, and the value is written out.
    NamedSecret,
    /// A text has the form of a secret.
    FormedSecret,
    /// A secret is given as an argument without a telling name.
    GivenSecret,
    /// Data is decoded that is not known to be the program's own.
    Decoded,
    /// The YAML loader that is given is not a safe one.
    YamlLoader,
    /// A debug switch of a web framework.
    DebugSwitch,
    /// A debug setting of a settings module.
    DebugSetting,
    /// What is drawn is a secret, by the names around it.
    SecretDraw,
    /// A setting of a TLS context that is not a server's.
    ClientContext,
}

impl Check {
    /// Whether what is found is a piece of something that another check may report as a whole.
    pub(super) fn is_of_pieces(self) -> bool {
        self == Self::PagePiece
    }
}

/// How a finding is fixed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Strategy {
    /// Not at all, or as the check says.
    #[default]
    Report,
    /// The argument is taken out.
    DropArgument(String),
    /// The value of an argument, or of an assignment, is replaced.
    SetValue(String),
    /// What is called is replaced by another function of the same module.
    Rename(String),
    /// The call becomes the safe loader's.
    SafeLoader,
    /// The digest is marked as not for security.
    MarkDigest,
}

/// What a check has found.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The node that is reported.
    pub(super) at: Id,
    /// How bad it is here, when the rule's own word is wrong.
    pub(super) severity: Option<Severity>,
    /// The fix, when the rule's strategy does not make it.
    pub(super) fix: Option<Fix>,
    /// The literal that holds a secret.
    pub(super) secret: Option<Id>,
    /// The values in a text that make it a weakness.
    pub(super) values: Vec<Id>,
}

impl Outcome {
    fn at(at: Id) -> Self {
        Self {
            at,
            severity: None,
            fix: None,
            secret: None,
            values: Vec::new(),
        }
    }

    fn with(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    fn hiding(mut self, secret: Id) -> Self {
        self.secret = Some(secret);
        self
    }

    fn because_of(mut self, values: Vec<Id>) -> Self {
        self.values = values;
        self
    }

    fn fixed(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// Runs the conditions of a rule on a node whose shape fits.
pub(super) fn run(module: &Module<'_>, rule: &Rule, node: Id) -> Vec<(Outcome, Fix)> {
    if rule.check.is_of_pieces() {
        return page::pieces(module, node)
            .into_iter()
            .map(|mut outcome| {
                let fix = outcome.fix.take().unwrap_or_else(|| report(&rule.cure));
                (outcome, fix)
            })
            .collect();
    }
    whole(module, rule, node).into_iter().collect()
}

fn whole(module: &Module<'_>, rule: &Rule, node: Id) -> Option<(Outcome, Fix)> {
    let call = module.tree.call(node);
    if let Some(call) = &call
        && !rule.arguments.iter().all(|one| holds(module, call, one))
    {
        return None;
    }
    let outcome = match (rule.check, &call) {
        (Check::Always, _) => Some(Outcome::at(node)),
        (Check::QueryText, Some(call)) => query::text(module, call),
        (Check::PageText, Some(call)) => page::text(module, call),
        (Check::PageResult, _) => page::result(module, node),
        (Check::TemplateText, Some(call)) => page::template(module, call),
        (Check::ShellCommand, Some(call)) => command::line(module, call),
        (Check::ShellKeyword, Some(call)) => command::keyword(module, call),
        (Check::ShellWords, Some(call)) => command::words(module, call),
        (Check::ProgramText, Some(call)) => command::program(module, call),
        (Check::OutsidePath, Some(call)) => path::argument(module, call),
        (Check::OutsidePathObject, Some(call)) => path::object(module, call),
        (Check::Digest, Some(call)) => digest::function(module, call),
        (Check::NamedDigest, Some(call)) => digest::named(module, call),
        (Check::NamedSecret, _) => secret::named(module, node),
        (Check::FormedSecret, _) => secret::formed(module, node),
        (Check::GivenSecret, Some(call)) => secret::given(module, call),
        (Check::Decoded, Some(call)) => decode::data(module, call),
        (Check::YamlLoader, Some(call)) => decode::yaml(module, call),
        (Check::DebugSwitch, Some(call)) => debug::switch(module, call),
        (Check::DebugSetting, _) => debug::setting(module, node),
        (Check::SecretDraw, Some(call)) => random::draw(module, call),
        (Check::ClientContext, _) => tls::setting(module, node),
        (
            Check::QueryText
            | Check::PageText
            | Check::TemplateText
            | Check::ShellCommand
            | Check::ShellKeyword
            | Check::ShellWords
            | Check::ProgramText
            | Check::OutsidePath
            | Check::OutsidePathObject
            | Check::Digest
            | Check::NamedDigest
            | Check::GivenSecret
            | Check::Decoded
            | Check::YamlLoader
            | Check::DebugSwitch
            | Check::SecretDraw,
            None,
        )
        | (Check::PagePiece, _) => None,
    }?;
    let fix = match (&outcome.fix, &rule.fix) {
        (Some(fix), _) => fix.clone(),
        (None, strategy) => fixed(module, rule, strategy, node, call.as_ref()),
    };
    Some((outcome, fix))
}

fn fixed(
    module: &Module<'_>,
    rule: &Rule,
    strategy: &Strategy,
    node: Id,
    call: Option<&Call<'_>>,
) -> Fix {
    let report = || report(&rule.cure);
    match (strategy, call) {
        (Strategy::DropArgument(name), Some(call)) => match drop_argument(module, call, name) {
            Some(edit) => rewrite(vec![edit], &format!("takes out `{name}`")),
            None => report(),
        },
        (Strategy::SetValue(text), _) => set_value(module, rule, node, call, text)
            .map_or_else(report, |edit| {
                rewrite(vec![edit], &format!("sets it to `{text}`"))
            }),
        (Strategy::Rename(name), Some(call)) => {
            if !call.positional.is_empty() || !call.keywords.is_empty() || call.splat {
                return report();
            }
            rename(module, call, name).map_or_else(report, |edit| {
                rewrite(vec![edit], &format!("calls `{name}`"))
            })
        }
        (Strategy::SafeLoader, Some(call)) => {
            decode::safe_loader(module, call).unwrap_or_else(report)
        }
        (Strategy::MarkDigest, Some(call)) => digest::marked(module, call).unwrap_or_else(report),
        (
            Strategy::Report
            | Strategy::DropArgument(_)
            | Strategy::Rename(_)
            | Strategy::SafeLoader
            | Strategy::MarkDigest,
            _,
        ) => report(),
    }
}

/// Makes a fix that only says what to do.
fn report(reason: &str) -> Fix {
    Fix::Report {
        reason: reason.to_owned(),
    }
}

/// Makes a fix of edits.
fn rewrite(edits: Vec<Edit>, note: &str) -> Fix {
    Fix::Rewrite {
        edits,
        note: note.to_owned(),
    }
}

/// Whether an argument is as a rule wants it.
fn holds(module: &Module<'_>, call: &Call<'_>, wanted: &Argument) -> bool {
    let given = wanted
        .position
        .and_then(|position| call.positional.get(position).copied())
        .or_else(|| call.keyword(&wanted.name));
    match given {
        None => wanted.absent && !call.splat,
        Some(_) if wanted.absent => false,
        Some(value) => {
            let value = module.value(value);
            let text = module.text(value);
            wanted.is.is_empty()
                || wanted.is.iter().any(|one| one == text)
                || module
                    .qualified(value)
                    .iter()
                    .any(|name| wanted.is.contains(name))
                || module
                    .constant_text(value)
                    .is_some_and(|text| wanted.is.contains(&text))
        }
    }
}

/// Replaces the value that the first condition of a rule is about, or that an assignment gives.
fn set_value(
    module: &Module<'_>,
    rule: &Rule,
    node: Id,
    call: Option<&Call<'_>>,
    text: &str,
) -> Option<Edit> {
    let value = if let Some(call) = call {
        let wanted = rule.arguments.first()?;
        wanted
            .position
            .and_then(|position| call.positional.get(position).copied())
            .or_else(|| call.keyword(&wanted.name))?
    } else {
        module.tree.field(node, "right")?
    };
    // A constant by another name is changed where it is, by a person.
    if !matches!(module.tree.kind(value), "true" | "false") {
        return None;
    }
    let range = module.tree.range(value);
    Some(Edit {
        start: range.start,
        end: range.end,
        text: text.to_owned(),
    })
}

/// Replaces the last part of what is called, where it is written with its module.
fn rename(module: &Module<'_>, call: &Call<'_>, name: &str) -> Option<Edit> {
    if module.tree.kind(call.function) != "attribute" {
        return None;
    }
    let attribute = module.tree.field(call.function, "attribute")?;
    let range = module.tree.range(attribute);
    Some(Edit {
        start: range.start,
        end: range.end,
        text: name.to_owned(),
    })
}

/// Takes a named argument out of a call, with its comma, and with its line if it has one alone.
fn drop_argument(module: &Module<'_>, call: &Call<'_>, name: &str) -> Option<Edit> {
    let (_, _, whole) = call.keywords.iter().find(|(given, _, _)| *given == name)?;
    let tree = &module.tree;
    let mut before: Option<Id> = None;
    let mut comma_after: Option<Id> = None;
    let mut seen = false;
    for child in tree.children(call.arguments) {
        let text = tree.text(child);
        if child == *whole {
            seen = true;
        } else if seen {
            if text == "," {
                comma_after = Some(child);
            }
            break;
        } else if text == "," {
            before = Some(child);
        }
    }
    let range = tree.range(*whole);
    let end = comma_after.map_or(range.end, |comma| tree.end(comma));
    let source = tree.source();
    // Alone on its line: the line goes.
    let line_start = tree.slice(0..range.start).rfind('\n').map(|at| at + 1);
    let rest = source.get(end..).unwrap_or("");
    let line_end = rest.find('\n').map(|at| end + at + 1);
    if let (Some(line_start), Some(line_end)) = (line_start, line_end)
        && tree.slice(line_start..range.start).trim().is_empty()
        && tree.slice(end..line_end).trim().is_empty()
        && (comma_after.is_some() || before.is_some())
    {
        return Some(Edit {
            start: line_start,
            end: line_end,
            text: String::new(),
        });
    }
    // A comment between the comma and the argument would be lost with them.
    let (start, end) = match (before, comma_after) {
        (Some(before), _) => (tree.start(before), range.end),
        (None, Some(comma)) => {
            let rest = source.get(tree.end(comma)..).unwrap_or("");
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            (range.start, tree.end(comma) + blank)
        }
        (None, None) => (range.start, range.end),
    };
    (!tree.slice(start..end).contains('#')).then(|| Edit {
        start,
        end,
        text: String::new(),
    })
}

/// The text with which a function of a module is called, with the edit that imports the module
/// if the file does not yet.
fn imported(module: &Module<'_>, library: &str, before: usize) -> Option<(String, Option<Edit>)> {
    if let Some(name) = module.local_name(library)
        && !module.scopes.is_bound_anywhere(name)
        && module.is_imported_at_top(library)
    {
        return Some((name.to_owned(), None));
    }
    // The name must be free everywhere, or the new import would be hidden or hide something.
    if module.scopes.is_bound_anywhere(library) || module.means_other(library) {
        return None;
    }
    let at = module.place_for_import(before)?;
    let newline = module.newline();
    let source = module.tree.source();
    let at_line_start = at == 0 || source.get(..at).is_some_and(|text| text.ends_with('\n'));
    let text = if at_line_start {
        format!("import {library}{newline}")
    } else {
        format!("{newline}import {library}")
    };
    Some((
        library.to_owned(),
        Some(Edit {
            start: at,
            end: at,
            text,
        }),
    ))
}

/// The words of a name: `apiKey_v2` has `api`, `key` and `v2`.
pub(super) fn name_words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut last_lower = false;
    for letter in name.chars() {
        let is_boundary = !letter.is_alphanumeric() || letter.is_uppercase() && last_lower;
        if is_boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        last_lower = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
