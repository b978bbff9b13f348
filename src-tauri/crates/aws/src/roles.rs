//! `sts:AssumeRole`: a session of a role, with an external id and an MFA code where they are asked
//! for.

use secrecy::SecretString;

use crate::believed::{key_id, moment};
use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::session::KeySet;
use crate::sort;

/// A role to take on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequest {
    /// `arn:aws:iam::123456789012:role/deployer`
    pub role_arn: String,
    /// How the session is called in CloudTrail; 2 to 64 of `[\w+=,.@-]`.
    pub session_name: String,
    /// 900 to 43,200; not longer than the role's own limit, an hour from another role's session.
    pub seconds: i32,
    /// What the role's trust policy asks for from a third party.
    pub external_id: Option<String>,
    /// The MFA device of the calling user.
    pub mfa_serial: Option<String>,
}

impl Aws {
    /// `sts:AssumeRole`. `code` is what the MFA device shows now.
    pub async fn assume_role(
        &self,
        role: &RoleRequest,
        code: Option<&str>,
    ) -> Result<KeySet, AwsError> {
        let call = Call {
            action: "sts:AssumeRole",
            resource: Some(role.role_arn.clone()),
            missing: Entity::Other,
        };
        let serial = role.mfa_serial.clone().filter(|_| code.is_some());
        let answer = self
            .at_once(&call, |watch| {
                self.sts
                    .assume_role()
                    .role_arn(&role.role_arn)
                    .role_session_name(&role.session_name)
                    .duration_seconds(role.seconds)
                    .set_external_id(role.external_id.clone())
                    .set_serial_number(serial.clone())
                    .set_token_code(code.map(str::to_owned))
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let Some(made) = answer.credentials else {
            return Err(sort::nonsense(&call, "the answer holds no credentials"));
        };
        let secret = SecretString::from(made.secret_access_key);
        let token = SecretString::from(made.session_token);
        Ok(KeySet {
            access_key_id: key_id(&call, made.access_key_id)?,
            secret,
            session_token: Some(token),
            ends_at: Some(moment(&call, &made.expiration)?),
        })
    }
}
