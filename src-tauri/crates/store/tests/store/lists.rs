//! Pages, filters and searches over leases.

use leasehold_domain::LeaseState;
use leasehold_store::{
    LeaseFilter, LeaseMark, LeaseOrder, LeasePageFilter, LeaseRow, LeaseSet, Store,
};

use crate::fixtures::{Home, at, fill, lease, secret};

fn ids(rows: Vec<LeaseRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.id).collect()
}

fn listed(store: &Store, filter: LeaseFilter) -> Vec<String> {
    let rows = store.leases().list(&filter).unwrap();
    if filter.limit.is_none() && filter.offset == 0 {
        assert_eq!(
            store.leases().count(&filter).unwrap(),
            rows.len() as u64,
            "{filter:?}"
        );
    }
    ids(rows)
}

/// Seven leases, one per state, a second apart; the last of another secret.
fn seven() -> (Home, Store) {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    store
        .secrets()
        .insert(&secret(&store, "secret-2", "deploy"))
        .unwrap();
    // `expired` is listed as `revoked` is; a test of the migrations holds that.
    let states = LeaseState::ALL.into_iter();
    let states = states.filter(|state| *state != LeaseState::Expired);
    for (n, state) in states.enumerate() {
        let mut row = lease(&format!("l{n}"));
        row.state = state;
        row.created_at = at(n as i64);
        row.expires_at = at(1000 - n as i64);
        store.leases().insert(&row).unwrap();
    }
    let mut other = lease("other");
    other.secret_id = Some("secret-2".to_owned());
    other.secret_name = "deploy".to_owned();
    other.state = LeaseState::Active;
    other.access_key_id = Some("AKIAOTHERKEY12345678".to_owned());
    other.label = Some("50%_off\\ \"quoted\" Überweisung".to_owned());
    other.created_at = at(100);
    store.leases().insert(&other).unwrap();
    (home, store)
}

#[test]
fn lists_are_newest_first_and_pages_do_not_overlap() {
    let (_home, store) = seven();
    let all = listed(&store, LeaseFilter::default());
    assert_eq!(all, ["other", "l6", "l5", "l4", "l3", "l2", "l1", "l0"]);
    let page = |offset| {
        listed(
            &store,
            LeaseFilter {
                limit: Some(3),
                offset,
                ..LeaseFilter::default()
            },
        )
    };
    assert_eq!([page(0), page(3), page(6), page(9)].concat(), all);
}

#[test]
fn filters_by_secret_state_and_openness_combine() {
    let (_home, store) = seven();
    let secret_id = Some("secret-1".to_owned());
    let filter = LeaseFilter {
        secret_id: secret_id.clone(),
        ..LeaseFilter::default()
    };
    assert_eq!(listed(&store, filter).len(), 7);
    let states = vec![LeaseState::Active, LeaseState::Revoked, LeaseState::Active];
    let filter = LeaseFilter {
        secret_id,
        states: states.clone(),
        ..LeaseFilter::default()
    };
    assert_eq!(listed(&store, filter), ["l4", "l1"]);
    let filter = LeaseFilter {
        states,
        open_only: true,
        ..LeaseFilter::default()
    };
    assert_eq!(listed(&store, filter), ["other", "l1"]);
    let filter = LeaseFilter {
        states: LeaseState::ALL.to_vec(),
        ..LeaseFilter::default()
    };
    assert_eq!(listed(&store, filter).len(), 8);
}

#[test]
fn search_finds_any_part_of_name_key_label_and_secret_without_regard_to_case() {
    let (_home, store) = seven();
    let found = |text: &str| {
        listed(
            &store,
            LeaseFilter {
                search: Some(text.to_owned()),
                ..LeaseFilter::default()
            },
        )
    };
    for text in [
        "otherkey",
        "OTHERKEY",
        "deploy",
        "eplo",
        "de",
        "50%",
        "50%_off",
        "0%",
        "%_",
        "_o",
        "f\\",
        "\\ \"q",
        "\"quoted\"",
        "  deploy ",
        "Überw",
        "user-of-other",
    ] {
        assert_eq!(found(text), ["other"], "{text:?}");
    }
    for text in [
        "no-such",
        "zq",
        "%%",
        "__",
        "\" OR \"",
        "user*",
        "quoted\" AND \"deploy",
        "5__",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text:?}");
    }
    for text in ["", "   ", "\0"] {
        assert_eq!(found(text).len(), 8, "{text:?}");
    }
    assert_eq!(found("user-of-l").len(), 7);
    let filter = LeaseFilter {
        search: Some("user-of".to_owned()),
        open_only: true,
        limit: Some(2),
        offset: 1,
        ..LeaseFilter::default()
    };
    assert_eq!(listed(&store, filter), ["l3", "l2"]);
}

