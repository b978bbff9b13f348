//! Paths with `*`, `+` and `{{claim}}`.

use std::fmt;

use crate::suggest::clip;
use crate::{ClaimKey, Claims, ItemPath, Problem};

const MAX_LEN: usize = 512;

/// A path with wildcards: `*` is any run of characters across parts, `+` at least one character inside
/// one part, `{{claim}}` a whole part that equals the caller's sub-claim.
///
/// A claim's value is compared as it is, never pasted into the pattern: a session named `..`, `a+b`,
/// `*` or `{{arn}}` is only ever itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathPattern {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Piece {
    Char(char),
    /// `*`
    Any,
    /// `+`
    Inside,
    Claim(ClaimKey),
}

/// Whether a pattern applies to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathMatch {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot apply to this caller, who has no such sub-claim.
    NoClaim(ClaimKey),
}

impl PathPattern {
    /// Reads a pattern; a missing leading slash is put right.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let trimmed = text.trim();
        let text = format!("/{}", trimmed.strip_prefix('/').unwrap_or(trimmed));
        let shown = clip(&text, 80);
        let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
        if text.len() > MAX_LEN {
            return refuse(
                format!(
                    "A path rule has at most {MAX_LEN} characters; this has {}.",
                    text.len()
                ),
                "Use wildcards.".into(),
            );
        }
        if text == "/" {
            return refuse(
                "A path rule without a path reaches nothing.".into(),
                "Write /environment/folder/*, or /* for everything.".into(),
            );
        }
        if let Some(folder) = text.strip_suffix('/') {
            return refuse(
                format!("`{shown}` ends in a slash, and no secret is called that."),
                format!("Write {}/* for everything below it.", clip(folder, 80)),
            );
        }
        let mut pieces = Vec::new();
        for part in text.split('/').skip(1) {
            pieces.push(Piece::Char('/'));
            read_part(field, &shown, part, &mut pieces)?;
        }
        Ok(Self { text, pieces })
    }

    /// Whether this applies to a path, for a caller with these sub-claims.
    #[must_use]
    pub fn matches(&self, path: &ItemPath, claims: &Claims, case_sensitive: bool) -> PathMatch {
        let mut spelled = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Char(c) => spelled.push(Step::Char(*c)),
                Piece::Any => spelled.push(Step::Any),
                Piece::Inside => spelled.push(Step::Inside),
                Piece::Claim(key) => match claims.get(key) {
                    None => return PathMatch::NoClaim(*key),
                    // An empty value or one with a slash is no part of a path.
                    Some(value) if value.is_empty() || value.contains('/') => return PathMatch::No,
                    Some(value) => spelled.extend(value.chars().map(|c| {
                        Step::Char(if case_sensitive {
                            c
                        } else {
                            c.to_ascii_lowercase()
                        })
                    })),
                },
            }
        }
        if walk(&spelled, path.as_str()) {
            return PathMatch::Yes;
        }
        PathMatch::No
    }

    /// True when its first part has a wildcard, so that it reaches into more than one environment.
    #[must_use]
    pub fn spans_environments(&self) -> bool {
        let first = self.text.split('/').nth(1).unwrap_or_default();
        first.contains(['*', '+', '{'])
    }

    /// True when it depends on who asks.
    #[must_use]
    pub fn has_claims(&self) -> bool {
        self.pieces.iter().any(|p| matches!(p, Piece::Claim(_)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn read_part(field: &str, shown: &str, part: &str, into: &mut Vec<Piece>) -> Result<(), Problem> {
    let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
    if part.contains(['{', '}']) {
        let Some(name) = part
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"))
        else {
            return refuse(
                format!(
                    "`{shown}` has a sub-claim that shares its part of the path with something."
                ),
                "Let it stand alone between slashes, for example /dev/{{role_name}}/*.".into(),
            );
        };
        let key = ClaimKey::parse(field, name.trim())?;
        if matches!(key, ClaimKey::Arn | ClaimKey::CanonicalArn) {
            return refuse(
                format!("`{shown}` has an ARN as one part of a path, which it never is."),
                "Use {{role_name}}, {{user_name}} or {{account_id}}.".into(),
            );
        }
        into.push(Piece::Claim(key));
        return Ok(());
    }
    if part.is_empty() || part == "." || part == ".." {
        return refuse(
            format!("`{shown}` has a part that no path has: an empty one, `.` or `..`."),
            "Write the names between single slashes.".into(),
        );
    }
    for c in part.chars() {
        into.push(match c {
            '*' => Piece::Any,
            '+' => Piece::Inside,
            'a'..='z' | '0'..='9' | '-' | '.' | '_' => Piece::Char(c),
            'A'..='Z' => {
                return refuse(
                    format!("`{shown}` has capital letters, and no path here has any."),
                    format!("Write {}.", shown.to_lowercase()),
                );
            }
            '?' => {
                return refuse(
                    format!("`{shown}` has a `?`, which is no wildcard of paths."),
                    "Use + for any characters inside one part, * for any at all.".into(),
                );
            }
            other => {
                return refuse(
                    format!(
                        "`{}` is in no name: those have a-z, 0-9 and - . _ only.",
                        clip(&other.to_string(), 1)
                    ),
                    "Use + or * in its place.".into(),
                );
            }
        });
    }
    Ok(())
}

enum Step {
    Char(char),
    Any,
    Inside,
}

/// Every place in the text that can be reached after each step: pairs of steps and characters, no more.
fn walk(steps: &[Step], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for step in steps {
        let mut next = vec![false; text.len() + 1];
        if let (Step::Any, Some(first)) = (step, next.first_mut()) {
            *first = reached.first().copied().unwrap_or_default();
        }
        for (at, c) in text.iter().enumerate() {
            let before = reached.get(at).copied().unwrap_or_default();
            let on = next.get(at).copied().unwrap_or_default();
            let after = reached.get(at + 1).copied().unwrap_or_default();
            let here = match step {
                Step::Char(own) => before && own == c,
                Step::Any => after || on,
                Step::Inside => (before || on) && *c != '/',
            };
            if let Some(cell) = next.get_mut(at + 1) {
                *cell = here;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}
