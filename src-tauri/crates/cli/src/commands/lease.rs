//! `leasehold lease`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Event, Format, LeaseDetail, LeaseView, RevokeReport, State};
use leasehold_engine::{Engine, IssueRequest, Issued, LeaseQuery, Renewal};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use crate::args::{LeaseVerb, StateArg};
use crate::print::{Printer, moment, table};

pub async fn run(engine: &Engine, verb: LeaseVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.leases();
    match verb {
        LeaseVerb::Create {
            secret,
            ttl,
            label,
            no_wait,
        } => {
            let request = IssueRequest {
                secret,
                ttl,
                label,
                ..IssueRequest::default()
            };
            printer.progress("Making an IAM user …");
            let mut issued = desk.issue(&request).await?;
            if !no_wait {
                printer.progress("Waiting until AWS knows the key …");
                issued.lease = desk
                    .wait_usable(&issued.lease.id, &issued.credentials, None)
                    .await?;
            }
            created(printer, &issued)?;
        }
        LeaseVerb::List {
            secret,
            states,
            all,
        } => {
            let states = states.into_iter().map(state).collect();
            let leases = desk.list(&LeaseQuery {
                secret,
                states,
                all,
            })?;
            printer.answer(&json!({ "leases": leases }), || {
                let row = |l: &LeaseView| {
                    vec![
                        l.id.clone(),
                        l.secret.clone(),
                        l.user_name.clone(),
                        word(l),
                        moment(l.expires_at),
                        l.label.clone().unwrap_or_default(),
                    ]
                };
                let head = ["ID", "SECRET", "USER", "STATE", "ENDS", "LABEL"];
                table(&head, leases.iter().map(row).collect())
            })?;
        }
        LeaseVerb::Show { id } => detail(printer, &desk.show(&id)?)?,
        LeaseVerb::Renew { id, ttl, to_max } => {
            let renewal = match (ttl, to_max) {
                (_, true) => Renewal::ToMax,
                (Some(ttl), false) => Renewal::By(ttl),
                (None, false) => Renewal::Default,
            };
            let lease = desk.renew(&id, &renewal).await?;
            printer.answer(&json!({ "lease": lease }), || {
                format!("{} now ends {}.", lease.user_name, moment(lease.expires_at))
            })?;
        }
        LeaseVerb::Revoke { ids, secret, all } => {
            let done = match (secret, all) {
                (_, true) => desk.revoke_all().await?,
                (Some(secret), false) => desk.revoke_secret(&secret).await?,
                (None, false) => desk.revoke(&ids).await?,
            };
            return report(printer, &done, || match done.revoked.len() {
                1 => "AWS confirmed that the user is gone.".to_owned(),
                n => format!("AWS confirmed that {n} users are gone."),
            });
        }
        LeaseVerb::Watch => watch(engine, printer).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what AWS confirmed and what is pending, and picks the exit code for it.
pub fn report(
    printer: Printer,
    done: &RevokeReport,
    text: impl FnOnce() -> String,
) -> Result<ExitCode, Problem> {
    printer.answer(done, || {
        if done.pending.is_empty() {
            return text();
        }
        let rows = done
            .pending
            .iter()
            .map(|p| {
                vec![
                    p.id.clone(),
                    p.reason.clone().unwrap_or_default(),
                    p.next_attempt_at.map(moment).unwrap_or_default(),
                ]
            })
            .collect();
        format!(
            "{} confirmed by AWS, {} pending:\n{}",
            done.revoked.len(),
            done.pending.len(),
            table(&["PENDING", "REASON", "NEXT TRY"], rows)
        )
    })?;
    if done.pending.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(Code::Pending.exit_code()))
    }
}

