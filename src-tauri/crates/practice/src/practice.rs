//! The practice account as the application holds it: one state, its file, and its clock.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use secrecy::SecretString;

use crate::answer::Response;
use crate::client::PracticeHttp;
use crate::disk::{Disk, Held, PracticeError};
use crate::fault::Fault;
use crate::handle::handle;
use crate::request::Request;
use crate::state::State;
use crate::throttle::Throttle;

/// A source of the present moment.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The practice account. Clones share it; so do processes that open the same folder.
#[derive(Clone)]
pub struct Practice {
    shared: Arc<Shared>,
}

struct Shared {
    /// Where the state is kept; `None` for an account that lives in memory only.
    disk: Option<Disk>,
    clock: Clock,
    memory: Mutex<Memory>,
    habits: Mutex<Habits>,
}

/// How AWS behaves on some days; a practice account only when it is told to.
#[derive(Default)]
struct Habits {
    throttle: Option<Arc<Throttle>>,
    page_size: Option<usize>,
}

struct Memory {
    state: State,
    /// The count of writes that `state` reflects; `None` when the file must be read again.
    seen: Option<u64>,
}

impl std::fmt::Debug for Practice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Practice").finish_non_exhaustive()
    }
}

impl Practice {
    /// Opens the account kept in `dir`, or begins one there, on the computer's clock.
    ///
    /// # Errors
    /// When the folder cannot be used, or its file is damaged (then it is kept aside, and the
    /// next call begins a fresh account) or from a newer version.
    pub fn open(dir: &Path) -> Result<Self, PracticeError> {
        Self::open_with_clock(dir, Arc::new(Utc::now))
    }

    /// The same on another clock.
    ///
    /// # Errors
    /// As [`Practice::open`].
    pub fn open_with_clock(dir: &Path, clock: Clock) -> Result<Self, PracticeError> {
        let disk = Disk::open(dir)?;
        let mut held = disk.hold()?;
        let state = match disk.read(&held)? {
            Some(mut state) => {
                if crate::seed::add_roles(&mut state, clock()) {
                    disk.write(&mut held, &state)?;
                    state.changed = false;
                }
                state
            }
            None => {
                let mut state = State::fresh(random_seed()?, clock());
                disk.write(&mut held, &state)?;
                state.changed = false;
                state
            }
        };
        let memory = Mutex::new(Memory {
            state,
            seen: Some(held.writes()),
        });
        Ok(Self {
            shared: Arc::new(Shared {
                disk: Some(disk),
                clock,
                memory,
                habits: Mutex::default(),
            }),
        })
    }

    /// A copy of the account as it is now that lives in memory only and goes its own way: for
    /// tests with more calls than a disk is quick enough for.
    ///
    /// # Errors
    /// The account's file cannot be read.
    pub fn detached(&self) -> Result<Self, PracticeError> {
        let state = self.with_state(|state, _| Ok(state.clone()))?;
        let memory = Mutex::new(Memory { state, seen: None });
        Ok(Self {
            shared: Arc::new(Shared {
                disk: None,
                clock: Arc::clone(&self.shared.clock),
                memory,
                habits: Mutex::default(),
            }),
        })
    }

    /// Slows callers of IAM down as AWS does, from now on; off by default.
    pub fn throttle(&self, throttle: Option<Arc<Throttle>>) {
        self.habits().throttle = throttle;
    }

    /// Has lists give at most so many items at once, whatever was asked for; off by default.
    pub fn short_pages(&self, size: Option<usize>) {
        self.habits().page_size = size;
    }

