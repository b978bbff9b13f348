//! Deadlines, giving up, and a thread that dies.

use std::sync::Barrier;
use std::sync::mpsc::channel;

use super::*;

const SOON: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(30);

/// Counts what was done.
fn counting() -> Worker<u32> {
    Worker::new(|| 0)
}

fn count(worker: &Worker<u32>) -> Result<u32, KeychainError> {
    worker.call(LONG, |done| {
        *done += 1;
        Ok(*done)
    })
}

#[test]
fn calls_are_done_one_after_another_on_the_same_object() {
    let worker = counting();
    assert_eq!(count(&worker), Ok(1));
    assert_eq!(count(&worker), Ok(2));
    let failed: Result<(), _> = worker.call(LONG, |_| Err(KeychainError::Locked));
    assert_eq!(failed, Err(KeychainError::Locked));
}

#[test]
fn while_an_overdue_call_hangs_others_are_told_at_once_and_afterwards_all_is_well() {
    let worker = counting();
    let (go, wait) = channel::<()>();
    let (finished, hears) = channel();
    let hung: Result<(), _> = worker.call(SOON, move |_| {
        wait.recv().unwrap();
        finished.send(()).unwrap();
        Ok(())
    });
    assert_eq!(hung, Err(KeychainError::WaitingForUser));
    assert_eq!(
        count(&worker),
        Err(KeychainError::WaitingForUser),
        "without its own half minute"
    );
    go.send(()).unwrap();
    hears.recv().unwrap();
    // The thread notes the end of the job right after; until then it may still say so.
    while count(&worker) == Err(KeychainError::WaitingForUser) {
        std::thread::yield_now();
    }
    assert_eq!(count(&worker), Ok(2));
}

#[test]
fn a_call_that_was_given_up_in_the_queue_is_never_done() {
    let worker = counting();
    let (go, wait) = channel::<()>();
    let running = Barrier::new(2);
    std::thread::scope(|scope| {
        let (worker, running) = (&worker, &running);
        let (began, begins) = channel();
        scope.spawn(move || {
            worker
                .call(LONG, move |_| {
                    began.send(()).unwrap();
                    wait.recv().unwrap();
                    Ok(())
                })
                .unwrap();
            running.wait();
        });
        begins.recv().unwrap();
        let queued: Result<(), _> = worker.call(SOON, |done| {
            *done += 100;
            Ok(())
        });
        assert_eq!(queued, Err(KeychainError::WaitingForUser));
        go.send(()).unwrap();
        running.wait();
    });
    assert_eq!(count(&worker), Ok(1), "the hundred were never added");
}

#[test]
fn after_a_panic_the_next_call_gets_a_new_thread() {
    let worker = counting();
    assert_eq!(count(&worker), Ok(1));
    let died: Result<(), _> = worker.call(LONG, |_| panic!("in the client"));
    assert!(matches!(died, Err(KeychainError::Failed(_))), "{died:?}");
    assert_eq!(count(&worker), Ok(1), "with a new object");
}
