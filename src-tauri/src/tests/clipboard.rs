//! A copied secret leaves the clipboard, and nothing else does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Code;
use leasehold_engine::{Clock, SystemClock};
use secrecy::SecretString;

use crate::clipboard::{Board, Clipboard};

/// What is in the fake clipboard, and whether it was marked confidential.
type Content = Arc<Mutex<Option<(String, bool)>>>;

struct FakeBoard(Content);

impl Board for FakeBoard {
    fn put(&mut self, text: &str, confidential: bool) -> Result<(), String> {
        *self.0.lock().unwrap() = Some((text.to_owned(), confidential));
        Ok(())
    }

    fn read(&mut self) -> Option<SecretString> {
        self.0
            .lock()
            .unwrap()
            .as_ref()
            .map(|(text, _)| SecretString::from(text.as_str()))
    }

    fn empty(&mut self) -> Result<(), String> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }
}

pub(crate) fn fake() -> (Clipboard, Content) {
    let content = Content::default();
    let board = Arc::clone(&content);
    (
        Clipboard::with(SystemClock::shared(), move || {
            Ok(Box::new(FakeBoard(Arc::clone(&board))))
        }),
        content,
    )
}

/// A wall clock that is set by hand.
#[derive(Debug, Default)]
struct SetClock(Mutex<TimeDelta>);

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + *self.0.lock().unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_does_not_outlast_a_sleep_nor_a_clock_that_is_set_back() {
    for (jump, stays) in [(-3600, Some(29)), (3600, None)] {
        let clock = Arc::new(SetClock::default());
        let content = Content::default();
        let board = Arc::clone(&content);
        let clipboard = Clipboard::with(clock.clone(), move || {
            Ok(Box::new(FakeBoard(Arc::clone(&board))))
        });
        clipboard
            .copy_secret("l1", "hush".into(), 30)
            .await
            .unwrap();
        assert!(text(&content).is_some());
        *clock.0.lock().unwrap() = TimeDelta::seconds(jump);
        if let Some(stays) = stays {
            pass(stays).await;
            assert!(text(&content).is_some());
        }
        pass(6).await;
        assert_eq!(text(&content), None, "{jump}");
    }
}

fn text(content: &Content) -> Option<String> {
    content
        .lock()
        .unwrap()
        .as_ref()
        .map(|(text, _)| text.clone())
}

/// Lets a timer that is due now do its work.
async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    for _ in 0..200 {
        tokio::task::spawn_blocking(std::thread::yield_now)
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_copied_secret_is_confidential_and_leaves_after_its_time() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap();
    assert_eq!(*content.lock().unwrap(), Some(("hush".into(), true)));
    pass(29).await;
    assert_eq!(text(&content).as_deref(), Some("hush"));
    pass(2).await;
    assert_eq!(text(&content), None);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_copied_meanwhile_stays() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap();
    *content.lock().unwrap() = Some(("theirs".into(), false));
    pass(31).await;
    clipboard.end();
    assert_eq!(text(&content).as_deref(), Some("theirs"));
}

#[tokio::test(start_paused = true)]
async fn a_second_copy_gets_its_whole_time() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "first".into(), 30)
        .await
        .unwrap();
    pass(20).await;
    clipboard
        .copy_secret("l1", "second".into(), 30)
        .await
        .unwrap();
    pass(20).await;
    assert_eq!(text(&content).as_deref(), Some("second"));
    pass(11).await;
    assert_eq!(text(&content), None);
}

#[tokio::test(start_paused = true)]
async fn plain_text_is_not_confidential_and_stays() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap();
    clipboard.copy_plain("a policy".into()).await.unwrap();
    pass(31).await;
    clipboard.lease_over("l1").await;
    clipboard.end();
    assert_eq!(*content.lock().unwrap(), Some(("a policy".into(), false)));
}

#[tokio::test]
async fn the_end_of_a_lease_takes_its_secret_and_no_other() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap();
    clipboard.lease_over("l2").await;
    assert_eq!(text(&content).as_deref(), Some("hush"));
    clipboard.lease_over("l1").await;
    assert_eq!(text(&content), None);
}

#[tokio::test]
async fn the_end_of_the_application_takes_a_secret_with_it() {
    let (clipboard, content) = fake();
    clipboard
        .copy_secret("l1", "hush".into(), 600)
        .await
        .unwrap();
    clipboard.end();
    assert_eq!(text(&content), None);
}

#[tokio::test]
async fn a_desktop_without_a_clipboard_is_a_clear_problem_and_is_tried_again() {
    let here = Arc::new(Mutex::new(false));
    let (_, content) = fake();
    let (open, board) = (Arc::clone(&here), Arc::clone(&content));
    let clipboard = Clipboard::with(SystemClock::shared(), move || match *open.lock().unwrap() {
        true => Ok(Box::new(FakeBoard(Arc::clone(&board)))),
        false => Err("no display".into()),
    });
    let problem = clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert!(problem.message.contains("no display") && !problem.message.contains("hush"));
    *here.lock().unwrap() = true;
    clipboard
        .copy_secret("l1", "hush".into(), 30)
        .await
        .unwrap();
    assert_eq!(text(&content).as_deref(), Some("hush"));
}
