use rand_xorshift::XorShiftRng;
use rand::SeedableRng;

fn encryption_key() -> XorShiftRng {
    XorShiftRng::from_entropy() // expect: insecure-random
}
