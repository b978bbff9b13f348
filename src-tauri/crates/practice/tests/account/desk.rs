//! A practice account on a clock that tests move, and AWS SDK clients for the people in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::SystemTime;

use aws_sdk_iam::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, retry::RetryConfig,
};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::time::TimeSource;
use chrono::{DateTime, TimeDelta, Utc};
use leasehold_practice::{ACCOUNT_ID, Practice, add_admin};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

pub const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
pub const VIEW_ONLY: &str = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
pub const BOUNDARY: &str = "arn:aws:iam::000000000000:policy/practice-boundary";
pub const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The account, its folder, and the clock below it.
pub struct Desk {
    pub practice: Practice,
    pub folder: TempDir,
    clock: Arc<AtomicI64>,
    count: AtomicU32,
}

/// Somebody with credentials.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
    pub iam: aws_sdk_iam::Client,
    pub sts: aws_sdk_sts::Client,
}

#[derive(Debug)]
struct PracticeTime(Practice);

impl TimeSource for PracticeTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap()
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(start().timestamp_millis()));
        let practice = open(&folder, &clock);
        Self {
            practice,
            folder,
            clock,
            count: AtomicU32::new(0),
        }
    }

    /// Opens the same folder again, as another process would.
    pub fn open_again(&self) -> Practice {
        open(&self.folder, &self.clock)
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn moment(&self, seconds_ahead: i64) -> String {
        let moment = self.practice.now() + TimeDelta::seconds(seconds_ahead);
        moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    pub fn admin(&self) -> Person {
        let (id, secret) = add_admin(&self.practice).unwrap();
        self.person("admin", &id, secret.expose_secret(), None)
    }

    pub fn manager(&self) -> Person {
        let (id, secret) = self.practice.manager_keys();
        self.person("leasehold-manager", &id, secret.expose_secret(), None)
    }

    pub fn person(&self, name: &str, id: &str, secret: &str, token: Option<&str>) -> Person {
        let region = Region::new("us-east-1");
        let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
        let provider = SharedCredentialsProvider::new(credentials);
        let iam = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .credentials_provider(provider.clone())
            .http_client(self.practice.http_client())
            .time_source(PracticeTime(self.practice.clone()))
            .retry_config(RetryConfig::disabled())
            .build();
        let sts = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(provider)
            .http_client(self.practice.http_client())
            .time_source(PracticeTime(self.practice.clone()))
            .retry_config(RetryConfig::disabled())
            .build();
        Person {
            name: name.to_owned(),
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: token.map(str::to_owned),
            iam: aws_sdk_iam::Client::from_conf(iam),
            sts: aws_sdk_sts::Client::from_conf(sts),
        }
    }

    /// A new user under `/` with these inline policies and one key.
    pub async fn user(&self, policies: &[&str]) -> Person {
        self.user_with(policies, None).await
    }

    pub async fn user_with(&self, policies: &[&str], boundary: Option<&str>) -> Person {
        let admin = self.admin().iam;
        let name = format!("person-{}", self.count.fetch_add(1, Ordering::SeqCst));
        let create = admin.create_user().user_name(&name);
        create
            .set_permissions_boundary(boundary.map(str::to_owned))
            .send()
            .await
            .unwrap();
        for (number, document) in policies.iter().enumerate() {
            admin
                .put_user_policy()
                .user_name(&name)
                .policy_name(format!("policy-{number}"))
                .policy_document(*document)
                .send()
                .await
                .unwrap();
        }
        let key = admin
            .create_access_key()
            .user_name(&name)
            .send()
            .await
            .unwrap();
        let key = key.access_key.unwrap();
        self.person(&name, &key.access_key_id, &key.secret_access_key, None)
    }
}

fn open(folder: &TempDir, clock: &Arc<AtomicI64>) -> Practice {
    let clock = Arc::clone(clock);
    let now = move || DateTime::from_timestamp_millis(clock.load(Ordering::SeqCst)).unwrap();
    Practice::open_with_clock(folder.path(), Arc::new(now)).unwrap()
}

/// A statement that allows `actions` on `resource`.
pub fn allow(actions: &[&str], resource: &str) -> String {
    statement("Allow", actions, resource, "{}")
}

pub fn deny(actions: &[&str], resource: &str) -> String {
    statement("Deny", actions, resource, "{}")
}

pub fn statement(effect: &str, actions: &[&str], resource: &str, condition: &str) -> String {
    let actions = actions.join(r#"",""#);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":["{actions}"],"Resource":"{resource}","Condition":{condition}}}]}}"#
    )
}

pub fn user_arn(path_and_name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:user/{path_and_name}")
}

/// How the account refused: code, HTTP status, message.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub status: u16,
    pub message: String,
}

pub fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    outcome: Result<T, SdkError<E>>,
) -> Refusal {
    let error = outcome.expect_err("the account should have refused");
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    Refusal {
        code: error.code().unwrap_or_default().to_owned(),
        status,
        message: error.message().unwrap_or_default().to_owned(),
    }
}

/// Asserts a refusal's code and status.
#[track_caller]
pub fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    outcome: Result<T, SdkError<E>>,
    code: &str,
    status: u16,
) -> String {
    let refusal = refusal(outcome);
    assert_eq!(
        (refusal.code.as_str(), refusal.status),
        (code, status),
        "{}",
        refusal.message
    );
    refusal.message
}

#[track_caller]
pub fn denied<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    outcome: Result<T, SdkError<E>>,
) -> String {
    refused(outcome, "AccessDenied", 403)
}
