//! A long history is listed a page at a time, secrets are pinned, and what happened to one is found
//! by its id.

use leasehold_domain::Code;
use leasehold_engine::Engine;
use leasehold_engine::wire::{
    ActivityQuery, LeasePageQuery, LeaseSet, LeaseSort, SecretDraft, State,
};

use crate::support::{Home, draft, request};

fn names(engine: &Engine, query: &LeasePageQuery) -> Vec<String> {
    let page = engine.leases().page(query).unwrap();
    page.leases
        .into_iter()
        .map(|lease| lease.user_name)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_history_is_walked_in_pages_to_the_end_and_back() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(desk.issue(&request("s3-upload")).await.unwrap().lease);
    }
    desk.revoke(&[made[1].id.clone()]).await.unwrap();
    let first = LeasePageQuery {
        limit: Some(2),
        ..LeasePageQuery::default()
    };
    let newest = desk.page(&first).unwrap();
    assert_eq!(
        (newest.total, newest.uncounted, newest.more),
        (Some(5), false, true)
    );
    let on = LeasePageQuery {
        after: newest.last.clone(),
        ..first.clone()
    };
    let middle = desk.page(&on).unwrap();
    assert_eq!((middle.total, middle.more), (None, true));
    let last = desk
        .page(&LeasePageQuery {
            after: middle.last,
            ..first.clone()
        })
        .unwrap();
    assert!(!last.more);
    let walked = newest
        .leases
        .iter()
        .chain(&middle.leases)
        .chain(&last.leases);
    let expected: Vec<_> = made.iter().rev().map(|lease| &lease.id).collect();
    assert_eq!(walked.map(|lease| &lease.id).collect::<Vec<_>>(), expected);
    let back = LeasePageQuery {
        before: middle.first,
        ..first.clone()
    };
    assert_eq!(
        names(&home.engine, &back),
        [&made[4], &made[3]].map(|lease| lease.user_name.clone())
    );

    let ended = LeasePageQuery {
        set: LeaseSet::Ended,
        ..LeasePageQuery::default()
    };
    let ended = desk.page(&ended).unwrap();
    assert_eq!(
        (ended.total, ended.leases[0].state),
        (Some(1), State::Revoked)
    );
    assert_eq!((ended.leases.len(), &ended.leases[0].id), (1, &made[1].id));
    let found = LeasePageQuery {
        search: Some(made[2].user_name.clone()),
        sort: LeaseSort::Ends,
        ..LeasePageQuery::default()
    };
    assert_eq!(names(&home.engine, &found), [made[2].user_name.clone()]);

    // A mark of another order, or of nobody, is refused and not misread.
    for (sort, after) in [
        (LeaseSort::Lease, newest.last.unwrap()),
        (LeaseSort::Ends, "x".into()),
    ] {
        let query = LeasePageQuery {
            sort,
            after: Some(after),
            ..LeasePageQuery::default()
        };
        assert_eq!(desk.page(&query).unwrap_err().code, Code::Refused);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_seen_kept_by_an_edit_and_no_recipe() {
    let home = Home::new().await;
    let secrets = home.engine.secrets();
    secrets.add(&draft("zebra")).unwrap();
    let exported = home.engine.recipes().export(&[]).unwrap();
    let lines = home.engine.activity().verify().unwrap().entries;
    let pinned = secrets.pin("zebra", true).unwrap();
    assert!(pinned.pinned);
    assert_eq!(secrets.recent(1).unwrap()[0].id, pinned.id);
    assert_eq!(home.engine.recipes().export(&[]).unwrap(), exported);
    assert_eq!(
        home.engine.activity().verify().unwrap().entries,
        lines,
        "no line"
    );
    let edited = secrets
        .edit(
            "zebra",
            &SecretDraft {
                max_ttl: "9h".into(),
                ..pinned.draft
            },
        )
        .unwrap();
    assert!(edited.pinned);
    assert!(
        secrets
            .list()
            .unwrap()
            .iter()
            .any(|secret| secret.id == edited.id && secret.pinned)
    );
    assert!(!secrets.pin("zebra", false).unwrap().pinned);
    assert_eq!(
        secrets.pin("no-such", true).unwrap_err().code,
        Code::NotFound
    );
}

#[tokio::test(start_paused = true)]
async fn two_secrets_of_one_name_keep_their_activity_apart() {
    let home = Home::new().await;
    let engine = &home.engine;
    let elsewhere = SecretDraft {
        environment: "staging".into(),
        ..draft("s3-upload")
    };
    let other = engine.secrets().add(&elsewhere).unwrap();
    let mine = engine.secrets().list().unwrap();
    let mine = mine.iter().find(|secret| secret.id != other.id).unwrap();
    let lease = engine
        .leases()
        .issue(&request(&other.id))
        .await
        .unwrap()
        .lease;
    engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await
        .unwrap();
    let of = |secret_id: &str| {
        let query = ActivityQuery {
            secret_id: Some(secret_id.to_owned()),
            ..ActivityQuery::default()
        };
        engine.activity().list(&query).unwrap().entries
    };
    let theirs = of(&other.id);
    assert!(theirs.iter().any(|entry| entry.kind == "secret.added"));
    assert!(
        theirs
            .iter()
            .filter(|entry| entry.lease_id.as_ref() == Some(&lease.id))
            .count()
            > 2
    );
    let ours = of(&mine.id);
    assert!(
        !ours.is_empty() && ours.iter().all(|entry| entry.lease_id.is_none()),
        "{ours:#?}"
    );
    let by_name = ActivityQuery {
        secret: Some("s3-upload".into()),
        ..ActivityQuery::default()
    };
    let both = engine.activity().list(&by_name).unwrap().entries;
    assert_eq!(both.len(), ours.len() + theirs.len());
    assert_eq!(engine.activity().verify().unwrap().fault, None);
}
