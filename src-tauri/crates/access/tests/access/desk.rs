//! The owner's desk over a real store: what is refused changes nothing, what is changed is told of, and
//! who is kept out is out at once.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::desk::view::AuthMethodView;
use leasehold_access::desk::{Desk, Leases, Refused, TestOf};
use leasehold_access::{AuthMethodDraft, Outcome};
use leasehold_domain::{Action, ClientAddress, Code};
use leasehold_store::{ActivityFilter, AuthMethodRow, SessionRow, Store};

const ACCOUNT: &str = "123456789012";

struct Home {
    desk: Desk,
    store: Store,
    now: Arc<Mutex<DateTime<Utc>>>,
    _folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.db")).unwrap().store;
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = Arc::clone(&now);
        let desk = Desk::new(
            store.clone(),
            Arc::new(move || *clock.lock().unwrap()),
            "test",
        );
        Self {
            desk,
            store,
            now,
            _folder: folder,
        }
    }

    /// One with the method `/ci/runners` of the account.
    fn with_method(change: impl FnOnce(&mut AuthMethodDraft)) -> (Self, String) {
        let home = Self::new();
        let mut draft = draft("/ci/runners");
        change(&mut draft);
        let made = home.desk.methods().create(&draft).unwrap();
        (home, made.access_id)
    }

    fn pass(&self, by: TimeDelta) {
        *self.now.lock().unwrap() += by;
    }

    /// Somebody is logged in.
    fn log_in(&self, access_id: &str, word: u8) -> String {
        let now = *self.now.lock().unwrap();
        let session = serde_json::json!({
            "access_id": access_id,
            "identity": {
                "arn": format!("arn:aws:iam::{ACCOUNT}:user/bob"),
                "account": ACCOUNT,
                "user_id": "AIDAEXAMPLEEXAMPLE00",
            },
            "region": "us-east-1",
            "asserted_by": null,
            "has_audience": false,
            "issued_at": now,
            "expires_at": now + TimeDelta::minutes(15),
        });
        self.log_in_as(access_id, word, session.to_string())
    }

    fn log_in_as(&self, access_id: &str, word: u8, session: String) -> String {
        let now = *self.now.lock().unwrap();
        let id = format!("{word:02x}").repeat(6);
        self.store
            .sessions()
            .insert(&SessionRow {
                id: id.clone(),
                token_hash: [word; 32],
                access_id: access_id.to_owned(),
                session,
                client: "unix".to_owned(),
                gateway: None,
                issued_at: now,
                expires_at: now + TimeDelta::minutes(15),
            })
            .unwrap();
        id
    }

    /// A change by somebody who looked just before.
    fn change(&self, name: &str, draft: &AuthMethodDraft) -> Result<AuthMethodView, Refused> {
        let seen = self.desk.methods().show(name)?.method;
        self.desk.methods().update(name, &seen, draft)
    }

    /// Kinds of the lines of the log, oldest first.
    fn told(&self) -> Vec<String> {
        let filter = ActivityFilter::default();
        let rows = self.store.activity().newest(&filter, None, 100).unwrap();
        rows.into_iter().rev().map(|row| row.line.kind).collect()
    }
}

fn draft(name: &str) -> AuthMethodDraft {
    AuthMethodDraft {
        name: name.to_owned(),
        bound_aws_account_id: vec![ACCOUNT.to_owned()],
        ..AuthMethodDraft::default()
    }
}

fn fields(refused: Refused) -> Vec<String> {
    let Refused(problems) = refused;
    problems.into_iter().filter_map(|one| one.field).collect()
}

fn asked(path: Option<&str>) -> TestOf<'_> {
    TestOf {
        client: ClientAddress::Unix,
        path,
        audience: "vault",
    }
}

#[test]
fn a_method_is_made_found_changed_and_deleted() {
    let (home, id) = Home::with_method(|draft| draft.description = "CI".into());
    let desk = home.desk.methods();
    for name in ["/ci/runners", "ci/runners", &id] {
        assert_eq!(desk.show(name).unwrap().access_id, id);
    }
    let mut draft = desk.show(&id).unwrap().method;
    draft.name = "/build/runners".into();
    assert_eq!(home.change("ci/runners", &draft).unwrap().access_id, id);
    assert_eq!(desk.list().unwrap()[0].name, "/build/runners");
    assert_eq!(desk.show("/ci/runners").unwrap_err().code, Code::NotFound);
    assert_eq!(
        desk.delete("build/runners", Leases::Stay).unwrap().way,
        "/build/runners"
    );
    assert!(desk.list().unwrap().is_empty());
    let told = home.told();
    assert_eq!(
        told,
        [
            "auth_method.created",
            "auth_method.updated",
            "auth_method.deleted"
        ]
    );
}

