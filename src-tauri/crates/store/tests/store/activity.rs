//! The activity log against whoever changes the file: every kind of change is found and named.

use leasehold_domain::LeaseState;
use leasehold_store::{
    ActivityCall, ActivityFilter, ActivityLine, ChainFault, Hash, Store, hash_of,
};
use rusqlite::Connection;

use crate::fixtures::{Home, at, fill, lease};

fn line(n: i64) -> ActivityLine {
    ActivityLine {
        at: at(n),
        kind: "lease.cut".to_owned(),
        actor: "timer".to_owned(),
        outcome: "done".to_owned(),
        lease_id: Some(format!("lease-{n}")),
        secret: Some("s3-upload".to_owned()),
        secret_id: (n % 3 == 0).then(|| format!("secret-{n}")),
        connection: Some("main".to_owned()),
        account_id: Some("123456789012".to_owned()),
        text: format!("AWS deleted key number {n}."),
        calls: vec![ActivityCall {
            action: "iam:DeleteAccessKey".to_owned(),
            resource: Some(format!("user/lh-{n}")),
            code: (n % 2 == 0).then(|| "NoSuchEntity".to_owned()),
            request_id: Some(format!("00000000-0000-4000-8000-{n:012}")),
        }],
    }
}

/// A home with ten lines, closed in order.
fn ten() -> Home {
    let home = Home::new();
    let store = home.store();
    for n in 1..=10 {
        assert_eq!(store.activity().add(&line(n)).unwrap(), n);
    }
    store.close_clean();
    home
}

/// Changes the file with another program, after it has dropped what holds it up.
fn tamper(home: &Home, sql: &str) {
    let db = Connection::open(home.state()).unwrap();
    db.execute_batch(
        "DROP TRIGGER activity_at_the_end; DROP TRIGGER activity_stays_as_it_is;
         DROP TRIGGER activity_stays;",
    )
    .unwrap();
    db.execute_batch(sql).unwrap();
    db.close().unwrap();
}

/// Moves every line from `from` on by one place, away from or into a gap.
const SHIFT_DOWN: &str = "UPDATE activity SET seq = -seq WHERE seq > 4; \
                          UPDATE activity SET seq = -seq - 1 WHERE seq < 0;";
const SHIFT_UP: &str = "UPDATE activity SET seq = -seq WHERE seq >= 4; \
                        UPDATE activity SET seq = -seq + 1 WHERE seq < 0;";
/// A line like the fourth, but with another text.
const COPY_OF_3_AT_4: &str = "INSERT INTO activity SELECT 4, at, kind, actor, outcome, lease_id, \
                              secret, connection, account_id, 'Nothing happened.', calls, hash, \
                              secret_id FROM activity WHERE seq = 3;";

fn fault_after(sql: &str) -> ChainFault {
    let home = ten();
    tamper(&home, sql);
    let verdict = home.store().activity().verify().unwrap();
    verdict.fault.unwrap_or_else(|| panic!("not found: {sql}"))
}

#[test]
fn an_untouched_log_verifies_and_its_head_is_the_newest_hash() {
    let home = ten();
    let store = home.store();
    let verdict = store.activity().verify().unwrap();
    assert_eq!((verdict.entries, &verdict.fault), (10, &None));
    let newest = store.activity().newest(&ActivityFilter::default(), None, 1);
    assert_eq!(newest.unwrap()[0].hash, verdict.head);
    assert_eq!(store.activity().head().unwrap().hash, verdict.head);
    assert_eq!(store.activity().place_of(&verdict.head).unwrap(), Some(10));
    assert_eq!(store.activity().place_of(&Hash([7; 32])).unwrap(), None);
}

#[test]
fn an_empty_log_verifies() {
    let verdict = Home::new().store().activity().verify().unwrap();
    assert_eq!((verdict.entries, verdict.head), (0, Hash::START));
    assert_eq!(verdict.fault, None);
}

