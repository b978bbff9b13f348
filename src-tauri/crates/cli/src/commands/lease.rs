//! `leasehold lease`

pub mod text;

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Format, LeaseView, RevokeReport, State};
use leasehold_engine::{Engine, IssueRequest, Issued, LeaseQuery, Renewal};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;

use super::bulk::{self, Ended};
use super::progress::{self, REQUEST};
use super::{reconcile, watch};
use crate::args::{LeaseVerb, StateArg};
use crate::print::{Printer, expiry, marked};

pub async fn run(engine: &Engine, verb: LeaseVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.leases();
    match verb {
        LeaseVerb::Create {
            secret,
            ttl,
            label,
            no_wait,
            despite_preflight,
            ..
        } => {
            let request = IssueRequest {
                secret,
                ttl,
                label,
                request_id: Some(REQUEST.to_owned()),
                despite_preflight,
                ..IssueRequest::default()
            };
            let issue = issue(engine, &request, no_wait);
            let issued = progress::shown(engine, printer, issue).await?;
            created(printer, &issued)?;
        }
        LeaseVerb::List {
            secret,
            states,
            all,
            ..
        } => {
            let states = states.into_iter().map(state).collect();
            let leases = desk.list(&LeaseQuery {
                secret,
                states,
                all,
            })?;
            printer.answer(&json!({ "leases": leases }), || text::list(&leases))?;
        }
        LeaseVerb::Show { id, .. } => {
            let detail = desk.show(&id)?;
            printer.answer(&detail, || text::detail(&detail))?;
        }
        LeaseVerb::Renew {
            id, ttl, to_max, ..
        } => {
            let renewal = match (ttl, to_max) {
                (_, true) => Renewal::ToMax,
                (Some(ttl), false) => Renewal::By(ttl),
                (None, false) => Renewal::Default,
            };
            let lease = desk.renew(&id, &renewal).await?;
            printer.answer(&json!({ "lease": lease }), || {
                let user = marked(&lease.user_name, lease.practice);
                format!("{user} now ends {}.", expiry(&lease))
            })?;
        }
        LeaseVerb::Revoke {
            ids, secret, all, ..
        } => {
            let ids = match (secret, all) {
                (None, false) => once_each(ids),
                (secret, _) => open(engine, secret)?,
            };
            return revoke(engine, &ids, printer).await;
        }
        LeaseVerb::Retry { id } => {
            let done = desk.retry_now(&id).await?;
            return report(printer, &done, &confirmed(&done));
        }
        LeaseVerb::Reconcile { connection } => {
            return reconcile::run(engine, connection.as_deref(), printer).await;
        }
        LeaseVerb::Acknowledge { id } => {
            let lease = desk.acknowledge(&id).await?;
            printer.answer(&json!({ "lease": lease }), || {
                let user = marked(&lease.user_name, lease.practice);
                format!("Noted that you have seen what was found on {user}.")
            })?;
        }
        LeaseVerb::Forget { id, .. } => {
            let lease = desk.forget(&id).await?;
            printer.answer(&json!({ "lease": lease }), || text::forgotten(&lease))?;
        }
        LeaseVerb::Watch => watch::run(engine, printer).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The ids of the leases that are not at rest: of one dynamic secret, or all.
fn open(engine: &Engine, secret: Option<String>) -> Result<Vec<String>, Problem> {
    let query = LeaseQuery {
        secret,
        ..LeaseQuery::default()
    };
    let leases = engine.leases().list(&query)?;
    Ok(leases.into_iter().map(|lease| lease.id).collect())
}

async fn revoke(engine: &Engine, ids: &[String], printer: Printer) -> Result<ExitCode, Problem> {
    match bulk::revoke(engine, ids, printer).await? {
        Ended::Reported(done) => report(printer, &done, &confirmed(&done)),
        Ended::Left => Err(Problem::new(
            Code::Pending,
            "Left in the middle: what was asked for is recorded, but not finished.",
        )
        .with_hint(
            "The next start of `leasehold lease watch` or the window finishes it; `leasehold lease \
             list` shows how far it is.",
        )),
    }
}

fn confirmed(done: &RevokeReport) -> String {
    let text = match done.revoked.len() {
        0 if !done.ended.is_empty() => String::new(),
        0 => "There was no open lease to revoke.".to_owned(),
        1 => "AWS confirmed that its access has ended.".to_owned(),
        n => format!("AWS confirmed that the access of {n} leases has ended."),
    };
    let ended = match done.ended.len() {
        0 => String::new(),
        1 => "One session had ended by itself.".to_owned(),
        n => format!("{n} sessions had ended by themselves."),
    };
    format!("{text} {ended}").trim().to_owned()
}

async fn issue(engine: &Engine, asked: &IssueRequest, no_wait: bool) -> Result<Issued, Problem> {
    let mut issued = engine.leases().issue(asked).await?;
    if !no_wait {
        let request_id = asked.request_id.clone();
        issued.lease = engine
            .leases()
            .wait_usable(&issued.lease.id, &issued.credentials, request_id)
            .await?;
    }
    Ok(issued)
}

/// The same id said twice is one lease.
fn once_each(ids: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}

/// Prints what AWS confirmed and what is pending, and picks the exit code for it.
pub fn report(printer: Printer, done: &RevokeReport, text: &str) -> Result<ExitCode, Problem> {
    if done.pending.is_empty() && done.untouched.is_empty() {
        printer.answer(done, || text.to_owned())?;
        return Ok(ExitCode::SUCCESS);
    }
    printer.answer(done, || text::pending(done))?;
    Ok(ExitCode::from(Code::Pending.exit_code()))
}

/// What `lease create --json` prints.
#[derive(Serialize)]
struct Created<'a> {
    lease: &'a LeaseView,
    credentials: Key<'a>,
    usable_after_ms: Option<u32>,
}

#[derive(Serialize)]
struct Key<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
}

fn created(printer: Printer, issued: &Issued) -> Result<(), Problem> {
    let lease = &issued.lease;
    let secret = issued.credentials.secret_access_key.expose_secret();
    let token = issued.credentials.session_token.as_ref();
    let token = token.map(|token| token.expose_secret());
    let document = Created {
        lease,
        credentials: Key {
            access_key_id: &issued.credentials.access_key_id,
            secret_access_key: secret,
            session_token: token,
        },
        usable_after_ms: lease.usable_after_ms,
    };
    // Refuses what no AWS key can be before it is printed into a terminal.
    issued.credentials.render(Format::Json, "")?;
    let printed = printer.answer(&document, || {
        text::created(lease, &issued.credentials.access_key_id, secret, token)
    });
    printed.map_err(|problem| {
        let id = &lease.id;
        problem.with_hint(format!(
            "The lease is live and nobody has its key: `leasehold lease revoke {id}` ends it."
        ))
    })
}

fn state(state: StateArg) -> State {
    match state {
        StateArg::Issuing => State::Issuing,
        StateArg::Active => State::Active,
        StateArg::Revoking => State::Revoking,
        StateArg::AccessCut => State::AccessCut,
        StateArg::Revoked => State::Revoked,
        StateArg::Expired => State::Expired,
        StateArg::Failed => State::Failed,
        StateArg::Forgotten => State::Forgotten,
    }
}
