//! An HTTP client that answers from a script and remembers what was sent.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use leasehold_aws::{Aws, ClockOffset, Endpoint, Limiter};
use secrecy::SecretString;

/// What happens to one try.
#[derive(Debug, Clone)]
pub enum Step {
    /// An answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The connection breaks after the request was sent.
    Reset,
    /// Nobody listens.
    Refused,
    /// No answer, ever.
    Hang,
    /// An answer after a while.
    Late(Duration, Box<Step>),
}

/// One try as it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub url: String,
    pub form: Vec<(String, String)>,
    /// `x-amz-date`, as seconds since 1970.
    pub signed_at: i64,
    pub scope: String,
}

impl Sent {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn action(&self) -> &str {
        self.field("Action").unwrap()
    }
}

#[derive(Debug, Clone, Default)]
pub struct Fake(Arc<Mutex<(VecDeque<Step>, Vec<Sent>)>>);

impl Fake {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(Arc::new(Mutex::new((
            steps.into_iter().collect(),
            Vec::new(),
        ))))
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().1.clone()
    }

    pub fn aws(&self) -> Aws {
        self.aws_with(ClockOffset::default(), Limiter::unshared())
    }

    pub fn aws_with(&self, clock: ClockOffset, limiter: Limiter) -> Aws {
        self.aws_at("us-east-1", None, clock, limiter)
    }

    pub fn aws_at(
        &self,
        region: &str,
        url: Option<&str>,
        clock: ClockOffset,
        limiter: Limiter,
    ) -> Aws {
        let endpoint = Endpoint {
            region: region.to_owned(),
            url: url.map(str::to_owned),
            http: Some(SharedHttpClient::new(self.clone())),
        };
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        Aws::new(
            "AKIAIOSFODNN7EXAMPLE",
            &secret,
            None,
            &endpoint,
            clock,
            limiter,
        )
    }
}

impl HttpClient for Fake {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.0.lock().unwrap();
        state.1.push(remember(&request));
        let step = state
            .0
            .pop_front()
            .expect("the script has a step for every try");
        HttpConnectorFuture::new(play(step))
    }
}

fn remember(request: &HttpRequest) -> Sent {
    let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
    let body = request.body().bytes().unwrap_or_default();
    let date = header("x-amz-date");
    let date = chrono::NaiveDateTime::parse_from_str(&date, "%Y%m%dT%H%M%SZ").unwrap();
    let authorization = header("authorization");
    let scope = authorization.split(['=', ',']).nth(1).unwrap().to_owned();
    Sent {
        url: request.uri().to_owned(),
        form: form_urlencoded::parse(body).into_owned().collect(),
        signed_at: date.and_utc().timestamp(),
        scope,
    }
}

async fn play(step: Step) -> Result<HttpResponse, ConnectorError> {
    let (wait, step) = match step {
        Step::Late(wait, step) => (wait, *step),
        step => (Duration::ZERO, step),
    };
    tokio::time::sleep(wait).await;
    match step {
        Step::Answer(status, headers, body) => {
            let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            for (name, value) in headers {
                answer.headers_mut().insert(name, value);
            }
            Ok(answer)
        }
        Step::Reset => Err(ConnectorError::io(
            io::Error::from(io::ErrorKind::ConnectionReset).into(),
        )),
        Step::Refused => Err(ConnectorError::io(
            io::Error::from(io::ErrorKind::ConnectionRefused).into(),
        )),
        Step::Hang | Step::Late(..) => std::future::pending().await,
    }
}

/// The answer of an operation, as AWS wraps it.
pub fn yes(operation: &str, result: &str) -> Step {
    let body = format!(
        "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
    );
    Step::Answer(200, vec![("content-type", "text/xml".into())], body)
}

/// AWS's error element.
pub fn no(status: u16, code: &str, message: &str) -> Step {
    let body = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r-2</RequestId></ErrorResponse>"
    );
    let headers = vec![
        ("content-type", "text/xml".into()),
        ("x-amzn-requestid", "r-2".into()),
    ];
    Step::Answer(status, headers, body)
}

/// The same answer with a `Date` this many seconds from now.
pub fn dated(step: Step, seconds_ahead: i64) -> Step {
    let Step::Answer(status, mut headers, body) = step else {
        panic!("only answers have dates")
    };
    let date = DateTime::from_secs(now() + seconds_ahead)
        .fmt(Format::HttpDate)
        .unwrap();
    headers.push(("date", date));
    Step::Answer(status, headers, body)
}

pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub fn user(name: &str, path: &str) -> String {
    format!(
        "<User><Path>{path}</Path><UserName>{name}</UserName><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>\
         <Arn>arn:aws:iam::111122223333:user{path}{name}</Arn>\
         <CreateDate>2026-11-21T12:00:00Z</CreateDate></User>"
    )
}

pub fn key(user: &str) -> Step {
    let key = format!(
        "<AccessKey><UserName>{user}</UserName><AccessKeyId>AKIAI44QH8DHBEXAMPLE</AccessKeyId>\
         <Status>Active</Status><SecretAccessKey>je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\
         </SecretAccessKey></AccessKey>"
    );
    yes("CreateAccessKey", &key)
}

pub fn identity() -> Step {
    let result = "<Arn>arn:aws:iam::111122223333:user/mgr</Arn><UserId>AIDAMGR</UserId>\
                  <Account>111122223333</Account>";
    yes("GetCallerIdentity", result)
}
