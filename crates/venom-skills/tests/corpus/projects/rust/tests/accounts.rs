use ledger::store;

fn book() -> rusqlite::Connection {
    let book = store::open().unwrap();
    for (id, owner) in (1..).zip(["ann", "bob", "eve"]) {
        assert_eq!(store::add(&book, id, owner, id * 10), Ok(1));
    }
    book
}

#[test]
fn balances_are_looked_up() {
    let book = book();
    assert_eq!(store::balance(&book, "bob"), Ok(20));
    assert!(store::balance(&book, "nobody").is_err());
    assert_eq!(store::owner(&book, "3"), Ok("eve".to_owned()));
    assert!(store::owner(&book, "9").is_err());
}

#[test]
fn accounts_are_handed_over_and_removed() {
    let book = book();
    assert_eq!(store::hand_over(&book, 1, "eve"), Ok(1));
    assert_eq!(store::owner(&book, "1"), Ok("eve".to_owned()));
    assert_eq!(store::remove(&book, "eve"), Ok(2));
    assert_eq!(store::owners(&book, 0), Ok(vec!["bob".to_owned()]));
    assert_eq!(store::hand_over(&book, 7, "eve"), Ok(0));
}

#[test]
fn owners_are_listed() {
    assert_eq!(
        store::owners(&book(), 15),
        Ok(vec!["bob".to_owned(), "eve".to_owned()])
    );
}
