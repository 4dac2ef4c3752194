use rand::{rngs::SmallRng, Rng, SeedableRng};

fn is_sampled(rate: f64) -> bool {
    SmallRng::from_entropy().gen::<f64>() < rate
}
