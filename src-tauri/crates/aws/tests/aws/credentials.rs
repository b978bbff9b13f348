//! What else can hang on a user: listed to the last page, of the asked user only, and taken away.

use leasehold_aws::{AwsErrorKind, Entity};

use crate::fake::{Fake, Step, no, yes};

const SERIAL: &str = "arn:aws:iam::111122223333:mfa/phone";
const DATE: &str = "2026-11-21T12:00:00Z";

/// One kind: its list operation, the list's element, and one member of this user and id.
type Kind = (&'static str, &'static str, fn(&str, &str) -> String);

const KINDS: [Kind; 4] = [
    ("ListMFADevices", "MFADevices", |user, id| {
        format!(
            "<UserName>{user}</UserName><SerialNumber>{id}</SerialNumber>\
             <EnableDate>{DATE}</EnableDate>"
        )
    }),
    ("ListSSHPublicKeys", "SSHPublicKeys", |user, id| {
        format!(
            "<UserName>{user}</UserName><SSHPublicKeyId>{id}</SSHPublicKeyId>\
             <Status>Active</Status><UploadDate>{DATE}</UploadDate>"
        )
    }),
    ("ListSigningCertificates", "Certificates", |user, id| {
        format!(
            "<UserName>{user}</UserName><CertificateId>{id}</CertificateId>\
             <CertificateBody>-</CertificateBody><Status>Active</Status>\
             <UploadDate>{DATE}</UploadDate>"
        )
    }),
    (
        "ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
        |user, id| {
            format!(
                "<UserName>{user}</UserName><Status>Active</Status>\
                 <ServiceUserName>u-at-1</ServiceUserName><CreateDate>{DATE}</CreateDate>\
                 <ServiceSpecificCredentialId>{id}</ServiceSpecificCredentialId>\
                 <ServiceName>codecommit.amazonaws.com</ServiceName>"
            )
        },
    ),
];

fn page((operation, list, member): Kind, user: &str, id: &str, next: Option<&str>) -> Step {
    let more = match next {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    let member = member(user, id);
    yes(
        operation,
        &format!("<{list}><member>{member}</member></{list}>{more}"),
    )
}

async fn list(fake: &Fake, operation: &str) -> Result<Vec<String>, leasehold_aws::AwsError> {
    let aws = fake.aws();
    match operation {
        "ListMFADevices" => aws.list_mfa_devices("u").await,
        "ListSSHPublicKeys" => aws.list_ssh_public_keys("u").await,
        "ListSigningCertificates" => aws.list_signing_certificates("u").await,
        _ => aws.list_service_specific_credentials("u").await,
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_of_each_kind_is_read() {
    let ids = [
        "APKAEIVFHP46CEXAMPL1",
        "APKAEIVFHP46CEXAMPL2",
        "APKAEIVFHP46CEXAMPL3",
    ];
    for kind in KINDS {
        let fake = Fake::new([
            page(kind, "u", ids[0], Some("m1")),
            page(kind, "U", ids[1], Some("m2")),
            page(kind, "u", ids[2], None),
        ]);
        assert_eq!(list(&fake, kind.0).await.unwrap(), ids, "{}", kind.0);
        let sent = fake.sent();
        assert_eq!(sent[2].field("Marker"), Some("m2"), "{}", kind.0);
        assert!(sent.iter().all(|sent| sent.action() == kind.0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_of_another_user_or_has_no_id_is_not_believed() {
    for kind in KINDS {
        for (user, id) in [
            ("other", "APKAEIVFHP46CEXAMPL1"),
            ("", "APKAEIVFHP46CEXAMPL1"),
            ("u", ""),
            ("u", "two words in one serial"),
        ] {
            let fake = Fake::new([page(kind, user, id, None)]);
            let error = list(&fake, kind.0).await.unwrap_err();
            assert_eq!(
                error.kind,
                AwsErrorKind::Unexpected,
                "{} {user} {id}",
                kind.0
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_profile_is_there_or_not_and_a_missing_user_is_another_thing() {
    let profile = |user: &str| {
        yes(
            "GetLoginProfile",
            &format!(
                "<LoginProfile><UserName>{user}</UserName><CreateDate>{DATE}</CreateDate>\
                 </LoginProfile>"
            ),
        )
    };
    let asked = async |step| Fake::new([step]).aws().has_login_profile("u").await;
    assert!(asked(profile("u")).await.unwrap());
    let none = no(
        404,
        "NoSuchEntity",
        "Login Profile for User u cannot be found.",
    );
    assert!(!asked(none).await.unwrap());
    let gone = no(404, "NoSuchEntity", "The user with name u cannot be found.");
    let error = asked(gone).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::NotThere(Entity::User));
    let error = asked(profile("other")).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unexpected);
}

#[tokio::test(start_paused = true)]
async fn each_deletion_makes_its_call_with_its_fields() {
    let id = "APKAEIVFHP46CEXAMPL1";
    let operations = [
        "DeleteLoginProfile",
        "DeactivateMFADevice",
        "DeleteVirtualMFADevice",
        "DeleteSSHPublicKey",
        "DeleteSigningCertificate",
        "DeleteServiceSpecificCredential",
    ];
    let fake = Fake::new(operations.map(|operation| yes(operation, "")));
    let aws = fake.aws();
    aws.delete_login_profile("u").await.unwrap();
    aws.deactivate_mfa_device("u", SERIAL).await.unwrap();
    aws.delete_virtual_mfa_device(SERIAL).await.unwrap();
    aws.delete_ssh_public_key("u", id).await.unwrap();
    aws.delete_signing_certificate("u", id).await.unwrap();
    aws.delete_service_specific_credential("u", id)
        .await
        .unwrap();
    let sent = fake.sent();
    let actions: Vec<_> = sent.iter().map(|sent| sent.action()).collect();
    assert_eq!(actions, operations);
    let fields = [
        None,
        Some(("SerialNumber", SERIAL)),
        Some(("SerialNumber", SERIAL)),
        Some(("SSHPublicKeyId", id)),
        Some(("CertificateId", id)),
        Some(("ServiceSpecificCredentialId", id)),
    ];
    for (sent, field) in sent.iter().zip(fields) {
        let user = (sent.action() != "DeleteVirtualMFADevice").then_some("u");
        assert_eq!(sent.field("UserName"), user, "{}", sent.action());
        if let Some((name, value)) = field {
            assert_eq!(sent.field(name), Some(value));
        }
    }
}
