#[cfg(test)]
mod tests {
    #[test]
    fn logs_in() {
        let password = "made-up-for-test-1";
        assert!(super::login("ann", password));
    }
}
