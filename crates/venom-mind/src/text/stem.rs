//! A light English stemmer: Porter's step 1 (plurals, -ed, -ing, -y) and step 5 (final e, double l).
//!
//! The later steps, which cut derivations (`-ation`, `-ness`), are left out: they join words that
//! name different wishes, such as `organise` and `organ`, and typo tolerance already reaches the rest.

/// Bounds the words that are stemmed, in letters. Chosen: no English word is longer, and the rule for
/// `y` looks backwards along the word.
const LONGEST: usize = 64;

/// Returns the stem of a lower-case word; words that are not plain ASCII letters are their own stem.
pub fn stem(word: &str) -> String {
    if !(3..=LONGEST).contains(&word.len()) || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut stem = Stem {
        letters: word.bytes().collect(),
    };
    stem.plural();
    stem.past_and_gerund();
    stem.final_y();
    stem.final_e();
    stem.letters.into_iter().map(char::from).collect()
}

struct Stem {
    letters: Vec<u8>,
}

impl Stem {
    fn ends(&self, suffix: &str) -> bool {
        self.letters.ends_with(suffix.as_bytes())
    }

    fn cut(&mut self, count: usize) {
        self.letters
            .truncate(self.letters.len().saturating_sub(count));
    }

    fn is_consonant(&self, at: usize) -> bool {
        match self.letters.get(at) {
            Some(b'a' | b'e' | b'i' | b'o' | b'u') | None => false,
            Some(b'y') => at == 0 || !self.is_consonant(at - 1),
            Some(_) => true,
        }
    }

    /// Porter's m: how often a vowel run is followed by a consonant run in the first `length` letters.
    fn measure(&self, length: usize) -> usize {
        (1..length)
            .filter(|at| self.is_consonant(*at) && !self.is_consonant(at - 1))
            .count()
    }

    fn has_vowel(&self, length: usize) -> bool {
        (0..length).any(|at| !self.is_consonant(at))
    }

    fn ends_double_consonant(&self) -> bool {
        let length = self.letters.len();
        length >= 2
            && self.letters.get(length - 1) == self.letters.get(length - 2)
            && self.is_consonant(length - 1)
    }

    /// Consonant, vowel, consonant other than w, x, y: the shape of `hop`, which lost an e in `hope`.
    fn ends_short(&self, length: usize) -> bool {
        length >= 3
            && self.is_consonant(length - 1)
            && !self.is_consonant(length - 2)
            && self.is_consonant(length - 3)
            && !matches!(self.letters.get(length - 1), Some(b'w' | b'x' | b'y'))
    }

    fn plural(&mut self) {
        if self.ends("sses") || self.ends("ies") {
            self.cut(2);
        } else if self.ends("s") && !self.ends("ss") && !self.ends("us") && !self.ends("is") {
            self.cut(1);
        }
    }

    fn past_and_gerund(&mut self) {
        let length = self.letters.len();
        if self.ends("eed") {
            if self.measure(length - 3) > 0 {
                self.cut(1);
            }
            return;
        }
        let suffix = if self.ends("ed") && self.has_vowel(length - 2) {
            2
        } else if self.ends("ing") && self.has_vowel(length - 3) {
            3
        } else {
            return;
        };
        self.cut(suffix);
        let length = self.letters.len();
        let lost_an_e = self.ends("at") || self.ends("bl") || self.ends("iz");
        if lost_an_e || (self.measure(length) == 1 && self.ends_short(length)) {
            self.letters.push(b'e');
        } else if self.ends_double_consonant()
            && !matches!(self.letters.last(), Some(b'l' | b's' | b'z'))
        {
            self.cut(1);
        }
    }

    fn final_y(&mut self) {
        let length = self.letters.len();
        if self.ends("y") && self.has_vowel(length - 1) {
            self.cut(1);
            self.letters.push(b'i');
        }
    }

    fn final_e(&mut self) {
        if self.ends("e") {
            let length = self.letters.len() - 1;
            let measure = self.measure(length);
            if measure > 1 || (measure == 1 && !self.ends_short(length)) {
                self.cut(1);
            }
        }
        let length = self.letters.len();
        if self.ends("ll") && self.measure(length) > 1 {
            self.cut(1);
        }
    }
}
