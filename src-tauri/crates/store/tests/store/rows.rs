//! What goes in comes out again, names are unique, references hold, broken rows are named.

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Credential, EndReason, LeaseState, Problem};
use leasehold_store::{
    ConnectionKind, ConnectionRow, ConnectionState, LeaseRow, SecretRow, SourceRow, Store,
    StoreError,
};
use proptest::prelude::*;

use crate::fixtures::{Home, at, connection, fill, lease, secret};

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_135_596_800_000_i64..253_402_300_799_999)
        .prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap())
}

fn maybe<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(of)
}

fn words() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(any::<String>(), 0..4)
}

prop_compose! {
    fn any_source()(
        texts in proptest::array::uniform5(maybe(any::<String>())),
        session_s in maybe(any::<i32>()),
    ) -> SourceRow {
        let [profile, role_arn, external_id, mfa_serial, session_name] = texts;
        SourceRow {
            profile, role_arn, connection_id: None, external_id, mfa_serial, session_name,
            session_s,
        }
    }
}

prop_compose! {
    fn any_connection()(
        texts in proptest::array::uniform5(any::<String>()),
        kind in prop_oneof![
            Just(ConnectionKind::AccessKey), Just(ConnectionKind::Profile),
            Just(ConnectionKind::Role), Just(ConnectionKind::Practice)
        ],
        state in prop_oneof![
            Just(ConnectionState::Pending), Just(ConnectionState::Ready),
            Just(ConnectionState::Removing)
        ],
        (access_key_id, endpoint_url, problem_json) in
            (maybe(any::<String>()), maybe(any::<String>()), maybe(any::<String>())),
        (verified_at, created_at, clock_offset_ms) in (moment(), moment(), any::<i64>()),
        (key_entry, key_at, source) in (maybe(any::<String>()), maybe(moment()), any_source()),
    ) -> ConnectionRow {
        let [name, region, account_id, partition, caller_arn] = texts;
        ConnectionRow {
            id: "conn-x".to_owned(), name, kind, state, access_key_id, region, endpoint_url,
            account_id, partition, caller_arn, verified_at, created_at, clock_offset_ms,
            problem_json, key_entry, key_at, source,
        }
    }
}

fn any_credential() -> impl Strategy<Value = Credential> {
    let role = (any::<String>(), maybe(any::<String>()));
    prop_oneof![
        Just(Credential::IamUser),
        Just(Credential::FederationToken),
        role.prop_map(|(role_arn, external_id)| Credential::AssumedRole {
            role_arn,
            external_id
        }),
    ]
}

prop_compose! {
    fn any_secret()(
        texts in proptest::array::uniform5(any::<String>()),
        (default_ttl_s, max_ttl_s) in (0..=i64::MAX as u64, 0..=i64::MAX as u64),
        boundary in maybe(any::<String>()),
        (groups, policy_arns, documents) in (words(), words(), words()),
        tags in proptest::collection::vec(any::<(String, String)>(), 0..3),
        (created_at, updated_at, deleting) in (moment(), moment(), any::<bool>()),
        credential in any_credential(),
    ) -> SecretRow {
        let [folder, name, region, iam_path, username_template] = texts;
        SecretRow {
            id: "secret-1".to_owned(), environment_id: String::new(), environment: String::new(),
            connection_id: "conn-1".to_owned(), folder, name, region, iam_path, username_template,
            default_ttl_s, max_ttl_s, boundary, groups, policy_arns, documents, tags, created_at,
            updated_at, deleting, pinned_at: None, credential,
        }
    }
}

