//! Putting right what a look found: foreign keys and policies away, the right documents back, wrong
//! guards away. The right guard stands before a wrong one goes.

use std::future::Future;

use futures::future::join_all;
use leasehold_domain::{Moment, guard};

use super::compare::{Comparison, Finding};
use super::dress::documents;
use super::fault::Fault;
use super::work::Work;

/// What became of it.
pub(super) struct Done {
    pub(super) findings: Vec<Finding>,
    /// AWS did all that was asked.
    pub(super) went_well: bool,
}

/// At most three round trips; one where nothing foreign hangs on the user.
pub(super) async fn put(work: &Work<'_>, compared: &Comparison) -> Result<Done, Fault> {
    let mut done = Done {
        findings: Vec::new(),
        went_well: true,
    };
    remove_foreign(work, compared, &mut done).await?;
    put_documents(work, compared, &mut done).await?;
    remove_guards(work, compared, &mut done).await?;
    Ok(done)
}

impl Done {
    /// Takes an act's outcome in; a claim that was lost ends everything.
    fn note(&mut self, outcome: Result<(), Fault>, what: Option<String>) -> Result<(), Fault> {
        match outcome {
            Ok(()) => self.findings.extend(what.map(Finding::alarm)),
            Err(Fault::Lost) => return Err(Fault::Lost),
            Err(fault) => {
                self.went_well = false;
                let problem = leasehold_domain::Problem::from(fault);
                let text = match what {
                    Some(what) => {
                        format!("{what} This could not be put right: {}", problem.message)
                    }
                    None => format!(
                        "What is right already could not be put anew: {}",
                        problem.message
                    ),
                };
                self.findings.push(Finding::alarm(text));
            }
        }
        Ok(())
    }
}

async fn remove_foreign(
    work: &Work<'_>,
    compared: &Comparison,
    done: &mut Done,
) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let keys = join_all(
        compared
            .foreign_keys
            .iter()
            .map(|id| there(work.steady(move || aws.delete_access_key(user, id)))),
    );
    let policies = join_all(
        compared
            .foreign_policies
            .iter()
            .map(|name| there(work.steady(move || aws.delete_user_policy(user, name)))),
    );
    let (keys, policies) = tokio::join!(keys, policies);
    for (id, outcome) in compared.foreign_keys.iter().zip(keys) {
        if let Some(outcome) = outcome.transpose() {
            done.note(
                outcome,
                Some(format!("A key nobody here made was removed ({id}).")),
            )?;
        }
    }
    for (name, outcome) in compared.foreign_policies.iter().zip(policies) {
        if let Some(outcome) = outcome.transpose() {
            let what = format!("An inline policy nobody here made was removed ({name}).");
            done.note(outcome, Some(what))?;
        }
    }
    Ok(())
}

/// Lists lag: `None` for what was gone already.
async fn there(removal: impl Future<Output = Result<(), Fault>>) -> Result<Option<()>, Fault> {
    match removal.await {
        Err(fault) if fault.is_gone_from_user() => Ok(None),
        answer => answer.map(Some),
    }
}

async fn put_documents(
    work: &Work<'_>,
    compared: &Comparison,
    done: &mut Done,
) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let mut documents = documents(&work.row, &work.core.installation);
    if work.row.pending_expires_at.is_some() {
        // The renewal that is under way puts the right one.
        let dated = guard::until_name(Moment::from(work.row.expires_at), &work.core.installation);
        documents.retain(|(name, _)| *name != dated);
    }
    let puts = documents
        .iter()
        .map(|(name, document)| work.steady(move || aws.put_user_policy(user, name, document)));
    for ((name, _), outcome) in documents.iter().zip(join_all(puts).await) {
        let missing = compared.missing.contains(name);
        let what = format!("A policy of Leasehold's was missing and was put back ({name}).");
        done.note(outcome, missing.then_some(what))?;
    }
    for name in &compared.missing {
        if !documents.iter().any(|(put, _)| put == name) {
            done.findings.push(Finding::note(format!(
                "The inline policy {name} is missing; what it said is not known here."
            )));
        }
    }
    Ok(())
}

async fn remove_guards(
    work: &Work<'_>,
    compared: &Comparison,
    done: &mut Done,
) -> Result<(), Fault> {
    if !done.went_well {
        return Ok(()); // The right one may not stand.
    }
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let names = compared.wrong_guards.iter().chain(&compared.left_guards);
    let removals = names
        .clone()
        .map(|name| there(work.steady(move || aws.delete_user_policy(user, name))));
    for (name, outcome) in names.zip(join_all(removals).await) {
        let wrong = compared.wrong_guards.contains(name);
        let what = format!("A dated guard that nobody here put was removed ({name}).");
        if let Some(outcome) = outcome.transpose() {
            done.note(outcome, wrong.then_some(what))?;
        }
    }
    Ok(())
}
