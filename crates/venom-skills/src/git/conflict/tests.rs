use super::places;

#[test]
fn places_are_counted_from_one_and_must_be_closed() {
    let text = "a\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> other\nb\n<<<<<<< HEAD\nopen\n";
    assert_eq!(places(text), [(2, 6)]);
    assert_eq!(places("=======\n>>>>>>> x\n"), []);
    assert_eq!(places(""), []);
    let many = "<<<<<<< a\n>>>>>>> b\n".repeat(500);
    assert_eq!(places(&many).len(), 200);
}
