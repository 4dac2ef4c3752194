use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

fn session_id() -> u64 {
    let mut rng = SmallRng::from_entropy(); // expect: insecure-random
    rng.gen()
}
