fn form() -> Form {
    Form { user: String::new(), password: "".to_owned(), token: None }
}
