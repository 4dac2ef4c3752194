use des::cipher::KeyInit;
use des::Des;

fn cipher(key: &[u8; 8]) -> Des {
    Des::new(key.into()) // expect: weak-hash
}
