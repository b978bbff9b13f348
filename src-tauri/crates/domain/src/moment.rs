//! Moments as guards carry them: whole seconds, UTC, two spellings that are fixed byte for byte.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};

/// A whole second, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime<Utc>);

const NAME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

impl Moment {
    /// The spelling inside policy documents: `2026-11-21T15:23:00Z`.
    #[must_use]
    pub fn document(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The spelling inside policy names: `20261121T152300Z`.
    #[must_use]
    pub fn name(self) -> String {
        self.0.format(NAME_FORMAT).to_string()
    }

    /// Reads [`Moment::name`] back; anything that it would not have written is `None`.
    #[must_use]
    pub fn parse_name(text: &str) -> Option<Self> {
        let shape = text.len() == 16
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return None;
        }
        let moment = Self::from(
            NaiveDateTime::parse_from_str(text, NAME_FORMAT)
                .ok()?
                .and_utc(),
        );
        (moment.name() == text).then_some(moment)
    }

    /// The moment as chrono has it.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Moment {
    /// Fractions of a second, leap seconds among them, are dropped: a guard is never later than the
    /// lease it stands for.
    fn from(at: DateTime<Utc>) -> Self {
        Self(DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    #[test]
    fn both_spellings_are_exact() {
        let at = Utc.with_ymd_and_hms(2026, 11, 21, 15, 23, 0).unwrap();
        let moment = Moment::from(at + chrono::TimeDelta::milliseconds(999));
        assert_eq!(moment.document(), "2026-11-21T15:23:00Z");
        assert_eq!(moment.name(), "20261121T152300Z");
        assert_eq!(moment.datetime(), at);
    }

    #[test]
    fn only_the_exact_name_is_read_back() {
        for wrong in [
            "",
            "20261121T152300",
            "20261121t152300Z",
            "20261121T152300z",
            "2026-11-21T15:23:00Z",
            "20261321T152300Z",
            "20260230T152300Z",
            "20261121T252300Z",
            "20261121T152360Z",
            "+0261121T152300Z",
            "20261121T152300ZZ",
            "2026112\u{661}T52300Z",
        ] {
            assert_eq!(Moment::parse_name(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_until_the_year_9999_reads_back(secs in 0i64..=253_402_300_799, nanos in 0u32..1_000_000_000) {
            let moment = Moment::from(DateTime::from_timestamp(secs, nanos).unwrap());
            prop_assert_eq!(Moment::parse_name(&moment.name()), Some(moment));
            prop_assert_eq!(moment.datetime().timestamp(), secs);
        }

        #[test]
        fn reading_never_panics(text in ".{0,40}") {
            let _ = Moment::parse_name(&text);
        }
    }
}
