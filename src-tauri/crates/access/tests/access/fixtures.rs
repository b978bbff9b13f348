//! A client that signs, an STS that checks signatures, and an auth method to log in with.

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use leasehold_access::{
    Audience, AuthMethod, AuthMethodDraft, BODY, Freshness, Hosts, Limits, Login, Relay,
    RelayFault, SeenInMemory, State, StsAnswer, StsRequest, Verdict, validate, verify,
};
use leasehold_domain::{ClientAddress, Moment};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub const ACCOUNT: &str = "123456789012";
pub const ROLE_ID: &str = "AROAEXAMPLEEXAMPLE00";
pub const USER_ID: &str = "AIDAEXAMPLEEXAMPLE00";
pub const VAULT: &str = "vault-laptop-01";
pub const FORM: &str = "application/x-www-form-urlencoded";
pub const FORM_UTF8: &str = "application/x-www-form-urlencoded; charset=utf-8";
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A moment of the vectors.
pub fn moment(text: &str) -> DateTime<Utc> {
    Moment::parse_name(text).unwrap().datetime()
}

/// A minute after the vectors were signed.
pub fn now() -> DateTime<Utc> {
    moment("20260511T100100Z")
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// HMAC-SHA256 (RFC 2104), for keys of at most one block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

/// Signature Version 4 of the request of a cloud identity; headers by lower-case names, sorted.
pub fn signature(
    secret: &str,
    date: &str,
    region: &str,
    service: &str,
    headers: &[(String, String)],
) -> String {
    signature_of(BODY, secret, date, region, service, headers)
}

/// Signature Version 4 of `POST /` with this body.
pub fn signature_of(
    body: &str,
    secret: &str,
    date: &str,
    region: &str,
    service: &str,
    headers: &[(String, String)],
) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let request = format!(
        "POST\n/\n\n{lines}\n{}\n{}",
        names.join(";"),
        sha256(body.as_bytes())
    );
    let day = &date[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        sha256(request.as_bytes())
    );
    let key = [day, region, service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            hmac(&key, part.as_bytes())
        });
    hmac(&key, text.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Somebody with credentials.
#[derive(Clone)]
pub struct Client {
    pub scheme: &'static str,
    pub host: String,
    pub region: String,
    pub service: String,
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub date: String,
    pub content_type: String,
    /// Signed besides, and given.
    pub signed: Vec<(String, String)>,
    /// Given without being signed.
    pub unsigned: Vec<(String, String)>,
    /// Signed but not given.
    pub withheld: Vec<String>,
    /// Between `Credential=…` and `SignedHeaders=…`.
    pub gap: &'static str,
}

impl Client {
    /// As the Go client does since it goes by regions.
    pub fn go(host: &str, region: &str) -> Self {
        Self {
            scheme: "https",
            host: host.into(),
            region: region.into(),
            service: "sts".into(),
            key: "AKID".into(),
            secret: "SECRET".into(),
            token: Some("SESSION".into()),
            date: "20260511T100000Z".into(),
            content_type: FORM.into(),
            signed: Vec::new(),
            unsigned: Vec::new(),
            withheld: vec!["content-length".into(), "host".into()],
            gap: ", ",
        }
    }

    /// The Go client in us-east-1.
    pub fn usual() -> Self {
        Self::go("sts.us-east-1.amazonaws.com", "us-east-1")
    }

    /// As the JavaScript client does: everything given, the global host.
    pub fn js() -> Self {
        Self {
            content_type: FORM_UTF8.into(),
            withheld: Vec::new(),
            ..Self::go("sts.amazonaws.com", "us-east-1")
        }
    }

    /// As the Python client does: two spaces, and its own name unsigned.
    pub fn python() -> Self {
        Self {
            unsigned: vec![("User-Agent".into(), "aws-sdk-python".into())],
            withheld: vec!["host".into()],
            gap: ",  ",
            ..Self::js()
        }
    }

    pub fn signing(mut self, name: &str, value: &str) -> Self {
        self.signed.push((name.into(), value.into()));
        self
    }

    /// What is signed, sorted.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![
            ("content-length".to_owned(), BODY.len().to_string()),
            ("content-type".to_owned(), self.content_type.clone()),
            ("host".to_owned(), self.host.clone()),
            ("x-amz-date".to_owned(), self.date.clone()),
        ];
        headers.extend(
            self.token
                .clone()
                .map(|token| ("x-amz-security-token".to_owned(), token)),
        );
        headers.extend(
            self.signed
                .iter()
                .map(|(n, v)| (n.to_lowercase(), v.clone())),
        );
        headers.sort();
        headers
    }

    pub fn authorization(&self) -> String {
        let Self {
            key,
            region,
            service,
            date,
            ..
        } = self;
        let headers = self.headers();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/{}/{region}/{service}/aws4_request{}SignedHeaders={}, Signature={}",
            &date[..8],
            self.gap,
            names.join(";"),
            signature(&self.secret, date, region, service, &headers)
        )
    }

    /// The parts of the cloud identity, to be spoilt.
    pub fn parts(&self) -> Parts {
        let mut headers: Vec<(String, Value)> = self
            .headers()
            .into_iter()
            .filter(|(name, _)| !self.withheld.contains(name))
            .map(|(name, value)| (name, json!([value])))
            .collect();
        headers.push(("Authorization".into(), json!([self.authorization()])));
        headers.extend(self.unsigned.iter().map(|(n, v)| (n.clone(), json!([v]))));
        Parts {
            method: "POST".into(),
            url: format!("{}://{}/", self.scheme, self.host),
            body: BODY.into(),
            headers,
        }
    }

    /// The cloud identity.
    pub fn token(&self) -> String {
        self.parts().token()
    }
}

