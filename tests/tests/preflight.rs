//! Pre-flight and the managing policy against an AWS emulator nobody here wrote, which enforces policies.

use anyhow::{Context, Result};
use leasehold_engine::wire::{NeededFor, Preflight, SecretDraft, State, Verdict};
use leasehold_engine::{
    AddAccessKey, Engine, IssueRequest, Issued, KeychainChoice, LeaseQuery, Options, Renewal,
};
use leasehold_tests::emulator::{Account, Emulator, allow};
use leasehold_tests::keys::{Keys, refused};
use secrecy::SecretString;

const FIFTEEN: [&str; 15] = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:PutUserPolicy",
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
];

struct Rig {
    emulator: Emulator,
    account: Account,
}

/// An engine of its own over one managing user.
struct Desk {
    engine: Engine,
    _home: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        Ok(Self { emulator, account })
    }

    /// A managing user with this policy.
    async fn manager(&self, name: &str, policy: &str) -> Result<Keys> {
        self.emulator
            .user(&self.account.admin, name, "/managers/", policy)
            .await
    }

    /// Gives a managing user this policy and takes its others: with two secrets it is too long for an
    /// inline policy.
    async fn manages_by(&self, name: &str, policy_name: &str, document: &str) -> Result<()> {
        let admin = self.account.admin.iam(self.emulator.url());
        let made = admin
            .create_policy()
            .policy_name(policy_name)
            .policy_document(document)
            .send()
            .await?;
        let arn = made
            .policy()
            .and_then(|policy| policy.arn())
            .context("an ARN")?;
        let old = admin
            .list_attached_user_policies()
            .user_name(name)
            .send()
            .await?;
        for policy in old.attached_policies() {
            let old = policy.policy_arn().unwrap_or_default();
            admin
                .detach_user_policy()
                .user_name(name)
                .policy_arn(old)
                .send()
                .await?;
        }
        let inline = admin.list_user_policies().user_name(name).send().await?;
        for policy in inline.policy_names() {
            admin
                .delete_user_policy()
                .user_name(name)
                .policy_name(policy)
                .send()
                .await?;
        }
        admin
            .attach_user_policy()
            .user_name(name)
            .policy_arn(arn)
            .send()
            .await?;
        Ok(())
    }

    async fn desk(&self, manager: &Keys) -> Result<Desk> {
        let home = tempfile::tempdir()?;
        let options = Options::new(home.path().to_path_buf(), KeychainChoice::Memory, "test");
        let engine = Engine::open(options)?;
        engine
            .connections()
            .add_access_key(AddAccessKey {
                name: "dev".into(),
                access_key_id: manager.id.clone(),
                secret_access_key: SecretString::from(manager.secret.as_str()),
                region: None,
                endpoint_url: Some(self.emulator.url().to_owned()),
            })
            .await?;
        engine.secrets().add(&self.recipe("app", "/leases/app/"))?;
        Ok(Desk {
            engine,
            _home: home,
        })
    }

    /// Path, boundary, group, two managed policies, an inline document.
    fn recipe(&self, name: &str, path: &str) -> SecretDraft {
        SecretDraft {
            name: name.into(),
            environment: "development".into(),
            folder: "/".into(),
            connection: "dev".into(),
            default_ttl: "1h".into(),
            max_ttl: "3h".into(),
            region: "us-east-1".into(),
            iam_path: path.into(),
            permission_boundary: self.account.boundary.clone(),
            groups: vec![self.account.group.clone()],
            policy_arns: self.account.policies.to_vec(),
            policy_documents: vec![allow(&["iam:ListPolicies"])],
            ..SecretDraft::default()
        }
    }

    /// The users there are, as the administrator sees them.
    async fn users(&self) -> Result<Vec<String>> {
        let listed = self
            .account
            .admin
            .iam(self.emulator.url())
            .list_users()
            .send()
            .await?;
        let mut names: Vec<_> = listed
            .users()
            .iter()
            .map(|u| u.user_name().to_owned())
            .collect();
        names.sort();
        Ok(names)
    }
}

impl Desk {
    async fn preflight(&self, canary: bool) -> Result<Preflight> {
        Ok(self.engine.secrets().preflight("app", canary).await?)
    }

