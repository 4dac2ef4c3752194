//! What runs in containers: this program, and the libraries that it was linked with, so that it starts
//! whatever an image holds or lacks.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use venom_ports::{Failure, FailureKind, Result};

use crate::cell::{LIBRARIES, PROGRAM, ROLE};

/// The program with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// The program on this machine.
    pub(crate) program: PathBuf,
    /// Its loader, unless it needs none.
    loader: Option<PathBuf>,
    /// Its libraries, the loader not among them.
    libraries: Vec<PathBuf>,
}

impl Bundle {
    /// Finds out what a program needs.
    pub(crate) fn find(program: &Path) -> Result<Self> {
        let unusable = |why: String| {
            Failure::new(
                FailureKind::Unavailable,
                format!("this program cannot be run in a container: {why}"),
            )
        };
        // The link in /proc says so when the file was replaced while the program ran.
        let program = program
            .canonicalize()
            .map_err(|error| unusable(format!("`{}`: {error}", program.display())))?;
        let may_others = |path: &Path| {
            path.metadata()
                .is_ok_and(|found| found.permissions().mode() & 0o005 == 0o005)
        };
        if !may_others(&program) {
            return Err(
                unusable(format!("others may not execute `{}`", program.display()))
                    .with_hint(format!("allow it: `chmod o+rx {}`", program.display())),
            );
        }
        let loader = interpreter(&program)
            .map_err(|error| unusable(format!("`{}`: {error}", program.display())))?;
        let Some(loader) = loader else {
            return Ok(Self {
                program,
                loader: None,
                libraries: Vec::new(),
            });
        };
        let listed = Command::new(&loader)
            .arg("--list")
            .arg(&program)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .map_err(|error| unusable(format!("`{}`: {error}", loader.display())))?;
        if !listed.status.success() {
            let said = String::from_utf8_lossy(&listed.stderr);
            let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
            return Err(unusable(format!(
                "its loader does not list its libraries: {said}"
            )));
        }
        let libraries = libraries(&String::from_utf8_lossy(&listed.stdout));
        Ok(Self {
            program,
            loader: Some(loader),
            libraries,
        })
    }

    /// Returns what is to be seen in a container, and where.
    pub(crate) fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files = vec![(self.program.clone(), PROGRAM.to_owned())];
        for path in self.loader.iter().chain(&self.libraries) {
            if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                files.push((path.clone(), format!("{LIBRARIES}/{name}")));
            }
        }
        files
    }

    /// Returns the command that starts it in a container.
    pub(crate) fn command(&self) -> Vec<String> {
        let loader = self.loader.as_deref().and_then(Path::file_name);
        let mut words: Vec<String> = Vec::new();
        if let Some(name) = loader {
            words.extend([
                format!("{LIBRARIES}/{}", name.to_string_lossy()),
                "--library-path".to_owned(),
                LIBRARIES.to_owned(),
            ]);
        }
        words.extend([PROGRAM.to_owned(), ROLE.to_owned()]);
        words
    }
}

/// Reads the paths from what a loader lists: `name => path (address)` in each line.
pub(crate) fn libraries(listed: &str) -> Vec<PathBuf> {
    listed
        .lines()
        .filter_map(|line| {
            let (_, path) = line.split_once("=> ")?;
            let path = path.split(" (").next()?.trim();
            path.starts_with('/').then(|| PathBuf::from(path))
        })
        .collect()
}

/// Reads which loader a program names (`PT_INTERP`); `None` if it needs none.
pub(crate) fn interpreter(program: &Path) -> std::io::Result<Option<PathBuf>> {
    /// Where a 64-bit little-endian header says where the program headers are, how big one is, and
    /// how many there are (System V ABI, chapter 4).
    const HEADER: usize = 64;
    const INTERPRETER: u32 = 3;
    /// No path is longer (PATH_MAX).
    const LONGEST: u64 = 4_096;
    let odd = || std::io::Error::new(std::io::ErrorKind::InvalidData, "not a 64-bit program");
    let mut file = File::open(program)?;
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(|_short| odd())?;
    if !header.starts_with(b"\x7fELF\x02\x01") {
        return Err(odd());
    }
    let start = u64::from_le_bytes(at(&header, 32).ok_or_else(odd)?);
    let size = u16::from_le_bytes(at(&header, 54).ok_or_else(odd)?);
    let count = u16::from_le_bytes(at(&header, 56).ok_or_else(odd)?);
    for index in 0..count {
        let here = u64::from(index)
            .checked_mul(size.into())
            .and_then(|offset| start.checked_add(offset))
            .ok_or_else(odd)?;
        file.seek(SeekFrom::Start(here))?;
        let mut entry = [0; 56];
        file.read_exact(&mut entry).map_err(|_short| odd())?;
        if u32::from_le_bytes(at(&entry, 0).ok_or_else(odd)?) != INTERPRETER {
            continue;
        }
        let offset = u64::from_le_bytes(at(&entry, 8).ok_or_else(odd)?);
        let length = u64::from_le_bytes(at(&entry, 32).ok_or_else(odd)?).min(LONGEST);
        file.seek(SeekFrom::Start(offset))?;
        let mut path = Vec::new();
        file.take(length).read_to_end(&mut path)?;
        path.truncate(
            path.iter()
                .position(|byte| *byte == 0)
                .unwrap_or(path.len()),
        );
        return Ok(Some(PathBuf::from(std::ffi::OsStr::from_bytes(&path))));
    }
    Ok(None)
}

fn at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_loader_lists_is_read() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n\t/lib64/ld.so (0x7f)\n\tlibx.so => not found\n";
        assert_eq!(libraries(listed), [PathBuf::from("/lib/libc.so.6")]);
    }

    #[test]
    fn a_program_is_told_from_what_is_none() {
        let own = std::env::current_exe().unwrap();
        assert!(
            interpreter(&own)
                .unwrap()
                .is_none_or(|loader| loader.exists())
        );
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("odd");
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELF\x02\x01", &[0xff; 200]] {
            std::fs::write(&odd, bytes).unwrap();
            interpreter(&odd).unwrap_err();
        }
        // Offsets that lead nowhere.
        let mut header = b"\x7fELF\x02\x01".to_vec();
        header.resize(64, 0xff);
        std::fs::write(&odd, &header).unwrap();
        interpreter(&odd).unwrap_err();
    }
}
