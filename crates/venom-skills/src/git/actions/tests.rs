//! What the manifest promises.

use super::super::repository::LONG;
use super::all;

#[test]
fn what_checks_files_out_has_more_time_than_its_calls_of_git() {
    for name in [
        "create-branch",
        "switch-branch",
        "merge",
        "commit",
        "amend",
        "reset",
        "stash",
        "pop-stash",
        "add-worktree",
        "remove-worktree",
    ] {
        let all = all();
        let (_, action) = all.iter().find(|(other, _)| *other == name).unwrap();
        assert!(action.timeout > LONG, "{name}: {}", action.timeout);
    }
}
