fn decode(buffer: [u8; 8]) -> Header {
    unsafe { core::mem::transmute::<[u8; 8], Header>(buffer) } // expect: unsafe-memory
}
