//! What is found in an account nobody here wrote: drift put right, a ledger older than AWS, users without a lease, a
//! quarantined key. Policies are enforced, and the managing user holds the documentation's policy and nothing else.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use leasehold_engine::wire::{LeaseView, Origin, SecretDraft, Standing, State};
use leasehold_engine::{AddAccessKey, Engine, IssueRequest, KeychainChoice, Options, Renewal};
use leasehold_tests::emulator::{Account, Emulator, allow};
use leasehold_tests::keys::refused;
use leasehold_tests::until;
use secrecy::SecretString;
use tokio::sync::watch;

const QUARANTINE: &str = "AWSCompromisedKeyQuarantineV3";

struct Rig {
    emulator: Emulator,
    account: Account,
    home: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let rig = Self {
            emulator,
            account,
            home: tempfile::tempdir()?,
        };
        let engine = rig.process()?;
        let secret = rig.account.manager.secret.as_str();
        engine
            .connections()
            .add_access_key(AddAccessKey {
                name: "dev".into(),
                access_key_id: rig.account.manager.id.clone(),
                secret_access_key: SecretString::from(secret),
                region: None,
                endpoint_url: Some(rig.emulator.url().to_owned()),
            })
            .await?;
        engine.secrets().add(&SecretDraft {
            name: "app".into(),
            environment: "development".into(),
            folder: "/".into(),
            connection: "dev".into(),
            default_ttl: "1h".into(),
            max_ttl: "3h".into(),
            region: "us-east-1".into(),
            iam_path: "/leases/app/".into(),
            groups: vec![rig.account.group.clone()],
            policy_arns: vec![rig.account.policies[0].clone()],
            ..SecretDraft::default()
        })?;
        engine.close();
        Ok(rig)
    }

    /// Another process on the same home.
    fn process(&self) -> Result<Engine> {
        let keychain = KeychainChoice::File {
            path: self.home.path().join("keys"),
            passphrase: SecretString::from("correct horse battery staple"),
        };
        let home = self.home.path().join("home");
        Ok(Engine::open(Options::new(home, keychain, "test"))?)
    }

    fn admin(&self) -> aws_sdk_iam::Client {
        self.account.admin.iam(self.emulator.url())
    }

    async fn inline(&self, lease: &LeaseView) -> Result<Vec<String>> {
        let list = self.admin().list_user_policies();
        let list = list.user_name(&lease.user_name).send().await?;
        let mut names = list.policy_names;
        names.sort(); // AWS promises no order.
        Ok(names)
    }

    async fn exists(&self, user: &str) -> Result<bool> {
        match self.admin().get_user().user_name(user).send().await {
            Ok(_) => Ok(true),
            answer => {
                assert_eq!(refused(answer)?, "NoSuchEntity");
                Ok(false)
            }
        }
    }

    /// Lets the managing user list users, which its documentation does not ask for.
    async fn allow_listing(&self) -> Result<()> {
        let put = self.admin().put_user_policy();
        put.user_name("leasehold-manager")
            .policy_name("listing")
            .policy_document(allow(&["iam:ListUsers"]))
            .send()
            .await?;
        Ok(())
    }
}

async fn issue(engine: &Engine) -> Result<LeaseView> {
    let request = IssueRequest {
        secret: "app".into(),
        ..IssueRequest::default()
    };
    Ok(engine.leases().issue(&request).await?.lease)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().context("a name")?))?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn drift_is_put_right_where_it_is_ours_and_told_where_it_is_not() -> Result<()> {
    let rig = Rig::start().await?;
    let engine = rig.process()?;
    let lease = issue(&engine).await?;
    let before = rig.inline(&lease).await?;
    let (iam, user) = (rig.admin(), lease.user_name.as_str());
    iam.create_access_key().user_name(user).send().await?;
    iam.put_user_policy()
        .user_name(user)
        .policy_name("mine")
        .policy_document(allow(&["iam:*"]))
        .send()
        .await?;
    for guard in &before {
        let delete = iam.delete_user_policy().user_name(user);
        delete.policy_name(guard).send().await?;
    }
    iam.attach_user_policy()
        .user_name(user)
        .policy_arn(&rig.account.policies[1])
        .send()
        .await?;
    let report = engine.leases().reconcile(Some("dev")).await?;
    assert_eq!(report.found[0].standing, Standing::Drifted, "{report:?}");
    let found = report.found[0].findings.join(" ");
    assert!(
        found.contains("mine") && found.contains(&rig.account.policies[1]),
        "{found}"
    );
    assert_eq!(
        rig.inline(&lease).await?,
        before,
        "the guards stand again, and nothing else"
    );
    let keys = iam.list_access_keys().user_name(user).send().await?;
    assert_eq!(keys.access_key_metadata.len(), 1);
    let attached = iam
        .list_attached_user_policies()
        .user_name(user)
        .send()
        .await?;
    assert_eq!(
        attached.attached_policies().len(),
        2,
        "what somebody attached is left"
    );
    let shown = engine.leases().show(&lease.id)?.lease;
    assert!(shown.alarm.is_some());
    assert_eq!(engine.leases().acknowledge(&lease.id).await?.alarm, None);
    Ok(())
}

