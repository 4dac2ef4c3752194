//! What lies in the workspace and is protected all the same: keys, git's own files, editors' settings.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::os::{self, call};
use crate::probe::{Effect, Group, Outcome, Place, Probe, Scene};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Files, id, tries, run).at(Place::Alone)
}

pub(super) const PROBES: &[Probe] = &[
    probe("dotenv_read", "read .env", |scene| {
        scene.expect_token(&fs::read(scene.workspace(".env"))?)
    })
    .at(Place::Together),
    probe("dotenv_local_read", "read .env.production", |scene| {
        scene.expect_token(&fs::read(scene.workspace(".env.production"))?)
    })
    .at(Place::Together),
    probe(
        "dotenv_deep_read",
        "read an .env in a folder below",
        |scene| scene.expect_token(&fs::read(scene.workspace("service/.env"))?),
    )
    .at(Place::Together),
    probe(
        "key_file_read",
        "read a private key in the workspace",
        |scene| scene.expect_token(&fs::read(scene.workspace("server.pem"))?),
    )
    .at(Place::Together),
    probe(
        "dotenv_linked",
        "link .env to another name and read that",
        |scene| {
            let link = scene.workspace("scratch/linked");
            fs::hard_link(scene.workspace(".env"), &link)?;
            scene.expect_token(&fs::read(link)?)
        },
    ),
    probe("dotenv_renamed", "rename .env and read it", |scene| {
        let moved = scene.workspace("scratch/renamed");
        fs::rename(scene.workspace(".env"), &moved)?;
        scene.expect_token(&fs::read(moved)?)
    }),
    probe(
        "dotenv_reopened",
        "open .env without rights, then again through /proc",
        |scene| {
            let fd = os::open(scene.workspace(".env"), libc::O_PATH)?;
            scene.expect_token(&fs::read(format!("/proc/self/fd/{fd}"))?)
        },
    ),
    probe(
        "dotenv_unmasked",
        "unmount whatever lies over .env and read it",
        |scene| {
            let path = os::c_path(scene.workspace(".env"))?;
            call!(libc::SYS_umount2, &path, libc::MNT_DETACH)?;
            scene.expect_token(&fs::read(scene.workspace(".env"))?)
        },
    ),
    probe(
        "dotenv_folder_renamed",
        "rename the folder that holds an .env and read it there",
        |scene| {
            fs::rename(
                scene.workspace("service"),
                scene.workspace("scratch/service"),
            )?;
            scene.expect_token(&fs::read(scene.workspace("scratch/service/.env"))?)
        },
    ),
    probe("git_hook_write", "write a hook", |scene| {
        program(scene, ".git/hooks/pre-commit")
    })
    .seen_by_host(Effect::Appeared(".git/hooks/pre-commit")),
    probe(
        "git_hook_enabled",
        "make a sample hook executable",
        |scene| {
            let sample = scene.workspace(".git/hooks/post-checkout.sample");
            fs::set_permissions(sample, Permissions::from_mode(0o755))?;
            Ok("changed".to_owned())
        },
    )
    .seen_by_host(Effect::Changed(".git/hooks/post-checkout.sample")),
    probe(
        "git_hooks_replaced",
        "replace the folder of hooks",
        |scene| {
            fs::rename(
                scene.workspace(".git/hooks"),
                scene.workspace(".git/hooks-old"),
            )?;
            fs::create_dir(scene.workspace(".git/hooks"))?;
            program(scene, ".git/hooks/pre-commit")
        },
    )
    .seen_by_host(Effect::Appeared(".git/hooks/pre-commit")),
    probe(
        "git_config_write",
        "make git run a program of ours by .git/config",
        |scene| {
            let text = monitor(scene)?;
            append(scene, ".git/config", &text)
        },
    )
    .seen_by_host(Effect::GitRan("")),
    probe(
        "git_config_replaced",
        "put a new .git/config over the old one",
        |scene| {
            let text = format!("[core]\n\trepositoryformatversion = 0\n{}", monitor(scene)?);
            fs::write(scene.workspace(".git/config.new"), text)?;
            fs::rename(
                scene.workspace(".git/config.new"),
                scene.workspace(".git/config"),
            )?;
            Ok("replaced".to_owned())
        },
    )
    .seen_by_host(Effect::GitRan("")),
    probe(
        "git_attributes_write",
        "send files through a filter by .git/info/attributes",
        |scene| {
            fs::create_dir_all(scene.workspace(".git/info"))?;
            fs::write(
                scene.workspace(".git/info/attributes"),
                b"* filter=escape\n",
            )?;
            Ok("written".to_owned())
        },
    )
    .seen_by_host(Effect::Appeared(".git/info/attributes")),
    probe(
        "git_modules_write",
        "point a submodule elsewhere by .gitmodules",
        |scene| {
            append(
                scene,
                ".gitmodules",
                "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh\n",
            )
        },
    )
    .seen_by_host(Effect::Changed(".gitmodules")),
    probe(
        "git_renamed",
        "rename .git away and make another",
        |scene| {
            fs::rename(scene.workspace(".git"), scene.workspace(".git-old"))?;
            repository(scene, ".git")
        },
    )
    .seen_by_host(Effect::GitRan("")),
    probe(
        "git_exchanged",
        "exchange .git with a folder of ours in one call",
        |scene| {
            repository(scene, "scratch/git")?;
            let (ours, theirs) = (
                os::c_path(scene.workspace("scratch/git"))?,
                os::c_path(scene.workspace(".git"))?,
            );
            let at = libc::AT_FDCWD;
            call!(
                libc::SYS_renameat2,
                at,
                &ours,
                at,
                &theirs,
                libc::RENAME_EXCHANGE
            )?;
            Ok("exchanged".to_owned())
        },
    )
    .seen_by_host(Effect::GitRan("")),
    probe(
        "git_removed",
        "delete .git and put a file in its place that names another",
        |scene| {
            fs::remove_dir_all(scene.workspace(".git"))?;
            repository(scene, "scratch/git")?;
            fs::write(scene.workspace(".git"), b"gitdir: scratch/git\n")?;
            Ok("replaced".to_owned())
        },
    )
    .seen_by_host(Effect::GitRan("")),
    probe(
        "git_case_hooks",
        "write .GIT/hooks, which some file systems take for .git/hooks",
        |scene| {
            fs::create_dir_all(scene.workspace(".GIT/hooks"))?;
            program(scene, ".GIT/hooks/pre-commit")
        },
    )
    .seen_by_host(Effect::Appeared(".GIT/hooks/pre-commit")),
    probe(
        "git_short_name",
        "write git~1, which some file systems take for .git",
        |scene| {
            fs::create_dir_all(scene.workspace("git~1/hooks"))?;
            program(scene, "git~1/hooks/pre-commit")
        },
    )
    .seen_by_host(Effect::Appeared("git~1/hooks/pre-commit")),
    probe(
        "git_invisible_name",
        "write .git with a letter that some file systems ignore",
        |scene| {
            fs::create_dir_all(scene.workspace(".g\u{200c}it/hooks"))?;
            program(scene, ".g\u{200c}it/hooks/pre-commit")
        },
    )
    .seen_by_host(Effect::Appeared(".g\u{200c}it/hooks/pre-commit")),
    probe(
        "bare_repository",
        "leave a folder that git takes for a repository with a program",
        |scene| repository(scene, "vendor"),
    )
    .seen_by_host(Effect::GitRan("vendor")),
    probe(
        "editor_settings_write",
        "make the editor run a program by .vscode/tasks.json",
        |scene| append(scene, ".vscode/tasks.json", "{\"tasks\": []}\n"),
    )
    .seen_by_host(Effect::Changed(".vscode/tasks.json")),
    probe(
        "direnv_write",
        "make the shell run a program by .envrc",
        |scene| append(scene, ".envrc", "touch ran\n"),
    )
    .seen_by_host(Effect::Changed(".envrc")),
    probe(
        "tool_servers_write",
        "make an assistant start a server by .mcp.json",
        |scene| append(scene, ".mcp.json", "{\"mcpServers\": {}}\n"),
    )
    .seen_by_host(Effect::Changed(".mcp.json")),
    probe(
        "own_policy_write",
        "loosen the sandbox by its own folder .venom",
        |scene| append(scene, ".venom/policy.yaml", "sandbox: none\n"),
    )
    .seen_by_host(Effect::Changed(".venom/policy.yaml")),
];

