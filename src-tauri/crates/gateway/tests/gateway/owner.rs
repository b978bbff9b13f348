//! What the owner does while somebody is logged in works on the next call.

use leasehold_engine::KeychainChoice;
use secrecy::SecretString;
use serde_json::json;

use crate::house::{House, SECRET, open, serve_engine};

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
    desk.approvals().deny(&waiting[0].id).unwrap();
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
