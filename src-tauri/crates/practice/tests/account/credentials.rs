//! What a user can have besides access keys, and how it keeps AWS from deleting the user.

use std::sync::Arc;

use leasehold_practice::{ACCOUNT_ID, Throttle};

use crate::desk::{Desk, Person, allow, denied, refused};

const SSH: &str = "ssh-rsa AAAAB3NzaC1yc2E ann@example";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

async fn ann(iam: &aws_sdk_iam::Client) {
    iam.create_user().user_name("ann").send().await.unwrap();
}

/// Gives a user one of everything; the answer is the serial number of the virtual device.
async fn hang_everything(iam: &aws_sdk_iam::Client) -> String {
    let login = iam.create_login_profile().user_name("ann");
    login.password("correct horse").send().await.unwrap();
    let made = iam.create_virtual_mfa_device();
    let made = made.virtual_mfa_device_name("phone").send().await.unwrap();
    let serial = made.virtual_mfa_device.unwrap().serial_number;
    for serial in [serial.as_str(), "GAHT12345678"] {
        enable(iam, serial).await;
    }
    let upload = iam.upload_ssh_public_key().user_name("ann");
    upload.ssh_public_key_body(SSH).send().await.unwrap();
    let upload = iam.upload_signing_certificate().user_name("ann");
    upload.certificate_body(CERTIFICATE).send().await.unwrap();
    let create = iam.create_service_specific_credential().user_name("ann");
    create
        .service_name("codecommit.amazonaws.com")
        .send()
        .await
        .unwrap();
    serial
}

async fn enable(iam: &aws_sdk_iam::Client, serial: &str) {
    iam.enable_mfa_device()
        .user_name("ann")
        .serial_number(serial)
        .authentication_code1("123456")
        .authentication_code2("654321")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_user_goes_only_when_all_of_them_are_gone_in_the_words_of_aws() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    ann(&iam).await;
    let serial = hang_everything(&iam).await;
    let conflict = async |what: &str| {
        let said = refused(
            iam.delete_user().user_name("ann").send().await,
            "DeleteConflict",
            409,
        );
        assert_eq!(said, format!("Cannot delete entity, {what} first."));
    };

    conflict("must delete login profile").await;
    let login = iam.get_login_profile().user_name("ann").send().await;
    assert_eq!(login.unwrap().login_profile.unwrap().user_name, "ann");
    let delete = iam.delete_login_profile().user_name("ann");
    delete.clone().send().await.unwrap();
    refused(delete.send().await, "NoSuchEntity", 404);

    conflict("must delete MFA device").await;
    let devices = iam.list_mfa_devices().user_name("ann").send().await;
    for device in devices.unwrap().mfa_devices {
        let deactivate = iam.deactivate_mfa_device().user_name("ann");
        let deactivate = deactivate.serial_number(device.serial_number);
        deactivate.send().await.unwrap();
    }

    conflict("must delete certificates").await;
    let listed = iam
        .list_signing_certificates()
        .user_name("ann")
        .send()
        .await;
    let id = listed.unwrap().certificates[0].certificate_id.clone();
    let delete = iam.delete_signing_certificate().user_name("ann");
    delete.certificate_id(id).send().await.unwrap();

    conflict("must remove referenced objects").await;
    let listed = iam.list_ssh_public_keys().user_name("ann").send().await;
    let id = listed.unwrap().ssh_public_keys()[0]
        .ssh_public_key_id
        .clone();
    let delete = iam.delete_ssh_public_key().user_name("ann");
    delete.ssh_public_key_id(id).send().await.unwrap();

    conflict("must remove referenced objects").await;
    let listed = iam
        .list_service_specific_credentials()
        .user_name("ann")
        .send()
        .await;
    let id = listed.unwrap().service_specific_credentials()[0]
        .service_specific_credential_id
        .clone();
    let delete = iam.delete_service_specific_credential().user_name("ann");
    delete
        .service_specific_credential_id(id)
        .send()
        .await
        .unwrap();

    iam.delete_user().user_name("ann").send().await.unwrap();
    // A virtual device outlives its user's end, and is deleted by its serial number.
    let left = iam.list_virtual_mfa_devices().send().await.unwrap();
    assert_eq!(left.virtual_mfa_devices[0].serial_number, serial);
}

#[tokio::test]
async fn a_virtual_device_in_use_is_not_deleted_and_a_hardware_token_is_only_deactivated() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    ann(&iam).await;
    let serial = hang_everything(&iam).await;
    assert_eq!(serial, format!("arn:aws:iam::{ACCOUNT_ID}:mfa/phone"));
    let delete = iam.delete_virtual_mfa_device().serial_number(&serial);
    let said = refused(delete.clone().send().await, "DeleteConflict", 409);
    assert_eq!(said, "MFA VirtualDevice in use. Must deactivate first.");
    for serial in [serial.as_str(), "GAHT12345678"] {
        let deactivate = iam.deactivate_mfa_device().user_name("ann");
        deactivate.serial_number(serial).send().await.unwrap();
    }
    delete.clone().send().await.unwrap();
    refused(delete.send().await, "NoSuchEntity", 404);
    let token = iam.delete_virtual_mfa_device();
    let token = token.serial_number("GAHT12345678").send().await;
    refused(token, "NoSuchEntity", 404);
    let devices = iam.list_mfa_devices().user_name("ann").send().await;
    assert!(devices.unwrap().mfa_devices.is_empty());
}

