//! SSH public keys, signing certificates and credentials of single services: what a user can have
//! besides access keys. Nothing can be opened with them here.

use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::{Credential, User};

/// The services that have credentials of their own (`CreateServiceSpecificCredential`).
const SERVICES: [&str; 3] = [
    "bedrock.amazonaws.com",
    "cassandra.amazonaws.com",
    "codecommit.amazonaws.com",
];

pub(super) fn upload_ssh_key(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let body = call.params.need("SSHPublicKeyBody")?;
    rules::length(body, "sSHPublicKeyBody", 1, 16_384)?;
    call.allow_user("iam:UploadSSHPublicKey", name, Context::default())?;
    let keys = &call.state.user(name)?.credentials.ssh_keys;
    full(keys, rules::SSH_KEYS_PER_USER, "SSHPublicKeysPerUser")?;
    if !["ssh-rsa ", "-----BEGIN PUBLIC KEY-----"]
        .iter()
        .any(|start| body.starts_with(start))
    {
        return Err(Fault::new(
            400,
            "InvalidPublicKey",
            "The public key is malformed or otherwise invalid.",
        ));
    }
    if keys.iter().any(|key| key.text == body) {
        return Err(Fault::new(
            400,
            "DuplicateSSHPublicKey",
            "The SSH public key is already associated with the specified IAM user.",
        ));
    }
    let id = call.state.dice.unique_id("APKA");
    let key = credential(call, id, body);
    let user = call.state.user_mut(name)?;
    let mut fields = ssh_fields(user, &key);
    fields.push(("SSHPublicKeyBody", body.into()));
    fields.push(("Fingerprint", "00:00:00:00".into()));
    user.credentials.ssh_keys.push(key);
    let node = Node::Fields(fields);
    Ok(Some(Node::Fields(vec![("SSHPublicKey", node)])))
}

pub(super) fn list_ssh_keys(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:ListSSHPublicKeys", &name, Context::default())?;
    let user = call.state.user(&name)?;
    let keys = user.credentials.ssh_keys.iter();
    let items = listed(keys, |key| ssh_fields(user, key));
    Ok(Some(Node::Fields(page(call, "SSHPublicKeys", items)?)))
}

pub(super) fn delete_ssh_key(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let id = call.params.need("SSHPublicKeyId")?;
    call.allow_user("iam:DeleteSSHPublicKey", name, Context::default())?;
    let keys = &mut call.state.user_mut(name)?.credentials.ssh_keys;
    take(keys, id, "Public Key")
}

pub(super) fn upload_certificate(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let body = call.params.need("CertificateBody")?;
    rules::length(body, "certificateBody", 1, 16_384)?;
    call.allow_user("iam:UploadSigningCertificate", &name, Context::default())?;
    let certificates = &call.state.user(&name)?.credentials.certificates;
    full(
        certificates,
        rules::CERTIFICATES_PER_USER,
        "SigningCertificatesPerUser",
    )?;
    if !body.starts_with("-----BEGIN CERTIFICATE-----") {
        return Err(Fault::new(
            400,
            "MalformedCertificate",
            "Certificate is malformed.",
        ));
    }
    let id = format!("{}CERT", call.state.dice.unique_id("ASCA"));
    let certificate = credential(call, id, body);
    let user = call.state.user_mut(&name)?;
    let node = Node::Fields(certificate_fields(user, &certificate));
    user.credentials.certificates.push(certificate);
    Ok(Some(Node::Fields(vec![("Certificate", node)])))
}

pub(super) fn list_certificates(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:ListSigningCertificates", &name, Context::default())?;
    let user = call.state.user(&name)?;
    let certificates = user.credentials.certificates.iter();
    let items = listed(certificates, |one| certificate_fields(user, one));
    Ok(Some(Node::Fields(page(call, "Certificates", items)?)))
}

pub(super) fn delete_certificate(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let id = call.params.need("CertificateId")?;
    call.allow_user("iam:DeleteSigningCertificate", &name, Context::default())?;
    let certificates = &mut call.state.user_mut(&name)?.credentials.certificates;
    take(certificates, id, "Certificate")
}

