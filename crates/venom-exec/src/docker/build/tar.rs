//! Packed trees in the form that every engine reads: the ustar format of POSIX.1-1988, which is enough
//! for files, folders and links with short names.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Bytes of a block.
const BLOCK: usize = 512;

/// A packed tree in the making, in a file without a name.
#[derive(Debug)]
pub(super) struct Tar {
    file: File,
}

/// Makes a file that nobody else can see and that is gone when it is closed.
pub(super) fn unnamed() -> io::Result<File> {
    let flags =
        rustix::fs::OFlags::TMPFILE | rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    if let Ok(file) = rustix::fs::open(std::env::temp_dir(), flags, mode) {
        return Ok(File::from(file));
    }
    // Not every file system has such files.
    let file = rustix::fs::memfd_create(c"image", rustix::fs::MemfdFlags::CLOEXEC)?;
    Ok(File::from(file))
}

/// What an entry is (`typeflag`).
#[derive(Clone, Copy)]
enum Kind {
    File = b'0' as isize,
    Link = b'2' as isize,
    Folder = b'5' as isize,
}

impl Tar {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: unnamed()? })
    }

    pub(super) fn folder(&mut self, name: &str, mode: u32) -> io::Result<()> {
        self.header(&format!("{name}/"), Kind::Folder, mode, 0, "")
    }

    pub(super) fn link(&mut self, name: &str, to: &str) -> io::Result<()> {
        self.header(name, Kind::Link, 0o777, 0, to)
    }

    pub(super) fn bytes(&mut self, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.header(name, Kind::File, mode, bytes.len() as u64, "")?;
        self.file.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    /// Packs a file of this machine, through links.
    pub(super) fn file(&mut self, name: &str, from: &Path, mode: u32) -> io::Result<()> {
        let file = File::open(from)?;
        let size = file.metadata()?.len();
        self.header(name, Kind::File, mode, size, "")?;
        let copied = io::copy(&mut file.take(size), &mut self.file)?;
        if copied != size {
            return Err(io::Error::other(format!(
                "`{}` became shorter",
                from.display()
            )));
        }
        self.pad(size)
    }

    /// Ends it: two empty blocks.
    pub(super) fn finish(mut self) -> io::Result<File> {
        self.file.write_all(&[0; 2 * BLOCK])?;
        Ok(self.file)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let block = BLOCK as u64;
        let missing = (block - size % block) % block;
        let zeros = [0; BLOCK];
        let missing = usize::try_from(missing).unwrap_or(0);
        self.file
            .write_all(zeros.get(..missing).unwrap_or_default())
    }

    fn header(
        &mut self,
        name: &str,
        kind: Kind,
        mode: u32,
        size: u64,
        link: &str,
    ) -> io::Result<()> {
        let mut header = [0_u8; BLOCK];
        let (prefix, name) = split(name)?;
        if link.len() > 100 {
            return Err(io::Error::other(format!(
                "`{link}` is too long for a packed tree"
            )));
        }
        put(&mut header, 0, name.as_bytes());
        put(&mut header, 100, format!("{mode:07o}").as_bytes());
        put(&mut header, 108, b"0000000");
        put(&mut header, 116, b"0000000");
        put(&mut header, 124, format!("{size:011o}").as_bytes());
        // One time for all, so that the same files make the same image.
        put(&mut header, 136, b"00000000000");
        put(&mut header, 148, b"        ");
        put(&mut header, 156, &[kind as u8]);
        put(&mut header, 157, link.as_bytes());
        put(&mut header, 257, b"ustar\x0000");
        put(&mut header, 345, prefix.as_bytes());
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
        self.file.write_all(&header)
    }
}

fn put(header: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    for (slot, byte) in header.iter_mut().skip(at).zip(bytes) {
        *slot = *byte;
    }
}

/// Splits a name that is too long for its field at a slash.
fn split(name: &str) -> io::Result<(&str, &str)> {
    if name.len() <= 100 {
        return Ok(("", name));
    }
    name.match_indices('/')
        .filter_map(|(at, _)| {
            let (prefix, rest) = name.split_at_checked(at)?;
            Some((prefix, rest.strip_prefix('/')?))
        })
        .find(|(prefix, rest)| prefix.len() <= 155 && rest.len() <= 100 && !rest.is_empty())
        .ok_or_else(|| io::Error::other(format!("`{name}` is too long for a packed tree")))
}

#[cfg(test)]
mod tests {
    use std::io::Seek as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_machines_own_tar_reads_it() {
        let long = format!("{}/name", "folder".repeat(20));
        let mut tar = Tar::new().unwrap();
        tar.folder("bin", 0o755).unwrap();
        tar.bytes("bin/a", b"content", 0o755).unwrap();
        tar.bytes("bin/full", &[b'x'; BLOCK], 0o644).unwrap();
        tar.link("bin/b", "a").unwrap();
        tar.bytes(&long, b"", 0o600).unwrap();
        let mut file = tar.finish().unwrap();
        file.rewind().unwrap();
        let Ok(listed) = Command::new("tar")
            .args(["-tf", "-"])
            .stdin(Stdio::from(file))
            .output()
        else {
            println!("SKIPPED: no tar on this machine");
            return;
        };
        assert!(listed.status.success(), "{listed:?}");
        let names = String::from_utf8(listed.stdout).unwrap();
        let names: Vec<&str> = names.lines().collect();
        assert_eq!(names, ["bin/", "bin/a", "bin/full", "bin/b", long.as_str()]);
    }
}
