use rand::{rngs::StdRng, RngCore, SeedableRng};

fn session_key() -> u64 {
    StdRng::from_os_rng().next_u64()
}
