//! A project as it lies there: its kinds, what it declares, and which tools it has.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::Keep;
use venom_ports::skill::SkillContext;

use super::declared::Declared;
use super::tools::{self, Facts, Found, NODE_TOOLS, PYTHON_TOOLS, TEXTS, Task, Tool};
use crate::place::{self, Wanted};
use crate::process::{self, Heard};
use crate::test::detect::{Project, ProjectKind};

/// The largest manifest that is read.
const LARGEST: u64 = 1 << 20;

/// Prints which of some modules can be imported.
const MODULES: &str =
    "import importlib.util as u, sys\nfor n in sys.argv[1:]:\n    if u.find_spec(n): print(n)";

/// A project as it lies there.
pub(crate) struct Setting {
    /// Its folder.
    pub(crate) folder: RelPath,
    /// What it says about itself.
    pub(crate) declared: Declared,
    projects: Vec<Project>,
    files: Vec<String>,
    texts: BTreeMap<&'static str, String>,
    local: BTreeMap<String, String>,
}

impl Setting {
    /// Looks at a folder.
    pub(crate) async fn of(context: &SkillContext, path: Option<RelPath>) -> Result<Self> {
        let folder = path.unwrap_or_else(RelPath::root);
        place::look(context, &folder, Wanted::Folder).await?;
        let declared = Declared::of(context, &folder).await?;
        let files = super::files(context, &folder).await?;
        let projects = super::projects(context, &folder, &files).await?;
        let mut texts = BTreeMap::new();
        for name in TEXTS {
            if !files.iter().any(|file| file == name) {
                continue;
            }
            let Ok(path) = folder.join(name) else {
                continue;
            };
            if let Ok(file) = context.files.read(&path, LARGEST).await {
                texts.insert(name, String::from_utf8_lossy(&file.bytes).into_owned());
            }
        }
        let local = local(context, &folder, &projects).await?;
        Ok(Self {
            folder,
            declared,
            projects,
            files,
            texts,
            local,
        })
    }

    /// Tells whether nothing is known here that could do anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.declared == Declared::default()
    }

    /// Finds what does something, by the kinds of project.
    pub(crate) async fn find(
        &self,
        context: &SkillContext,
        task: Task,
    ) -> Result<Vec<(String, Found)>> {
        let first = tools::find(
            task,
            &self.declared,
            &self.projects,
            &self.facts(context, BTreeSet::new()),
        );
        let is_python = |kind: &str| kind == super::kind_name(ProjectKind::Python);
        let asks = first
            .iter()
            .any(|(kind, found)| is_python(kind) && matches!(found, Found::Lacking { .. }));
        if !asks {
            return Ok(first);
        }
        // A tool that is no program may still be a module.
        let modules = self.modules(context).await?;
        Ok(tools::find(
            task,
            &self.declared,
            &self.projects,
            &self.facts(context, modules),
        ))
    }

    /// The project's own scripts and targets, with what it declares in front.
    pub(crate) fn targets(&self, context: &SkillContext) -> BTreeMap<String, Tool> {
        let mut all: BTreeMap<String, Tool> = BTreeMap::new();
        let found = tools::targets(&self.facts(context, BTreeSet::new()));
        for (name, tool) in found {
            all.entry(name).or_insert(tool);
        }
        for (name, script) in &self.declared.scripts {
            all.insert(name.clone(), tools::script_tool(script));
        }
        all
    }

    /// Tells whether the folder has a file.
    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    /// Tells whether the makefile uses a variable.
    pub(crate) fn makefile_uses(&self, variable: &str) -> bool {
        let name = ["GNUmakefile", "makefile", "Makefile"]
            .into_iter()
            .find(|name| self.texts.contains_key(name));
        let text = name.and_then(|name| self.texts.get(name));
        text.is_some_and(|text| {
            text.contains(&format!("$({variable})")) || text.contains(&format!("${{{variable}}}"))
        })
    }

    fn facts<'s>(&'s self, context: &'s SkillContext, modules: BTreeSet<String>) -> Facts<'s> {
        Facts {
            files: &self.files,
            texts: self.texts.clone(),
            local: self.local.clone(),
            modules,
            has: Box::new(|program| context.exec.find(program).is_some()),
        }
    }

    /// Finds out which tools the Python that runs can import.
    async fn modules(&self, context: &SkillContext) -> Result<BTreeSet<String>> {
        if context.exec.find("python3").is_none() {
            return Ok(BTreeSet::new());
        }
        let argv: Vec<String> = ["python3", "-I", "-c", MODULES]
            .into_iter()
            .chain(PYTHON_TOOLS)
            .map(str::to_owned)
            .collect();
        let cwd = process::folder(context, &self.folder);
        let mut command = process::command(&argv, cwd, Millis::from_secs(30));
        command.keep = Keep {
            head: 4_096,
            tail: 0,
        };
        let finished = process::run(context, command, Heard::Kept).await?;
        let text = finished.stdout.text();
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }
}

/// Finds the programs that a project has of its own.
async fn local(
    context: &SkillContext,
    folder: &RelPath,
    projects: &[Project],
) -> Result<BTreeMap<String, String>> {
    let is = |kind: ProjectKind| projects.iter().any(|project| project.kind == kind);
    let mut wanted: Vec<(String, String)> = Vec::new();
    if is(ProjectKind::Python) {
        for place in [".venv/bin", "venv/bin"] {
            wanted.extend(
                PYTHON_TOOLS
                    .iter()
                    .chain(&["python"])
                    .map(|name| name.replace('_', "-"))
                    .map(|name| (name.clone(), format!("{place}/{name}"))),
            );
        }
    }
    if is(ProjectKind::Node) {
        let own = |name: &&str| ((*name).to_owned(), format!("node_modules/.bin/{name}"));
        wanted.extend(NODE_TOOLS.iter().map(own));
    }
    let mut found = BTreeMap::new();
    for (name, place) in wanted {
        if found.contains_key(&name) {
            continue;
        }
        let Ok(path) = folder.join(&place) else {
            continue;
        };
        if context.files.stat(&path).await?.is_some() {
            found.insert(name, format!("./{place}"));
        }
    }
    Ok(found)
}
