//! What this VENOM knows: playbooks, skills, settings, the sandbox, and how it understands words.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use venom_ports::api::playbooks::Loaded;

use super::Shared;
use crate::extract::{Body, Named, Params, Word};
use crate::problem::{Answer, Problem};

/// Which folder is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InFolder {
    /// Absolute path of the folder whose playbooks count as well.
    workspace: Option<String>,
}

/// A playbook in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaybookRow {
    name: String,
    /// What it is for.
    summary: String,
    /// `shipped`, `user` or `project`.
    origin: String,
}

/// The playbooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaybookList {
    playbooks: Vec<PlaybookRow>,
}

fn loaded(house: &crate::house::House, folder: Option<String>) -> Answer<Vec<Loaded>> {
    let folder = folder.map_or_else(|| PathBuf::from("/"), PathBuf::from);
    if !folder.is_absolute() {
        return Err(Problem::bad(
            "bad-parameter",
            "`workspace` is no absolute path",
        ));
    }
    Ok(house.services.folders.playbooks(&folder).list())
}

/// List the playbooks
#[utoipa::path(get, path = "/v1/playbooks", tag = "catalogue", params(InFolder), responses((status = 200, body = PlaybookList), (status = "default", body = Problem)))]
pub(crate) async fn playbooks(
    State(house): Shared,
    Params(which): Params<InFolder>,
) -> Answer<Json<PlaybookList>> {
    let playbooks = loaded(&house, which.workspace)?
        .into_iter()
        .map(|loaded| PlaybookRow {
            name: loaded.playbook.name.clone(),
            summary: loaded.playbook.summary.clone(),
            origin: loaded.origin.to_string(),
        })
        .collect();
    Ok(Json(PlaybookList { playbooks }))
}

/// Show a playbook
#[utoipa::path(get, path = "/v1/playbooks/{playbook}", tag = "catalogue", params(("playbook" = String, Path), InFolder), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn playbook(
    State(house): Shared,
    Named(Word(name)): Named<Word>,
    Params(which): Params<InFolder>,
) -> Answer<Json<Value>> {
    let found = loaded(&house, which.workspace)?
        .into_iter()
        .find(|loaded| loaded.playbook.name == name)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-playbook",
                "there is no playbook of this name",
            )
        })?;
    json(&found.playbook)
}

fn json(value: &impl Serialize) -> Answer<Json<Value>> {
    serde_json::to_value(value).map(Json).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        )
    })
}

/// A skill in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkillRow {
    name: String,
    /// What it is for.
    summary: String,
    /// Its actions.
    actions: Vec<String>,
}

/// The skills.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkillList {
    skills: Vec<SkillRow>,
}

/// List the skills
#[utoipa::path(get, path = "/v1/skills", tag = "catalogue", responses((status = 200, body = SkillList), (status = "default", body = Problem)))]
pub(crate) async fn skills(State(house): Shared) -> Json<SkillList> {
    let skills = house
        .services
        .skills
        .manifests()
        .iter()
        .map(|skill| SkillRow {
            name: skill.name.clone(),
            summary: skill.summary.clone(),
            actions: skill.actions.keys().cloned().collect(),
        })
        .collect();
    Json(SkillList { skills })
}

/// Show a skill with its actions, their parameters and results
#[utoipa::path(get, path = "/v1/skills/{skill}", tag = "catalogue", params(("skill" = String, Path)), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn skill(
    State(house): Shared,
    Named(Word(name)): Named<Word>,
) -> Answer<Json<Value>> {
    let manifest = house.services.skills.manifests().skill(&name);
    match manifest {
        Some(manifest) => json(manifest),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-skill",
            "there is no skill of this name",
        )),
    }
}

/// Whose preferences are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// Absolute path of a folder; those of all folders if it is left out.
    workspace: Option<String>,
}

/// The preferences.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreferenceList {
    #[schema(value_type = Vec<Object>)]
    preferences: Vec<Value>,
}

/// List what earlier answers decide
#[utoipa::path(get, path = "/v1/preferences", tag = "catalogue", params(Whose), responses((status = 200, body = PreferenceList), (status = "default", body = Problem)))]
pub(crate) async fn preferences(
    State(house): Shared,
    Params(whose): Params<Whose>,
) -> Answer<Json<PreferenceList>> {
    let folder = whose.workspace.map(PathBuf::from);
    if folder.as_ref().is_some_and(|folder| !folder.is_absolute()) {
        return Err(Problem::bad(
            "bad-parameter",
            "`workspace` is no absolute path",
        ));
    }
    let known = house.services.preferences.preferences(folder.as_deref());
    let preferences = known
        .await?
        .iter()
        .map(|known| {
            serde_json::json!({
                "id": known.id,
                "workspace": known.workspace,
                "words": known.ambiguity.words,
                "question": known.question,
                "answer": known.answer,
                "by": known.by,
                "source": known.source,
            })
        })
        .collect();
    Ok(Json(PreferenceList { preferences }))
}

/// Words to be understood.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// A goal, in plain words.
    #[schema(min_length = 1)]
    goal: String,
    /// Absolute path of the folder that it is about.
    workspace: String,
}

/// Show how a goal would be understood; nothing is done
#[utoipa::path(post, path = "/v1/intents", tag = "catalogue", request_body = Words, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn intents(State(house): Shared, Body(words): Body<Words>) -> Answer<Json<Value>> {
    let folder = super::runs::folder(&words.workspace)?;
    let explained = house.services.intents.explain(&words.goal, &folder).await?;
    json(&explained)
}

/// Show the settings, and where each comes from
#[utoipa::path(get, path = "/v1/config", tag = "server", responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn config(State(house): Shared) -> Json<Value> {
    Json(house.services.config.clone())
}

/// Show what the sandbox of this machine enforces
#[utoipa::path(get, path = "/v1/sandbox", tag = "server", responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn sandbox(State(house): Shared) -> Json<Value> {
    Json(house.services.sandbox.clone())
}
