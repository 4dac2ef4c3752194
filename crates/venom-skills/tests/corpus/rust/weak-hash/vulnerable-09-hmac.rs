use hmac::{Hmac, Mac};
use md5::Md5;

type Signer = Hmac<Md5>; // expect: weak-hash

fn mac(key: &[u8]) -> Signer {
    Signer::new_from_slice(key).unwrap()
}
