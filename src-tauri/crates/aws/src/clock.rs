//! AWS's time: how far this computer's clock is off, measured from the `Date` of every answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Answers slower than this say too little about the moment they were written.
const TRUSTED_ROUND_TRIP: Duration = Duration::from_secs(5);
/// `Date` counts whole seconds, so a smaller difference is noise.
const NOISE_MS: i64 = 2_000;
/// AWS refuses a request whose time is farther off (AWS General Reference, "Signing AWS API
/// requests": five minutes, fifteen for some services).
const SIGNATURE_LIFE_MS: i64 = 15 * 60 * 1_000;
/// No clock is wrong by more; a header that says so is.
const LARGEST_MS: i64 = 20 * 365 * 86_400 * 1_000;

/// How far AWS's clock is ahead of this computer's, in milliseconds; shared by clones.
///
/// Zero while the two agree within the granularity of the `Date` header.
#[derive(Debug, Clone, Default)]
pub struct ClockOffset(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ms: AtomicI64,
    /// AWS took a request that was signed with the offset as it stands.
    agreed: AtomicBool,
    /// This computer's time; the system's where nothing is said.
    local: Option<LocalTime>,
}

/// How this computer's uncorrected time is read.
pub type LocalTime = Box<dyn Fn() -> SystemTime + Send + Sync>;

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("ms", &self.ms)
            .field("agreed", &self.agreed)
            .finish_non_exhaustive()
    }
}

impl ClockOffset {
    /// An offset known from before, in milliseconds.
    #[must_use]
    pub fn new(ms: i64) -> Self {
        let offset = Self::default();
        offset.set(ms);
        offset
    }

    /// The same, against another clock than the system's: for whoever owns this computer's time.
    #[must_use]
    pub fn against(ms: i64, local: LocalTime) -> Self {
        let offset = Self(Arc::new(Inner {
            local: Some(local),
            ..Inner::default()
        }));
        offset.set(ms);
        offset
    }

    /// This computer's time, uncorrected.
    pub(crate) fn local(&self) -> SystemTime {
        match &self.0.local {
            Some(local) => local(),
            None => SystemTime::now(),
        }
    }

    /// Milliseconds to add to this computer's time to get AWS's.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.ms.load(Ordering::Relaxed)
    }

    /// Sets the offset, in milliseconds; absurd values are cut to 20 years.
    pub fn set(&self, ms: i64) {
        let ms = ms.clamp(-LARGEST_MS, LARGEST_MS);
        if self.0.ms.swap(ms, Ordering::Relaxed) != ms {
            self.doubt();
        }
    }

    /// Learns from the `Date` header of an answer to a request that left at `sent` (this
    /// computer's uncorrected time) and was answered after `round_trip`. Says whether the offset
    /// moved.
    ///
    /// Left alone when the header is unreadable, the round trip took 5 s or more, or the
    /// difference to what is known is below 2 s plus half the round trip. `taken_with` is the
    /// offset of a request that AWS took: a `Date` more than 15 minutes from its time contradicts
    /// that, and was written by somebody else on the way.
    pub fn observe(
        &self,
        date: &str,
        sent: SystemTime,
        round_trip: Duration,
        taken_with: Option<i64>,
    ) -> bool {
        let Some(measured) = measure(date, sent, round_trip) else {
            return false;
        };
        if taken_with.is_some_and(|signed| (measured - signed).abs() > SIGNATURE_LIFE_MS) {
            return false;
        }
        let known = self.get();
        let doubt = i64::try_from(round_trip.as_millis() / 2).unwrap_or(i64::MAX);
        if (measured - known).abs() < NOISE_MS.saturating_add(doubt) {
            return false;
        }
        let settled = if measured.abs() < NOISE_MS {
            0
        } else {
            measured
        };
        self.set(settled);
        settled != known
    }

    /// Whether AWS took a request that was signed with this offset, since it was last set or
    /// doubted. AWS refuses a signature that is minutes off (IAM User Guide, "Signature Version
    /// 4"), so that whoever writes the `Date` alone, a proxy on the way, cannot bring this about.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.0.agreed.load(Ordering::Relaxed)
    }

    /// This computer's clock may have been set: the offset counts as unproven until AWS takes a
    /// request signed with it.
    pub fn doubt(&self) {
        self.0.agreed.store(false, Ordering::Relaxed);
    }

    /// AWS took a request that was signed while the offset was `signed_with`.
    pub(crate) fn agree(&self, signed_with: i64) {
        if (self.get() - signed_with).abs() < NOISE_MS {
            self.0.agreed.store(true, Ordering::Relaxed);
        }
    }

    /// This computer's time corrected to AWS's.
    fn correct(&self, local: SystemTime) -> SystemTime {
        let ms = self.get();
        let by = Duration::from_millis(ms.unsigned_abs());
        let corrected = if ms < 0 {
            local.checked_sub(by)
        } else {
            local.checked_add(by)
        };
        corrected.unwrap_or(local)
    }
}

