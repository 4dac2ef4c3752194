use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn random(&self) -> u128 {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
    }
}

fn token() -> Token {
    Token {
        id: "12345678".to_owned(),
        label: "a test".to_owned(),
        scopes: vec![Scope::RunsRead],
        created: 0,
        expires: Some(10),
        per_day: None,
        used: None,
    }
}

#[test]
fn a_token_fits_its_own_secret_and_no_other() {
    let entropy = Counting(AtomicU64::new(1));
    let (kept, text) = Kept::make(token(), &entropy);
    let (other, other_text) = Kept::make(token(), &entropy);
    let (name, secret) = split(&text).unwrap();
    assert_eq!(name, "12345678");
    assert!(kept.fits(secret) && !other.fits(secret));
    assert_ne!(text.as_str(), other_text.as_str());
    let mut wrong = secret.to_owned();
    let last = if wrong.pop() == Some('x') { 'y' } else { 'x' };
    wrong.push(last);
    assert!(!kept.fits(&wrong) && !kept.fits(""));
    assert!(!serde_json::to_string(&kept).unwrap().contains(secret));
}

#[test]
fn what_is_no_token_is_none() {
    let (_, text) = Kept::make(token(), &Counting(AtomicU64::new(7)));
    for bad in [
        "",
        "vnm",
        "vnm_1_2",
        text.strip_suffix(|_| true).unwrap(),
        &format!("{}0", &*text),
        &text.replace("vnm", "xxx"),
        &text.replace('_', "-"),
    ] {
        assert_eq!(split(bad), None, "{bad}");
    }
}

#[test]
fn numbers_are_written_whole() {
    assert_eq!(digits(&[0; 32]), "0".repeat(43));
    // 2^256 - 1 in base 62, worked out with Python.
    assert_eq!(
        digits(&[255; 32]),
        "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
    );
    let mut one = [0; 32];
    one[31] = 61;
    assert_eq!(digits(&one), format!("{}z", "0".repeat(42)));
    one[30] = 1;
    // 256 + 61 = 5 * 62 + 7.
    assert_eq!(digits(&one), format!("{}57", "0".repeat(41)));
}

#[test]
fn scopes_end_and_admin_may_all() {
    let mut token = token();
    assert!(token.may(Scope::RunsRead) && !token.may(Scope::RunsWrite));
    assert!(!token.is_expired(9) && token.is_expired(10));
    token.scopes = vec![Scope::Admin];
    assert!(Scope::ALL.into_iter().all(|scope| token.may(scope)));
    for scope in Scope::ALL {
        assert_eq!(scope.name().parse(), Ok(scope));
        assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
    }
    assert!("runs".parse::<Scope>().is_err());
}
