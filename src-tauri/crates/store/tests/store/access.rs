//! Auth methods, roles and sessions: what goes in comes out, what belongs together ends together, and a
//! cloud identity is taken once.

use leasehold_store::{
    AccessRoleRow, AccessRuleRow, AssociationRow, AuthMethodRow, PrincipalRow, SessionRow,
    Standing, Store, StoreError, WayIn,
};

use crate::fixtures::{Home, at, line};

const ACCESS_ID: &str = "p-abcdefgh234567";

fn method() -> AuthMethodRow {
    AuthMethodRow {
        access_id: ACCESS_ID.to_owned(),
        name: "/ci/runners".to_owned(),
        draft: r#"{"name":"/ci/runners"}"#.to_owned(),
        enabled: true,
        protected: false,
        expires_at: Some(at(9000)),
        notified_days: vec![7],
        created_at: at(0),
        updated_at: at(0),
    }
}

fn session(id: &str, byte: u8) -> SessionRow {
    SessionRow {
        id: id.to_owned(),
        token_hash: [byte; 32],
        access_id: ACCESS_ID.to_owned(),
        session: "{}".to_owned(),
        client: "127.0.0.1".to_owned(),
        gateway: Some("10.0.0.1".to_owned()),
        issued_at: at(0),
        expires_at: at(900),
    }
}

fn principal(id: &str) -> PrincipalRow {
    PrincipalRow {
        id: id.to_owned(),
        access_id: ACCESS_ID.to_owned(),
        asserted_by: String::new(),
        stable_id: "AROAEXAMPLE".to_owned(),
        arn: "arn:aws:sts::123456789012:assumed-role/dev/i-1".to_owned(),
        account_id: "123456789012".to_owned(),
        standing: Standing::Asked,
        first_seen_at: at(0),
        last_seen_at: at(0),
    }
}

/// A method with a role, a rule, a way to it, a session and somebody who came.
fn fill(store: &Store) -> (AccessRuleRow, AssociationRow) {
    store.auth_methods().insert(&method()).unwrap();
    let role = AccessRoleRow {
        id: "role-1".to_owned(),
        name: "deployers".to_owned(),
        description: "Who deploys.".to_owned(),
        created_at: at(0),
    };
    store.access_roles().insert(&role).unwrap();
    let rule = AccessRuleRow {
        role_id: role.id.clone(),
        path: "/staging/*".to_owned(),
        capabilities: vec!["list".to_owned(), "read".to_owned()],
    };
    store.access_rules().set(&rule).unwrap();
    let way = AssociationRow {
        role_id: role.id.clone(),
        access_id: ACCESS_ID.to_owned(),
        sub_claims: vec![("role_name".to_owned(), "dev-*".to_owned())],
        ignore_case: true,
    };
    store.role_associations().set(&way).unwrap();
    store.sessions().insert(&session("one", 1)).unwrap();
    store.principals().meet(&principal("first")).unwrap();
    assert_eq!(store.access_roles().all().unwrap(), [role]);
    (rule, way)
}

fn shut(store: &Store, way: WayIn<'_>) -> Result<Vec<String>, StoreError> {
    store.shut(way, &line("none", 0, "shut"), None)
}

#[test]
fn what_goes_in_comes_out() {
    let home = Home::new();
    let store = home.store();
    let (rule, way) = fill(&store);
    for text in [ACCESS_ID, "/ci/runners", "/CI/Runners"] {
        assert_eq!(store.auth_methods().find(text).unwrap(), Some(method()));
    }
    assert_eq!(store.auth_methods().find("/ci").unwrap(), None);
    let rules = store.access_rules();
    assert_eq!(rules.of_role("role-1").unwrap(), rules.all().unwrap());
    assert_eq!(rules.all().unwrap(), [rule]);
    let ways = store.role_associations();
    assert_eq!(ways.of_method(ACCESS_ID).unwrap(), ways.all().unwrap());
    assert_eq!(ways.all().unwrap(), [way]);
    let kept = store.sessions().get(&[1; 32]).unwrap();
    assert_eq!(kept, Some(session("one", 1)));
    assert_eq!(store.sessions().by_id("one").unwrap(), kept);
    assert_eq!(store.sessions().get(&[9; 32]).unwrap(), None);
}

