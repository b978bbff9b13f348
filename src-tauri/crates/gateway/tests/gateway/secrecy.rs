//! What is handed out or presented is in no file of the home, in no line of the activity log and in none of
//! the diagnostics, however a call ends.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use leasehold_engine::wire::SecretDraft;
use leasehold_practice::{ACCOUNT_ID, READER_ROLE};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::house::{House, SECRET, request};

/// Neither the log nor any file of the home holds what was handed out or presented.
pub fn keeps_nothing_secret(house: &House, secrets: &[&str]) {
    let signing = house.sts.manager.secret_access_key();
    let told = format!("{:?}", house.told());
    house.engine.close();
    let mut files = Vec::new();
    let mut folders = vec![house.folder.path().join("home")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The practice account is AWS here: it knows its own keys.
            match path.is_dir() {
                true if path.ends_with("practice") => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets.iter().copied().chain([signing, "AWS4-HMAC-SHA256"]) {
            assert!(!text.contains(secret), "{}", file.display());
            assert!(!told.contains(secret));
        }
    }
}

/// Hears what Leasehold says of itself, at every level.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<String>>);

impl Ears {
    fn heard(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Visit for Ears {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Ears {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        // What the shells write out is Leasehold's own alone.
        of.target().starts_with("leasehold")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

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

/// The signature of a cloud identity.
fn signature(identity: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let decode = |text: &str| STANDARD.decode(text).unwrap();
    let outer: serde_json::Value = serde_json::from_slice(&decode(identity)).unwrap();
    let headers = decode(outer["sts_request_headers"].as_str().unwrap());
    let headers: serde_json::Value = serde_json::from_slice(&headers).unwrap();
    let signed = headers["authorization"][0].as_str().unwrap();
    signed.rsplit('=').next().unwrap().to_owned()
}

#[tokio::test]
async fn good_and_bad_logins_and_calls_leave_nothing_secret_behind() {
    let ears = Ears::default();
    let _hearing = tracing::subscriber::set_default(ears.clone());
    let house = House::new().await;
    house.engine.secrets().add(&reader()).unwrap();
    let open = house.serve().await;
    let identity = house.sts.identity(&house.sts.manager);
    let said = open.post("/auth", &house.login(&identity)).await;
    let token = said.body["token"].as_str().unwrap().to_owned();

    // Once more, by nobody, with another's signature, and with what is no JSON any more.
    assert_eq!(
        open.post("/auth", &house.login(&identity)).await.status,
        401
    );
    let stranger = house.sts.identity(&house.sts.admin);
    let mut form = house.login(&stranger);
    form["access-id"] = json!("p-aaaaaaaaaaaaaa");
    assert_eq!(open.post("/auth", &form).await.status, 401);
    let forged = aws_credential_types::Credentials::new(
        house.sts.manager.access_key_id(),
        "forgedforgedforgedforgedforgedforgedforg",
        None,
        None,
        "test",
    );
    let forged = house.sts.identity(&forged);
    assert_eq!(open.post("/auth", &house.login(&forged)).await.status, 401);
    let torn = house.login(&stranger).to_string();
    let torn = request("/auth", &torn[..torn.len() - 1], "");
    assert_eq!(open.raw(&torn).await.unwrap().status, 400);

    // A key, a session, and calls that are refused with a good token and a bad one.
    let ask = |token: &str, name: &str| json!({ "token": token, "name": name });
    let key = open
        .post("/get-dynamic-secret-value", &ask(&token, SECRET))
        .await;
    assert_eq!(key.status, 200, "{}", key.body);
    let at = &open;
    let read = |token: &str, item: &str| {
        let text = format!(
            "GET /container-credentials/development/payments/{item} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
             Connection: close\r\nAuthorization: {token}\r\n\r\n"
        );
        async move { at.raw(&text).await.unwrap() }
    };
    let session = read(&token, "reader").await;
    assert_eq!(session.status, 200, "{}", session.body);
    assert_eq!(read(&token, "s3-upload").await.status, 400);
    let none = ask(&token, "/production/none");
    let refused = open.post("/get-dynamic-secret-value", &none).await;
    assert_eq!(refused.status, 404);
    let wrong = format!("t-{}", "w".repeat(43));
    assert_eq!(read(&wrong, "reader").await.status, 401);
    let listed = open.post("/list-items", &ask(&wrong, SECRET)).await;
    assert_eq!(listed.status, 401);
    let gone = open.post("/revoke-creds", &ask(&token, SECRET)).await;
    assert_eq!(gone.status, 200);
    let dead = open.post("/list-items", &ask(&token, SECRET)).await;
    assert_eq!(dead.status, 401);
    open.stop().await;

    let text = |body: &serde_json::Value, field: &str| body[field].as_str().unwrap().to_owned();
    let secrets = [
        token,
        wrong,
        text(&key.body, "secret_access_key"),
        text(&session.body, "SecretAccessKey"),
        text(&session.body, "Token"),
        signature(&identity),
        signature(&stranger),
        signature(&forged),
        identity,
        stranger,
        forged,
    ];
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let heard = ears.heard();
    for secret in &secrets {
        assert!(!heard.contains(secret), "in the diagnostics: {heard}");
    }
    keeps_nothing_secret(&house, &secrets);
}
