//! The state file in trouble while leases are made and ended: a full disk, and a row that cannot be
//! read.

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::{ActivityQuery, Event, State};

use crate::support::{Ground, request};

#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_up_at_any_write_of_an_issue_leaves_no_user() {
    let mut points = 0;
    for room in 0.. {
        let ground = Ground::new().await;
        let (engine, wire) = ground.process();
        engine.leave_room_for(room);
        let Err(problem) = engine.leases().issue(&request("s3-upload")).await else {
            break;
        };
        points += 1;
        assert_eq!(problem.code, Code::StoreFailed, "{room}: {problem:?}");
        assert!(problem.message.contains("disk is full"), "{problem:?}");
        assert!(problem.hint.as_deref().unwrap().contains("Free some space"));
        let made = wire.calls();
        let made = made.iter().find(|call| call.action == "CreateUser");
        let rows = ground.leases(&engine);
        let Some(made) = made else {
            assert_eq!(rows.len(), 0, "{room}: refused before AWS was asked");
            continue;
        };
        let user = &made.params["UserName"];
        assert!(
            ground.aws().get_user(user).await.is_err(),
            "{room}: {user} stays"
        );
        assert_eq!(rows.len(), 1, "{room}: the ledger knew of it");
        assert_eq!(&rows[0].user_name, user);

        // There is room again: the row comes to rest, and the log is whole.
        drop(engine);
        ground.clock.advance(TimeDelta::minutes(6));
        let (engine, _) = ground.process();
        let id = rows[0].id.clone();
        let failed = || engine.leases().show(&id).unwrap().lease.state == State::Failed;
        ground.run_until(&engine, failed).await;
        ground.settled(&engine, &id).await;
    }
    assert!(points >= 3, "only {points} writes in an issue");
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_is_told_and_the_other_leases_are_looked_after() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let desk = engine.leases();
    let broken = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let sound = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let db = rusqlite::Connection::open(ground.folder.path().join("leasehold.db")).unwrap();
    let sql = "UPDATE leases SET groups = 'no list' WHERE id = ?1";
    assert_eq!(db.execute(sql, [&broken.id]).unwrap(), 1);

    let status = engine.status().await.unwrap();
    let notice = status.notice.unwrap();
    assert_eq!(notice.code, Code::StoreDamaged);
    assert!(notice.message.contains(&broken.id), "{notice:?}");
    assert_eq!(status.active_leases, 1);
    assert_eq!(
        ground.leases(&engine).len(),
        1,
        "the sound one is still shown"
    );

    ground.clock.advance(TimeDelta::minutes(61));
    let ended = || desk.show(&sound.id).unwrap().lease.state == State::Revoked;
    ground.run_until(&engine, ended).await;
    let query = ActivityQuery {
        search: Some("lease.unreadable".to_owned()),
        ..ActivityQuery::default()
    };
    let told = engine.activity().list(&query).unwrap().entries;
    assert_eq!(told.len(), 1, "told once: {told:?}");
    assert!(told[0].text.contains(&broken.id));

    // Mended, it goes its way like any other.
    db.execute(
        "UPDATE leases SET groups = '[\"developers\"]' WHERE id = ?1",
        [&broken.id],
    )
    .unwrap();
    let ended = || desk.show(&broken.id).unwrap().lease.state == State::Revoked;
    ground.run_until(&engine, ended).await;
    assert_eq!(engine.status().await.unwrap().notice, None);
}

#[tokio::test(start_paused = true)]
async fn a_reminder_is_not_repeated_after_a_restart() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    ground.clock.advance(TimeDelta::minutes(56));
    let mut times = Vec::new();
    for _ in 0..2 {
        let (engine, _) = ground.process();
        let mut events = engine.subscribe();
        let timer = ground.run(&engine);
        for _ in 0..20 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            engine.look_again();
        }
        timer.stop().await;
        let told = std::iter::from_fn(|| events.try_recv().ok());
        times.push(
            told.filter(|event| matches!(event, Event::LeaseExpiring { .. }))
                .count(),
        );
    }
    assert_eq!(times, [1, 0]);
    assert_eq!(
        engine.leases().show(&lease.id).unwrap().lease.state,
        State::Active
    );
}
