use rc4::{consts::U16, KeyInit, Rc4};

fn stream(key: &[u8; 16]) -> Rc4<U16> {
    Rc4::new(key.into()) // expect: weak-hash
}
