use rand::{rngs::StdRng, Rng, SeedableRng};

fn noise(seed: u64) -> f64 {
    StdRng::seed_from_u64(seed).gen()
}
