fn pick(table: &[u32], index: usize) -> Option<u32> {
    table.get(index).copied()
}
