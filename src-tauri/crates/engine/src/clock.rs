//! Where the engine reads this computer's time, so that a test can own it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// This computer's wall clock. AWS's time is this plus the connection's measured offset.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The wall-clock time now.
    fn now(&self) -> DateTime<Utc>;

    /// Time that only ever passes, from a moment of its own. Setting the wall clock does not move
    /// it; whether it goes on while the computer sleeps is up to the system.
    fn passed(&self) -> Duration {
        START.elapsed()
    }
}

/// When this process first asked.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The operating system's clock.
///
/// Debug builds add `LEASEHOLD_TEST_CLOCK_OFFSET` seconds to it, so that a test can move one
/// process's time; release builds do not read the variable.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    offset: chrono::TimeDelta,
}

impl SystemClock {
    /// The clock to hand to [`crate::Engine::open`] outside tests.
    #[must_use]
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self {
            offset: test_offset(),
        })
    }
}

#[cfg(debug_assertions)]
fn test_offset() -> chrono::TimeDelta {
    std::env::var("LEASEHOLD_TEST_CLOCK_OFFSET")
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .and_then(chrono::TimeDelta::try_seconds)
        .unwrap_or_default()
}

#[cfg(not(debug_assertions))]
fn test_offset() -> chrono::TimeDelta {
    chrono::TimeDelta::zero()
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.offset
    }
}
