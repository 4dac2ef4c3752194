use rand::Rng;

fn token() -> u128 {
    rand::thread_rng().gen()
}
