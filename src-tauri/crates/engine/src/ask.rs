//! What a person must be asked in the middle of work: the code of an MFA device.
//!
//! Only work that a person waits for asks ([`crate::Engine::in_person`]). The timer, a reconcile and
//! whoever calls from outside never do: they fail with [`Code::LoginNeeded`], which the connection shows.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use leasehold_aws::Session;
use leasehold_domain::{Code, Problem};
use leasehold_store::ConnectionRow;
use secrecy::{ExposeSecret, SecretString};

use crate::core::{Core, lock};
use crate::sources::MFA_CODE;

/// So often a code is asked for before the work is given up: who types that many wrong ones has the
/// wrong device in hand.
const MOST_TRIES: u32 = 5;
/// STS takes exactly six digits ("AssumeRole", TokenCode).
const DIGITS: usize = 6;

tokio::task_local! {
    /// Set while a person waits for the work that is done: the connections that they could not get a key
    /// for meanwhile, because they gave no code or have not logged in.
    static PERSON: Mutex<HashSet<String>>;
}

/// Does work that a person waits for. It is put on the heap, since it is the largest there is and the stacks
/// of a runtime's threads are small.
pub(crate) fn in_person<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    PERSON.scope(Mutex::default(), Box::pin(work))
}

/// Whether a person waits for what is done here and now.
pub(crate) fn is_somebody_there() -> bool {
    PERSON.try_with(|_| ()).is_ok()
}

/// Whether the person may be asked for a code for this connection. Who said no while a hundred leases are
/// being ended is not asked again for each of them.
fn may_be_asked(connection_id: &str) -> bool {
    let said_no = PERSON.try_with(|refused| lock(refused).contains(connection_id));
    said_no.is_ok_and(|said_no| !said_no)
}

/// Nobody is asked about this connection any more for as long as this work lasts.
fn note_refusal(connection_id: &str) {
    let connection_id = connection_id.to_owned();
    // Outside of a person's work nobody was asked.
    let _ = PERSON.try_with(|refused| lock(refused).insert(connection_id));
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The connection's name.
    pub connection: String,
    /// The serial number of the MFA device.
    pub mfa_serial: String,
    /// Why the code before this one was not taken.
    pub again: Option<Problem>,
}

/// A person who is thinking.
pub type Asking<'a> =
    Pin<Box<dyn Future<Output = Result<Option<SecretString>, Problem>> + Send + 'a>>;

/// Asks the person in front of a shell. An engine that is opened for a machine has none: what needs
/// a person then fails with [`Code::LoginNeeded`].
pub trait AskCode: fmt::Debug + Send + Sync {
    /// The code that the MFA device shows now, to open a session of this connection; nothing where
    /// the person gives up. Whoever is dropped while they wait takes the question back.
    ///
    /// # Errors
    /// They cannot be asked, or do not answer.
    fn code<'a>(&'a self, question: &'a Question) -> Asking<'a>;
}

/// What is being asked, by connection: a person is asked one thing once, however much work waits.
#[derive(Default)]
pub(crate) struct Questions(Mutex<HashMap<String, Arc<Place>>>);

#[derive(Default)]
struct Place {
    turn: tokio::sync::Mutex<Used>,
    given_up: AtomicU64,
}

/// The code that AWS took last; it takes none twice.
#[derive(Default)]
struct Used(Option<SecretString>);

impl Questions {
    fn about(&self, connection_id: &str) -> Arc<Place> {
        Arc::clone(lock(&self.0).entry(connection_id.to_owned()).or_default())
    }
}

impl Core {
    /// Sees that a session can be signed with. Whoever is there is asked for a code where one is
    /// needed, and once more where AWS did not take it.
    pub(crate) async fn ready_or_ask(
        &self,
        connection: &ConnectionRow,
        session: &Session,
    ) -> Result<(), Problem> {
        let ask = self.ask.as_ref().filter(|_| may_be_asked(&connection.id));
        let Some(ask) = ask.filter(|_| session.wants_code().is_some()) else {
            return self.ready_without_code(connection, session).await;
        };
        let place = self.questions.about(&connection.id);
        let given_up = place.given_up.load(Ordering::Acquire);
        let mut used = place.turn.lock().await;
        // Meanwhile somebody may have answered, or have said that they will not.
        let Some(mfa_serial) = session.wants_code() else {
            return Ok(());
        };
        if place.given_up.load(Ordering::Acquire) != given_up || !may_be_asked(&connection.id) {
            note_refusal(&connection.id);
            return session.ready().await;
        }
        let mut question = Question {
            connection: connection.name.clone(),
            mfa_serial: mfa_serial.to_owned(),
            again: None,
        };
        for _ in 0..MOST_TRIES {
            let answer = ask.code(&question).await;
            let Ok(Some(code)) = answer else {
                place.given_up.fetch_add(1, Ordering::AcqRel);
                note_refusal(&connection.id);
                answer?;
                // Its source says what is needed.
                return session.ready().await;
            };
            match open(session, &code, &used).await {
                Ok(()) => {
                    used.0 = Some(code);
                    return Ok(());
                }
                Err(problem) if problem.field.as_deref() == Some(MFA_CODE) => {
                    question.again = Some(problem);
                }
                Err(problem) => return Err(problem),
            }
        }
        note_refusal(&connection.id);
        Err(question.again.unwrap_or_else(|| {
            Problem::new(Code::LoginNeeded, "No code of the MFA device was taken.")
        }))
    }

    /// Whoever tries again has perhaps logged in meanwhile; what goes on by itself, and the rest of what a
    /// person began, does not knock at what has just failed.
    async fn ready_without_code(
        &self,
        connection: &ConnectionRow,
        session: &Session,
    ) -> Result<(), Problem> {
        if !may_be_asked(&connection.id) {
            return session.ready().await;
        }
        let ready = session.ready_anew().await;
        if ready.is_err() {
            note_refusal(&connection.id);
        }
        ready
    }
}

async fn open(session: &Session, code: &SecretString, used: &Used) -> Result<(), Problem> {
    let typed = code.expose_secret();
    if typed.len() != DIGITS || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::refused_input(
            MFA_CODE,
            "An MFA code is six digits.",
            "Read it off the device again.",
        ));
    }
    if used.0.as_ref().map(ExposeSecret::expose_secret) == Some(typed) {
        return Err(Problem::refused_input(
            MFA_CODE,
            "This code was used already; AWS takes each one once.",
            "Wait until the device shows the next one, at most 30 seconds.",
        ));
    }
    session.open(typed).await
}
