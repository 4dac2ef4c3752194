//! Looks programs up and checks that a command can be started at all.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use venom_ports::exec::Command;
use venom_ports::{Failure, FailureKind, Result};

/// Returns the file that a program's name stands for.
pub(crate) fn find(program: &str, search: &[PathBuf]) -> Result<PathBuf> {
    if program.is_empty() || program.contains('\0') {
        return Err(refused("a command names no usable program".to_owned()));
    }
    if program.starts_with('/') {
        return match check(Path::new(program)) {
            Found::Yes => Ok(PathBuf::from(program)),
            Found::NotExecutable => Err(not_executable(Path::new(program))),
            Found::No => Err(Failure::new(
                FailureKind::Missing,
                format!("there is no program `{program}`"),
            )),
        };
    }
    if program.contains('/') {
        // What it is relative to would depend on who reads it.
        return Err(refused(format!(
            "`{program}` is neither a program's name nor an absolute path"
        ))
        .with_hint("name the program alone, or give its whole path"));
    }
    let mut unusable = None;
    for folder in search.iter().filter(|folder| folder.is_absolute()) {
        let path = folder.join(program);
        match check(&path) {
            Found::Yes => return Ok(path),
            Found::NotExecutable => unusable = unusable.or(Some(path)),
            Found::No => {}
        }
    }
    Err(match unusable {
        Some(path) => not_executable(&path),
        None => Failure::new(
            FailureKind::Missing,
            format!("the program `{program}` was not found"),
        )
        .with_hint(format!(
            "install `{program}`, or add its folder to the search path; the search path is {}",
            shown(search)
        )),
    })
}

/// Checks what can be checked of a command without starting it.
pub(crate) fn check_command(command: &Command) -> Result<()> {
    if command.args.iter().any(|arg| arg.contains('\0')) {
        return Err(refused(format!(
            "an argument of `{}` holds a null byte",
            command.program
        )));
    }
    for (name, value) in &command.env {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let name: String = name.chars().take(80).collect();
            return Err(refused(format!(
                "`{name}` cannot be a variable of the environment"
            )));
        }
    }
    let cwd = command.cwd.display();
    if !command.cwd.is_absolute() || command.cwd.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(refused(format!(
            "`{cwd}` is not the absolute path of a folder to run in"
        )));
    }
    match fs::metadata(&command.cwd) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(refused(format!("`{cwd}` is no folder to run in"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(
            FailureKind::Missing,
            format!("the folder to run in, `{cwd}`, does not exist"),
        )),
        Err(error) => Err(refused(format!(
            "cannot enter the folder to run in, `{cwd}`: {error}"
        ))),
    }
}

/// What stands where a program is looked for.
enum Found {
    Yes,
    NotExecutable,
    No,
}

fn check(path: &Path) -> Found {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            // The effective user is the one that will execute it.
            match accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS) {
                Ok(()) => Found::Yes,
                Err(_) => Found::NotExecutable,
            }
        }
        Ok(_) => Found::NotExecutable,
        Err(_) => Found::No,
    }
}

fn shown(search: &[PathBuf]) -> String {
    let folders: Vec<String> = search
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    if folders.is_empty() {
        "empty".to_owned()
    } else {
        folders.join(":")
    }
}

fn not_executable(path: &Path) -> Failure {
    let path = path.display();
    refused(format!("`{path}` cannot be executed"))
        .with_hint(format!("if it is a program, allow it: `chmod +x {path}`"))
}

fn refused(message: String) -> Failure {
    Failure::new(FailureKind::Refused, message)
}
