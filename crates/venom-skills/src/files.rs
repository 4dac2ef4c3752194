//! The `files` skill: reading, finding, searching, replacing and writing in the workspace.
//!
//! Nothing here touches the disk: files are read through the workspace port, and edits are staged
//! there for the engine to commit.

mod archive;
mod comments;
mod edit;
mod encoding;
mod find;
mod pattern;
mod read;
mod replace;
mod search;
mod source;
mod todos;
mod write;

use async_trait::async_trait;
use venom_kernel::effect::EffectClass;
use venom_kernel::skill::{ActionManifest, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use crate::params::unknown_action;
use crate::schema;

/// Works on files of the workspace.
pub struct FilesSkill;

#[async_trait]
impl Skill for FilesSkill {
    fn manifest(&self) -> SkillManifest {
        let pure = |summary: &str, params: schema::Object, result: schema::Object, typical: u64| {
            ActionManifest {
                typical: Millis::new(typical),
                timeout: Millis::from_secs(120),
                ..schema::action(summary, EffectClass::Pure, params, result)
            }
        };
        let edit = |action: ActionManifest, writes: Writes| ActionManifest {
            class: EffectClass::Reversible,
            writes,
            ..action
        };
        // Gigabytes take their time.
        let long = |action: ActionManifest| ActionManifest {
            timeout: Millis::from_secs(3_600),
            ..action
        };
        let path = || Writes::Params(vec!["path".to_owned()]);
        let actions = [
            (
                "read",
                pure("Reads a file.", read::params(), read::result(), 5),
            ),
            (
                "find",
                pure(
                    "Lists files by their paths.",
                    find::params(),
                    find::result(),
                    30,
                ),
            ),
            (
                "search",
                pure(
                    "Searches for a text in files.",
                    search::params(),
                    search::result(),
                    50,
                ),
            ),
            (
                "todos",
                pure(
                    "Finds TODO and its kin in comments.",
                    todos::params(),
                    todos::result(),
                    80,
                ),
            ),
            (
                "replace",
                edit(
                    pure(
                        "Replaces a text in files.",
                        replace::params(),
                        replace::result(),
                        80,
                    ),
                    Writes::Anything,
                ),
            ),
            (
                "edit",
                edit(
                    pure(
                        "Changes a file exactly as it is said, or not at all.",
                        edit::params(),
                        edit::result(),
                        5,
                    ),
                    path(),
                ),
            ),
            (
                "write",
                edit(
                    pure("Writes a file.", write::params(), write::result(), 5),
                    path(),
                ),
            ),
            (
                "archive",
                edit(
                    long(pure(
                        "Packs files into a tar, tar.gz, tar.zst or zip archive.",
                        archive::pack_params(),
                        archive::pack_result(),
                        200,
                    )),
                    path(),
                ),
            ),
            (
                "unpack",
                edit(
                    long(pure(
                        "Unpacks an archive into a folder, all of it or nothing.",
                        archive::unpack_params(),
                        archive::unpack_result(),
                        200,
                    )),
                    Writes::Anything,
                ),
            ),
            (
                "write-list",
                edit(
                    pure(
                        "Writes found places as a check list.",
                        write::list_params(),
                        write::list_result(),
                        5,
                    ),
                    path(),
                ),
            ),
        ];
        SkillManifest {
            name: "files".to_owned(),
            summary: "Reads, searches, edits, packs and unpacks files of the workspace.".to_owned(),
            actions: actions
                .into_iter()
                .map(|(name, action)| (name.to_owned(), action))
                .collect(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "read" => read::call(call, context).await,
            "find" => find::call(call, context).await,
            "search" => search::call(call, context).await,
            "todos" => todos::call(call, context).await,
            "replace" => replace::call(call, context).await,
            "edit" => edit::call(call, context).await,
            "write" => write::call(call, context).await,
            "write-list" => write::list(call, context).await,
            "archive" => archive::pack(call, context).await,
            "unpack" => archive::unpack(call, context).await,
            other => Err(unknown_action("files", other)),
        }
    }
}
