//! Ways in that are shut together with what came by them, and leases that are on their way meanwhile.

use std::collections::BTreeMap;

use leasehold_store::{
    AuthMethodRow, LeaseCallerRow, PrincipalRow, SessionRow, Standing, Store, StoreError,
    TheirLeases, WayIn,
};

use crate::fixtures::{Home, at, fill, lease, line};

const METHOD: &str = "p-abcdefgh234567";
const ROLE: &str = "AROAEXAMPLE";

/// A method by which one role is logged in.
fn home() -> (Home, Store) {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let method = AuthMethodRow {
        access_id: METHOD.to_owned(),
        name: "/ci/runners".to_owned(),
        draft: "{}".to_owned(),
        enabled: true,
        protected: false,
        expires_at: None,
        notified_days: Vec::new(),
        created_at: at(0),
        updated_at: at(0),
    };
    store.auth_methods().insert(&method).unwrap();
    let role = PrincipalRow {
        id: "who".to_owned(),
        access_id: METHOD.to_owned(),
        asserted_by: String::new(),
        stable_id: ROLE.to_owned(),
        arn: "arn:aws:sts::123456789012:assumed-role/dev/i-1".to_owned(),
        account_id: "123456789012".to_owned(),
        standing: Standing::Always,
        first_seen_at: at(0),
        last_seen_at: at(0),
    };
    store.principals().meet(&role).unwrap();
    let session = SessionRow {
        id: "in".to_owned(),
        token_hash: [1; 32],
        access_id: METHOD.to_owned(),
        session: "{}".to_owned(),
        client: "unix".to_owned(),
        gateway: None,
        issued_at: at(0),
        expires_at: at(900),
    };
    store.sessions().insert(&session).unwrap();
    (home, store)
}

/// Records a lease that somebody asks for in a session.
fn ask(store: &Store, id: &str, stable_id: &str, asserted_by: &str) -> Result<(), StoreError> {
    let caller = LeaseCallerRow {
        lease_id: id.to_owned(),
        access_id: METHOD.to_owned(),
        asserted_by: asserted_by.to_owned(),
        stable_id: stable_id.to_owned(),
        arn: "arn:aws:sts::123456789012:assumed-role/dev/i-1".to_owned(),
        claims: BTreeMap::new(),
        client: "unix".to_owned(),
        gateway: None,
    };
    let leases = store.leases();
    let made = leases.insert_claimed_for(&lease(id), "worker", at(60), Some((&caller, "in")));
    made.map(drop)
}

/// Shuts a way with the leases of the method, or of one identity of it.
fn shut(store: &Store, way: WayIn<'_>, identity: Option<(&str, &str)>) -> Vec<String> {
    let asked = line("none", 30, "lease.revoke_asked");
    let theirs = TheirLeases {
        access_id: METHOD,
        identity,
        at: at(30),
        line: &asked,
    };
    let told = line("none", 30, "shut");
    store.shut(way, &told, Some(theirs)).unwrap()
}

fn is_to_end(store: &Store, id: &str) -> bool {
    let row = store.leases().by_id(id).unwrap().unwrap();
    row.end_asked_at == Some(at(30))
}

#[test]
fn whoever_is_kept_out_loses_what_they_got_and_nobody_else_does() {
    let (_home, store) = home();
    ask(&store, "theirs", ROLE, "").unwrap();
    ask(&store, "anothers", "AROAANOTHER", "").unwrap();
    ask(&store, "elsewheres", ROLE, "https://sts.example.com").unwrap();
    let ended = shut(&store, WayIn::Identity { id: "who" }, Some(("", ROLE)));
    assert_eq!(ended, ["theirs"]);
    let is_to_end = |id| is_to_end(&store, id);
    assert!(is_to_end("theirs") && !is_to_end("anothers") && !is_to_end("elsewheres"));
    let known = store.principals().by_id("who").unwrap().unwrap();
    assert_eq!(known.standing, Standing::Denied);
    let told = store.leases().events("theirs").unwrap();
    assert_eq!(told.last().unwrap().line.kind, "lease.revoke_asked");
    // Once more, by somebody whose first try was cut off: the same leases, and no line twice.
    let again = shut(&store, WayIn::Identity { id: "who" }, Some(("", ROLE)));
    assert_eq!(again, ["theirs"]);
    assert_eq!(store.leases().events("theirs").unwrap().len(), told.len());
}

#[test]
fn every_way_takes_along_what_came_by_it() {
    for way in [
        WayIn::Method {
            access_id: METHOD,
            now: at(30),
        },
        WayIn::MethodForGood { access_id: METHOD },
        WayIn::Session { id: "in" },
    ] {
        let (_home, store) = home();
        ask(&store, "one", ROLE, "").unwrap();
        ask(&store, "two", "AROAANOTHER", "").unwrap();
        assert_eq!(shut(&store, way, None), ["one", "two"], "{way:?}");
        assert!(is_to_end(&store, "one") && is_to_end(&store, "two"));
        assert!(store.sessions().live(at(0)).unwrap().is_empty(), "{way:?}");
    }
}

#[test]
fn a_way_that_is_not_there_ends_no_lease() {
    let (_home, store) = home();
    ask(&store, "one", ROLE, "").unwrap();
    let before = store.activity().head().unwrap().entries;
    let asked = line("none", 30, "lease.revoke_asked");
    let theirs = TheirLeases {
        access_id: METHOD,
        identity: None,
        at: at(30),
        line: &asked,
    };
    for way in [
        WayIn::Session { id: "none" },
        WayIn::Identity { id: "none" },
        WayIn::MethodForGood { access_id: "none" },
    ] {
        let shut = store.shut(way, &line("none", 30, "shut"), Some(theirs));
        assert!(matches!(shut, Err(StoreError::NotFound { .. })), "{way:?}");
    }
    assert!(!is_to_end(&store, "one"));
    assert_eq!(store.activity().head().unwrap().entries, before);
}

#[test]
fn a_lease_that_is_on_its_way_while_the_way_is_shut_is_not_recorded() {
    for way in [
        WayIn::Method {
            access_id: METHOD,
            now: at(30),
        },
        WayIn::MethodForGood { access_id: METHOD },
        WayIn::Session { id: "in" },
        WayIn::Identity { id: "who" },
    ] {
        let (_home, store) = home();
        assert!(shut(&store, way, None).is_empty());
        let late = ask(&store, "late", ROLE, "");
        let is_session = matches!(
            &late,
            Err(StoreError::NotFound {
                what: "session",
                ..
            })
        );
        assert!(is_session, "{way:?}: {late:?}");
        assert!(store.leases().by_id("late").unwrap().is_none(), "{way:?}");
    }
}
