//! Tables of text.

/// Rows of cells under a heading; the first `left` columns are aligned to the left.
pub fn table(heading: &[&str], rows: &[Vec<String>], left: usize) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|h| h.len()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let cells: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let w = widths[i];
                if i < left { format!("{c:w$}") } else { format!("{c:>w$}") }
            })
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    let mut out = line(heading.to_vec());
    for row in rows {
        out += &line(row.iter().map(String::as_str).collect());
    }
    out
}