#[test]
fn search_follows_what_is_learned_later() {
    let (_home, store) = seven();
    let claim = store
        .leases()
        .claim("l0", "me", at(0), at(9))
        .unwrap()
        .unwrap();
    let mut row = store.leases().by_id("l0").unwrap().unwrap();
    row.access_key_id = Some("AKIALEARNED".to_owned());
    row.user_name = "renamed".to_owned();
    store.leases().save(&claim, &row).unwrap();
    let found = |text: &str| {
        listed(
            &store,
            LeaseFilter {
                search: Some(text.to_owned()),
                ..LeaseFilter::default()
            },
        )
    };
    assert_eq!(found("learned"), ["l0"]);
    assert_eq!(found("renamed"), ["l0"]);
    assert_eq!(found("user-of-l0"), Vec::<String>::new());
}

#[test]
fn open_leases_and_deadlines_are_exactly_those_not_at_rest() {
    let (_home, store) = seven();
    let mut expected: Vec<String> = LeaseState::ALL
        .iter()
        .enumerate()
        .filter(|(_, state)| state.is_open())
        .map(|(n, _)| format!("l{n}"))
        .rev()
        .collect();
    expected.push("other".to_owned());
    assert_eq!(ids(store.leases().open().unwrap()), expected);

    store
        .leases()
        .claim("l0", "me", at(0), at(77))
        .unwrap()
        .unwrap();
    let deadlines = store.leases().deadlines().unwrap();
    assert_eq!(
        deadlines
            .iter()
            .map(|d| d.lease_id.clone())
            .collect::<Vec<_>>(),
        expected
    );
    let of_l0 = deadlines.iter().find(|d| d.lease_id == "l0").unwrap();
    assert_eq!(
        (of_l0.state, of_l0.claim_until),
        (LeaseState::Issuing, Some(at(77)))
    );
    assert_eq!(store.leases().open_of_connection("conn-1").unwrap(), 5);
    assert_eq!(store.leases().open_of_connection("conn-2").unwrap(), 0);
}

#[test]
fn counts_per_secret_know_the_next_expiry_of_active_leases() {
    let (_home, store) = seven();
    let mut counts = store.leases().counts().unwrap();
    counts.sort_by(|a, b| a.secret_id.cmp(&b.secret_id));
    let told: Vec<_> = counts
        .iter()
        .map(|c| (c.secret_id.as_str(), c.open, c.active, c.next_expiry))
        .collect();
    assert_eq!(
        told,
        [
            ("secret-1", 4, 1, Some(at(999))),
            ("secret-2", 1, 1, Some(at(3600)))
        ]
    );
}

fn page_ids(store: &Store, filter: &LeasePageFilter) -> Vec<String> {
    ids(store.leases().page(filter).unwrap().rows)
}

/// Every page of the filter one after the other, to the end and back again.
fn paged(store: &Store, filter: &LeasePageFilter, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut ends = Vec::new();
    let mut next = LeasePageFilter {
        limit,
        ..filter.clone()
    };
    loop {
        let page = store.leases().page(&next).unwrap();
        let Some((first, last)) = page.ends else {
            break;
        };
        // A mark survives being written down.
        let last = LeaseMark::parse(&last.text(), filter).unwrap();
        found.extend(ids(page.rows));
        ends.push(first);
        next.after = Some(last);
        if !page.more {
            break;
        }
    }
    for (at, mark) in ends.iter().enumerate().skip(1) {
        let back = LeasePageFilter {
            limit,
            before: Some(mark.clone()),
            ..filter.clone()
        };
        let page = store.leases().page(&back).unwrap();
        let (from, until) = ((at - 1) * limit as usize, at * limit as usize);
        assert_eq!(ids(page.rows), found[from..until], "{filter:?}");
        assert_eq!(page.more, at > 1);
    }
    found
}

const ORDERS: [LeaseOrder; 4] = [
    LeaseOrder::Recorded,
    LeaseOrder::Name,
    LeaseOrder::Gravity,
    LeaseOrder::End,
];

#[test]
fn pages_in_every_order_hold_each_lease_once_also_going_back() {
    let (_home, store) = seven();
    for order in ORDERS {
        let filter = LeasePageFilter {
            order,
            limit: 100,
            ..LeasePageFilter::default()
        };
        let whole = page_ids(&store, &filter);
        assert_eq!(whole.len(), 8);
        assert_eq!(paged(&store, &filter, 3), whole, "{order:?}");
        let turned = LeasePageFilter {
            ascending: true,
            ..filter
        };
        let mut other: Vec<_> = paged(&store, &turned, 3);
        other.reverse();
        assert_eq!(other, whole, "{order:?}");
    }
    let by_end = LeasePageFilter {
        order: LeaseOrder::End,
        ascending: true,
        limit: 3,
        ..LeasePageFilter::default()
    };
    assert_eq!(page_ids(&store, &by_end), ["l6", "l5", "l4"]);
}

