//! The way to AWS with faults in it: rules by action and call number, latency, and a record of
//! every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::watch;
use tokio::time::Instant;

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// AWS refuses with this status, code and message, and does nothing.
    Refuse(u16, &'static str, &'static str),
    /// The connection breaks before AWS sees the request.
    Reset,
    /// AWS does it and the connection breaks before the answer arrives.
    LostAnswer,
    /// AWS answers this, and does nothing.
    Answer(String),
    /// The request waits here until [`Wire::open_gate`], as in a queue: it leaves with its sender.
    Gate,
    /// The request is on its way already and arrives at AWS at [`Wire::open_gate`], whatever its
    /// sender does.
    OnItsWay,
}

impl Fault {
    pub const THROTTLE: Self = Self::Refuse(400, "Throttling", "Rate exceeded");
    pub const CONCURRENT: Self = Self::Refuse(
        409,
        "ConcurrentModification",
        "The request was rejected because multiple requests to change this object were submitted \
         simultaneously.",
    );
    pub const NO_USER: Self =
        Self::Refuse(404, "NoSuchEntity", "The user with name x cannot be found.");
    pub const SERVER: Self = Self::Refuse(500, "ServiceFailure", "Internal failure");
    pub const DENIED: Self = Self::Refuse(
        403,
        "AccessDenied",
        "User: arn:aws:iam::1:user/m is not authorized to perform: this",
    );
}

/// Which calls a fault meets.
#[derive(Debug, Clone)]
pub struct Rule {
    action: &'static str,
    holding: &'static str,
    skip: usize,
    times: usize,
    fault: Fault,
}

impl Rule {
    /// The fault for every call of `action` (`*`: of any).
    pub fn always(action: &'static str, fault: Fault) -> Self {
        Self {
            action,
            holding: "",
            skip: 0,
            times: usize::MAX,
            fault,
        }
    }

    /// Only the first `times` of them.
    pub fn first(times: usize, action: &'static str, fault: Fault) -> Self {
        Self {
            times,
            ..Self::always(action, fault)
        }
    }

    /// Not the first so many of them.
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Only those whose parameters hold this text.
    pub fn holding(self, text: &'static str) -> Self {
        Self {
            holding: text,
            ..self
        }
    }
}

/// When a process dies, seen from one of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before it leaves.
    Before,
    /// After AWS acted, before the answer arrives.
    After,
}

/// One request that was made.
#[derive(Debug, Clone)]
pub struct Call {
    pub action: String,
    pub params: HashMap<String, String>,
    pub start: Instant,
    pub end: Option<Instant>,
    /// It came to AWS.
    pub arrived: bool,
}

#[derive(Debug, Default)]
struct Inside {
    rules: Vec<Rule>,
    latency: Duration,
    calls: Vec<Call>,
    death: Option<(usize, Moment)>,
    dead: bool,
    /// Every secret AWS gave out.
    secrets: Vec<String>,
}

/// A way to AWS.
#[derive(Debug, Clone)]
pub struct Wire {
    behind: SharedHttpClient,
    inside: Arc<Mutex<Inside>>,
    gate: watch::Sender<bool>,
    died: watch::Sender<bool>,
}

impl Wire {
    pub fn new(behind: SharedHttpClient) -> Self {
        Self {
            behind,
            inside: Arc::default(),
            gate: watch::Sender::new(false),
            died: watch::Sender::new(false),
        }
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    pub fn rule(&self, rule: Rule) {
        self.inside.lock().unwrap().rules.push(rule);
    }

    pub fn heal(&self) {
        self.inside.lock().unwrap().rules.clear();
    }

    pub fn latency(&self, each: Duration) {
        self.inside.lock().unwrap().latency = each;
    }

    /// The process dies at its `n`-th request from now on.
    pub fn die_at(&self, n: usize, moment: Moment) {
        let mut inside = self.inside.lock().unwrap();
        inside.calls.clear();
        inside.death = Some((n, moment));
    }

    /// Waits until it did.
    pub async fn death(&self) {
        let _ = self.died.subscribe().wait_for(|died| *died).await;
    }

    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub fn forget_calls(&self) {
        self.inside.lock().unwrap().calls.clear();
    }

    pub fn calls(&self) -> Vec<Call> {
        self.inside.lock().unwrap().calls.clone()
    }

    pub fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }

    pub fn count(&self, action: &str) -> usize {
        self.actions().iter().filter(|a| *a == action).count()
    }