#[test]
fn an_edit_of_any_column_is_named() {
    for edit in [
        "at = at + 1",
        "kind = 'lease.ended'",
        "actor = 'cli'",
        "outcome = 'failed'",
        "lease_id = 'lease-55'",
        "lease_id = NULL",
        "secret = ''",
        "secret = NULL",
        "connection = 'mainn'",
        "account_id = '123456789013'",
        "text = text || ' '",
        "text = ''",
        "calls = '[]'",
        "calls = replace(calls, '8000', '8001')",
        "calls = replace(calls, 'null', '\"\"')",
        "calls = ' ' || calls",
        "calls = 'no list'",
        "hash = zeroblob(32)",
        "secret = connection, connection = secret",
    ] {
        let fault = fault_after(&format!("UPDATE activity SET {edit} WHERE seq = 5"));
        assert_eq!(fault, ChainFault::Edited { seq: 5 }, "{edit}");
    }
}

#[test]
fn an_edit_whose_hash_was_made_anew_is_found_at_the_next_line() {
    let home = ten();
    let before = home
        .store()
        .activity()
        .newest(&ActivityFilter::default(), Some(6), 1);
    let mut row = before.unwrap().remove(0);
    row.line.text = "Nothing happened.".to_owned();
    let hash = hash_of(&row.previous, 5, &row.line);
    tamper(
        &home,
        &format!("UPDATE activity SET text = 'Nothing happened.', hash = x'{hash}' WHERE seq = 5"),
    );
    let fault = home.store().activity().verify().unwrap().fault.unwrap();
    assert_eq!(fault, ChainFault::Edited { seq: 6 });
    assert!(fault.to_string().contains("or line 5 was"), "{fault}");
}

#[test]
fn a_removed_line_is_named_wherever_it_stood() {
    let removed = |from, to| ChainFault::Removed { from, to };
    let delete = |what: &str| fault_after(&format!("DELETE FROM activity WHERE {what}"));
    assert_eq!(delete("seq = 1"), removed(1, 1));
    assert_eq!(delete("seq = 5"), removed(5, 5));
    assert_eq!(delete("seq IN (5, 6, 7)"), removed(5, 7));
    let cut = |from| ChainFault::CutOff { from, to: 10 };
    assert_eq!(delete("seq = 10"), cut(10));
    assert_eq!(delete("seq >= 8"), cut(8));
    assert_eq!(delete("1"), cut(1));
    // With the lines after it moved up, and the note of the end made to fit.
    let moved_up = format!(
        "DELETE FROM activity WHERE seq = 4; {SHIFT_DOWN} \
         UPDATE activity_head SET entries = 9, hash = (SELECT hash FROM activity WHERE seq = 9)"
    );
    assert_eq!(fault_after(&moved_up), removed(4, 4));
}

#[test]
fn lines_cut_off_with_the_note_of_the_end_made_to_fit_are_missed_by_a_head_kept_elsewhere() {
    let home = ten();
    let kept = home.store().activity().head().unwrap().hash;
    tamper(
        &home,
        "DELETE FROM activity WHERE seq > 7; \
         UPDATE activity_head SET entries = 7, hash = (SELECT hash FROM activity WHERE seq = 7)",
    );
    let store = home.store();
    // The file alone cannot tell: this is what the printed head is for.
    assert_eq!(store.activity().verify().unwrap().fault, None);
    assert_eq!(store.activity().place_of(&kept).unwrap(), None);
}