/// AWS's time minus the middle of the round trip, in milliseconds.
fn measure(date: &str, sent: SystemTime, round_trip: Duration) -> Option<i64> {
    if round_trip >= TRUSTED_ROUND_TRIP {
        return None;
    }
    let date = DateTime::from_str(date, Format::HttpDate)
        .ok()?
        .to_millis()
        .ok()?;
    let middle = DateTime::from(sent + round_trip / 2).to_millis().ok()?;
    // The header drops the fraction of a second: on average it is half a second older.
    let measured = date.checked_add(500)?.checked_sub(middle)?;
    (measured.abs() <= LARGEST_MS).then_some(measured)
}

/// The time requests are signed with: the system's, corrected.
#[derive(Debug, Clone)]
pub(crate) struct AwsTime(pub(crate) ClockOffset);

impl TimeSource for AwsTime {
    fn now(&self) -> SystemTime {
        self.0.correct(self.0.local())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sat, 21 Nov 2026 12:00:00 GMT.
    const NOON: u64 = 1_795_262_400;
    const NOON_HEADER: &str = "Sat, 21 Nov 2026 12:00:00 GMT";
    const QUICK: Duration = Duration::from_millis(100);

    fn at(ms_from_noon: i64) -> SystemTime {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(NOON);
        let by = Duration::from_millis(ms_from_noon.unsigned_abs());
        if ms_from_noon < 0 {
            noon - by
        } else {
            noon + by
        }
    }

    #[test]
    fn clocks_that_agree_within_the_granularity_of_the_header_stay_at_zero() {
        for local in [-1_400, -999, 0, 500, 999, 1_900] {
            let offset = ClockOffset::default();
            assert!(
                !offset.observe(NOON_HEADER, at(local), QUICK, None),
                "{local}"
            );
            assert_eq!(offset.get(), 0);
        }
    }

    #[test]
    fn a_slow_clock_is_corrected_forwards_and_a_fast_one_backwards() {
        let offset = ClockOffset::default();
        assert!(offset.observe(NOON_HEADER, at(-3_600_000), QUICK, None));
        assert_eq!(offset.get(), 3_600_450);
        assert!(offset.observe(NOON_HEADER, at(3_600_000), QUICK, None));
        assert_eq!(offset.get(), -3_599_550);
        assert_eq!(offset.correct(at(3_600_000)), at(450));
    }

    #[test]
    fn a_date_that_contradicts_a_signature_that_was_taken_is_not_believed() {
        let offset = ClockOffset::default();
        assert!(!offset.observe(NOON_HEADER, at(-86_400_000), QUICK, Some(0)));
        assert!(!offset.observe(NOON_HEADER, at(86_400_000), QUICK, Some(0)));
        assert_eq!(offset.get(), 0);
        assert!(offset.observe(NOON_HEADER, at(-600_000), QUICK, Some(0)));
        assert!(offset.observe(NOON_HEADER, at(-86_400_000), QUICK, Some(86_000_000)));
    }

    #[test]
    fn the_middle_of_the_round_trip_is_what_counts() {
        let offset = ClockOffset::default();
        assert!(offset.observe(NOON_HEADER, at(-61_000), Duration::from_secs(2), None));
        assert_eq!(offset.get(), 60_500);
    }

    #[test]
    fn jitter_around_a_known_offset_moves_nothing() {
        let offset = ClockOffset::new(2_100);
        for local in [-3_000, -2_000, -1_000, -100] {
            assert!(
                !offset.observe(NOON_HEADER, at(local), QUICK, None),
                "{local}"
            );
        }
        assert_eq!(offset.get(), 2_100);
    }

    #[test]
    fn a_clock_set_right_brings_the_offset_back_to_exactly_zero() {
        let offset = ClockOffset::new(3_600_000);
        assert!(offset.observe(NOON_HEADER, at(300), QUICK, None));
        assert_eq!(offset.get(), 0);
    }

    #[test]
    fn slow_answers_and_unreadable_or_absurd_dates_teach_nothing() {
        let offset = ClockOffset::default();
        assert!(!offset.observe(NOON_HEADER, at(-3_600_000), Duration::from_secs(5), None));
        assert!(!offset.observe("tomorrow", at(-3_600_000), QUICK, None));
        assert!(!offset.observe("Fri, 31 Dec 9999 23:59:59 GMT", at(0), QUICK, None));
        assert_eq!(offset.get(), 0);
    }

    #[test]
    fn a_slow_round_trip_needs_a_larger_difference() {
        let offset = ClockOffset::default();
        assert!(!offset.observe(NOON_HEADER, at(-5_400), Duration::from_secs(4), None));
        assert!(offset.observe(NOON_HEADER, at(-9_500), Duration::from_secs(4), None));
    }

    #[test]
    fn only_a_request_signed_with_the_offset_as_it_stands_proves_it() {
        let offset = ClockOffset::new(3_600_000);
        assert!(!offset.is_agreed());
        offset.agree(0);
        assert!(!offset.is_agreed(), "signed before it was moved");
        offset.agree(3_600_000);
        assert!(offset.is_agreed());
        offset.set(3_600_000);
        assert!(offset.is_agreed());
        offset.set(0);
        assert!(!offset.is_agreed());
        offset.agree(0);
        offset.doubt();
        assert!(!offset.is_agreed());
    }

    #[test]
    fn clones_share_one_offset() {
        let offset = ClockOffset::default();
        offset.clone().set(5_000);
        assert_eq!(offset.get(), 5_000);
        offset.set(i64::MIN);
        assert_eq!(offset.get(), -LARGEST_MS);
    }
}
