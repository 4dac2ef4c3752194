use nanorand::{Rng, WyRand};

fn csrf_token() -> u64 {
    WyRand::new().generate() // expect: insecure-random
}
