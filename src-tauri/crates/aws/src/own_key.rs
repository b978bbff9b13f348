//! What a managing user does with its own keys: switch them off and on, ask when they were used,
//! and ask whether it may.

use aws_sdk_iam::types::StatusType;

use crate::believed::moment;
use crate::client::{Aws, Call};
use crate::error::{AwsError, AwsErrorKind, Entity};
use crate::facts::LastUse;

/// The id of no key: what is asked about it is judged by the caller's permissions first.
const NO_KEY: &str = "AKIAAAAAAAAAAAAAAAAA";

impl Aws {
    /// `iam:UpdateAccessKey`: switches a key on or off.
    pub async fn set_access_key_active(
        &self,
        user: &str,
        access_key_id: &str,
        active: bool,
    ) -> Result<(), AwsError> {
        let call = Call::on_user("iam:UpdateAccessKey", user, Entity::Key);
        let status = if active {
            StatusType::Active
        } else {
            StatusType::Inactive
        };
        self.in_turn(&call, |watch| {
            self.iam
                .update_access_key()
                .user_name(user)
                .access_key_id(access_key_id)
                .status(status.clone())
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// Whether `iam:DeleteAccessKey` is allowed on this user: asked about a key that does not
    /// exist. It changes nothing.
    pub async fn may_delete_access_key(&self, user: &str) -> Result<(), AwsError> {
        match self.delete_access_key(user, NO_KEY).await {
            Err(error) if matches!(error.kind, AwsErrorKind::NotThere(_)) => Ok(()),
            answer => answer,
        }
    }

    /// `iam:GetAccessKeyLastUsed`: an optional permission. AWS counts in steps of some minutes.
    pub async fn access_key_last_used(&self, access_key_id: &str) -> Result<LastUse, AwsError> {
        let call = Call {
            action: "iam:GetAccessKeyLastUsed",
            resource: Some(format!("access key {access_key_id}")),
            missing: Entity::Key,
        };
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .get_access_key_last_used()
                    .access_key_id(access_key_id)
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let used = answer.access_key_last_used;
        let at = used.as_ref().and_then(|used| used.last_used_date);
        Ok(LastUse {
            at: at.map(|at| moment(&call, &at)).transpose()?,
            service: used
                .map(|used| crate::text::token(&used.service_name))
                .filter(|service| !service.is_empty() && service != "NA"),
        })
    }

    /// Whether IAM takes this key at all, asked by `iam:GetUser` about a user that does not exist.
    /// A refusal for want of a permission is a yes. Sessions that IAM shuts out answer
    /// [`AwsErrorKind::WrongKey`].
    pub async fn may_call_iam(&self) -> Result<(), AwsError> {
        match self.get_user("leasehold-probe-of-nobody").await {
            Err(error)
                if matches!(
                    error.kind,
                    AwsErrorKind::NotThere(_) | AwsErrorKind::Denied { .. }
                ) =>
            {
                Ok(())
            }
            answer => answer.map(drop),
        }
    }
}
