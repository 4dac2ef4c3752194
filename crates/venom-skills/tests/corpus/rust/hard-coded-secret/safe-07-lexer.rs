fn next(kind: &str) -> Token {
    let token = "identifier";
    if kind == token { Token::Name } else { Token::Other }
}
