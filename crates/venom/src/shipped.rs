//! What is shipped inside the binary: the playbooks and the sentences that none of them is meant by.

/// The playbooks: file name and text.
pub(crate) const PLAYBOOKS: &[(&str, &str)] = &[
    ("build.yaml", include_str!("../../../playbooks/build.yaml")),
    (
        "call-function.yaml",
        include_str!("../../../playbooks/call-function.yaml"),
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
        "find-dead-code.yaml",
        include_str!("../../../playbooks/find-dead-code.yaml"),
    ),
    (
        "find-todos.yaml",
        include_str!("../../../playbooks/find-todos.yaml"),
    ),
    (
        "find-vulnerabilities.yaml",
        include_str!("../../../playbooks/find-vulnerabilities.yaml"),
    ),
    (
        "refactor.yaml",
        include_str!("../../../playbooks/refactor.yaml"),
    ),
    (
        "rename.yaml",
        include_str!("../../../playbooks/rename.yaml"),
    ),
    (
        "replace-pattern.yaml",
        include_str!("../../../playbooks/replace-pattern.yaml"),
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
