//! `git.tags` and `git.tag`: names for releases.
//!
//! A tag is annotated, in somebody's name, and never moved: one that exists is left alone. The next
//! version is worked out from the messages since the last one, in the manner of the project's tags.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::commit::{guard, tidy};
use super::deed::{happened, seen, written};
use super::repository::Repository;
use super::signing::{Signed, Signing};
use super::version::{self, Part, Version};
use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The most tags that are looked at.
const TAGS: usize = 1_000;

/// The most subjects that a message lists.
const LISTED: usize = 100;

/// Lists tags, newest versions first.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let count = format!("--count={TAGS}");
    let form = "--format=%(refname:short)%00%(objecttype)%00%(objectname)%00%(*objectname)%00%(contents:subject)";
    let ran = repository
        .git(&[
            "for-each-ref",
            "--sort=-version:refname",
            &count,
            form,
            "refs/tags",
        ])
        .ok()
        .await?;
    let mut text = String::new();
    let mut tags = Vec::new();
    for line in ran.out.lines() {
        let fields: Vec<&str> = line.splitn(5, '\0').collect();
        let [name, kind, object, target, subject] = fields.as_slice() else {
            continue;
        };
        let subject = bounded::line(subject, 300);
        push(
            &mut text,
            format_args!("- {} {subject}\n", bounded::line(name, 200)),
        );
        tags.push(json!({
            "name": name,
            "annotated": *kind == "tag",
            "id": if target.is_empty() { object } else { target },
            "subject": subject,
        }));
    }
    if tags.is_empty() {
        text.push_str("There is no tag.\n");
    }
    Ok(schema::output(
        json!({"tags": tags, "text": bounded::cut(&text, bounded::TEXT)}),
    ))
}

/// Returns the newest tag that a commit reaches and that names a version.
pub(super) async fn last_version(
    repository: &Repository<'_>,
    at: &str,
) -> Result<Option<(String, Version)>> {
    let merged = format!("--merged={at}");
    let count = format!("--count={TAGS}");
    let ran = repository
        .git(&[
            "for-each-ref",
            "--sort=-version:refname",
            &count,
            "--format=%(refname:short)",
            &merged,
            "refs/tags",
        ])
        .ok()
        .await?;
    let versions = ran
        .out
        .lines()
        .filter_map(|tag| Some((tag.to_owned(), Version::parse(tag)?)));
    let mut early = None;
    for (tag, version) in versions {
        if !version.is_early() {
            return Ok(Some((tag, version)));
        }
        early.get_or_insert((tag, version));
    }
    Ok(early)
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Next {
    Auto,
    Major,
    Minor,
    Patch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: Option<String>,
    next: Option<Next>,
    at: Option<String>,
    message: Option<String>,
}

/// What was seen before, and what the tag is going to be.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    name: String,
    target: String,
    message: String,
    /// The version before it.
    previous: Option<String>,
    /// Why it has this name.
    because: String,
}

/// Works out the name and the message.
pub(super) async fn prepare(call: &Call, context: &SkillContext) -> Result<Value> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let target = match &params.at {
        Some(at) => repository.revision(at).await?,
        None => repository.born()?.to_owned(),
    };
    if params.name.is_some() && params.next.is_some() {
        return Err(
            refused("`name` and `next` say different things").with_hint("leave one of the two out")
        );
    }
    guard::identity(&repository).await?;
    let last = last_version(&repository, &target).await?;
    let previous = last.as_ref().map(|(tag, _)| tag.clone());
    let messages = messages(&repository, &target, previous.as_deref()).await?;
    let (name, because) = match &params.name {
        Some(name) => (
            manner(&repository, name).await?,
            "it was asked for".to_owned(),
        ),
        None => {
            choose(
                &repository,
                params.next.unwrap_or(Next::Auto),
                last.as_ref(),
                &messages,
            )
            .await?
        }
    };
    check_name(&repository, &name).await?;
    let message = match &params.message {
        Some(message) => super::commit::checked(message)?,
        None => composed(&name, &messages),
    };
    written(&Planned {
        name,
        target,
        message,
        previous,
        because,
    })
}

