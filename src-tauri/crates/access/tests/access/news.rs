//! What an owner is told at once, and what the form of a method says before it is saved.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::AuthMethodDraft;
use leasehold_access::desk::view::AccessNews;
use leasehold_access::desk::{Desk, Known, Leases};
use leasehold_domain::{Code, ItemPath};
use leasehold_store::{PrincipalRow, Standing, Store};

struct Home {
    desk: Desk,
    store: Store,
    now: Arc<Mutex<DateTime<Utc>>>,
    access_id: String,
    _folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.db")).unwrap().store;
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || *clock.lock().unwrap());
        let desk = Desk::new(store.clone(), clock, "test");
        let access_id = desk.methods().create(&draft("/ci/box")).unwrap().access_id;
        Self {
            desk,
            store,
            now,
            access_id,
            _folder: folder,
        }
    }

    /// Somebody knocks; the answer is what it is answered by.
    fn meet(&self, name: &str, standing: Standing) -> String {
        let now = *self.now.lock().unwrap();
        let row = PrincipalRow {
            id: format!("id-{name}"),
            access_id: self.access_id.clone(),
            asserted_by: String::new(),
            stable_id: format!("AIDA{name}"),
            arn: format!("arn:aws:iam::123456789012:user/{name}"),
            account_id: "123456789012".into(),
            standing,
            first_seen_at: now,
            last_seen_at: now,
        };
        self.store.principals().meet(&row).unwrap().0.id
    }

    fn news(&self, known: &mut Known) -> Vec<String> {
        let news = self.desk.news(known).unwrap();
        news.into_iter()
            .map(|one| match one {
                AccessNews::Asked { approval } => format!("{} asks", approval.id),
                AccessNews::Answered { id } => format!("{id} is answered"),
                AccessNews::FirstSeen { approval } => format!("{} came first", approval.id),
                AccessNews::MethodExpires { notice } => notice.text,
            })
            .collect()
    }
}

fn draft(name: &str) -> AuthMethodDraft {
    AuthMethodDraft {
        name: name.into(),
        bound_aws_account_id: vec!["123456789012".into()],
        ..AuthMethodDraft::default()
    }
}

#[test]
fn each_question_is_told_once_and_taken_back_once_wherever_it_was_answered() {
    let home = Home::new();
    let mut known = Known::default();
    assert!(home.news(&mut known).is_empty());
    let id = home.meet("bob", Standing::Asked);
    assert_eq!(home.news(&mut known), ["id-bob asks"]);
    home.meet("bob", Standing::Asked);
    assert!(home.news(&mut known).is_empty(), "it knocks again");
    home.desk.approvals().allow(&id, false).unwrap();
    assert_eq!(home.news(&mut known), ["id-bob is answered"]);
    assert!(home.news(&mut known).is_empty());
}

#[test]
fn a_login_that_was_allowed_once_waits_again_only_when_it_comes_again() {
    let home = Home::new();
    let mut known = Known::default();
    home.news(&mut known);
    let id = home.meet("bob", Standing::Asked);
    home.news(&mut known);
    home.desk.approvals().allow(&id, false).unwrap();
    home.news(&mut known);
    let principals = home.store.principals();
    assert!(principals.use_once(&id).unwrap());
    assert!(home.news(&mut known).is_empty(), "nobody waits");
    assert_eq!(home.desk.approvals().list().unwrap()[0].standing, "used");
    assert!(!principals.use_once(&id).unwrap(), "once is once");
    assert!(principals.ask_again(&id).unwrap());
    assert!(!principals.ask_again(&id).unwrap());
    assert_eq!(home.news(&mut known), ["id-bob asks"]);
}

#[test]
fn who_comes_first_and_is_let_in_is_told_and_who_was_answered_unseen_is_not() {
    let home = Home::new();
    let mut known = Known::default();
    home.news(&mut known);
    home.meet("bob", Standing::Seen);
    let ann = home.meet("ann", Standing::Asked);
    home.desk.approvals().deny(&ann, Leases::Stay).unwrap();
    assert_eq!(home.news(&mut known), ["id-bob came first"]);
    assert!(home.news(&mut known).is_empty());
}

#[test]
fn whoever_begins_to_look_hears_of_those_that_wait_and_not_since_long_ago() {
    let home = Home::new();
    home.meet("old", Standing::Asked);
    *home.now.lock().unwrap() += TimeDelta::days(3);
    home.meet("bob", Standing::Asked);
    home.meet("ann", Standing::Seen);
    assert_eq!(home.news(&mut Known::default()), ["id-bob asks"]);
}

