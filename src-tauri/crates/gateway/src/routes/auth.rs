//! `/auth` and what is asked about a token.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::SecondsFormat;
use leasehold_access::Reason;
use leasehold_access::door::{Knock, Shut};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::Call;
use crate::answer::{Fail, answer};

#[derive(Deserialize)]
struct Form {
    #[serde(default, rename = "access-id")]
    access_id: String,
    #[serde(default, rename = "access-type")]
    access_type: Option<String>,
    #[serde(default, rename = "cloud-id", deserialize_with = "super::cleared")]
    cloud_id: Zeroizing<String>,
}

pub(super) async fn auth(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let form: Form = call.form()?;
    // Akeyless's own default is an access key, which there is none of here.
    if form.access_type.as_deref() != Some("aws_iam") {
        return Err(Fail::bad("The access-type here is aws_iam."));
    }
    if form.access_id.is_empty() || form.cloud_id.is_empty() {
        return Err(Fail::bad("Send access-id and cloud-id."));
    }
    let entered = call
        .app
        .door
        .log_in(Knock {
            access_id: &form.access_id,
            cloud_identity: &form.cloud_id,
            peer: &call.peer,
        })
        .await?;
    let expires = entered.session.expires_at;
    Ok(answer(
        StatusCode::OK,
        &json!({
            "token": entered.token.expose(),
            "expiration": expires.to_rfc3339_opts(SecondsFormat::Secs, true),
            "roles": entered.roles,
        }),
    ))
}

pub(super) async fn validate_token(
    Extension(call): Extension<Arc<Call>>,
) -> Result<Response, Fail> {
    let form: super::WithToken = call.form()?;
    let document = match call.app.door.enter(&form.token, &call.peer) {
        Ok(caller) => {
            let end = caller.session.expires_at;
            let left = caller
                .session
                .seconds_left(call.app.engine.shared().clock.now());
            json!({
                "is_valid": true,
                "expiration": end.to_rfc3339_opts(SecondsFormat::Secs, true),
                "ttl": left,
                "reason": "",
            })
        }
        Err(Shut::Turned(turned)) if turned.refusal.reason != Reason::RateLimited => {
            json!({ "is_valid": false, "ttl": 0, "reason": turned.told.message })
        }
        Err(other) => return Err(other.into()),
    };
    Ok(answer(StatusCode::OK, &document))
}

pub(super) async fn describe_sub_claims(
    Extension(call): Extension<Arc<Call>>,
) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let mut claims: BTreeMap<String, [String; 1]> = caller
        .claims
        .iter()
        .map(|(key, value)| (key.to_string(), [value.clone()]))
        .collect();
    if let Some(id) = caller.client_unique_id() {
        claims.insert("client_unique_id".to_owned(), [id.to_owned()]);
    }
    Ok(answer(
        StatusCode::OK,
        &json!({ "sub_claims": claims, "roles": caller.roles() }),
    ))
}

/// The token is dead from now on; leases live as long as they were given for.
pub(super) async fn revoke_creds(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    call.app.door.leave(&caller)?;
    Ok(answer(StatusCode::OK, &json!({})))
}
