//! Finding the tools of the user that stand outside the system's folders, so that they work inside a
//! cell: what to bind read-only, and which variables lead there.
//!
//! Only what holds programs and downloaded sources is named, never a whole home, and never a file of
//! credentials: of Cargo's home, for instance, its parts are bound one by one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The user's search path.
    pub path: OsString,
    /// Variables of the user's that name tools' folders, such as `CARGO_HOME`. Others are ignored.
    pub variables: BTreeMap<String, OsString>,
    /// The workspace; virtual environments are looked for in it.
    pub workspace: Option<PathBuf>,
}

/// What makes the tools work inside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toolchains {
    /// Files and folders to bind read-only, sorted, none beneath another.
    pub read_only: Vec<PathBuf>,
    /// Folders that the tools write to, to be empty at first.
    pub scratch: Vec<PathBuf>,
    /// The search path: the folders of the user's that exist inside.
    pub path: OsString,
    /// Variables for commands.
    pub variables: BTreeMap<String, OsString>,
}

/// Folders that every cell has.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
];

/// Parts of Cargo's home that hold no credentials.
const CARGO_PARTS: &[&str] = &["bin", "registry", "git", "config", "config.toml", "env"];

/// Folders of `~/.local` where installers of Python tools put what `~/.local/bin` links to.
const LOCAL_PARTS: &[&str] = &[
    "bin",
    "lib",
    "share/uv/python",
    "share/uv/tools",
    "share/pipx",
    "pipx/venvs",
];

/// Names of virtual environments that are looked for in a workspace.
const ENVIRONMENTS: &[&str] = &[".venv", "venv", "env"];

/// Finds the tools.
pub fn discover(around: &Surroundings) -> Toolchains {
    let mut finder = Finder {
        around,
        read_only: BTreeSet::new(),
        scratch: BTreeSet::new(),
        variables: BTreeMap::new(),
    };
    finder.rust();
    finder.managed("PYENV_ROOT", ".pyenv");
    finder.managed("VOLTA_HOME", ".volta");
    finder.managed("ASDF_DATA_DIR", ".asdf");
    finder.managed("BUN_INSTALL", ".bun");
    finder.managed("GOROOT", ".goroot");
    finder.managed("JAVA_HOME", ".jdk");
    finder.go();
    finder.environments();
    let mut path = Vec::new();
    for folder in std::env::split_paths(&around.path) {
        if finder.search(&folder) {
            path.push(folder);
        }
    }
    for system in ["/usr/local/bin", "/usr/bin", "/bin"] {
        if !path.iter().any(|folder| folder == Path::new(system)) {
            path.push(system.into());
        }
    }
    // A folder with a colon in its name cannot be on a search path at all.
    let path = std::env::join_paths(path).unwrap_or_default();
    let read_only = topmost(&finder.read_only);
    let scratch = finder
        .scratch
        .iter()
        .filter(|folder| !read_only.iter().any(|path| folder.starts_with(path)))
        .cloned()
        .collect();
    Toolchains {
        read_only,
        scratch,
        path,
        variables: finder.variables,
    }
}

/// Leaves out what lies beneath another path.
fn topmost(paths: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in paths {
        // A path sorts before everything beneath it, but not right before.
        if !kept.iter().any(|top| path.starts_with(top)) {
            kept.push(path.clone());
        }
    }
    kept
}

fn is_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path.starts_with(system))
}

struct Finder<'a> {
    around: &'a Surroundings,
    read_only: BTreeSet<PathBuf>,
    scratch: BTreeSet<PathBuf>,
    variables: BTreeMap<String, OsString>,
}

