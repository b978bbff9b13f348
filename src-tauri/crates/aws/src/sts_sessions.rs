//! Sessions that are handed out: of a role, or of a federated user; and the policy on a role that denies
//! one of them.

use aws_sdk_sts::types::{Credentials, PolicyDescriptorType, Tag};
use secrecy::{ExposeSecret as _, SecretString};

use crate::believed::{arn, key_id, moment, unique_id};
use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::session::KeySet;
use crate::sort;

/// A session to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewSession {
    /// Its name, 2 to 64 characters; to 32 of a federated user.
    pub name: String,
    /// How long it is to last.
    pub seconds: i32,
    /// The session policy.
    pub policy: Option<String>,
    /// Managed policies that are session policies.
    pub policy_arns: Vec<String>,
    /// Session tags. Anything here needs `sts:TagSession`.
    pub tags: Vec<(String, String)>,
}

/// A session that STS opened, at the only moment its key exists outside the holder's hands.
///
/// `Debug` shows ids and never the secret or the token.
#[derive(Debug, Clone)]
pub struct OpenedSession {
    /// Its key, with token and end.
    pub key: KeySet,
    /// `arn:aws:sts::123456789012:assumed-role/deployer/name`
    pub arn: String,
    /// What `aws:userid` says of it: `AROA…:name`, or `123456789012:name` of a federated user.
    pub user_id: String,
}

impl Aws {
    /// `sts:AssumeRole` for somebody else to use.
    ///
    /// It may be repeated after a lost answer: each answer is a session of the same name, and ends by
    /// itself.
    pub async fn open_role_session(
        &self,
        role_arn: &str,
        external_id: Option<&str>,
        session: &NewSession,
    ) -> Result<OpenedSession, AwsError> {
        let call = Call {
            action: "sts:AssumeRole",
            resource: Some(role_arn.to_owned()),
            missing: Entity::Other,
        };
        let tags = tags(&call, session)?;
        let answer = self
            .at_once(&call, |watch| {
                self.sts
                    .assume_role()
                    .role_arn(role_arn)
                    .role_session_name(&session.name)
                    .duration_seconds(session.seconds)
                    .set_external_id(external_id.map(str::to_owned))
                    .set_policy(session.policy.clone())
                    .set_policy_arns(policies(session))
                    .set_tags(tags.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let who = answer.assumed_role_user;
        let who = who.map(|who| (who.arn, who.assumed_role_id));
        opened(&call, session, answer.credentials, who)
    }

    /// `sts:GetFederationToken`. Needs the long-term key of an IAM user.
    pub async fn open_federated_session(
        &self,
        session: &NewSession,
    ) -> Result<OpenedSession, AwsError> {
        let call = Call {
            action: "sts:GetFederationToken",
            resource: Some(format!("federated-user/{}", session.name)),
            missing: Entity::Other,
        };
        let tags = tags(&call, session)?;
        let answer = self
            .at_once(&call, |watch| {
                self.sts
                    .get_federation_token()
                    .name(&session.name)
                    .duration_seconds(session.seconds)
                    .set_policy(session.policy.clone())
                    .set_policy_arns(policies(session))
                    .set_tags(tags.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let who = answer.federated_user;
        let who = who.map(|who| (who.arn, who.federated_user_id));
        opened(&call, session, answer.credentials, who)
    }

    /// `iam:PutRolePolicy`: adds or replaces an inline policy of a role.
    pub async fn put_role_policy(
        &self,
        role: &str,
        policy: &str,
        document: &str,
    ) -> Result<(), AwsError> {
        let call = on_role("iam:PutRolePolicy", role);
        self.in_turn(&call, |watch| {
            self.iam
                .put_role_policy()
                .role_name(role)
                .policy_name(policy)
                .policy_document(document)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:DeleteRolePolicy`: removes an inline policy of a role.
    pub async fn delete_role_policy(&self, role: &str, policy: &str) -> Result<(), AwsError> {
        let call = on_role("iam:DeleteRolePolicy", role);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_role_policy()
                .role_name(role)
                .policy_name(policy)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:GetRole`: how long a session of the role may be, in seconds, and its ARN. An optional
    /// permission.
    pub async fn role_limit(&self, role: &str) -> Result<(String, u64), AwsError> {
        let call = on_role("iam:GetRole", role);
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .get_role()
                    .role_name(role)
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let Some(role) = answer.role else {
            return Err(sort::nonsense(&call, "the answer describes no role"));
        };
        // An hour, where nothing was ever set (API reference `Role`).
        let most = role.max_session_duration.unwrap_or(3_600);
        let most = u64::try_from(most)
            .map_err(|_| sort::nonsense(&call, "the answer holds an impossible duration"))?;
        Ok((arn(&call, role.arn)?, most))
    }
}

fn on_role(action: &'static str, role: &str) -> Call {
    Call {
        action,
        resource: Some(format!("role/{role}")),
        missing: Entity::Other,
    }
}

fn tags(call: &Call, session: &NewSession) -> Result<Option<Vec<Tag>>, AwsError> {
    let tags = session
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    let Ok(tags) = tags.collect::<Result<Vec<_>, _>>() else {
        return Err(sort::unsendable(call));
    };
    Ok((!tags.is_empty()).then_some(tags))
}

fn policies(session: &NewSession) -> Option<Vec<PolicyDescriptorType>> {
    let arns = session.policy_arns.iter();
    let arns = arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build());
    (!session.policy_arns.is_empty()).then(|| arns.collect())
}

fn opened(
    call: &Call,
    session: &NewSession,
    key: Option<Credentials>,
    who: Option<(String, String)>,
) -> Result<OpenedSession, AwsError> {
    let Some(key) = key else {
        return Err(sort::nonsense(call, "the answer holds no credentials"));
    };
    let Some((session_arn, user_id)) = who else {
        return Err(sort::nonsense(call, "the answer names nobody"));
    };
    let secret = SecretString::from(key.secret_access_key);
    let token = SecretString::from(key.session_token);
    if secret.expose_secret().is_empty() || token.expose_secret().is_empty() {
        return Err(sort::nonsense(call, "the answer holds no secret"));
    }
    let user_id = unique_id(call, user_id)?;
    if user_id.split_once(':').map(|(_, name)| name) != Some(session.name.as_str()) {
        return Err(sort::nonsense(call, "the answer is about another session"));
    }
    Ok(OpenedSession {
        key: KeySet {
            access_key_id: key_id(call, key.access_key_id)?,
            secret,
            session_token: Some(token),
            ends_at: Some(moment(call, &key.expiration)?),
        },
        arn: arn(call, session_arn)?,
        user_id,
    })
}