/// A cloud identity taken apart.
#[derive(Clone)]
pub struct Parts {
    pub method: String,
    pub url: String,
    pub body: String,
    pub headers: Vec<(String, Value)>,
}

impl Parts {
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.headers.push((name.into(), value));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    pub fn url(mut self, url: &str) -> Self {
        self.url = url.into();
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    /// Changes the Authorization header.
    pub fn authorization(mut self, change: impl Fn(&str) -> String) -> Self {
        for (name, value) in &mut self.headers {
            if name == "Authorization" {
                *value = json!([change(value[0].as_str().unwrap())]);
            }
        }
        self
    }

    /// The JSON of the headers, duplicates and all.
    pub fn header_json(&self) -> String {
        let members: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{}:{value}", json!(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    pub fn outer(&self) -> String {
        json!({
            "sts_request_method": self.method,
            "sts_request_url": STANDARD.encode(&self.url),
            "sts_request_body": STANDARD.encode(&self.body),
            "sts_request_headers": STANDARD.encode(self.header_json()),
        })
        .to_string()
    }

    pub fn token(&self) -> String {
        STANDARD.encode(self.outer())
    }
}

/// The answer of STS to `GetCallerIdentity`.
pub fn caller_xml(arn: &str, user_id: &str, account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  <GetCallerIdentityResult>\n    \
         <Arn>{arn}</Arn>\n    <UserId>{user_id}</UserId>\n    <Account>{account}</Account>\n  \
         </GetCallerIdentityResult>\n  <ResponseMetadata>\n    \
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\n  </ResponseMetadata>\n\
         </GetCallerIdentityResponse>\n"
    )
}

pub fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> StsAnswer {
    StsAnswer {
        status,
        content_type: Some(content_type.into()),
        body: body.into(),
    }
}

pub fn fault(status: u16, code: &str, message: &str) -> StsAnswer {
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>Sender</Type>\n    \
         <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  \
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\n</ErrorResponse>\n"
    );
    answer(status, "text/xml", body)
}

/// An STS that knows two keys and whom the caller is to be, and counts.
pub struct Sts {
    /// ARN, with `P` for the partition, and user id.
    pub caller: (String, String),
    /// Answers given instead, first to last; the last one stays.
    pub instead: Mutex<Vec<Result<StsAnswer, RelayFault>>>,
    pub received: Mutex<Vec<Vec<(String, String)>>>,
}

impl Sts {
    pub fn knowing(arn: &str, user_id: &str) -> Self {
        Self {
            caller: (arn.into(), user_id.into()),
            instead: Mutex::default(),
            received: Mutex::default(),
        }
    }

    pub fn usual() -> Self {
        Self::knowing(
            &format!("arn:P:sts::{ACCOUNT}:assumed-role/dev-box/i-0abc"),
            &format!("{ROLE_ID}:i-0abc"),
        )
    }

    pub fn answering(answer: Result<StsAnswer, RelayFault>) -> Self {
        let sts = Self::usual();
        sts.instead.lock().unwrap().push(answer);
        sts
    }