#[test]
fn an_added_line_is_named() {
    let added = |seq| ChainFault::Added { seq };
    let put_in = format!("{SHIFT_UP} {COPY_OF_3_AT_4}");
    assert_eq!(fault_after(&put_in), added(4));
    assert_eq!(
        fault_after(
            "INSERT INTO activity SELECT 0, at, kind, actor, outcome, lease_id, secret, \
             connection, account_id, text, calls, hash, secret_id FROM activity WHERE seq = 3"
        ),
        added(0)
    );
    // At the end, with a hash that fits, but past the noted end.
    let home = ten();
    let head = home.store().activity().head().unwrap();
    let hash = hash_of(&head.hash, 11, &line(11));
    tamper(
        &home,
        &format!(
            "INSERT INTO activity SELECT 11, at + 1000, kind, actor, outcome, 'lease-11', secret, \
             connection, account_id, 'AWS deleted key number 11.', \
             '[[\"iam:DeleteAccessKey\",\"user/lh-11\",null,\
             \"00000000-0000-4000-8000-000000000011\"]]', x'{hash}', secret_id FROM activity WHERE seq = 10"
        ),
    );
    let verdict = home.store().activity().verify().unwrap();
    assert_eq!(verdict.entries, 11, "its hash fits: {verdict:?}");
    assert_eq!(verdict.fault, Some(added(11)));
}

#[test]
fn an_added_line_with_a_hash_that_fits_is_named() {
    let home = ten();
    let third = home
        .store()
        .activity()
        .newest(&ActivityFilter::default(), Some(4), 1);
    let mut row = third.unwrap().remove(0);
    row.line.text = "Nothing happened.".to_owned();
    let hash = hash_of(&row.hash, 4, &row.line);
    let sql =
        format!("{SHIFT_UP} {COPY_OF_3_AT_4} UPDATE activity SET hash = x'{hash}' WHERE seq = 4");
    tamper(&home, &sql);
    let fault = home.store().activity().verify().unwrap().fault;
    assert_eq!(fault, Some(ChainFault::Added { seq: 4 }));
}

#[test]
fn lines_in_another_order_are_named() {
    let exchange = |a: i64, b: i64| {
        fault_after(&format!(
            "UPDATE activity SET seq = -1 WHERE seq = {a}; \
             UPDATE activity SET seq = {a} WHERE seq = {b}; \
             UPDATE activity SET seq = {b} WHERE seq = -1"
        ))
    };
    assert_eq!(exchange(3, 4), ChainFault::Moved { seq: 3, from: 4 });
    assert_eq!(exchange(3, 7), ChainFault::Moved { seq: 3, from: 7 });
    assert_eq!(exchange(1, 2), ChainFault::Moved { seq: 1, from: 2 });
    assert_eq!(exchange(9, 10), ChainFault::Moved { seq: 9, from: 10 });
}

#[test]
fn a_note_of_the_end_that_was_changed_is_named() {
    assert_eq!(
        fault_after("UPDATE activity_head SET hash = zeroblob(32)"),
        ChainFault::OtherEnd { seq: 10 }
    );
    assert_eq!(
        fault_after("UPDATE activity_head SET entries = 12"),
        ChainFault::CutOff { from: 11, to: 12 }
    );
    assert_eq!(
        fault_after("UPDATE activity_head SET entries = 8"),
        ChainFault::Added { seq: 9 }
    );
    assert_eq!(
        fault_after("DELETE FROM activity_head"),
        ChainFault::NoEnd { seq: 10 }
    );
}

#[test]
fn another_program_cannot_change_a_line_without_taking_the_triggers_away() {
    let home = ten();
    let db = Connection::open(home.state()).unwrap();
    for sql in [
        "UPDATE activity SET text = 'x' WHERE seq = 5",
        "DELETE FROM activity WHERE seq = 5",
        "DELETE FROM activity",
        "INSERT OR REPLACE INTO activity SELECT 5, at, kind, actor, outcome, lease_id, secret, \
         connection, account_id, 'x', calls, hash, secret_id FROM activity WHERE seq = 4",
        "INSERT INTO activity SELECT 12, at, kind, actor, outcome, lease_id, secret, connection, \
         account_id, 'x', calls, hash, secret_id FROM activity WHERE seq = 4",
    ] {
        let error = db.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("activity lines are"), "{sql}: {error}");
    }
    drop(db);
    assert_eq!(home.store().activity().verify().unwrap().fault, None);
}

