use rand::rngs::OsRng;
use rand::RngCore;

fn api_key(bytes: &mut [u8]) {
    OsRng.fill_bytes(bytes);
}
