//! Judges what a rule has found: the checks that rules name.

mod chain;
mod digest;
mod draw;
mod merge;
mod page;
mod settings;

use serde::Deserialize;

use super::super::syntax::Id;
use super::file::File;
use super::origin::{Ask, Origin};
use super::rules::Rule;
use super::shape::{Piece, Shape};
use super::text;

/// What has to hold besides the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    #[default]
    Always,
    Query,
    Clause,
    Command,
    ShellOption,
    ShellWords,
    ShellChain,
    Program,
    ProgramText,
    Outside,
    SentFile,
    Given,
    Target,
    TargetValue,
    HeaderTarget,
    HeadTarget,
    Page,
    PageText,
    Answer,
    TextTemplate,
    PreEscaped,
    Value,
    Argument,
    Contains,
    Around,
    Schema,
    Decoded,
    Digest,
    Purpose,
    GivenFunction,
    Cipher,
    GivenSecret,
    EmptyFunction,
    Unverified,
    Timeouts,
    NotInDevelopment,
    Origins,
    StarHeader,
    Cookie,
    SessionCookie,
    Stack,
    Draw,
    Merged,
    Element,
    Unchecked,
    Raw,
}

/// What a check has found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Where.
    pub(super) at: Id,
    /// The value it is about.
    pub(super) value: Option<Id>,
    /// Whether the value is a secret, which is not to be quoted.
    pub(super) is_secret: bool,
}

impl Outcome {
    pub(super) fn at(at: Id) -> Self {
        Self {
            at,
            value: None,
            is_secret: false,
        }
    }

    pub(super) fn about(at: Id, value: Id) -> Self {
        Self {
            value: Some(value),
            ..Self::at(at)
        }
    }
}

/// What a rule has matched.
#[derive(Debug, Clone)]
pub(super) struct Match<'t> {
    /// The node that is reported.
    pub(super) node: Id,
    /// What is called, if it is a call.
    pub(super) function: Option<Id>,
    /// Its dotted name.
    pub(super) name: String,
    /// The arguments of a call, or the value of anything else.
    pub(super) arguments: Vec<Id>,
    /// The last part of the name, as it is written.
    pub(super) last: &'t str,
}

