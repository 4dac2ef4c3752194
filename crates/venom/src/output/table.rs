//! Tables for people: columns as wide as their widest cell, the last one as wide as it likes.

/// Lines up rows under a head.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let columns = head.len();
    let width_of = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = head.iter().map(|cell| width_of(cell)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    let mut text = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (index, (cell, width)) in cells.zip(&widths).enumerate() {
            line.push_str(cell);
            if index + 1 < columns {
                let gap = width.saturating_sub(width_of(cell)) + 2;
                line.extend(std::iter::repeat_n(' ', gap));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    text
}