async fn messages(
    repository: &Repository<'_>,
    target: &str,
    since: Option<&str>,
) -> Result<Vec<String>> {
    let without = since.map(|tag| format!("^refs/tags/{tag}"));
    let ran = repository
        .git(&[
            "log",
            "--no-merges",
            "-z",
            "--format=%B",
            "--max-count=1000",
            target,
        ])
        .args(without)
        .args(["--"])
        .ok()
        .await?;
    let messages = ran.out.split('\0').map(str::trim);
    Ok(messages
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Names a version as the other tags do, with `v` or without.
async fn manner(repository: &Repository<'_>, name: &str) -> Result<String> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_digit()) && Version::parse(name).is_some();
    if !is_plain {
        return Ok(name.to_owned());
    }
    let count = format!("--count={TAGS}");
    let ran = repository
        .git(&[
            "for-each-ref",
            &count,
            "--format=%(refname:short)",
            "refs/tags",
        ])
        .ok()
        .await?;
    let versions: Vec<Version> = ran.out.lines().filter_map(Version::parse).collect();
    let with_v = versions
        .iter()
        .filter(|version| version.prefix == "v")
        .count();
    let is_v = with_v * 2 > versions.len();
    Ok(if is_v {
        format!("v{name}")
    } else {
        name.to_owned()
    })
}

async fn choose(
    repository: &Repository<'_>,
    next: Next,
    last: Option<&(String, Version)>,
    messages: &[String],
) -> Result<(String, String)> {
    let Some((tag, version)) = last else {
        let name = manner(repository, "0.1.0").await?;
        let name = if name.starts_with('v') {
            name
        } else {
            format!("v{name}")
        };
        return Ok((name, "there is no version yet".to_owned()));
    };
    if messages.is_empty() {
        return Err(refused(format!("nothing was committed since {tag}"))
            .with_hint("name the tag if you want another one for the same commit"));
    }
    let (part, why) = match next {
        Next::Auto => version::judge(&messages.iter().map(String::as_str).collect::<Vec<_>>()),
        Next::Major => (Part::Major, "it was asked for"),
        Next::Minor => (Part::Minor, "it was asked for"),
        Next::Patch => (Part::Patch, "it was asked for"),
    };
    Ok((version.next(part).to_string(), format!("{why} since {tag}")))
}

async fn check_name(repository: &Repository<'_>, name: &str) -> Result<()> {
    let shown = bounded::line(name, 100);
    let reference = format!("refs/tags/{name}");
    let is_sane = !name.starts_with('-') && name.len() <= 200 && !name.contains('\0');
    let is_name = is_sane && {
        let ran = repository.git(&["check-ref-format", &reference]).run();
        ran.await?.code == Some(0)
    };
    if !is_name {
        return Err(refused(format!("`{shown}` cannot be the name of a tag"))
            .with_hint("use letters, digits, `-`, `_`, `.` and `/`"));
    }
    if repository.reference(&reference).await?.is_some() {
        return Err(refused(format!("the tag `{shown}` exists already"))
            .with_hint("a tag is not moved; choose another name"));
    }
    Ok(())
}

fn composed(name: &str, messages: &[String]) -> String {
    let mut text = format!("{name}\n\n");
    for message in messages.iter().take(LISTED) {
        let subject = message.lines().next().unwrap_or_default();
        push(
            &mut text,
            format_args!("- {}\n", bounded::line(subject, 300)),
        );
    }
    if messages.len() > LISTED {
        push(
            &mut text,
            format_args!("- and {} more\n", messages.len() - LISTED),
        );
    }
    tidy(&text)
}

/// Makes the tag.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let saw: Planned = seen(call)?;
    let repository = Repository::open(context).await?;
    let signing = Signing::of(&repository, Signed::Tag).await?;
    let ran = repository
        .git(signing.settings)
        .args([
            "-c",
            "user.useConfigOnly=true",
            "tag",
            "--annotate",
            "--cleanup=whitespace",
            "--file=-",
            "--",
            &saw.name,
            &saw.target,
        ])
        .stdin(&saw.message)
        .run()
        .await?;
    if ran.code != Some(0) {
        return Err(ran.refusal("git did not make the tag"));
    }
    Ok(output(&saw, signing.note))
}

/// Finds out whether the tag was made. Before, there was none of this name.
pub(super) async fn probe(call: &Call, context: &SkillContext) -> Result<Probed> {
    let saw: Planned = seen(call)?;
    let repository = Repository::open(context).await?;
    let reference = format!("refs/tags/{}", saw.name);
    if repository.reference(&reference).await?.is_none() {
        return Ok(Probed::DidNot);
    }
    let form = "--format=%(objecttype)%00%(*objectname)%00%(contents)";
    let ran = repository
        .git(&["for-each-ref", form, &reference])
        .ok()
        .await?;
    let fields: Vec<&str> = ran.out.splitn(3, '\0').collect();
    let is_ours = match fields.as_slice() {
        [kind, target, message] => {
            *kind == "tag" && *target == saw.target && tidy(message).starts_with(&saw.message)
        }
        _ => false,
    };
    Ok(if is_ours {
        let note = Signing::of(&repository, Signed::Tag).await?.note;
        happened(output(&saw, note))
    } else {
        Probed::Unknown(format!("the tag `{}` exists and is another one", saw.name))
    })
}

fn output(saw: &Planned, note: &str) -> Output {
    let undo = format!("git tag -d {}", saw.name);
    let short: String = saw.target.chars().take(10).collect();
    let text = format!(
        "Tagged {short} as {}: {}.\n\n{}\n{note}Take it back with `{undo}`.\n",
        saw.name, saw.because, saw.message
    );
    schema::output(json!({
        "name": saw.name,
        "id": saw.target,
        "previous": saw.previous,
        "because": saw.because,
        "message": saw.message,
        "undo": undo,
        "text": bounded::cut(&text, bounded::TEXT),
    }))
}

/// Describes the result of the list.
pub(super) fn list_result() -> Object {
    let tag = schema::object()
        .must("name", schema::text("Its name."))
        .must("annotated", schema::flag("Whether it has a message."))
        .must("id", schema::text("The object that it names."))
        .must("subject", schema::text("The first line of its message."))
        .done();
    schema::object()
        .must(
            "tags",
            schema::list(
                tag,
                "The tags, newest version first, at most 1,000 of them.",
            ),
        )
        .text()
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "name",
            schema::text("The name; a version gets the `v` that the other tags have."),
        )
        .may(
            "next",
            schema::choice(
                &["auto", "major", "minor", "patch"],
                "The version after the last one; `auto`, which stands if neither is given, goes by the messages.",
            ),
        )
        .may(
            "at",
            schema::text("The revision; what is checked out if not given."),
        )
        .may(
            "message",
            schema::text("The message; a list of what was committed if not given."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("name", schema::text("The name of the tag."))
        .must("id", schema::text("The commit that it names."))
        .must(
            "previous",
            schema::or_null(schema::text("The tag of the version before.")),
        )
        .must("because", schema::text("Why it has this name."))
        .must("message", schema::text("Its message."))
        .must("undo", schema::text("The command that takes it back."))
        .text()
}
