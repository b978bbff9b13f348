//! Leases: got, listed, renewed and given back. The names are Akeyless's: a lease is a temporary
//! credential of a dynamic secret.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{SecondsFormat, TimeDelta};
use leasehold_access::door::Caller;
use leasehold_domain::{Action, Code, ItemPath, Problem, Ttl};
use leasehold_engine::wire::{LeaseView, SecretView};
use leasehold_engine::{Caller as For, Engine, IssueRequest, Issued, LeaseQuery, Renewal};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Call;
use super::items::path_of;
use crate::answer::{Fail, answer};

/// A key is tried for at most so long before it is handed out.
const MOST_WAIT: u64 = 60;
/// A history of leases goes back so many.
const MOST_TOLD: u32 = 200;

#[derive(Deserialize)]
struct GetForm {
    #[serde(default)]
    name: String,
    /// `ttl=30m`, `label=text`, `wait=true`.
    #[serde(default)]
    args: Option<Vec<String>>,
    #[serde(default)]
    timeout: Option<u64>,
}

/// Issues a lease.
pub(super) async fn get_value(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let form: GetForm = call.form()?;
    let path = call.allowed(&caller, Action::Issue, &form.name)?;
    let secret = find(&call, &path)?;
    let args = arguments(form.args.unwrap_or_default())?;
    call.app.door.take_lease(&caller, &call.peer)?;
    let request = IssueRequest {
        secret: secret.id,
        ttl: args.get("ttl").cloned(),
        label: args.get("label").cloned(),
        ..IssueRequest::default()
    };
    let leases = call.app.engine.leases();
    let made = leases
        .issue_for(&request, &lease_caller(&caller), &caller.session_id)
        .await;
    let issued = made.map_err(|problem| call.failed(problem))?;
    let unanswered = Unanswered::new(&call.app.engine, &issued.lease.id);
    let mut usable = None;
    if args.get("wait").is_some_and(|wait| wait == "true") {
        let patience = Duration::from_secs(form.timeout.unwrap_or(15).min(MOST_WAIT));
        let tried = leases.wait_usable(&issued.lease.id, &issued.credentials, None);
        // A key that is not seen to work in time is handed out all the same: the lease says so.
        if let Ok(Ok(lease)) = tokio::time::timeout(patience, tried).await {
            usable = lease.usable_after_ms;
        }
    }
    let answer = answer(StatusCode::OK, &credentials(&issued, usable));
    unanswered.answered();
    Ok(answer)
}

/// A lease whose key nobody has yet. It ends when whoever asked hangs up before the answer.
struct Unanswered(Option<(Engine, String)>);

impl Unanswered {
    fn new(engine: &Engine, lease_id: &str) -> Self {
        Self(Some((engine.clone(), lease_id.to_owned())))
    }

    fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let Some((engine, id)) = self.0.take() else {
            return;
        };
        // That it is to end is recorded first; whatever breaks off then is gone on with by the timer.
        tokio::spawn(async move {
            if let Err(problem) = engine.leases().revoke(&[id]).await {
                tracing::warn!(code = ?problem.code, "a lease that nobody has waits for its end");
            }
        });
    }
}

fn credentials(issued: &Issued, usable_after_ms: Option<u32>) -> Value {
    let lease = &issued.lease;
    let begin = lease.issued_at.unwrap_or(lease.created_at);
    let minutes = (lease.expires_at - begin).num_minutes();
    let token = issued.credentials.session_token.as_ref();
    let mut answer = json!({
        "id": lease.id,
        "access_key_id": issued.credentials.access_key_id,
        "secret_access_key": issued.credentials.secret_access_key.expose_secret(),
        "user": lease.user_name,
        "region": issued.credentials.region,
        "ttl_in_minutes": minutes.to_string(),
        "expiration": lease.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "usable_after_ms": usable_after_ms,
        "lease": own_view(lease),
    });
    if let Some(token) = token {
        // Akeyless's name for it, and the one of every other answer here.
        answer["security_token"] = json!(token.expose_secret());
        answer["session_token"] = json!(token.expose_secret());
    }
    answer
}

#[derive(Deserialize)]
struct ListForm {
    /// None: of every dynamic secret that may be seen.
    #[serde(default)]
    name: Option<String>,
    /// The newest of the caller's own instead, also those that have ended.
    #[serde(default)]
    all: Option<bool>,
}

/// The caller's own leases, and everybody's where it may end them.
pub(super) async fn list(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let form: ListForm = call.form()?;
    let only = match form.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some(call.allowed(&caller, Action::List, name)?),
        None => None,
    };
    let leases = call.app.engine.leases();
    let leases = match form.all {
        Some(true) => leases.newest_for(&lease_caller(&caller), MOST_TOLD)?,
        _ => leases.list(&LeaseQuery::default())?,
    };
    let mut told = Vec::new();
    for lease in leases {
        let Ok(path) = lease_path(&lease) else {
            continue;
        };
        if only.as_ref().is_some_and(|only| *only != path)
            || !caller.may(Action::List, &path).allowed
        {
            continue;
        }
        let made_for = call.app.engine.leases().caller(&lease.id)?;
        let is_own = made_for
            .as_ref()
            .is_some_and(|made| is_theirs(made, &caller));
        if is_own || caller.may(Action::RevokeOther, &path).allowed {
            told.push(temporary(&lease, made_for.as_ref()));
        }
    }
    Ok(answer(StatusCode::CREATED, &told))
}

