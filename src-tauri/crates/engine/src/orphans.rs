//! IAM users under our paths that no lease knows: shown, adopted or removed when they are ours.
//!
//! Whose a user is, its inline policies say: the guards carry the installation in their names, and
//! only an installation of Leasehold puts them. A user without one is somebody else's and is never
//! touched; so is one with another installation's.
//!
//! **Adopting** makes a lease of it again, from what AWS shows: its id, its one key, its earliest
//! dated guard as the expiry, everything attached as the snapshot. A user without a dated guard, or
//! without exactly one key, was never finished or is being taken down: nobody can say when its
//! access was to end, so that only removing it is offered. **Removing** records it as a lease that
//! is ending, and ends it as any other; what a crash leaves is gone on with. The row is always a
//! new one: what is at rest stays as it was told.

mod marks;
mod take_in;

use leasehold_aws::{Aws, AwsErrorKind, ListedUser};
use leasehold_domain::{Code, Problem};
use leasehold_store::{ConnectionRow, LeaseRow};

use crate::core::Core;
use crate::reference::shown;
use crate::wire::{ConnectionProblem, LeaseView, Origin, OrphanList, OrphanView};
use marks::Marks;

/// So many users are asked about at once; the account's limiter orders the calls.
const AT_ONCE: usize = 8;

/// The orphans of this home's connections.
#[derive(Debug, Clone, Copy)]
pub struct Orphans<'a>(pub(crate) &'a Core);

impl Orphans<'_> {
    /// Asks the accounts, where `iam:ListUsers` is allowed.
    ///
    /// # Errors
    /// There is no such connection. What could not be asked is in the answer.
    pub async fn list(&self, connection: Option<&str>) -> Result<OrphanList, Problem> {
        let mut list = OrphanList::default();
        for connection in self.0.asked_for(connection)? {
            match of(self.0, &connection).await {
                Ok(found) => {
                    list.orphans.extend(found.orphans);
                    list.problems.extend(found.problems);
                }
                Err(problem) => list.problems.push(ConnectionProblem {
                    connection: connection.name.clone(),
                    problem,
                }),
            }
        }
        list.orphans.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(list)
    }

    /// Takes one that carries this installation's guards into the ledger: a lease again, with the
    /// expiry that AWS enforces.
    ///
    /// # Errors
    /// There is none of that name, more than one, or it is not ours (nothing is done).
    pub async fn adopt(&self, connection: Option<&str>, user: &str) -> Result<LeaseView, Problem> {
        let (connection, orphan) = self.ours(connection, user).await?;
        take_in::adopt(self.0, &connection, &orphan).await
    }

    /// Takes one that carries this installation's guards into the ledger and ends it. The answer
    /// says how far that got.
    ///
    /// # Errors
    /// As [`Self::adopt`].
    pub async fn remove(&self, connection: Option<&str>, user: &str) -> Result<LeaseView, Problem> {
        let (connection, orphan) = self.ours(connection, user).await?;
        take_in::remove(self.0, &connection, &orphan).await
    }

    /// The one orphan of this name that is ours.
    async fn ours(
        &self,
        connection: Option<&str>,
        user: &str,
    ) -> Result<(ConnectionRow, OrphanView), Problem> {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for connection in self.0.asked_for(connection)? {
            let list = of(self.0, &connection).await?;
            problems.extend(list.problems);
            let named = list.orphans.into_iter();
            found.extend(
                named
                    .filter(|orphan| orphan.user_name.eq_ignore_ascii_case(user))
                    .map(|orphan| (connection.clone(), orphan)),
            );
        }
        let orphan = match (found.len(), problems.into_iter().next()) {
            (1, _) => found.remove(0),
            (0, Some(unasked)) => return Err(unasked.problem),
            (0, None) => {
                return Err(Problem::new(
                    Code::NotFound,
                    format!("There is no user `{}` without a lease.", shown(user)),
                )
                .with_hint("`leasehold orphan list` shows them.")
                .at("user"));
            }
            _ => {
                return Err(Problem::new(
                    Code::Refused,
                    format!("Several accounts have a user `{}`.", shown(user)),
                )
                .with_hint("Say which with `--connection`.")
                .at("connection"));
            }
        };
        match orphan.1.origin {
            Origin::Ours => Ok(orphan),
            origin => Err(not_ours(&orphan.1, origin)),
        }
    }
}

fn not_ours(orphan: &OrphanView, origin: Origin) -> Problem {
    let (whose, hint) = match origin {
        Origin::OtherInstallation => (
            "carries the guards of another Leasehold installation",
            "Adopt or remove it there.",
        ),
        _ => (
            "carries none of this installation's guards",
            "Leasehold touches only users that it made. Delete it in the AWS console if nobody \
             needs it.",
        ),
    };
    Problem::new(
        Code::Refused,
        format!("The user `{}` {whose}; nothing was done.", orphan.user_name),
    )
    .with_hint(hint)
    .at("user")
}

