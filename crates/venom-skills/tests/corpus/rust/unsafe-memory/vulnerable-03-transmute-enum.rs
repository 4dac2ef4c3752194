#[repr(u8)]
enum Kind { Text, Number }

fn kind(byte: u8) -> Kind {
    unsafe { std::mem::transmute(byte) } // expect: unsafe-memory
}
