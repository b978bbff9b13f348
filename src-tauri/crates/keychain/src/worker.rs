//! A thread of its own for calls that may wait for a person, with a queue and a deadline.
//!
//! A locked keyring answers only after its user did, and nothing can call it back. So a caller
//! stops waiting at its deadline; while the answer is still out, later callers are told so at
//! once; and a call that was given up before it began is never begun.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::KeychainError;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A thread that owns an `S` and does one thing at a time with it.
pub(crate) struct Worker<S> {
    make: Arc<dyn Fn() -> S + Send + Sync>,
    jobs: Mutex<Option<Sender<Job<S>>>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Numbers jobs.
    last: u64,
    /// The job that is being done.
    running: Option<u64>,
    /// Somebody has given up waiting for the job that is being done.
    overdue: bool,
    /// Jobs that were given up before they began.
    cancelled: Vec<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: 'static> Worker<S> {
    /// The thread starts at the first call and makes its `S` there.
    pub(crate) fn new(make: impl Fn() -> S + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            jobs: Mutex::new(None),
            state: Arc::default(),
        }
    }

    /// Does `work` on the thread and waits for it, no longer than `deadline`.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&mut S) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let (id, answer) = self.submit(work)?;
        match answer.recv_timeout(deadline) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => self.give_up(id, &answer),
            Err(RecvTimeoutError::Disconnected) => {
                // The thread died in the middle of it; the next call starts another.
                *lock(&self.jobs) = None;
                *lock(&self.state) = State::default();
                Err(KeychainError::Failed(
                    "the keyring's client stopped unexpectedly".to_owned(),
                ))
            }
        }
    }

    fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<(u64, Receiver<Result<T, KeychainError>>), KeychainError> {
        let (answer, answered) = channel();
        let mut state = lock(&self.state);
        if state.overdue {
            return Err(KeychainError::WaitingForUser);
        }
        state.last += 1;
        let id = state.last;
        let shared = Arc::clone(&self.state);
        let job: Job<S> = Box::new(move |subject| {
            {
                let mut state = lock(&shared);
                if let Some(at) = state.cancelled.iter().position(|other| *other == id) {
                    state.cancelled.swap_remove(at);
                    return;
                }
                state.running = Some(id);
            }
            let result = work(subject);
            let mut state = lock(&shared);
            (state.running, state.overdue) = (None, false);
            // Nobody listens any more when the caller has given up.
            let _ = answer.send(result);
        });
        self.send(job)?;
        Ok((id, answered))
    }

    fn give_up<T>(
        &self,
        id: u64,
        answer: &Receiver<Result<T, KeychainError>>,
    ) -> Result<T, KeychainError> {
        let mut state = lock(&self.state);
        if let Ok(result) = answer.try_recv() {
            return result;
        }
        if state.running == Some(id) {
            state.overdue = true;
        } else {
            state.cancelled.push(id);
        }
        Err(KeychainError::WaitingForUser)
    }

    fn send(&self, job: Job<S>) -> Result<(), KeychainError> {
        let mut jobs = lock(&self.jobs);
        let job = match &*jobs {
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(returned) => returned.0,
            },
            None => job,
        };
        let (sender, queue) = channel::<Job<S>>();
        let make = Arc::clone(&self.make);
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                let mut subject = make();
                while let Ok(job) = queue.recv() {
                    job(&mut subject);
                }
            })
            .map_err(|error| KeychainError::Failed(error.to_string()))?;
        let sent = sender.send(job);
        *jobs = Some(sender);
        sent.map_err(|_| KeychainError::Failed("the keyring's client does not start".to_owned()))
    }
}

impl<S> std::fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