    /// What came to AWS.
    pub fn arrived(&self) -> Vec<String> {
        let calls = self.calls().into_iter().filter(|call| call.arrived);
        calls.map(|call| call.action).collect()
    }

    pub fn secrets(&self) -> Vec<String> {
        self.inside.lock().unwrap().secrets.clone()
    }

    /// Notes a request; answers its number, its latency, what happens to it, and how it dies.
    fn note(&self, request: &HttpRequest) -> (usize, Duration, Option<Fault>, Option<Moment>) {
        let body = request.body().bytes().unwrap_or_default();
        let params: HashMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let action = params.get("Action").cloned().unwrap_or_default();
        let mut inside = self.inside.lock().unwrap();
        let fault = inside.rules.iter_mut().find_map(|rule| {
            let meets = (rule.action == "*" || rule.action == action)
                && params.values().any(|value| value.contains(rule.holding));
            if !meets {
                return None;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                return None;
            }
            rule.times = rule.times.checked_sub(1)?;
            Some(rule.fault.clone())
        });
        inside.calls.push(Call {
            action,
            params,
            start: Instant::now(),
            end: None,
            arrived: false,
        });
        let number = inside.calls.len();
        let death = inside.death.filter(|(n, _)| *n == number);
        let moment = match death {
            _ if inside.dead => Some(Moment::Before),
            Some((_, moment)) => {
                inside.dead = true;
                Some(moment)
            }
            None => None,
        };
        (number - 1, inside.latency, fault, moment)
    }

    fn note_arrival(&self, number: usize) {
        if let Some(call) = self.inside.lock().unwrap().calls.get_mut(number) {
            call.arrived = true;
        }
    }

    fn note_answer(&self, number: usize, answer: &Result<HttpResponse, ConnectorError>) {
        let mut inside = self.inside.lock().unwrap();
        if let Some(call) = inside.calls.get_mut(number) {
            call.end = Some(Instant::now());
        }
        let body = answer.as_ref().ok().and_then(|a| a.body().bytes());
        let text = String::from_utf8_lossy(body.unwrap_or_default()).into_owned();
        if let Some((_, rest)) = text.split_once("<SecretAccessKey>") {
            let secret = rest.split('<').next().unwrap().to_owned();
            inside.secrets.push(secret);
        }
    }

    async fn gate(&self) {
        let _ = self.gate.subscribe().wait_for(|open| *open).await;
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Line {
            wire: self.clone(),
            behind: self.behind.http_connector(settings, components),
        })
    }
}

#[derive(Debug, Clone)]
struct Line {
    wire: Wire,
    behind: SharedHttpConnector,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let line = self.clone();
        HttpConnectorFuture::new(async move { line.carry(request).await })
    }
}

impl Line {
    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (number, latency, fault, death) = self.wire.note(&request);
        if death == Some(Moment::Before) {
            return self.dead().await;
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let answer = match fault {
            Some(Fault::Refuse(status, code, message)) => Ok(refusal(status, code, message)),
            Some(Fault::Answer(text)) => Ok(answer(200, text)),
            Some(Fault::Reset) => Err(reset()),
            Some(Fault::LostAnswer) => {
                let lost = self.arrive(number, request).await;
                self.wire.note_answer(number, &lost);
                Err(reset())
            }
            Some(Fault::Gate) => {
                self.wire.gate().await;
                self.arrive(number, request).await
            }
            Some(Fault::OnItsWay) => {
                let line = self.clone();
                tokio::spawn(async move {
                    line.wire.gate().await;
                    line.arrive(number, request).await
                })
                .await
                .unwrap()
            }
            None => self.arrive(number, request).await,
        };
        self.wire.note_answer(number, &answer);
        if death == Some(Moment::After) {
            return self.dead().await;
        }
        answer
    }

    async fn arrive(
        &self,
        number: usize,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        self.wire.note_arrival(number);
        self.behind.call(request).await
    }

    async fn dead(&self) -> Result<HttpResponse, ConnectorError> {
        self.wire.died.send_replace(true);
        std::future::pending().await
    }
}

fn reset() -> ConnectorError {
    ConnectorError::io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
}

fn refusal(status: u16, code: &str, message: &str) -> HttpResponse {
    let text = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    );
    answer(status, text)
}

fn answer(status: u16, text: String) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap();
    let mut answer = HttpResponse::new(status, SdkBody::from(text));
    answer.headers_mut().insert("content-type", "text/xml");
    answer
}
