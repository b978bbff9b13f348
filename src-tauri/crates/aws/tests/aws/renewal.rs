//! Keys that a source renews: when it is asked and how often, and what stands while it fails.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use leasehold_aws::{ClockOffset, Fetching, KeySet, Session, Source, Want};
use leasehold_domain::{Code, Problem};
use secrecy::SecretString;

const SERIAL: &str = "arn:aws:iam::111122223333:mfa/ada";

/// What a source answers: a key for so many minutes, or that somebody must log in.
#[derive(Debug, Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Option<i64>>>>,
    codes: Arc<Mutex<Vec<Option<String>>>>,
    mfa: bool,
}

impl Script {
    fn of(answers: &[Option<i64>]) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            ..Self::default()
        }
    }

    fn asked(&self) -> usize {
        self.codes.lock().unwrap().len()
    }
}

impl Source for Script {
    fn fetch<'a>(&'a self, want: Want<'a>) -> Fetching<'a> {
        let mut codes = self.codes.lock().unwrap();
        codes.push(want.code.map(str::to_owned));
        let n = codes.len();
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.expect("one more answer");
        Box::pin(async move {
            // Others come meanwhile.
            tokio::task::yield_now().await;
            let login = || Problem::new(Code::LoginNeeded, "The log-in has ended.");
            let minutes = answer.ok_or_else(login)?;
            Ok(KeySet {
                access_key_id: format!("ASIA{n}"),
                secret: SecretString::from("secret"),
                session_token: Some(SecretString::from("token")),
                ends_at: Some(Utc::now() + TimeDelta::minutes(minutes)),
            })
        })
    }

    fn mfa_serial(&self) -> Option<&str> {
        self.mfa.then_some(SERIAL)
    }
}

/// A session with this source, and AWS's clock.
fn session(script: &Script) -> (Session, ClockOffset) {
    let clock = ClockOffset::default();
    (Session::from_source(script.clone(), clock.clone()), clock)
}

/// AWS's time goes on by so much.
fn later(clock: &ClockOffset, minutes: i64) {
    clock.set(minutes * 60_000);
}

/// What was done a moment ago is forgotten by now.
async fn a_while() {
    tokio::time::advance(Duration::from_secs(21)).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_is_fetched_once_for_all_who_wait_and_renewed_before_it_ends() {
    let script = Script::of(&[Some(60), Some(120)]);
    let (session, clock) = session(&script);
    let (one, two, three) = tokio::join!(session.ready(), session.ready(), session.ready());
    for ready in [one, two, three] {
        ready.unwrap();
    }
    assert_eq!(script.asked(), 1);
    a_while().await;
    later(&clock, 54);
    session.ready().await.unwrap();
    assert_eq!(session.key_id().as_deref(), Some("ASIA1"));
    later(&clock, 56);
    session.ready().await.unwrap();
    assert_eq!(session.key_id().as_deref(), Some("ASIA2"));
}

#[tokio::test(start_paused = true)]
async fn a_source_whose_keys_are_short_is_not_asked_at_every_call() {
    let script = Script::of(&[Some(3), Some(3)]);
    let (session, _) = session(&script);
    for _ in 0..10 {
        session.ready().await.unwrap();
    }
    assert_eq!(script.asked(), 1);
    a_while().await;
    session.ready().await.unwrap();
    assert_eq!(script.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_by_itself_leaves_a_failed_source_alone_and_a_person_does_not() {
    let script = Script::of(&[None, None, Some(60)]);
    let (session, _) = session(&script);
    for _ in 0..10 {
        let problem = session.ready().await.unwrap_err();
        assert_eq!(problem.code, Code::LoginNeeded);
    }
    assert_eq!(script.asked(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    let (one, two) = tokio::join!(session.ready_anew(), session.ready_anew());
    assert!(one.is_err() && two.is_err());
    assert_eq!(script.asked(), 2, "once for both");
    tokio::time::advance(Duration::from_millis(1)).await;
    session.ready_anew().await.unwrap();
    session.ready().await.unwrap();
    assert_eq!(script.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_still_works_is_used_while_its_source_fails() {
    let script = Script::of(&[Some(10), None, None]);
    let (session, clock) = session(&script);
    session.ready().await.unwrap();
    a_while().await;
    later(&clock, 6);
    session.ready().await.unwrap();
    assert_eq!(script.asked(), 2);
    a_while().await;
    later(&clock, 11);
    let problem = session.ready().await.unwrap_err();
    assert_eq!(problem.code, Code::LoginNeeded);
}

#[tokio::test(start_paused = true)]
async fn a_session_by_code_is_used_to_its_end_and_nobody_is_asked_early() {
    let script = Script {
        mfa: true,
        ..Script::of(&[Some(60)])
    };
    let (session, clock) = session(&script);
    assert_eq!(session.wants_code(), Some(SERIAL));
    session.open("271828").await.unwrap();
    a_while().await;
    later(&clock, 59);
    session.ready().await.unwrap();
    assert_eq!(session.wants_code(), None);
    later(&clock, 61);
    assert_eq!(session.wants_code(), Some(SERIAL));
    assert_eq!(*script.codes.lock().unwrap(), [Some("271828".to_owned())]);
}
