//! Moments for people: this computer's time zone, and how far away they are.

use chrono::{DateTime, Local, TimeDelta, Utc};
use leasehold_engine::SystemClock;
use leasehold_engine::wire::LeaseView;

/// `2026-11-21 15:23:00`
pub fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// A moment that lies behind us, with how long ago.
pub fn past(at: DateTime<Utc>) -> String {
    format!("{} ({})", moment(at), relative(at, now()))
}

/// A moment of AWS's clock, with how far away it is; `offset_ms` is how far that clock is ahead.
pub fn ahead(at: DateTime<Utc>, offset_ms: i64) -> String {
    format!("{} ({})", moment(at), relative(at, aws_now(offset_ms)))
}

/// Whether a lease's time is over.
pub fn is_over(lease: &LeaseView) -> bool {
    aws_now(lease.clock_offset_ms) >= lease.expires_at
}

/// When a lease's access ends, or ended.
pub fn expiry(lease: &LeaseView) -> String {
    ahead(lease.expires_at, lease.clock_offset_ms)
}

/// The same in a few characters, for a column.
pub fn short_expiry(at: DateTime<Utc>, offset_ms: i64) -> String {
    let now = aws_now(offset_ms);
    let is_near = (at - now).abs() < TimeDelta::days(1);
    let format = if is_near { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let local = at.with_timezone(&Local).format(format);
    format!("{local} ({})", relative(at, now))
}

fn now() -> DateTime<Utc> {
    SystemClock::shared().now()
}

fn aws_now(offset_ms: i64) -> DateTime<Utc> {
    now() + TimeDelta::try_milliseconds(offset_ms).unwrap_or_default()
}

/// `in 59 min`, `3 h 5 min ago`
fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    let far = distance(seconds.unsigned_abs());
    if at > now {
        format!("in {far}")
    } else {
        format!("{far} ago")
    }
}

/// Rounded down to what matters at that distance.
fn distance(seconds: u64) -> String {
    let minutes = seconds / 60;
    match minutes {
        0 => format!("{seconds} s"),
        1..60 => format!("{minutes} min"),
        60..2880 if minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        60..2880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_rounded_down_and_the_past_is_past() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let said = |seconds| relative(now + TimeDelta::seconds(seconds), now);
        assert_eq!(said(59), "in 59 s");
        assert_eq!(said(3599), "in 59 min");
        assert_eq!(said(3600), "in 1 h");
        assert_eq!(said(3 * 3600 + 305), "in 3 h 5 min");
        assert_eq!(said(30 * 86400), "in 30 days");
        assert_eq!(said(0), "0 s ago");
        assert_eq!(said(-61), "1 min ago");
        assert_eq!(said(-50 * 3600), "2 days ago");
    }
}