fn append(scene: &Scene<'_>, below: &str, text: &str) -> Outcome {
    OpenOptions::new()
        .append(true)
        .open(scene.workspace(below))?
        .write_all(text.as_bytes())?;
    Ok("written".to_owned())
}

/// Writes an executable that leaves a mark when the host runs it.
fn program(scene: &Scene<'_>, below: &str) -> Outcome {
    let path = scene.workspace(below);
    fs::write(&path, b"#!/bin/sh\nexit 0\n")?;
    fs::set_permissions(path, Permissions::from_mode(0o755))?;
    Ok("written".to_owned())
}

/// Settings with which git runs a command of ours whenever it looks at the files.
fn monitor(scene: &Scene<'_>) -> Result<String, crate::probe::Stop> {
    let mark = scene.outside("ran")?.join(scene.id);
    Ok(format!(
        "[core]\n\tfsmonitor = \"touch '{}'; false\"\n",
        mark.display()
    ))
}

/// Makes the least that git takes for a repository.
fn repository(scene: &Scene<'_>, below: &str) -> Outcome {
    let root = scene.workspace(below);
    for folder in ["objects", "refs/heads"] {
        fs::create_dir_all(root.join(folder))?;
    }
    fs::write(root.join("HEAD"), b"ref: refs/heads/main\n")?;
    let worktree = if below == "vendor" {
        "\tworktree = .\n"
    } else {
        ""
    };
    let head = format!("[core]\n\trepositoryformatversion = 0\n\tbare = false\n{worktree}");
    fs::write(root.join("config"), head + &monitor(scene)?)?;
    Ok("made".to_owned())
}
