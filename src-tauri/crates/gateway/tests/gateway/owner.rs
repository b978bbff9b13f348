//! What the owner does while somebody is logged in works on the next call.

use leasehold_access::desk::Leases;
use leasehold_engine::wire::State;
use leasehold_engine::{IssueRequest, KeychainChoice, LeaseQuery};
use leasehold_practice::ACCOUNT_ID;
use secrecy::SecretString;
use serde_json::json;

use crate::house::{House, Open, SECRET, open, serve_engine};

#[tokio::test]
async fn what_is_tightened_or_switched_off_works_on_the_next_call() {
    let house = House::new().await;
    let open = house.serve().await;
    let methods = house.desk();
    let token = house.token(&open, &house.sts.manager).await;
    let form = json!({ "token": token });
    let list = || open.post("/list-items", &form);
    assert_eq!(list().await.status, 200);
    let seen = methods.methods().show("/ci/box").unwrap().method;
    let mut tighter = seen.clone();
    tighter.bound_user_name = vec!["somebody-else".into()];
    methods
        .methods()
        .update("/ci/box", &seen, &tighter)
        .unwrap();
    assert_eq!(list().await.status, 401);
    let form = house.login(&house.sts.identity(&house.sts.manager));
    let said = open.post("/auth", &form).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (403, &json!("user_name_not_bound"))
    );
    let told = house.last_told("login.refused");
    assert!(
        told.contains("user/") && told.contains("[user_name_not_bound]"),
        "{told}"
    );
}

#[tokio::test]
async fn the_owner_is_asked_and_an_answer_for_once_is_good_for_one_login() {
    let house = House::with(|draft| draft.ask_first = true).await;
    let open = house.serve().await;
    let desk = house.desk();
    let knock = || async {
        let form = house.login(&house.sts.identity(&house.sts.manager));
        open.post("/auth", &form).await
    };
    let said = knock().await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (403, &json!("asked_and_waiting"))
    );
    assert!(house.last_told("login.asked").contains("may it log in?"));
    let waiting = desk.approvals().list().unwrap();
    assert_eq!(waiting[0].standing, "asked");
    desk.approvals().allow(&waiting[0].id, false).unwrap();
    let (one, two) = tokio::join!(knock(), knock());
    let mut codes = [one.status, two.status];
    codes.sort_unstable();
    assert_eq!(codes, [200, 403], "two at once: one of them");
    desk.approvals().allow(&waiting[0].id, true).unwrap();
    let said = knock().await;
    assert_eq!(said.status, 200);
    let token = said.body["token"].as_str().unwrap().to_owned();
    desk.approvals().deny(&waiting[0].id, Leases::Stay).unwrap();
    let said = open.post("/list-items", &json!({ "token": token })).await;
    assert_eq!(said.status, 401);
    assert_eq!(knock().await.body["code"], "asked_and_denied");
    assert!(desk.sessions().list().unwrap().is_empty());
}

#[tokio::test]
async fn a_locked_vault_is_423_and_asks_nobody() {
    let house = House::new().await;
    let file = house.folder.path().join("keys");
    let with = |word: &str| KeychainChoice::File {
        path: file.clone(),
        passphrase: SecretString::from(word),
    };
    let right = open(house.folder.path(), with("right"));
    right
        .keep_own_secret("anything", SecretString::from("kept"))
        .await
        .unwrap();
    let wrong = open(house.folder.path(), with("wrong"));
    let open = serve_engine(&wrong).await;
    let form = house.login(&house.sts.identity(&house.sts.manager));
    let said = open.post("/auth", &form).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (423, &json!("vault_locked"))
    );
    let said = open
        .post("/get-dynamic-secret-value", &json!({ "name": SECRET }))
        .await;
    assert_eq!(said.status, 423);
    assert_eq!(house.sts.asked(), 0);
}