impl Finder<'_> {
    /// Returns the folder that a variable names, or else one in the home, if it exists.
    fn folder(&self, variable: &str, in_home: &str) -> Option<PathBuf> {
        let named = self.around.variables.get(variable).map(PathBuf::from);
        let folder = named.or_else(|| Some(self.around.home.as_ref()?.join(in_home)))?;
        (folder.is_absolute() && folder.is_dir()).then_some(folder)
    }

    /// Whether a path may be bound: it is not a home, and nothing that contains one.
    fn is_narrow(&self, path: &Path) -> bool {
        let is_deep = path.components().count() > 2 || path.starts_with("/opt");
        let holds_home = |home: &PathBuf| home.starts_with(path);
        let real_home = self
            .around
            .home
            .as_ref()
            .and_then(|home| fs::canonicalize(home).ok());
        is_deep
            && path != Path::new("/opt")
            && !self.around.home.as_ref().is_some_and(holds_home)
            && !real_home.as_ref().is_some_and(holds_home)
    }

    fn is_in_workspace(&self, path: &Path) -> bool {
        let workspace = self.around.workspace.as_ref();
        workspace.is_some_and(|workspace| path.starts_with(workspace))
    }

    /// Binds a path, and what it really is if it is a link.
    fn bind(&mut self, path: &Path) -> bool {
        let Ok(real) = fs::canonicalize(path) else {
            return false;
        };
        let mut is_bound = true;
        for path in [path, &real] {
            if is_system(path) || self.is_in_workspace(path) {
                continue;
            }
            if self.is_narrow(path) {
                self.read_only.insert(path.to_path_buf());
            } else {
                is_bound = false;
            }
        }
        is_bound
    }

    /// A folder of one tool's that is bound as a whole, with the variable that names it.
    fn managed(&mut self, variable: &str, in_home: &str) {
        let Some(folder) = self.folder(variable, in_home) else {
            return;
        };
        if self.bind(&folder) {
            self.variables
                .insert(variable.to_owned(), folder.into_os_string());
        }
    }

    fn rust(&mut self) {
        self.managed("RUSTUP_HOME", ".rustup");
        let Some(cargo) = self.folder("CARGO_HOME", ".cargo") else {
            return;
        };
        if is_system(&cargo) || self.is_in_workspace(&cargo) || !self.is_narrow(&cargo) {
            return;
        }
        for part in CARGO_PARTS {
            self.bind(&cargo.join(part));
        }
        // Cargo takes a lock in its home.
        self.scratch.insert(cargo.clone());
        self.variables
            .insert("CARGO_HOME".to_owned(), cargo.into_os_string());
    }

    fn go(&mut self) {
        let Some(path) = self.folder("GOPATH", "go") else {
            return;
        };
        let modules = path.join("pkg/mod");
        if modules.is_dir() && self.bind(&modules) {
            let set = |variables: &mut BTreeMap<String, OsString>, name: &str, value: &OsStr| {
                variables.insert(name.to_owned(), value.to_owned());
            };
            set(&mut self.variables, "GOMODCACHE", modules.as_os_str());
            // Checksums come from the network, which is not there; go.sum still holds.
            set(&mut self.variables, "GOFLAGS", OsStr::new("-mod=mod"));
            set(&mut self.variables, "GOPROXY", OsStr::new("off"));
        }
    }

    /// The Python that virtual environments are made of may stand anywhere.
    fn environments(&mut self) {
        let in_workspace = self
            .around
            .workspace
            .iter()
            .flat_map(|workspace| ENVIRONMENTS.iter().map(|name| workspace.join(name)));
        let active = self.around.variables.get("VIRTUAL_ENV").map(PathBuf::from);
        for environment in in_workspace.chain(active).collect::<Vec<_>>() {
            let Some(base) = base_of(&environment) else {
                continue;
            };
            if !self.is_in_workspace(&environment) {
                self.bind(&environment);
            }
            if let Some(prefix) = base.parent() {
                self.bind(prefix);
            }
        }
    }

    /// Takes a folder of the search path in, and says whether it will exist inside.
    fn search(&mut self, folder: &Path) -> bool {
        if !folder.is_absolute() || !folder.is_dir() {
            return false;
        }
        if is_system(folder)
            || self.is_in_workspace(folder)
            || self.read_only.iter().any(|path| folder.starts_with(path))
        {
            return true;
        }
        let local = self.around.home.as_ref().map(|home| home.join(".local"));
        if let Some(local) = local
            && folder == local.join("bin")
        {
            for part in LOCAL_PARTS {
                self.bind(&local.join(part));
            }
            return true;
        }
        // Tools find their libraries beside the folder of their programs.
        let has_libraries = |prefix: &Path| {
            ["lib", "lib64", "libexec", "share"]
                .iter()
                .any(|name| prefix.join(name).is_dir())
        };
        let name = folder.file_name();
        if name.is_some_and(|name| name == "bin")
            && let Some(prefix) = folder.parent()
            && has_libraries(prefix)
            && self.is_narrow(prefix)
            && self.bind(prefix)
        {
            return true;
        }
        self.bind(folder)
    }
}

/// Reads from a virtual environment where the programs of its Python stand.
fn base_of(environment: &Path) -> Option<PathBuf> {
    const LONGEST: u64 = 16 << 10;
    let mut text = String::new();
    fs::File::open(environment.join("pyvenv.cfg"))
        .ok()?
        .take(LONGEST)
        .read_to_string(&mut text)
        .ok()?;
    let home = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    })?;
    home.is_absolute().then_some(home)
}