#[test]
fn a_question_of_a_method_that_is_deleted_is_moot() {
    let home = Home::new();
    let mut known = Known::default();
    home.meet("bob", Standing::Asked);
    home.news(&mut known);
    home.desk.methods().delete("/ci/box", Leases::Stay).unwrap();
    assert_eq!(home.news(&mut known), ["id-bob is answered"]);
}

#[test]
fn a_form_is_checked_as_it_would_be_saved_and_nothing_is_kept() {
    let home = Home::new();
    let methods = home.desk.methods();
    let taken = methods.check(&draft("/ci/box"), None).unwrap();
    assert_eq!(taken.problems[0].code, Code::NameTaken);
    assert_eq!(taken.problems[0].field.as_deref(), Some("name"));
    let own = methods.check(&draft("/ci/box"), Some("/ci/box")).unwrap();
    assert!(own.problems.is_empty(), "its own name is not taken");
    let mut wrong = draft("/No Good");
    wrong.bound_aws_account_id.clear();
    wrong.bound_arn = vec!["arn:aws:iam:us-east-1:123456789012:user/*".into()];
    let problems = methods.check(&wrong, None).unwrap().problems;
    let fields: Vec<_> = problems
        .iter()
        .map(|one| one.field.clone().unwrap())
        .collect();
    assert_eq!(fields, ["name", "bound_aws_account_id", "bound_arn"]);
    let mut pinned = draft("/ci/other");
    pinned.sts_url = "https://sts.example.com".into();
    let check = methods.check(&pinned, None).unwrap();
    assert!(check.banner.unwrap().contains("not by AWS"));
    assert_eq!(
        methods.check(&draft("/x"), Some("/none")).unwrap_err().code,
        Code::NotFound
    );
    assert_eq!(methods.list().unwrap().len(), 1);
}

#[test]
fn an_end_that_is_near_is_shown_and_the_next_notice_is_known() {
    let home = Home::new();
    let methods = home.desk.methods();
    let now = *home.now.lock().unwrap();
    assert_eq!(methods.next_expiry_notice().unwrap(), None);
    let end = now + TimeDelta::days(30);
    let mut ending = draft("/ci/ending");
    ending.access_expires = end.timestamp().unsigned_abs();
    ending.expiration_event_in = vec![14, 1];
    methods.create(&ending).unwrap();
    let first = end - TimeDelta::days(14);
    assert_eq!(methods.next_expiry_notice().unwrap(), Some(first));
    assert!(!methods.show("/ci/ending").unwrap().expires_soon);
    *home.now.lock().unwrap() = first;
    assert!(methods.show("/ci/ending").unwrap().expires_soon);
    assert_eq!(methods.expiry_notices().unwrap().len(), 1);
    assert_eq!(
        methods.next_expiry_notice().unwrap(),
        Some(end - TimeDelta::days(1))
    );
    assert!(
        !methods.show("/ci/box").unwrap().expires_soon,
        "it has no end"
    );
}

#[test]
fn what_a_role_or_a_method_comes_to_is_told_of_todays_secrets() {
    let home = Home::new();
    let (methods, roles) = (home.desk.methods(), home.desk.roles());
    methods.create(&draft("/ci/other")).unwrap();
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|one| (*one).to_owned())
            .collect::<Vec<_>>()
    };
    roles.create("readers", "").unwrap();
    roles
        .set_rule("readers", "/development/*", &words(&["read"]))
        .unwrap();
    roles.associate("readers", "/ci/box", &[], false).unwrap();
    roles.create("admins", "").unwrap();
    roles.set_rule("admins", "/*", &words(&["delete"])).unwrap();
    roles.associate("admins", "/ci/other", &[], false).unwrap();
    let secrets: Vec<(String, ItemPath)> = [("1", "/development/a"), ("2", "/production/b")]
        .map(|(id, path)| (id.to_owned(), ItemPath::parse("path", path).unwrap()))
        .into();
    let reach = |role, method| -> Vec<String> {
        let found = roles.reach(&secrets, role, method).unwrap();
        let told = found.into_iter().map(|one| {
            let roles: Vec<String> = one.ways.into_iter().map(|way| way.role).collect();
            format!("{} {}", one.secret_id, roles.join(" "))
        });
        told.collect()
    };
    assert_eq!(reach(None, None), ["1 admins readers", "2 admins"]);
    assert_eq!(reach(Some("readers"), None), ["1 readers", "2 "]);
    assert_eq!(reach(None, Some("/ci/other")), ["1 admins", "2 admins"]);
    methods.disable("/ci/other", Leases::Stay).unwrap();
    assert_eq!(reach(None, Some("/ci/other")), ["1 ", "2 "]);
    let nobody = roles.reach(&secrets, Some("none"), None).unwrap_err();
    assert_eq!(nobody.code, Code::NotFound);
}
