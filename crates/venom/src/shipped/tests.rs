//! What lies in the folder is in the binary, and what is in the binary can be used.

use std::path::Path;
use std::sync::Arc;

use venom_kernel::skill::Manifests;
use venom_ports::api::playbooks::{Origin, Source};
use venom_ports::cache::NoCache;

use super::*;

#[test]
fn every_file_of_the_folder_is_shipped() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|ending| ending == "yaml")
        })
        .collect();
    files.sort();
    let shipped: Vec<&str> = PLAYBOOKS.iter().map(|(name, _)| *name).collect();
    assert_eq!(shipped, files);
}

#[test]
fn every_shipped_playbook_can_be_used() {
    let env = crate::config::env::Env::default();
    let settings = crate::config::Settings::fallback(&env, &crate::config::Flags::default());
    let functions = crate::wire::functions(&env, &settings).expect("no functions");
    let registry = crate::wire::skills(functions, Arc::new(NoCache), settings.tools.value);
    let manifests: &Manifests = registry.manifests();
    let rejected: Vec<_> = PLAYBOOKS
        .iter()
        .filter_map(|(name, text)| {
            let source = Source {
                origin: Origin::Shipped,
                path: (*name).to_owned(),
                text: (*text).to_owned(),
            };
            venom_engine::playbook::check(&source, manifests).err()
        })
        .collect();
    assert_eq!(rejected, []);
}

#[test]
fn sentences_without_comments() {
    let sentences = out_of_scope();
    assert!(sentences.len() > 50);
    assert!(sentences.iter().all(|sentence| !sentence.starts_with('#')));
}
