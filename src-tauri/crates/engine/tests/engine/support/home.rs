//! A home with the practice account and one dynamic secret, and eyes inside the account.

use std::path::Path;
use std::time::Duration;

use leasehold_aws::{Aws, ClockOffset, Endpoint, Limiter};
use leasehold_engine::wire::SecretDraft;
use leasehold_engine::{Credentials, Engine, IssueRequest, KeychainChoice, Options};
use leasehold_practice::Practice;
use secrecy::SecretString;
use tokio::sync::watch;

pub struct Home {
    pub folder: tempfile::TempDir,
    pub engine: Engine,
}

pub struct User {
    pub path: String,
    pub boundary: Option<String>,
    pub groups: Vec<String>,
    pub managed: Vec<String>,
    pub inline: Vec<String>,
    pub keys: Vec<String>,
}

impl User {
    pub fn guards_dated(&self) -> usize {
        self.inline
            .iter()
            .filter(|name| name.starts_with("leasehold-until-"))
            .count()
    }
}

pub struct Timer {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Timer {
    pub fn new(stop: watch::Sender<bool>, task: tokio::task::JoinHandle<()>) -> Self {
        Self { stop, task }
    }

    pub async fn stop(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}

pub fn request(secret: &str) -> IssueRequest {
    IssueRequest {
        secret: secret.into(),
        ..IssueRequest::default()
    }
}

pub fn draft(name: &str) -> SecretDraft {
    SecretDraft {
        name: name.into(),
        environment: "development".into(),
        folder: "/payments".into(),
        connection: "practice".into(),
        default_ttl: "1h".into(),
        max_ttl: "8h".into(),
        region: "eu-central-1".into(),
        iam_path: "/leases/payments/".into(),
        permission_boundary: String::new(),
        groups: vec!["developers".into()],
        policy_arns: vec![
            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, arn:aws:iam::aws:policy/IAMReadOnlyAccess".into(),
        ],
        policy_documents: vec![
            r#"{ "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": "iam:*", "Resource": "*" } ] }"#
                .into(),
        ],
        ..SecretDraft::default()
    }
}

impl Home {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        engine.connections().add_practice("practice").await.unwrap();
        let home = Self { folder, engine };
        let mut draft = draft("s3-upload");
        draft.permission_boundary =
            format!("arn:aws:iam::{}:policy/practice-boundary", home.account());
        home.engine.secrets().add(&draft).unwrap();
        home
    }

    pub fn account(&self) -> String {
        self.engine
            .connections()
            .show("practice")
            .unwrap()
            .account_id
    }

    /// The practice account, as another process would see it.
    fn practice(&self) -> Practice {
        Practice::open(&self.folder.path().join("practice")).unwrap()
    }

    pub fn manager(&self) -> Aws {
        let practice = self.practice();
        let (id, secret) = practice.manager_keys();
        self.aws(&practice, &id, &secret)
    }

    pub fn client(&self, credentials: &Credentials) -> Aws {
        let practice = self.practice();
        self.aws(
            &practice,
            &credentials.access_key_id,
            &credentials.secret_access_key,
        )
    }

    fn aws(&self, practice: &Practice, id: &str, secret: &SecretString) -> Aws {
        let endpoint = Endpoint {
            region: "us-east-1".into(),
            url: None,
            http: Some(practice.http_client()),
        };
        let offset = ClockOffset::new(practice.clock_offset_ms());
        Aws::new(id, secret, None, &endpoint, offset, Limiter::unshared())
    }

    pub async fn user_exists(&self, name: &str) -> bool {
        self.manager().get_user(name).await.is_ok()
    }

    pub async fn user(&self, name: &str) -> User {
        let aws = self.manager();
        let facts = aws.get_user(name).await.unwrap();
        User {
            path: facts.path,
            boundary: facts.boundary,
            groups: aws.list_groups_for_user(name).await.unwrap(),
            managed: aws.list_attached_user_policies(name).await.unwrap(),
            inline: aws.list_user_policies(name).await.unwrap(),
            keys: aws
                .list_access_keys(name)
                .await
                .unwrap()
                .into_iter()
                .map(|k| k.id)
                .collect(),
        }
    }

    pub fn run(&self) -> Timer {
        let (stop, stopped) = watch::channel(false);
        let engine = self.engine.clone();
        Timer::new(stop, tokio::spawn(async move { engine.run(stopped).await }))
    }

    /// Waits for something another task does, with an end.
    pub async fn wait_for(&self, mut condition: impl FnMut() -> bool) {
        let waiting = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .expect("it never happened");
    }

    /// No file of the engine's own under the home holds `secret`. The practice account plays AWS,
    /// which knows the keys it made.
    pub fn assert_nowhere(&self, secret: &str) {
        fn search(folder: &Path, secret: &[u8]) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if !path.ends_with("practice") {
                        search(&path, secret);
                    }
                    continue;
                }
                let bytes = std::fs::read(&path).unwrap();
                assert!(
                    !bytes.windows(secret.len()).any(|w| w == secret),
                    "{}",
                    path.display()
                );
            }
        }
        search(self.folder.path(), secret.as_bytes());
    }
}

pub fn open(folder: &Path) -> Engine {
    Engine::open(Options::new(
        folder.to_path_buf(),
        KeychainChoice::Memory,
        "test",
    ))
    .unwrap()
}
