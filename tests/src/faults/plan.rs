//! Which cases there are: recorded, not written down, so that a new call or commit is met by itself.

use std::time::Duration;

use anyhow::Result;

use super::case::{Case, Often, Operation, Point, Rivalry, Side, Trouble};
use super::ground::Ground;
use super::play::record;
use crate::proxy::{Fault, Moment, Rule};

/// What an operation does when nothing goes wrong.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The operation.
    pub operation: Operation,
    /// Its requests, in their order.
    pub points: Vec<Point>,
    /// How many database commits it makes.
    pub commits: u64,
}

/// Records every operation.
///
/// # Errors
/// When one fails without trouble.
pub async fn recordings() -> Result<Vec<Recording>> {
    let ground = Ground::start().await?;
    let mut recordings = Vec::new();
    for operation in Operation::ALL {
        let (points, commits) = record(&ground, operation).await?;
        recordings.push(Recording {
            operation,
            points,
            commits,
        });
    }
    Ok(recordings)
}

/// Death at every request and at every commit.
#[must_use]
pub fn kills(recordings: &[Recording]) -> Vec<Case> {
    let mut cases = Vec::new();
    for recording in recordings {
        let case = |trouble| Case {
            operation: recording.operation,
            trouble,
        };
        for point in &recording.points {
            for moment in [Moment::Before, Moment::Acted, Moment::Answered] {
                cases.push(case(Trouble::Kill(point.clone(), moment)));
            }
        }
        for n in 1..=recording.commits {
            for side in [Side::Before, Side::After] {
                cases.push(case(Trouble::Commit(n, side)));
            }
        }
    }
    cases
}

/// The faults that cost little time.
#[must_use]
pub fn quick_faults() -> Vec<Fault> {
    vec![
        Fault::THROTTLE,
        Fault::ResetAfter,
        Fault::Broken {
            status: 500,
            acted: false,
        },
        Fault::CutBody,
        Fault::Broken {
            status: 503,
            acted: true,
        },
        Fault::CONCURRENT,
        Fault::ResetBefore,
        Fault::DoneTwice,
        Fault::LIMIT,
        Fault::DateOff(86_400),
        Fault::AnsweredTwice,
        Fault::UNMODIFIABLE,
        Fault::DateIs("Sat, 99 Nov 20x6"),
        Fault::DoneTwiceAnsweredLast,
        Fault::DateOff(-7_200),
        Fault::Slow(Duration::from_secs(1)),
        Fault::DENIED,
    ]
}

/// The ones that wait for a time-out.
#[must_use]
pub fn slow_faults() -> Vec<Fault> {
    vec![
        Fault::Hang { acted: false },
        Fault::Hang { acted: true },
        Fault::Late(Duration::from_secs(17)),
    ]
}

/// The faults that may go on for as long as the operation runs.
#[must_use]
pub fn lasting_faults() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::DENIED,
        Fault::THROTTLE,
        Fault::CONCURRENT,
        Fault::Broken {
            status: 500,
            acted: true,
        },
    ]
}

/// Ways in which AWS as a whole may behave during an operation.
#[must_use]
pub fn world(name: &str) -> Vec<Rule> {
    let three = Duration::from_secs(3);
    let reads = [
        "GetUser",
        "ListAccessKeys",
        "ListUserPolicies",
        "ListAttachedUserPolicies",
        "ListGroupsForUser",
    ];
    match name {
        "new-users-unseen-for-3s" => vec![Rule::every("*", Fault::NO_USER).while_young(three)],
        "reads-stale-for-3s" => reads
            .iter()
            .map(|read| Rule::every(read, Fault::Stale(three)))
            .collect(),
        "lists-stale-for-3s" => reads[1..]
            .iter()
            .map(|read| Rule::every(read, Fault::Stale(three)))
            .collect(),
        "deleted-keys-work-for-3s" => {
            let rule = Rule::every("GetCallerIdentity", Fault::DeletedKeyWorks(three));
            vec![rule]
        }
        "keys-deleted-2s-late" => vec![Rule::every(
            "DeleteAccessKey",
            Fault::AnsweredAhead(Duration::from_secs(2)),
        )],
        "first-six-throttled" => vec![Rule::first(6, "*", Fault::THROTTLE)],
        "every-date-a-day-ahead" => vec![Rule::every("*", Fault::DateOff(86_400))],
        "every-date-garbage" => vec![Rule::every("*", Fault::DateIs("now"))],
        _ => Vec::new(),
    }
}

/// All of them.
pub const WORLDS: [&str; 8] = [
    "new-users-unseen-for-3s",
    "reads-stale-for-3s",
    "lists-stale-for-3s",
    "deleted-keys-work-for-3s",
    "keys-deleted-2s-late",
    "first-six-throttled",
    "every-date-a-day-ahead",
    "every-date-garbage",
];