#[test]
fn names_are_taken_whatever_their_case() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let other = AuthMethodRow {
        access_id: "p-other".to_owned(),
        name: "/CI/RUNNERS".to_owned(),
        ..method()
    };
    let taken = |done: Result<(), StoreError>| matches!(done, Err(StoreError::NameTaken { .. }));
    assert!(taken(store.auth_methods().insert(&other)));
    let role = AccessRoleRow {
        id: "role-2".to_owned(),
        name: "Deployers".to_owned(),
        description: String::new(),
        created_at: at(0),
    };
    assert!(taken(store.access_roles().insert(&role)));
}

#[test]
fn a_rule_and_a_way_are_replaced_and_need_what_they_hang_on() {
    let home = Home::new();
    let store = home.store();
    let (mut rule, mut way) = fill(&store);
    rule.capabilities = vec!["deny".to_owned()];
    way.sub_claims.clear();
    store.access_rules().set(&rule).unwrap();
    store.role_associations().set(&way).unwrap();
    assert_eq!(store.access_rules().all().unwrap()[0], rule);
    assert_eq!(store.role_associations().all().unwrap()[0], way);

    let nothing = |done: Result<(), StoreError>| matches!(done, Err(StoreError::NotFound { .. }));
    rule.role_id = "role-9".to_owned();
    way.access_id = "p-nobody".to_owned();
    assert!(nothing(store.access_rules().set(&rule)));
    assert!(nothing(store.role_associations().set(&way)));
    assert!(nothing(store.access_rules().remove("role-1", "/other/*")));
    assert!(nothing(store.role_associations().remove("role-1", "p-x")));
    store.access_rules().remove("role-1", "/staging/*").unwrap();
    store
        .role_associations()
        .remove("role-1", ACCESS_ID)
        .unwrap();
    assert!(store.access_rules().all().unwrap().is_empty());
    assert!(store.role_associations().all().unwrap().is_empty());
}

#[test]
fn what_is_tightened_ends_its_sessions_in_the_same_moment() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let looser = AuthMethodRow {
        draft: "{\"looser\":1}".to_owned(),
        ..method()
    };
    let methods = || store.auth_methods();
    let seen = method().draft;
    methods().update(&looser, &seen, false).unwrap();
    assert_eq!(store.sessions().live(at(10)).unwrap().len(), 1);
    let tighter = AuthMethodRow {
        draft: "{\"tighter\":1}".to_owned(),
        ..method()
    };
    methods().update(&tighter, &looser.draft, true).unwrap();
    assert!(store.sessions().live(at(10)).unwrap().is_empty());
    assert_eq!(methods().all().unwrap(), [tighter]);

    store.sessions().insert(&session("one", 1)).unwrap();
    let told = line("none", 20, "auth_method.disabled");
    let off = |now| {
        let way = WayIn::Method {
            access_id: ACCESS_ID,
            now,
        };
        store.shut(way, &told, None).unwrap()
    };
    assert!(off(at(20)).is_empty());
    assert!(store.sessions().live(at(10)).unwrap().is_empty());
    let lines = store.activity().head().unwrap().entries;
    off(at(30));
    let after = store.activity().head().unwrap().entries;
    assert_eq!(after, lines, "it was off already");
    let off = methods().find(ACCESS_ID).unwrap().unwrap();
    assert_eq!((off.enabled, off.updated_at), (false, at(20)));
}

#[test]
fn of_two_changes_made_from_the_same_form_one_is_kept_and_the_other_refused() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let methods = || store.auth_methods();
    let (seen, first) = (method().draft, "{\"first\":1}".to_owned());
    let change = |draft: &str| AuthMethodRow {
        draft: draft.to_owned(),
        // What the writer believed; neither is its to write.
        enabled: true,
        notified_days: Vec::new(),
        ..method()
    };
    shut(
        &store,
        WayIn::Method {
            access_id: ACCESS_ID,
            now: at(20),
        },
    )
    .unwrap();
    assert!(methods().set_notified(&method(), &[14, 7]).unwrap());
    methods().update(&change(&first), &seen, false).unwrap();
    let late = methods().update(&change("{\"second\":1}"), &seen, false);
    assert!(matches!(late, Err(StoreError::Outdated { .. })), "{late:?}");
    let kept = methods().find(ACCESS_ID).unwrap().unwrap();
    assert_eq!(
        (kept.draft, kept.enabled, kept.notified_days),
        (first, false, vec![14, 7]),
        "the switch and the notices of others stand"
    );
    assert!(!methods().set_notified(&method(), &[1]).unwrap());
}

