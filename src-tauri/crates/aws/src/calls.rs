//! The calls that change one IAM user or look at it, and `GetCallerIdentity`.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::Tag;
use secrecy::SecretString;

use crate::believed::{arn, key_id, moment, unique_id, user_arn};
use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::facts::{CallerIdentity, CreatedUser, NewKey, NewUser, UserFacts};
use crate::sort;

impl Aws {
    /// `sts:GetCallerIdentity`: who this key belongs to. Needs no permission.
    pub async fn caller_identity(&self) -> Result<CallerIdentity, AwsError> {
        let call = Call {
            action: "sts:GetCallerIdentity",
            resource: None,
            missing: Entity::Other,
        };
        let answer = self
            .at_once(&call, |watch| {
                self.sts
                    .get_caller_identity()
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let account = answer.account.unwrap_or_default();
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(sort::nonsense(&call, "the answer names no account"));
        }
        let arn = arn(&call, answer.arn.unwrap_or_default())?;
        if arn.split(':').nth(4) != Some(account.as_str()) {
            return Err(sort::nonsense(
                &call,
                "the ARN in the answer is of another account",
            ));
        }
        let user_id = unique_id(&call, answer.user_id.unwrap_or_default())?;
        Ok(CallerIdentity {
            account,
            arn,
            user_id,
        })
    }

    /// `iam:CreateUser` (with tags also `iam:TagUser`, with a boundary the policy must exist).
    ///
    /// `AlreadyThere` with [`FailedCall::maybe_done`](crate::FailedCall::maybe_done) may be the work of an earlier try of this very
    /// call: look whether the user is ours. An answer about another name or path than the asked
    /// one is `Unexpected`.
    pub async fn create_user(&self, user: &NewUser) -> Result<CreatedUser, AwsError> {
        let call = Call::on_user("iam:CreateUser", &user.name, Entity::Policy);
        let tags = user
            .tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build());
        let Ok(tags) = tags.collect::<Result<Vec<_>, _>>() else {
            return Err(sort::unsendable(&call));
        };
        let tags = (!tags.is_empty()).then_some(tags);
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .create_user()
                    .user_name(&user.name)
                    .path(&user.path)
                    .set_permissions_boundary(user.boundary.clone())
                    .set_tags(tags.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let Some(made) = answer.user else {
            return Err(sort::nonsense(&call, "the answer describes no user"));
        };
        if made.user_name != user.name || made.path != user.path {
            return Err(sort::nonsense(&call, "the answer describes another user"));
        }
        Ok(CreatedUser {
            user_id: unique_id(&call, made.user_id)?,
            arn: user_arn(&call, made.arn, &user.name)?,
            created_at: moment(&call, &made.create_date)?,
        })
    }

    /// `iam:GetUser`.
    pub async fn get_user(&self, name: &str) -> Result<UserFacts, AwsError> {
        let call = Call::on_user("iam:GetUser", name, Entity::User);
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .get_user()
                    .user_name(name)
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let Some(user) = answer.user else {
            return Err(sort::nonsense(&call, "the answer describes no user"));
        };
        if !user.user_name.eq_ignore_ascii_case(name) {
            return Err(sort::nonsense(&call, "the answer describes another user"));
        }
        let tags = user.tags.unwrap_or_default();
        Ok(UserFacts {
            user_id: unique_id(&call, user.user_id)?,
            arn: user_arn(&call, user.arn, &user.user_name)?,
            path: user.path,
            created_at: moment(&call, &user.create_date)?,
            boundary: user
                .permissions_boundary
                .and_then(|b| b.permissions_boundary_arn),
            tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        })
    }

    /// `iam:PutUserPolicy`: adds or replaces an inline policy.
    pub async fn put_user_policy(
        &self,
        user: &str,
        policy: &str,
        document: &str,
    ) -> Result<(), AwsError> {
        let call = Call::on_user("iam:PutUserPolicy", user, Entity::User);
        self.in_turn(&call, |watch| {
            self.iam
                .put_user_policy()
                .user_name(user)
                .policy_name(policy)
                .policy_document(document)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:DeleteUserPolicy`: removes an inline policy.
    pub async fn delete_user_policy(&self, user: &str, policy: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteUserPolicy", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_user_policy()
                .user_name(user)
                .policy_name(policy)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:AttachUserPolicy`. Attaching what is attached already is a yes.
    pub async fn attach_user_policy(&self, user: &str, policy_arn: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:AttachUserPolicy", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .attach_user_policy()
                .user_name(user)
                .policy_arn(policy_arn)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:DetachUserPolicy`.
    pub async fn detach_user_policy(&self, user: &str, policy_arn: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DetachUserPolicy", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .detach_user_policy()
                .user_name(user)
                .policy_arn(policy_arn)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:AddUserToGroup`. Adding a member again is a yes.
    pub async fn add_user_to_group(&self, user: &str, group: &str) -> Result<(), AwsError> {
        let call = on_group("iam:AddUserToGroup", group);
        self.in_turn(&call, |watch| {
            self.iam
                .add_user_to_group()
                .user_name(user)
                .group_name(group)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:RemoveUserFromGroup`.
    pub async fn remove_user_from_group(&self, user: &str, group: &str) -> Result<(), AwsError> {
        let call = on_group("iam:RemoveUserFromGroup", group);
        self.in_turn(&call, |watch| {
            self.iam
                .remove_user_from_group()
                .user_name(user)
                .group_name(group)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:CreateAccessKey`, sent exactly once: a repetition after a lost answer would leave a
    /// key whose secret nobody has.
    ///
    /// May be repeated by the caller after `Throttled` or `Clock` without
    /// [`FailedCall::maybe_done`](crate::FailedCall::maybe_done); with it, list the keys and remove the unknown one.
    pub async fn create_access_key(&self, user: &str) -> Result<NewKey, AwsError> {
        let call = Call::on_user("iam:CreateAccessKey", user, Entity::User);
        let once = aws_sdk_iam::Config::builder().retry_config(RetryConfig::disabled());
        let answer = self
            .once_in_turn(&call, |watch| {
                self.iam
                    .create_access_key()
                    .user_name(user)
                    .customize()
                    .interceptor(watch)
                    .config_override(once.clone())
                    .send()
            })
            .await?;
        let Some(key) = answer.access_key else {
            return Err(sort::nonsense(&call, "the answer holds no key"));
        };
        let secret = SecretString::from(key.secret_access_key);
        let access_key_id = key_id(&call, key.access_key_id)?;
        if key.user_name != user {
            return Err(sort::nonsense(
                &call,
                "the answer holds a key of another user",
            ));
        }
        if secrecy::ExposeSecret::expose_secret(&secret).is_empty() {
            return Err(sort::nonsense(&call, "the answer holds no secret"));
        }
        Ok(NewKey {
            access_key_id,
            secret,
        })
    }

    /// `iam:DeleteAccessKey`.
    pub async fn delete_access_key(&self, user: &str, access_key_id: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteAccessKey", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_access_key()
                .user_name(user)
                .access_key_id(access_key_id)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:DeleteUser`. `DeleteConflict` while anything is attached.
    pub async fn delete_user(&self, user: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteUser", user, Entity::User);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_user()
                .user_name(user)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }
}

/// AWS judges membership calls by the group's ARN.
fn on_group(action: &'static str, group: &str) -> Call {
    Call {
        action,
        resource: Some(format!("group/{group}")),
        missing: Entity::Other,
    }
}
