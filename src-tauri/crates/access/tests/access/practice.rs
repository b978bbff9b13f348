//! Whole logins at the practice account: an STS that this crate did not write, with keys, sessions
//! and a clock of its own.

use std::future::Future;

use aws_credential_types::Credentials;
use chrono::TimeDelta;
use leasehold_access::make::{Extras, cloud_identity};
use leasehold_access::{
    Audience, BODY, Freshness, Hosts, Login, Principal, Relay, RelayFault, SeenInMemory, State,
    StsAnswer, StsRequest, verify,
};
use leasehold_domain::{ClientAddress, Moment};
use leasehold_practice::{ACCOUNT_ID, MANAGER_NAME, Practice, Request};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::fixtures::{VAULT, code, method, ready, signature_of};

struct Account {
    practice: Practice,
    _folder: TempDir,
}

impl Relay for Account {
    fn send(
        &self,
        request: &StsRequest,
    ) -> impl Future<Output = Result<StsAnswer, RelayFault>> + Send {
        let headers = request
            .headers
            .iter()
            .map(|(n, v)| (n.clone(), v.to_string()))
            .collect();
        std::future::ready(Ok(self.post(headers, BODY)))
    }
}

impl Account {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let practice = Practice::open(folder.path()).unwrap();
        Self {
            practice,
            _folder: folder,
        }
    }

    fn post(&self, headers: Vec<(String, String)>, body: &str) -> StsAnswer {
        let request = Request {
            method: "POST".into(),
            uri: "/".into(),
            headers,
            body: body.into(),
        };
        let response = self.practice.answer(&request);
        let content_type = response
            .headers
            .iter()
            .find(|(name, _)| name == "content-type");
        StsAnswer {
            status: response.status,
            content_type: content_type.map(|(_, value)| value.clone()),
            body: response.body,
        }
    }

    fn manager(&self) -> Credentials {
        let (key, secret) = self.practice.manager_keys();
        Credentials::new(key, secret.expose_secret(), None, None, "practice")
    }

    /// A session of the managing user.
    fn session(&self) -> Credentials {
        let body = "Action=GetSessionToken&DurationSeconds=900&Version=2011-06-15";
        let (key, secret) = self.practice.manager_keys();
        let date = Moment::from(self.practice.now()).name();
        let mut headers = vec![
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ),
            ("host".to_owned(), "sts.us-east-1.amazonaws.com".to_owned()),
            ("x-amz-date".to_owned(), date.clone()),
        ];
        let secret = secret.expose_secret();
        let signature = signature_of(body, secret, &date, "us-east-1", "sts", &headers);
        headers.push((
            "authorization".into(),
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/{}/us-east-1/sts/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={signature}",
                &date[..8]
            ),
        ));
        let answer = String::from_utf8(self.post(headers, body).body).unwrap();
        let text = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        Credentials::new(
            text("AccessKeyId"),
            text("SecretAccessKey"),
            Some(text("SessionToken")),
            None,
            "practice",
        )
    }

    fn login(&self, credentials: &Credentials, account: &str) -> leasehold_access::Verdict {
        let hosts = Hosts::default();
        let host = hosts.get("sts.us-east-1.amazonaws.com").unwrap();
        let now = self.practice.now();
        let extras = Extras {
            audience: Some(VAULT),
            nonce: true,
        };
        let token = cloud_identity(credentials, host, extras, now).unwrap();
        let method = method(|draft| {
            draft.bound_aws_account_id = vec![account.to_owned()];
            draft.bound_user_name = vec![MANAGER_NAME.to_owned()];
            draft.require_audience = true;
        });
        let login = Login {
            cloud_identity: &token,
            method: Some(&method),
            state: State {
                enabled: true,
                client: &ClientAddress::Unix,
                now,
            },
            hosts: &hosts,
            audience: &Audience::of(VAULT),
            freshness: Freshness::default(),
        };
        ready(verify(login, self, &SeenInMemory::default()))
    }
}

#[test]
fn a_user_logs_in_with_its_key_and_with_a_session() {
    let account = Account::new();
    for credentials in [account.manager(), account.session()] {
        let verdict = account.login(&credentials, ACCOUNT_ID);
        let proven = verdict.accepted().unwrap_or_else(|| panic!("{verdict:?}"));
        assert_eq!(
            *proven.identity.principal(),
            Principal::User {
                name: MANAGER_NAME.into()
            }
        );
        assert_eq!(proven.identity.account().as_str(), ACCOUNT_ID);
        assert_eq!(proven.access_key_id, credentials.access_key_id());
        assert!(proven.request_id.is_some());
    }
}

#[test]
fn another_account_is_told_to_the_owner_with_who_it_was() {
    let account = Account::new();
    let verdict = account.login(&account.manager(), "111111111111");
    assert_eq!(code(&verdict), "account_not_bound");
    assert_eq!(
        verdict.proven.unwrap().identity.account().as_str(),
        ACCOUNT_ID
    );
}

#[test]
fn what_the_account_refuses_has_its_reason() {
    let account = Account::new();
    let (key, _) = account.practice.manager_keys();
    let wrong = Credentials::new(key, "wrong", None, None, "test");
    let unknown = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wrong", None, None, "test");
    assert_eq!(code(&account.login(&wrong, ACCOUNT_ID)), "sts_signature");
    assert_eq!(
        code(&account.login(&unknown, ACCOUNT_ID)),
        "sts_key_unknown"
    );
    let session = account.session();
    account.practice.skip(TimeDelta::minutes(16)).unwrap();
    assert_eq!(
        code(&account.login(&session, ACCOUNT_ID)),
        "sts_credentials_expired"
    );
    assert_eq!(
        code(&account.login(&account.manager(), ACCOUNT_ID)),
        "accepted"
    );
}