#[test]
fn every_problem_of_a_form_is_told_and_nothing_is_kept() {
    let home = Home::new();
    let mut wrong = draft("/ci/Runners");
    wrong.bound_aws_account_id.clear();
    wrong.bound_arn = vec!["arn:aws:sts:us-east-?:123456789012:*".into()];
    let problems = home.desk.methods().create(&wrong).unwrap_err();
    let fields = fields(problems);
    for field in ["name", "bound_aws_account_id", "bound_arn"] {
        assert!(fields.iter().any(|one| one == field), "{field}: {fields:?}");
    }
    assert!(home.desk.methods().list().unwrap().is_empty());
    assert!(home.told().is_empty());
}

#[test]
fn two_methods_do_not_share_a_name() {
    let (home, id) = Home::with_method(|_| ());
    let desk = home.desk.methods();
    let Refused(problems) = desk.create(&draft("ci/runners")).unwrap_err();
    assert_eq!(problems[0].code, Code::NameTaken);
    desk.create(&draft("/ci/others")).unwrap();
    let Refused(problems) = home.change(&id, &draft("/ci/others")).unwrap_err();
    assert_eq!(problems[0].code, Code::NameTaken);
    home.change(&id, &draft("/ci/runners")).unwrap();
}

#[test]
fn a_protected_method_stays_and_the_try_is_told() {
    let (home, id) = Home::with_method(|draft| draft.delete_protection = true);
    let desk = home.desk.methods();
    assert_eq!(
        desk.delete(&id, Leases::Stay).unwrap_err().code,
        Code::Refused
    );
    assert_eq!(home.told().last().unwrap(), "auth_method.delete_refused");
    home.change(&id, &draft("/ci/runners")).unwrap();
    desk.delete(&id, Leases::Stay).unwrap();
}

#[test]
fn sessions_end_when_who_comes_in_changes_and_not_for_a_new_name() {
    let (home, id) = Home::with_method(|_| ());
    let (methods, sessions) = (home.desk.methods(), home.desk.sessions());
    home.log_in(&id, 1);
    let mut renamed = draft("/ci/other");
    renamed.description = "A note.".into();
    renamed.delete_protection = true;
    home.change(&id, &renamed).unwrap();
    assert_eq!(sessions.list().unwrap().len(), 1);
    for (word, change) in (1u8..).zip([
        (|draft| draft.bound_role_name = vec!["deploy".into()]) as fn(&mut AuthMethodDraft),
        |draft| draft.bound_ips = vec!["10.0.0.0/8".into()],
        |draft| draft.require_audience = true,
        |draft| draft.access_expires = 1_800_000_000,
        |draft| draft.sts_url = "https://sts.example.com".into(),
    ]) {
        if sessions.list().unwrap().is_empty() {
            home.log_in(&id, word + 1);
        }
        change(&mut renamed);
        home.change(&id, &renamed).unwrap();
        assert!(sessions.list().unwrap().is_empty(), "change {word}");
    }
    home.log_in(&id, 99);
    methods.disable(&id, Leases::Stay).unwrap();
    assert!(sessions.list().unwrap().is_empty());
    assert!(!methods.show(&id).unwrap().enabled);
    methods.enable(&id).unwrap();
    methods.enable(&id).unwrap();
    let told = home.told();
    assert_eq!(told.last().unwrap(), "auth_method.enabled");
    assert_ne!(told[told.len() - 2], "auth_method.enabled", "told once");
}

#[test]
fn a_session_is_listed_until_it_is_over_or_revoked() {
    let (home, id) = Home::with_method(|_| ());
    let sessions = home.desk.sessions();
    let (first, second) = (home.log_in(&id, 1), home.log_in(&id, 2));
    let listed = sessions.list().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].auth_method, "/ci/runners");
    assert!(listed[0].arn.ends_with("user/bob"));
    assert_eq!(sessions.revoke(&first, Leases::Stay).unwrap().way.id, first);
    assert_eq!(
        sessions.revoke(&first, Leases::Stay).unwrap_err().code,
        Code::NotFound
    );
    assert_eq!(sessions.list().unwrap()[0].id, second);
    home.pass(TimeDelta::minutes(15));
    assert!(sessions.list().unwrap().is_empty());
    assert_eq!(home.told().last().unwrap(), "session.revoked");
}

#[test]
fn the_owner_hears_once_for_each_notice_before_a_method_expires() {
    let ends = 1_790_000_000 + 10 * 86_400;
    let (home, id) = Home::with_method(|draft| {
        draft.access_expires = ends;
        draft.expiration_event_in = vec![1, 7];
    });
    let desk = home.desk.methods();
    assert!(desk.expiry_notices().unwrap().is_empty());
    home.pass(TimeDelta::days(4));
    let notices = desk.expiry_notices().unwrap();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].text.contains("/ci/runners"), "{notices:?}");
    assert!(desk.expiry_notices().unwrap().is_empty(), "told once");
    home.pass(TimeDelta::days(6));
    assert_eq!(desk.expiry_notices().unwrap().len(), 1);
    assert!(desk.show(&id).unwrap().expired);
    let mut later = desk.show(&id).unwrap().method;
    later.access_expires = ends + 2 * 86_400;
    assert!(!home.change(&id, &later).unwrap().expired);
    assert_eq!(desk.expiry_notices().unwrap().len(), 1, "a new end");
}

