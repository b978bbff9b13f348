//! Columns for people: aligned, no wider than the terminal, and an id is never broken.

use std::io::IsTerminal;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paint::{Cell, PRACTICE, Role, coloured, marked};
use super::{colours, printable};

const GAP: usize = 2;
/// An elastic column gets no narrower than this.
const NARROWEST: usize = 10;
/// On a narrower terminal lines are left to break.
const NARROWEST_TERMINAL: usize = 40;

/// Rows under a head. Where the terminal is too narrow, the columns named in `elastic` are shortened
/// or left out, the last named one first; where standard output is no terminal, everything stays.
pub fn table<C: Into<Cell>>(head: &[&str], elastic: &[usize], rows: Vec<Vec<C>>) -> String {
    let is_coloured = colours(&std::io::stdout());
    lay_out(head, elastic, rows, terminal_width(), is_coloured)
}

/// A title, and names with their values; long values go on below themselves, broken at spaces.
pub fn facts<C: Into<Cell>>(title: (&str, &str), rows: Vec<(&str, C)>) -> String {
    set(title, rows, terminal_width(), colours(&std::io::stdout()))
}

fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(columns)).filter(|columns| *columns >= NARROWEST_TERMINAL)
}

fn lay_out<C: Into<Cell>>(
    head: &[&str],
    elastic: &[usize],
    rows: Vec<Vec<C>>,
    width: Option<usize>,
    is_coloured: bool,
) -> String {
    let head = head
        .iter()
        .map(|text| Cell::new(Role::Head, *text))
        .collect();
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().map(Into::into).collect());
    let lines: Vec<Vec<Cell>> = std::iter::once(head)
        .chain(rows)
        .map(|row: Vec<Cell>| row.into_iter().map(harmless).collect())
        .collect();
    let columns = lines.first().map_or(0, Vec::len);
    let natural = |column: usize| {
        lines
            .iter()
            .filter_map(move |line| Some(line.get(column)?.width()))
    };
    let mut widths: Vec<usize> = (0..columns)
        .map(|n| natural(n).max().unwrap_or(0))
        .collect();
    if let Some(width) = width {
        fit(&mut widths, elastic, width);
    }
    lines
        .iter()
        .map(|line| {
            let cells = line.iter().zip(&widths).filter(|(_, width)| **width > 0);
            // Space at the end of a line would only wrap.
            let said = cells.clone().enumerate();
            let said = said.filter(|(_, (cell, _))| cell.width() > 0);
            let last = said.map(|(n, _)| n).last();
            let cells = cells.enumerate().take(last.map_or(0, |last| last + 1));
            let text: String = cells
                .map(|(n, (cell, width))| padded(cell, *width, Some(n) == last, is_coloured))
                .collect();
            text + "\n"
        })
        .collect()
}

/// One line of text that steers no terminal.
fn harmless(cell: Cell) -> Cell {
    let text = printable(&cell.text).replace('\n', " ");
    Cell { text, ..cell }
}

/// Makes the columns fit: from the last elastic one on they are shortened or, where little of them
/// would be left, taken out (a width of 0). The first elastic one always stays.
fn fit(widths: &mut [usize], elastic: &[usize], width: usize) {
    for (n, &column) in elastic.iter().enumerate().rev() {
        let shown = widths.iter().filter(|width| **width > 0);
        let used = shown
            .map(|width| width + GAP)
            .sum::<usize>()
            .saturating_sub(GAP);
        let over = used.saturating_sub(width);
        if over == 0 {
            return;
        }
        let left = widths[column].saturating_sub(over);
        widths[column] = match n {
            0 => left.max(NARROWEST.min(widths[column])),
            _ if left < NARROWEST => 0,
            _ => left,
        };
    }
}

/// The cell at exactly this width, and the gap; the last one of a line without either.
fn padded(cell: &Cell, width: usize, is_last: bool, is_coloured: bool) -> String {
    let mark = if cell.is_practice { PRACTICE } else { "" };
    let beside = if mark.is_empty() { 0 } else { mark.width() + 1 };
    let text = shortened(&cell.text, width.saturating_sub(beside));
    let used = text.width() + beside.min(width);
    let mark = shortened(mark, width);
    let space = width.saturating_sub(used) + GAP;
    let gap = if beside > 0 && !text.is_empty() {
        " "
    } else {
        ""
    };
    let said = match is_coloured {
        true => {
            let text = cell
                .role
                .map_or_else(|| text.clone(), |role| coloured(role, &text));
            text + gap + &coloured(Role::Practice, &mark)
        }
        false => text + gap + &mark,
    };
    match is_last {
        true => said,
        false => said + &" ".repeat(space),
    }
}

fn shortened(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let mut text = String::new();
    let mut used = 1; // The ellipsis.
    for c in cell.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        text.push(c);
    }
    text + "…"
}

