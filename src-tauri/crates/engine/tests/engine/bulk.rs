//! Ending many at once: recorded first, keys before clean-up, through one queue, safely called off.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use leasehold_engine::wire::{Event, LeaseView, State};
use leasehold_engine::{Bulk, Engine, LeaseQuery, Renewal};
use leasehold_practice::Throttle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::support::{Fault, Ground, Moment, Rule, draft, request};

/// A secret whose users hold nothing but guards and a key.
fn add_bare(engine: &Engine) {
    let mut bare = draft("bare");
    bare.groups = Vec::new();
    bare.policy_arns = Vec::new();
    bare.policy_documents = Vec::new();
    engine.secrets().add(&bare).unwrap();
}

async fn issue(engine: &Engine, secret: &str, count: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        let issued = engine.leases().issue(&request(secret)).await.unwrap();
        ids.push(issued.lease.id);
    }
    ids
}

fn shown(engine: &Engine, id: &str) -> LeaseView {
    engine.leases().show(id).unwrap().lease
}

/// (revoked, pending, untouched) of each progress event.
type News = Vec<(u32, u32, u32)>;

fn news(events: &mut tokio::sync::broadcast::Receiver<Event>) -> News {
    let mut news = Vec::new();
    loop {
        match events.try_recv() {
            Ok(Event::BulkProgress {
                request_id,
                total,
                revoked,
                pending,
                untouched,
            }) => {
                assert_eq!(request_id, "all");
                assert!(revoked + pending + untouched <= total);
                news.push((revoked, pending, untouched));
            }
            Ok(_) | Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_)) => {}
            Err(_) => return news,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_leases_under_throttling_all_end_and_a_person_is_not_stuck_behind_them() {
    const LEASES: usize = 1_000;
    let ground = Ground::new().await;
    let (engine, wire, practice) = ground.process_in_memory();
    add_bare(&engine);
    let ids = issue(&engine, "bare", LEASES).await;
    wire.latency(Duration::from_millis(50));
    wire.forget_calls();
    let throttle = Arc::new(Throttle::new(20.0, 40.0));
    practice.throttle(Some(Arc::clone(&throttle)));
    let mut events = engine.subscribe();

    let start = Instant::now();
    let bulk = Bulk {
        request_id: Some("all".into()),
        stop: None,
    };
    let person = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let asked = Instant::now();
        let issued = engine.leases().issue(&request("bare")).await.unwrap();
        let issue = asked.elapsed();
        let asked = Instant::now();
        let ids = [issued.lease.id];
        let report = engine.leases().revoke(&ids).await.unwrap();
        assert_eq!(report.revoked, ids);
        (issue, asked.elapsed())
    };
    let desk = engine.leases();
    let (report, (issue, revoke)) = tokio::join!(desk.revoke_many(&ids, bulk), person);
    let seconds = start.elapsed().as_secs_f64();
    let report = report.unwrap();

    assert_eq!(report.pending, []);
    assert_eq!(report.revoked.len(), LEASES);
    let (admitted, refused) = throttle.counts();
    let wasted = refused as f64 / (admitted + refused) as f64;
    let used = admitted as f64 / (20.0 * seconds + 40.0);
    println!(
        "{admitted} calls in {seconds:.0} s, {refused} throttled ({:.1} %), {:.0} % of the rate \
         used; a person's issue {issue:?}, revoke {revoke:?}",
        wasted * 100.0,
        used * 100.0
    );
    assert!(
        wasted < 0.08,
        "{refused} of {admitted} calls were throttled"
    );
    assert!(used > 0.5, "{used:.2} of what AWS admits was used");
    let patience = Duration::from_secs(20);
    assert!(
        issue < patience && revoke < patience,
        "{issue:?} {revoke:?}"
    );

    // Every key ended before the first user went, but for the person's own.
    let calls = wire.calls();
    let bulk_users: HashSet<_> = calls
        .iter()
        .filter(|call| call.action == "DeleteAccessKey")
        .map(|call| call.params["UserName"].clone())
        .collect();
    assert_eq!(bulk_users.len(), LEASES + 1);
    let first_users_end = calls
        .iter()
        .filter(|call| call.action == "DeleteUser")
        .map(|call| call.start)
        .nth(1)
        .unwrap();
    let late_keys = calls
        .iter()
        .filter(|call| call.action == "DeleteAccessKey" && call.start > first_users_end)
        .count();
    assert!(
        late_keys <= 1,
        "{late_keys} keys ended after the clean-up began"
    );

    let news = news(&mut events);
    assert_eq!(*news.last().unwrap(), (LEASES as u32, 0, 0));
    assert!(news.len() as f64 <= seconds * 4.0 + 2.0, "{}", news.len());
}

