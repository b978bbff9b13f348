//! How long a lease lives: one grammar for typing it and for printing it.

use std::fmt;

use chrono::TimeDelta;

use crate::Problem;

/// The units, largest first: letter, seconds, and every spelling that is understood.
const UNITS: [(char, u64, &[&str]); 6] = [
    ('y', 365 * 86_400, &["y", "year", "years"]),
    ('w', 7 * 86_400, &["w", "week", "weeks"]),
    ('d', 86_400, &["d", "day", "days"]),
    ('h', 3_600, &["h", "hour", "hours", "hr", "hrs"]),
    ('m', 60, &["m", "minute", "minutes", "min", "mins"]),
    ('s', 1, &["s", "second", "seconds", "sec", "secs"]),
];

/// Longer texts are refused before they are read.
const MAX_CHARS: usize = 64;

/// Decimal places that count; the rest cannot change a whole second.
const MAX_FRACTION_DIGITS: usize = 15;

const EXAMPLE: &str =
    "Write a number with a unit, for example 90s, 15m, 1h30m, 1.5h, 2 days or 1w.";

/// A time to live in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(u64);

impl Ttl {
    /// One minute: the shortest TTL of a lease.
    pub const MIN: Self = Self(60);
    /// Ten years of 365 days: the longest TTL of a lease.
    pub const MAX: Self = Self(10 * 365 * 86_400);

    /// A TTL of so many seconds, without the bounds of a lease.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// The whole seconds.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0
    }

    /// The same span for calculating with moments; spans beyond chrono's range become its largest.
    #[must_use]
    pub fn as_delta(self) -> TimeDelta {
        i64::try_from(self.0)
            .ok()
            .and_then(TimeDelta::try_seconds)
            .unwrap_or(TimeDelta::MAX)
    }

    /// Reads the grammar: numbers with units, largest unit first, each unit once. Fractions round
    /// down to whole seconds; a year is 365 days.
    ///
    /// # Errors
    /// Field `ttl`, with an example, for anything else.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse_at("ttl", text)
    }

    /// The grammar, then the bounds of a lease: one minute to ten years.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse_bounded(field: &str, text: &str) -> Result<Self, Problem> {
        let ttl = Self::parse_at(field, text)?;
        if ttl < Self::MIN {
            return Err(Problem::refused_input(
                field,
                format!("{ttl} is too short: a TTL is at least 1 minute."),
                "Write 1m or more.",
            ));
        }
        if ttl > Self::MAX {
            return Err(Problem::refused_input(
                field,
                format!("{ttl} is too long: a TTL is at most 10 years."),
                "Write 10y or less, where a year is 365 days.",
            ));
        }
        Ok(ttl)
    }

    fn parse_at(field: &str, text: &str) -> Result<Self, Problem> {
        read(text)
            .map(Self)
            .map_err(|rule| Problem::refused_input(field, rule, EXAMPLE))
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (letter, size, _) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                write!(f, "{count}{letter}")?;
            }
        }
        Ok(())
    }
}

/// The TTL of a new lease: what was asked for, or the secret's default; never above its maximum.
///
/// # Errors
/// Field `ttl`: the grammar, the bounds, or above `max`.
pub fn lease_ttl(requested: Option<&str>, default: Ttl, max: Ttl) -> Result<Ttl, Problem> {
    let Some(text) = requested else {
        return Ok(default.min(max));
    };
    let ttl = Ttl::parse_bounded("ttl", text)?;
    if ttl > max {
        return Err(Problem::refused_input(
            "ttl",
            format!("{ttl} is more than the Max TTL of this dynamic secret, {max}."),
            format!("Ask for {max} or less, or raise the Max TTL of the dynamic secret."),
        ));
    }
    Ok(ttl)
}

/// Seconds of a text, or the rule that it breaks.
fn read(text: &str) -> Result<u64, String> {
    if text.chars().count() > MAX_CHARS {
        return Err(format!("A TTL has at most {MAX_CHARS} characters."));
    }
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("The TTL is empty.".into());
    }
    if rest.starts_with(['-', '+', '\u{2212}']) {
        return Err(format!(
            "`{rest}` has a sign: a TTL is a plain, positive length of time."
        ));
    }
    let mut total: u128 = 0;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let (number, after_number) = split_at_first(rest, |c| !c.is_ascii_digit() && c != '.');
        let after_number = after_number.trim_start();
        let (name, after_unit) = split_at_first(after_number, |c| !c.is_alphabetic());
        if number.is_empty() {
            return Err(format!("`{}` does not begin with a number.", clip(rest)));
        }
        if name.is_empty() {
            return Err(format!(
                "`{}` has no unit after {number}.",
                clip(text.trim())
            ));
        }
        let size = unit(name)?;
        if size >= smallest {
            return Err(format!(
                "`{}` is out of order: the largest unit comes first, each unit once.",
                clip(text.trim())
            ));
        }
        smallest = size;
        total = total.saturating_add(scaled(number, size)?);
        rest = after_unit.trim_start();
    }
    // Fractions were carried in units of 10^-15 s, so that only the sum is rounded.
    u64::try_from(total / SCALE).map_err(|_| format!("`{}` is too long.", clip(text.trim())))
}

const SCALE: u128 = 10u128.pow(MAX_FRACTION_DIGITS as u32);

/// `number` times `size`, in units of 10^-15 seconds.
fn scaled(number: &str, size: u64) -> Result<u128, String> {
    let (whole, fraction) = match number.split_once('.') {
        None => (number, ""),
        Some((whole, fraction))
            if !whole.is_empty()
                && !fraction.is_empty()
                && fraction.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (whole, fraction)
        }
        Some(_) => return Err(format!("`{}` is not a number.", clip(number))),
    };
    let too_long = || format!("`{}` is too long.", clip(number));
    let whole: u64 = whole.parse().map_err(|_| too_long())?;
    let mut digits: String = fraction.chars().take(MAX_FRACTION_DIGITS).collect();
    while digits.len() < MAX_FRACTION_DIGITS {
        digits.push('0');
    }
    let fraction: u128 = digits.parse().map_err(|_| too_long())?;
    u128::from(whole)
        .checked_mul(SCALE)
        .and_then(|scaled| scaled.checked_add(fraction))
        .and_then(|scaled| scaled.checked_mul(u128::from(size)))
        .ok_or_else(too_long)
}

fn unit(name: &str) -> Result<u64, String> {
    if let Some((_, size, _)) = UNITS.iter().find(|(_, _, names)| names.contains(&name)) {
        return Ok(*size);
    }
    Err(match name {
        "M" => "`M` is not a unit: minutes are `m`, and months have no fixed length.".into(),
        "mo" | "mon" | "month" | "months" => {
            "Months have no fixed length: use days or weeks instead.".into()
        }
        "ms" | "ns" | "us" => format!("`{name}` is not a unit: a TTL has whole seconds."),
        _ => format!(
            "`{}` is not a unit; units are s, m, h, d, w and y.",
            clip(name)
        ),
    })
}

fn split_at_first(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

fn clip(text: &str) -> String {
    crate::suggest::clip(text, 32)
}

#[cfg(test)]
mod tests;
