//! Callers who mean harm: what they send changes nothing, reaches nobody, and tells them little.

use serde_json::json;

use crate::house::{House, request};

#[tokio::test]
async fn t104_t105_t106_other_names_and_web_pages_are_refused_before_anything_is_read() {
    let house = House::new().await;
    let open = house.serve().await;
    let form = house
        .login(&house.sts.identity(&house.sts.manager))
        .to_string();
    let good = request("/auth", &form, "");
    let with_host = |host: &str| good.replace("Host: 127.0.0.1", host);
    for (what, text) in [
        ("another host", with_host("Host: attacker.example")),
        (
            "a rebound name",
            with_host("Host: localhost.attacker.example:8732"),
        ),
        (
            "a name in front",
            with_host("Host: localhost@attacker.example"),
        ),
        ("no host", with_host("X-No: 1")),
        (
            "two hosts",
            with_host("Host: 127.0.0.1\r\nHost: attacker.example"),
        ),
        (
            "two right hosts",
            with_host("Host: 127.0.0.1\r\nHost: 127.0.0.1"),
        ),
        (
            "a whole URL",
            good.replace("POST /auth", "POST http://127.0.0.1/auth"),
        ),
        (
            "an origin",
            request("/auth", &form, "Origin: https://evil.example\r\n"),
        ),
        (
            "an origin of its own",
            request("/auth", &form, "Origin: http://127.0.0.1\r\n"),
        ),
        ("no origin", request("/auth", &form, "Origin: null\r\n")),
        (
            "a page",
            request("/auth", &form, "Sec-Fetch-Site: cross-site\r\n"),
        ),
        (
            "a page's mode",
            request("/auth", &form, "Sec-Fetch-Mode: no-cors\r\n"),
        ),
    ] {
        let said = open.raw(&text).await.unwrap();
        assert!(matches!(said.status, 400 | 403), "{what}: {}", said.status);
        assert!(!said.head.contains("access-control"), "{what}");
    }
    let preflight = "OPTIONS /auth HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n\
                     Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n";
    let said = open.raw(preflight).await.unwrap();
    assert_eq!(said.status, 403);
    assert_eq!(house.sts.asked(), 0);
    assert_eq!(
        open.raw(&good).await.unwrap().status,
        200,
        "it was a good login"
    );
}

