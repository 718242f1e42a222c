//! Lists on a terminal: aligned columns, and no character that could move the cursor.

/// Rows under `heads`, each column as wide as it needs.
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = std::iter::once(heads.map(str::to_owned))
        .chain(rows.iter().cloned().map(|row| row.map(|cell| plain(&cell))))
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text that somebody else chose, harmless on a terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_control_characters_are_shown_as_such() {
        let rows = [
            ["ada".to_owned(), "on".to_owned()],
            ["b\u{1b}[2Jb".to_owned(), String::new()],
        ];
        assert_eq!(
            table(["who", "state"], &rows),
            "who     state\nada     on\nb\u{fffd}[2Jb"
        );
    }
}
