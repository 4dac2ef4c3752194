use super::*;

fn words() -> Words {
    Words::embedded().unwrap()
}

#[test]
fn a_reading_comes_back_from_its_bytes_and_from_nothing_else() {
    let words = words();
    let reading = Reader::new(&words).read(
        "we moved parse_line to src/text.rs",
        &["src/text.rs".into()],
    );
    assert!(reading.code.is_some() && reading.names.len() == 1);
    let bytes = reading.to_bytes();
    assert_eq!(Reading::from_bytes(&bytes), Some(reading));
    for cut in 0..bytes.len() {
        assert_eq!(Reading::from_bytes(&bytes[..cut]), None, "cut to {cut}");
    }
    let empty = Reader::new(&words).read("", &[]);
    assert_eq!(Reading::from_bytes(&empty.to_bytes()), Some(empty));
}

#[test]
fn inflected_words_are_the_same_word_and_grammar_is_none() {
    assert_eq!(terms("the tests"), terms("test"));
    assert!(terms("what is it that you were").is_empty());
}

fn said_of(said: &[&str]) -> Vec<String> {
    said.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn speakers_are_taken_out_of_a_question() {
    let speakers = ["Ada Lovelace".to_owned(), "user".to_owned()];
    let check = |text: &str, rest: &str, said: &[&str]| {
        let (left, found) = without_speakers(text, &speakers);
        assert_eq!(
            (left.as_str(), found.as_slice()),
            (rest, said_of(said).as_slice())
        );
    };
    check("What did Ada paint?", "What did paint?", &["Ada Lovelace"]);
    check("What is Lovelace's dog?", "What is dog?", &["Ada Lovelace"]);
    check("the user table", "the user table", &[]);
    check("Ada?", "Ada?", &["Ada Lovelace"]);
}

#[test]
fn near_words_are_near() {
    let words = words();
    let reader = Reader::new(&words);
    let question = reader.question("When did the kids swim?", &[], &[]);
    let near = question.closeness(&words, "The children went swimming on Sunday.");
    let far = question.closeness(&words, "The compiler rejects unsafe blocks.");
    assert!(near > far + 0.1, "{near} {far}");
    assert!(reader.question("", &[], &[]).closeness(&words, "x") < 1e-6);
}
