//! What keeps AWS from deleting a user: taken away where that is allowed, named where it is not.

use leasehold_engine::Engine;
use leasehold_engine::wire::{CleanupStepState, LeaseView, State};

use crate::support::{Fault, Ground, Rule, draft, request};

const EVERYTHING: &str = r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#;
const LOOKING: &str = r#"{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}"#;
const SSH: &str = "ssh-rsa AAAAB3NzaC1yc2E somebody";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

async fn lease(engine: &Engine) -> LeaseView {
    let issued = engine.leases().issue(&request("s3-upload")).await;
    issued.unwrap().lease
}

fn shown(engine: &Engine, lease: &LeaseView) -> LeaseView {
    engine.leases().show(&lease.id).unwrap().lease
}

async fn revoke(engine: &Engine, lease: &LeaseView) -> LeaseView {
    engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await
        .unwrap();
    shown(engine, lease)
}

/// Somebody with all rights gives the user a password.
async fn give_login_profile(ground: &Ground, user: &str) {
    ground.manager_may(Some(EVERYTHING)).await;
    let login = ground.manager().create_login_profile().user_name(user);
    login.password("correct horse").send().await.unwrap();
    ground.manager_may(None).await;
}

async fn give_everything(ground: &Ground, user: &str) {
    give_login_profile(ground, user).await;
    ground.manager_may(Some(EVERYTHING)).await;
    let iam = ground.manager();
    let made = iam.create_virtual_mfa_device();
    let made = made.virtual_mfa_device_name(user).send().await.unwrap();
    let serial = made.virtual_mfa_device.unwrap().serial_number;
    for serial in [serial.as_str(), "GAHT12345678"] {
        let enable = iam.enable_mfa_device().user_name(user);
        let enable = enable.serial_number(serial).authentication_code1("123456");
        enable.authentication_code2("654321").send().await.unwrap();
    }
    for n in 0..3 {
        let key = iam.upload_ssh_public_key().user_name(user);
        let key = key.ssh_public_key_body(format!("{SSH}{n}"));
        key.send().await.unwrap();
    }
    let certificate = iam.upload_signing_certificate().user_name(user);
    let certificate = certificate.certificate_body(CERTIFICATE);
    certificate.send().await.unwrap();
    for _ in 0..2 {
        let service = iam.create_service_specific_credential().user_name(user);
        let service = service.service_name("codecommit.amazonaws.com");
        service.send().await.unwrap();
    }
    ground.manager_may(None).await;
}

/// The statement that the hint says to add.
fn statement(lease: &LeaseView) -> String {
    let hint = lease.hint.clone().unwrap();
    let start = hint.find('{').unwrap();
    let end = hint.rfind('}').unwrap();
    hint[start..=end].to_owned()
}

async fn inline(ground: &Ground, user: &str) -> Vec<String> {
    ground.aws().list_user_policies(user).await.unwrap()
}

#[tokio::test]
async fn everything_in_the_way_is_taken_away_in_one_revoke_where_that_is_allowed() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let made = lease(&engine).await;
    give_everything(&ground, &made.user_name).await;
    ground.manager_may(Some(EVERYTHING)).await;
    wire.forget_calls();
    let lease = revoke(&engine, &made).await;
    assert_eq!(lease.state, State::Revoked, "{lease:?}");
    ground.settled(&engine, &lease.id).await;
    let left = ground.manager().list_virtual_mfa_devices().send().await;
    assert!(left.unwrap().virtual_mfa_devices.is_empty());
    let order = wire.actions();
    let at = |action: &str| order.iter().position(|a| a == action).unwrap();
    assert!(at("DeactivateMFADevice") < at("DeleteVirtualMFADevice"));
    assert_eq!(wire.count("DeactivateMFADevice"), 2);
    assert_eq!(wire.count("DeleteVirtualMFADevice"), 1, "a token has none");
    assert_eq!(wire.count("DeleteUser"), 2);
    let events = engine.leases().show(&lease.id).unwrap().events;
    let told = |kind: &str| events.iter().find(|e| e.kind == kind).unwrap();
    assert!(told("found").text.contains(":mfa/"), "{events:?}");
    assert!(
        told("taken_away").text.starts_with("Taken away: "),
        "{events:?}"
    );
}

#[tokio::test]
async fn what_may_not_be_taken_away_is_named_and_the_hinted_statement_is_all_it_needs() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let made = lease(&engine).await;
    give_login_profile(&ground, &made.user_name).await;
    let lease = revoke(&engine, &made).await;

    assert_eq!(lease.state, State::AccessCut);
    let cleanup = lease.cleanup.clone().unwrap();
    assert_eq!((cleanup.done, cleanup.total), (3, 4));
    assert_eq!(cleanup.blocked_by.as_deref(), Some("login profile"));
    let missing = cleanup.missing_action.as_deref();
    assert_eq!(missing, Some("iam:DeleteLoginProfile"));
    let states: Vec<_> = cleanup.steps.iter().map(|step| step.state).collect();
    use CleanupStepState::{Done, Failed};
    assert_eq!(states, [Done, Done, Done, Failed]);
    let inline = inline(&ground, &lease.user_name).await;
    assert!(
        inline.len() == 1 && inline[0].starts_with("leasehold-cut-"),
        "everything is denied to a user that stays: {inline:?}"
    );

    ground.manager_may(Some(&statement(&lease))).await;
    ground
        .run_until(&engine, || shown(&engine, &lease).state == State::Revoked)
        .await;
    ground.settled(&engine, &lease.id).await;
}

