//! Every way in which an operation can be cut short or go wrong, played with the real command against the emulator, and
//! judged: is there a user, a session or a policy on a role without a row, a row without an outcome, a key that outlives its
//! moment, a state that is not so?
//!
//! A *case* is one operation with one trouble. Cases are found by recording each operation once without trouble, so that no
//! AWS call and no database commit can be forgotten. `cargo xtask faults` plays them and prints the table; a fixed part of
//! them runs in `tests/faults.rs`.

pub mod case;
pub mod ground;
pub mod judge;
pub mod plan;
pub mod play;
pub mod random;
pub mod rivals;
pub mod sessions;
pub mod sleep;
pub mod table;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use self::case::{Case, Trouble};
use self::ground::Ground;

/// How far this computer's clock is ahead when a start after a crash looks at what is left: past the dead process's claim
/// (60 s), and past the age at which AWS's "no such user" is believed (5 min).
pub const AFTER_A_CRASH: Duration = Duration::from_secs(400);

/// What a case broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A user, a session or a policy of ours in AWS that no open row knows.
    Orphan,
    /// A lease that has no outcome, or was taken from its holder.
    Lost,
    /// A key that works when it should not.
    Key,
    /// A state, a history, an exit code or a word that is not so.
    State,
}

/// One broken promise.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which.
    pub column: Column,
    /// What was seen.
    pub text: String,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case.
    pub case: Case,
    /// What it broke; nothing is the aim.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

/// How many cases are played at once unless something else is asked for: they mostly wait.
#[must_use]
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from) * 2
}

/// Plays all of them, on so many grounds at once, and tells of each outcome as it comes.
///
/// # Errors
/// When a ground cannot be made ready: no emulator, no program.
pub async fn run(
    cases: Vec<Case>,
    at_once: usize,
    told: impl Fn(&Outcome) + Send + Sync + 'static,
) -> Result<Vec<Outcome>> {
    let queue = Arc::new(Mutex::new(VecDeque::from(cases)));
    let told = Arc::new(told);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..at_once.max(1) {
        let (queue, told) = (Arc::clone(&queue), Arc::clone(&told));
        workers.spawn(async move {
            let mut outcomes = Vec::new();
            let mut ground = Ground::start().await?;
            loop {
                let next = queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                let Some(case) = next else {
                    return anyhow::Ok(outcomes);
                };
                let outcome = one(&ground, case).await;
                if !outcome.findings.is_empty() {
                    // What it left must not meet the next one.
                    ground = Ground::start().await?;
                }
                told(&outcome);
                outcomes.push(outcome);
            }
        });
    }
    let mut outcomes = Vec::new();
    while let Some(done) = workers.join_next().await {
        outcomes.extend(done??);
    }
    Ok(outcomes)
}

async fn one(ground: &Ground, case: Case) -> Outcome {
    let began = Instant::now();
    let played = match &case.trouble {
        Trouble::Rivals(rivalry) => rivals::play(ground, *rivalry).await,
        Trouble::Sleep(point) => sleep::play(ground, case.operation, point).await,
        Trouble::Random(seed) => random::play(ground, *seed).await,
        _ => play::play(ground, &case).await,
    };
    ground.proxy.heal();
    let findings = played.unwrap_or_else(|error| {
        vec![Finding {
            column: Column::State,
            text: format!("it could not be played to its end: {error:#}"),
        }]
    });
    Outcome {
        case,
        findings,
        took: began.elapsed(),
    }
}
