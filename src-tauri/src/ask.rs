//! The code of an MFA device, asked for in the main window in the middle of a person's action.
//!
//! A question stands until it is answered, given up, or timed out; and it goes with the page that could have
//! answered it: a window that is hidden, closed or loaded anew leaves nobody waiting.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Code, Problem};
use leasehold_engine::{AskCode, Asking, Question};
use secrecy::SecretString;
use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, Runtime};
use tokio::sync::oneshot;

use crate::state::Shell;
use crate::window::{self, MAIN};

/// A device shows a code for half a minute; who has not typed one after this has gone away.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the page shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CodeQuestion {
    id: String,
    connection: String,
    mfa_serial: String,
    /// Why the code before this one was not taken.
    again: Option<Problem>,
    /// When it is taken back.
    until: DateTime<Utc>,
}

struct Asked {
    question: CodeQuestion,
    answer: oneshot::Sender<Option<SecretString>>,
}

/// The questions that stand, the oldest first: the page shows that one.
#[derive(Default)]
pub(crate) struct Questions(Mutex<VecDeque<Asked>>);

impl Questions {
    /// The one that is shown.
    pub(crate) fn first(&self) -> Option<CodeQuestion> {
        self.lock().front().map(|asked| asked.question.clone())
    }

    /// Answers a question; nothing is given up by that. One that stands no more is no matter.
    pub(crate) fn answer(&self, id: &str, code: Option<SecretString>) {
        if let Some(asked) = self.take(id) {
            // Whoever asked may have gone.
            let _ = asked.answer.send(code);
        }
    }

    /// Gives all of them up: nobody is there any more who could answer.
    pub(crate) fn give_up(&self) {
        let all = std::mem::take(&mut *self.lock());
        for asked in all {
            let _ = asked.answer.send(None);
        }
    }

    fn put(&self, asked: Asked) {
        self.lock().push_back(asked);
    }

    fn take(&self, id: &str) -> Option<Asked> {
        let mut all = self.lock();
        let at = all.iter().position(|asked| asked.question.id == id)?;
        all.remove(at)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks in the main window.
pub(crate) struct InWindow<R: Runtime>(AppHandle<R>);

impl<R: Runtime> InWindow<R> {
    pub(crate) fn new(app: &AppHandle<R>) -> Self {
        Self(app.clone())
    }
}

impl<R: Runtime> fmt::Debug for InWindow<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InWindow")
    }
}

impl<R: Runtime> AskCode for InWindow<R> {
    fn code<'a>(&'a self, question: &'a Question) -> Asking<'a> {
        Box::pin(ask(&self.0, question))
    }
}

async fn ask<R: Runtime>(
    app: &AppHandle<R>,
    question: &Question,
) -> Result<Option<SecretString>, Problem> {
    let shell = app.state::<Shell>();
    let (answer, answered) = oneshot::channel();
    let id = shell.next_question();
    shell.questions.put(Asked {
        question: CodeQuestion {
            id: id.clone(),
            connection: question.connection.clone(),
            mfa_serial: question.mfa_serial.clone(),
            again: question.again.clone(),
            until: shell.clock.now() + TimeDelta::from_std(PATIENCE).unwrap_or_default(),
        },
        answer,
    });
    // Taken back with whoever waits for the answer.
    let _standing = Standing { app, id };
    tell(app);
    // Whoever pressed Generate in the tray may have no window in sight.
    window::show(app);
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(answer) => Ok(answer.unwrap_or_default()),
        Err(_) => Err(Problem::new(
            Code::LoginNeeded,
            format!(
                "Nobody typed the code of the MFA device {} within two minutes.",
                question.mfa_serial
            ),
        )
        .with_hint("Do it again, and type the six digits that the device shows then.")),
    }
}

/// A question, for as long as somebody waits for its answer.
struct Standing<'a, R: Runtime> {
    app: &'a AppHandle<R>,
    id: String,
}

impl<R: Runtime> Drop for Standing<'_, R> {
    fn drop(&mut self) {
        self.app.state::<Shell>().questions.take(&self.id);
        tell(self.app);
    }
}

/// Tells the page which question it shows now.
fn tell<R: Runtime>(app: &AppHandle<R>) {
    let first = app.state::<Shell>().questions.first();
    if let Err(error) = app.emit_to(MAIN, "code_asked", first) {
        tracing::warn!(%error, "the page could not be asked for a code");
    }
}