#[tokio::test]
async fn each_kind_alone_is_named_with_its_action_and_goes_by_the_hinted_statement() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let device = "iam:DeactivateMFADevice";
    let either = "SSH public key or service-specific credential";
    for (n, blocked_by, missing) in [
        (0, "MFA device", device),
        (1, "signing certificate", "iam:DeleteSigningCertificate"),
        (2, either, "iam:DeleteSSHPublicKey"),
        (3, either, "iam:DeleteSSHPublicKey"),
    ] {
        let made = lease(&engine).await;
        let user = made.user_name.clone();
        ground.manager_may(Some(EVERYTHING)).await;
        let iam = ground.manager();
        match n {
            0 => {
                let enable = iam.enable_mfa_device().user_name(user);
                let enable = enable.serial_number("GAHT12345678");
                let enable = enable.authentication_code1("123456");
                enable.authentication_code2("654321").send().await.unwrap();
            }
            1 => {
                let upload = iam.upload_signing_certificate().user_name(user);
                upload.certificate_body(CERTIFICATE).send().await.unwrap();
            }
            2 => {
                let upload = iam.upload_ssh_public_key().user_name(user);
                upload.ssh_public_key_body(SSH).send().await.unwrap();
            }
            _ => {
                let create = iam.create_service_specific_credential().user_name(user);
                let create = create.service_name("cassandra.amazonaws.com");
                create.send().await.unwrap();
            }
        }
        ground.manager_may(None).await;
        let lease = revoke(&engine, &made).await;
        let cleanup = lease.cleanup.clone().unwrap();
        assert_eq!(cleanup.blocked_by.as_deref(), Some(blocked_by));
        assert_eq!(cleanup.missing_action.as_deref(), Some(missing));
        ground.manager_may(Some(&statement(&lease))).await;
        engine.leases().retry_now(&lease.id).await.unwrap();
        assert_eq!(shown(&engine, &lease).state, State::Revoked, "{blocked_by}");
    }
}

#[tokio::test]
async fn it_goes_on_by_itself_once_somebody_removed_the_obstacle() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let made = lease(&engine).await;
    give_login_profile(&ground, &made.user_name).await;
    let lease = revoke(&engine, &made).await;
    assert_eq!(lease.state, State::AccessCut);
    ground.manager_may(Some(EVERYTHING)).await;
    let delete = ground.manager().delete_login_profile();
    delete.user_name(&lease.user_name).send().await.unwrap();
    ground.manager_may(None).await;
    ground
        .run_until(&engine, || shown(&engine, &lease).state == State::Revoked)
        .await;
}

#[tokio::test]
async fn the_cut_stays_on_while_something_is_known_to_be_in_the_way() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let made = lease(&engine).await;
    give_login_profile(&ground, &made.user_name).await;
    ground.manager_may(Some(LOOKING)).await;
    let lease = revoke(&engine, &made).await;
    let cleanup = lease.cleanup.unwrap();
    assert_eq!(cleanup.blocked_by.as_deref(), Some("login profile"));
    let first = shown(&engine, &made).hint.unwrap();
    assert!(!first.contains("iam:GetLoginProfile"), "it may: {first}");

    wire.forget_calls();
    engine.leases().retry_now(&lease.id).await.unwrap();
    assert_eq!(wire.count("DeleteUserPolicy"), 0, "{:?}", wire.actions());
    assert_eq!(wire.count("DeleteUser"), 0, "{:?}", wire.actions());
    let again = shown(&engine, &made);
    let cleanup = again.cleanup.unwrap();
    assert_eq!(cleanup.blocked_by.as_deref(), Some("login profile"));
    assert_eq!((cleanup.done, again.attempts), (3, 2));
    let said = again.reason.unwrap();
    let lines = engine.leases().show(&lease.id).unwrap().events;
    let repeated = lines.iter().filter(|line| line.text.starts_with(&said));
    assert_eq!(
        repeated.count(),
        1,
        "the history does not fill with the same line"
    );
}

