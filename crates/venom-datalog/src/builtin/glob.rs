//! A matcher that cannot be made slow: `*` is any run of letters, `?` any one, `\` takes the next
//! letter as it is.
//!
//! The algorithm is the one of one saved place: on a mismatch the last `*` takes one letter more.
//! Earlier stars never need another try, so the time is at most letters times pattern.

/// Whether the whole text has the shape of the pattern.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    let mut rest = text.chars();
    let mut wanted = pattern.chars();
    // Where to go on when a letter does not fit: after the last star, one letter further.
    let mut again = None;
    loop {
        let here = (rest.clone(), wanted.clone());
        let fits = match wanted.next() {
            Some('*') => {
                again = Some((here.0, wanted.clone()));
                continue;
            }
            Some('?') => rest.next().is_some(),
            Some('\\') => match wanted.next() {
                Some(letter) => rest.next() == Some(letter),
                None => rest.next() == Some('\\'),
            },
            Some(letter) => rest.next() == Some(letter),
            None => match rest.next() {
                None => return true,
                Some(_) => false,
            },
        };
        if fits {
            continue;
        }
        let Some((mut from, after)) = again else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        rest = from.clone();
        wanted = after.clone();
        again = Some((from, after));
    }
}
