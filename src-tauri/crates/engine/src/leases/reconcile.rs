//! Comparing the ledger with the accounts: one lease, and all of them on demand.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::StreamExt;
use leasehold_domain::{EndReason, LeaseState, Problem};
use leasehold_store::{ConnectionRow, LeaseRow};

use super::fault::{Fault, busy};
use super::held::Held;
use super::work::Work;
use super::{AT_ONCE, NOBODY_HAS_IT, end, look, renew, session, view};
use crate::core::{Core, lock};
use crate::wire::{
    ActivityKind, ConnectionProblem, Event, Found, LeaseView, ReconcileReport, Standing,
};

/// What came of a look at one lease.
pub(super) enum Looked {
    /// It was compared, and what was due with it done.
    As(Standing),
    /// Its connection cannot be asked now: no network, no keyring, a key that AWS refuses.
    Unreachable(Problem),
    /// AWS answers, but not about this lease.
    Refused(Problem),
}

/// Compares one claimed lease with its account, and does what is due with it. The claim is given
/// back.
pub(super) async fn one(held: Held<'_>) -> Result<Looked, Fault> {
    if held.row.credential.is_session() {
        return session::look(held).await;
    }
    let core = held.core;
    let connection_id = held.row.connection_id.clone();
    let mut work = match Work::connect(held).await {
        Ok(work) => work,
        Err(Fault::Lost) => return Err(Fault::Lost),
        Err(fault) => {
            let problem = Problem::from(fault);
            core.note_problem(&connection_id, Some(&problem));
            return Ok(Looked::Unreachable(problem));
        }
    };
    let looked = match work.row.state {
        LeaseState::Active => active(&mut work).await,
        _ => ending(&mut work).await,
    };
    work.release();
    match &looked {
        Ok(Looked::Unreachable(problem)) => {
            core.note_problem(&connection_id, Some(problem));
        }
        Ok(_) => {
            core.note_problem(&connection_id, None);
        }
        Err(_) => {}
    }
    looked
}

async fn active(work: &mut Work<'_>) -> Result<Looked, Fault> {
    let looked = match look::look(work).await {
        Ok(standing) => Looked::As(standing),
        Err(Fault::Lost) => return Err(Fault::Lost),
        Err(fault) if fault.is_of_the_connection() => {
            let problem = Problem::from(fault);
            if work.is_waiting() {
                work.put_off(&problem)?;
            }
            look::unknown(work, &problem)?;
            return Ok(Looked::Unreachable(problem));
        }
        Err(fault) => {
            let problem = Problem::from(fault);
            if work.row.state.is_rest() || work.is_ending() {
                return Ok(Looked::Refused(problem)); // The ending says why by itself.
            }
            look::unknown(work, &problem)?;
            // AWS will not say how this lease stands: its end goes by the ledger all the same.
            work.core.confirm(&work.row);
            Looked::Refused(problem)
        }
    };
    if work.row.state != LeaseState::Active {
        return Ok(looked);
    }
    if work.is_over() && work.core.is_sure(&work.row) {
        work.begin_end(EndReason::Expired, "Its time is over.")?;
        return ending(work).await;
    }
    if let Some(to) = work.row.pending_expires_at {
        return match renew::finish(work, to).await {
            Err(Fault::Lost) => Err(Fault::Lost),
            Err(fault) => Ok(Looked::Refused(fault.into())),
            Ok(()) => Ok(looked),
        };
    }
    Ok(looked)
}

/// What is half-made is taken down; an ending goes on.
async fn ending(work: &mut Work<'_>) -> Result<Looked, Fault> {
    if work.row.state == LeaseState::Issuing {
        work.begin_end(EndReason::IssueFailed, NOBODY_HAS_IT)?;
    }
    if work.row.state.is_rest() {
        return Ok(Looked::As(Standing::Gone));
    }
    match end::run(work).await {
        Ok(()) => Ok(Looked::As(Standing::Gone)),
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(fault) if fault.is_of_the_connection() => Ok(Looked::Unreachable(fault.into())),
        Err(fault) => Ok(Looked::Refused(fault.into())),
    }
}

