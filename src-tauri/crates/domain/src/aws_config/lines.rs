//! The lines of an AWS config file, and which of them begin a section.

/// One line and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    pub start: usize,
    /// Behind its line end.
    pub end: usize,
    /// Without the line end.
    pub content: &'a [u8],
}

/// What some editors of Windows put before a text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a text, without a byte order mark before the first; the last may have no end.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let (mut start, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => (BYTE_ORDER_MARK.len(), text),
        None => (0, text),
    };
    text.split_inclusive(|byte| *byte == b'\n')
        .zip(1..)
        .map(move |(whole, number)| {
            let line = Line {
                number,
                start,
                end: start + whole.len(),
                content: without_end(whole),
            };
            start = line.end;
            line
        })
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line that begins a section, by its words: `[profile x]` has two.
#[derive(Debug)]
pub struct Header<'a> {
    pub words: Vec<&'a [u8]>,
}

/// The section that a line begins. AWS's tools differ in how much white space and quoting they let
/// pass, so whatever any of them could take for a section is one.
pub fn header(line: &[u8]) -> Option<Header<'_>> {
    let inside = line.trim_ascii().strip_prefix(b"[")?;
    let inside = inside.split(|byte| *byte == b']').next()?;
    let words = inside
        .split(u8::is_ascii_whitespace)
        .map(|word| {
            let bare = |quote: &[u8]| word.strip_prefix(quote)?.strip_suffix(quote);
            bare(b"\"").or_else(|| bare(b"'")).unwrap_or(word)
        })
        .filter(|word| !word.is_empty())
        .collect();
    Some(Header { words })
}