#[test]
fn a_change_and_its_line_are_written_both_or_neither() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let leases = || store.leases();
    let claim = leases()
        .noting(&line(1))
        .insert_claimed(&lease("lease-1"), "a", at(60));
    let claim = claim.unwrap();
    assert_eq!(store.activity().head().unwrap().entries, 1);
    // Refused: the same id again, and a claim that was given back.
    leases()
        .noting(&line(2))
        .insert(&lease("lease-1"))
        .unwrap_err();
    leases().release(&claim).unwrap();
    let mut row = lease("lease-1");
    row.state = LeaseState::Active;
    leases().noting(&line(3)).save(&claim, &row).unwrap_err();
    assert_eq!(store.activity().head().unwrap().entries, 1);
    assert_eq!(
        leases().by_id("lease-1").unwrap().unwrap().state,
        LeaseState::Issuing
    );
    assert_eq!(store.activity().verify().unwrap().fault, None);
}

#[test]
fn asking_for_many_ends_writes_a_line_for_each_lease_it_concerns() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    for id in ["a", "b"] {
        store.leases().insert(&lease(id)).unwrap();
    }
    let mut template = line(1);
    template.lease_id = None;
    let ids = ["a", "b", "no-such"].map(str::to_owned);
    let asked = store
        .leases()
        .noting(&template)
        .ask_end(&ids, at(1))
        .unwrap();
    assert_eq!(asked, 2);
    // Asked already: nothing changes, nothing is told.
    assert_eq!(
        store
            .leases()
            .noting(&template)
            .ask_end(&ids, at(2))
            .unwrap(),
        0
    );
    let mut expected = vec![];
    for (seq, id) in (1..).zip(["a", "b"]) {
        let rows = store.leases().events(id).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].seq, rows[0].line.secret.as_deref()),
            (seq, Some("s3-upload"))
        );
        expected.push(id.to_owned());
    }
    let stay = store
        .leases()
        .noting(&template)
        .unask_end(&ids, at(9))
        .unwrap();
    assert_eq!(stay, expected);
    assert_eq!(store.activity().verify().unwrap().entries, 4);
}

#[test]
fn two_processes_at_once_keep_one_chain_without_gaps() {
    const EACH: i64 = 60;
    let home = Home::new();
    let stores: Vec<Store> = (0..4).map(|_| home.store()).collect();
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(move || {
                for n in 0..EACH {
                    store.activity().add(&line(n)).unwrap();
                }
            });
        }
        // Meanwhile somebody verifies.
        for _ in 0..5 {
            assert_eq!(stores[0].activity().verify().unwrap().fault, None);
        }
    });
    let verdict = stores[0].activity().verify().unwrap();
    assert_eq!((verdict.entries, verdict.fault), (EACH * 4, None));
}

#[test]
fn a_log_of_many_pages_verifies_and_a_fault_deep_inside_is_found() {
    let home = Home::new();
    let store = home.store();
    store.settings().set("a", "b").unwrap();
    for n in 1..=1_203 {
        store.activity().add(&line(n)).unwrap();
    }
    let verdict = store.activity().verify().unwrap();
    assert_eq!((verdict.entries, verdict.fault), (1_203, None));
    drop(store);
    tamper(&home, "UPDATE activity SET at = at - 1 WHERE seq = 1001");
    let fault = home.store().activity().verify().unwrap().fault;
    assert_eq!(fault, Some(ChainFault::Edited { seq: 1_001 }));
}

