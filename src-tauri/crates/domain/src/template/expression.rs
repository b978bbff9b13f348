//! What stands between two pairs of braces: its value, its length, its randomness.

use super::TemplateContext;
use crate::Problem;
use crate::names::is_iam_name_char;
use crate::problem::Code;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Expression {
    RandomUsername,
    UnixTimestamp,
    SecretName,
    IdentityName,
    Random(usize),
    Truncate(Box<Expression>, usize),
    Replace {
        inner: Box<Expression>,
        from: String,
        to: String,
    },
    Uppercase(Box<Expression>),
    Lowercase(Box<Expression>),
}

/// `{{randomUsername}}` is this and 24 random characters.
const RANDOM_PREFIX: &str = "lh-";
const RANDOM_CHARS: usize = 24;

/// Identities are cut here: they only help a person to recognise a user.
const IDENTITY_CHARS: usize = 32;

/// How long the values from outside are.
pub(super) struct Lengths {
    secret: usize,
    identity: usize,
}

impl Lengths {
    pub(super) fn shortest() -> Self {
        Self {
            secret: 1,
            identity: 1,
        }
    }

    pub(super) fn longest() -> Self {
        Self {
            secret: 64,
            identity: IDENTITY_CHARS,
        }
    }

    pub(super) fn of_secret(name: &str) -> Self {
        Self {
            secret: name.chars().count(),
            identity: IDENTITY_CHARS,
        }
    }
}

impl Expression {
    /// Length of the longest value. All values are ASCII.
    pub(super) fn max_len(&self, lengths: &Lengths) -> usize {
        match self {
            Self::RandomUsername => RANDOM_PREFIX.len() + RANDOM_CHARS,
            Self::UnixTimestamp => 10,
            Self::SecretName => lengths.secret,
            Self::IdentityName => lengths.identity,
            Self::Random(n) => *n,
            Self::Truncate(inner, n) => inner.max_len(lengths).min(*n),
            Self::Replace { inner, from, to } => {
                let len = inner.max_len(lengths);
                // Every replacement may grow the text; what is not replaced stays.
                let times = len / from.len().max(1);
                len.max(
                    times
                        .saturating_mul(to.len())
                        .saturating_add(len % from.len().max(1)),
                )
            }
            Self::Uppercase(inner) | Self::Lowercase(inner) => inner.max_len(lengths),
        }
    }

    /// Random bits of the first `keep` characters, letters compared without case. Replacing may
    /// destroy randomness, so nothing inside of it counts.
    fn random_bits_of(&self, keep: usize) -> f64 {
        let chars = match self {
            Self::RandomUsername => keep.saturating_sub(RANDOM_PREFIX.len()).min(RANDOM_CHARS),
            Self::Random(n) => keep.min(*n),
            Self::Truncate(inner, n) => return inner.random_bits_of(keep.min(*n)),
            Self::Uppercase(inner) | Self::Lowercase(inner) => return inner.random_bits_of(keep),
            Self::UnixTimestamp | Self::SecretName | Self::IdentityName | Self::Replace { .. } => 0,
        };
        u32::try_from(chars).map_or(0.0, f64::from) * 36f64.log2()
    }

    pub(super) fn random_bits(&self) -> f64 {
        self.random_bits_of(usize::MAX)
    }

    pub(super) fn render(
        &self,
        context: &TemplateContext<'_>,
        random: &mut impl FnMut(&mut [u8]),
    ) -> Result<String, Problem> {
        Ok(match self {
            Self::RandomUsername => {
                format!("{RANDOM_PREFIX}{}", random_text(RANDOM_CHARS, random)?)
            }
            Self::UnixTimestamp => context.unix_timestamp.to_string(),
            Self::SecretName => recognisable(context.secret, 64),
            Self::IdentityName => recognisable(context.identity, IDENTITY_CHARS),
            Self::Random(n) => random_text(*n, random)?,
            Self::Truncate(inner, n) => inner
                .render_boxed(context, random)?
                .chars()
                .take(*n)
                .collect(),
            Self::Replace { inner, from, to } => inner
                .render_boxed(context, random)?
                .replace(from.as_str(), to),
            Self::Uppercase(inner) => inner.render_boxed(context, random)?.to_ascii_uppercase(),
            Self::Lowercase(inner) => inner.render_boxed(context, random)?.to_ascii_lowercase(),
        })
    }

    fn render_boxed(
        &self,
        context: &TemplateContext<'_>,
        random: &mut impl FnMut(&mut [u8]),
    ) -> Result<String, Problem> {
        self.render(context, random)
    }
}

/// A value from outside with only the characters that IAM takes, never empty.
fn recognisable(text: &str, max: usize) -> String {
    let out: String = text
        .chars()
        .take(max)
        .map(|c| if is_iam_name_char(c) { c } else { '_' })
        .collect();
    if out.is_empty() { "_".into() } else { out }
}

/// Random letters and digits. Of the 36 that AWS tells apart each is equally likely; the case of
/// letters is one more coin. A byte gives 7 bits for the character, of which 108 = 3 × 36 values
/// count, and one for the case.
fn random_text(len: usize, random: &mut impl FnMut(&mut [u8])) -> Result<String, Problem> {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut out = String::with_capacity(len);
    // A fair source needs two rounds at most in practice; a broken one must not hang the caller.
    for _ in 0..64 {
        let mut bytes = [0u8; 64];
        random(&mut bytes);
        for byte in bytes {
            let value = byte & 0x7f;
            let chosen = ALPHABET
                .get(usize::from(value % 36))
                .filter(|_| value < 108);
            let Some(chosen) = chosen else { continue };
            if out.len() == len {
                break;
            }
            let upper = byte & 0x80 != 0;
            out.push(char::from(if upper {
                chosen.to_ascii_uppercase()
            } else {
                *chosen
            }));
        }
        if out.len() == len {
            return Ok(out);
        }
    }
    Err(Problem::new(
        Code::Internal,
        "The source of randomness is not random.",
    ))
}