fn temporary(lease: &LeaseView, made_for: Option<&For>) -> Value {
    let begin = lease.issued_at.unwrap_or(lease.created_at);
    let claims: BTreeMap<&str, [&str; 1]> = made_for
        .into_iter()
        .flat_map(|made| &made.claims)
        .map(|(key, value)| (key.as_str(), [value.as_str()]))
        .collect();
    json!({
        "id": lease.id,
        "access_id": made_for.map(|made| made.access_id.as_str()).unwrap_or_default(),
        "creation_date": begin,
        "custom_ttl": (lease.expires_at - begin).num_minutes(),
        "dynamic_secret_type": "aws",
        "host": "",
        "sub_claims": claims,
        "lease": own_view(lease),
    })
}

#[derive(Deserialize)]
struct RenewForm {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "tmp-creds-id")]
    id: String,
    /// Minutes from now, as Akeyless counts.
    #[serde(default, rename = "new-ttl-min")]
    minutes: Option<i64>,
    /// Added to the end that it has, as `leasehold lease renew` counts; `max` to the maximum.
    #[serde(default, rename = "add-ttl")]
    add: Option<String>,
}

/// Renews.
pub(super) async fn renew(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let form: RenewForm = call.form()?;
    let (lease, path, is_own) = lease(&call, &caller, &form.id, form.name.as_deref())?;
    call.allowed(&caller, Action::Renew, path.as_str())?;
    if !is_own {
        call.allowed(&caller, Action::RevokeOther, path.as_str())?;
    }
    let renewal = match (form.add.as_deref(), form.minutes) {
        (Some("max"), _) => Renewal::ToMax,
        (Some(""), _) | (None, None) => Renewal::Default,
        (Some(ttl), _) => Renewal::By(ttl.to_owned()),
        (None, Some(minutes)) => match from_now(&call, &lease, minutes)? {
            Some(renewal) => renewal,
            None => return Ok(renewed(&lease)),
        },
    };
    call.app.door.note(&caller, "renew", &lease.id)?;
    let leases = call.app.engine.leases();
    Ok(renewed(&leases.renew(&lease.id, &renewal).await?))
}

fn renewed(lease: &LeaseView) -> Response {
    answer(StatusCode::CREATED, &json!({ "lease": own_view(lease) }))
}

/// What has to be added so that the lease ends so many minutes from now: a client that asks for an hour
/// never gets more than that. Nothing where less than the shortest TTL is missing: asking twice is not an
/// error.
fn from_now(call: &Call, lease: &LeaseView, minutes: i64) -> Result<Option<Renewal>, Fail> {
    const SHORTEST: i64 = 60;
    let offset = TimeDelta::milliseconds(lease.clock_offset_ms);
    let now = call.app.engine.shared().clock.now() + offset;
    let wanted = TimeDelta::try_minutes(minutes).filter(|ttl| *ttl > TimeDelta::zero());
    let more = wanted
        .and_then(|ttl| now.checked_add_signed(ttl))
        .map(|end| (end - lease.expires_at).num_seconds());
    match more {
        Some(more @ SHORTEST..) => {
            let ttl = Ttl::from_secs(more.unsigned_abs());
            Ok(Some(Renewal::By(ttl.to_string())))
        }
        Some(0..SHORTEST) => Ok(None),
        Some(_) => Err(Problem::new(
            Code::Refused,
            "The lease lasts longer than that already; renewing never shortens one.",
        )
        .with_hint("Revoke it to end it sooner.")
        .into()),
        None => Err(Fail::bad("new-ttl-min is a number of minutes from 1 on.")),
    }
}

#[derive(Deserialize)]
struct RevokeForm {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "tmp-creds-id")]
    id: Option<String>,
    #[serde(default, rename = "revoke-all")]
    all: Option<bool>,
}

/// Revokes one, or all that the caller may of a dynamic secret.
pub(super) async fn revoke(Extension(call): Extension<Arc<Call>>) -> Result<Response, Fail> {
    let caller = call.caller()?;
    let form: RevokeForm = call.form()?;
    let ids = match (form.id.as_deref().filter(|id| !id.is_empty()), form.all) {
        (Some(id), _) => {
            let (lease, path, is_own) = lease(&call, &caller, id, form.name.as_deref())?;
            let action = match is_own {
                true => Action::RevokeOwn,
                false => Action::RevokeOther,
            };
            call.allowed(&caller, action, path.as_str())?;
            vec![lease.id]
        }
        (None, Some(true)) => all_of(&call, &caller, form.name.as_deref().unwrap_or_default())?,
        (None, _) => return Err(Fail::bad("Send tmp-creds-id, or revoke-all.")),
    };
    for id in &ids {
        call.app.door.note(&caller, "revoke", id)?;
    }
    let report = call.app.engine.leases().revoke(&ids).await?;
    let pending: Vec<&str> = report.pending.iter().map(|one| one.id.as_str()).collect();
    Ok(answer(
        StatusCode::CREATED,
        &json!({ "revoked": report.revoked, "ended": report.ended, "pending": pending }),
    ))
}