/// A caller with a lease; its token, and the lease.
async fn served(house: &House, open: &Open) -> (String, String) {
    let token = house.token(open, &house.sts.manager).await;
    let ask = json!({ "token": token, "name": SECRET });
    let said = open.post("/get-dynamic-secret-value", &ask).await;
    assert_eq!(said.status, 200, "{}", said.body);
    (token, said.body["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn whoever_is_shut_out_with_their_leases_loses_those_and_the_next_process_sees_to_it() {
    let house = House::new().await;
    let open = house.serve().await;
    let (token, id) = served(&house, &open).await;
    let of_other = house.token(&open, &house.sts.admin).await;
    let ask = json!({ "token": of_other, "name": SECRET });
    let said = open.post("/get-dynamic-secret-value", &ask).await;
    let others = said.body["id"].as_str().unwrap().to_owned();
    let own = IssueRequest {
        secret: house.engine.secrets().list().unwrap()[0].id.clone(),
        ..IssueRequest::default()
    };
    let own = house.engine.leases().issue(&own).await.unwrap().lease.id;

    let desk = house.desk();
    let known = desk.approvals().list().unwrap();
    let who = known.iter().find(|one| one.arn.contains("/practice/"));
    let denied = desk
        .approvals()
        .deny(&who.unwrap().id, Leases::End)
        .unwrap();
    assert_eq!(denied.leases, [id.as_str()], "no one else's");
    let said = open.post("/list-items", &json!({ "token": token })).await;
    assert_eq!(said.status, 401);
    assert!(house.last_told("lease.revoke_asked").contains("the way in"));
    // Whoever shut the way is gone here, before it has ended anything. The timer of any process goes on.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let engine = house.engine.clone();
    let timer = tokio::spawn(async move { engine.run(stopped).await });
    let state = |id: &str| house.engine.leases().show(id).unwrap().lease.state;
    let ended = async {
        let mut events = house.engine.subscribe();
        while state(&id) != State::Revoked {
            let _ = events.recv().await;
        }
    };
    let patience = std::time::Duration::from_secs(100);
    tokio::time::timeout(patience, ended).await.unwrap();
    assert_eq!([state(&others), state(&own)], [State::Active; 2]);
    stop.send(true).unwrap();
    timer.await.unwrap();
}

#[tokio::test]
async fn a_lease_of_a_session_that_is_over_is_never_recorded() {
    let house = House::new().await;
    let open = house.serve().await;
    let (_, id) = served(&house, &open).await;
    let caller = house.engine.leases().caller(&id).unwrap().unwrap();
    let desk = house.desk();
    let session = desk.sessions().list().unwrap()[0].id.clone();
    let request = IssueRequest {
        secret: house.engine.secrets().list().unwrap()[0].id.clone(),
        ..IssueRequest::default()
    };
    let leases = house.engine.leases();
    leases.issue_for(&request, &caller, &session).await.unwrap();
    // The call is let in, and the owner ends the session before anything is recorded for it.
    desk.sessions().revoke(&session, Leases::Stay).unwrap();
    let late = leases.issue_for(&request, &caller, &session).await;
    assert_eq!(late.unwrap_err().code, leasehold_domain::Code::NotFound);
    assert_eq!(leases.list(&LeaseQuery::default()).unwrap().len(), 2);
}

#[tokio::test]
async fn who_came_before_the_owner_wanted_to_be_asked_is_asked_about_too() {
    let house = House::new().await;
    let open = house.serve().await;
    house.token(&open, &house.sts.manager).await;
    let desk = house.desk();
    let change = |asks| {
        let seen = desk.methods().show("/ci/box").unwrap().method;
        let mut draft = seen.clone();
        draft.ask_first = asks;
        desk.methods().update("/ci/box", &seen, &draft).unwrap();
    };
    change(true);
    let knock = || async {
        let form = house.login(&house.sts.identity(&house.sts.manager));
        open.post("/auth", &form).await
    };
    assert_eq!(knock().await.body["code"], "asked_and_waiting");
    let standing = || desk.approvals().list().unwrap()[0].standing.clone();
    assert_eq!(standing(), "asked");
    // Where nobody is asked any more, nobody waits.
    change(false);
    assert_eq!(knock().await.status, 200);
    assert_eq!(standing(), "seen");
}

#[tokio::test]
async fn a_hundred_who_wait_are_enough() {
    let house = House::with(|draft| draft.ask_first = true).await;
    let open = house.serve().await;
    let store = house.store();
    let now = chrono::Utc::now();
    for n in 0..100 {
        let row = leasehold_store::PrincipalRow {
            id: format!("id-{n}"),
            access_id: house.access_id.clone(),
            asserted_by: house.sts.url.clone(),
            stable_id: format!("{ACCOUNT_ID}:n{n}"),
            arn: format!("arn:aws:sts::{ACCOUNT_ID}:federated-user/n{n}"),
            account_id: ACCOUNT_ID.into(),
            standing: leasehold_store::Standing::Asked,
            first_seen_at: now,
            last_seen_at: now,
        };
        store.principals().meet(&row).unwrap();
    }
    let knock = || async {
        let form = house.login(&house.sts.identity(&house.sts.manager));
        open.post("/auth", &form).await
    };
    assert_eq!(knock().await.body["code"], "asked_and_waiting");
    assert_eq!(house.desk().approvals().list().unwrap().len(), 100);
    let told = house.last_told("login.refused");
    assert!(told.contains("100 wait for an answer already"), "{told}");
    // One is answered, and there is room for whoever comes next.
    let desk = house.desk();
    desk.approvals().deny("id-7", Leases::Stay).unwrap();
    knock().await;
    assert_eq!(desk.approvals().list().unwrap().len(), 101);
}
