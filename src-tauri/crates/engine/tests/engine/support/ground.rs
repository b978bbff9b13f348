//! One home, one account, one clock that the test owns, and as many processes as a test needs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, AwsErrorKind, ClockOffset, Endpoint, Entity, Limiter};
use leasehold_domain::{Moment, guard};
use leasehold_engine::wire::{LeaseDetail, LeaseView, State};
use leasehold_engine::{Clock, Engine, KeychainChoice, LeaseQuery, Options};
use leasehold_practice::Practice;
use tokio::sync::watch;

use super::home::{Timer, draft};
use super::wire::Wire;

/// The wall clock and AWS's, as the test sets them.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<Mutex<Hands>>);

#[derive(Debug, Default)]
struct Hands {
    wall: TimeDelta,
    passed: TimeDelta,
}

impl TestClock {
    /// Time passes.
    pub fn advance(&self, by: TimeDelta) {
        let mut hands = self.0.lock().unwrap();
        hands.wall += by;
        hands.passed += by;
    }

    /// Somebody sets the clock; no time passes.
    pub fn set_by(&self, by: TimeDelta) {
        self.0.lock().unwrap().wall += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0.lock().unwrap().wall
    }

    fn passed(&self) -> Duration {
        let passed = self.0.lock().unwrap().passed.to_std().unwrap();
        passed + START.elapsed()
    }
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How a lease and its user are found once everything is quiet.
#[derive(Debug)]
pub enum Settled {
    /// At rest, and AWS does not know the user.
    Rest(State),
    /// Active, and exactly the right guards are in AWS.
    Active,
}

pub struct Ground {
    pub folder: tempfile::TempDir,
    pub clock: TestClock,
    pub practice: Practice,
}

impl Ground {
    /// With the practice account connected and one dynamic secret, `s3-upload`.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::default();
        let practice = open_practice(folder.path(), &clock);
        let ground = Self {
            folder,
            clock,
            practice,
        };
        let (engine, _) = ground.process();
        engine.connections().add_practice("practice").await.unwrap();
        engine.secrets().add(&draft("s3-upload")).unwrap();
        engine.close();
        ground
    }

    /// Another process on the same home, with a way to AWS of its own.
    pub fn process(&self) -> (Engine, Wire) {
        self.process_with(self.clock.clone(), KeychainChoice::Memory)
    }

    pub fn process_with(&self, clock: TestClock, keychain: KeychainChoice) -> (Engine, Wire) {
        let wire = Wire::new(self.practice.http_client());
        let engine = Engine::open(Options {
            http: Some(wire.client()),
            clock: Arc::new(clock),
            ..Options::new(self.folder.path().to_path_buf(), keychain, "test")
        })
        .unwrap();
        (engine, wire)
    }

    /// A copy of the state, which no process may have open. The account is not part of it.
    pub fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for path in state_files(self.folder.path()) {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        copy
    }

    /// The state is again as it was when it was copied; AWS is as it is.
    pub fn put_back(&self, copy: &tempfile::TempDir) {
        for path in state_files(self.folder.path()) {
            std::fs::remove_file(path).unwrap();
        }
        for path in state_files(copy.path()) {
            let name = path.file_name().unwrap().to_owned();
            std::fs::copy(path, self.folder.path().join(name)).unwrap();
        }
    }

    /// Another process on the same home whose account is a copy in memory, for many calls.
    pub fn process_in_memory(&self) -> (Engine, Wire, Practice) {
        let practice = self.practice.detached().unwrap();
        let wire = Wire::new(practice.http_client());
        let engine = Engine::open(Options {
            http: Some(wire.client()),
            clock: Arc::new(self.clock.clone()),
            ..Options::new(
                self.folder.path().to_path_buf(),
                KeychainChoice::Memory,
                "test",
            )
        })
        .unwrap();
        (engine, wire, practice)
    }

    /// AWS itself, without a fault.
    pub fn aws(&self) -> Aws {
        let (id, secret) = self.practice.manager_keys();
        let endpoint = Endpoint {
            region: "us-east-1".into(),
            url: None,
            http: Some(self.practice.http_client()),
        };
        Aws::new(
            &id,
            &secret,
            None,
            &endpoint,
            ClockOffset::default(),
            Limiter::unshared(),
        )
    }