pub(super) fn create_service_credential(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let service = call.params.need("ServiceName")?;
    call.allow_user(
        "iam:CreateServiceSpecificCredential",
        name,
        Context::default(),
    )?;
    if !SERVICES.contains(&service) {
        return Err(Fault::new(
            404,
            "NotSupportedService",
            format!("No such service {service} is supported for Service Specific Credentials"),
        ));
    }
    let credentials = &call.state.user(name)?.credentials.services;
    let of_service: Vec<_> = credentials
        .iter()
        .filter(|credential| credential.text == service)
        .collect();
    full(
        &of_service,
        rules::SERVICE_CREDENTIALS_PER_USER,
        "ServiceSpecificCredentialsPerUser",
    )?;
    let id = call.state.dice.unique_id("ACCA");
    let password = call.state.dice.secret();
    let made = credential(call, id, service);
    let user = call.state.user_mut(name)?;
    let mut fields = service_fields(user, &made);
    fields.push(("ServicePassword", password.into()));
    user.credentials.services.push(made);
    let node = Node::Fields(fields);
    Ok(Some(Node::Fields(vec![(
        "ServiceSpecificCredential",
        node,
    )])))
}

pub(super) fn list_service_credentials(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let service = call.params.get("ServiceName");
    call.allow_user(
        "iam:ListServiceSpecificCredentials",
        &name,
        Context::default(),
    )?;
    let user = call.state.user(&name)?;
    let credentials = user.credentials.services.iter();
    let wanted = credentials.filter(|one| service.is_none_or(|service| one.text == service));
    let items = listed(wanted, |one| service_fields(user, one));
    let fields = page(call, "ServiceSpecificCredentials", items)?;
    Ok(Some(Node::Fields(fields)))
}

pub(super) fn delete_service_credential(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let id = call.params.need("ServiceSpecificCredentialId")?;
    call.allow_user(
        "iam:DeleteServiceSpecificCredential",
        &name,
        Context::default(),
    )?;
    let credentials = &mut call.state.user_mut(&name)?.credentials.services;
    take(credentials, id, "Service Specific Credential")
}

fn credential(call: &Call<'_>, id: String, text: &str) -> Credential {
    Credential {
        id,
        created: call.now,
        text: text.to_owned(),
    }
}

fn full<T>(have: &[T], most: usize, quota: &str) -> Result<(), Fault> {
    if have.len() < most {
        return Ok(());
    }
    Err(Fault::limit(format!(
        "Cannot exceed quota for {quota}: {most}"
    )))
}

fn take(have: &mut Vec<Credential>, id: &str, what: &str) -> Outcome {
    let place = have
        .iter()
        .position(|one| one.id == id)
        .ok_or_else(|| Fault::not_there(format!("The {what} with id {id} cannot be found.")))?;
    have.remove(place);
    Ok(None)
}

fn listed<'a>(
    credentials: impl Iterator<Item = &'a Credential>,
    fields: impl Fn(&Credential) -> Vec<(&'static str, Node)>,
) -> Vec<(String, Node)> {
    let mut items: Vec<_> = credentials
        .map(|one| (one.id.clone(), Node::Fields(fields(one))))
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    items
}

fn ssh_fields(user: &User, key: &Credential) -> Vec<(&'static str, Node)> {
    vec![
        ("UserName", (&user.name).into()),
        ("SSHPublicKeyId", (&key.id).into()),
        ("Status", "Active".into()),
        ("UploadDate", key.created.into()),
    ]
}

fn certificate_fields(user: &User, certificate: &Credential) -> Vec<(&'static str, Node)> {
    vec![
        ("UserName", (&user.name).into()),
        ("CertificateId", (&certificate.id).into()),
        ("CertificateBody", (&certificate.text).into()),
        ("Status", "Active".into()),
        ("UploadDate", certificate.created.into()),
    ]
}

fn service_fields(user: &User, credential: &Credential) -> Vec<(&'static str, Node)> {
    let service_user = format!("{}-at-{}", user.name, crate::account::ACCOUNT_ID);
    vec![
        ("UserName", (&user.name).into()),
        ("ServiceName", (&credential.text).into()),
        ("ServiceUserName", service_user.into()),
        ("ServiceSpecificCredentialId", (&credential.id).into()),
        ("Status", "Active".into()),
        ("CreateDate", credential.created.into()),
    ]
}
