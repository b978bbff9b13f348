//! Credentials for AWS's own clients in containers: what `AWS_CONTAINER_CREDENTIALS_FULL_URI` leads to (AWS SDKs
//! and Tools Reference Guide, "Container credential provider").
//!
//! The client sends what stands in `AWS_CONTAINER_AUTHORIZATION_TOKEN`, or in the file of
//! `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, as the whole `Authorization` header: a token of `/auth`. It comes back
//! when what it got is about to end, so that one kept lease serves all processes of a caller.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::SecondsFormat;
use leasehold_domain::{Action, Credential};
use leasehold_engine::{Caller, CredentialsRequest, Issued};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::Call;
use super::leases::{find, lease_caller};
use crate::answer::{Fail, answer};

/// Where the items begin.
pub(crate) const ROOT: &str = "/container-credentials/";

/// The document that AWS's clients expect.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'a str>,
}

/// A session of the dynamic secret at this path: the one that was kept for this caller, or a new one.
pub(super) async fn credentials(
    Extension(call): Extension<Arc<Call>>,
    Path(item): Path<String>,
) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let path = call.allowed(&caller, Action::Issue, &format!("/{item}"))?;
    let secret = find(&call, &path)?;
    if matches!(secret.draft.credential_type.as_str(), "" | "iam_user") {
        return Err(Fail {
            hint: Some(format!(
                "Use `credential_process = leasehold credentials {path} --profile NAME` in ~/.aws/config."
            )),
            ..Fail::new(
                StatusCode::BAD_REQUEST,
                "not_a_session",
                "This is the key of an IAM user, which has no session token; AWS's container credentials \
                 need one.",
            )
        });
    }
    let request = CredentialsRequest::of(secret.id);
    let lease_caller = lease_caller(&caller);
    let engine = &call.app.engine;
    let issued = match engine.kept_for(&request, &lease_caller).await? {
        Some(issued) => issued,
        None => {
            call.app.door.take_lease(&caller, &call.peer)?;
            issued_whole(&call, request, (lease_caller, caller.session_id)).await?
        }
    };
    respond(&issued)
}

/// A client that hangs up after two seconds, as boto3 does, asks again and gets what was made meanwhile: the
/// lease is kept whether or not somebody waits for it.
async fn issued_whole(
    call: &Call,
    request: CredentialsRequest,
    (caller, session_id): (Caller, String),
) -> Result<Issued, Fail> {
    let engine = call.app.engine.clone();
    let made = tokio::spawn(async move {
        let made = engine.credentials_for(&request, &caller, &session_id);
        made.await
    });
    match made.await {
        Ok(issued) => issued.map_err(|problem| call.failed(problem)),
        Err(defect) => {
            tracing::error!(%defect, "an issue broke off");
            Err(Fail::ours())
        }
    }
}

fn respond(issued: &Issued) -> Result<Response, Fail> {
    let key = &issued.credentials;
    let Some(token) = &key.session_token else {
        return Err(Fail::no_such_item());
    };
    let document = Document {
        access_key_id: &key.access_key_id,
        secret_access_key: key.secret_access_key.expose_secret(),
        token: token.expose_secret(),
        expiration: key.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        role_arn: match &issued.lease.credential {
            Credential::AssumedRole { role_arn, .. } => Some(role_arn),
            Credential::IamUser | Credential::FederationToken => None,
        },
    };
    Ok(answer(StatusCode::OK, &document))
}