#[test]
fn roles_have_rules_and_ways_to_them() {
    let (home, id) = Home::with_method(|_| ());
    let roles = home.desk.roles();
    roles.create("deployers", "Who deploys.").unwrap();
    let taken = roles.create("deployers", "").unwrap_err();
    assert_eq!(taken.code, Code::NameTaken);
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    roles
        .set_rule("deployers", "/staging/*", &words(&["read", "update"]))
        .unwrap();
    let set = roles.set_rule("deployers", "/staging/*", &words(&["create"]));
    assert!(set.unwrap().notices[0].contains("create grants nothing"));
    let both = roles
        .set_rule("deployers", "staging//x", &words(&["write"]))
        .unwrap_err();
    assert_eq!(fields(both), ["path", "capability"]);

    let claims = [("role_name".to_owned(), "dev-*,ops".to_owned())];
    let made = roles
        .associate("deployers", "ci/runners", &claims, false)
        .unwrap();
    assert_eq!(made.associations[0].access_id, id);
    assert_eq!(made.associations[0].sub_claims["role_name"], "dev-*,ops");
    assert_eq!(home.desk.methods().show(&id).unwrap().roles, ["deployers"]);
    let wrong = [("role-name".to_owned(), "x".to_owned())];
    assert!(roles.associate("deployers", &id, &wrong, false).is_err());
    assert!(roles.associate("deployers", "nobody", &[], false).is_err());

    assert!(
        roles
            .dissociate("deployers", &id)
            .unwrap()
            .associations
            .is_empty()
    );
    let again = roles.dissociate("deployers", &id).unwrap_err();
    assert_eq!(again.code, Code::NotFound);
    assert!(roles.delete_rule("deployers", "/x").is_err());
    assert!(
        roles
            .delete_rule("deployers", "staging/*")
            .unwrap()
            .rules
            .is_empty()
    );
    roles.delete("deployers").unwrap();
    assert_eq!(roles.show("deployers").unwrap_err().code, Code::NotFound);
    let told = home.told();
    assert_eq!(
        &told[1..],
        [
            "role.created",
            "role.rule_set",
            "role.rule_set",
            "role.associated",
            "role.dissociated",
            "role.rule_deleted",
            "role.deleted"
        ]
    );
}

#[test]
fn forced_sub_claims_refuse_bare_ways_and_stop_those_that_are_there() {
    let (home, id) = Home::with_method(|_| ());
    let roles = home.desk.roles();
    roles.create("all", "").unwrap();
    roles.associate("all", &id, &[], false).unwrap();
    let mut forced = draft("/ci/runners");
    forced.force_sub_claims = true;
    let view = home.change(&id, &forced).unwrap();
    assert!(
        view.notices
            .iter()
            .any(|one| one.contains("without sub-claims")),
        "{:?}",
        view.notices
    );
    assert!(roles.associate("all", &id, &[], false).is_err());
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let test = home
        .desk
        .methods()
        .imagine(&id, &arn, "", "us-east-1", asked(None))
        .unwrap();
    assert!(!test.roles[0].association.holds);
}

#[test]
fn an_imagined_identity_sees_each_bound_and_rule() {
    let (home, id) = Home::with_method(|draft| draft.bound_role_name = vec!["dev".into()]);
    let roles = home.desk.roles();
    roles.create("r", "").unwrap();
    roles
        .set_rule("r", "/staging/*", &["read".to_owned()])
        .unwrap();
    roles
        .set_rule("r", "/staging/private/*", &["deny".to_owned()])
        .unwrap();
    let claims = [("resource_id".to_owned(), "i-*".to_owned())];
    roles.associate("r", &id, &claims, false).unwrap();
    let try_it = |role: &str, path| {
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/i-1");
        home.desk
            .methods()
            .imagine(&id, &arn, "", "us-east-1", asked(Some(path)))
            .unwrap()
    };
    let good = try_it("dev", "/staging/s3");
    assert!(good.accepted && good.roles[0].association.holds);
    let may = |test: &leasehold_access::desk::view::TestView| {
        let allowed = test.decisions.iter().filter(|one| one.decision.allowed);
        allowed.map(|one| one.action).collect::<Vec<_>>()
    };
    assert_eq!(may(&good), [Action::List, Action::Issue, Action::RevokeOwn]);
    assert!(may(&try_it("dev", "/staging/private/s3")).is_empty());
    assert!(may(&try_it("dev", "/production/s3")).is_empty());
    let bad = try_it("ops", "/staging/s3");
    assert!(!bad.accepted);
    assert!(bad.checks.iter().any(|one| one.outcome == Outcome::Fail));
    assert!(bad.reason.is_some());
}

