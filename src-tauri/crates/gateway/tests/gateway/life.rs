//! A login, a lease and their ends, as a stock client of the API goes through them.

use leasehold_engine::LeaseQuery;
use leasehold_engine::wire::{Event, State as LeaseState};
use leasehold_practice::{ACCOUNT_ID, MANAGER_NAME};
use serde_json::json;

use crate::house::{House, SECRET, moment};
use crate::secrecy::keeps_nothing_secret;

fn manager_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:user/practice/{MANAGER_NAME}")
}

#[tokio::test]
async fn an_identity_gets_uses_renews_and_gives_back_a_lease_and_the_owner_sees_who_it_was() {
    let house = House::new().await;
    let open = house.serve().await;
    let identity = house.sts.identity(&house.sts.manager);
    let said = open.post("/auth", &house.login(&identity)).await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert!(said.head.contains("cache-control: no-store"));
    assert!(!said.head.contains("access-control"), "{}", said.head);
    let token = said.body["token"].as_str().unwrap().to_owned();
    assert!(moment(&said.body["expiration"]) > chrono::Utc::now());

    let said = open
        .post("/validate-token", &json!({ "token": token }))
        .await;
    assert_eq!(said.body["is_valid"], true);
    let said = open
        .post("/describe-sub-claims", &json!({ "token": token }))
        .await;
    assert_eq!(said.body["sub_claims"]["user_name"], json!([MANAGER_NAME]));
    assert_eq!(said.body["sub_claims"]["account_id"], json!([ACCOUNT_ID]));
    let said = open
        .post("/list-items", &json!({ "token": token, "path": "/" }))
        .await;
    assert_eq!(said.body["items"][0]["item_name"], SECRET);
    assert_eq!(said.body["items"][0]["item_type"], "DYNAMIC_SECRET");
    assert_eq!(said.body["folders"], json!(["/development"]));

    let ask = json!({ "token": token, "name": SECRET, "args": ["ttl=30m", "label=deploy"],
        "json": false, "timeout": 15 });
    let said = open.post("/get-dynamic-secret-value", &ask).await;
    assert_eq!(said.status, 200, "{}", said.body);
    let id = said.body["id"].as_str().unwrap().to_owned();
    let secret = said.body["secret_access_key"].as_str().unwrap().to_owned();
    assert!(
        said.body["access_key_id"]
            .as_str()
            .unwrap()
            .starts_with("AKIA")
    );
    assert_eq!(said.body["ttl_in_minutes"], "30");

    let lease = house.engine.leases().show(&id).unwrap().lease;
    assert!(lease.requested_by == manager_arn(), "{lease:?}");
    let made_for = house.engine.leases().caller(&id).unwrap().unwrap();
    assert_eq!(made_for.access_id, house.access_id);
    assert_eq!(made_for.claims["user_name"], MANAGER_NAME);
    assert_eq!(made_for.client, "127.0.0.1");
    assert_eq!(made_for.asserted_by, house.sts.url);

    let ask = json!({ "token": token, "name": SECRET });
    let said = open.post("/dynamic-secret-tmp-creds-get", &ask).await;
    assert_eq!(said.status, 201);
    assert_eq!(said.body[0]["id"], id.as_str());
    assert_eq!(
        said.body[0]["sub_claims"]["user_name"],
        json!([MANAGER_NAME])
    );

    let before = lease.expires_at;
    let ask = json!({ "token": token, "name": SECRET, "tmp-creds-id": id, "host": "",
        "new-ttl-min": 60 });
    let said = open.post("/dynamic-secret-tmp-creds-update", &ask).await;
    assert_eq!(said.status, 201, "{}", said.body);
    let after = house.engine.leases().show(&id).unwrap().lease.expires_at;
    let more = (after - before).num_minutes();
    assert!(
        (29..=30).contains(&more),
        "an hour from now, not more: {more}"
    );
    let said = open.post("/dynamic-secret-tmp-creds-update", &ask).await;
    assert_eq!(said.status, 201, "asked twice: {}", said.body);
    let mut less = ask.clone();
    less["new-ttl-min"] = json!(5);
    let said = open.post("/dynamic-secret-tmp-creds-update", &less).await;
    assert_eq!((said.status, &said.body["code"]), (409, &json!("refused")));

    let ask = json!({ "token": token, "name": SECRET, "tmp-creds-id": id });
    let said = open.post("/dynamic-secret-tmp-creds-delete", &ask).await;
    assert_eq!(said.status, 201, "{}", said.body);
    assert_eq!(said.body["revoked"], json!([id]));
    assert!(
        house
            .engine
            .leases()
            .list(&LeaseQuery::default())
            .unwrap()
            .is_empty()
    );

    assert_eq!(
        open.post("/revoke-creds", &json!({ "token": token }))
            .await
            .status,
        200
    );
    let said = open.post("/list-items", &json!({ "token": token })).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (401, &json!("token_invalid"))
    );
    let said = open
        .post("/validate-token", &json!({ "token": token }))
        .await;
    assert_eq!(said.body["is_valid"], false);

    let told = house.last_told("call.made");
    assert!(
        told.contains("asks to revoke") && told.contains(&id),
        "{told}"
    );
    let told = house.last_told("login.accepted");
    for part in [&manager_arn(), &house.access_id, "127.0.0.1", "user_name="] {
        assert!(told.contains(part), "{part}: {told}");
    }
    open.stop().await;
    keeps_nothing_secret(&house, &[&token, &identity, &secret]);
}