fn created(printer: Printer, issued: &Issued) -> Result<(), Problem> {
    let lease = &issued.lease;
    let secret = issued.credentials.secret_access_key.expose_secret();
    let document = json!({
        "lease": lease,
        "credentials": {
            "access_key_id": issued.credentials.access_key_id,
            "secret_access_key": secret,
        },
        "usable_after_ms": lease.usable_after_ms,
    });
    // Refuses what no AWS key can be before it is printed into a terminal.
    issued.credentials.render(Format::Json, "")?;
    printer.answer(&document, || {
        let usable = lease.usable_after_ms.map_or("not tried".to_owned(), |ms| {
            format!("after {:.1} s", f64::from(ms) / 1000.0)
        });
        let rows = vec![
            vec!["User".into(), lease.user_name.clone()],
            vec![
                "Access key id".into(),
                issued.credentials.access_key_id.clone(),
            ],
            vec!["Secret access key".into(), secret.to_owned()],
            vec!["Account".into(), lease.account_id.clone()],
            vec!["Ends".into(), moment(lease.expires_at)],
            vec!["At the latest".into(), moment(lease.max_expires_at)],
            vec!["Usable".into(), usable],
        ];
        table(&["LEASE", &lease.id], rows)
            + "\nThe secret access key is shown once. AWS denies it after its end by itself.\n"
    })
}

fn detail(printer: Printer, detail: &LeaseDetail) -> Result<(), Problem> {
    printer.answer(detail, || {
        let lease = &detail.lease;
        let mut rows = vec![
            vec!["Secret".into(), lease.secret.clone()],
            vec!["State".into(), word(lease)],
            vec!["User".into(), lease.user_name.clone()],
            vec!["Account".into(), lease.account_id.clone()],
            vec![
                "Access key id".into(),
                lease.access_key_id.clone().unwrap_or_default(),
            ],
            vec!["Ends".into(), moment(lease.expires_at)],
            vec!["At the latest".into(), moment(lease.max_expires_at)],
        ];
        for (name, text) in [
            ("Label", &lease.label),
            ("Alarm", &lease.alarm),
            ("Reason", &lease.reason),
        ] {
            if let Some(text) = text {
                rows.push(vec![name.into(), text.clone()]);
            }
        }
        let history = detail
            .events
            .iter()
            .map(|e| vec![moment(e.at), e.kind.clone(), e.text.clone()])
            .collect();
        table(&["LEASE", &lease.id], rows) + "\n" + &table(&["WHEN", "WHAT", ""], history)
    })
}

/// A state in one word, with the clean-up where there is one.
fn word(lease: &LeaseView) -> String {
    let state = serde_json::to_value(lease.state).ok();
    let state = state
        .as_ref()
        .and_then(|s| s.as_str())
        .unwrap_or_default()
        .to_owned();
    match &lease.cleanup {
        Some(cleanup) => format!("{state} {}/{}", cleanup.done, cleanup.total),
        None => state,
    }
}

fn state(state: StateArg) -> State {
    match state {
        StateArg::Issuing => State::Issuing,
        StateArg::Active => State::Active,
        StateArg::Revoking => State::Revoking,
        StateArg::AccessCut => State::AccessCut,
        StateArg::Revoked => State::Revoked,
        StateArg::Failed => State::Failed,
        StateArg::Forgotten => State::Forgotten,
    }
}

/// The window without a window: ends leases on time until it is interrupted.
async fn watch(engine: &Engine, printer: Printer) -> Result<(), Problem> {
    let mut events = engine.subscribe();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let timer = engine.run(stopped);
    let print = async {
        loop {
            match events.recv().await {
                Ok(event) => line(printer, &event)?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    };
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        let _ = stop.send(true);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = timer => Ok(()),
        printed = print => printed,
        () = interrupted => Ok(()),
    }
}

fn line(printer: Printer, event: &Event) -> Result<(), Problem> {
    let text = match event {
        Event::LeaseChanged { lease } => format!("{} {}", lease.user_name, word(lease)),
        Event::LeaseExpiring { lease, minutes } => {
            format!("{} ends in {minutes} min", lease.user_name)
        }
        Event::RevokeFailed { lease } => format!(
            "{} cannot be ended yet: {}",
            lease.user_name,
            lease.reason.as_deref().unwrap_or_default()
        ),
        _ if printer.is_json() => String::new(),
        _ => return Ok(()),
    };
    printer.answer(event, || text)
}
