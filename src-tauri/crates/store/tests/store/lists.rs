//! Pages, filters and searches over leases.

use leasehold_domain::LeaseState;
use leasehold_store::{LeaseFilter, LeaseRow, Store};

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
    for (n, state) in LeaseState::ALL.into_iter().enumerate() {
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
