const GREETING: &str = unsafe { std::str::from_utf8_unchecked(b"hello") };
