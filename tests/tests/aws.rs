//! The engine against an AWS emulator nobody here wrote: signatures checked, policies enforced, the managing user holding
//! exactly the policy of the dynamic-secret documentation.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use leasehold_engine::wire::{EndReason, LeaseView, SecretDraft, State};
use leasehold_engine::{
    AddAccessKey, Clock, Engine, IssueRequest, Issued, KeychainChoice, Options, Renewal,
};
use leasehold_tests::emulator::{Account, Emulator, allow};
use leasehold_tests::keys::{Keys, refused};
use leasehold_tests::proxy::{Proxy, depth};
use leasehold_tests::until;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

/// This computer's clock, with a handle to move it.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

struct Rig {
    emulator: Emulator,
    account: Account,
    engine: Engine,
    clock: Arc<Ahead>,
    _home: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let url = emulator.url().to_owned();
        Self::reached_over(emulator, account, &url).await
    }

    /// An engine whose connection reaches the emulator over `url`.
    async fn reached_over(emulator: Emulator, account: Account, url: &str) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let clock = Arc::new(Ahead::default());
        let engine = Engine::open(Options {
            clock: clock.clone(),
            ..Options::new(home.path().join("home"), KeychainChoice::Memory, "test")
        })?;
        connect(&engine, &account.manager, url).await?;
        engine.secrets().add(&recipe(&account))?;
        Ok(Self {
            emulator,
            account,
            engine,
            clock,
            _home: home,
        })
    }

    async fn issue(&self) -> Result<Issued> {
        let request = IssueRequest {
            secret: "app".into(),
            ..IssueRequest::default()
        };
        Ok(self.engine.leases().issue(&request).await?)
    }

    fn leased(&self, issued: &Issued) -> aws_sdk_iam::Client {
        keys(issued).iam(self.emulator.url())
    }

    /// What the administrator sees of a leased user.
    async fn exists(&self, lease: &LeaseView) -> Result<bool> {
        let admin = self.account.admin.iam(self.emulator.url());
        match admin.get_user().user_name(&lease.user_name).send().await {
            Ok(_) => Ok(true),
            answer => {
                assert_eq!(refused(answer)?, "NoSuchEntity");
                Ok(false)
            }
        }
    }
}

async fn connect(engine: &Engine, manager: &Keys, url: &str) -> Result<()> {
    engine
        .connections()
        .add_access_key(AddAccessKey {
            name: "dev".into(),
            access_key_id: manager.id.clone(),
            secret_access_key: SecretString::from(manager.secret.as_str()),
            region: None,
            endpoint_url: Some(url.to_owned()),
        })
        .await?;
    Ok(())
}

/// Path, boundary, group, two managed policies, an inline document.
fn recipe(account: &Account) -> SecretDraft {
    SecretDraft {
        name: "app".into(),
        environment: "development".into(),
        folder: "/".into(),
        connection: "dev".into(),
        default_ttl: "1h".into(),
        max_ttl: "3h".into(),
        region: "us-east-1".into(),
        iam_path: "/leases/app/".into(),
        permission_boundary: account.boundary.clone(),
        groups: vec![account.group.clone()],
        policy_arns: account.policies.to_vec(),
        policy_documents: vec![allow(&["iam:ListPolicies", "iam:CreatePolicy"])],
        ..SecretDraft::default()
    }
}

