//! Redaction: the last net before a text reaches a log, an event or a screen.
//!
//! Two ways: exact values that VENOM knows to be secret, and high-precision forms of well-known
//! credentials. Nothing here decides what is secret by guessing from entropy.

/// What stands where a secret stood.
pub const MASK: &str = "[redacted]";

/// Well-known credentials: what they begin with and the fewest characters that follow.
/// The forms are those their issuers document for secret scanning.
const FORMS: &[(&str, usize)] = &[
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk-", 32),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("npm_", 30),
    ("pypi-AgEI", 40),
    ("crates-io-", 20),
    ("hf_", 30),
    ("vnm_", 40),
];

/// Masks secrets in texts.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    /// Known secrets, longest first, so that one that contains another is masked whole.
    known: Vec<String>,
}

impl Redactor {
    /// Secrets shorter than this are not masked by value: they would mask ordinary words.
    pub const SHORTEST: usize = 8;

    /// Makes a redactor that knows these values besides the well-known forms.
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known
            .into_iter()
            .filter(|secret| secret.chars().count() >= Self::SHORTEST)
            .collect();
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
        Self { known }
    }

    /// Returns the known secrets.
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// Tells whether there is a secret in a text.
    pub fn finds(&self, text: &str) -> bool {
        let may_be = text.contains("PRIVATE KEY-----")
            || FORMS.iter().any(|(start, _)| text.contains(start))
            || self.known.iter().any(|secret| text.contains(secret));
        may_be && self.redact(text) != text
    }

    /// Masks every secret in a text.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        mask_key_block(mask_forms(text))
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn mask_forms(text: String) -> String {
    if !FORMS.iter().any(|(start, _)| text.contains(start)) {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    let flush = |word: &mut String, masked: &mut String| {
        let secret = FORMS.iter().any(|(start, more)| {
            word.strip_prefix(start)
                .is_some_and(|rest| rest.len() >= *more)
        });
        masked.push_str(if secret { MASK } else { word });
        word.clear();
    };
    for c in text.chars() {
        if is_token(c) {
            word.push(c);
        } else {
            flush(&mut word, &mut masked);
            masked.push(c);
        }
    }
    flush(&mut word, &mut masked);
    masked
}

/// Masks what stands between the lines of a PEM private key.
fn mask_key_block(text: String) -> String {
    const OPEN: &str = "PRIVATE KEY-----";
    if !text.contains("-----BEGIN ") || !text.contains(OPEN) {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((head, tail)) = rest.split_once(OPEN) {
        masked.push_str(head);
        masked.push_str(OPEN);
        let (_, after) = tail.split_once("-----END ").unwrap_or((tail, ""));
        masked.push_str(MASK);
        masked.push_str("-----END ");
        // The closing line's own "PRIVATE KEY-----" must not open another block.
        match after.split_once(OPEN) {
            Some((kind, left)) => {
                masked.push_str(kind);
                masked.push_str(OPEN);
                rest = left;
            }
            None => rest = after,
        }
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests;
