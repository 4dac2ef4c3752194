//! What is shipped inside the binary: the playbooks and the sentences that none of them is meant by.

/// The playbooks: file name and text.
pub(crate) const PLAYBOOKS: &[(&str, &str)] = &[
    (
        "archive.yaml",
        include_str!("../../../playbooks/archive.yaml"),
    ),
    (
        "bisect-test.yaml",
        include_str!("../../../playbooks/bisect-test.yaml"),
    ),
    (
        "branch.yaml",
        include_str!("../../../playbooks/branch.yaml"),
    ),
    ("build.yaml", include_str!("../../../playbooks/build.yaml")),
    (
        "call-function.yaml",
        include_str!("../../../playbooks/call-function.yaml"),
    ),
    (
        "changelog-entry.yaml",
        include_str!("../../../playbooks/changelog-entry.yaml"),
    ),
    (
        "changes-since.yaml",
        include_str!("../../../playbooks/changes-since.yaml"),
    ),
    (
        "commit.yaml",
        include_str!("../../../playbooks/commit.yaml"),
    ),
    (
        "explain-module.yaml",
        include_str!("../../../playbooks/explain-module.yaml"),
    ),
    (
        "find-todos.yaml",
        include_str!("../../../playbooks/find-todos.yaml"),
    ),
    (
        "find-vulnerabilities.yaml",
        include_str!("../../../playbooks/find-vulnerabilities.yaml"),
    ),
    ("merge.yaml", include_str!("../../../playbooks/merge.yaml")),
    (
        "refactor.yaml",
        include_str!("../../../playbooks/refactor.yaml"),
    ),
    (
        "release-notes.yaml",
        include_str!("../../../playbooks/release-notes.yaml"),
    ),
    (
        "replace.yaml",
        include_str!("../../../playbooks/replace.yaml"),
    ),
    (
        "run-command.yaml",
        include_str!("../../../playbooks/run-command.yaml"),
    ),
    (
        "run-tests.yaml",
        include_str!("../../../playbooks/run-tests.yaml"),
    ),
    (
        "secure.yaml",
        include_str!("../../../playbooks/secure.yaml"),
    ),
    (
        "serve-and-check.yaml",
        include_str!("../../../playbooks/serve-and-check.yaml"),
    ),
    ("stash.yaml", include_str!("../../../playbooks/stash.yaml")),
    ("tag.yaml", include_str!("../../../playbooks/tag.yaml")),
    (
        "unpack.yaml",
        include_str!("../../../playbooks/unpack.yaml"),
    ),
    (
        "unstash.yaml",
        include_str!("../../../playbooks/unstash.yaml"),
    ),
    (
        "write-todos.yaml",
        include_str!("../../../playbooks/write-todos.yaml"),
    ),
];

/// One sentence a line; lines that begin with `#` are comments.
const OUT_OF_SCOPE: &str = include_str!("../../../playbooks/out-of-scope.txt");

/// Returns the sentences that mean no playbook.
pub(crate) fn out_of_scope() -> Vec<String> {
    OUT_OF_SCOPE
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
