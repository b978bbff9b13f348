//! From answers about actions to verdicts about a lease's life, and what a canary adds to them.

use std::collections::BTreeSet;

use leasehold_domain::Code;

use crate::wire::{Canary, CanaryStepName, NeededFor, Probe, Verdict};

/// The policy that a canary's session was cut by goes from its role long after the canary: that AWS lets it
/// go is not proven by it.
const AFTERWARDS: &str = "iam:DeleteRolePolicy";

/// Whether one stage of a lease's life would go well: denied as soon as one action is, allowed when
/// all are.
pub(super) fn of(probes: &[Probe], stage: NeededFor) -> Verdict {
    let mut verdicts = probes
        .iter()
        .filter(|probe| probe.needed_for == stage)
        .map(|probe| probe.verdict);
    if verdicts.clone().any(|verdict| verdict == Verdict::Denied) {
        Verdict::Denied
    } else if verdicts.all(|verdict| verdict == Verdict::Allowed) {
        Verdict::Allowed
    } else {
        Verdict::Unknown
    }
}

/// Adds what a canary went through. A fresh one overrules every question; an earlier one fills only
/// what the questions left open.
pub(super) fn learn(probes: &mut [Probe], canary: &Canary, is_fresh: bool) {
    let proven: BTreeSet<String> = canary
        .steps
        .iter()
        .filter(|step| step.problem.is_none())
        .flat_map(|step| actions_of(probes, step.step))
        .filter(|action| action != AFTERWARDS)
        .collect();
    let denied: BTreeSet<String> = canary
        .steps
        .iter()
        .filter_map(|step| step.problem.as_ref())
        .filter(|problem| problem.code == Code::AwsDenied)
        .filter_map(|problem| denied_action(&problem.message))
        .map(str::to_owned)
        .collect();
    for probe in probes.iter_mut() {
        if !is_fresh && probe.verdict != Verdict::Unknown {
            continue;
        }
        let when = if is_fresh {
            "the canary"
        } else {
            "the last canary"
        };
        if denied.contains(&probe.action) {
            probe.verdict = Verdict::Denied;
            probe.note = format!("AWS denied it to {when}.");
        } else if proven.contains(&probe.action) && probe.needed_for != NeededFor::Optional {
            probe.verdict = Verdict::Allowed;
            probe.note = format!("AWS did it for {when}.");
        }
    }
}

/// The actions that a stage which went well has proven.
fn actions_of(probes: &[Probe], step: CanaryStepName) -> Vec<String> {
    let stage = match step {
        CanaryStepName::Issue => NeededFor::Issue,
        CanaryStepName::Renew => NeededFor::Renew,
        CanaryStepName::Revoke => NeededFor::Revoke,
    };
    let of_stage = probes.iter().filter(|probe| probe.needed_for == stage);
    of_stage.map(|probe| probe.action.clone()).collect()
}

/// The action in a sentence about a denial, as `leasehold-aws` words it.
pub(super) fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("AWS denied ")?;
    let action = rest.split([' ', '.']).next()?;
    action.contains(':').then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::CanaryStep;
    use chrono::DateTime;
    use leasehold_domain::Problem;

    fn probe(action: &str, needed_for: NeededFor, verdict: Verdict) -> Probe {
        Probe {
            action: action.into(),
            resource: String::new(),
            needed_for,
            verdict,
            note: String::new(),
        }
    }

    fn canary(problems: [Option<&str>; 3]) -> Canary {
        let names = [
            CanaryStepName::Issue,
            CanaryStepName::Renew,
            CanaryStepName::Revoke,
        ];
        let steps = names
            .into_iter()
            .zip(problems)
            .map(|(step, action)| CanaryStep {
                step,
                problem: action.map(|action| {
                    Problem::new(
                        Code::AwsDenied,
                        format!("AWS denied {action} on arn:x. AWS said: no."),
                    )
                }),
            });
        Canary {
            at: DateTime::UNIX_EPOCH,
            user_name: String::new(),
            lease_id: String::new(),
            passed: problems.iter().all(Option::is_none),
            steps: steps.collect(),
        }
    }

    #[test]
    fn one_denied_action_denies_a_stage_and_one_open_leaves_it_open() {
        use NeededFor::{Issue, Revoke};
        use Verdict::{Allowed, Denied, Unknown};
        for (found, expected) in [
            (vec![Allowed, Allowed], Allowed),
            (vec![Allowed, Unknown], Unknown),
            (vec![Unknown, Denied], Denied),
            (vec![], Allowed),
        ] {
            let probes: Vec<_> = found.iter().map(|v| probe("iam:X", Revoke, *v)).collect();
            assert_eq!(of(&probes, Revoke), expected);
        }
        assert_eq!(of(&[probe("iam:X", Issue, Denied)], Revoke), Allowed);
    }

    #[test]
    fn a_fresh_canary_overrules_questions_and_an_earlier_one_fills_gaps() {
        use NeededFor::Revoke;
        use Verdict::{Allowed, Denied, Unknown};
        let all = || {
            vec![
                probe("iam:DeleteUser", Revoke, Allowed),
                probe("iam:GetUser", Revoke, Denied),
                probe("iam:DeleteUserPolicy", Revoke, Unknown),
            ]
        };
        let verdicts = |canary: Canary, is_fresh| {
            let mut probes = all();
            learn(&mut probes, &canary, is_fresh);
            probes.iter().map(|probe| probe.verdict).collect::<Vec<_>>()
        };
        let passed = || canary([None, None, None]);
        let failed = || canary([None, None, Some("iam:DeleteUser")]);
        assert_eq!(verdicts(passed(), true), [Allowed, Allowed, Allowed]);
        assert_eq!(verdicts(passed(), false), [Allowed, Denied, Allowed]);
        assert_eq!(verdicts(failed(), true), [Denied, Denied, Unknown]);
        assert_eq!(verdicts(failed(), false), [Allowed, Denied, Unknown]);
    }

    #[test]
    fn a_canary_does_not_prove_what_is_done_long_after_it() {
        use NeededFor::Revoke;
        use Verdict::{Allowed, Denied, Unknown};
        for open in [Denied, Unknown] {
            let mut probes = vec![
                probe("iam:PutRolePolicy", Revoke, Unknown),
                probe("iam:DeleteRolePolicy", Revoke, open),
            ];
            learn(&mut probes, &canary([None, None, None]), true);
            let found: Vec<_> = probes.iter().map(|probe| probe.verdict).collect();
            assert_eq!(found, [Allowed, open]);
        }
    }

    #[test]
    fn the_denied_action_is_read_from_our_own_sentence() {
        let sentence = "AWS denied iam:DeleteUser on arn:aws:iam::1:user/x. AWS said: no.";
        assert_eq!(denied_action(sentence), Some("iam:DeleteUser"));
        assert_eq!(
            denied_action("AWS denied iam:DeleteUser."),
            Some("iam:DeleteUser")
        );
        assert_eq!(denied_action("AWS throttles."), None);
    }
}