#[test]
fn who_can_do_what_names_rules_that_depend_on_the_caller() {
    let (home, id) = Home::with_method(|_| ());
    let roles = home.desk.roles();
    for (role, path, word) in [
        ("readers", "/staging/*", "read"),
        ("own", "/staging/{{role_name}}/*", "delete"),
        ("none", "/staging/secret-*", "deny"),
        ("elsewhere", "/production/*", "read"),
    ] {
        roles.create(role, "").unwrap();
        roles.set_rule(role, path, &[word.to_owned()]).unwrap();
        roles.associate(role, &id, &[], false).unwrap();
    }
    let found = roles.who_can("/staging/dev/secret-1").unwrap();
    let named: Vec<_> = found.iter().map(|one| one.role.as_str()).collect();
    assert!(
        named.contains(&"readers") && named.contains(&"own"),
        "{named:?}"
    );
    assert!(!named.contains(&"elsewhere"));
    let own = found.iter().find(|one| one.role == "own").unwrap();
    assert_eq!(own.depends_on, Some(leasehold_domain::ClaimKey::RoleName));
    assert_eq!(own.who[0].auth_method, "/ci/runners");
    let first = &roles.who_can("/staging/secret-1").unwrap()[0];
    assert!(first.denies && first.actions.is_empty());
    assert!(roles.who_can("nonsense").is_err());
}

#[test]
fn two_owners_at_once_lose_no_bound() {
    let (home, id) = Home::with_method(|_| ());
    let methods = home.desk.methods();
    let seen = methods.show(&id).unwrap().method;
    let tightened = AuthMethodDraft {
        bound_role_name: vec!["deploy".into()],
        ..seen.clone()
    };
    let noted = AuthMethodDraft {
        description: "By somebody who saw no bound.".into(),
        ..seen.clone()
    };
    methods.update(&id, &seen, &tightened).unwrap();
    methods.disable(&id, Leases::Stay).unwrap();
    let Refused(problems) = methods.update(&id, &seen, &noted).unwrap_err();
    assert_eq!(problems[0].code, Code::Busy);
    let kept = methods.show(&id).unwrap();
    assert_eq!(kept.method, tightened);
    let again = AuthMethodDraft {
        description: "Now with it.".into(),
        ..tightened.clone()
    };
    let changed = methods.update(&id, &tightened, &again).unwrap();
    assert!(!changed.enabled, "a changed form switches nothing on");
    assert_eq!(home.told().last().unwrap(), "auth_method.updated");
}

#[test]
fn what_cannot_be_read_hides_nothing_else_and_can_be_ended() {
    let (home, id) = Home::with_method(|_| ());
    home.log_in(&id, 1);
    let bad = home.log_in_as(&id, 2, "not JSON".into());
    home.store
        .auth_methods()
        .insert(&AuthMethodRow {
            access_id: "p-00000000000000".into(),
            name: "/ci/broken".into(),
            draft: "{\"unknown\":1}".into(),
            enabled: true,
            protected: false,
            expires_at: None,
            notified_days: Vec::new(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        })
        .unwrap();
    let methods = home.desk.methods().list().unwrap();
    assert_eq!(methods.len(), 2);
    assert_eq!(methods[0].name, "/ci/broken");
    assert_eq!(methods[0].problems[0].code, Code::StoreDamaged);
    let sessions = home.desk.sessions();
    assert_eq!(sessions.list().unwrap().len(), 2);
    assert_eq!(
        sessions.revoke(&bad, Leases::Stay).unwrap().way.arn,
        "(cannot be read)"
    );
    assert_eq!(sessions.list().unwrap().len(), 1);
    home.desk
        .methods()
        .delete("/ci/broken", Leases::Stay)
        .unwrap();
}

#[test]
fn who_can_names_only_methods_that_let_somebody_in() {
    let (home, id) = Home::with_method(|_| ());
    let roles = home.desk.roles();
    roles.create("all", "").unwrap();
    roles
        .set_rule("all", "/dev/*", &["read".to_owned()])
        .unwrap();
    roles.associate("all", &id, &[], false).unwrap();
    let who = || roles.who_can("/dev/s3").unwrap()[0].who.len();
    assert_eq!(who(), 1);
    home.desk.methods().disable(&id, Leases::Stay).unwrap();
    assert_eq!(who(), 0);
    home.desk.methods().enable(&id).unwrap();
    assert_eq!(who(), 1);
}
