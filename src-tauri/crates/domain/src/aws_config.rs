//! A profile of ours in the text of an AWS config file: put in, renewed, taken out, with everything
//! else left as it is, byte for byte.
//!
//! What is ours stands between two comment lines, at the end of the file when it is new. The text is
//! handled as bytes, since a comment may be in any encoding.

mod command;
mod lines;

use std::fmt;
use std::ops::Range;

use crate::{Code, Problem};

pub use command::{Shell, command_line};
use lines::{BYTE_ORDER_MARK, Header, Line, header, lines};

/// Name of a profile of an AWS config file: 1 to 64 letters, digits, `-`, `_`, `.`, `@` and `+`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProfileName(String);

const LONGEST_NAME: usize = 64;

impl ProfileName {
    /// Reads a name.
    ///
    /// # Errors
    /// It has characters that would need quoting in the file, or that AWS's tools read otherwise.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
        if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(is_plain) {
            return Err(Problem::refused_input(
                "profile",
                format!(
                    "A profile name has 1 to {LONGEST_NAME} letters, digits, `-`, `_`, `.`, `@` \
                     and `+`."
                ),
                "Choose a name such as `s3-upload`.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The line that begins its section: the default profile has one of its own kind.
    fn section(&self) -> String {
        match self.0.as_str() {
            "default" => "[default]".to_owned(),
            name => format!("[profile {name}]"),
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a profile of ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: ProfileName,
    /// The value of `credential_process`, as [`command_line`] makes it.
    pub command: String,
    /// The region.
    pub region: String,
}

/// The settings that we write and nobody else does, in a profile of ours.
const OURS: [&[u8]; 2] = [b"credential_process", b"region"];
/// Said in the first line of a block before which the text had no line end: that one goes with it.
const JOINED: &str = " (and the line end before this line)";

/// The text with the profile in it. A profile of ours with that name is written anew where it
/// stands, and keeps the settings that somebody added to it.
///
/// # Errors
/// The file has a profile of that name that is not ours, or our block lost its end.
pub fn install(text: &[u8], entry: &Entry) -> Result<Vec<u8>, Problem> {
    let name = &entry.name;
    if let Some(block) = find(text, name)? {
        refuse_foreign(text, name, Some(&block.whole))?;
        let joined = block.joined;
        let kept = kept_settings(&text[block.inside.clone()]);
        let mut anew = text[..block.whole.start].to_vec();
        anew.extend(written(entry, block.line_end, joined, &kept));
        anew.extend(&text[block.whole.end..]);
        return Ok(anew);
    }
    refuse_foreign(text, name, None)?;
    let end = line_end(text);
    let joined = !text.is_empty() && text != BYTE_ORDER_MARK && !text.ends_with(b"\n");
    let mut anew = text.to_vec();
    if joined {
        anew.extend(end);
    }
    anew.extend(written(entry, end, joined, &[]));
    Ok(anew)
}

/// The text without our profile of that name.
///
/// # Errors
/// There is none, it is not ours, or settings that follow our block would come to belong to the
/// profile before it.
pub fn remove(text: &[u8], name: &ProfileName) -> Result<Vec<u8>, Problem> {
    let Some(block) = find(text, name)? else {
        refuse_foreign(text, name, None)?;
        return Err(Problem::new(
            Code::NotFound,
            format!("There is no profile `{name}` in the AWS config file."),
        )
        .at("profile"));
    };
    if let Some(number) = orphaned_setting(text, block.whole.end) {
        return Err(Problem::new(
            Code::Refused,
            format!(
                "Line {number} belongs to the profile `{name}` and stands outside of what \
                 Leasehold wrote."
            ),
        )
        .with_hint(
            "Without the profile it would belong to the one before. Move it above the line that \
             ends Leasehold's block, or under a section of its own.",
        )
        .at("profile"));
    }
    let (before, after) = (&text[..block.whole.start], &text[block.whole.end..]);
    let joint = before.strip_suffix(block.line_end).filter(|_| block.joined);
    if let (Some(before), true) = (joint, after.is_empty()) {
        return Ok(before.to_vec());
    }
    let mut rest = before.to_vec();
    let begin = joint.map_or(0, |_| begin_of_ours(after));
    rest.extend(&after[..begin]);
    if begin > 0 {
        // The next of ours goes on to know that the line end before it came with us.
        rest.extend(JOINED.as_bytes());
    }
    rest.extend(&after[begin..]);
    Ok(rest)
}

/// How long the line is that begins a block of ours, where this text begins with one.
fn begin_of_ours(text: &[u8]) -> usize {
    let first = lines(text).next().map_or(&b""[..], |line| line.content);
    let is_ours = first.starts_with(b"# leasehold: profile ") && first.ends_with(b" begins");
    if is_ours { first.len() } else { 0 }
}

/// Whether a text, such as the shared credentials file, has a section for this profile.
#[must_use]
pub fn has_section(text: &[u8], name: &ProfileName) -> bool {
    sections(text).any(|(_, line)| names(&line, name))
}

/// Where our block stands.
struct Block {
    /// With the two lines around it.
    whole: Range<usize>,
    inside: Range<usize>,
    joined: bool,
    line_end: &'static [u8],
}

fn begin_line(name: &ProfileName) -> String {
    format!("# leasehold: profile {name} begins")
}

fn end_line(name: &ProfileName) -> String {
    format!("# leasehold: profile {name} ends")
}

fn find(text: &[u8], name: &ProfileName) -> Result<Option<Block>, Problem> {
    let (begin, end) = (begin_line(name), end_line(name));
    let joined_begin = format!("{begin}{JOINED}");
    let mut begun: Option<(Line<'_>, bool)> = None;
    for line in lines(text) {
        let said = line.content.trim_ascii_end();
        let is_joined = said == joined_begin.as_bytes();
        if said == begin.as_bytes() || is_joined {
            if begun.is_some() {
                return Err(torn(name, line.number));
            }
            begun = Some((line, is_joined));
        } else if said == end.as_bytes() {
            let Some((first, joined)) = begun else {
                return Err(torn(name, line.number));
            };
            return Ok(Some(Block {
                whole: first.start..line.end,
                inside: first.end..line.start,
                joined,
                line_end: line_end(&text[first.start..first.end]),
            }));
        }
    }
    match begun {
        Some((line, _)) => Err(torn(name, line.number)),
        None => Ok(None),
    }
}

fn torn(name: &ProfileName, number: usize) -> Problem {
    Problem::new(
        Code::Refused,
        format!(
            "Leasehold's block of the profile `{name}` is torn: line {number} has no other half."
        ),
    )
    .with_hint("Take what is left of it out by hand.")
    .at("profile")
}

/// What our block says, with the lines around it.
fn written(entry: &Entry, end: &[u8], joined: bool, kept: &[u8]) -> Vec<u8> {
    let name = &entry.name;
    let note = if joined { JOINED } else { "" };
    let mut text = Vec::new();
    for line in [
        format!("{}{note}", begin_line(name)),
        name.section(),
        format!("credential_process = {}", entry.command),
        format!("region = {}", entry.region),
    ] {
        text.extend(line.as_bytes());
        text.extend(end);
    }
    text.extend(kept);
    text.extend(end_line(name).as_bytes());
    text.extend(end);
    text
}

/// The lines inside a block that we did not write, as they are.
fn kept_settings(inside: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut is_seen = false;
    for line in lines(inside) {
        let is_header = !is_seen && header(line.content).is_some();
        is_seen |= is_header;
        let name = line.content.split(|byte| *byte == b'=').next();
        let is_ours = name.is_some_and(|name| OURS.contains(&name.trim_ascii_end()));
        if !is_header && !is_ours {
            kept.extend(&inside[line.start..line.end]);
        }
    }
    kept
}

/// Refuses when the profile stands outside of `ours`, or more than once inside.
fn refuse_foreign(
    text: &[u8],
    name: &ProfileName,
    ours: Option<&Range<usize>>,
) -> Result<(), Problem> {
    for (line, section) in sections(text) {
        let is_ours = ours.is_some_and(|ours| ours.contains(&line.start));
        if names(&section, name) && !is_ours {
            return Err(Problem::new(
                Code::NameTaken,
                format!(
                    "The AWS config file has a profile `{name}` of its own, in line {}.",
                    line.number
                ),
            )
            .with_hint("Leasehold leaves it alone. Choose another name with `--profile NAME`.")
            .at("profile"));
        }
        if !names(&section, name) && is_ours {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "Line {} begins another section inside of Leasehold's block of the profile \
                     `{name}`.",
                    line.number
                ),
            )
            .with_hint("Move that section out of the block.")
            .at("profile"));
        }
    }
    Ok(())
}

fn sections(text: &[u8]) -> impl Iterator<Item = (Line<'_>, Header<'_>)> {
    lines(text).filter_map(|line| {
        let section = header(line.content)?;
        Some((line, section))
    })
}

/// Whether AWS's tools take the section for this profile: `[profile x]`, and `[x]` as in the
/// credentials file.
fn names(section: &Header<'_>, name: &ProfileName) -> bool {
    let profile = name.as_str().as_bytes();
    match section.words.as_slice() {
        [b"profile", named] => *named == profile,
        [named] => *named == profile,
        _ => false,
    }
}

/// The number of the first line after this place that is a setting of the section before.
fn orphaned_setting(text: &[u8], from: usize) -> Option<usize> {
    let after = lines(text).skip_while(|line| line.start < from);
    for line in after {
        let said = line.content.trim_ascii();
        if said.is_empty() || matches!(said[0], b'#' | b';') {
            continue;
        }
        return header(line.content).is_none().then_some(line.number);
    }
    None
}

/// What ends the lines of this text: that of its first line.
fn line_end(text: &[u8]) -> &'static [u8] {
    let first = text.iter().position(|byte| *byte == b'\n');
    match first {
        Some(at) if at > 0 && text[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    }
}

#[cfg(test)]
mod tests;
