//! Markdown, for `$GITHUB_STEP_SUMMARY` and merge requests.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use standpoint::report::markdown;

/// GitHub drops a step's whole summary if it has more bytes than this.
const MOST_BYTES: usize = 1 << 20;

/// Writes the text, or as many of its lines as GitHub shows and how many were left out.
pub fn write(out: &mut Vec<u8>, text: &str) -> io::Result<()> {
    out.write_all(fitted(text, MOST_BYTES).as_bytes())
}

/// Rows as a table, the first its header; shorter ones are filled.
pub fn table(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cell =
            |column: usize| row.get(column).map_or_else(String::new, |cell| markdown(cell.trim()));
        let cells: Vec<String> = (0..width).map(cell).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if number == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(width));
        }
    }
    text
}

fn fitted(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let note = |left_out: usize| {
        format!("\n**{left_out} lines more do not fit here: `--format json` has everything.**\n")
    };
    let lines = text.lines().count();
    let room = most.saturating_sub(note(lines).len());
    let end =
        text.as_bytes()[..room].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let kept = &text[..end];
    kept.to_owned() + &note(lines - kept.lines().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_between_lines_and_said() {
        let text = "héllo wörld\n".repeat(200);
        assert_eq!(fitted(&text, text.len()), text);
        for most in 100..400 {
            let cut = fitted(&text, most);
            assert!(cut.len() <= most);
            let kept = cut.matches("héllo wörld\n").count();
            assert!(cut.contains(&format!("**{} lines more", 200 - kept)), "{cut}");
        }
    }
}
