//! Judging the names of an archive's entries: which of them are paths below a folder and nothing else.

use std::collections::BTreeMap;

use venom_kernel::change::RelPath;

/// The deepest path. Chosen: deeper than any source tree, and far from what a file system refuses.
const DEEPEST: usize = 64;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    File,
    Folder,
}

/// The paths of an archive so far.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// By the path in lower case: what two names are that differ in case only is up to the file system.
    taken: BTreeMap<String, (String, Stands)>,
}

impl Paths {
    /// Returns the path of a file, or why it may not be unpacked.
    pub(super) fn file(&mut self, name: &str) -> Result<String, String> {
        let path = path(name)?;
        if path.is_empty() {
            return Err("it names the folder itself".to_owned());
        }
        self.take(&path, Stands::File)?;
        Ok(path)
    }

    /// Notes a folder, or says why there may be none of that name.
    pub(super) fn folder(&mut self, name: &str) -> Result<(), String> {
        let path = path(name)?;
        if path.is_empty() {
            return Ok(());
        }
        self.take(&path, Stands::Folder)
    }

    fn take(&mut self, path: &str, stands: Stands) -> Result<(), String> {
        let parts: Vec<&str> = path.split('/').collect();
        for end in 1..=parts.len() {
            let is_whole = end == parts.len();
            let here = parts
                .iter()
                .take(end)
                .copied()
                .collect::<Vec<_>>()
                .join("/");
            let wanted = if is_whole { stands } else { Stands::Folder };
            // Unicode has more than one way to write a letter; what is the same when folded is taken
            // for the same.
            match self.taken.get(&here.to_lowercase()) {
                None => {
                    self.taken.insert(here.to_lowercase(), (here, wanted));
                }
                Some((other, _)) if *other != here => {
                    return Err(format!(
                        "it differs from `{other}` in upper and lower case only"
                    ));
                }
                Some((_, Stands::Folder)) if wanted == Stands::Folder => {}
                Some((_, Stands::File)) if wanted == Stands::File => {
                    return Err("it is there twice".to_owned());
                }
                Some(_) => {
                    return Err("it is a file, and a folder too".to_owned());
                }
            }
        }
        Ok(())
    }
}

/// Returns the path that a name means below a folder, or why it means none.
pub(super) fn path(name: &str) -> Result<String, String> {
    if name.chars().any(char::is_control) {
        return Err("its name holds control characters".to_owned());
    }
    // What unpacks on Windows takes it for a separator; a name that means two things means neither.
    if name.contains('\\') {
        return Err("its name holds a backslash".to_owned());
    }
    let mut start = name.chars();
    if let (Some(letter), Some(':')) = (start.next(), start.next())
        && letter.is_ascii_alphabetic()
    {
        return Err("its name begins with a drive".to_owned());
    }
    let path = RelPath::new(name).map_err(|error| error.to_string())?;
    let path = path.as_str();
    if path.split('/').count() > DEEPEST {
        return Err(format!("it lies deeper than {DEEPEST} folders"));
    }
    // 255 is NAME_MAX on Linux.
    if path.split('/').any(|part| part.len() > 255) {
        return Err("a part of its name is longer than a file's name may be".to_owned());
    }
    Ok(path.to_owned())
}

/// Tells whether a link at a path stays in the folder that is unpacked into.
pub(super) fn stays_inside(at: &str, target: &str) -> bool {
    if target.starts_with('/') || target.contains(['\\', '\0']) {
        return false;
    }
    let mut depth = at.split('/').count().saturating_sub(1);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}
