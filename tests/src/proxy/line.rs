//! One client's connection: each request is noted, met by its fault, forwarded and answered.

use std::io::{BufReader, Read};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::message::{Message, element};
use super::{Call, Exchange, Fault, Made, Moment, Shared};
use crate::keys::Keys;

/// How a connection ends.
pub(super) enum End {
    Close,
    Reset,
}

/// What is left to do with an answer.
struct Ready {
    answer: Message,
    fault: Option<Fault>,
}

pub(super) struct Line<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) client: &'a TcpStream,
    pub(super) generation: u64,
}

impl Line<'_> {
    pub(super) fn serve(&self) -> Result<End> {
        self.client.set_nodelay(true)?;
        let mut reader = BufReader::new(self.client);
        while let Some(request) = Message::read(&mut reader)? {
            let call = Call::of(&request.form());
            let started = Instant::now();
            let (fault, freeze) = self.shared.meet(&call);
            if freeze == Some(Moment::Before) {
                self.shared.freeze();
            }
            self.wait()?;
            let carried = self.carry(&request, &call, fault.clone(), freeze);
            let ready = match carried? {
                Ok(ready) => ready,
                Err(end) => {
                    self.note(&call, started, 0, fault);
                    return Ok(end);
                }
            };
            self.note(&call, started, ready.answer.status(), ready.fault.clone());
            self.write(&ready)?;
            if freeze == Some(Moment::Answered) {
                self.shared.freeze();
                self.wait()?;
            }
            if matches!(ready.fault, Some(Fault::CutBody | Fault::AnsweredTwice)) {
                return Ok(End::Close);
            }
        }
        Ok(End::Close)
    }

    /// The way to AWS and back. `Err` inside: no answer is sent and the connection ends so.
    fn carry(
        &self,
        request: &Message,
        call: &Call,
        fault: Option<Fault>,
        freeze: Option<Moment>,
    ) -> Result<std::result::Result<Ready, End>> {
        let half = self.shared.state().latency / 2;
        thread::sleep(half);
        let answer = match &fault {
            Some(Fault::Refuse(status, code, message)) => refusal(*status, code, message),
            Some(Fault::Broken {
                status,
                acted: false,
            }) => failure(*status),
            Some(Fault::Broken { status, .. }) => {
                self.forward(request, call)?;
                failure(*status)
            }
            Some(Fault::ResetBefore) => return Ok(Err(End::Reset)),
            Some(Fault::ResetAfter) => {
                self.forward(request, call)?;
                return Ok(Err(End::Reset));
            }
            Some(Fault::Hang { acted }) => {
                if *acted {
                    self.forward(request, call)?;
                }
                self.hang();
                return Ok(Err(End::Close));
            }
            Some(Fault::Slow(by)) => {
                thread::sleep(*by);
                self.forward(request, call)?
            }
            Some(Fault::Late(by)) => {
                let answer = self.forward(request, call)?;
                thread::sleep(*by);
                answer
            }
            Some(Fault::OnItsWay) => {
                self.on_its_way()?;
                self.forward(request, call)?
            }
            Some(Fault::DoneTwice) => {
                let answer = self.forward(request, call)?;
                self.forward(request, call)?;
                answer
            }
            Some(Fault::DoneTwiceAnsweredLast) => {
                self.forward(request, call)?;
                self.forward(request, call)?
            }
            Some(Fault::AnsweredAhead(by)) => {
                self.forward_later(request.clone(), call.clone(), *by);
                Message::answer(200, &yes(&call.action))
            }
            Some(Fault::Stale(by)) => {
                let old = self.shared.state().snapshots.as_of(call, *by);
                match old {
                    Some(old) => old,
                    None => self.forward(request, call)?,
                }
            }
            Some(Fault::DeletedKeyWorks(by)) => match self.shared.identity_of_deleted(request, *by)
            {
                Some(answer) => answer,
                None => self.forward(request, call)?,
            },
            Some(Fault::AnsweredTwice | Fault::CutBody | Fault::DateOff(_) | Fault::DateIs(_))
            | None => self.forward(request, call)?,
        };
        thread::sleep(half);
        if freeze == Some(Moment::Acted) {
            self.shared.freeze();
        }
        self.wait()?;
        let mut answer = answer;
        let (ahead, date_ahead) = {
            let state = self.shared.state();
            (state.ahead, state.date_ahead)
        };
        answer.move_dates(ahead);
        if !date_ahead.is_zero() {
            let by = i64::try_from(date_ahead.as_secs())?;
            Fault::DateOff(by).dated(&mut answer);
        }
        if let Some(fault) = &fault {
            fault.dated(&mut answer);
        }
        Ok(Ok(Ready { answer, fault }))
    }

    fn write(&self, ready: &Ready) -> Result<()> {
        let mut client = self.client;
        match ready.fault {
            Some(Fault::CutBody) => ready.answer.write_half(&mut client),
            Some(Fault::AnsweredTwice) => ready.answer.write_twice(&mut client),
            _ => ready.answer.write(&mut client, &[]),
        }
    }

    fn note(&self, call: &Call, started: Instant, status: u16, fault: Option<Fault>) {
        self.shared.state().exchanges.push(Exchange {
            action: call.action.clone(),
            call: call.clone(),
            started,
            ended: Instant::now(),
            status,
            fault,
        });
    }

    /// Waits while the world stands still. An error when this connection was closed meanwhile.
    fn wait(&self) -> Result<()> {
        let mut state = self.shared.state();
        while state.is_frozen && state.generation == self.generation {
            let woken = self.shared.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if state.generation == self.generation {
            Ok(())
        } else {
            Err(anyhow!("the connection was closed"))
        }
    }

    /// Until it is let through, whatever becomes of its sender.
    fn on_its_way(&self) -> Result<()> {
        let mut state = self.shared.state();
        state.on_their_way += 1;
        while !state.let_through && !state.stopped {
            let woken = self.shared.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.on_their_way -= 1;
        match state.stopped {
            true => Err(anyhow!("the proxy has ended")),
            false => Ok(()),
        }
    }

    /// Until the client goes away.
    fn hang(&self) {
        let mut rest = [0; 256];
        let mut client = self.client;
        while client.read(&mut rest).is_ok_and(|read| read > 0) {}
    }

    fn forward(&self, request: &Message, call: &Call) -> Result<Message> {
        self.shared.snapshot_before(call);
        {
            let mut state = self.shared.state();
            if state.generation != self.generation {
                return Err(anyhow!("the connection was closed"));
            }
            state.at_aws += 1;
        }
        let answer = self.shared.ask(request);
        let mut state = self.shared.state();
        state.at_aws -= 1;
        self.shared.changed.notify_all();
        if let Ok(answer) = &answer {
            state.learn(request, call, answer);
        }
        drop(state);
        answer
    }

    fn forward_later(&self, request: Message, call: Call, by: Duration) {
        let shared = Arc::clone(self.shared);
        shared.state().owed += 1;
        thread::spawn(move || {
            thread::sleep(by);
            let answer = shared.ask(&request);
            let mut state = shared.state();
            state.owed -= 1;
            if let Ok(answer) = answer {
                state.learn(&request, &call, &answer);
            }
        });
    }
}

impl Shared {
    pub(super) fn ask(&self, request: &Message) -> Result<Message> {
        let upstream = TcpStream::connect(&self.upstream).context("the emulator is gone")?;
        upstream.set_nodelay(true)?;
        request.write(&mut &upstream, b"connection: close\r\n")?;
        let answer = Message::read(&mut BufReader::new(&upstream))?;
        answer.context("the emulator closed the connection")
    }

    /// What meets this request.
    fn meet(&self, call: &Call) -> (Option<Fault>, Option<Moment>) {
        let mut state = self.state();
        let age = state.born.get(&call.user).map(Instant::elapsed);
        let fault = state
            .rules
            .iter_mut()
            .find_map(|rule| rule.meets(call, age));
        state.met |= fault.is_some();
        let freeze = match &mut state.freeze {
            Some(freeze) if call.is(&freeze.call) && freeze.skip > 0 => {
                freeze.skip -= 1;
                None
            }
            Some(freeze) if call.is(&freeze.call) => Some(freeze.moment),
            _ => None,
        };
        if freeze.is_some() {
            state.freeze = None;
        }
        (fault, freeze)
    }

    fn freeze(&self) {
        self.state().is_frozen = true;
    }

    /// What AWS said of a key while it was valid, when that is so recent that it may still be believed.
    fn identity_of_deleted(&self, request: &Message, within: Duration) -> Option<Message> {
        let (_, rest) = request.header("authorization")?.split_once("Credential=")?;
        let id = rest.split('/').next()?;
        let state = self.state();
        let deleted = state.deleted_keys.get(id)?;
        let user = &state.made.iter().find(|made| made.keys.id == id)?.user;
        (deleted.elapsed() < within).then(|| {
            let body = format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::000000000000:user/{user}</Arn><UserId>AIDAAAAAAAAAAAAAAAAAA</UserId>\
                 <Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            );
            Message::answer(200, &body)
        })
    }
}