/// Looks at every open lease now, of one connection or of all, and at who else is there.
pub(super) async fn run(core: &Core, connection: Option<&str>) -> Result<ReconcileReport, Problem> {
    let connections = core.asked_for(connection)?;
    let rows: Vec<LeaseRow> = core
        .store
        .leases()
        .open()?
        .into_iter()
        .filter(|row| connections.iter().any(|c| c.id == row.connection_id))
        .collect();
    let unreachable: Mutex<HashMap<String, Problem>> = Mutex::default();
    let looked: Vec<_> = futures::stream::iter(rows)
        .map(|row| look_once(core, row, &unreachable))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut report = ReconcileReport::default();
    for (row, outcome) in looked {
        report.take(core, &row, outcome);
    }
    report
        .found
        .sort_by(|a, b| (&a.secret, &a.user_name).cmp(&(&b.secret, &b.user_name)));
    let unreachable = std::mem::take(&mut *lock(&unreachable));
    for connection in &connections {
        if let Some(problem) = unreachable.get(&connection.id) {
            report.problems.push(ConnectionProblem {
                connection: connection.name.clone(),
                problem: problem.clone(),
            });
        } else {
            others(core, connection, &mut report).await;
        }
        let name = connection.name.clone();
        core.events.tell(Event::Reconciled { connection: name });
    }
    crate::secrets::Secrets(core).finish_removals()?;
    Ok(report)
}

/// One lease of many. A connection that cannot be asked is not asked again for each of its leases.
async fn look_once(
    core: &Core,
    row: LeaseRow,
    unreachable: &Mutex<HashMap<String, Problem>>,
) -> (LeaseRow, Result<Looked, Fault>) {
    if let Some(problem) = lock(unreachable).get(&row.connection_id).cloned() {
        return (row, Ok(Looked::Unreachable(problem)));
    }
    let outcome = match Held::take_soon(core, &row.id).await {
        Ok(held) => one(held).await,
        Err(fault) => Err(fault),
    };
    if let Ok(Looked::Unreachable(problem)) = &outcome {
        let mut unreachable = lock(unreachable);
        unreachable.insert(row.connection_id.clone(), problem.clone());
    }
    (row, outcome)
}

/// The users that no lease knows.
async fn others(core: &Core, connection: &ConnectionRow, report: &mut ReconcileReport) {
    match crate::orphans::of(core, connection).await {
        Ok(list) => {
            report.orphans.extend(list.orphans);
            report.problems.extend(list.problems);
        }
        Err(problem) => report.problems.push(ConnectionProblem {
            connection: connection.name.clone(),
            problem,
        }),
    }
}

impl ReconcileReport {
    fn take(&mut self, core: &Core, before: &LeaseRow, outcome: Result<Looked, Fault>) {
        let row = super::row(core, &before.id);
        let row = row.as_ref().unwrap_or(before);
        let (standing, findings) = match outcome {
            Ok(Looked::As(standing)) => {
                self.looked_at += 1;
                (standing, said(row, standing))
            }
            Ok(Looked::Unreachable(_)) => return, // Said once, of the connection.
            Ok(Looked::Refused(problem)) => (Standing::Unknown, vec![problem.message]),
            Err(fault) => {
                let problem = Problem::from(fault);
                let text = match problem == busy() {
                    true => "Another Leasehold process is at work on it; it was left alone.".into(),
                    false => problem.message,
                };
                (Standing::Unknown, vec![text])
            }
        };
        if standing == Standing::Live {
            return;
        }
        self.found.push(Found {
            lease_id: row.id.clone(),
            secret: row.secret_name.clone(),
            user_name: row.user_name.clone(),
            standing,
            findings,
        });
    }
}

fn said(row: &LeaseRow, standing: Standing) -> Vec<String> {
    match (standing, row.end_reason) {
        (Standing::Gone, Some(EndReason::GoneOutside)) => {
            vec!["Somebody else removed the user; AWS knows neither it nor its key.".to_owned()]
        }
        (Standing::Gone, Some(EndReason::Expired)) => {
            vec!["Its time was over; AWS confirmed that the user is gone.".to_owned()]
        }
        (Standing::Gone, _) => vec!["AWS confirmed that the user is gone.".to_owned()],
        _ => row.findings.clone(),
    }
}

/// A person has seen the alarm. It stays in the history, and is not told again unless something
/// new is found.
pub(super) async fn acknowledge(core: &Core, id: &str) -> Result<LeaseView, Problem> {
    super::row(core, id)?;
    let mut held = Held::take_soon(core, id).await?;
    let seen = match held.row.alarm.take() {
        Some(alarm) => held.save(
            ActivityKind::Acknowledged,
            &format!("A person has seen: {alarm}"),
        ),
        None => Ok(()),
    };
    held.release();
    seen?;
    Ok(view::lease(core, &held.row))
}
