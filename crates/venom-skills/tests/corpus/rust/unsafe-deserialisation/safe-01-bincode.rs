fn read(bytes: &[u8]) -> Option<State> {
    bincode::deserialize(bytes).ok()
}