#[tokio::test]
async fn a_lease_renewed_after_the_home_was_copied_is_not_cut_and_one_issued_since_is_found()
-> Result<()> {
    let rig = Rig::start().await?;
    rig.allow_listing().await?;
    let home = rig.home.path().join("home");
    let engine = rig.process()?;
    let lease = issue(&engine).await?;
    engine.close();
    drop(engine);
    let kept = rig.home.path().join("copy");
    copy(&home, &kept)?;

    let engine = rig.process()?;
    let renewal = Renewal::By("30m".into());
    let renewed = engine.leases().renew(&lease.id, &renewal).await?;
    let later = issue(&engine).await?;
    engine.close();
    drop(engine);
    std::fs::remove_dir_all(&home)?;
    copy(&kept, &home)?;

    let engine = rig.process()?;
    assert_eq!(
        engine.leases().show(&lease.id)?.lease.expires_at,
        lease.expires_at
    );
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run(stopped).await }
    });
    let behind = until("the ledger to catch up", async || {
        let shown = engine.leases().show(&lease.id)?.lease;
        anyhow::ensure!(shown.standing == Some(Standing::LedgerBehind), "{shown:?}");
        Ok(shown)
    })
    .await?;
    stop.send(true)?;
    running.await?;
    assert_eq!(behind.state, State::Active);
    assert_eq!(behind.expires_at, renewed.expires_at);
    assert_eq!(behind.expires_at, lease.expires_at + TimeDelta::minutes(30));
    assert_eq!(
        rig.inline(&lease).await?.len(),
        2,
        "self-protection and one dated guard"
    );

    let orphans = engine.orphans().list(None).await?;
    assert!(orphans.problems.is_empty(), "{orphans:?}");
    assert_eq!(orphans.orphans.len(), 1);
    assert_eq!(orphans.orphans[0].user_name, later.user_name);
    assert_eq!(orphans.orphans[0].origin, Origin::Ours);
    let adopted = engine.orphans().adopt(None, &later.user_name).await?;
    assert_eq!(adopted.expires_at, later.expires_at);
    assert_eq!(adopted.access_key_id, later.access_key_id);
    let report = engine
        .leases()
        .revoke(&[adopted.id, lease.id.clone()])
        .await?;
    assert_eq!(report.revoked.len(), 2, "{report:?}");
    assert!(!rig.exists(&later.user_name).await? && !rig.exists(&lease.user_name).await?);
    Ok(())
}

#[tokio::test]
async fn users_without_a_lease_are_looked_for_only_where_that_is_allowed_and_removed_only_when_ours()
-> Result<()> {
    let rig = Rig::start().await?;
    let engine = rig.process()?;
    let lease = issue(&engine).await?;
    let denied = engine.orphans().list(None).await?;
    let hint = denied.problems[0].problem.hint.clone().unwrap_or_default();
    assert!(
        hint.contains("iam:ListUsers") && hint.contains("user/leases/app/*"),
        "{hint}"
    );

    rig.allow_listing().await?;
    let admin = &rig.account.admin;
    let policy = allow(&["iam:GetUser"]);
    rig.emulator
        .user(admin, "somebody", "/leases/app/", &policy)
        .await?;
    let list = engine.orphans().list(None).await?;
    let found: Vec<_> = list
        .orphans
        .iter()
        .map(|o| (o.user_name.as_str(), o.origin))
        .collect();
    assert_eq!(found, [("somebody", Origin::Foreign)]);
    engine.orphans().remove(None, "somebody").await.unwrap_err();
    assert!(rig.exists("somebody").await?);

    // The same marks as a lease of this installation, on a user that no lease knows.
    rig.emulator
        .user(admin, "lost", "/leases/app/", &policy)
        .await?;
    for guard in rig.inline(&lease).await? {
        let put = rig.admin().put_user_policy().user_name("lost");
        let document =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        put.policy_name(guard)
            .policy_document(document)
            .send()
            .await?;
    }
    let removed = engine.orphans().remove(None, "lost").await?;
    assert_eq!(removed.state, State::Revoked, "{removed:?}");
    assert!(!rig.exists("lost").await? && rig.exists(&lease.user_name).await?);
    assert!(rig.exists("somebody").await?);
    Ok(())
}

#[tokio::test]
async fn a_quarantined_key_is_an_alarm_and_the_lease_can_still_be_ended() -> Result<()> {
    let rig = Rig::start().await?;
    let engine = rig.process()?;
    let lease = issue(&engine).await?;
    let made = rig
        .emulator
        .root()
        .iam(rig.emulator.url())
        .create_policy()
        .policy_name(QUARANTINE)
        .policy_document(r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#)
        .send()
        .await?;
    let arn = made
        .policy()
        .and_then(|p| p.arn())
        .context("an ARN")?
        .to_owned();
    rig.admin()
        .attach_user_policy()
        .user_name(&lease.user_name)
        .policy_arn(&arn)
        .send()
        .await?;
    let report = engine.leases().reconcile(None).await?;
    assert_eq!(
        report.found[0].standing,
        Standing::Quarantined,
        "{report:?}"
    );
    let shown = engine.leases().show(&lease.id)?.lease;
    assert!(shown.alarm.context("an alarm")?.contains("in public"));
    let attached = rig.admin().list_attached_user_policies();
    let attached = attached.user_name(&lease.user_name).send().await?;
    assert!(
        attached
            .attached_policies()
            .iter()
            .any(|p| p.policy_arn() == Some(&arn))
    );
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await?;
    assert_eq!(report.revoked.len(), 1, "{report:?}");
    assert!(!rig.exists(&lease.user_name).await?);
    Ok(())
}
