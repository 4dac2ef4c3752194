use rand::{rngs::StdRng, Rng, SeedableRng};
use std::time::SystemTime;

fn otp() -> u32 {
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut rng = StdRng::seed_from_u64(seed); // expect: insecure-random
    rng.gen_range(100_000..1_000_000)
}
