//! The type of a commit, from the paths and names it touches.

use super::super::changed::{FileChange, Status};
use super::symbols::Symbols;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// The program itself.
    Source,
    /// Tests.
    Test,
    /// Texts for people.
    Docs,
    /// What builds it and what it depends on.
    Build,
    /// Automation at a host.
    Ci,
    /// Settings of tools and the like.
    Chore,
}

impl Purpose {
    /// Judges a path.
    pub(super) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        let within = |folders: &[&str]| {
            lower
                .split('/')
                .rev()
                .skip(1)
                .any(|part| folders.contains(&part))
        };
        let ci = [
            ".gitlab-ci.yml",
            ".travis.yml",
            "jenkinsfile",
            "azure-pipelines.yml",
            "appveyor.yml",
        ];
        if ci.contains(&name)
            || lower.contains(".github/workflows/")
            || within(&[".circleci", ".buildkite"])
        {
            return Self::Ci;
        }
        let build = [
            "cargo.toml",
            "cargo.lock",
            "package.json",
            "package-lock.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "makefile",
            "gnumakefile",
            "justfile",
            "dockerfile",
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "poetry.lock",
            "uv.lock",
            "pipfile",
            "pipfile.lock",
            "go.mod",
            "go.sum",
            "cmakelists.txt",
            "build.gradle",
            "build.gradle.kts",
            "pom.xml",
            "gemfile",
            "gemfile.lock",
            "build.rs",
            "flake.nix",
            "flake.lock",
            "meson.build",
            "composer.json",
            "composer.lock",
            "rust-toolchain.toml",
        ];
        if build.contains(&name) || (name.starts_with("requirements") && end == "txt") {
            return Self::Build;
        }
        let is_test = stem.starts_with("test_")
            || stem.ends_with("_test")
            || matches!(stem.rsplit_once('.'), Some((_, "test" | "spec")))
            || ["tests", "test", "conftest"].contains(&stem) && !end.is_empty();
        if is_test || within(&["tests", "test", "__tests__", "spec", "testdata", "fixtures"]) {
            return Self::Test;
        }
        let titles = [
            "license",
            "licence",
            "copying",
            "changelog",
            "readme",
            "authors",
            "contributing",
            "notice",
        ];
        if ["md", "rst", "adoc", "txt"].contains(&end)
            || titles.contains(&stem)
            || within(&["docs", "doc"])
        {
            return Self::Docs;
        }
        if name.starts_with('.')
            || ["toml", "ini", "cfg", "yml", "yaml", "json", "lock"].contains(&end)
        {
            return Self::Chore;
        }
        Self::Source
    }
}

/// Chooses the type of a commit.
pub(super) fn kind(files: &[FileChange], symbols: &Symbols, branch: Option<&str>) -> &'static str {
    let purposes: Vec<Purpose> = files.iter().map(|file| Purpose::of(&file.path)).collect();
    let only = |wanted: Purpose| purposes.iter().all(|purpose| *purpose == wanted);
    for (purpose, kind) in [
        (Purpose::Docs, "docs"),
        (Purpose::Test, "test"),
        (Purpose::Ci, "ci"),
        (Purpose::Build, "build"),
        (Purpose::Chore, "chore"),
    ] {
        if only(purpose) {
            return kind;
        }
    }
    let has = |wanted: Purpose| purposes.contains(&wanted);
    if !has(Purpose::Source) {
        // Tests with their documents are tests, a manifest with its automation is the build.
        return if has(Purpose::Test) {
            "test"
        } else if has(Purpose::Build) {
            "build"
        } else {
            "chore"
        };
    }
    let source: Vec<&FileChange> = files
        .iter()
        .filter(|file| Purpose::of(&file.path) == Purpose::Source)
        .collect();
    if let Some(branch) = branch {
        let says = |words: &[&str]| {
            words.iter().any(|word| {
                branch.starts_with(&format!("{word}/")) || branch.starts_with(&format!("{word}-"))
            })
        };
        if says(&["fix", "bugfix", "hotfix"]) {
            return "fix";
        }
        if says(&["refactor"]) {
            return "refactor";
        }
    }
    if source
        .iter()
        .all(|file| file.status == Status::Renamed || file.status == Status::Deleted)
    {
        return "refactor";
    }
    let is_new = source.iter().any(|file| file.status == Status::Added);
    let public = |name: &String| !name.starts_with("test");
    if is_new || symbols.added.iter().filter(|name| public(name)).count() > symbols.removed.len() {
        return "feat";
    }
    let added: u64 = source.iter().filter_map(|file| file.added).sum();
    let removed: u64 = source.iter().filter_map(|file| file.removed).sum();
    // Names that went or changed places, or much less text than before: the shape changed. What is
    // left changes what existing functions do, which mends them.
    if !symbols.removed.is_empty() || removed > added.saturating_mul(2) {
        return "refactor";
    }
    "fix"
}

/// Names the part of the project that all files belong to: the deepest common folder that says
/// something.
pub(super) fn scope(files: &[FileChange]) -> Option<String> {
    let mut chosen: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| Purpose::of(path) == Purpose::Source)
        .collect();
    if chosen.is_empty() {
        chosen = files.iter().map(|file| file.path.as_str()).collect();
    }
    let mut folders = chosen.iter().map(|path| {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        parts
    });
    let mut common = folders.next()?;
    for folder in folders {
        let same = common
            .iter()
            .zip(&folder)
            .take_while(|(one, other)| one == other)
            .count();
        common.truncate(same);
    }
    let dull = [
        "src",
        "lib",
        "app",
        "apps",
        "crates",
        "packages",
        "pkg",
        "internal",
        "cmd",
        "source",
        "main",
        "java",
        "kotlin",
        "tests",
        "test",
        "docs",
        "doc",
        "it",
        "bin",
        "scripts",
        "modules",
        "components",
        ".github",
        "workflows",
    ];
    let part = common.into_iter().rev().find(|part| !dull.contains(part))?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (part.len() <= 24 && part.chars().all(is_word)).then(|| part.to_owned())
}