#[test]
fn a_page_stays_what_it_was_when_leases_come_in_before_it() {
    let (_home, store) = seven();
    let first = LeasePageFilter {
        limit: 3,
        ..LeasePageFilter::default()
    };
    let page = store.leases().page(&first).unwrap();
    let second = LeasePageFilter {
        after: page.ends.map(|ends| ends.1),
        ..first.clone()
    };
    let before = page_ids(&store, &second);
    let mut row = lease("fresh");
    row.created_at = at(500);
    store.leases().insert(&row).unwrap();
    assert_eq!(page_ids(&store, &second), before);
    assert_eq!(page_ids(&store, &first)[0], "fresh");
}

#[test]
fn a_page_is_chosen_by_set_secret_connection_environment_and_words() {
    let (_home, store) = seven();
    let all = LeasePageFilter {
        limit: 100,
        ..LeasePageFilter::default()
    };
    let found = |filter: &LeasePageFilter| {
        let pages = page_ids(&store, filter);
        assert_eq!(
            store.leases().count_of(filter).unwrap(),
            pages.len() as u64,
            "{filter:?}"
        );
        for order in ORDERS {
            let mut other = page_ids(
                &store,
                &LeasePageFilter {
                    order,
                    ..filter.clone()
                },
            );
            let mut same = pages.clone();
            other.sort();
            same.sort();
            assert_eq!(other, same, "{order:?} {filter:?}");
        }
        pages
    };
    let ended = LeasePageFilter {
        set: LeaseSet::Ended,
        ..all.clone()
    };
    assert_eq!(found(&ended), ["l6", "l5", "l4"]);
    let of_other = LeasePageFilter {
        secret_id: Some("secret-2".into()),
        ..all.clone()
    };
    assert_eq!(found(&of_other), ["other"]);
    let nowhere = LeasePageFilter {
        environment: Some("no-such".into()),
        ..all.clone()
    };
    assert_eq!(found(&nowhere), Vec::<String>::new());
    let environment = store.leases().by_id("l1").unwrap().unwrap().environment;
    let here = LeasePageFilter {
        environment: Some(environment),
        ..all.clone()
    };
    assert_eq!(found(&here).len(), 8);
    let nobody = LeasePageFilter {
        connection: Some("no-such".into()),
        ..all.clone()
    };
    assert_eq!(found(&nobody), Vec::<String>::new());
    for (words, expected) in [
        ("deploy otherkey", vec!["other"]),
        ("deploy no-such", vec![]),
        ("user-of l1", vec!["l1"]),
        ("l1", vec!["l1"]),
        ("0% Ü", vec!["other"]),
        ("\"quoted\"", vec!["other"]),
        ("\" OR \"", vec![]),
        ("%_ l1", vec![]),
    ] {
        let filter = LeasePageFilter {
            search: Some(words.into()),
            ..all.clone()
        };
        assert_eq!(found(&filter), expected, "{words:?}");
    }
    let blank = LeasePageFilter {
        search: Some(" \0 ".into()),
        ..all
    };
    assert_eq!(found(&blank).len(), 8);
}

#[test]
fn what_needs_a_person_is_found_however_long_ago_it_ended() {
    let (_home, store) = seven();
    let mut row = lease("leaked");
    row.state = LeaseState::Revoked;
    row.alarm = Some("AWS quarantined it.".to_owned());
    store.leases().insert(&row).unwrap();
    let mut row = lease("stuck");
    row.state = LeaseState::Revoking;
    row.attempts = 2;
    row.reason = Some("AWS denies iam:DeleteUser.".to_owned());
    store.leases().insert(&row).unwrap();
    let filter = LeasePageFilter {
        set: LeaseSet::Attention,
        order: LeaseOrder::Gravity,
        ascending: true,
        limit: 10,
        ..LeasePageFilter::default()
    };
    assert_eq!(page_ids(&store, &filter), ["stuck", "leaked"]);
}

#[test]
fn a_mark_of_another_order_or_of_nobody_is_not_taken() {
    let (_home, store) = seven();
    let by_name = LeasePageFilter {
        order: LeaseOrder::Name,
        limit: 2,
        ..LeasePageFilter::default()
    };
    let by_end = LeasePageFilter {
        order: LeaseOrder::End,
        ..by_name.clone()
    };
    let (_, last) = store.leases().page(&by_name).unwrap().ends.unwrap();
    assert_eq!(LeaseMark::parse(&last.text(), &by_name), Some(last.clone()));
    assert_eq!(LeaseMark::parse(&last.text(), &by_end), None);
    for text in [
        "",
        "null",
        "[1]",
        "[1,2,3]",
        "[1.5,2]",
        "[\"a\",\"b\"]",
        "[1e99,2]",
        "{}",
    ] {
        assert_eq!(LeaseMark::parse(text, &by_end), None, "{text}");
    }
}