#[test]
fn search_finds_words_users_leases_and_request_ids_anywhere_and_nothing_else() {
    let home = ten();
    let store = home.store();
    let found = |search: &str| -> Vec<i64> {
        let filter = ActivityFilter {
            search: Some(search.to_owned()),
            ..ActivityFilter::default()
        };
        let rows = store.activity().newest(&filter, None, 100).unwrap();
        rows.into_iter().map(|row| row.seq).collect()
    };
    assert_eq!(found("user/lh-7"), [7]);
    assert_eq!(found("000000000003"), [3]);
    assert_eq!(found("NUMBER 4"), [4]);
    assert_eq!(found("lease-10"), [10]);
    assert_eq!(found("nosuchentity"), [10, 8, 6, 4, 2]);
    // The same trigrams in another order are not the text.
    assert_eq!(found("key numbre"), Vec::<i64>::new());
    assert_eq!(found("4."), [4]);
    assert_eq!(found("100%"), Vec::<i64>::new());
    assert_eq!(found("\"; DROP"), Vec::<i64>::new());
    assert_eq!(found("  "), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn filters_and_pages_go_together() {
    let home = ten();
    let store = home.store();
    let seqs = |filter: &ActivityFilter, before, limit| -> Vec<i64> {
        let rows = store.activity().newest(filter, before, limit).unwrap();
        rows.into_iter().map(|row| row.seq).collect()
    };
    let all = ActivityFilter::default();
    assert_eq!(seqs(&all, None, 3), [10, 9, 8]);
    assert_eq!(seqs(&all, Some(8), 3), [7, 6, 5]);
    let between = ActivityFilter {
        since: Some(at(3)),
        until: Some(at(5)),
        ..all.clone()
    };
    assert_eq!(seqs(&between, None, 10), [5, 4, 3]);
    let of_lease = ActivityFilter {
        lease_id: Some("lease-6".to_owned()),
        connection: Some("main".to_owned()),
        secret: Some("s3-upload".to_owned()),
        outcomes: vec!["done".to_owned(), "failed".to_owned()],
        search: Some("key".to_owned()),
        ..all.clone()
    };
    assert_eq!(seqs(&of_lease, None, 10), [6]);
    let none = ActivityFilter {
        outcomes: vec!["alarm".to_owned()],
        ..all.clone()
    };
    assert_eq!(seqs(&none, None, 10), Vec::<i64>::new());
    let oldest = store.activity().oldest(&all, 8, 10).unwrap();
    assert_eq!(
        oldest.iter().map(|row| row.seq).collect::<Vec<_>>(),
        [9, 10]
    );
    assert_eq!(oldest[1].previous, oldest[0].hash);
}

#[test]
fn the_id_of_a_secret_is_part_of_the_chain_and_lines_without_one_are_hashed_as_ever() {
    for sql in [
        "UPDATE activity SET secret_id = NULL WHERE seq = 6",
        "UPDATE activity SET secret_id = 'secret-7' WHERE seq = 6",
        "UPDATE activity SET secret_id = '' WHERE seq = 6",
    ] {
        assert_eq!(fault_after(sql), ChainFault::Edited { seq: 6 }, "{sql}");
    }
    let sql = "UPDATE activity SET secret_id = 'secret-6' WHERE seq = 5";
    assert_eq!(fault_after(sql), ChainFault::Edited { seq: 5 });
    // Texts at the end of one line and of another are not mistaken for each other.
    let bare = ActivityLine {
        secret_id: None,
        calls: Vec::new(),
        ..line(3)
    };
    let named = ActivityLine {
        secret_id: Some(String::new()),
        ..bare.clone()
    };
    assert_ne!(
        hash_of(&Hash::START, 1, &bare),
        hash_of(&Hash::START, 1, &named)
    );
}

#[test]
fn lines_of_two_secrets_of_one_name_are_told_apart_by_id() {
    let home = ten();
    let of = |secret_id: &str| -> Vec<i64> {
        let filter = ActivityFilter {
            secret_id: Some(secret_id.to_owned()),
            ..ActivityFilter::default()
        };
        let rows = home.store().activity().newest(&filter, None, 10).unwrap();
        rows.into_iter().map(|row| row.seq).collect()
    };
    assert_eq!(
        [of("secret-3"), of("secret-9"), of("s3-upload")],
        [vec![3], vec![9], vec![]]
    );
}