    pub fn calls(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    fn judge(&self, request: &StsRequest) -> StsAnswer {
        let headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect();
        let get = |name: &str| {
            headers
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, v)| v.clone())
        };
        let authorization = get("authorization").unwrap();
        let field = |name: &str| {
            let start = authorization.find(name).unwrap() + name.len();
            authorization[start..].split(',').next().unwrap().to_owned()
        };
        let names = field("SignedHeaders=");
        let signed: Vec<(String, String)> = names
            .split(';')
            .map(|name| (name.to_owned(), get(name).unwrap()))
            .collect();
        let credential = field("Credential=");
        let scope: Vec<&str> = credential.split('/').collect();
        if !["AKID", "AKIAIOSFODNN7EXAMPLE"].contains(&scope[0]) {
            return fault(
                403,
                "InvalidClientTokenId",
                "The security token is invalid.",
            );
        }
        let right = signature(
            "SECRET",
            &get("x-amz-date").unwrap(),
            scope[2],
            scope[3],
            &signed,
        );
        if field("Signature=") != right {
            return fault(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match",
            );
        }
        let partition = match scope[2] {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let (arn, user_id) = &self.caller;
        let account = arn.split(':').nth(4).unwrap().to_owned();
        let arn = arn.replacen(":P:", &format!(":{partition}:"), 1);
        answer(200, "text/xml", caller_xml(&arn, user_id, &account))
    }
}

impl Relay for Sts {
    fn send(
        &self,
        request: &StsRequest,
    ) -> impl Future<Output = Result<StsAnswer, RelayFault>> + Send {
        let headers = request
            .headers
            .iter()
            .map(|(n, v)| (n.clone(), v.to_string()))
            .collect();
        self.received.lock().unwrap().push(headers);
        let mut instead = self.instead.lock().unwrap();
        let answer = match instead.len() {
            0 => Ok(self.judge(request)),
            1 => instead[0].clone(),
            _ => instead.remove(0),
        };
        std::future::ready(answer)
    }
}

/// Runs what never waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

pub fn draft() -> AuthMethodDraft {
    AuthMethodDraft {
        name: "ci/aws".into(),
        bound_aws_account_id: vec![ACCOUNT.into()],
        ..AuthMethodDraft::default()
    }
}

pub fn method_of(draft: &AuthMethodDraft) -> AuthMethod {
    validate(draft, &Hosts::default(), Limits::default(), now())
        .unwrap()
        .method
}

pub fn method(change: impl FnOnce(&mut AuthMethodDraft)) -> AuthMethod {
    let mut draft = draft();
    change(&mut draft);
    method_of(&draft)
}

/// A vault with an STS and a memory.
pub struct Vault {
    pub method: Option<AuthMethod>,
    pub enabled: bool,
    pub sts: Sts,
    pub seen: SeenInMemory,
    pub now: DateTime<Utc>,
    pub client: ClientAddress,
    pub audience: Audience,
    pub max_age: u32,
}

impl Default for Vault {
    fn default() -> Self {
        Self {
            method: Some(method(|_| {})),
            enabled: true,
            sts: Sts::usual(),
            seen: SeenInMemory::default(),
            now: now(),
            client: ClientAddress::Unix,
            audience: Audience::of(VAULT),
            max_age: 300,
        }
    }
}

impl Vault {
    pub fn with(method: AuthMethod) -> Self {
        Self {
            method: Some(method),
            ..Self::default()
        }
    }

    pub fn asking(sts: Sts) -> Self {
        Self {
            sts,
            ..Self::default()
        }
    }

    pub fn login(&self, cloud_identity: &str) -> Verdict {
        ready(verify(
            Login {
                cloud_identity,
                method: self.method.as_ref(),
                state: State {
                    enabled: self.enabled,
                    client: &self.client,
                    now: self.now,
                },
                hosts: &Hosts::default(),
                audience: &self.audience,
                freshness: Freshness::of_seconds(self.max_age),
            },
            &self.sts,
            &self.seen,
        ))
    }

    /// The reason code, or `accepted`.
    pub fn outcome(&self, cloud_identity: &str) -> &'static str {
        code(&self.login(cloud_identity))
    }
}

pub fn code(verdict: &Verdict) -> &'static str {
    match &verdict.refusal {
        Some(refusal) => refusal.reason.code(),
        None => {
            assert!(verdict.accepted().is_some());
            "accepted"
        }
    }
}

/// What a fresh vault says; whatever is refused before STS must not have reached it.
pub fn outcome(cloud_identity: &str) -> &'static str {
    let vault = Vault::default();
    let outcome = vault.outcome(cloud_identity);
    if outcome != "accepted" && !outcome.starts_with("sts_") {
        assert_eq!(vault.sts.calls(), 0, "{outcome} after asking STS");
    }
    outcome
}
