//! Made-up texts: what people who write programs say, put together as if by chance, the same in each run.

use venom_ports::memory::episodes::Note;

const WHO: &[&str] = &[
    "Ada", "Ben", "Chloe", "Dmitri", "Esra", "Farid", "Grace", "Hana", "Ivo", "Jun", "Kira", "Liam",
];
const WHAT: &[&str] = &[
    "the payment service",
    "the parser",
    "our login page",
    "the nightly build",
    "the search index",
    "the billing report",
    "a stale lock",
    "the cache",
    "the database schema",
    "the message queue",
    "the mobile client",
    "the release notes",
    "a flaky test",
    "the load balancer",
    "the image upload",
    "the password reset",
    "the invoice export",
    "the log rotation",
    "the feature flag",
    "the map view",
    "the coffee machine",
    "the hiring plan",
    "the travel budget",
    "the garden party",
    "my bicycle",
    "the rate limiter",
    "the audit trail",
    "the session store",
    "the font rendering",
    "the crash handler",
];
const DID: &[&str] = &[
    "broke",
    "was rewritten",
    "is slower than before",
    "was moved to another team",
    "needs a review",
    "ran out of memory",
    "timed out twice",
    "was deployed without trouble",
    "lost three records",
    "got a new owner",
    "was painted green",
    "was rolled back",
    "passed the audit",
    "doubled its traffic",
    "still waits for approval",
    "was deleted by mistake",
    "is finally documented",
    "leaks connections",
];
const WHY: &[&str] = &[
    "because the disk was full",
    "after the upgrade to version",
    "since the certificate expired",
    "while everybody was at lunch",
    "because nobody had read the manual",
    "after the storm in the north",
    "because a header was missing",
    "when the vendor changed the price",
    "before the demo for the board",
    "because two workers held the same lease",
    "as the survey had predicted",
    "after the merge of branch",
    "because the clock was wrong",
    "when the children came home",
    "after we raised the limit to",
];

/// Stirs a number (splitmix64).
fn stir(at: usize) -> u64 {
    let mut state = (at as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(0x1234_5678);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

fn pick(of: &'static [&'static str], bits: u64) -> &'static str {
    let count = of.len().max(1) as u64;
    usize::try_from(bits % count)
        .ok()
        .and_then(|at| of.get(at))
        .copied()
        .unwrap_or_default()
}

/// Returns the text with a number.
pub(crate) fn text(at: usize) -> String {
    let bits = stir(at);
    format!(
        "{} {} {} {}, said {}; {} {}",
        pick(WHAT, bits),
        pick(DID, bits >> 8),
        pick(WHY, bits >> 16),
        bits >> 54,
        pick(WHO, bits >> 24),
        pick(WHAT, bits >> 32),
        pick(DID, bits >> 40),
    )
}

/// Returns the question with a number.
pub(crate) fn question(at: usize) -> String {
    let bits = stir(at.wrapping_add(0x00ff_ffff));
    format!(
        "what did {} say about {} that {}?",
        pick(WHO, bits >> 24),
        pick(WHAT, bits),
        pick(DID, bits >> 8)
    )
}

/// Returns the note with a number; twenty of them are a conversation.
pub(crate) fn note(at: usize) -> Note {
    let speaker = pick(WHO, stir(at) >> 24).to_owned();
    let time = 1_700_000_000_000_000 + i64::try_from(at).unwrap_or(0) * 60_000_000;
    super::noted(text(at), speaker, format!("talk-{}", at / 20), time)
}
