//! Container credentials, as AWS's own clients ask for them.

use leasehold_engine::LeaseQuery;
use leasehold_engine::wire::{SecretDraft, State};
use leasehold_practice::{ACCOUNT_ID, READER_ROLE};

use crate::house::{House, Open, Said, moment};

const ITEM: &str = "/container-credentials/development/payments/reader";

fn reader() -> SecretDraft {
    SecretDraft {
        name: "reader".into(),
        environment: "development".into(),
        folder: "/payments".into(),
        connection: "practice".into(),
        default_ttl: "1h".into(),
        max_ttl: "2h".into(),
        credential_type: "assumed_role".into(),
        role_arn: format!("arn:aws:iam::{ACCOUNT_ID}:role/practice/{READER_ROLE}"),
        ..SecretDraft::default()
    }
}

async fn house() -> House {
    let house = House::new().await;
    house.engine.secrets().add(&reader()).unwrap();
    house
}

async fn read(open: &Open, path: &str, headers: &str) -> Said {
    let text =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n");
    open.raw(&text).await.unwrap()
}

fn authorized(token: &str) -> String {
    format!("Authorization: {token}\r\n")
}

fn leases(house: &House) -> usize {
    let query = LeaseQuery {
        all: true,
        ..LeaseQuery::default()
    };
    house.engine.leases().list(&query).unwrap().len()
}

#[tokio::test]
async fn a_caller_reads_a_session_and_gets_the_same_one_while_enough_of_it_is_left() {
    let house = house().await;
    let open = house.serve().await;
    let token = authorized(&house.token(&open, &house.sts.manager).await);
    let said = read(&open, ITEM, &token).await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert!(said.head.contains("cache-control: no-store"));
    let text = |field: &str| said.body[field].as_str().unwrap().to_owned();
    assert!(text("AccessKeyId").starts_with("ASIA"));
    assert!(!text("SecretAccessKey").is_empty() && !text("Token").is_empty());
    assert_eq!(text("RoleArn"), reader().role_arn);
    assert!(moment(&said.body["Expiration"]) > chrono::Utc::now());

    let again = read(&open, ITEM, &token).await;
    assert_eq!(again.body, said.body);
    assert_eq!(leases(&house), 1);
    // Somebody else who may have one gets one of its own.
    let other = authorized(&house.token(&open, &house.sts.admin).await);
    let theirs = read(&open, ITEM, &other).await;
    assert_eq!(theirs.status, 200, "{}", theirs.body);
    assert_ne!(theirs.body["AccessKeyId"], said.body["AccessKeyId"]);
    assert_eq!(leases(&house), 2);

    // Once it is revoked a new one is made.
    let lease = house.engine.leases().list(&LeaseQuery::default()).unwrap();
    let ids: Vec<String> = lease.into_iter().map(|lease| lease.id).collect();
    house.engine.leases().revoke(&ids).await.unwrap();
    let fresh = read(&open, ITEM, &token).await;
    assert_ne!(fresh.body["AccessKeyId"], said.body["AccessKeyId"]);
    let first = house.engine.leases().show(&ids[0]).unwrap().lease;
    assert_eq!(first.state, State::AccessCut);
    open.stop().await;
}

#[tokio::test]
async fn keys_of_iam_users_are_refused_with_the_way_that_works_for_them() {
    let house = house().await;
    let open = house.serve().await;
    let token = authorized(&house.token(&open, &house.sts.manager).await);
    let path = "/container-credentials/development/payments/s3-upload";
    let said = read(&open, path, &token).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (400, &"not_a_session".into())
    );
    assert!(
        said.body["hint"]
            .as_str()
            .unwrap()
            .contains("credential_process")
    );
    assert_eq!(leases(&house), 0);
    open.stop().await;
}

#[tokio::test]
async fn nobody_reads_without_a_token_a_right_or_from_a_page() {
    let house = house().await;
    let open = house.serve().await;
    let token = authorized(&house.token(&open, &house.sts.manager).await);
    let cases = [
        (ITEM, String::new(), 401),
        (ITEM, authorized("t-wrong"), 401),
        (ITEM, authorized(&"x".repeat(3000)), 401),
        (
            "/container-credentials/production/reader",
            token.clone(),
            404,
        ),
        ("/container-credentials/", token.clone(), 404),
        (
            "/container-credentials/development/../payments/reader",
            token.clone(),
            400,
        ),
        (&format!("{ITEM}?token=x")[..], token.clone(), 400),
        (ITEM, format!("{token}Origin: http://localhost\r\n"), 403),
        (ITEM, format!("{token}{token}"), 400),
        (ITEM, format!("{token}Content-Length: 2\r\n"), 400),
        ("/list-items", token.clone(), 405),
    ];
    for (path, headers, status) in cases {
        let said = read(&open, path, &headers).await;
        assert_eq!(said.status, status, "{path} {headers}: {}", said.body);
    }
    // A token in the header is for reads alone.
    let said = open
        .post_with("/list-items", &serde_json::json!({}), &token)
        .await;
    assert_eq!(said.status, 401, "{}", said.body);
    assert_eq!(leases(&house), 0);
    open.stop().await;
}