/// Faults on the way: with `full` each of them at each request, else each of them and each request at least once.
#[must_use]
pub fn faults(recordings: &[Recording], full: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    // What goes wrong on the way with a session is tested inside the engine.
    let of_users = recordings
        .iter()
        .filter(|one| !one.operation.is_of_sessions() && !one.points.is_empty());
    for recording in of_users {
        let mut add = |point: &Point, fault: Fault, often| {
            cases.push(Case {
                operation: recording.operation,
                trouble: Trouble::Fault(point.clone(), fault, often),
            });
        };
        let (points, quick) = (&recording.points, quick_faults());
        if full {
            for point in points {
                for fault in quick.iter().chain(&slow_faults()) {
                    add(point, fault.clone(), Often::Once);
                }
                for fault in lasting_faults() {
                    add(point, fault, Often::Always);
                }
            }
        } else {
            let is_like_another = recording.operation == Operation::Remove;
            let most = if is_like_another {
                0
            } else {
                points.len() * 3 / 2
            };
            for k in 0..most.max(quick.len()) {
                let point = &points[k % points.len()];
                add(point, quick[k % quick.len()].clone(), Often::Once);
            }
        }
        for world in WORLDS {
            cases.push(Case {
                operation: recording.operation,
                trouble: Trouble::World(world),
            });
        }
    }
    if !full {
        let slow = |operation, call: &str, fault| Case {
            operation,
            trouble: Trouble::Fault(point(call), fault, Often::Once),
        };
        let [hang, acted, late] = [0, 1, 2].map(|n| slow_faults().swap_remove(n));
        let until = "PutUserPolicy:leasehold-until";
        let lasting = |operation, call: &str, fault| Case {
            operation,
            trouble: Trouble::Fault(point(call), fault, Often::Always),
        };
        cases.extend([
            slow(Operation::Issue, "CreateUser", acted.clone()),
            slow(Operation::Issue, "CreateAccessKey", late),
            slow(Operation::Renew, until, hang),
            slow(Operation::Revoke, "DeleteUser", acted),
            lasting(Operation::Issue, until, Fault::DENIED),
            lasting(Operation::Issue, "CreateAccessKey", Fault::ResetAfter),
            lasting(Operation::Renew, until, Fault::ResetAfter),
            lasting(Operation::Revoke, "DeleteAccessKey", Fault::DENIED),
            lasting(Operation::Revoke, "DeleteUser", Fault::ResetAfter),
            lasting(Operation::Remove, "DeleteUser", Fault::DENIED),
        ]);
    }
    cases
}

/// A process that sleeps an hour in the middle: at every request with `full`, else at the ones that matter most.
#[must_use]
pub fn sleeps(recordings: &[Recording], full: bool) -> Vec<Case> {
    let telling = [
        "CreateUser",
        "CreateAccessKey",
        "PutUserPolicy:leasehold-until",
        "PutUserPolicy:leasehold-cut",
        "DeleteAccessKey",
        "DeleteUser",
    ];
    let mut cases = Vec::new();
    let of_users = recordings
        .iter()
        .filter(|one| !one.operation.is_of_sessions());
    for recording in of_users {
        let wanted = |point: &&Point| full || telling.contains(&point.call.as_str());
        let is_like_another = recording.operation == Operation::Remove && !full;
        for point in recording.points.iter().filter(wanted) {
            if !is_like_another && point.call != "GetCallerIdentity" {
                cases.push(Case {
                    operation: recording.operation,
                    trouble: Trouble::Sleep(point.clone()),
                });
            }
        }
    }
    cases
}

/// Several processes at once.
#[must_use]
pub fn rivals() -> Vec<Case> {
    let case = |operation, rivalry| Case {
        operation,
        trouble: Trouble::Rivals(rivalry),
    };
    vec![
        case(Operation::Revoke, Rivalry::TwoWatchesExpire),
        case(Operation::Revoke, Rivalry::RevokeTwice),
        case(Operation::Renew, Rivalry::RenewAndRevoke),
        case(Operation::Issue, Rivalry::TenCreates),
    ]
}

/// Histories made by chance.
#[must_use]
pub fn random(seeds: impl IntoIterator<Item = u64>) -> Vec<Case> {
    let case = |seed| Case {
        operation: Operation::Issue,
        trouble: Trouble::Random(seed),
    };
    seeds.into_iter().map(case).collect()
}

/// All of it.
#[must_use]
pub fn everything(recordings: &[Recording], full: bool) -> Vec<Case> {
    // Long ones first, so that nobody waits for the last of them alone.
    let mut cases = faults(recordings, full);
    let is_slow = |case: &Case| match &case.trouble {
        Trouble::Fault(_, fault, often) => *often == Often::Always || slow_faults().contains(fault),
        _ => false,
    };
    cases.sort_by_key(|case| !is_slow(case));
    cases.extend(random(0..if full { 40 } else { 8 }));
    cases.extend(rivals());
    cases.extend(sleeps(recordings, full));
    cases.extend(kills(recordings));
    cases
}

fn point(call: &str) -> Point {
    Point {
        call: call.to_owned(),
        n: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(operation: Operation, calls: &[&str]) -> Recording {
        Recording {
            operation,
            points: calls.iter().map(|call| point(call)).collect(),
            commits: 3,
        }
    }

    #[test]
    fn every_request_and_every_commit_is_a_kill_point() {
        let recordings = [
            recording(Operation::Renew, &["PutUserPolicy", "DeleteUserPolicy"]),
            recording(Operation::Edit, &[]),
        ];
        assert_eq!(kills(&recordings).len(), 2 * 3 + 3 * 2 + 3 * 2);
    }

    #[test]
    fn without_full_every_fault_and_every_request_is_met_at_least_once() {
        let calls: Vec<String> = (0..14).map(|n| format!("Call{n}")).collect();
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        let cases = faults(&[recording(Operation::Revoke, &calls)], false);
        let named: Vec<String> = cases.iter().map(ToString::to_string).collect();
        for call in calls {
            assert!(
                named
                    .iter()
                    .any(|name| name.contains(&format!("/{call}#1/")))
            );
        }
        for fault in quick_faults() {
            assert!(named.iter().any(|name| name.ends_with(&fault.name())));
        }
    }

    #[test]
    fn every_world_is_made_of_rules() {
        for name in WORLDS {
            assert!(!world(name).is_empty(), "{name}");
        }
    }
}
