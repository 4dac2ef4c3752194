//! What is shipped inside the binary: the playbooks and the sentences that none of them is meant by.

/// The playbooks: file name and text.
pub(crate) const PLAYBOOKS: &[(&str, &str)] = &[
    (
        "archive.yaml",
        include_str!("../../../playbooks/archive.yaml"),
    ),
    (
        "audit-dependencies.yaml",
        include_str!("../../../playbooks/audit-dependencies.yaml"),
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
    ("clean.yaml", include_str!("../../../playbooks/clean.yaml")),
    (
        "commit.yaml",
        include_str!("../../../playbooks/commit.yaml"),
    ),
    (
        "compare-commands.yaml",
        include_str!("../../../playbooks/compare-commands.yaml"),
    ),
    (
        "coverage.yaml",
        include_str!("../../../playbooks/coverage.yaml"),
    ),
    (
        "deploy.yaml",
        include_str!("../../../playbooks/deploy.yaml"),
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
        "find-secrets.yaml",
        include_str!("../../../playbooks/find-secrets.yaml"),
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
        "format.yaml",
        include_str!("../../../playbooks/format.yaml"),
    ),
    (
        "lint-fix.yaml",
        include_str!("../../../playbooks/lint-fix.yaml"),
    ),
    ("lint.yaml", include_str!("../../../playbooks/lint.yaml")),
    ("merge.yaml", include_str!("../../../playbooks/merge.yaml")),
    (
        "outdated.yaml",
        include_str!("../../../playbooks/outdated.yaml"),
    ),
    (
        "profile.yaml",
        include_str!("../../../playbooks/profile.yaml"),
    ),
    (
        "refactor.yaml",
        include_str!("../../../playbooks/refactor.yaml"),
    ),
    (
        "release-notes.yaml",
        include_str!("../../../playbooks/release-notes.yaml"),
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
        "run-script.yaml",
        include_str!("../../../playbooks/run-script.yaml"),
    ),
    (
        "run-snippet.yaml",
        include_str!("../../../playbooks/run-snippet.yaml"),
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
        "security-review.yaml",
        include_str!("../../../playbooks/security-review.yaml"),
    ),
    (
        "serve-and-check.yaml",
        include_str!("../../../playbooks/serve-and-check.yaml"),
    ),
    (
        "show-changes.yaml",
        include_str!("../../../playbooks/show-changes.yaml"),
    ),
    ("stash.yaml", include_str!("../../../playbooks/stash.yaml")),
    ("tag.yaml", include_str!("../../../playbooks/tag.yaml")),
    (
        "test-failed.yaml",
        include_str!("../../../playbooks/test-failed.yaml"),
    ),
    (
        "test-file.yaml",
        include_str!("../../../playbooks/test-file.yaml"),
    ),
    (
        "test-one.yaml",
        include_str!("../../../playbooks/test-one.yaml"),
    ),
    (
        "type-check.yaml",
        include_str!("../../../playbooks/type-check.yaml"),
    ),
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
