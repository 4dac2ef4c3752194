fn pick(table: &[u32], index: usize) -> u32 {
    if index >= table.len() {
        return 0;
    }
    unsafe { *table.get_unchecked(index) }
}
