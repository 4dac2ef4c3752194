//! A playbook that lies in the folder but is not in the binary would be a promise nobody keeps.

use super::Finding;
use super::tree::Tree;

const SHIPPED: &str = "crates/venom/src/shipped.rs";
const FOLDER: &str = "playbooks/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(shipped) = tree.text(SHIPPED) else {
        return Vec::new();
    };
    tree.iter()
        .filter_map(|(path, _)| Some((path, path.strip_prefix(FOLDER)?)))
        .filter(|(_, name)| !name.contains('/') && name.strip_suffix(".yaml").is_some())
        .filter(|(_, name)| !is_named(shipped, name))
        .map(|(path, name)| {
            Finding::new(
                path,
                1,
                format!("{SHIPPED} does not include `{name}`, so it is not shipped"),
            )
        })
        .collect()
}

/// The name must begin behind a quote or a slash, so that `rename.yaml` is not found in `code-rename.yaml`.
fn is_named(shipped: &str, name: &str) -> bool {
    shipped.contains(&format!("/{name}")) || shipped.contains(&format!("\"{name}"))
}
