//! A process that dies at any of its AWS calls, before the call leaves or after AWS acted: the next
//! start finds what was left and finishes or undoes it.

use chrono::TimeDelta;
use leasehold_engine::wire::{EndReason, State};
use leasehold_engine::{Engine, Renewal};

use crate::support::{Ground, Moment, Settled, Wire, request};

#[derive(Debug, Clone, Copy)]
enum Doing {
    Issue,
    Renew,
    Revoke,
    /// A command with a lease of its own, which ends with it.
    Command,
}

/// Does it in a process of its own that dies at its `n`-th call. `None` when it has fewer calls.
async fn dies(ground: &Ground, doing: Doing, n: usize, moment: Moment) -> Option<Wire> {
    let (engine, wire) = ground.process();
    let id = ground.leases(&engine).first().map(|lease| lease.id.clone());
    wire.die_at(n, moment);
    let mut task = {
        let engine = engine.clone();
        tokio::spawn(async move { act(&engine, doing, id).await })
    };
    tokio::select! {
        () = wire.death() => {}
        done = &mut task => {
            done.unwrap();
            return None;
        }
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    drop(engine); // Without closing.
    Some(wire)
}

async fn act(engine: &Engine, doing: Doing, id: Option<String>) {
    let desk = engine.leases();
    match doing {
        Doing::Issue => drop(desk.issue(&request("s3-upload")).await.unwrap()),
        Doing::Renew => drop(desk.renew(&id.unwrap(), &Renewal::Default).await.unwrap()),
        Doing::Revoke => drop(desk.revoke(&[id.unwrap()]).await.unwrap()),
        Doing::Command => {
            let (_, owned) = desk.issue_owned(&request("s3-upload")).await.unwrap();
            owned.end().await.unwrap();
        }
    }
}

/// Every kill point of one operation; answers how many there were.
async fn every_kill_point(doing: Doing) -> usize {
    let mut points = 0;
    for moment in [Moment::Before, Moment::After] {
        for n in 1.. {
            let ground = Ground::new().await;
            let mut secrets = Vec::new();
            if !matches!(doing, Doing::Issue | Doing::Command) {
                let (engine, wire) = ground.process();
                engine.leases().issue(&request("s3-upload")).await.unwrap();
                secrets.extend(wire.secrets());
            }
            let Some(died) = dies(&ground, doing, n, moment).await else {
                break;
            };
            points += 1;
            secrets.extend(died.secrets());
            let asked_for: Vec<_> = died
                .calls()
                .into_iter()
                .filter(|call| call.action == "CreateUser")
                .map(|call| call.params["UserName"].clone())
                .collect();

            // Past the dead process's claim, and old enough to be sure of what AWS does not show.
            ground.clock.advance(TimeDelta::minutes(6));
            let (engine, wire) = ground.process();
            let rows = ground.leases(&engine);
            assert_eq!(rows.len(), 1, "{doing:?} {moment:?} {n}");
            for name in asked_for {
                assert_eq!(name, rows[0].user_name, "a user without a row");
            }
            let id = rows[0].id.clone();
            let expires_at = rows[0].expires_at;
            ground
                .run_until(&engine, || {
                    let lease = engine.leases().show(&id).unwrap().lease;
                    match doing {
                        Doing::Issue => lease.state == State::Failed,
                        Doing::Renew => lease.expires_at > expires_at,
                        Doing::Revoke => lease.state == State::Revoked,
                        Doing::Command => matches!(lease.state, State::Failed | State::Revoked),
                    }
                })
                .await;
            let settled = ground.settled(&engine, &id).await;
            let detail = engine.leases().show(&id).unwrap();
            let what = format!("{doing:?} {moment:?} {n}: {settled:?} {detail:#?}");
            match (doing, settled) {
                (Doing::Issue, Settled::Rest(State::Failed)) => {
                    assert_eq!(
                        detail.lease.end_reason,
                        Some(EndReason::IssueFailed),
                        "{what}"
                    );
                }
                (Doing::Renew, Settled::Active) => {
                    let gained = detail.lease.expires_at - expires_at;
                    assert_eq!(gained, TimeDelta::hours(1), "{what}");
                }
                (Doing::Revoke, Settled::Rest(State::Revoked)) => {
                    assert_eq!(detail.lease.end_reason, Some(EndReason::ByUs), "{what}");
                }
                (Doing::Command, Settled::Rest(State::Failed | State::Revoked)) => {
                    assert_ne!(detail.lease.end_reason, Some(EndReason::Expired), "{what}");
                }
                _ => panic!("{what}"),
            }
            // The history tells of the beginning and of the end.
            let kinds: Vec<_> = detail.events.iter().map(|e| e.kind.as_str()).collect();
            assert_eq!(kinds[0], "recorded", "{what}");
            assert!(kinds.len() > 2, "{what}");
            secrets.extend(wire.secrets());
            ground.assert_secret(&secrets, &what);
        }
    }
    points
}

#[tokio::test(start_paused = true)]
async fn an_issue_killed_at_any_call_leaves_no_user() {
    assert_eq!(every_kill_point(Doing::Issue).await, 2 * 8);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_killed_at_any_call_is_finished_with_the_right_guard() {
    // Beside the new guard a process that did not write the lease lists the ones that are there.
    assert_eq!(every_kill_point(Doing::Renew).await, 2 * 3);
}

#[tokio::test(start_paused = true)]
async fn a_revoke_killed_at_any_call_is_finished() {
    assert_eq!(every_kill_point(Doing::Revoke).await, 2 * 15);
}

#[tokio::test(start_paused = true)]
async fn a_command_killed_at_any_call_leaves_no_lease_open() {
    // Those of an issue, and those of an end.
    assert_eq!(every_kill_point(Doing::Command).await, 2 * (8 + 15));
}

#[tokio::test(start_paused = true)]
async fn a_lease_of_a_live_process_is_not_taken_over() {
    let ground = Ground::new().await;
    let died = dies(&ground, Doing::Issue, 3, Moment::Before)
        .await
        .unwrap();
    drop(died);
    let (engine, wire) = ground.process();
    let timer = ground.run(&engine);
    // The claim of the other one runs on; nobody knows yet that it is dead.
    for _ in 0..5 {
        ground.clock.advance(TimeDelta::seconds(8));
        engine.look_again();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(wire.actions(), Vec::<String>::new());
    assert_eq!(ground.leases(&engine)[0].state, State::Issuing);
    timer.stop().await;
}