#[tokio::test]
async fn requests_of_another_form_are_refused() {
    let house = House::new().await;
    let open = house.serve().await;
    let good = request("/validate-token", "{}", "");
    let long = "x".repeat(70_000);
    for (what, text, status) in [
        (
            "a query",
            good.replace("/validate-token", "/validate-token?token=t-1"),
            400,
        ),
        ("a get", good.replace("POST", "GET"), 405),
        (
            "another path",
            good.replace("/validate-token", "/validate-token/"),
            404,
        ),
        (
            "dots",
            good.replace("/validate-token", "/x/../validate-token"),
            404,
        ),
        (
            "slashes",
            good.replace("/validate-token", "//validate-token"),
            404,
        ),
        (
            "escapes",
            good.replace("/validate-token", "/%76alidate-token"),
            404,
        ),
        (
            "a form",
            good.replace("application/json", "text/plain"),
            415,
        ),
        (
            "two types",
            request("/validate-token", "{}", "Content-Type: text/plain\r\n"),
            415,
        ),
        (
            "chunks",
            good.replace("Content-Length: 2", "Transfer-Encoding: chunked")
                .replace("\r\n\r\n{}", "\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
            411,
        ),
        (
            "chunks and a length",
            request("/validate-token", "{}", "Transfer-Encoding: chunked\r\n"),
            411,
        ),
        ("too long", request("/validate-token", &long, ""), 413),
        ("no JSON", request("/validate-token", "[1", ""), 400),
        (
            "keys twice",
            request("/validate-token", "{\"token\":\"a\",\"token\":\"b\"}", ""),
            400,
        ),
        (
            "a long head",
            request(
                "/validate-token",
                "{}",
                &format!("X-Long: {}\r\n", "x".repeat(20_000)),
            ),
            431,
        ),
        (
            "many headers",
            request("/validate-token", "{}", &"X-Many: 1\r\n".repeat(100)),
            431,
        ),
        (
            "an upgrade",
            request("/validate-token", "{}", "Upgrade: websocket\r\n"),
            400,
        ),
    ] {
        let said = open.raw(&text).await;
        let said = said.unwrap_or_else(|| panic!("{what}: closed"));
        assert_eq!(said.status, status, "{what}: {}", said.body);
        assert!(!said.body.to_string().contains("t-1"), "{what}");
    }
    assert_eq!(open.raw(&good).await.unwrap().status, 200);
}

#[tokio::test]
async fn t112_who_tries_too_often_is_slowed_down_before_anybody_is_asked() {
    let house = House::new().await;
    let open = house.serve().await;
    let bad = house.login("bm9uc2Vuc2U=");
    let mut codes = Vec::new();
    for _ in 0..40 {
        codes.push(open.post("/auth", &bad).await.status);
    }
    assert!(
        codes.iter().filter(|code| **code == 401).count() <= 12,
        "{codes:?}"
    );
    let said = open.post("/auth", &bad).await;
    assert_eq!(said.status, 429);
    assert!(said.head.contains("retry-after: "), "{}", said.head);
    assert_eq!(house.sts.asked(), 0);
    let lines = house
        .told()
        .into_iter()
        .filter(|(kind, _)| kind == "login.refused");
    assert!(lines.count() <= 14, "the log does not fill");
}

#[tokio::test]
async fn guessing_tokens_is_slowed_down_and_whoever_has_one_is_not() {
    let house = House::new().await;
    let open = house.serve().await;
    let token = house.token(&open, &house.sts.manager).await;
    let guess = json!({ "token": format!("t-{}", "A".repeat(43)) });
    let mut refused = 0;
    for _ in 0..20 {
        let said = open.post("/list-items", &guess).await;
        refused += usize::from(said.status == 429);
        assert!(!said.body.to_string().contains("AAAA"));
    }
    assert!(refused >= 8, "{refused}");
    let said = open.post("/list-items", &json!({ "token": token })).await;
    assert_eq!(said.status, 200);
}

#[tokio::test]
async fn t107_only_a_trusted_gateway_is_believed_about_addresses() {
    let house = House::with(|draft| draft.bound_ips = vec!["10.0.0.5".into()]).await;
    let open = house.serve().await;
    let claim = "X-Forwarded-For: 10.0.0.5\r\n";
    let knock = || house.login(&house.sts.identity(&house.sts.manager));
    let said = open.post_with("/auth", &knock(), claim).await;
    assert_eq!(said.status, 401);
    assert!(
        house
            .last_told("login.refused")
            .contains("[client_ip_not_bound]")
    );
    assert_eq!(house.sts.asked(), 0);

    let desk = house.desk();
    let seen = desk.methods().show("/ci/box").unwrap().method;
    let mut trusting = seen.clone();
    trusting.gw_bound_ips = vec!["127.0.0.1".into()];
    desk.methods().update("/ci/box", &seen, &trusting).unwrap();
    let said = open.post_with("/auth", &knock(), claim).await;
    assert_eq!(said.status, 200, "{}", said.body);
    let told = house.last_told("login.accepted");
    assert!(
        told.contains("from 10.0.0.5 over the gateway 127.0.0.1"),
        "{told}"
    );
    let token = said.body["token"].as_str().unwrap().to_owned();
    let list = json!({ "token": token });
    assert_eq!(
        open.post("/list-items", &list).await.status,
        403,
        "on every call"
    );
    assert_eq!(
        open.post_with("/list-items", &list, claim).await.status,
        200
    );
    let broken = "X-Forwarded-For: 10.0.0.5, garbage\r\n";
    let said = open.post_with("/auth", &knock(), broken).await;
    assert_eq!(
        (said.status, &said.body["code"]),
        (400, &json!("forwarding_malformed"))
    );
}

#[tokio::test]
async fn a_stranger_learns_the_same_of_every_access_id() {
    let house = House::new().await;
    let open = house.serve().await;
    let mut answers = Vec::new();
    for id in ["p-aaaaaaaaaaaaaa", "/ci/box", "p-x\u{1b}[31m"] {
        let mut form = house.login(&house.sts.identity(&house.sts.manager));
        form["access-id"] = json!(id);
        // Signed for an STS that no unknown method trusts: form faults come first, for everybody.
        let said = open.post("/auth", &form).await;
        assert_eq!(said.status, 401);
        answers.push(said.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let told = format!("{:?}", house.told());
    assert!(!told.contains("\\u{1b}"), "{told}");
}

/// What one address has open and says nothing on keeps its own callers out, and nobody else's.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_with_too_many_connections_gets_no_more_until_one_is_closed() {
    use tokio::net::{TcpSocket, TcpStream};

    use crate::house::say;

    let house = House::new().await;
    let open = house.serve().await;
    let from = |address: &str| {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        socket.connect(open.at)
    };
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..64 {
        idle.push(from("127.0.0.1").await.unwrap());
    }
    let call = request("/list-items", "{}", "");
    let one_more = from("127.0.0.1").await.unwrap();
    assert!(say(one_more, &call).await.is_none(), "closed unheard");
    let other = from("127.0.0.2").await.unwrap();
    assert_eq!(say(other, &call).await.unwrap().status, 401);
    idle.pop();
    loop {
        let again = from("127.0.0.1").await.unwrap();
        if let Some(said) = say(again, &call).await {
            assert_eq!(said.status, 401);
            break;
        }
    }
}
