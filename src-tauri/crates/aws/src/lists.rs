//! The lists: what hangs on a user, and which users there are; all pages of them.

use std::collections::HashSet;
use std::future::Future;

use aws_sdk_iam::types::StatusType;

use crate::believed::{arn, key_id, moment, unique_id, user_arn};
use crate::client::{Aws, Call};
use crate::error::{AwsError, Entity};
use crate::facts::{KeyFacts, ListedUser};
use crate::sort;

/// No list is longer (IAM has room for 5,000 users); an endpoint that claims more is not IAM.
const MOST_ITEMS: usize = 10_000;
/// The largest page of users that can be asked for (API reference, "ListUsers").
const USERS_A_PAGE: i32 = 1_000;
/// Nor does it come in more pages.
const MOST_PAGES: usize = 1_000;

/// One page of a list, and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_truncated: bool,
    pub(crate) marker: Option<String>,
}

/// Turns the answers of list operations, alike but for one name, into a page.
macro_rules! page {
    ($answer:expr, $items:ident) => {{
        let answer = $answer;
        Page {
            items: answer.$items,
            is_truncated: answer.is_truncated,
            marker: answer.marker,
        }
    }};
}
pub(crate) use page;

impl Aws {
    /// `iam:ListAccessKeys`, all pages.
    pub async fn list_access_keys(&self, user: &str) -> Result<Vec<KeyFacts>, AwsError> {
        let call = Call::on_user("iam:ListAccessKeys", user, Entity::User);
        let keys = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self
                    .iam
                    .list_access_keys()
                    .user_name(user)
                    .set_marker(marker.clone());
                list.customize().interceptor(watch).send()
            });
            Ok(page!(page.await?, access_key_metadata))
        })
        .await?;
        let facts = keys.into_iter().map(|key| {
            Ok(KeyFacts {
                id: key_id(&call, key.access_key_id.unwrap_or_default())?,
                active: key.status == Some(StatusType::Active),
                created_at: key.create_date.map(|at| moment(&call, &at)).transpose()?,
            })
        });
        facts.collect()
    }

    /// `iam:ListUserPolicies`: the names of the inline policies, all pages.
    pub async fn list_user_policies(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListUserPolicies", user, Entity::User);
        all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self
                    .iam
                    .list_user_policies()
                    .user_name(user)
                    .set_marker(marker.clone());
                list.customize().interceptor(watch).send()
            });
            Ok(page!(page.await?, policy_names))
        })
        .await
    }

    /// `iam:ListAttachedUserPolicies`: the ARNs of the managed policies, all pages.
    pub async fn list_attached_user_policies(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListAttachedUserPolicies", user, Entity::User);
        let policies = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self.iam.list_attached_user_policies().user_name(user);
                list.set_marker(marker.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            });
            let answer = page.await?;
            Ok(Page {
                items: answer.attached_policies.unwrap_or_default(),
                is_truncated: answer.is_truncated,
                marker: answer.marker,
            })
        })
        .await?;
        let arns = policies
            .into_iter()
            .map(|p| arn(&call, p.policy_arn.unwrap_or_default()));
        arns.collect()
    }

    /// `iam:ListGroupsForUser`: the names of the groups, all pages.
    pub async fn list_groups_for_user(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListGroupsForUser", user, Entity::User);
        let groups = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self
                    .iam
                    .list_groups_for_user()
                    .user_name(user)
                    .set_marker(marker.clone());
                list.customize().interceptor(watch).send()
            });
            Ok(page!(page.await?, groups))
        })
        .await?;
        Ok(groups.into_iter().map(|group| group.group_name).collect())
    }

    /// `iam:ListUsers`, all pages: the users whose path begins with `path_prefix`. An optional
    /// permission. Boundaries and tags are not in it.
    pub async fn list_users(&self, path_prefix: &str) -> Result<Vec<ListedUser>, AwsError> {
        let call = Call {
            action: "iam:ListUsers",
            resource: Some(format!("user{path_prefix}")),
            missing: Entity::Other,
        };
        let users = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self.iam.list_users().path_prefix(path_prefix);
                list.max_items(USERS_A_PAGE)
                    .set_marker(marker.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            });
            Ok(page!(page.await?, users))
        })
        .await?;
        let listed = users.into_iter().map(|user| {
            if !user.path.starts_with(path_prefix) {
                return Err(sort::nonsense(
                    &call,
                    "the answer lists a user of another path",
                ));
            }
            Ok(ListedUser {
                user_id: unique_id(&call, user.user_id)?,
                arn: user_arn(&call, user.arn, &user.user_name)?,
                created_at: moment(&call, &user.create_date)?,
                name: user.user_name,
                path: user.path,
            })
        });
        listed.collect()
    }
}

/// Follows the markers to the end, or refuses an answer that has none.
pub(crate) async fn all_pages<T, F>(
    call: &Call,
    mut fetch: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>, AwsError>
where
    F: Future<Output = Result<Page<T>, AwsError>>,
{
    let (mut items, mut markers, mut next) = (Vec::new(), HashSet::new(), None);
    for _ in 0..MOST_PAGES {
        let page = fetch(next.take()).await?;
        items.extend(page.items);
        if items.len() > MOST_ITEMS {
            return Err(sort::nonsense(call, "the list has no end"));
        }
        if !page.is_truncated {
            return Ok(items);
        }
        let Some(marker) = page.marker.filter(|marker| !marker.is_empty()) else {
            return Err(sort::nonsense(
                call,
                "the list is cut off without a way to go on",
            ));
        };
        if !markers.insert(marker.clone()) {
            return Err(sort::nonsense(call, "the list runs in a circle"));
        }
        next = Some(marker);
    }
    Err(sort::nonsense(call, "the list has no end"))
}