    /// The managing user itself, through AWS's own client.
    pub fn manager(&self) -> aws_sdk_iam::Client {
        let (id, secret) = self.practice.manager_keys();
        let secret = secrecy::ExposeSecret::expose_secret(&secret);
        let config = aws_sdk_iam::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .credentials_provider(aws_sdk_iam::config::Credentials::new(
                id, secret, None, None, "test",
            ))
            .http_client(self.practice.http_client())
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    /// Gives the managing user one more statement, or takes that away again.
    pub async fn manager_may(&self, statement: Option<&str>) {
        let iam = self.manager();
        let name = leasehold_practice::MANAGER_NAME;
        let statement = statement
            .unwrap_or(r#"{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}"#);
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let put = iam.put_user_policy().user_name(name).policy_name("more");
        put.policy_document(document).send().await.unwrap();
    }

    /// Fails unless the lease and its user are in one of the two states they may be left in.
    pub async fn settled(&self, engine: &Engine, id: &str) -> Settled {
        let check = engine.activity().verify().unwrap();
        assert_eq!(check.fault, None, "the activity log");
        let detail = engine.leases().show(id).unwrap();
        let user = self.aws().get_user(&detail.lease.user_name).await;
        match detail.lease.state {
            State::Revoked | State::Failed => {
                let kind = user
                    .expect_err("a user without a living lease")
                    .kind
                    .clone();
                assert_eq!(kind, AwsErrorKind::NotThere(Entity::User));
                assert_eq!(detail.events.last().unwrap().kind, "ended", "{detail:?}");
                Settled::Rest(detail.lease.state)
            }
            State::Active => {
                user.expect("an active lease without a user");
                self.assert_guarded(engine, &detail.lease).await;
                Settled::Active
            }
            other => panic!("still {other:?}: {detail:?}"),
        }
    }

    /// Exactly the guard of the lease's expiry, and self-protection, are in AWS.
    pub async fn assert_guarded(&self, engine: &Engine, lease: &LeaseView) {
        let inline = self
            .aws()
            .list_user_policies(&lease.user_name)
            .await
            .unwrap();
        let detail: LeaseDetail = engine.leases().show(&lease.id).unwrap();
        let mut expected = detail.inline_policies.clone();
        let mut found = inline.clone();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        let moment = Moment::from(lease.expires_at).name();
        let dated: Vec<_> = found
            .iter()
            .filter(|name| name.starts_with("leasehold-until-"))
            .collect();
        assert_eq!(dated.len(), 1, "{found:?}");
        assert!(dated[0].contains(&moment), "{found:?}");
        assert!(!guard::until_document(Moment::from(lease.expires_at)).is_empty());
    }

    /// Every lease of the home, newest first.
    pub fn leases(&self, engine: &Engine) -> Vec<LeaseView> {
        let query = LeaseQuery {
            all: true,
            ..LeaseQuery::default()
        };
        engine.leases().list(&query).unwrap()
    }

    pub fn run(&self, engine: &Engine) -> Timer {
        let (stop, stopped) = watch::channel(false);
        let engine = engine.clone();
        Timer::new(stop, tokio::spawn(async move { engine.run(stopped).await }))
    }

    /// Runs the timer, and the clock a few seconds on each time it has nothing to do, until the
    /// condition holds.
    pub async fn run_until(&self, engine: &Engine, mut condition: impl FnMut() -> bool) {
        let timer = self.run(engine);
        for _ in 0..4000 {
            if condition() {
                timer.stop().await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.clock.advance(TimeDelta::seconds(5));
            engine.look_again();
        }
        panic!("it never happened: {:#?}", self.leases(engine));
    }

    /// No file of the engine's own holds any of the secrets; nor does the text.
    pub fn assert_secret(&self, secrets: &[String], said: &str) {
        for secret in secrets {
            assert!(!said.contains(secret.as_str()), "in what was said");
            assert_not_in(self.folder.path(), secret.as_bytes());
        }
    }
}

fn assert_not_in(folder: &Path, secret: &[u8]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // The practice account plays AWS, which knows the keys it made.
            if !path.ends_with("practice") {
                assert_not_in(&path, secret);
            }
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|w| w == secret);
        assert!(!found, "a secret is in {}", path.display());
    }
}

fn state_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            path.is_file() && name.starts_with("leasehold.db")
        })
        .collect()
}

fn open_practice(folder: &Path, clock: &TestClock) -> Practice {
    let clock = clock.clone();
    Practice::open_with_clock(&folder.join("practice"), Arc::new(move || clock.now())).unwrap()
}
