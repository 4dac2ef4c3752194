use super::*;

/// A home and tools, made in a folder that stands in for the root of a machine.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content.replace("ROOT", root.path().to_str().unwrap())).unwrap();
        }
        Self { root }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn discover(&self, path: &[&str], variables: &[(&str, &str)]) -> Toolchains {
        let folders = path.iter().map(|p| {
            if p.starts_with('/') {
                (*p).into()
            } else {
                self.at(p)
            }
        });
        discover(&Surroundings {
            home: Some(self.at("home/me")),
            path: std::env::join_paths(folders).unwrap(),
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), self.at(value).into_os_string()))
                .collect(),
            workspace: Some(self.at("home/me/project")),
        })
    }
}

#[test]
fn cargo_is_bound_in_parts_and_never_its_credentials() {
    let machine = Machine::new(&[
        ("home/me/.cargo/bin/cargo", ""),
        ("home/me/.cargo/registry/index/x", ""),
        ("home/me/.cargo/credentials.toml", "secret"),
        ("home/me/.cargo/config.toml", ""),
        ("home/me/.rustup/toolchains/stable/bin/cargo", ""),
        ("home/me/.npmrc", "secret"),
    ]);
    let found = machine.discover(&["home/me/.cargo/bin", "/usr/bin"], &[]);
    let expected: Vec<PathBuf> = [
        "home/me/.cargo/bin",
        "home/me/.cargo/config.toml",
        "home/me/.cargo/registry",
        "home/me/.rustup",
    ]
    .iter()
    .map(|path| machine.at(path))
    .collect();
    assert_eq!(found.read_only, expected);
    assert_eq!(found.scratch, [machine.at("home/me/.cargo")]);
    assert_eq!(found.variables["CARGO_HOME"], machine.at("home/me/.cargo"));
    assert_eq!(
        found.variables["RUSTUP_HOME"],
        machine.at("home/me/.rustup")
    );
    let path: Vec<_> = std::env::split_paths(&found.path).collect();
    assert_eq!(path.first(), Some(&machine.at("home/me/.cargo/bin")));
}

#[test]
fn a_tool_is_bound_with_its_libraries() {
    let machine = Machine::new(&[
        ("home/me/.nvm/versions/node/v22/bin/node", ""),
        ("home/me/.nvm/versions/node/v22/lib/x", ""),
        ("home/me/tools/x", ""),
    ]);
    let found = machine.discover(
        &[
            "home/me/.nvm/versions/node/v22/bin",
            "home/me/tools",
            "home/me/none",
        ],
        &[],
    );
    assert_eq!(
        found.read_only,
        [
            machine.at("home/me/.nvm/versions/node/v22"),
            machine.at("home/me/tools")
        ]
    );
    let path: Vec<_> = std::env::split_paths(&found.path).collect();
    assert!(!path.contains(&machine.at("home/me/none")));
}

#[test]
fn a_home_is_never_bound_whole() {
    let machine = Machine::new(&[
        ("home/me/bin/x", ""),
        ("home/me/lib/y", ""),
        ("home/me/.ssh/id", ""),
    ]);
    let found = machine.discover(
        &["home/me", "home/me/bin", "home"],
        &[("JAVA_HOME", "home")],
    );
    assert_eq!(found.read_only, [machine.at("home/me/bin")]);
    assert_eq!(found.variables, BTreeMap::new());
}

#[test]
fn the_base_of_a_virtual_environment_is_bound() {
    let machine = Machine::new(&[
        (
            "home/me/project/.venv/pyvenv.cfg",
            "home = ROOT/python/3.12/bin\nversion = 3.12\n",
        ),
        ("python/3.12/bin/python3", ""),
    ]);
    let found = machine.discover(&["home/me/project/.venv/bin"], &[]);
    assert_eq!(found.read_only, [machine.at("python/3.12")]);
}

#[test]
fn what_lies_beneath_another_path_is_left_out() {
    let paths = ["/a", "/a/b", "/a-b", "/a/b/c", "/b"].map(PathBuf::from);
    let kept = topmost(&paths.into_iter().collect());
    assert_eq!(kept, ["/a", "/a-b", "/b"].map(PathBuf::from));
}
