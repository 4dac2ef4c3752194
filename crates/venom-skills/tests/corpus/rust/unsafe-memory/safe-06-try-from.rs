fn kind(byte: u8) -> Result<Kind, Error> {
    Kind::try_from(byte)
}