impl super::State {
    /// Remembers what AWS did.
    fn learn(&mut self, request: &Message, call: &Call, answer: &Message) {
        if answer.status() != 200 {
            return;
        }
        let now = Instant::now();
        match call.action.as_str() {
            "CreateUser" => drop(self.born.insert(call.user.clone(), now)),
            "DeleteAccessKey" => {
                let id = request.form().remove("AccessKeyId").unwrap_or_default();
                self.deleted_keys.insert(id, now);
            }
            "CreateAccessKey" => {
                let text = answer.text();
                let part = |name| element(&text, name).unwrap_or_default();
                self.made.push(Made {
                    user: call.user.clone(),
                    keys: Keys::new(part("AccessKeyId"), part("SecretAccessKey")),
                });
            }
            "AssumeRole" => {
                let text = answer.text();
                let part = |name| element(&text, name).unwrap_or_default();
                let keys = Keys::new(part("AccessKeyId"), part("SecretAccessKey"));
                self.made.push(Made {
                    user: request.form().remove("RoleSessionName").unwrap_or_default(),
                    keys: keys.with_token(element(&text, "SessionToken")),
                });
            }
            _ => {}
        }
    }
}

/// Ends a connection with RST: what is on its way either way is lost, as when a router forgets it.
pub(super) fn reset(client: &TcpStream) {
    // Where lingering cannot be switched off the client sees an ordinary end, which is as unexpected.
    let _ = rustix::net::sockopt::set_socket_linger(client, Some(Duration::ZERO));
    let _ = client.shutdown(Shutdown::Read);
}

fn refusal(status: u16, code: &str, message: &str) -> Message {
    let who = if status < 500 { "Sender" } else { "Receiver" };
    let body = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>{who}</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    );
    Message::answer(status, &body)
}

fn failure(status: u16) -> Message {
    refusal(
        status,
        "ServiceFailure",
        "The request processing has failed because of an unknown error.",
    )
}

/// What an operation without an answer of its own answers.
fn yes(action: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></{action}Response>"
    )
}
