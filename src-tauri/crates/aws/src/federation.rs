//! `sts:GetFederationToken`: a session of an IAM user's own, with which a browser can be signed in.

use secrecy::SecretString;

use crate::believed::{key_id, moment};
use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::session::KeySet;
use crate::sort;

/// A session to open for the user behind a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederationRequest {
    /// What it is called in CloudTrail; 2 to 32 of `[\w+=,.@-]`.
    pub name: String,
    /// Its session policy: it may do what this *and* the user's policies allow.
    pub policy: String,
    /// 900 to 129,600.
    pub seconds: i32,
    /// The ARN that AWS judges the call on.
    pub arn: String,
}

impl Aws {
    /// `sts:GetFederationToken`, with the long-term key of an IAM user.
    pub async fn federation_token(&self, asked: &FederationRequest) -> Result<KeySet, AwsError> {
        let call = Call {
            action: "sts:GetFederationToken",
            resource: Some(asked.arn.clone()),
            missing: Entity::Other,
        };
        let answer = self
            .at_once(&call, |watch| {
                self.sts
                    .get_federation_token()
                    .name(&asked.name)
                    .policy(&asked.policy)
                    .duration_seconds(asked.seconds)
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
