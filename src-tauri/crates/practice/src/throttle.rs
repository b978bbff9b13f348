//! AWS's way of slowing callers down: a token bucket that answers `Throttling: Rate exceeded`.
//!
//! AWS publishes neither size nor rate of its buckets. Here it is off unless somebody asks for it.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// A token bucket over tokio's clock, so that tests may run it in virtual time.
#[derive(Debug)]
pub struct Throttle {
    per_second: f64,
    burst: f64,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    tokens: f64,
    filled: Instant,
    admitted: u64,
    refused: u64,
}

impl Throttle {
    /// A full bucket of `burst` calls that is filled with `per_second` calls.
    #[must_use]
    pub fn new(per_second: f64, burst: f64) -> Self {
        Self {
            per_second,
            burst,
            inside: Mutex::new(Inside {
                tokens: burst,
                filled: Instant::now(),
                admitted: 0,
                refused: 0,
            }),
        }
    }

    /// Takes a call out of the bucket, where one is left.
    #[must_use]
    pub fn admits(&self) -> bool {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = now.duration_since(inside.filled).as_secs_f64();
        inside.tokens = (inside.tokens + passed * self.per_second).min(self.burst);
        inside.filled = now;
        if inside.tokens < 1.0 {
            inside.refused += 1;
            return false;
        }
        inside.tokens -= 1.0;
        inside.admitted += 1;
        true
    }

    /// Calls that were admitted and refused so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        (inside.admitted, inside.refused)
    }
}