fn order(orphan: &OrphanView) -> (u8, &str, &str) {
    let rank = match orphan.origin {
        Origin::Ours => 0,
        Origin::OtherInstallation => 1,
        Origin::Foreign => 2,
    };
    (rank, &orphan.connection, &orphan.user_name)
}

/// The users under one connection's paths that no lease knows.
pub(crate) async fn of(core: &Core, connection: &ConnectionRow) -> Result<OrphanList, Problem> {
    let mut prefixes = core.store.leases().paths_of_connection(&connection.id)?;
    let secrets = core.store.secrets().all()?;
    prefixes.extend(
        secrets
            .into_iter()
            .filter(|secret| secret.connection_id == connection.id)
            .map(|secret| secret.iam_path),
    );
    // Sessions have no path, and leave no user.
    prefixes.retain(|path| !path.is_empty());
    let mut list = OrphanList::default();
    if prefixes.is_empty() {
        return Ok(list);
    }
    let own: Vec<String> = prefixes
        .iter()
        .filter(|path| *path != "/")
        .cloned()
        .collect();
    let aws = core.reach(connection).await?.aws;
    let mut users = Vec::new();
    for prefix in outermost(prefixes) {
        match aws.list_users(&prefix).await {
            Ok(found) => users.extend(found),
            Err(error) if matches!(error.kind, AwsErrorKind::Denied { .. }) => {
                list.problems.push(ConnectionProblem {
                    connection: connection.name.clone(),
                    problem: denied(connection, &prefix, error.into()),
                });
            }
            Err(error) => list.problems.push(ConnectionProblem {
                connection: connection.name.clone(),
                problem: error.into(),
            }),
        }
    }
    // The users of this account's open leases, over whatever connection, are nobody's orphans.
    // Read after the lists: a lease that is issued meanwhile has its row by then.
    let mut open = core.store.leases().open()?;
    open.retain(|lease| lease.account_id == connection.account_id);
    users.retain(|user| user.arn != connection.caller_arn && !is_leased(&open, user));
    describe(core, connection, &aws, users, &mut list).await;
    // Under a path of their own everybody is shown; of a whole company only whom we marked.
    list.orphans.retain(|orphan| {
        orphan.origin != Origin::Foreign || own.iter().any(|path| orphan.iam_path.starts_with(path))
    });
    list.orphans.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(list)
}

fn is_leased(open: &[LeaseRow], user: &ListedUser) -> bool {
    open.iter().any(|lease| match &lease.user_id {
        Some(id) => *id == user.user_id,
        None => lease.user_name.eq_ignore_ascii_case(&user.name),
    })
}

/// Paths that lie in no other one: each user is listed once.
fn outermost(mut prefixes: Vec<String>) -> Vec<String> {
    prefixes.sort();
    prefixes.dedup();
    let mut kept: Vec<String> = Vec::new();
    for prefix in prefixes {
        if !kept.iter().any(|outer| prefix.starts_with(outer.as_str())) {
            kept.push(prefix);
        }
    }
    kept
}

async fn describe(
    core: &Core,
    connection: &ConnectionRow,
    aws: &Aws,
    users: Vec<ListedUser>,
    list: &mut OrphanList,
) {
    use futures::StreamExt;
    let described: Vec<_> = futures::stream::iter(users)
        .map(|user| async move {
            let inline = aws.list_user_policies(&user.name).await;
            (user, inline)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for (user, inline) in described {
        let marks = match inline {
            Ok(inline) => Marks::of(&inline, &core.installation),
            Err(error) if matches!(error.kind, AwsErrorKind::NotThere(_)) => continue,
            Err(error) => {
                if list
                    .problems
                    .iter()
                    .all(|p| p.connection != connection.name)
                {
                    list.problems.push(ConnectionProblem {
                        connection: connection.name.clone(),
                        problem: error.into(),
                    });
                }
                continue;
            }
        };
        list.orphans.push(OrphanView {
            connection: connection.name.clone(),
            account_id: connection.account_id.clone(),
            user_name: user.name,
            user_id: user.user_id,
            user_arn: user.arn,
            iam_path: user.path,
            created_at: user.created_at,
            origin: marks.origin,
            installation: marks.installation,
            expires_at: marks.expires_at,
        });
    }
}

/// `iam:ListUsers` is optional: the refusal says what it would be good for.
fn denied(connection: &ConnectionRow, prefix: &str, refused: Problem) -> Problem {
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"iam:ListUsers","Resource":"arn:{}:iam::{}:user{prefix}*"}}"#,
        connection.partition, connection.account_id
    );
    Problem::new(
        Code::AwsDenied,
        format!(
            "Users under {prefix} that no lease knows cannot be looked for: {}",
            refused.message
        ),
    )
    .with_hint(format!(
        "This permission is optional. To allow it, add this statement to the managing policy: \
         {statement}"
    ))
}