fn set<C: Into<Cell>>(
    title: (&str, &str),
    rows: Vec<(&str, C)>,
    width: Option<usize>,
    is_coloured: bool,
) -> String {
    let title = (title.0, Cell::new(Role::Head, title.1));
    let rows = rows.into_iter().map(|(name, value)| (name, value.into()));
    let rows: Vec<(&str, Cell)> = std::iter::once(title).chain(rows).collect();
    let indent = rows.iter().map(|(name, _)| name.width()).max();
    let indent = indent.unwrap_or_default() + GAP;
    let room = width.map(|width| width.saturating_sub(indent).max(NARROWEST));
    let mut text = String::new();
    for (name, value) in rows {
        let said = marked(&printable(&value.text), value.is_practice);
        for (n, line) in broken(&said, room).iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let space = " ".repeat(indent - name.width());
            let line = match (is_coloured, value.role) {
                (true, Some(role)) => coloured(role, line),
                (true, None) => line.replace(PRACTICE, &coloured(Role::Practice, PRACTICE)),
                (false, _) => line.clone(),
            };
            text += format!("{name}{space}{line}").trim_end();
            text += "\n";
        }
    }
    text
}

/// Lines of at most `room` columns, broken at spaces only.
fn broken(text: &str, room: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let fits = room.is_none_or(|room| line.width() + 1 + word.width() <= room);
            if line.is_empty() || fits {
                if !line.is_empty() {
                    line.push(' ');
                }
                line += word;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";

    fn leases(label: &str) -> Vec<Vec<String>> {
        vec![
            vec![ID.into(), "active".into(), label.into()],
            vec![ID.into(), "revoking 2/6".into(), String::new()],
        ]
    }

    #[test]
    fn columns_are_aligned_and_nothing_is_shortened_in_a_pipe() {
        let label = "a label that is longer than most terminals are wide, and then some more";
        let text = lay_out(&["ID", "STATE", "LABEL"], &[2], leases(label), None, false);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], format!("ID{}STATE         LABEL", " ".repeat(36)));
        assert_eq!(lines[1], format!("{ID}  active        {label}"));
        assert_eq!(lines[2], format!("{ID}  revoking 2/6"));
    }

    #[test]
    fn a_narrow_terminal_shortens_the_elastic_columns_and_no_id() {
        let head = ["ID", "STATE", "LABEL"];
        let narrow = |label, width| lay_out(&head, &[1, 2], leases(label), Some(width), false);
        let text = narrow("a label that is too long", 66);
        assert!(text.lines().all(|line| line.width() <= 66), "{text}");
        assert!(
            text.contains(ID) && text.contains("a label that …"),
            "{text}"
        );
        // Where nothing sensible would be left of a column it goes.
        let text = narrow("a label that is too long", 56);
        assert!(
            text.contains("revoking 2/6") && !text.contains("LABEL"),
            "{text}"
        );
        // Too narrow even for the ids: they stay whole.
        assert!(narrow("words", 40).contains(ID));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let rows = vec![vec!["日本".to_owned(), "x".to_owned()]];
        assert_eq!(
            lay_out(&["AB", "C"], &[], rows, None, false),
            "AB    C\n日本  x\n"
        );
    }

    #[test]
    fn facts_go_on_below_themselves() {
        let rows = vec![
            ("Reason", "AWS said something long".to_owned()),
            ("Policies", format!("{ID}\nsecond")),
        ];
        assert_eq!(
            set(("LEASE", "x"), rows, Some(26), false),
            format!(
                "LEASE     x\nReason    AWS said\n          something long\nPolicies  {ID}\n          \
                 second\n"
            )
        );
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal_or_break_a_row() {
        let rows = vec![vec!["a\u{1b}[2Jb\nc\u{7}".to_owned()]];
        assert_eq!(lay_out(&["X"], &[], rows, None, false), "X\na[2Jb c\n");
    }

    #[test]
    fn a_mark_stays_whatever_else_is_cut() {
        let row = |text: &str| vec![Cell::marked(text, true), "x".into()];
        let rows = vec![row("development:/a/secret/of/some/length")];
        let text = lay_out(&["SECRET", "B"], &[0], rows, Some(24), false);
        assert!(text.contains("developme… (practice)  x"), "{text}");
        assert!(text.lines().all(|line| line.width() <= 24), "{text}");
        // Where there is hardly any room, the mark is what stays.
        let text = lay_out(
            &["SECRET", "B"],
            &[0],
            vec![row("long-name-of-it")],
            Some(13),
            false,
        );
        assert!(text.contains("(practice)  x"), "{text}");
    }

    #[test]
    fn colours_change_no_column() {
        let rows = || {
            vec![
                vec![
                    Cell::new(Role::Good, "active"),
                    Cell::marked("s3", true),
                    "".into(),
                ],
                vec![Cell::new(Role::Alarm, "no"), "other".into(), "end".into()],
            ]
        };
        let plain = lay_out(&["A", "B", "C"], &[1], rows(), Some(60), false);
        let bright = lay_out(&["A", "B", "C"], &[1], rows(), Some(60), true);
        assert!(bright.contains("\u{1b}[32mactive\u{1b}[0m"), "{bright}");
        assert!(bright.contains("\u{1b}[35m(practice)\u{1b}[0m"), "{bright}");
        let mut bare = String::new();
        let mut rest = bright.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare += before;
            rest = after.split_once('m').unwrap().1;
        }
        assert_eq!(bare + rest, plain);
    }
}
