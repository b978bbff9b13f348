//! What is found out before anything is changed: whose key it is, which keys there are, and whether
//! the user may replace its own.

use chrono::{DateTime, Utc};
use leasehold_aws::{Aws, AwsError, AwsErrorKind, CallLog, KeyFacts, LastUse};
use leasehold_domain::{Code, Problem};
use leasehold_store::ConnectionRow;

use super::with_key;
use crate::core::Core;

/// What a managing user needs on itself; the first cannot be tried without making a key.
const NEEDED: [&str; 4] = [
    "iam:CreateAccessKey",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
];
/// An IAM user has no more ("IAM and AWS STS quotas", IAM User Guide).
pub(super) const MOST_KEYS: usize = 2;

pub(super) struct Looked {
    /// The key that goes.
    pub(super) key_id: String,
    /// The one to remove first.
    pub(super) remove: Option<String>,
    pub(super) log: CallLog,
}

pub(super) async fn look(
    core: &Core,
    connection: &ConnectionRow,
    user: &str,
    remove_key: Option<&str>,
) -> Result<Looked, Problem> {
    let log = CallLog::listening();
    let reached = core.reach(connection).await?;
    let aws = reached.aws.noted_in(log.clone());
    let caller = aws.caller_identity().await?;
    if caller.arn != connection.caller_arn {
        return Err(Problem::new(
            Code::AwsForeign,
            format!(
                "The key of connection `{}` now belongs to {}, not to {}.",
                connection.name, caller.arn, connection.caller_arn
            ),
        )
        .with_hint(format!(
            "Run `leasehold connection check {}` first.",
            connection.name
        )));
    }
    let keys = permitted(core, connection, user, &aws).await?;
    let key_id = aws.session().key_id().unwrap_or_default();
    let others: Vec<&KeyFacts> = keys.iter().filter(|key| key.id != key_id).collect();
    if others.len() == keys.len() {
        return Err(Problem::new(
            Code::AwsUnexpected,
            format!("AWS does not list the key {key_id} among those of user {user}."),
        )
        .with_hint("Check the connection's endpoint URL."));
    }
    let remove = choose(core, connection, user, &others, remove_key, &aws).await?;
    Ok(Looked {
        key_id,
        remove,
        log,
    })
}

/// Tries what can be tried without changing anything, and names all that is missing at once.
pub(super) async fn permitted(
    core: &Core,
    connection: &ConnectionRow,
    user: &str,
    aws: &Aws,
) -> Result<Vec<KeyFacts>, Problem> {
    let mut missing = Vec::new();
    let keys = may(&mut missing, aws.list_access_keys(user).await)?;
    let own = aws.session().key_id().unwrap_or_default();
    // It is switched on, or it could not ask.
    may(
        &mut missing,
        aws.set_access_key_active(user, &own, true).await,
    )?;
    may(&mut missing, aws.may_delete_access_key(user).await)?;
    match keys {
        Some(keys) if missing.is_empty() => Ok(keys),
        _ => Err(denied(core, connection, &missing)),
    }
}

fn may<T>(
    missing: &mut Vec<&'static str>,
    answer: Result<T, AwsError>,
) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if matches!(error.kind, AwsErrorKind::Denied { .. }) => {
            missing.push(error.action);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Names what is missing, with the statement that mends it.
pub(super) fn denied(_core: &Core, connection: &ConnectionRow, missing: &[&str]) -> Problem {
    let statement = serde_json::json!({
        "Effect": "Allow",
        "Action": NEEDED,
        "Resource": connection.caller_arn,
    });
    Problem::new(
        Code::AwsDenied,
        format!(
            "{} may not replace its own key: AWS denied {}.",
            connection.caller_arn,
            missing.join(", ")
        ),
    )
    .with_hint(format!(
        "Give it this statement (iam:GetAccessKeyLastUsed beside it is optional): {statement}"
    ))
}

async fn choose(
    core: &Core,
    connection: &ConnectionRow,
    user: &str,
    others: &[&KeyFacts],
    remove_key: Option<&str>,
    aws: &Aws,
) -> Result<Option<String>, Problem> {
    let Some(chosen) = remove_key.map(str::trim) else {
        return match others.len() + 1 < MOST_KEYS {
            true => Ok(None),
            false => Err(full(core, connection, user, others, aws).await),
        };
    };
    let Some(other) = others.iter().find(|key| key.id == chosen) else {
        let own = aws.session().key_id();
        let message = match own.as_deref() == Some(chosen) {
            true => format!("{chosen} is the key of this connection: it goes last, by itself."),
            false => format!("User {user} has no key {chosen}."),
        };
        let fix = match others {
            [] => "There is room for a new key: leave `--remove-key` out.".to_owned(),
            _ => format!("There is {}.", ids(others)),
        };
        return Err(Problem::refused_input("remove_key", message, fix));
    };
    let users = with_key(core, &other.id)?;
    if let Some(row) = users.first() {
        return Err(Problem::refused_input(
            "remove_key",
            format!("{} is the key of connection `{}`.", other.id, row.name),
            "Remove that connection first, or replace its key instead.",
        ));
    }
    Ok(Some(other.id.clone()))
}

/// Two keys already: the person chooses, and sees when the other one was last used.
pub(super) async fn full(
    core: &Core,
    connection: &ConnectionRow,
    user: &str,
    others: &[&KeyFacts],
    aws: &Aws,
) -> Problem {
    let mut said = Vec::new();
    for key in others {
        let used = aws.access_key_last_used(&key.id).await.ok();
        let of = with_key(core, &key.id).unwrap_or_default();
        let of = of.first().map(|row| row.name.as_str());
        said.push(describe(key, used.as_ref(), of));
    }
    let id = others.first().map_or("AKIA…", |key| key.id.as_str());
    Problem::new(
        Code::Refused,
        format!(
            "User {user} has two keys, and AWS allows no third. Beside the one of this connection \
             there is {}.",
            said.join("; ")
        ),
    )
    .with_hint(format!(
        "If nothing needs it: `leasehold connection rotate {} --remove-key {id}` deletes it first.",
        connection.name
    ))
    .at("remove_key")
}

fn describe(key: &KeyFacts, used: Option<&LastUse>, connection: Option<&str>) -> String {
    let mut text = key.id.clone();
    if let Some(at) = key.created_at {
        text += &format!(", made {}", day(at));
    }
    if !key.active {
        text += ", switched off";
    }
    text += &match used {
        Some(LastUse {
            at: Some(at),
            service,
        }) => match service {
            Some(service) => format!(", last used {} for {service}", minute(*at)),
            None => format!(", last used {}", minute(*at)),
        },
        Some(LastUse { at: None, .. }) => ", never used".to_owned(),
        None => ", last use unknown (iam:GetAccessKeyLastUsed is not allowed)".to_owned(),
    };
    if let Some(name) = connection {
        text += &format!(", the key of connection `{name}`");
    }
    text
}

fn ids(keys: &[&KeyFacts]) -> String {
    let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
    ids.join(", ")
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