    fn habits(&self) -> MutexGuard<'_, Habits> {
        let habits = self.shared.habits.lock();
        habits.unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP client for the AWS SDK whose every request ends here.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(PracticeHttp::new(self.clone()))
    }

    /// Answers one request. Does file I/O; blocks for milliseconds.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        let (throttle, page_size) = {
            let habits = self.habits();
            (habits.throttle.clone(), habits.page_size)
        };
        // STS has quotas of its own.
        let is_sts = request
            .header("host")
            .is_some_and(|host| host.starts_with("sts."));
        if !is_sts && throttle.is_some_and(|throttle| !throttle.admits()) {
            return self.refusal(&Fault::new(400, "Throttling", "Rate exceeded"));
        }
        let outcome = self.with_state(|state, now| {
            state.page_size = page_size;
            Ok(handle(state, now, request))
        });
        outcome.unwrap_or_else(|error| {
            tracing::warn!(%error, "the practice account could not answer");
            self.refusal(&Fault::internal(format!("Practice account: {error}.")))
        })
    }

    /// A refusal that no part of the state had a say in.
    fn refusal(&self, fault: &Fault) -> Response {
        let envelope = crate::answer::Envelope {
            action: "",
            namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
            request_id: "00000000-0000-0000-0000-000000000000",
            now: (self.shared.clock)(),
            form: crate::answer::Form::Xml,
        };
        envelope.refusal(fault)
    }

    /// The managing user's access key id and secret access key.
    #[must_use]
    pub fn manager_keys(&self) -> (String, SecretString) {
        let keys = |state: &State| (state.manager_key.0.clone(), state.manager_key.1.clone());
        let read = self.with_state(|state, _| Ok(keys(state)));
        // The keys of the last known state are the right ones as long as nobody reset it.
        let (id, secret) = read.unwrap_or_else(|_| keys(&self.memory().state));
        (id, secret.into())
    }

    /// The present moment in the practice account.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.with_state(|_, now| Ok(now)).unwrap_or_else(|_| {
            let offset = TimeDelta::milliseconds(self.memory().state.clock_offset_ms);
            (self.shared.clock)() + offset
        })
    }

    /// How far the practice clock stands ahead of the computer's, in milliseconds.
    #[must_use]
    pub fn clock_offset_ms(&self) -> i64 {
        let offset = |state: &State| state.clock_offset_ms;
        self.with_state(|state, _| Ok(offset(state)))
            .unwrap_or_else(|_| offset(&self.memory().state))
    }

    /// Moves the practice clock forwards for good. Returns the new moment.
    ///
    /// # Errors
    /// [`PracticeError::Clock`] when `by` is not positive or leads past the year 9999; a file
    /// error when the new offset could not be kept.
    pub fn skip(&self, by: TimeDelta) -> Result<DateTime<Utc>, PracticeError> {
        self.with_state(|state, now| {
            let later = now
                .checked_add_signed(by)
                .filter(|later| later.year() <= 9_999);
            let (Some(later), true) = (later, by > TimeDelta::zero()) else {
                return Err(PracticeError::Clock);
            };
            state.clock_offset_ms = state
                .clock_offset_ms
                .checked_add(by.num_milliseconds())
                .ok_or(PracticeError::Clock)?;
            state.changed = true;
            Ok(later)
        })
    }

    /// Begins a fresh account on the computer's clock. The managing user keeps its key, so that
    /// connections go on working; everything else is gone.
    ///
    /// # Errors
    /// When there are no random numbers or the file cannot be written.
    pub fn reset(&self) -> Result<(), PracticeError> {
        let seed = random_seed()?;
        let now = (self.shared.clock)();
        let mut memory = self.memory();
        let mut state = State::fresh(seed, now);
        let Some(disk) = &self.shared.disk else {
            state.keep_manager_key(&memory.state);
            memory.state = state;
            return Ok(());
        };
        let mut held = disk.hold()?;
        // Another process may have made the file; its key is the one in people's keyrings.
        if let Ok(Some(kept)) = disk.read(&held) {
            memory.state = kept;
        }
        state.keep_manager_key(&memory.state);
        memory.seen = None;
        disk.write(&mut held, &state)?;
        state.changed = false;
        *memory = Memory {
            state,
            seen: Some(held.writes()),
        };
        Ok(())
    }

    /// Runs `work` on the present state and keeps what it changed, or nothing.
    pub(crate) fn with_state<T>(
        &self,
        work: impl FnOnce(&mut State, DateTime<Utc>) -> Result<T, PracticeError>,
    ) -> Result<T, PracticeError> {
        let mut memory = self.memory();
        let Some(disk) = &self.shared.disk else {
            let now = self.moment_of(&memory.state)?;
            return work(&mut memory.state, now);
        };
        let mut held = disk.hold()?;
        if memory.seen != Some(held.writes()) {
            memory.state = match disk.read(&held)? {
                Some(state) => state,
                // Somebody took the file away: a fresh account for the same managing key.
                None => {
                    let mut fresh = State::fresh(random_seed()?, (self.shared.clock)());
                    fresh.keep_manager_key(&memory.state);
                    fresh
                }
            };
            memory.seen = Some(held.writes());
        }
        let now = self.moment_of(&memory.state)?;
        let outcome = work(&mut memory.state, now);
        if memory.state.changed {
            // Until the write succeeded, memory is ahead of the file and must not be trusted.
            memory.seen = None;
            save(disk, &mut memory, &mut held)?;
        }
        outcome
    }

    fn moment_of(&self, state: &State) -> Result<DateTime<Utc>, PracticeError> {
        (self.shared.clock)()
            .checked_add_signed(TimeDelta::milliseconds(state.clock_offset_ms))
            .ok_or(PracticeError::Clock)
    }

    /// A panic elsewhere cannot leave the state half-changed on disk; memory is read again.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.shared.memory.lock().unwrap_or_else(|poisoned| {
            let mut memory = poisoned.into_inner();
            memory.seen = None;
            self.shared.memory.clear_poison();
            memory
        })
    }
}

fn save(disk: &Disk, memory: &mut Memory, held: &mut Held) -> Result<(), PracticeError> {
    disk.write(held, &memory.state)?;
    memory.state.changed = false;
    memory.seen = Some(held.writes());
    Ok(())
}

fn random_seed() -> Result<[u8; 32], PracticeError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| PracticeError::Random)?;
    Ok(seed)
}