    async fn issue(&self, secret: &str) -> Result<Issued> {
        let request = IssueRequest {
            secret: secret.into(),
            ..IssueRequest::default()
        };
        Ok(self.engine.leases().issue(&request).await?)
    }
}

fn verdicts(found: &Preflight) -> [Verdict; 3] {
    [found.issue, found.renew, found.revoke]
}

fn denied(found: &Preflight) -> Vec<&str> {
    let mut actions: Vec<_> = found
        .probes
        .iter()
        .filter(|probe| probe.verdict == Verdict::Denied && probe.needed_for != NeededFor::Optional)
        .map(|probe| probe.action.as_str())
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

#[tokio::test]
async fn asking_changes_nothing_and_denies_nothing_that_the_minimum_policy_allows() -> Result<()> {
    let rig = Rig::start().await?;
    let desk = rig.desk(&rig.account.manager).await?;
    let users = rig.users().await?;
    let found = desk.preflight(false).await?;
    assert_eq!(denied(&found), [""; 0], "{:#?}", found.probes);
    assert_eq!(rig.users().await?, users, "no user came or went");
    let admin = rig.account.admin.iam(rig.emulator.url());
    let keys = admin
        .list_access_keys()
        .user_name("leasehold-manager")
        .send()
        .await?;
    assert_eq!(keys.access_key_metadata().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_canary_proves_the_whole_life_and_leaves_no_user() -> Result<()> {
    let rig = Rig::start().await?;
    let desk = rig.desk(&rig.account.manager).await?;
    let users = rig.users().await?;
    let found = desk.preflight(true).await?;
    let canary = found.canary.clone().context("a canary")?;
    assert!(canary.passed, "{canary:#?}");
    assert_eq!(
        verdicts(&found),
        [Verdict::Allowed; 3],
        "{:#?}",
        found.probes
    );
    assert_eq!(rig.users().await?, users);
    assert_eq!(
        desk.engine.leases().show(&canary.lease_id)?.lease.state,
        State::Revoked
    );
    Ok(())
}

#[tokio::test]
async fn whichever_action_is_missing_the_canary_names_it_and_the_gate_holds() -> Result<()> {
    let rig = Rig::start().await?;
    for (n, missing) in FIFTEEN.into_iter().enumerate() {
        let rest: Vec<_> = FIFTEEN
            .into_iter()
            .filter(|action| *action != missing)
            .collect();
        let manager = rig.manager(&format!("manager-{n}"), &allow(&rest)).await?;
        let desk = rig.desk(&manager).await?;
        let found = desk.preflight(true).await?;
        assert!(denied(&found).contains(&missing), "{missing}: {found:#?}");
        let add = found.missing.clone().context(missing)?;
        assert!(add.contains(missing), "{add}");
        let is_gated = desk
            .issue("app")
            .await
            .is_err_and(|e| e.to_string().contains("could not be revoked"));
        assert_eq!(is_gated, found.revoke == Verdict::Denied, "{missing}");
        // Whatever could not be taken down stays in sight.
        let open = desk.engine.leases().list(&LeaseQuery::default())?;
        let left = rig.users().await?;
        for lease in &open {
            assert_eq!(
                lease.label.as_deref(),
                Some("canary"),
                "{missing}: {lease:?}"
            );
        }
        let admin = rig.account.admin.iam(rig.emulator.url());
        for user in left
            .iter()
            .filter(|name| !name.contains("manager") && *name != "admin")
        {
            let looked = admin.get_user().user_name(user).send().await?;
            let path = looked.user().context("a user")?.path().to_owned();
            assert_eq!(path, "/leases/app/");
        }
        // What this manager may not, a complete one finishes.
        admin
            .put_user_policy()
            .user_name(format!("manager-{n}"))
            .policy_name("permissions")
            .policy_document(allow(&FIFTEEN))
            .send()
            .await?;
        let report = desk.engine.leases().revoke_all().await?;
        assert_eq!(report.pending, [], "{missing}");
    }
    let left = rig.users().await?;
    assert!(
        left.iter()
            .all(|name| name.contains("manager") || name == "admin"),
        "{left:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_policy_generated_for_two_secrets_is_enough_for_both_and_for_nothing_beside_them()
-> Result<()> {
    let rig = Rig::start().await?;
    let admin = rig.account.admin.iam(rig.emulator.url());
    let other_boundary = admin
        .create_policy()
        .policy_name("other-boundary")
        .policy_document(allow(&["s3:*"]))
        .send()
        .await?;
    let other_boundary = other_boundary
        .policy()
        .and_then(|p| p.arn())
        .context("an ARN")?
        .to_owned();
    for group in ["others", "admins"] {
        admin.create_group().group_name(group).send().await?;
    }
    let second = SecretDraft {
        permission_boundary: other_boundary,
        groups: vec!["others".into()],
        policy_arns: vec![rig.account.policies[1].clone()],
        ..rig.recipe("other", "/leases/other/")
    };
    let loose = rig.desk(&rig.account.manager).await?;
    loose.engine.secrets().add(&second)?;
    let policy = loose.engine.connections().policy("dev")?;
    let tight = rig.manager("tight", &allow(&["iam:GetUser"])).await?;
    rig.manages_by("tight", "manage-both", &policy.document)
        .await?;
    let desk = rig.desk(&tight).await?;
    desk.engine.secrets().add(&second)?;
    for secret in ["app", "other"] {
        let found = desk.engine.secrets().preflight(secret, true).await?;
        assert!(
            found.canary.as_ref().is_some_and(|one| one.passed),
            "{secret}: {found:#?}"
        );
        let issued = desk.issue(secret).await?;
        desk.engine
            .leases()
            .renew(&issued.lease.id, &Renewal::Default)
            .await?;
    }

    let leases = desk.engine.leases().list(&LeaseQuery::default())?;
    let app = leases
        .iter()
        .find(|lease| lease.secret == "app")
        .context("a lease")?;
    let iam = tight.iam(rig.emulator.url());
    let admin_policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = |arn: &str| {
        iam.attach_user_policy()
            .user_name(&app.user_name)
            .policy_arn(arn.to_owned())
    };
    assert_eq!(refused(attach(admin_policy).send().await)?, "AccessDenied");
    let join = iam
        .add_user_to_group()
        .user_name(&app.user_name)
        .group_name("admins");
    assert_eq!(refused(join.send().await)?, "AccessDenied");
    let unbound = iam
        .delete_user_permissions_boundary()
        .user_name(&app.user_name);
    assert_eq!(refused(unbound.send().await)?, "AccessDenied");
    let rebound = iam
        .put_user_permissions_boundary()
        .user_name(&app.user_name)
        .permissions_boundary(admin_policy);
    assert_eq!(refused(rebound.send().await)?, "AccessDenied");
    let moved = iam
        .update_user()
        .user_name(&app.user_name)
        .new_path("/other/");
    assert_eq!(refused(moved.send().await)?, "AccessDenied");
    for name in ["tight", "admin", "leasehold-manager"] {
        let key = iam.create_access_key().user_name(name);
        assert_eq!(refused(key.send().await)?, "AccessDenied", "{name}");
        let put = iam
            .put_user_policy()
            .user_name(name)
            .policy_name("x")
            .policy_document(allow(&["*"]));
        assert_eq!(refused(put.send().await)?, "AccessDenied", "{name}");
        let delete = iam.delete_user().user_name(name);
        assert_eq!(refused(delete.send().await)?, "AccessDenied", "{name}");
        let look = iam.get_user().user_name(name);
        assert_eq!(refused(look.send().await)?, "AccessDenied", "{name}");
    }

    // An edit moves the secret; the policy generated then still ends the lease of before.
    let mut edited = rig.recipe("app", "/elsewhere/");
    edited.groups = Vec::new();
    desk.engine.secrets().edit("app", &edited)?;
    let policy = desk.engine.connections().policy("dev")?;
    rig.manages_by("tight", "manage-edited", &policy.document)
        .await?;
    let report = desk.engine.leases().revoke_all().await?;
    assert_eq!(report.pending, [], "{report:?}");
    Ok(())
}
