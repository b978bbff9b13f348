//! A home with a gateway, a practice account to lease from, and an STS beside it that checks signatures.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use chrono::{DateTime, Utc};
use leasehold_access::AuthMethodDraft;
use leasehold_access::Hosts;
use leasehold_access::desk::Desk;
use leasehold_access::make::{Extras, Place};
use leasehold_engine::wire::SecretDraft;
use leasehold_engine::{Engine, KeychainChoice, Options};
use leasehold_gateway::{Gateway, Listen};
use leasehold_practice::{ACCOUNT_ID, Practice, add_admin, serve};
use leasehold_store::{ActivityFilter, Store};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::way::Way;

pub const SECRET: &str = "/development/payments/s3-upload";

pub struct House {
    pub folder: tempfile::TempDir,
    pub engine: Engine,
    pub way: Way,
    pub sts: Sts,
    pub access_id: String,
}

/// An STS beside the home, and how often somebody connected to it.
pub struct Sts {
    pub url: String,
    pub asked: Arc<AtomicUsize>,
    pub manager: Credentials,
    pub admin: Credentials,
}

pub struct Open {
    pub at: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

pub struct Said {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Sts {
    async fn begin(folder: &std::path::Path) -> Self {
        let practice = Practice::open(folder).unwrap();
        let credentials = |(id, secret): (String, secrecy::SecretString)| {
            Credentials::new(id, secret.expose_secret(), None, None, "test")
        };
        let manager = credentials(practice.manager_keys());
        let admin = credentials(add_admin(&practice).unwrap());
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = inner.local_addr().unwrap();
        tokio::spawn(serve(practice, inner));
        let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", front.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = front.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(behind).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self {
            url,
            asked,
            manager,
            admin,
        }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A fresh cloud identity, as our own client makes it.
    pub fn identity(&self, who: &Credentials) -> String {
        let hosts = Hosts::default();
        let place = Place::find(&hosts, &self.url, None).unwrap();
        let nonce = Extras {
            audience: None,
            nonce: true,
        };
        place.sign(who, nonce, Utc::now()).unwrap().to_string()
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut AuthMethodDraft)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sts = Sts::begin(&folder.path().join("sts")).await;
        let way = Way::of(&folder.path().join("home"));
        let engine = Engine::open(Options {
            http: Some(way.client()),
            ..options(folder.path(), KeychainChoice::Memory)
        })
        .unwrap();
        engine.connections().add_practice("practice").await.unwrap();
        engine.secrets().add(&draft()).unwrap();
        let house = Self {
            folder,
            engine,
            way,
            sts,
            access_id: String::new(),
        };
        let mut method = AuthMethodDraft {
            name: "/ci/box".into(),
            bound_aws_account_id: vec![ACCOUNT_ID.into()],
            sts_url: house.sts.url.clone(),
            insecure_dev_sts: true,
            audit_logs_claims: vec!["user_name".into()],
            ..AuthMethodDraft::default()
        };
        change(&mut method);
        let desk = house.desk();
        let made = desk.methods().create(&method).unwrap();
        desk.roles().create("payments", "").unwrap();
        house.allow("/development/payments/*", &["read", "update"]);
        desk.roles()
            .associate("payments", &made.access_id, &[], false)
            .unwrap();
        Self {
            access_id: made.access_id,
            ..house
        }
    }

    pub fn allow(&self, path: &str, capabilities: &[&str]) {
        let words: Vec<String> = capabilities.iter().map(|one| (*one).to_owned()).collect();
        let desk = self.desk();
        desk.roles().set_rule("payments", path, &words).unwrap();
    }

    pub fn desk(&self) -> Desk {
        let shared = self.engine.shared();
        let clock = shared.clock;
        Desk::new(shared.store, Arc::new(move || clock.now()), "test")
    }

    pub fn store(&self) -> Store {
        self.engine.shared().store
    }

    pub async fn serve(&self) -> Open {
        serve_engine(&self.engine).await
    }

    /// The form of a login.
    pub fn login(&self, identity: &str) -> Value {
        json!({ "access-id": self.access_id, "access-type": "aws_iam", "cloud-id": identity })
    }

    pub async fn token(&self, open: &Open, who: &Credentials) -> String {
        let form = self.login(&self.sts.identity(who));
        let said = open.post("/auth", &form).await;
        assert_eq!(said.status, 200, "{}", said.body);
        said.body["token"].as_str().unwrap().to_owned()
    }

    /// Lines of the activity, oldest first, as kind and text.
    pub fn told(&self) -> Vec<(String, String)> {
        let store = self.store();
        let rows = store
            .activity()
            .newest(&ActivityFilter::default(), None, 500)
            .unwrap();
        rows.into_iter()
            .rev()
            .map(|row| (row.line.kind, row.line.text))
            .collect()
    }

    pub fn last_told(&self, kind: &str) -> String {
        let told = self.told();
        let found = told.iter().rev().find(|(one, _)| one == kind);
        found
            .unwrap_or_else(|| panic!("no {kind} in {told:#?}"))
            .1
            .clone()
    }
}

pub fn open(home: &std::path::Path, keychain: KeychainChoice) -> Engine {
    Engine::open(options(home, keychain)).unwrap()
}

fn options(home: &std::path::Path, keychain: KeychainChoice) -> Options {
    Options::new(home.join("home"), keychain, "gateway")
}

pub async fn serve_engine(engine: &Engine) -> Open {
    let options = leasehold_gateway::Options {
        listen: vec![Listen::parse("listen", "127.0.0.1:0").unwrap()],
        ..leasehold_gateway::Options::default()
    };
    let gateway = Gateway::open(engine, options).await.unwrap();
    let url = gateway.urls().remove(0);
    let at = url.strip_prefix("http://").unwrap().parse().unwrap();
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(gateway.run(stopped));
    Open { at, stop, task }
}

impl Open {
    pub async fn post(&self, path: &str, form: &Value) -> Said {
        self.post_with(path, form, "").await
    }

    pub async fn post_with(&self, path: &str, form: &Value, headers: &str) -> Said {
        let stream = TcpStream::connect(self.at).await.unwrap();
        let body = form.to_string();
        say(stream, &request(path, &body, headers)).await.unwrap()
    }

    /// Whatever is written, as it is.
    pub async fn raw(&self, text: &str) -> Option<Said> {
        let stream = TcpStream::connect(self.at).await.unwrap();
        say(stream, text).await
    }

    pub async fn stop(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}

pub fn request(path: &str, body: &str, headers: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// `None` when the connection was closed without an answer.
pub async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> Option<Said> {
    // A peer that refuses may close before all is written.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Said {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}

pub fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn draft() -> SecretDraft {
    SecretDraft {
        name: "s3-upload".into(),
        environment: "development".into(),
        folder: "/payments".into(),
        connection: "practice".into(),
        default_ttl: "1h".into(),
        max_ttl: "8h".into(),
        region: "eu-central-1".into(),
        iam_path: "/leases/".into(),
        permission_boundary: String::new(),
        groups: Vec::new(),
        policy_arns: vec!["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".into()],
        policy_documents: Vec::new(),
        ..SecretDraft::default()
    }
}
