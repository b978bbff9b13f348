//! STS: temporary credentials that an IAM user makes of its own.

use super::sts::{check_packed, open_session, packed, session_name, session_policies};
use crate::account::{ACCOUNT_ID, sts_arn};
use crate::answer::Node;
use crate::caller::Kind;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::rules;
use crate::state::SessionKind;

/// Twelve hours, when nobody says how long.
const USUAL_SECONDS: i64 = 43_200;

pub(super) fn get_federation_token(call: &mut Call<'_>) -> Outcome {
    let name = session_name(call, "Name", 32)?.to_owned();
    let seconds = call
        .params
        .number("DurationSeconds", 900, 129_600)?
        .unwrap_or(USUAL_SECONDS);
    let policies = session_policies(call)?;
    let tags = rules::tags(call.params)?;
    check_packed(call, &tags)?;
    if call.caller.kind != Kind::User {
        return Err(Fault::denied(
            "Cannot call GetFederationToken with session credentials",
        ));
    }
    let arn = sts_arn(&format!("federated-user/{name}"));
    call.allow("sts:GetFederationToken", &arn, &Context::default())?;
    if !tags.is_empty() {
        call.allow("sts:TagSession", &arn, &Context::default())?;
    }
    let user_id = call.caller.user_id.clone();
    let kind = SessionKind::Federated {
        user_id,
        name: name.clone(),
    };
    let credentials = open_session(call, kind, (policies.clone(), tags), seconds);
    let user = Node::Fields(vec![
        ("FederatedUserId", format!("{ACCOUNT_ID}:{name}").into()),
        ("Arn", arn.into()),
    ]);
    let mut fields = vec![("Credentials", credentials), ("FederatedUser", user)];
    if let Some(policies) = &policies {
        fields.push(("PackedPolicySize", packed(policies)));
    }
    Ok(Some(Node::Fields(fields)))
}

/// "No permissions are required for users to perform this operation."
pub(super) fn get_session_token(call: &mut Call<'_>) -> Outcome {
    let seconds = call
        .params
        .number("DurationSeconds", 900, 129_600)?
        .unwrap_or(USUAL_SECONDS);
    if call.caller.kind != Kind::User {
        return Err(Fault::denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    if call.params.get("SerialNumber").is_some() || call.params.get("TokenCode").is_some() {
        return Err(Fault::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your \
             MFA serial number is valid and associated with this user.",
        ));
    }
    let kind = SessionKind::User {
        user_id: call.caller.user_id.clone(),
    };
    let credentials = open_session(call, kind, (None, Vec::new()), seconds);
    Ok(Some(Node::Fields(vec![("Credentials", credentials)])))
}
