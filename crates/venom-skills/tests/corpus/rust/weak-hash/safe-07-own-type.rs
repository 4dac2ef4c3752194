struct Sha1;

impl Sha1 {
    fn new() -> Self {
        Self
    }
}

fn password() -> Sha1 {
    Sha1::new()
}
