use std::mem::transmute;

fn number(bytes: [u8; 4]) -> bool {
    unsafe { transmute::<u8, bool>(bytes[0]) } // expect: unsafe-memory
}
