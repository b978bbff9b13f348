//! How fast one account's calls may go: learned from AWS's throttling, since AWS publishes no rate.

use std::time::Duration;

use tokio::time::Instant;

/// Calls under way at once, at most.
const WIDEST: usize = 16;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// A rate above this is none: AWS's buckets are smaller.
const FASTEST: f64 = 100.0;
/// Slower than this nothing would ever be learned.
const SLOWEST: f64 = 0.5;
/// So much faster, in calls a second, after each second that went well.
const RECOVERY: f64 = 0.5;
/// The time over which starts are counted to learn the present rate.
const WINDOW: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Pace {
    /// How many calls may be under way.
    width: usize,
    /// Calls that went well since the width last changed.
    went_well: usize,
    /// Nothing starts before this moment.
    paused_until: Option<Instant>,
    /// The length of the last pause.
    pause: Duration,
    /// Starts a second, once AWS has throttled.
    rate: Option<f64>,
    /// When the last call started.
    last_start: Option<Instant>,
    /// When the present window began, its starts, and the rate of the one before.
    window: Option<(Instant, u32)>,
    measured: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            width: WIDEST,
            went_well: 0,
            paused_until: None,
            pause: Duration::ZERO,
            rate: None,
            last_start: None,
            window: None,
            measured: 0.0,
        }
    }
}

impl Pace {
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn per_second(&self) -> Option<f64> {
        self.rate
    }

    /// When the next call may start; `None` is now.
    pub(crate) fn next_start(&self, now: Instant) -> Option<Instant> {
        let by_rate = match (self.rate, self.last_start) {
            (Some(rate), Some(last)) => Some(last + Duration::from_secs_f64(1.0 / rate)),
            _ => None,
        };
        self.paused_until
            .max(by_rate)
            .filter(|moment| now < *moment)
    }

    pub(crate) fn starts(&mut self, now: Instant) {
        self.last_start = Some(now);
        let (began, count) = self.window.unwrap_or((now, 0));
        if now.duration_since(began) < WINDOW {
            self.window = Some((began, count + 1));
            return;
        }
        self.measured = f64::from(count) / now.duration_since(began).as_secs_f64();
        self.window = Some((now, 1));
    }

    /// Half as many at once and in a second, after a pause that doubles each time.
    ///
    /// Answers that arrive during the pause were asked before it and change nothing.
    pub(crate) fn throttled(&mut self, now: Instant) {
        if self.is_paused(now) {
            return;
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.paused_until = Some(now + self.pause);
        self.went_well = 0;
        self.width = (self.width / 2).max(1);
        let present = self.rate.unwrap_or_else(|| self.present_rate(now));
        self.rate = Some((present / 2.0).clamp(SLOWEST, FASTEST));
    }

    /// Gives back slowly: after a whole width of calls one more at once, each second a little
    /// more in a second.
    pub(crate) fn went_well(&mut self, now: Instant) {
        if self.is_paused(now) {
            return;
        }
        if let Some(rate) = self.rate {
            // So many calls went well in a second; each brings its part.
            let faster = rate + RECOVERY / rate.max(1.0);
            self.rate = Some(faster).filter(|rate| *rate < FASTEST);
        }
        self.went_well += 1;
        if self.went_well < self.width {
            return;
        }
        self.went_well = 0;
        self.pause /= 2;
        self.width = (self.width + 1).min(WIDEST);
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|end| now < end)
    }

    /// Starts a second just now, as far as they were counted.
    fn present_rate(&self, now: Instant) -> f64 {
        let Some((began, count)) = self.window else {
            return FASTEST;
        };
        let passed = now.duration_since(began).as_secs_f64().max(0.2);
        (f64::from(count) / passed).max(self.measured)
    }
}