#[tokio::test]
async fn an_explicit_deny_is_answered_with_what_helps_against_it() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let made = lease(&engine).await;
    give_login_profile(&ground, &made.user_name).await;
    let deny = r#"{"Effect":"Deny","Action":"iam:DeleteLoginProfile","Resource":"*"}"#;
    ground
        .manager_may(Some(&format!("{EVERYTHING},{deny}")))
        .await;
    let lease = revoke(&engine, &made).await;
    let hint = lease.hint.unwrap();
    assert!(hint.contains("denies it explicitly"), "{hint}");
    assert!(!hint.contains(r#""Effect":"Allow""#), "{hint}");
}

#[tokio::test]
async fn nothing_of_somebody_elses_user_under_the_name_is_touched() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let made = lease(&engine).await;
    give_login_profile(&ground, &made.user_name).await;
    revoke(&engine, &made).await;
    // The user goes, and another one comes under its name with things of its own.
    ground.manager_may(Some(EVERYTHING)).await;
    let iam = ground.manager();
    let user = made.user_name.as_str();
    let delete = iam.delete_login_profile().user_name(user);
    delete.send().await.unwrap();
    for policy in inline(&ground, user).await {
        ground
            .aws()
            .delete_user_policy(user, &policy)
            .await
            .unwrap();
    }
    ground.aws().delete_user(user).await.unwrap();
    let create = iam.create_user().user_name(user).path(&made.iam_path);
    create.send().await.unwrap();
    give_everything(&ground, user).await;
    ground.manager_may(Some(EVERYTHING)).await;

    wire.forget_calls();
    engine.leases().retry_now(&made.id).await.unwrap();
    let lease = shown(&engine, &made);
    let blocked_by = lease.cleanup.unwrap().blocked_by;
    assert_eq!(blocked_by.as_deref(), Some("foreign user"));
    assert!(lease.alarm.is_some());
    let login = iam.get_login_profile().user_name(user).send().await;
    assert!(login.is_ok());
    let devices = iam.list_mfa_devices().user_name(user).send().await;
    assert_eq!(devices.unwrap().mfa_devices.len(), 2);
    let changing: Vec<_> = wire.actions();
    assert!(
        !changing
            .iter()
            .any(|a| a.starts_with("Delete") && a != "DeleteAccessKey"),
        "{changing:?}"
    );
}

#[tokio::test]
async fn lists_in_pages_of_one_leave_nothing_behind() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let mut many = draft("many");
    many.groups = vec!["developers deployers".into()];
    many.policy_documents = (0..3)
        .map(|n| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:Get{n}*","Resource":"*"}}]}}"#
            )
        })
        .collect();
    engine.secrets().add(&many).unwrap();
    let made = engine.leases().issue(&request("many")).await.unwrap().lease;
    give_everything(&ground, &made.user_name).await;
    ground.manager_may(Some(EVERYTHING)).await;
    // And a key of somebody else's, so that there are two.
    ground
        .aws()
        .create_access_key(&made.user_name)
        .await
        .unwrap();
    ground.practice.short_pages(Some(1));
    wire.forget_calls();
    let lease = revoke(&engine, &made).await;
    assert_eq!(lease.state, State::Revoked, "{lease:?}");
    for (list, pages) in [
        ("ListUserPolicies", 5),
        ("ListAttachedUserPolicies", 2),
        ("ListGroupsForUser", 2),
        ("ListMFADevices", 2),
        ("ListSSHPublicKeys", 3),
        ("ListServiceSpecificCredentials", 2),
    ] {
        assert_eq!(wire.count(list), pages, "{list}");
    }
}

/// Every call of a whole revoke of a user with everything on it meets `fault` `times` times.
async fn survives(fault: Fault, times: usize) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let calls: &[&'static str] = &[
        "GetUser",
        "DeleteAccessKey",
        "ListAccessKeys",
        "ListUserPolicies",
        "ListAttachedUserPolicies",
        "ListGroupsForUser",
        "PutUserPolicy",
        "DetachUserPolicy",
        "RemoveUserFromGroup",
        "DeleteUserPolicy",
        "GetLoginProfile",
        "ListMFADevices",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
        "ListServiceSpecificCredentials",
        "DeleteLoginProfile",
        "DeactivateMFADevice",
        "DeleteSSHPublicKey",
        "DeleteSigningCertificate",
        "DeleteServiceSpecificCredential",
        "DeleteUser",
        "DeleteVirtualMFADevice",
    ];
    for call in calls {
        let made = lease(&engine).await;
        give_everything(&ground, &made.user_name).await;
        ground.manager_may(Some(EVERYTHING)).await;
        wire.rule(Rule::first(times, call, fault.clone()));
        engine
            .leases()
            .revoke(std::slice::from_ref(&made.id))
            .await
            .unwrap();
        wire.heal();
        if shown(&engine, &made).state != State::Revoked {
            engine.leases().retry_now(&made.id).await.unwrap();
        }
        let lease = shown(&engine, &made);
        assert_eq!(lease.state, State::Revoked, "{call}: {lease:?}");
        let user = ground.aws().get_user(&made.user_name).await;
        assert!(user.is_err(), "{call}");
        let devices = ground.manager().list_virtual_mfa_devices().send().await;
        let devices = devices.unwrap().virtual_mfa_devices;
        let mut lines = engine.leases().show(&made.id).unwrap().events.into_iter();
        if lines.any(|line| line.text.contains("stays in the account")) {
            assert_eq!((*call, devices.len()), ("DeleteVirtualMFADevice", 1));
        } else {
            assert!(devices.is_empty(), "{call}: {devices:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_concurrent_change_at_any_call_is_waited_out() {
    survives(Fault::CONCURRENT, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_concurrent_change_that_lasts_at_any_call_only_puts_it_off() {
    survives(Fault::CONCURRENT, 60).await;
}