fn keys(issued: &Issued) -> Keys {
    let secret = issued.credentials.secret_access_key.expose_secret();
    Keys::new(issued.credentials.access_key_id.as_str(), secret)
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_leased_key_does_what_policies_group_and_document_grant_within_the_boundary() -> Result<()>
{
    let rig = Rig::start().await?;
    let issued = rig.issue().await?;
    let usable = rig
        .engine
        .leases()
        .wait_usable(&issued.lease.id, &issued.credentials, None)
        .await?;
    assert!(usable.usable_after_ms.is_some());
    assert_eq!(issued.lease.state, State::Active);

    let iam = rig.leased(&issued);
    iam.list_users().send().await?; // First managed policy.
    iam.list_roles().send().await?; // Second managed policy.
    iam.list_groups().send().await?; // Group.
    iam.list_policies().send().await?; // Inline document.
    // Granted by each of them, outside the boundary.
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = iam
        .create_role()
        .role_name("x")
        .assume_role_policy_document(trust)
        .send()
        .await;
    assert_eq!(refused(role)?, "AccessDenied");
    assert_eq!(
        refused(iam.create_group().group_name("x").send().await)?,
        "AccessDenied"
    );
    let policy = iam
        .create_policy()
        .policy_name("x")
        .policy_document(allow(&["s3:*"]))
        .send()
        .await;
    assert_eq!(refused(policy)?, "AccessDenied");

    let admin = rig.account.admin.iam(rig.emulator.url());
    let user = admin
        .get_user()
        .user_name(&issued.lease.user_name)
        .send()
        .await?;
    let user = user.user().expect("a user");
    assert_eq!(user.path(), "/leases/app/");
    assert_eq!(Some(user.user_id()), issued.lease.user_id.as_deref());
    let boundary = user
        .permissions_boundary()
        .and_then(|b| b.permissions_boundary_arn());
    assert_eq!(boundary, Some(rig.account.boundary.as_str()));
    Ok(())
}

#[tokio::test]
async fn self_protection_denies_what_the_recipe_grants() -> Result<()> {
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let url = emulator.url().to_owned();
    let rig = Rig::reached_over(emulator, account, &url).await?;
    let mut free = recipe(&rig.account);
    free.name = "free".into();
    free.permission_boundary = String::new();
    free.policy_documents = vec![allow(&["iam:*"])];
    rig.engine.secrets().add(&free)?;
    let request = IssueRequest {
        secret: "free".into(),
        ..IssueRequest::default()
    };
    let issued = rig.engine.leases().issue(&request).await?;
    let (iam, me) = (rig.leased(&issued), issued.lease.user_name.as_str());
    iam.get_user().user_name(me).send().await?;
    iam.list_user_policies().user_name(me).send().await?;
    let guard = iam.list_user_policies().user_name(me).send().await?;
    let until = guard
        .policy_names()
        .iter()
        .find(|name| name.starts_with("leasehold-until-"));
    let until = until.expect("a dated guard");
    assert_eq!(
        refused(iam.create_access_key().user_name(me).send().await)?,
        "AccessDenied"
    );
    let put = iam
        .put_user_policy()
        .user_name(me)
        .policy_name("x")
        .policy_document(allow(&["*"]));
    assert_eq!(refused(put.send().await)?, "AccessDenied");
    let delete = iam.delete_user_policy().user_name(me).policy_name(until);
    assert_eq!(refused(delete.send().await)?, "AccessDenied");
    let login = iam
        .create_login_profile()
        .user_name(me)
        .password("correct horse 1 A!");
    assert_eq!(refused(login.send().await)?, "AccessDenied");
    assert_eq!(
        refused(iam.delete_user().user_name(me).send().await)?,
        "AccessDenied"
    );
    Ok(())
}

#[tokio::test]
async fn after_its_moment_aws_denies_the_key_although_nothing_else_ran() -> Result<()> {
    let rig = Rig::start().await?;
    let issued = rig.issue().await?;
    let iam = rig.leased(&issued);
    rig.emulator.judge_at(MINUTE * 59)?;
    iam.list_users().send().await?;
    rig.emulator.judge_at(MINUTE * 61)?;
    assert_eq!(refused(iam.list_users().send().await)?, "AccessDenied");
    assert_eq!(refused(iam.list_groups().send().await)?, "AccessDenied");
    assert_eq!(refused(iam.list_policies().send().await)?, "AccessDenied");
    assert!(rig.exists(&issued.lease).await?, "nobody has revoked it");
    Ok(())
}

#[tokio::test]
async fn renewing_moves_the_moment_and_never_past_the_maximum() -> Result<()> {
    let rig = Rig::start().await?;
    let issued = rig.issue().await?;
    let desk = rig.engine.leases();
    let renewed = desk.renew(&issued.lease.id, &Renewal::Default).await?;
    assert_eq!(
        renewed.expires_at - issued.lease.expires_at,
        TimeDelta::hours(1)
    );
    let iam = rig.leased(&issued);
    rig.emulator.judge_at(MINUTE * 119)?;
    iam.list_users().send().await?;
    rig.emulator.judge_at(MINUTE * 121)?;
    assert_eq!(refused(iam.list_users().send().await)?, "AccessDenied");
    rig.emulator.judge_at(Duration::ZERO)?;

    assert!(
        desk.renew(&issued.lease.id, &Renewal::By("2h".into()))
            .await
            .is_err()
    );
    let longest = desk.renew(&issued.lease.id, &Renewal::ToMax).await?;
    assert_eq!(longest.expires_at, longest.max_expires_at);
    let admin = rig.account.admin.iam(rig.emulator.url());
    let inline = admin
        .list_user_policies()
        .user_name(&issued.lease.user_name)
        .send()
        .await?;
    let dated = inline
        .policy_names()
        .iter()
        .filter(|name| name.starts_with("leasehold-until-"));
    assert_eq!(dated.count(), 1, "the old guard is gone");
    Ok(())
}

#[tokio::test]
async fn revoking_ends_the_key_and_leaves_no_user() -> Result<()> {
    let rig = Rig::start().await?;
    let issued = rig.issue().await?;
    let iam = rig.leased(&issued);
    iam.list_users().send().await?;
    let done = rig
        .engine
        .leases()
        .revoke(std::slice::from_ref(&issued.lease.id))
        .await?;
    assert_eq!((done.revoked.len(), done.pending.len()), (1, 0), "{done:?}");
    assert!(!rig.exists(&issued.lease).await?);
    assert_eq!(
        refused(iam.list_users().send().await)?,
        "InvalidClientTokenId"
    );
    Ok(())
}

#[tokio::test]
async fn the_timer_ends_the_lease_when_its_time_is_over() -> Result<()> {
    let rig = Rig::start().await?;
    let issued = rig.issue().await?;
    let (stop, stopped) = watch::channel(false);
    let engine = rig.engine.clone();
    let timer = tokio::spawn(async move { engine.run(stopped).await });
    rig.clock.0.store(3601, Ordering::Relaxed);
    rig.engine.look_again(); // As a wake-up does.
    let lease = until("the lease to end", || async {
        let lease = rig.engine.leases().show(&issued.lease.id)?.lease;
        anyhow::ensure!(lease.state == State::Revoked, "{lease:?}");
        Ok(lease)
    })
    .await?;
    assert_eq!(lease.end_reason, Some(EndReason::Expired));
    assert!(!rig.exists(&lease).await?);
    stop.send(true)?;
    timer.await?;
    Ok(())
}

#[tokio::test]
async fn issuing_is_two_dependent_round_trips_ending_the_key_one_and_a_whole_revoke_four()
-> Result<()> {
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let proxy = Proxy::start(emulator.url(), Duration::ZERO)?;
    let rig = Rig::reached_over(emulator, account, &proxy.url()).await?;
    proxy.set_latency(Duration::from_millis(400));
    drop(proxy.take()); // What connecting asked.
    let issued = rig.issue().await?;
    let calls = proxy.take();
    assert_eq!(depth(&calls), 2, "{calls:#?}");
    assert_eq!(
        calls.len(),
        8,
        "CreateUser, 3 inline policies, 2 attachments, 1 group, 1 key"
    );

    let done = rig
        .engine
        .leases()
        .revoke(std::slice::from_ref(&issued.lease.id))
        .await?;
    assert_eq!(done.revoked.len(), 1, "{done:?}");
    let calls = proxy.take();
    assert_eq!(depth(&calls), 4, "{calls:#?}");
    let key = calls
        .iter()
        .position(|call| call.action == "DeleteAccessKey")
        .expect("a key");
    assert_eq!(
        depth(&calls[..=key]),
        1,
        "the key goes in the first trip: {calls:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_generated_managing_policy_is_enough_for_a_whole_life_and_for_nothing_beside_it()
-> Result<()> {
    let rig = Rig::start().await?;
    let policy = rig.engine.connections().policy("dev")?;
    let admin = &rig.account.admin;
    let tight = rig
        .emulator
        .user(admin, "tight-manager", "/managers/", &policy.document)
        .await?;

    let home = tempfile::tempdir()?;
    let options = Options::new(home.path().to_path_buf(), KeychainChoice::Memory, "test");
    let engine = Engine::open(options)?;
    connect(&engine, &tight, rig.emulator.url()).await?;
    engine.secrets().add(&recipe(&rig.account))?;
    let request = IssueRequest {
        secret: "app".into(),
        ..IssueRequest::default()
    };
    let issued = engine.leases().issue(&request).await?;
    engine
        .leases()
        .renew(&issued.lease.id, &Renewal::Default)
        .await?;
    let done = engine.leases().revoke(&[issued.lease.id]).await?;
    assert_eq!(done.pending, [], "{done:?}");

    let iam = tight.iam(rig.emulator.url());
    let outside = iam
        .create_user()
        .user_name("x")
        .path("/other/")
        .send()
        .await;
    assert_eq!(refused(outside)?, "AccessDenied");
    let unbounded = iam
        .create_user()
        .user_name("x")
        .path("/leases/app/")
        .send()
        .await;
    assert_eq!(
        refused(unbounded)?,
        "AccessDenied",
        "a boundary is required"
    );
    let myself = iam
        .create_access_key()
        .user_name("tight-manager")
        .send()
        .await;
    assert_eq!(refused(myself)?, "AccessDenied");
    assert_eq!(refused(iam.list_users().send().await)?, "AccessDenied");
    Ok(())
}

#[tokio::test]
async fn a_wrong_managing_key_is_refused_and_nothing_of_it_is_kept() -> Result<()> {
    let rig = Rig::start().await?;
    let wrong = Keys::new(
        rig.account.manager.id.as_str(),
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    );
    let home = tempfile::tempdir()?;
    let options = Options::new(home.path().to_path_buf(), KeychainChoice::Memory, "test");
    let engine = Engine::open(options)?;
    assert!(connect(&engine, &wrong, rig.emulator.url()).await.is_err());
    assert!(engine.connections().list()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_the_fields_error_and_the_user_is_taken_down() -> Result<()>
{
    let rig = Rig::start().await?;
    let mut broken = recipe(&rig.account);
    broken.name = "broken".into();
    broken.groups = vec!["nobody-made-this".into()];
    rig.engine.secrets().add(&broken)?;
    let request = IssueRequest {
        secret: "broken".into(),
        ..IssueRequest::default()
    };
    let problem = rig
        .engine
        .leases()
        .issue(&request)
        .await
        .expect_err("refused");
    assert_eq!(problem.field.as_deref(), Some("groups"), "{problem:?}");
    let query = leasehold_engine::LeaseQuery {
        all: true,
        ..Default::default()
    };
    let leases = rig.engine.leases().list(&query)?;
    assert_eq!(leases[0].state, State::Failed);
    assert!(!rig.exists(&leases[0]).await?);
    Ok(())
}
