//! The AWS console as a lease, against a sign-in of the test's own.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::SecretDraft;
use leasehold_engine::{Engine, Issued};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Own, draft, request};

const TOKEN: &str = "VCQgs5qZZt3Q6fn8Tr5EXAMPLETOKENwLB7fC5kP";
const FEDERATED: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["s3:GetObject","sts:GetFederationToken"],"Resource":"*"}]}"#;

type Asked = Arc<Mutex<Vec<String>>>;

/// A federation endpoint that answers everything with this, and remembers the lines it was asked.
async fn sign_in(answer: String) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            let mut piece = [0_u8; 4096];
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut piece).await {
                    Ok(count) if count > 0 => head.extend_from_slice(&piece[..count]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            heard
                .lock()
                .unwrap()
                .extend(head.lines().next().map(str::to_owned));
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, asked)
}

fn answer(status: &str, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn token() -> String {
    answer("200 OK", "", &format!(r#"{{"SigninToken":"{TOKEN}"}}"#))
}

/// A home whose sign-in answers so.
async fn home(said: String) -> (Own, Asked) {
    let (url, asked) = sign_in(said).await;
    let own = Own {
        sign_in: Some(url),
        ..Own::new().await
    };
    (own, asked)
}

/// A lease of a secret with this document, in a home whose sign-in answers so.
async fn lease(said: String, document: &str) -> (Own, Engine, Issued, Asked) {
    let (own, asked) = home(said).await;
    let (engine, _) = own.process(None);
    let secret = SecretDraft {
        connection: "own".into(),
        groups: Vec::new(),
        policy_documents: vec![document.to_owned()],
        ..draft("web")
    };
    engine.secrets().add(&secret).unwrap();
    let issued = engine.leases().issue(&request("web")).await.unwrap();
    (own, engine, issued, asked)
}

async fn console(
    engine: &Engine,
    issued: &Issued,
) -> Result<leasehold_engine::SignIn, leasehold_domain::Problem> {
    let desk = engine.leases();
    desk.console(&issued.lease.id, &issued.credentials, Some("s3"))
        .await
}

#[tokio::test]
async fn a_lease_opens_the_console_with_a_session_of_its_own_and_no_secret_is_written_down() {
    let (own, engine, issued, asked) = lease(token(), FEDERATED).await;
    let signed_in = console(&engine, &issued).await.unwrap();

    let line = asked.lock().unwrap()[0].clone();
    let question = "GET /federation?Action=getSigninToken&Session=";
    assert!(line.starts_with(question), "{line}");
    let session = session_of(&asked);
    assert!(session["sessionId"].as_str().unwrap().starts_with("ASIA"));
    let of_session = session["sessionKey"].as_str().unwrap().to_owned();
    let of_lease = issued
        .credentials
        .secret_access_key
        .expose_secret()
        .to_owned();
    assert_ne!(of_session, of_lease, "the key of the lease goes to no page");

    let link = url::Url::parse(signed_in.link.expose_secret()).unwrap();
    let pairs: std::collections::HashMap<_, _> = link.query_pairs().into_owned().collect();
    assert_eq!(
        (&*pairs["Action"], &*pairs["SigninToken"]),
        ("login", TOKEN)
    );
    assert_eq!(
        pairs["Destination"],
        "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
    );
    let about = format!("{signed_in:?}");
    assert!(!about.contains(TOKEN), "{about}");
    assert_eq!(signed_in.about.user_name, issued.lease.user_name);
    assert!(signed_in.about.session_until <= issued.lease.expires_at);
    assert!(
        signed_in
            .about
            .notes
            .iter()
            .any(|note| note.contains("Switching roles"))
    );

    let detail = engine.leases().show(&issued.lease.id).unwrap();
    let last = detail.events.last().unwrap();
    assert_eq!(last.kind, "console", "{detail:?}");
    let token = session["sessionToken"].as_str().unwrap().to_owned();
    let secrets = [TOKEN.to_owned(), of_session, of_lease, token];
    own.ground
        .assert_secret(&secrets, &format!("{detail:?} {about}"));
}

/// The session that the sign-in was asked about last.
fn session_of(asked: &Asked) -> serde_json::Value {
    let line = asked.lock().unwrap().last().unwrap().clone();
    let path = line.split(' ').nth(1).unwrap();
    let url = url::Url::parse(&format!("http://x{path}")).unwrap();
    let (_, session) = url
        .query_pairs()
        .find(|(name, _)| name == "Session")
        .unwrap();
    serde_json::from_str(&session).unwrap()
}

#[tokio::test]
async fn a_lease_that_is_a_session_goes_to_the_sign_in_as_it_is() {
    let (own, asked) = home(token()).await;
    let (engine, wire) = own.process(None);
    let account = engine.connections().show("own").unwrap().account_id;
    let role_arn = own.role("web", &account).await;
    let session = |name: &str, credential_type: &str| SecretDraft {
        name: name.into(),
        environment: "development".into(),
        connection: "own".into(),
        default_ttl: "1h".into(),
        max_ttl: "12h".into(),
        credential_type: credential_type.into(),
        region: "eu-central-1".into(),
        ..SecretDraft::default()
    };
    let role = SecretDraft {
        role_arn,
        ..session("by-role", "assumed_role")
    };
    let federated = SecretDraft {
        policy_documents: vec![FEDERATED.to_owned()],
        ..session("by-federation", "federation_token")
    };
    for (secret, switches_roles) in [(role, true), (federated, false)] {
        engine.secrets().add(&secret).unwrap();
        let issued = engine.leases().issue(&request(&secret.name)).await.unwrap();
        let before = wire.actions().len();
        let signed_in = console(&engine, &issued).await.unwrap();
        assert_eq!(
            wire.actions().len(),
            before,
            "STS makes no session of a session"
        );

        let key = &issued.credentials;
        let session = session_of(&asked);
        let is = |name: &str, text: &str| assert_eq!(session[name], text, "{name}");
        is("sessionId", &key.access_key_id);
        is("sessionKey", key.secret_access_key.expose_secret());
        is(
            "sessionToken",
            key.session_token.as_ref().unwrap().expose_secret(),
        );

        let about = &signed_in.about;
        assert_eq!(about.session_until, issued.lease.expires_at);
        assert_eq!(about.user_name, issued.lease.user_name);
        let notes = about.notes.join(" ");
        assert_eq!(
            !notes.contains("Switching roles"),
            switches_roles,
            "{notes}"
        );
        let secrets = [
            TOKEN.to_owned(),
            key.secret_access_key.expose_secret().to_owned(),
            session["sessionToken"].as_str().unwrap().to_owned(),
        ];
        own.ground
            .assert_secret(&secrets, &format!("{signed_in:?}"));
    }
}

#[tokio::test]
async fn a_lease_that_may_not_be_federated_names_the_statement_that_it_needs() {
    let only_s3 = FEDERATED.replace("\"sts:GetFederationToken\"", "\"s3:PutObject\"");
    let (_own, engine, issued, asked) = lease(token(), &only_s3).await;
    let problem = console(&engine, &issued).await.unwrap_err();
    assert_eq!(problem.code, Code::AwsDenied, "{problem:?}");
    let hint = problem.hint.unwrap();
    assert!(
        hint.contains("\"Action\":\"sts:GetFederationToken\""),
        "{hint}"
    );
    assert!(hint.contains(":federated-user/*"), "{hint}");
    assert_eq!(asked.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn whatever_the_sign_in_answers_is_told_in_a_sentence_and_goes_nowhere_else() {
    let long = "x".repeat(200 * 1024);
    let elsewhere = "Location: http://127.0.0.1:9/federation\r\n";
    for (said, code) in [
        (answer("400 Bad Request", "", "<html>"), Code::AwsDenied),
        (answer("302 Found", elsewhere, ""), Code::AwsUnexpected),
        (answer("503 Slow", "", ""), Code::AwsUnreachable),
        (answer("200 OK", "", &long), Code::AwsUnexpected),
        (answer("200 OK", "", "{}"), Code::AwsUnexpected),
        (String::new(), Code::AwsUnreachable),
    ] {
        let (_own, engine, issued, asked) = lease(said, FEDERATED).await;
        let problem = console(&engine, &issued).await.unwrap_err();
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(problem.hint.is_some(), "{problem:?}");
        assert!(!format!("{problem:?}").contains("ASIA"), "{problem:?}");
        assert_eq!(
            asked.lock().unwrap().len(),
            1,
            "once, and no redirect is followed"
        );
    }
}

#[tokio::test]
async fn what_has_no_console_is_refused_before_aws_is_asked() {
    let (own, engine, issued, asked) = lease(token(), FEDERATED).await;
    let practice = engine.leases().issue(&request("s3-upload")).await.unwrap();
    let problem = console(&engine, &practice).await.unwrap_err();
    assert!(problem.message.contains("practice"), "{problem}");

    let mixed = Issued {
        credentials: practice.credentials,
        ..issued.clone()
    };
    assert_eq!(
        console(&engine, &mixed).await.unwrap_err().code,
        Code::Refused
    );

    own.ground.clock.advance(TimeDelta::minutes(61));
    let problem = console(&engine, &issued).await.unwrap_err();
    assert_eq!(problem.code, Code::Refused, "it is over");
    assert_eq!(asked.lock().unwrap().len(), 0);
}