#[test]
fn a_method_goes_with_all_that_hangs_on_it_unless_it_is_protected() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let protected = AuthMethodRow {
        protected: true,
        ..method()
    };
    let seen = method().draft;
    store
        .auth_methods()
        .update(&protected, &seen, false)
        .unwrap();
    let gone = WayIn::MethodForGood {
        access_id: ACCESS_ID,
    };
    let kept = shut(&store, gone);
    assert!(matches!(kept, Err(StoreError::NotFound { .. })), "{kept:?}");

    store
        .auth_methods()
        .update(&method(), &seen, false)
        .unwrap();
    shut(&store, gone).unwrap();
    assert!(store.role_associations().all().unwrap().is_empty());
    assert!(store.sessions().live(at(0)).unwrap().is_empty());
    assert!(store.principals().all().unwrap().is_empty());
    assert_eq!(store.access_rules().all().unwrap().len(), 1, "the role's");
    store.access_roles().remove("role-1").unwrap();
    assert!(store.access_rules().all().unwrap().is_empty());
}

#[test]
fn sessions_end_by_time_and_by_name() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    assert!(store.sessions().live(at(900)).unwrap().is_empty());
    let later = SessionRow {
        issued_at: at(900),
        expires_at: at(1800),
        ..session("two", 2)
    };
    store.sessions().insert(&later).unwrap();
    assert_eq!(store.sessions().get(&[1; 32]).unwrap(), None, "forgotten");
    store.sessions().remove("two").unwrap();
    let again = store.sessions().remove("two");
    assert!(matches!(again, Err(StoreError::NotFound { .. })));
}

#[test]
fn somebody_who_is_known_keeps_what_the_owner_said() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    store
        .principals()
        .decide("first", Standing::Always)
        .unwrap();
    let again = PrincipalRow {
        arn: "arn:aws:sts::123456789012:assumed-role/dev/i-2".to_owned(),
        last_seen_at: at(50),
        ..principal("second")
    };
    let (met, is_new) = store.principals().meet(&again).unwrap();
    assert!(!is_new);
    assert_eq!((met.id.as_str(), met.standing), ("first", Standing::Always));
    assert_eq!((met.first_seen_at, met.last_seen_at), (at(0), at(50)));
    assert!(met.arn.ends_with("i-2"));

    let elsewhere = PrincipalRow {
        asserted_by: "sts.example.com".to_owned(),
        ..principal("third")
    };
    let (other, is_new) = store.principals().meet(&elsewhere).unwrap();
    assert!(is_new, "another host's word is another identity");
    assert_eq!(store.principals().by_id("third").unwrap(), Some(other));
}

#[test]
fn a_cloud_identity_is_taken_once_by_all_processes() {
    let home = Home::new();
    let store = home.store();
    let other = home.store();
    assert!(store.used_identities().take(&[1; 32], at(60)).unwrap());
    assert!(!other.used_identities().take(&[1; 32], at(90)).unwrap());
    let taken: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..10)
            .map(|n| {
                let store = if n % 2 == 0 { &store } else { &other };
                scope.spawn(move || store.used_identities().take(&[2; 32], at(60)).unwrap())
            })
            .collect();
        tries
            .into_iter()
            .map(|one| usize::from(one.join().unwrap()))
            .sum()
    });
    assert_eq!(taken, 1);
    store.used_identities().give_back(&[2; 32]).unwrap();
    assert!(other.used_identities().take(&[2; 32], at(60)).unwrap());
}

#[test]
fn a_turned_clock_forgets_nothing_that_is_newer_than_what_is_known() {
    let home = Home::new();
    let store = home.store();
    let used = store.used_identities();
    used.take(&[1; 32], at(60)).unwrap();
    let known = used.newest().unwrap();
    used.take(&[2; 32], at(60)).unwrap();
    assert_eq!(used.forget(known, at(60)).unwrap(), 0, "not over yet");
    assert_eq!(used.forget(known, at(1_000_000)).unwrap(), 1);
    assert!(used.take(&[1; 32], at(60)).unwrap());
    assert!(!used.take(&[2; 32], at(60)).unwrap());
    assert!(
        used.newest().unwrap() > known + 1,
        "numbers are not used again"
    );
}

#[test]
fn a_change_and_its_line_are_one() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let before = store.activity().head().unwrap().entries;
    let told = line("none", 0, "auth_method.updated");
    store
        .auth_methods()
        .noting(&told)
        .update(&method(), &method().draft, false)
        .unwrap();
    let gone = AuthMethodRow {
        access_id: "p-nobody".to_owned(),
        name: "/x".to_owned(),
        ..method()
    };
    let refused = store
        .auth_methods()
        .noting(&told)
        .update(&gone, &gone.draft, false);
    assert!(refused.is_err());
    assert_eq!(store.activity().head().unwrap().entries, before + 1);
}