#[tokio::test(start_paused = true)]
async fn called_off_it_leaves_what_was_not_begun_as_it_was_and_the_timer_finishes_the_rest() {
    let ground = Ground::new().await;
    let (engine, wire, _) = ground.process_in_memory();
    add_bare(&engine);
    let ids = issue(&engine, "bare", 40).await;
    wire.latency(Duration::from_millis(100));
    let (off, stop) = watch::channel(false);
    let bulk = Bulk {
        request_id: Some("all".into()),
        stop: Some(stop),
    };
    let mut events = engine.subscribe();
    let call_off = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        off.send(true).unwrap();
    };
    let desk = engine.leases();
    let (report, ()) = tokio::join!(desk.revoke_many(&ids, bulk), call_off);
    let report = report.unwrap();
    assert_eq!(report.revoked, [] as [&str; 0]);
    assert!((1..40).contains(&report.untouched.len()), "{report:?}");
    assert_eq!(report.untouched.len() + report.pending.len(), 40);
    for pending in &report.pending {
        assert_eq!(pending.state, State::AccessCut, "{pending:?}");
        assert!(pending.reason.as_ref().unwrap().contains("by itself"));
    }
    let (pending, untouched) = (report.pending.len(), report.untouched.len());
    let last = *news(&mut events).last().unwrap();
    assert_eq!(last, (0, pending as u32, untouched as u32));

    for _ in 0..2 {
        for id in &report.untouched {
            let lease = shown(&engine, id);
            assert_eq!((lease.state, lease.end_asked_at), (State::Active, None));
        }
        let begun = || {
            let mut pending = report.pending.iter();
            pending.all(|one| shown(&engine, &one.id).state == State::Revoked)
        };
        ground.run_until(&engine, begun).await;
    }
}

#[tokio::test]
async fn a_process_that_dies_in_the_middle_forgets_none_of_them() {
    for (n, moment) in [
        (1, Moment::Before),
        (12, Moment::After),
        (57, Moment::After),
    ] {
        let ground = Ground::new().await;
        let (engine, wire) = ground.process();
        add_bare(&engine);
        let ids = issue(&engine, "bare", 12).await;
        wire.die_at(n, moment);
        let (dying, all) = (engine.clone(), ids.clone());
        let work = tokio::spawn(async move {
            let _ = dying.leases().revoke_many(&all, Bulk::default()).await;
        });
        wire.death().await;
        work.abort();
        let _ = work.await;
        let (again, _) = ground.process();
        for id in &ids {
            let lease = shown(&again, id);
            let is_open = lease.state == State::Active;
            assert!(!is_open || lease.end_asked_at.is_some(), "{n}: {lease:?}");
        }
        let all_ended = || {
            ids.iter()
                .all(|id| shown(&again, id).state == State::Revoked)
        };
        ground.run_until(&again, all_ended).await;
        for id in &ids {
            ground.settled(&again, id).await;
        }
    }
}

#[tokio::test]
async fn a_lease_that_another_process_works_on_ends_when_that_one_lets_go() {
    let ground = Ground::new().await;
    let (busy, slow) = ground.process();
    let id = issue(&busy, "s3-upload", 1).await.remove(0);
    slow.rule(Rule::first(1, "PutUserPolicy", Fault::Gate));
    slow.forget_calls();
    let renewing = {
        let (busy, id) = (busy.clone(), id.clone());
        tokio::spawn(async move { busy.leases().renew(&id, &Renewal::Default).await })
    };
    while slow.count("PutUserPolicy") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (engine, _) = ground.process();
    let desk = engine.leases();
    let report = desk.revoke(std::slice::from_ref(&id)).await.unwrap();
    let pending = &report.pending[0];
    assert_eq!(pending.state, State::Active);
    let reason = pending.reason.as_ref().unwrap();
    assert!(reason.contains("its end is recorded"), "{reason}");
    assert!(shown(&engine, &id).end_asked_at.is_some());

    slow.open_gate();
    renewing.await.unwrap().unwrap();
    let refused = busy.leases().renew(&id, &Renewal::Default).await;
    let refused = refused.unwrap_err();
    assert!(refused.message.contains("end of this lease was asked for"));
    ground
        .run_until(&busy, || shown(&busy, &id).state == State::Revoked)
        .await;
    let lease = shown(&engine, &id);
    assert_eq!(
        lease.end_reason,
        Some(leasehold_engine::wire::EndReason::ByUs)
    );
    assert_eq!(lease.end_asked_at, None, "it has begun");
}

#[tokio::test]
async fn an_unknown_id_among_many_changes_nothing() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let mut ids = issue(&engine, "s3-upload", 1).await;
    ids.push("nobody".into());
    wire.forget_calls();
    let error = engine.leases().revoke_many(&ids, Bulk::default()).await;
    assert!(error.unwrap_err().message.contains("`nobody`"));
    assert_eq!(shown(&engine, &ids[0]).end_asked_at, None);
    assert_eq!(wire.actions(), [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_secrets_removal_and_everything_at_once_use_the_same_way() {
    let ground = Ground::new().await;
    let (engine, wire, _) = ground.process_in_memory();
    add_bare(&engine);
    issue(&engine, "bare", 20).await;
    issue(&engine, "s3-upload", 2).await;
    wire.forget_calls();
    let report = engine.secrets().remove("bare", true).await.unwrap();
    assert_eq!(report.revoked.len(), 20);
    assert!(engine.secrets().show("bare").is_err());
    let actions = wire.actions();
    let first_user = actions.iter().position(|a| a == "DeleteUser").unwrap();
    let last_key = actions.iter().rposition(|a| a == "DeleteAccessKey");
    assert!(last_key.unwrap() < first_user, "keys first");
    let report = engine.leases().revoke_all().await.unwrap();
    assert_eq!(report.revoked.len(), 2);
    assert_eq!(engine.leases().list(&LeaseQuery::default()).unwrap(), []);
}