#[tokio::test]
async fn each_of_them_asks_for_its_own_action() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    ann(&admin).await;
    let serial = hang_everything(&admin).await;
    let id = "APKAEIVFHP46CEXAMPL1";
    let everything_else = desk
        .user(&[&allow(&["iam:Get*", "iam:List*", "iam:DeleteUser"], "*")])
        .await;
    let Person { iam, .. } = everything_else;
    denied(iam.delete_login_profile().user_name("ann").send().await);
    let deactivate = iam.deactivate_mfa_device().user_name("ann");
    denied(deactivate.serial_number(&serial).send().await);
    let delete = iam.delete_virtual_mfa_device().serial_number(&serial);
    let said = denied(delete.send().await);
    assert!(said.contains(&format!("on resource: {serial}")), "{said}");
    let delete = iam.delete_ssh_public_key().user_name("ann");
    denied(delete.ssh_public_key_id(id).send().await);
    let delete = iam.delete_signing_certificate().user_name("ann");
    denied(delete.certificate_id(id).send().await);
    let delete = iam.delete_service_specific_credential().user_name("ann");
    denied(delete.service_specific_credential_id(id).send().await);
    let manager = desk.manager().iam;
    denied(manager.list_mfa_devices().user_name("ann").send().await);
    denied(manager.get_login_profile().user_name("ann").send().await);
}

#[tokio::test]
async fn quotas_and_broken_input_are_refused() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    ann(&iam).await;
    hang_everything(&iam).await;
    let again = iam.create_login_profile().user_name("ann");
    refused(
        again.password("correct horse").send().await,
        "EntityAlreadyExists",
        409,
    );
    let again = iam.upload_ssh_public_key().user_name("ann");
    let again = again.ssh_public_key_body(SSH).send().await;
    refused(again, "DuplicateSSHPublicKey", 400);
    for n in 1..5 {
        let more = iam.upload_ssh_public_key().user_name("ann");
        let more = more.ssh_public_key_body(format!("{SSH}{n}"));
        more.send().await.unwrap();
    }
    let sixth = iam.upload_ssh_public_key().user_name("ann");
    let sixth = sixth.ssh_public_key_body(format!("{SSH}6")).send().await;
    refused(sixth, "LimitExceeded", 409);
    let wrong = iam.enable_mfa_device().user_name("ann");
    let wrong = wrong
        .serial_number("GAHT99999999")
        .authentication_code1("12")
        .authentication_code2("34");
    refused(wrong.send().await, "InvalidAuthenticationCode", 403);
}

#[tokio::test]
async fn lists_can_be_told_to_come_in_short_pages() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    ann(&iam).await;
    for n in 0..3 {
        let upload = iam.upload_ssh_public_key().user_name("ann");
        let upload = upload.ssh_public_key_body(format!("{SSH}{n}"));
        upload.send().await.unwrap();
    }
    desk.practice.short_pages(Some(1));
    let list = iam.list_ssh_public_keys().user_name("ann");
    let first = list.clone().send().await.unwrap();
    assert!(first.is_truncated && first.ssh_public_keys().len() == 1);
    let mut pages = list.into_paginator().send();
    let mut seen = 0;
    while let Some(page) = pages.next().await {
        seen += page.unwrap().ssh_public_keys().len();
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn callers_can_be_throttled_and_what_is_throttled_is_not_done() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let throttle = Arc::new(Throttle::new(0.001, 1.0));
    desk.practice.throttle(Some(Arc::clone(&throttle)));
    ann(&iam).await;
    let refusal = iam.delete_user().user_name("ann").send().await;
    assert_eq!(refused(refusal, "Throttling", 400), "Rate exceeded");
    assert_eq!(throttle.counts(), (1, 1));
    desk.admin()
        .sts
        .get_caller_identity()
        .send()
        .await
        .expect("STS has quotas of its own");
    desk.practice.throttle(None);
    iam.get_user().user_name("ann").send().await.unwrap();
}

#[tokio::test]
async fn a_detached_account_goes_its_own_way() {
    let desk = Desk::new();
    let detached = desk.practice.detached().unwrap();
    assert_eq!(detached.manager_keys().0, desk.practice.manager_keys().0);
    ann(&desk.admin().iam).await;
    let there = |practice: &leasehold_practice::Practice| {
        let (id, secret) = practice.manager_keys();
        let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
        let mut desk = Desk::new();
        desk.practice = practice.clone();
        async move {
            let iam = desk.person("manager", &id, &secret, None).iam;
            iam.get_user().user_name("ann").send().await.is_ok()
        }
    };
    assert!(there(&desk.practice).await);
    assert!(!there(&detached).await);
    detached.reset().unwrap();
    assert_eq!(detached.manager_keys().0, desk.practice.manager_keys().0);
}

#[tokio::test]
async fn what_hangs_on_a_user_is_kept_over_a_restart() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    ann(&iam).await;
    hang_everything(&iam).await;
    let mut again = Desk::new();
    again.practice = desk.open_again();
    let iam = again.admin().iam;
    iam.get_login_profile()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    let devices = iam.list_mfa_devices().user_name("ann").send().await;
    assert_eq!(devices.unwrap().mfa_devices.len(), 2);
}