fn all_of(call: &Call, caller: &Caller, name: &str) -> Result<Vec<String>, Fail> {
    let path = call.allowed(caller, Action::RevokeOwn, name)?;
    let also_others = caller.may(Action::RevokeOther, &path).allowed;
    let leases = call.app.engine.leases();
    let mut ids = Vec::new();
    for lease in leases.list(&LeaseQuery::default())? {
        if !lease_path(&lease).is_ok_and(|one| one == path) {
            continue;
        }
        let made_for = leases.caller(&lease.id)?;
        if also_others || made_for.is_some_and(|made| is_theirs(&made, caller)) {
            ids.push(lease.id);
        }
    }
    Ok(ids)
}

/// A lease that the caller may see, where it stands, and whether it is the caller's own. What is
/// somebody else's is not there for who may not end it.
fn lease(
    call: &Call,
    caller: &Caller,
    id: &str,
    name: Option<&str>,
) -> Result<(LeaseView, ItemPath, bool), Fail> {
    let leases = call.app.engine.leases();
    let lease = match leases.show(id) {
        Ok(detail) => detail.lease,
        Err(problem) if problem.code == Code::NotFound => return Err(no_such_lease()),
        Err(problem) => return Err(problem.into()),
    };
    let path = lease_path(&lease)?;
    if let Some(name) = name.filter(|name| !name.is_empty())
        && !ItemPath::parse("name", name).is_ok_and(|named| named == path)
    {
        return Err(no_such_lease());
    }
    let made_for = leases.caller(&lease.id)?;
    let is_own = made_for.is_some_and(|made| is_theirs(&made, caller));
    if is_own && caller.may(Action::List, &path).allowed
        || caller.may(Action::RevokeOther, &path).allowed
    {
        return Ok((lease, path, is_own));
    }
    call.app.door.refuse(
        caller,
        "a lease of somebody else",
        "no rule lets it see that one.",
    )?;
    Err(no_such_lease())
}

fn no_such_lease() -> Fail {
    Fail::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is no such lease, or it is somebody else's.",
    )
}

pub(super) fn find(call: &Call, path: &ItemPath) -> Result<SecretView, Fail> {
    let secrets = call.app.engine.secrets().list()?;
    let found = secrets
        .into_iter()
        .find(|secret| path_of(secret).is_ok_and(|one| one == *path));
    found
        .filter(|secret| !secret.deleting)
        .ok_or_else(Fail::no_such_item)
}

fn lease_path(lease: &LeaseView) -> Result<ItemPath, Problem> {
    let folder = lease.folder.trim_matches('/');
    let between = if folder.is_empty() { "" } else { "/" };
    ItemPath::parse(
        "name",
        &format!("/{}/{folder}{between}{}", lease.environment, lease.secret),
    )
}

/// The same role or user, of the same method, asserted by the same STS: and the same session of it, since
/// several may share a role.
fn is_theirs(made: &For, caller: &Caller) -> bool {
    let session = &caller.session;
    made.access_id == session.access_id.as_str()
        && made.asserted_by == session.asserted_by.as_deref().unwrap_or_default()
        && made.stable_id == session.identity.stable_id()
        && made.arn == session.identity.arn().to_string()
}

pub(super) fn lease_caller(caller: &Caller) -> For {
    let session = &caller.session;
    let claims = caller.audited();
    For {
        access_id: session.access_id.as_str().to_owned(),
        asserted_by: session.asserted_by.clone().unwrap_or_default(),
        stable_id: session.identity.stable_id().to_owned(),
        arn: session.identity.arn().to_string(),
        claims: claims
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect(),
        client: caller.origin.client.to_string(),
        gateway: caller.origin.gateway.map(|gateway| gateway.to_string()),
    }
}

/// What a caller may know of a lease: not the owner's connection, nor what went wrong with it.
fn own_view(lease: &LeaseView) -> Value {
    json!({
        "id": lease.id,
        "secret": lease.secret,
        "environment": lease.environment,
        "folder": lease.folder,
        "state": lease.state,
        "account_id": lease.account_id,
        "credential_type": lease.credential.kind(),
        "renewable": lease.renewable,
        "user_name": lease.user_name,
        "user_id": lease.user_id,
        "access_key_id": lease.access_key_id,
        "issued_at": lease.issued_at,
        "expires_at": lease.expires_at,
        "max_expires_at": lease.max_expires_at,
        "label": lease.label,
    })
}

fn arguments(args: Vec<String>) -> Result<BTreeMap<String, String>, Fail> {
    args.iter()
        .map(|arg| match arg.split_once('=') {
            Some((key @ ("ttl" | "label" | "wait"), value)) => {
                Ok((key.to_owned(), value.to_owned()))
            }
            _ => Err(Fail::bad(
                "The arguments here are ttl=30m, label=text and wait=true.",
            )),
        })
        .collect()
}
