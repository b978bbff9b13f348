//! `leasehold secret preflight`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{Canary, CanaryStepName, NeededFor, Preflight, Probe, Verdict};

use crate::print::{Printer, past, table};

pub async fn run(
    engine: &Engine,
    name: &str,
    canary: bool,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    printer.progress(match canary {
        true => "Living through a whole lease with a key that nobody sees …",
        false => "Asking AWS what it would allow …",
    });
    let found = engine.secrets().preflight(name, canary).await?;
    printer.answer(&found, || text(name, &found))?;
    Ok(ExitCode::from(code(&found, canary)))
}

/// A canary that was not flown now says nothing about now.
fn code(found: &Preflight, flown: bool) -> u8 {
    let verdicts = [found.issue, found.renew, found.revoke];
    if verdicts.contains(&Verdict::Denied) {
        return Code::AwsDenied.exit_code();
    }
    let canary = found
        .canary
        .as_ref()
        .filter(|canary| flown && !canary.passed);
    let Some(canary) = canary else {
        return 0;
    };
    let failed = canary.steps.iter().find(|step| step.problem.is_some());
    match failed.map(|step| step.step) {
        Some(CanaryStepName::Revoke) | None => Code::Pending.exit_code(),
        Some(_) => Code::AwsDenied.exit_code(),
    }
}

fn text(name: &str, found: &Preflight) -> String {
    let said = |verdict| match verdict {
        Verdict::Allowed => "yes",
        Verdict::Denied => "NO",
        Verdict::Unknown => "not known",
        Verdict::NotPossible => "never",
    };
    let mut text = format!(
        "Leases of {name}, as {}:\nissue: {}   renew: {}   revoke: {}\n\n",
        found.caller_arn,
        said(found.issue),
        said(found.renew),
        said(found.revoke)
    );
    let rows = found.probes.iter().map(row).collect();
    text += &table(
        &["ACTION", "NEEDED FOR", "ALLOWED", "NOTE", "ON"],
        &[3, 4],
        rows,
    );
    if let Some(canary) = &found.canary {
        text += &flight(canary);
    }
    if let Some(missing) = &found.missing {
        text += "\nThis statement is missing in the managing user's policy; add it there:\n\n";
        text += missing;
        text += "\n";
    } else if [found.issue, found.renew, found.revoke].contains(&Verdict::Unknown) {
        text += "\nWhat is not known cannot be asked without changing something; `--canary` tries it.\n";
    }
    if found.outdated {
        text += "\nThe dynamic secret was edited since.\n";
    }
    text
}

fn row(probe: &Probe) -> Vec<String> {
    let needed = match probe.needed_for {
        NeededFor::Issue => "issue",
        NeededFor::Renew => "renew",
        NeededFor::Revoke => "revoke",
        NeededFor::Optional => "(optional)",
    };
    let verdict = match probe.verdict {
        Verdict::Allowed => "yes",
        Verdict::Denied => "NO",
        Verdict::Unknown => "?",
        Verdict::NotPossible => "never",
    };
    vec![
        probe.action.clone(),
        needed.to_owned(),
        verdict.to_owned(),
        probe.note.clone(),
        probe.resource.clone(),
    ]
}

fn flight(canary: &Canary) -> String {
    let mut text = format!("\nCanary {}, {}:", canary.user_name, past(canary.at));
    for step in &canary.steps {
        let name = match step.step {
            CanaryStepName::Issue => "issue",
            CanaryStepName::Renew => "renew",
            CanaryStepName::Revoke => "revoke",
        };
        text += &match &step.problem {
            None => format!(" {name} ok."),
            Some(problem) => format!(" {name} FAILED: {}", problem.message),
        };
    }
    text += match canary.passed {
        true => " Nothing is left of it.\n",
        false => "\n",
    };
    if !canary.passed {
        text += &format!(
            "What may be left of it is retried without end: `leasehold lease show {}`.\n",
            canary.lease_id
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use leasehold_engine::wire::CanaryStep;

    fn found(revoke: Verdict, failed: Option<CanaryStepName>) -> Preflight {
        let at = chrono::DateTime::UNIX_EPOCH;
        let step = |step| CanaryStep {
            step,
            problem: (failed == Some(step)).then(|| Problem::new(Code::AwsDenied, "no")),
        };
        Preflight {
            at,
            caller_arn: "arn:aws:iam::123456789012:user/manager".into(),
            probes: Vec::new(),
            canary: Some(Canary {
                at,
                user_name: "canary".into(),
                lease_id: "1".into(),
                steps: vec![step(CanaryStepName::Issue), step(CanaryStepName::Revoke)],
                passed: failed.is_none(),
            }),
            issue: Verdict::Allowed,
            renew: Verdict::Unknown,
            revoke,
            missing: Some("{}".into()),
            outdated: false,
        }
    }

    #[test]
    fn a_denial_is_4_a_canary_that_is_left_7_and_what_is_not_known_0() {
        assert_eq!(code(&found(Verdict::Allowed, None), true), 0);
        assert_eq!(code(&found(Verdict::Unknown, None), true), 0);
        assert_eq!(code(&found(Verdict::Denied, None), false), 4);
        let fell = |step| found(Verdict::Allowed, Some(step));
        assert_eq!(code(&fell(CanaryStepName::Issue), true), 4);
        assert_eq!(code(&fell(CanaryStepName::Revoke), true), 7);
        // An old canary says nothing about now.
        assert_eq!(code(&fell(CanaryStepName::Issue), false), 0);
    }

    #[test]
    fn the_missing_statement_is_printed_to_be_pasted() {
        let text = text("s3", &found(Verdict::Denied, None));
        assert!(
            text.contains("issue: yes   renew: not known   revoke: NO"),
            "{text}"
        );
        assert!(text.contains("add it there:\n\n{}\n"), "{text}");
    }
}
