fn pick(table: &[u32], index: usize) -> u32 {
    unsafe { *table.get_unchecked(index) } // expect: unsafe-memory
}
