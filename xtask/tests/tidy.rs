//! The rules of the house, run on the repository as a test.

use std::path::Path;
use std::process::Command;

#[test]
fn the_repository_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("tidy")
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo xtask tidy found:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
