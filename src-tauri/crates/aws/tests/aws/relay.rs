//! A request on somebody else's behalf: to the address that was let through, once, and no further.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use leasehold_aws::{Addressee, MayReach, RelayAnswer, RelayError, relay};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const MOST: usize = 1024;

/// Answers every connection with this text and keeps what was sent.
async fn listen(answer: String) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(BODY.as_bytes()) {
                let mut some = [0; 1024];
                match stream.read(&mut some).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&some[..n]),
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            kept.lock().unwrap().push(text);
            let _gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, heard)
}

fn answer(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn only_loopback() -> MayReach {
    Arc::new(|all: &[IpAddr]| all.iter().all(IpAddr::is_loopback))
}

fn nobody() -> MayReach {
    Arc::new(|_: &[IpAddr]| false)
}

async fn send(url: String, may_reach: MayReach) -> Result<RelayAnswer, RelayError> {
    let to = Addressee {
        url,
        may_reach: Some(may_reach),
    };
    let headers = [
        ("host".to_owned(), "sts.example.com"),
        ("x-amz-date".to_owned(), "20260511T100000Z"),
        ("content-length".to_owned(), "43"),
    ];
    relay(&to, &headers, BODY, MOST).await
}

#[tokio::test]
async fn the_headers_and_the_body_arrive_as_they_were_given() {
    let (port, heard) = listen(answer("200 OK\r\ncontent-type: text/xml", "<a/>")).await;
    let url = format!("http://127.0.0.1:{port}/");
    let got = send(url, only_loopback()).await.unwrap();
    assert_eq!((got.status, got.body.as_slice()), (200, b"<a/>".as_slice()));
    assert_eq!(got.content_type.as_deref(), Some("text/xml"));
    let heard = heard.lock().unwrap().concat().to_lowercase();
    assert!(heard.starts_with("post / http/1.1\r\n"), "{heard}");
    assert_eq!(heard.matches("host:").count(), 1, "{heard}");
    assert!(heard.contains("host: sts.example.com\r\n"), "{heard}");
    assert_eq!(heard.matches("content-length:").count(), 1, "{heard}");
    assert!(!heard.contains("user-agent"), "{heard}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, visits) = listen(answer("200 OK", "")).await;
    let head = format!("302 Found\r\nlocation: http://127.0.0.1:{elsewhere}/");
    let (port, _) = listen(answer(&head, "")).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(send(url, only_loopback()).await.unwrap().status, 302);
    assert!(visits.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_address_that_is_not_let_through_is_not_connected_to() {
    let (port, visits) = listen(answer("200 OK", "")).await;
    for host in ["127.0.0.1", "localhost"] {
        let got = send(format!("http://{host}:{port}/"), nobody()).await;
        assert_eq!(got, Err(RelayError::Untrusted), "{host}");
    }
    assert!(visits.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_none() {
    let (port, _) = listen(answer("200 OK", &"x".repeat(MOST + 1))).await;
    let got = send(format!("http://127.0.0.1:{port}/"), only_loopback()).await;
    assert_eq!(got, Err(RelayError::Invalid));
    let (port, _) = listen(answer("200 OK", &"x".repeat(MOST))).await;
    let got = send(format!("http://127.0.0.1:{port}/"), only_loopback()).await;
    assert_eq!(got.unwrap().body.len(), MOST);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let got = send(format!("http://127.0.0.1:{port}/"), only_loopback()).await;
    assert_eq!(got, Err(RelayError::Unreachable));
}
