//! `git.branch` and `git.create-branch`.

pub(super) mod delete;
pub(super) mod switch;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::Payload;
use venom_kernel::effect::{Done, Probed};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::repository::{LONG, Repository};
use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The most branches in a result.
const BRANCHES: usize = 1_000;

/// Lists branches.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let current = repository.branch().await?;
    let form = "--format=%(refname:short)%00%(upstream:short)%00%(objectname:short)%00%(subject)";
    let ran = repository
        .git(&["for-each-ref", form, "refs/heads"])
        .ok()
        .await?;
    let mut branches = Vec::new();
    let mut text = match &current {
        Some(current) => format!("On branch {current}.\n"),
        None => "No branch is checked out (detached HEAD).\n".to_owned(),
    };
    for line in ran.out.lines().take(BRANCHES) {
        let mut fields = line.splitn(4, '\0');
        let (Some(name), Some(upstream), Some(id)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let subject = bounded::line(fields.next().unwrap_or_default(), 300);
        let is_current = current.as_deref() == Some(name);
        let mark = if is_current { "*" } else { "-" };
        push(&mut text, format_args!("{mark} {name} {id} {subject}\n"));
        branches.push(json!({
            "name": name,
            "current": is_current,
            "upstream": (!upstream.is_empty()).then_some(upstream),
            "id": id,
            "subject": subject,
        }));
    }
    let result = json!({
        "current": current,
        "branches": branches,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(schema::output(result))
}

/// Describes the result of the list.
pub(super) fn list_result() -> Object {
    let branch = schema::object()
        .must("name", schema::text("Its name."))
        .must("current", schema::flag("Whether it is checked out."))
        .must(
            "upstream",
            schema::or_null(schema::text("The branch that it follows.")),
        )
        .must("id", schema::text("The short name of its last commit."))
        .must(
            "subject",
            schema::text("The first line of that commit's message."),
        )
        .done();
    schema::object()
        .must(
            "current",
            schema::or_null(schema::text("The branch that is checked out.")),
        )
        .must(
            "branches",
            schema::list(branch, "The branches by name, at most 1,000 of them."),
        )
        .text()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    from: Option<String>,
    switch: Option<bool>,
}

impl Create {
    fn reference(&self) -> String {
        format!("refs/heads/{}", self.name)
    }

    async fn exists(&self, repository: &Repository<'_>) -> Result<bool> {
        let ran = repository
            .git(&["show-ref", "--verify", "--quiet", &self.reference()])
            .run()
            .await?;
        Ok(ran.code == Some(0))
    }

    fn output(&self) -> Output {
        let switched = self.switch.unwrap_or(false);
        let done = if switched {
            "and switched to it"
        } else {
            "without switching to it"
        };
        let text = format!(
            "Made the branch {} {done}. Take it back with `git branch -D {}`.\n",
            self.name, self.name
        );
        let result = json!({"name": self.name, "switched": switched, "text": text});
        Output {
            result,
            evidence: Vec::new(),
        }
    }
}

/// Refuses what cannot be the name of a branch.
pub(super) async fn check_name(repository: &Repository<'_>, name: &str) -> Result<()> {
    let is_sane = name.len() <= 200 && !name.starts_with('-') && !name.contains("@{");
    let is_name = is_sane && !name.contains('\0') && {
        let ran = repository
            .git(&["check-ref-format", "--branch", name])
            .run();
        ran.await?.code == Some(0)
    };
    if is_name {
        return Ok(());
    }
    Err(refused(format!(
        "`{}` cannot be the name of a branch",
        bounded::line(name, 100)
    ))
    .with_hint("use letters, digits, `-`, `_`, `.` and `/`"))
}

/// Looks whether the branch can be made.
pub(super) async fn prepare_create(call: &Call, context: &SkillContext) -> Result<Value> {
    let create: Create = params::read(call)?;
    let repository = Repository::open(context).await?;
    check_name(&repository, &create.name).await?;
    if create.exists(&repository).await? {
        return Err(
            refused(format!("the branch `{}` exists already", create.name)).with_hint(format!(
                "choose another name, or use it with `git switch {}`",
                create.name
            )),
        );
    }
    let from = match &create.from {
        Some(from) => Some(repository.revision(from).await?),
        None => repository.head.clone(),
    };
    Ok(json!({"from": from}))
}

/// Makes a branch.
pub(super) async fn create(call: &Call, context: &SkillContext) -> Result<Output> {
    prepare_create(call, context).await?;
    let create: Create = params::read(call)?;
    let repository = Repository::open(context).await?;
    let from = match &create.from {
        Some(from) => repository.revision(from).await?,
        None => repository.born()?.to_owned(),
    };
    let ran = if create.switch.unwrap_or(false) {
        repository
            .git(&[
                "switch",
                "--quiet",
                "--no-track",
                "--create",
                &create.name,
                &from,
            ])
            .timeout(LONG)
            .run()
            .await?
    } else {
        repository
            .git(&["branch", "--no-track", &create.name, &from])
            .run()
            .await?
    };
    if ran.code != Some(0) {
        return Err(refused(format!(
            "git did not make the branch: {}",
            bounded::line(&ran.err, 1_000)
        ))
        .with_hint("commit or stash your changes first, or make the branch without `switch`"));
    }
    Ok(create.output())
}

/// Finds out whether the branch was made. Before, there was none of this name.
pub(super) async fn probe_create(call: &Call, context: &SkillContext) -> Result<Probed> {
    let create: Create = params::read(call)?;
    let repository = Repository::open(context).await?;
    if !create.exists(&repository).await? {
        return Ok(Probed::DidNot);
    }
    let is_current = repository.branch().await?.as_deref() == Some(create.name.as_str());
    if create.switch.unwrap_or(false) && !is_current {
        return Ok(Probed::Unknown(format!(
            "the branch `{}` exists and is not checked out",
            create.name
        )));
    }
    let output = create.output();
    Ok(Probed::Happened(Box::new(Done {
        result: Payload::Inline(output.result),
        evidence: output.evidence,
        ..Done::default()
    })))
}

/// Describes the parameters of a new branch.
pub(super) fn create_params() -> Object {
    schema::object()
        .must("name", schema::text("The name of the new branch."))
        .may(
            "from",
            schema::text("The revision it begins at; what is checked out if not given."),
        )
        .may(
            "switch",
            schema::flag("Whether to check the new branch out."),
        )
}

/// Describes the result of a new branch.
pub(super) fn create_result() -> Object {
    schema::object()
        .must("name", schema::text("The name of the branch."))
        .must("switched", schema::flag("Whether it is checked out now."))
        .text()
}
