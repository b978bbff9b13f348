//! `secret list`, `lease …` and `credentials` at a gateway.

use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem, clip};
use leasehold_engine::Credentials;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::login::Session;
use crate::args::{LeaseVerb, Noun, SecretVerb};
use crate::commands::{at_gateway, format};
use crate::print::{Printer, moment, table};

/// The profile that a verb names, if it is one that goes to a gateway.
pub fn via(noun: &Noun) -> Option<&str> {
    let via = match noun {
        Noun::Secret(SecretVerb::List { via, .. })
        | Noun::Lease(
            LeaseVerb::Create { via, .. }
            | LeaseVerb::List { via, .. }
            | LeaseVerb::Show { via, .. }
            | LeaseVerb::Renew { via, .. }
            | LeaseVerb::Revoke { via, .. },
        ) => via,
        Noun::Credentials(asked) => &asked.via,
        Noun::Exec(asked) => &asked.via,
        _ => return None,
    };
    via.profile.as_deref().filter(|name| !name.is_empty())
}

/// Does it there.
pub async fn run(
    home: &Path,
    profile: &str,
    noun: Noun,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let mut session = Session::of(home, profile)?;
    match noun {
        Noun::Secret(SecretVerb::List {
            environment,
            folder,
            ..
        }) => {
            secrets(
                &mut session,
                environment.as_deref(),
                folder.as_deref(),
                printer,
            )
            .await?
        }
        Noun::Lease(verb) => return lease(&mut session, verb, printer).await,
        Noun::Credentials(asked) => {
            let path = resolve(&mut session, &asked.secret).await?;
            let issued = issue(&mut session, &path, asked.ttl.as_deref(), None, true).await?;
            let format = format(asked.format, printer);
            let name = path.rsplit('/').next().unwrap_or_default();
            printer.secret(&credentials(&issued)?.render(format, name)?)?;
        }
        Noun::Exec(asked) => return at_gateway(&mut session, asked, printer).await,
        _ => return Err(not_there()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn lease(
    session: &mut Session,
    verb: LeaseVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    match verb {
        LeaseVerb::Create {
            secret,
            ttl,
            label,
            no_wait,
            ..
        } => {
            let path = resolve(session, &secret).await?;
            let issued = issue(session, &path, ttl.as_deref(), label.as_deref(), !no_wait).await?;
            created(&issued, printer)?;
        }
        LeaseVerb::List { secret, all, .. } => {
            let mut form = json!({ "all": all });
            if let Some(secret) = secret {
                form["name"] = json!(resolve(session, &secret).await?);
            }
            let answer = session.call("/dynamic-secret-tmp-creds-get", form).await?;
            let leases = leases(&answer);
            printer.answer(&json!({ "leases": leases }), || list(&leases))?;
        }
        LeaseVerb::Show { id, .. } => {
            let form = json!({ "all": true });
            let answer = session.call("/dynamic-secret-tmp-creds-get", form).await?;
            let found = leases(&answer)
                .into_iter()
                .find(|one| one["id"] == id.as_str());
            let Some(found) = found else {
                return Err(Problem::new(
                    Code::NotFound,
                    format!("You have no lease `{}`.", clip(&id, 40)),
                ));
            };
            printer.answer(&json!({ "lease": found }), || {
                list(std::slice::from_ref(&found))
            })?;
        }
        LeaseVerb::Renew {
            id, ttl, to_max, ..
        } => {
            let add = match (to_max, ttl) {
                (true, _) => "max".to_owned(),
                (false, ttl) => ttl.unwrap_or_default(),
            };
            let form = json!({ "tmp-creds-id": id, "add-ttl": add });
            let answer = session
                .call("/dynamic-secret-tmp-creds-update", form)
                .await?;
            let lease = answer["lease"].clone();
            printer.answer(&json!({ "lease": lease }), || {
                format!("The lease now ends {}.", when(&lease["expires_at"]))
            })?;
        }
        LeaseVerb::Revoke {
            ids, secret, all, ..
        } => return revoke(session, ids, secret, all, printer).await,
        _ => return Err(not_there()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(
    session: &mut Session,
    ids: Vec<String>,
    secret: Option<String>,
    all: bool,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let forms = match secret {
        Some(secret) => {
            let path = resolve(session, &secret).await?;
            vec![json!({ "name": path, "revoke-all": true })]
        }
        None if all => {
            let answer = session
                .call("/dynamic-secret-tmp-creds-get", json!({}))
                .await?;
            let own = leases(&answer).into_iter();
            own.map(|lease| json!({ "tmp-creds-id": lease["id"] }))
                .collect()
        }
        None => ids.iter().map(|id| json!({ "tmp-creds-id": id })).collect(),
    };
    let (mut revoked, mut ended, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    for form in forms {
        let answer = session
            .call("/dynamic-secret-tmp-creds-delete", form)
            .await?;
        let texts = |field: &str| {
            let all = answer[field].as_array().cloned().unwrap_or_default();
            all.into_iter().filter(Value::is_string).collect::<Vec<_>>()
        };
        revoked.extend(texts("revoked"));
        ended.extend(texts("ended"));
        pending.extend(texts("pending"));
    }
    let code = match pending.is_empty() {
        true => 0,
        false => Code::Pending.exit_code(),
    };
    let document = json!({ "revoked": revoked, "ended": ended, "pending": pending });
    printer.answer(&document, || {
        let mut text = format!("{} revoked.", revoked.len());
        if !ended.is_empty() {
            text += &format!(" {} had ended by themselves.", ended.len());
        }
        if !pending.is_empty() {
            text += &format!(
                " {} are ended by the vault as soon as AWS lets it; a session ends by itself at the latest.",
                pending.len()
            );
        }
        text
    })?;
    Ok(ExitCode::from(code))
}

/// What a caller may know of a dynamic secret before it asks for a lease.
#[derive(Debug)]
pub struct Item {
    /// Its path.
    pub path: String,
    /// How long a lease lives where nothing is said.
    pub default_ttl: Option<String>,
    /// How long it lives at most.
    pub max_ttl: Option<String>,
    /// Whether the caller may renew its leases; nobody renews a session of STS.
    pub may_renew: bool,
}

/// The dynamic secret, by any of its names. Of one that is not shown only the path is known: that it is
/// not there is said when a lease is asked for.
pub async fn item(session: &mut Session, secret: &str) -> Result<Item, Problem> {
    let path = resolve(session, secret).await?;
    let answer = session.call("/list-items", json!({ "path": "/" })).await?;
    let items = answer["items"].as_array().into_iter().flatten();
    let found = items
        .into_iter()
        .find(|item| item["item_name"] == path.as_str());
    let text = |field: &str| found.and_then(|item| item[field].as_str().map(str::to_owned));
    let may = found.and_then(|item| item["client_permissions"].as_array());
    let may_renew = may.is_some_and(|may| may.iter().any(|one| one == "update"));
    // A gateway of before there were sessions says nothing.
    let is_of_users = text("credential_type").is_none_or(|makes| makes == "iam_user");
    Ok(Item {
        default_ttl: text("default_ttl"),
        max_ttl: text("max_ttl"),
        may_renew: may_renew && is_of_users,
        path,
    })
}

/// A lease of the dynamic secret at a path, tried until it works.
pub async fn issue_of(
    session: &mut Session,
    path: &str,
    ttl: Option<&str>,
    label: Option<&str>,
) -> Result<Value, Problem> {
    issue(session, path, ttl, label, true).await
}

/// Adds to the end of a lease.
pub async fn renew_one(session: &mut Session, id: &str, add: &str) -> Result<(), Problem> {
    let form = json!({ "tmp-creds-id": id, "add-ttl": add });
    let answer = session.call("/dynamic-secret-tmp-creds-update", form).await;
    answer.map(drop)
}

/// Ends a lease; that it is under way is enough.
pub async fn revoke_one(session: &mut Session, id: &str) -> Result<(), Problem> {
    let form = json!({ "tmp-creds-id": id });
    let answer = session.call("/dynamic-secret-tmp-creds-delete", form).await;
    answer.map(drop)
}

async fn issue(
    session: &mut Session,
    path: &str,
    ttl: Option<&str>,
    label: Option<&str>,
    wait: bool,
) -> Result<Value, Problem> {
    let mut args = Vec::new();
    args.extend(ttl.map(|ttl| format!("ttl={ttl}")));
    args.extend(label.map(|label| format!("label={label}")));
    args.extend(wait.then(|| "wait=true".to_owned()));
    let form = json!({ "name": path, "args": args, "timeout": 60 });
    session.call("/get-dynamic-secret-value", form).await
}

/// The key of an answer.
pub fn credentials(issued: &Value) -> Result<Credentials, Problem> {
    let text = |field: &str| issued[field].as_str().map(str::to_owned);
    let expiration = text("expiration").and_then(|at| at.parse::<DateTime<Utc>>().ok());
    match (
        text("access_key_id"),
        text("secret_access_key"),
        text("region"),
        text("user"),
        expiration,
    ) {
        (Some(access_key_id), Some(secret), Some(region), Some(user_name), Some(expires_at)) => {
            Ok(Credentials {
                access_key_id,
                secret_access_key: SecretString::from(secret),
                session_token: text("session_token").map(SecretString::from),
                region,
                user_name,
                expires_at,
            })
        }
        _ => Err(Problem::new(
            Code::AwsUnexpected,
            "The gateway's answer holds no key.",
        )),
    }
}

fn created(issued: &Value, printer: Printer) -> Result<(), Problem> {
    // Printed once, to who asked for it.
    let mut document = json!({
        "lease": issued["lease"],
        "credentials": {
            "access_key_id": issued["access_key_id"],
            "secret_access_key": issued["secret_access_key"],
        },
        "usable_after_ms": issued["usable_after_ms"],
    });
    let token = issued["session_token"].as_str();
    if let Some(token) = token {
        document["credentials"]["session_token"] = json!(token);
    }
    printer.answer(&document, || {
        let text = |field: &str| issued[field].as_str().unwrap_or_default().to_owned();
        let token = token.map(|token| format!("\nSession token      {token}"));
        format!(
            "Lease {} of {}, until {}.\n\nAccess key id      {}\nSecret access key  {}{}",
            text("id"),
            text("user"),
            when(&issued["expiration"]),
            text("access_key_id"),
            text("secret_access_key"),
            token.unwrap_or_default(),
        )
    })?;
    Ok(())
}

async fn secrets(
    session: &mut Session,
    environment: Option<&str>,
    folder: Option<&str>,
    printer: Printer,
) -> Result<(), Problem> {
    let path = match (environment, folder) {
        (None, None) => "/".to_owned(),
        (Some(environment), folder) => {
            let folder = folder.unwrap_or_default().trim_matches('/');
            format!("/{environment}/{folder}")
        }
        (None, Some(_)) => {
            return Err(Problem::refused_input(
                "folder",
                "At a gateway a folder is one of an environment.",
                "Give --environment too.",
            ));
        }
    };
    let form = json!({ "path": path, "current-folder": folder.is_some() });
    let answer = session.call("/list-items", form).await?;
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    printer.answer(&json!({ "items": items }), || {
        let rows = items
            .iter()
            .map(|item| {
                let may = item["client_permissions"].as_array();
                let may: Vec<&str> = may
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                vec![
                    shown(&item["item_name"]),
                    shown(&item["default_ttl"]),
                    shown(&item["max_ttl"]),
                    may.join(", "),
                ]
            })
            .collect();
        table(&["DYNAMIC SECRET", "TTL", "MAX", "YOU MAY"], &[0], rows)
    })?;
    Ok(())
}

/// The path of a secret in any of the forms it is named by here.
async fn resolve(session: &mut Session, reference: &str) -> Result<String, Problem> {
    let reference = reference.trim();
    if reference.starts_with('/') {
        return Ok(reference.to_owned());
    }
    if let Some((environment, rest)) = reference.split_once(':') {
        return Ok(format!("/{environment}/{}", rest.trim_start_matches('/')));
    }
    let answer = session.call("/list-items", json!({ "path": "/" })).await?;
    let end = format!("/{reference}");
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<String> = items
        .iter()
        .filter_map(|item| item["item_name"].as_str())
        .filter(|path| path.ends_with(&end))
        .map(str::to_owned)
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err(Problem::new(
            Code::NotFound,
            format!("You see no dynamic secret `{}`.", clip(reference, 80)),
        )
        .with_hint("`leasehold secret list --profile NAME` shows those that you do.")
        .at("secret")),
        (Some(one), false) => Err(Problem::new(
            Code::Ambiguous,
            format!(
                "`{}` may be {one} or {}.",
                clip(reference, 80),
                found.join(" or ")
            ),
        )
        .with_hint("Write the whole path.")
        .at("secret")),
    }
}

fn leases(answer: &Value) -> Vec<Value> {
    let all = answer.as_array().cloned().unwrap_or_default();
    all.into_iter().map(|one| one["lease"].clone()).collect()
}

fn list(leases: &[Value]) -> String {
    let rows = leases
        .iter()
        .map(|lease| {
            vec![
                shown(&lease["id"]),
                shown(&lease["secret"]),
                shown(&lease["user_name"]),
                shown(&lease["state"]),
                when(&lease["expires_at"]),
            ]
        })
        .collect();
    table(&["LEASE", "SECRET", "USER", "STATE", "ENDS"], &[1, 2], rows)
}

fn shown(value: &Value) -> String {
    crate::print::printable(value.as_str().unwrap_or_default())
}

fn when(value: &Value) -> String {
    let at = value.as_str().and_then(|at| at.parse().ok());
    at.map_or_else(|| shown(value), moment)
}

fn not_there() -> Problem {
    Problem::new(Code::Usage, "A gateway does not do that.")
}
