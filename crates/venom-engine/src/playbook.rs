//! The library of playbooks: shipped ones, the user's, the project's. A later one of the same name
//! stands in front of an earlier one; one that is broken is left out and named.

use std::collections::BTreeMap;

use venom_kernel::digest::Digest;
use venom_kernel::playbook::Playbook;
use venom_kernel::skill::Manifests;
use venom_ports::api::playbooks::{Loaded, Problem, Rejected, Source};

mod place;

/// A playbook file larger than this is refused. Chosen: a procedure that long is not one.
const LARGEST: usize = 256 << 10;

/// Playbooks by name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    loaded: BTreeMap<String, Loaded>,
    rejected: Vec<Rejected>,
}

impl Library {
    /// Reads playbooks; weaker origins come first in `sources` or not, it does not matter.
    pub fn load(sources: &[Source], manifests: &Manifests) -> Self {
        let mut library = Self::default();
        let mut ordered: Vec<&Source> = sources.iter().collect();
        ordered.sort_by(|a, b| (a.origin, &a.path).cmp(&(b.origin, &b.path)));
        for source in ordered {
            match check(source, manifests) {
                Ok(loaded) => {
                    let name = loaded.playbook.name.clone();
                    let twin = library
                        .loaded
                        .get(&name)
                        .filter(|l| l.origin == loaded.origin);
                    if let Some(twin) = twin {
                        library.rejected.push(Rejected {
                            path: source.path.clone(),
                            problems: vec![Problem {
                                line: None,
                                column: None,
                                message: format!(
                                    "the name `{name}` is taken by {}; give this playbook another one",
                                    twin.path
                                ),
                            }],
                        });
                        continue;
                    }
                    library.loaded.insert(name, loaded);
                }
                Err(rejected) => library.rejected.push(rejected),
            }
        }
        library
    }

    /// Makes a library of playbooks that nobody checks.
    #[cfg(test)]
    pub(crate) fn of(loaded: Vec<Loaded>) -> Self {
        let loaded = loaded
            .into_iter()
            .map(|l| (l.playbook.name.clone(), l))
            .collect();
        Self {
            loaded,
            rejected: Vec::new(),
        }
    }

    /// Finds a playbook.
    pub fn playbook(&self, name: &str) -> Option<&Playbook> {
        self.loaded.get(name).map(|loaded| &loaded.playbook)
    }

    /// Returns all playbooks in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Loaded> {
        self.loaded.values()
    }

    /// Returns the files that cannot be used.
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Returns a digest of everything that the playbooks say.
    pub fn digest(&self) -> Digest {
        let books: Vec<&Playbook> = self
            .loaded
            .values()
            .map(|loaded| &loaded.playbook)
            .collect();
        Digest::of(&books)
    }
}

/// Reads and checks one playbook file.
pub fn check(source: &Source, manifests: &Manifests) -> Result<Loaded, Rejected> {
    let reject = |problems| Rejected {
        path: source.path.clone(),
        problems,
    };
    if source.text.len() > LARGEST {
        let message = format!("the file is larger than {} KiB", LARGEST >> 10);
        return Err(reject(vec![Problem {
            line: None,
            column: None,
            message,
        }]));
    }
    let playbook: Playbook = serde_saphyr::from_str(&source.text).map_err(|error| {
        let location = error.location();
        reject(vec![Problem {
            line: location.and_then(|l| u32::try_from(l.line()).ok()),
            column: location.and_then(|l| u32::try_from(l.column()).ok()),
            message: first_line(&error.without_snippet().to_string()),
        }])
    })?;
    let faults = playbook.check(manifests);
    if faults.is_empty() {
        return Ok(Loaded {
            origin: source.origin,
            path: source.path.clone(),
            playbook,
        });
    }
    let problems = faults
        .iter()
        .map(|fault| {
            let place = place::of(&source.text, fault);
            Problem {
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                message: fault.to_string(),
            }
        })
        .collect();
    Err(reject(problems))
}

fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(400)
        .collect()
}
