//! The real HTTP client over real sockets: what broke, and whether anything had been sent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use leasehold_aws::{Aws, AwsError, AwsErrorKind, ClockOffset, Endpoint, Limiter};
use leasehold_domain::Problem;
use secrecy::SecretString;

fn aws_at(url: String) -> Aws {
    let endpoint = Endpoint {
        region: "us-east-1".into(),
        url: Some(url),
        http: None,
    };
    let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let (clock, limiter) = (ClockOffset::default(), Limiter::unshared());
    Aws::new(
        "AKIAIOSFODNN7EXAMPLE",
        &secret,
        None,
        &endpoint,
        clock,
        limiter,
    )
}

/// A call, sent once, to somebody who reads the request and answers these bytes.
async fn answered_with(scheme: &str, bytes: &'static [u8]) -> AwsError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let peer = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 16_384]).unwrap();
        socket.write_all(bytes).unwrap();
    });
    let error = aws_at(url).create_access_key("u").await.unwrap_err();
    peer.join().unwrap();
    error
}

#[tokio::test]
async fn nobody_listening_is_provably_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = aws_at(url).create_access_key("u").await.unwrap_err();
    assert_eq!(
        (&error.kind, error.maybe_done),
        (&AwsErrorKind::Unreachable, false),
        "{error}"
    );
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_connection_that_closes_after_the_request_may_have_been_obeyed() {
    let error = answered_with("http", b"").await;
    assert_eq!(
        (&error.kind, error.maybe_done),
        (&AwsErrorKind::Unreachable, true),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_cut_off_in_its_body_may_have_been_obeyed() {
    let error = answered_with(
        "http",
        b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n<Create",
    )
    .await;
    assert!(error.maybe_done, "{error}");
}

#[tokio::test]
async fn a_failed_handshake_is_provably_not_done() {
    let error = answered_with("https", b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(
        (&error.kind, error.maybe_done),
        (&AwsErrorKind::Unreachable, false),
        "{error}"
    );
    assert!(
        Problem::from(error)
            .message
            .starts_with("AWS gave no usable answer")
    );
}