#[tokio::test]
async fn a_cloud_identity_logs_in_once_also_after_a_restart_and_ten_at_once() {
    let house = House::new().await;
    let open = house.serve().await;
    let identity = house.sts.identity(&house.sts.manager);
    let form = house.login(&identity);
    let tries = (0..8).map(|_| open.post("/auth", &form));
    let said = futures_of(tries).await;
    let passed = said.iter().filter(|said| said.status == 200).count();
    assert_eq!(passed, 1);
    open.stop().await;
    let open = house.serve().await;
    let said = open.post("/auth", &form).await;
    assert_eq!((said.status, &said.body["code"]), (401, &json!("replayed")));
    assert!(house.last_told("login.refused").contains("[replayed]"));
}

async fn futures_of<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        match waiting.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done
}

#[tokio::test]
async fn what_is_not_granted_is_not_there_and_what_is_only_listed_is_refused() {
    let house = House::new().await;
    let open = house.serve().await;
    let token = house.token(&open, &house.sts.manager).await;
    let ask = |name: &str| json!({ "token": token, "name": name });
    house.allow("/development/payments/*", &["list"]);
    let said = open.post("/get-dynamic-secret-value", &ask(SECRET)).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (403, &json!("not_allowed"))
    );
    house.allow("/development/payments/*", &["deny"]);
    let hidden = open.post("/get-dynamic-secret-value", &ask(SECRET)).await;
    let nowhere = open
        .post("/get-dynamic-secret-value", &ask("/development/none"))
        .await;
    assert_eq!(hidden.status, 404);
    assert_eq!(hidden.body, nowhere.body, "there or not looks the same");
    let said = open.post("/list-items", &json!({ "token": token })).await;
    assert_eq!(said.body["items"], json!([]));
    assert!(
        house.last_told("call.refused").contains("No access role")
            || house.last_told("call.refused").contains("No rule")
    );
    assert!(
        house
            .engine
            .leases()
            .list(&LeaseQuery::default())
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn somebody_elses_lease_is_not_there_unless_delete_is_granted() {
    let house = House::new().await;
    let open = house.serve().await;
    let owner = house.token(&open, &house.sts.manager).await;
    let other = house.token(&open, &house.sts.admin).await;
    let ask = json!({ "token": owner, "name": SECRET });
    let said = open.post("/get-dynamic-secret-value", &ask).await;
    let id = said.body["id"].as_str().unwrap().to_owned();
    let of = |token: &str| json!({ "token": token, "name": SECRET, "tmp-creds-id": id });
    let said = open
        .post("/dynamic-secret-tmp-creds-get", &of(&other))
        .await;
    assert_eq!(said.body, json!([]));
    for call in [
        "/dynamic-secret-tmp-creds-delete",
        "/dynamic-secret-tmp-creds-update",
    ] {
        let said = open.post(call, &of(&other)).await;
        assert_eq!(said.status, 404, "{call}: {}", said.body);
    }
    let all = json!({ "token": other, "name": SECRET, "revoke-all": true });
    let said = open.post("/dynamic-secret-tmp-creds-delete", &all).await;
    assert_eq!(said.body["revoked"], json!([]));
    house.allow("/development/payments/*", &["read", "delete"]);
    let said = open
        .post("/dynamic-secret-tmp-creds-delete", &of(&other))
        .await;
    assert_eq!(said.body["revoked"], json!([id]));
    assert!(
        house
            .engine
            .leases()
            .show(&id)
            .unwrap()
            .lease
            .ended_at
            .is_some()
    );
}

#[tokio::test]
async fn who_hangs_up_before_the_answer_leaves_no_lease_behind() {
    let house = House::new().await;
    let open = house.serve().await;
    let token = house.token(&open, &house.sts.manager).await;
    house.way.leave_keys_untried();
    let form = json!({ "token": token, "name": SECRET, "args": ["wait=true"], "timeout": 60 });
    let text = crate::house::request("/get-dynamic-secret-value", &form.to_string(), "");
    let mut events = house.engine.subscribe();
    let mut stream = tokio::net::TcpStream::connect(open.at).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, text.as_bytes())
        .await
        .unwrap();
    let is = |event: &Event, states: &[LeaseState]| match event {
        Event::LeaseChanged { lease } => states.contains(&lease.state),
        _ => false,
    };
    while !is(&events.recv().await.unwrap(), &[LeaseState::Active]) {}
    drop(stream);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let engine = house.engine.clone();
    let timer = tokio::spawn(async move { engine.run(stopped).await });
    let ended = [LeaseState::Revoked, LeaseState::Failed];
    let over = async {
        let all = LeaseQuery {
            all: true,
            ..LeaseQuery::default()
        };
        loop {
            let leases = house.engine.leases().list(&all).unwrap();
            if leases.iter().all(|lease| ended.contains(&lease.state)) {
                break;
            }
            let _ = events.recv().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(100), over)
        .await
        .unwrap();
    stop.send(true).unwrap();
    timer.await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn over_the_socket_the_owner_sees_which_process_it_was() {
    let house = House::new().await;
    let path = house.folder.path().join("run/gateway.sock");
    let options = leasehold_gateway::Options {
        socket: Some(path.clone()),
        ..leasehold_gateway::Options::default()
    };
    let gateway = leasehold_gateway::Gateway::open(&house.engine, options)
        .await
        .unwrap();
    assert_eq!(gateway.urls(), [format!("unix:{}", path.display())]);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(gateway.run(stopped));
    let form = house
        .login(&house.sts.identity(&house.sts.manager))
        .to_string();
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let text = crate::house::request("/auth", &form, "");
    let said = crate::house::say(stream, &text).await.unwrap();
    assert_eq!(said.status, 200, "{}", said.body);
    let told = house.last_told("login.accepted");
    assert!(told.contains("from unix (uid "), "{told}");
    assert!(
        told.contains(&format!("pid {}", std::process::id())),
        "{told}"
    );
    stop.send(true).unwrap();
    task.await.unwrap();
    assert!(!path.exists());
}