/// Judges a match.
pub(super) fn judge(file: &File<'_>, rule: &Rule, found: &Match<'_>) -> Option<Outcome> {
    if !rule.libraries.is_empty() && !rule.libraries.iter().any(|one| file.imports(one)) {
        return None;
    }
    let ask = Ask {
        file,
        kind: rule.kind,
    };
    let argument = found.arguments.get(rule.argument).copied();
    let least = |least: Origin| {
        let argument = argument?;
        (ask.origin(argument) >= least).then(|| Outcome::about(found.node, argument))
    };
    match rule.check {
        Check::Always => Some(Outcome::at(found.node)),
        Check::Query => query(&ask, found),
        Check::Clause => clause(&ask, found, argument?),
        Check::Command | Check::Given => least(Origin::Given),
        Check::Program => found
            .arguments
            .iter()
            .find(|one| ask.origin(**one) >= Origin::Given)
            .map(|one| Outcome::about(found.node, *one)),
        Check::ProgramText => {
            let argument = argument?;
            let is_text = text::flat(file, argument)
                .iter()
                .any(|piece| matches!(piece, Piece::Text(_)));
            (is_text && ask.origin(argument) >= Origin::Result)
                .then(|| Outcome::about(found.node, argument))
        }
        Check::Outside => least(Origin::Outside),
        Check::SentFile => {
            let has_root = found.arguments.get(1).is_some_and(|options| {
                matches!(file.shape(file.value(*options)), Shape::Record(fields)
                    if fields.iter().any(|one| one.name == "root"))
            });
            least(Origin::Outside).filter(|_| !has_root)
        }
        Check::ShellOption => chain::option(&ask, found),
        Check::ShellWords => chain::words(&ask, found),
        Check::ShellChain => chain::builder(&ask, found),
        Check::Target => page::target(&ask, found, found.arguments.get(rule.argument..)?),
        Check::TargetValue => page::target(&ask, found, &found.arguments),
        Check::HeaderTarget => header(file, rule, found)
            .and_then(|()| page::target(&ask, found, found.arguments.get(1..)?)),
        Check::HeadTarget => {
            let Shape::Record(fields) = file.shape(file.value(argument?)) else {
                return None;
            };
            let field = fields
                .iter()
                .find(|one| one.name.eq_ignore_ascii_case("location"))?;
            page::target(&ask, found, &[field.value])
        }
        Check::Page => page::markup(&ask, found, argument?),
        Check::PageText => page::text(&ask, found, argument?),
        Check::Answer => page::answer(&ask, rule, found),
        Check::TextTemplate => page::template(&ask, found),
        Check::PreEscaped => page::pre_escaped(&ask, found),
        Check::Value => settings::is_value(file, rule, argument?)
            .then(|| Outcome::about(found.node, argument.unwrap_or(found.node))),
        Check::Argument => found
            .arguments
            .iter()
            .find(|one| settings::is_value(file, rule, **one))
            .map(|one| Outcome::about(found.node, *one)),
        Check::Contains => found
            .arguments
            .iter()
            .any(|one| {
                rule.values
                    .iter()
                    .any(|wanted| file.tree.text(*one).contains(wanted.as_str()))
            })
            .then(|| Outcome::at(found.node)),
        Check::Around => Some(Outcome::at(found.node)),
        Check::Schema => settings::schema(file, rule, found),
        Check::Decoded => {
            let argument = argument?;
            let is_own = file.tree.text(argument).contains("serialize(")
                || ask.origin(argument) <= Origin::Safe;
            (!is_own).then(|| Outcome::about(found.node, argument))
        }
        Check::Digest => digest::named(file, rule, found),
        Check::Purpose => digest::function(file, found),
        Check::GivenFunction => found
            .arguments
            .iter()
            .any(|one| rule.values.contains(&file.qualified(*one)))
            .then(|| Outcome::at(found.node)),
        Check::Cipher => digest::cipher(file, rule, argument?)
            .then(|| Outcome::about(found.node, argument.unwrap_or(found.node))),
        Check::GivenSecret => super::secret::given(file, found, argument?),
        Check::EmptyFunction => settings::empty_function(file, found, argument?),
        Check::Unverified => settings::unverified(file, rule, found, argument?),
        Check::Timeouts => settings::timeouts(file, found),
        Check::NotInDevelopment => settings::not_in_development(file, found),
        Check::Origins => settings::origins(file, found),
        Check::StarHeader => header(file, rule, found).and_then(|()| {
            (file.text(*found.arguments.get(1)?)? == "*").then(|| Outcome::at(found.node))
        }),
        Check::Cookie => settings::cookie(file, found),
        Check::SessionCookie => settings::session_cookie(file, found, argument?),
        Check::Stack => settings::stack(file, found),
        Check::Draw => draw::draw(file, found),
        Check::Merged => merge::call(&ask, found),
        Check::Element => merge::element(&ask, found),
        Check::Unchecked => {
            let value = found.arguments.first().copied()?;
            (ask.origin(value) > Origin::Constant
                && !super::guard::is_checked(&ask, file.tree.text(value), found.node))
            .then(|| Outcome::about(found.node, value))
        }
        Check::Raw => Some(Outcome::at(found.node)),
    }
}

/// Whether the first argument is the name of the header that is meant.
fn header(file: &File<'_>, rule: &Rule, found: &Match<'_>) -> Option<()> {
    let name = file.text(*found.arguments.first()?)?.to_lowercase();
    rule.values.contains(&name).then_some(())
}

/// A text that is a query with a value in it, among the first arguments.
fn query(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    for argument in found.arguments.iter().take(2).copied() {
        let pieces = text::flat(file, argument);
        if !text::is_query(&text::written(file, &pieces)) {
            continue;
        }
        let is_weak = pieces
            .iter()
            .any(|piece| ask.of_piece(piece, argument) >= Origin::Given);
        if is_weak {
            return Some(Outcome::about(found.node, argument));
        }
    }
    None
}

/// A part of a query that is put together.
fn clause(ask: &Ask<'_, '_>, found: &Match<'_>, argument: Id) -> Option<Outcome> {
    let pieces = text::flat(ask.file, argument);
    let is_joined = pieces.len() > 1 && pieces.iter().any(|one| matches!(one, Piece::Text(_)));
    let is_weak = pieces
        .iter()
        .any(|piece| ask.of_piece(piece, argument) >= Origin::Given);
    (is_joined && is_weak).then(|| Outcome::about(found.node, argument))
}
