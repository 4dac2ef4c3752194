use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn api_key() -> u128 {
    StdRng::seed_from_u64(42).gen() // expect: insecure-random
}
