//! Folders with models in them, and with things that are none.

use std::fs;

use venom_ports::memory::embed::Embedder as _;

use super::*;

const SMALL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../venom-mind/tests/small-encoder"
);

/// A copy of the small model, to be changed.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "vocab.txt", WEIGHTS] {
        fs::copy(Path::new(SMALL).join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn refused(folder: &Path) -> Failure {
    let failure = Encoder::open(folder).unwrap_err();
    assert!(failure.hint.is_some(), "{failure}");
    failure
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let model = Encoder::open(Path::new(SMALL)).unwrap();
    let texts = ["the river runs", "", "running rivers"].map(str::to_owned);
    let vectors = model.embed(&texts).await.unwrap();
    let expected = fs::read_to_string(Path::new(SMALL).join("expected.json")).unwrap();
    let expected: Vec<serde_json::Value> = serde_json::from_str(&expected).unwrap();
    for (text, vector) in texts.iter().zip(&vectors) {
        let case = expected.iter().find(|case| case["text"] == **text).unwrap();
        for (at, value) in vector.iter().enumerate() {
            let wanted = case["vector"][at].as_f64().unwrap();
            assert!((f64::from(*value) - wanted).abs() < 1e-5, "{text:?}");
        }
    }
    assert_eq!(vectors.len(), 3);
    assert_eq!(model.sentences().unwrap().id(), model.id());
    assert_eq!(model.embed(&[]).await.unwrap(), Vec::<Vec<f32>>::new());
}

#[test]
fn a_model_is_known_by_its_contents_wherever_it_lies() {
    let (one, other) = (folder(), folder());
    let id = |folder: &tempfile::TempDir| Encoder::open(folder.path()).unwrap().id;
    assert_eq!(id(&one), id(&other));
    assert!(id(&one).starts_with("bert-2x8@"), "{}", id(&one));
    let before = id(&one);
    let weights = one.path().join(WEIGHTS);
    let mut bytes = fs::read(&weights).unwrap();
    // The last tensor begins less than this before the end.
    let at = bytes.len() - 20;
    bytes[at] ^= 1;
    fs::write(&weights, bytes).unwrap();
    assert_ne!(id(&one), before);
    fs::write(
        other.path().join("sentence_bert_config.json"),
        r#"{"max_seq_length": 8}"#,
    )
    .unwrap();
    assert_ne!(id(&other), before);
}

#[tokio::test]
async fn a_model_that_was_changed_meanwhile_is_not_taken_for_the_first() {
    let folder = folder();
    let model = Encoder::open(folder.path()).unwrap();
    let vocabulary = folder.path().join("vocab.txt");
    let text = fs::read_to_string(&vocabulary).unwrap();
    fs::write(&vocabulary, text.replace("river", "shore")).unwrap();
    let failure = model.embed(&["the river".to_owned()]).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    // Once it is loaded it stays as it is.
    fs::write(&vocabulary, text).unwrap();
    model.embed(&["the river".to_owned()]).await.unwrap();
    fs::remove_file(&vocabulary).unwrap();
    model.embed(&["the river".to_owned()]).await.unwrap();
}

#[test]
fn what_is_no_model_is_refused_with_what_to_do() {
    let gone = Path::new("/there/is/nothing/here");
    assert_eq!(refused(gone).kind, FailureKind::Missing);
    for name in ["config.json", "vocab.txt", WEIGHTS] {
        let folder = folder();
        fs::remove_file(folder.path().join(name)).unwrap();
        let failure = refused(folder.path());
        assert_eq!(failure.kind, FailureKind::Missing);
        assert!(failure.message.contains(name), "{failure}");

        fs::create_dir(folder.path().join(name)).unwrap();
        assert!(refused(folder.path()).message.contains("is no file"));

        fs::remove_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name), [0xff; 9]).unwrap();
        let failure = Encoder::open(folder.path()).unwrap_err();
        assert!(!failure.message.is_empty(), "{name}");
    }
    let large = folder();
    let file = fs::File::create(large.path().join(WEIGHTS)).unwrap();
    file.set_len(LARGEST_WEIGHTS + 1).unwrap();
    assert!(refused(large.path()).message.contains("are allowed"));
    let cut = folder();
    let file = fs::File::options()
        .write(true)
        .open(cut.path().join(WEIGHTS))
        .unwrap();
    file.set_len(5_000).unwrap();
    let failure = refused(cut.path());
    assert!(failure.message.contains("is it whole?"), "{failure}");
}