prop_compose! {
    fn any_lease()(
        texts in proptest::collection::vec(any::<String>(), 14),
        maybes in proptest::collection::vec(maybe(any::<String>()), 12),
        credential in any_credential(),
        (groups, policy_arns, documents, findings) in (words(), words(), words(), words()),
        tags in proptest::collection::vec(any::<(String, String)>(), 0..3),
        ttls in proptest::array::uniform3(0..=i64::MAX as u64),
        guards in proptest::collection::vec(moment(), 0..3),
        state in proptest::sample::select(LeaseState::ALL.to_vec()),
        end_reason in maybe(proptest::sample::select(EndReason::ALL.to_vec())),
        moments in proptest::array::uniform3(moment()),
        may_be_moments in proptest::collection::vec(maybe(moment()), 7),
        usable_after_ms in maybe(any::<u32>()),
        counts in any::<[u32; 3]>(),
        notified_minutes in proptest::collection::vec(any::<u32>(), 0..3),
        (practice, kept) in any::<(bool, bool)>(),
    ) -> LeaseRow {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().unwrap();
        let mut maybes = maybes.into_iter();
        let mut maybe_text = || maybes.next().unwrap();
        let mut may_be_moments = may_be_moments.into_iter();
        let mut may_be = || may_be_moments.next().unwrap();
        LeaseRow {
            id: "lease-x".to_owned(), secret_id: Some("secret-1".to_owned()),
            secret_name: text(), environment: text(), folder: text(), connection_id: text(),
            connection_name: text(), practice, account_id: text(), partition: text(),
            region: text(), iam_path: text(), user_name: text(), user_arn: text(),
            user_id: maybe_text(), access_key_id: maybe_text(), boundary: maybe_text(), groups,
            policy_arns, documents, tags, default_ttl_s: ttls[0], ttl_s: ttls[1],
            max_ttl_s: ttls[2], label: maybe_text(), requested_by: text(), installation: text(),
            guards, state, end_reason, created_at: moments[0], issued_at: may_be(),
            expires_at: moments[1], max_expires_at: moments[2], pending_expires_at: may_be(),
            cut_at: may_be(), ended_at: may_be(), usable_after_ms, step: counts[0],
            total_steps: counts[1], blocked_by: maybe_text(), next_attempt_at: may_be(),
            recheck_at: may_be(), attempts: counts[2], reason: maybe_text(), hint: maybe_text(),
            alarm: maybe_text(), notified_minutes, kept, end_asked_at: None,
            missing_action: maybe_text(), reconciled_at: may_be(), standing: maybe_text(),
            findings, owner: maybe_text(), credential, cut_policy: maybe_text(), generation: 0,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_connection_comes_back_as_it_was_written(first in any_connection(), then in any_connection()) {
        let home = Home::new();
        let store = home.store();
        store.connections().insert(&first).unwrap();
        prop_assert_eq!(store.connections().by_id("conn-x").unwrap(), Some(first));
        let first = store.connections().by_id("conn-x").unwrap().unwrap();
        store.connections().update(&then).unwrap();
        // The key is a rotation's to change.
        let expected = ConnectionRow {
            access_key_id: first.access_key_id, key_entry: first.key_entry, key_at: first.key_at,
            ..then
        };
        prop_assert_eq!(store.connections().all().unwrap(), vec![expected]);
    }

    #[test]
    fn a_lease_comes_back_as_it_was_written(first in any_lease(), then in any_lease()) {
        let home = Home::with_content();
        let store = home.store();
        store.leases().insert(&first).unwrap();
        prop_assert_eq!(store.leases().by_id("lease-x").unwrap(), Some(first.clone()));
        let claim = store.leases().claim("lease-x", "me", at(0), at(1)).unwrap().unwrap();
        store.leases().save(&claim, &then).unwrap();
        let expected = LeaseRow {
            created_at: first.created_at, generation: claim.generation, ..then
        };
        prop_assert_eq!(store.leases().by_id("lease-x").unwrap(), Some(expected));
    }

    #[test]
    fn a_dynamic_secret_comes_back_as_it_was_written(mut row in any_secret()) {
        let home = Home::with_content();
        let store = home.store();
        let last = store.environments().all().unwrap().pop().unwrap();
        (row.environment_id, row.environment) = (last.id, last.name);
        store.secrets().update(&row).unwrap();
        prop_assert_eq!(store.secrets().by_id("secret-1").unwrap(), Some(row.clone()));
        let found = store.secrets().find(Some("production"), Some(&row.folder), &row.name);
        prop_assert_eq!(found.unwrap(), vec![row]);
    }
}

#[test]
fn names_are_unique_and_the_error_names_the_name() {
    let home = Home::with_content();
    let store = home.store();
    for error in [
        store
            .connections()
            .insert(&connection("conn-2", "MAIN"))
            .unwrap_err(),
        store
            .secrets()
            .insert(&secret(&store, "secret-2", "s3-upload"))
            .unwrap_err(),
        store.environments().add("Staging").unwrap_err(),
        store.leases().insert(&lease("lease-1")).unwrap_err(),
    ] {
        let StoreError::NameTaken { name, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(error.to_string().contains(name.as_str()), "{error}");
        assert_eq!(Problem::from(error).code, Code::NameTaken);
    }
    let mut elsewhere = secret(&store, "secret-2", "s3-upload");
    elsewhere.folder = "/other".to_owned();
    store.secrets().insert(&elsewhere).unwrap();
    assert_eq!(
        store.secrets().find(None, None, "s3-upload").unwrap().len(),
        2
    );
    assert_eq!(
        store
            .secrets()
            .find(None, Some("/other"), "s3-upload")
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        store
            .secrets()
            .find(Some("staging"), None, "s3-upload")
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn what_is_in_use_cannot_be_removed() {
    let home = Home::with_content();
    let store = home.store();
    let development = store
        .environments()
        .by_name("DEVELOPMENT")
        .unwrap()
        .unwrap();
    for refused in [
        store.connections().remove("conn-1"),
        store.environments().remove(&development.id),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    }
    store.secrets().remove("secret-1").unwrap();
    store.connections().remove("conn-1").unwrap();
    store.environments().remove(&development.id).unwrap();
    let orphan = store.leases().by_id("lease-1").unwrap().unwrap();
    assert_eq!(
        (orphan.secret_id, orphan.secret_name.as_str()),
        (None, "s3-upload")
    );
}

#[test]
fn a_lease_whose_secret_went_meanwhile_can_still_be_saved() {
    let home = Home::with_content();
    let store = home.store();
    let claim = store
        .leases()
        .claim("lease-1", "me", at(0), at(30))
        .unwrap()
        .unwrap();
    let mut row = store.leases().by_id("lease-1").unwrap().unwrap();
    store.secrets().remove("secret-1").unwrap();
    row.step = 3;
    store.leases().save(&claim, &row).unwrap();
    let saved = store.leases().by_id("lease-1").unwrap().unwrap();
    assert_eq!((saved.step, saved.secret_id), (3, None));
}

#[test]
fn environments_are_seeded_in_order_and_can_be_rearranged() {
    let home = Home::new();
    let store = home.store();
    let names = || -> Vec<String> {
        store
            .environments()
            .all()
            .unwrap()
            .into_iter()
            .map(|e| e.name)
            .collect()
    };
    assert_eq!(names(), ["development", "staging", "production"]);
    let added = store.environments().add("sandbox").unwrap();
    let mut ids: Vec<String> = store
        .environments()
        .all()
        .unwrap()
        .into_iter()
        .map(|e| e.id)
        .collect();
    ids.rotate_right(1);
    store.environments().reorder(&ids).unwrap();
    assert_eq!(names(), ["sandbox", "development", "staging", "production"]);
    store.environments().rename(&added.id, "lab").unwrap();
    assert_eq!(names()[0], "lab");
    assert_eq!(
        store.environments().by_id(&added.id).unwrap().unwrap().name,
        "lab"
    );

    for wrong in [
        &ids[1..],
        &[ids.clone(), ids.clone()].concat(),
        &["x".to_owned()][..],
    ] {
        let refused = store.environments().reorder(wrong);
        assert!(
            matches!(refused, Err(StoreError::Refused { .. })),
            "{wrong:?}"
        );
    }
    assert_eq!(names(), ["lab", "development", "staging", "production"]);
}

#[test]
fn changing_what_is_not_there_says_so() {
    let home = Home::with_content();
    let store = home.store();
    for missing in [
        store.environments().rename("no-such", "x"),
        store.environments().remove("no-such"),
        store.connections().update(&connection("no-such", "x")),
        store.secrets().update(&secret(&store, "no-such", "x")),
        store.kept_keys().put("no-such", b"sealed"),
    ] {
        assert!(
            matches!(missing, Err(StoreError::NotFound { .. })),
            "{missing:?}"
        );
    }
    store.connections().remove("no-such").unwrap();
    store.secrets().remove("no-such").unwrap();
    store.kept_keys().remove("no-such").unwrap();
}

#[test]
fn kept_keys_are_found_for_active_leases_of_the_same_requester_only() {
    let home = Home::with_content();
    let store = home.store();
    for (id, state, who, expires) in [
        ("short", LeaseState::Active, "cli", 100),
        ("long", LeaseState::Active, "cli", 200),
        ("cut", LeaseState::AccessCut, "cli", 300),
        ("other", LeaseState::Active, "window", 400),
    ] {
        let mut row = lease(id);
        (row.state, row.requested_by, row.expires_at) = (state, who.to_owned(), at(expires));
        store.leases().insert(&row).unwrap();
        store.kept_keys().put(id, id.as_bytes()).unwrap();
    }
    assert_eq!(
        store.kept_keys().find_for("secret-1", &["cli"]).unwrap(),
        ["long", "short"]
    );
    store.kept_keys().put("long", b"sealed anew").unwrap();
    assert_eq!(
        store.kept_keys().get("long").unwrap().unwrap(),
        b"sealed anew"
    );
    store.kept_keys().remove("long").unwrap();
    assert_eq!(store.kept_keys().get("long").unwrap(), None);
    assert_eq!(
        store.kept_keys().find_for("secret-1", &["cli"]).unwrap(),
        ["short"]
    );
}

#[test]
fn a_kept_key_with_an_end_asked_for_or_an_alarm_is_neither_found_nor_handed_out() {
    let home = Home::with_content();
    let store = home.store();
    for id in ["sound", "ending", "odd"] {
        let mut row = lease(id);
        row.state = LeaseState::Active;
        row.requested_by = "cli".into();
        row.alarm = (id == "odd").then(|| "Something is strange.".into());
        store.leases().insert(&row).unwrap();
        store.kept_keys().put(id, id.as_bytes()).unwrap();
    }
    let ending = ["ending".to_owned()];
    assert_eq!(store.leases().ask_end(&ending, at(50)).unwrap(), 1);
    let found = store.kept_keys().find_for("secret-1", &["cli", "window"]);
    assert_eq!(found.unwrap(), ["sound"]);
    let lines = || store.activity().head().unwrap().entries;
    for (id, expected) in [
        ("ending", false),
        ("odd", false),
        ("gone", false),
        ("sound", true),
    ] {
        let before = lines();
        let line = leasehold_store::ActivityLine {
            at: at(60),
            kind: "lease.handed_out".into(),
            actor: "cli".into(),
            outcome: "ok".into(),
            lease_id: Some(id.into()),
            secret: None,
            secret_id: None,
            connection: None,
            account_id: None,
            text: "Its kept key was handed out again.".into(),
            calls: Vec::new(),
        };
        let handed = store.kept_keys().hand_out(id, &line);
        assert_eq!(handed.unwrap(), expected, "{id}");
        assert_eq!(lines() - before, i64::from(expected), "{id}");
    }
}

#[test]
fn settings_are_set_changed_and_removed() {
    let home = Home::new();
    let store = home.store();
    assert_eq!(store.settings().get("theme").unwrap(), None);
    store.settings().set("theme", "dark").unwrap();
    store.settings().set("theme", "light").unwrap();
    assert_eq!(
        store.settings().get("theme").unwrap().as_deref(),
        Some("light")
    );
    store.settings().remove("theme").unwrap();
    assert_eq!(store.settings().get("theme").unwrap(), None);
}

#[test]
fn a_broken_row_is_an_error_that_names_table_row_and_column() {
    let breakages = [
        (
            "UPDATE leases SET state = 'eternal'",
            "leases",
            "lease-1",
            "state",
        ),
        (
            "UPDATE leases SET end_reason = 'boredom'",
            "leases",
            "lease-1",
            "end_reason",
        ),
        (
            "UPDATE leases SET expires_at = 9223372036854775807",
            "leases",
            "lease-1",
            "expires_at",
        ),
        (
            "UPDATE leases SET groups = '[1]'",
            "leases",
            "lease-1",
            "groups",
        ),
        (
            "UPDATE leases SET guards = '[9223372036854775807]'",
            "leases",
            "lease-1",
            "guards",
        ),
        ("UPDATE leases SET tags = ''", "leases", "lease-1", "tags"),
        ("UPDATE leases SET ttl_s = -1", "leases", "lease-1", "ttl_s"),
        (
            "UPDATE leases SET usable_after_ms = 4294967296",
            "leases",
            "lease-1",
            "usable_after_ms",
        ),
        ("UPDATE leases SET kept = 2", "leases", "lease-1", "kept"),
        (
            "UPDATE leases SET label = CAST(x'ff' AS TEXT)",
            "leases",
            "lease-1",
            "label",
        ),
        (
            "UPDATE secrets SET deleting = -1",
            "secrets",
            "secret-1",
            "deleting",
        ),
        (
            "UPDATE secrets SET documents = 'null'",
            "secrets",
            "secret-1",
            "documents",
        ),
        (
            "UPDATE connections SET kind = 'magic'",
            "connections",
            "conn-1",
            "kind",
        ),
        (
            "UPDATE connections SET state = ''",
            "connections",
            "conn-1",
            "state",
        ),
    ];
    for (sql, table, id, column) in breakages {
        let home = Home::with_content();
        rusqlite::Connection::open(home.state())
            .unwrap()
            .execute_batch(sql)
            .unwrap();
        let store = home.store();
        let error = match table {
            "leases" => store.leases().list(&Default::default()).unwrap_err(),
            "secrets" => store.secrets().all().unwrap_err(),
            _ => store.connections().all().unwrap_err(),
        };
        let StoreError::BrokenRow {
            table: named,
            id: row,
            what,
        } = &error
        else {
            panic!("{sql}: {error:?}")
        };
        assert_eq!((*named, row.as_str()), (table, id), "{sql}");
        assert!(what.starts_with(column), "{sql}: {what}");
        assert_eq!(Problem::from(error).code, Code::StoreDamaged);
    }
}

#[test]
fn a_number_too_large_for_the_file_is_refused_and_not_cut() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let mut row = lease("lease-1");
    row.ttl_s = u64::MAX;
    store.leases().insert(&row).unwrap_err();
    assert_eq!(store.leases().by_id("lease-1").unwrap(), None);
}

#[test]
fn a_pin_is_no_edit_and_outlives_one() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let secrets = store.secrets();
    let before = secrets.by_id("secret-1").unwrap().unwrap();
    secrets.pin("secret-1", Some(at(5))).unwrap();
    let pinned = secrets.by_id("secret-1").unwrap().unwrap();
    assert_eq!(
        pinned,
        leasehold_store::SecretRow {
            pinned_at: Some(at(5)),
            ..before.clone()
        }
    );
    secrets.update(&before).unwrap();
    assert_eq!(secrets.by_id("secret-1").unwrap().unwrap(), pinned);
    secrets
        .insert(&crate::fixtures::secret(&store, "secret-2", "deploy"))
        .unwrap();
    let recent = |store: &Store| -> Vec<String> {
        store
            .secrets()
            .recent(9)
            .unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect()
    };
    secrets.pin("secret-1", None).unwrap();
    let unpinned = recent(&store);
    let last = unpinned.last().unwrap();
    secrets.pin(last, Some(at(6))).unwrap();
    assert_eq!(&recent(&store)[0], last);
    assert!(secrets.pin("no-such", Some(at(6))).is_err());
}
