//! Questions about permissions: the policy simulator, and two calls that only pre-flight makes.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType, Tag,
};

use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::sort;

/// What to ask the simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation<'a> {
    /// The user or role whose policies are asked.
    pub principal_arn: &'a str,
    /// `iam:CreateUser`, …
    pub actions: &'a [&'a str],
    /// The one resource. Over several the answers would have to be told apart.
    pub resource_arn: &'a str,
    /// Condition keys with their values, all of them strings.
    pub context: &'a [(String, Vec<String>)],
}

/// What the simulator says of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// `iam:CreateUser`
    pub action: String,
    /// Whether it would be allowed.
    pub allowed: bool,
    /// Condition keys that the policies ask for and that were not given.
    pub missing_context: Vec<String>,
}

impl Aws {
    /// `iam:SimulatePrincipalPolicy`: what the policies of a user or role say. It changes nothing.
    pub async fn simulate(&self, asked: &Simulation<'_>) -> Result<Vec<Simulated>, AwsError> {
        let call = Call {
            action: "iam:SimulatePrincipalPolicy",
            resource: Some(asked.principal_arn.to_owned()),
            missing: Entity::Other,
        };
        let entries = asked.context.iter().map(|(key, values)| {
            let kind = if values.len() == 1 {
                ContextKeyTypeEnum::String
            } else {
                ContextKeyTypeEnum::StringList
            };
            ContextEntry::builder()
                .context_key_name(key)
                .set_context_key_values(Some(values.clone()))
                .context_key_type(kind)
                .build()
        });
        let entries: Vec<_> = entries.collect();
        let actions = asked.actions.iter().map(|action| (*action).to_owned());
        let actions: Vec<_> = actions.collect();
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .simulate_principal_policy()
                    .policy_source_arn(asked.principal_arn)
                    .set_action_names(Some(actions.clone()))
                    .resource_arns(asked.resource_arn)
                    .set_context_entries((!entries.is_empty()).then_some(entries.clone()))
                    .max_items(1_000)
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await?;
        let results = answer.evaluation_results.unwrap_or_default();
        if results.len() < asked.actions.len() {
            return Err(sort::nonsense(&call, "the answer leaves actions out"));
        }
        Ok(results.into_iter().map(simulated).collect())
    }

    /// `iam:ListUsers`, one user at most: whether it is allowed. It changes nothing.
    pub async fn may_list_users(&self, path_prefix: &str) -> Result<(), AwsError> {
        let call = Call {
            action: "iam:ListUsers",
            resource: Some(format!("user{path_prefix}")),
            missing: Entity::Other,
        };
        self.in_turn(&call, |watch| {
            let list = self.iam.list_users().path_prefix(path_prefix).max_items(1);
            list.customize().interceptor(watch).send()
        })
        .await?;
        Ok(())
    }

    /// `iam:TagUser`.
    pub async fn tag_user(&self, user: &str, key: &str, value: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:TagUser", user, Entity::User);
        let Ok(tag) = Tag::builder().key(key).value(value).build() else {
            return Err(sort::unsendable(&call));
        };
        self.in_turn(&call, |watch| {
            self.iam
                .tag_user()
                .user_name(user)
                .tags(tag.clone())
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }
}

fn simulated(result: EvaluationResult) -> Simulated {
    Simulated {
        allowed: result.eval_decision == PolicyEvaluationDecisionType::Allowed,
        action: result.eval_action_name,
        missing_context: result.missing_context_values.unwrap_or_default(),
    }
}
