//! One connection: HTTP/1.1 with limits on heads, on idleness and on its whole life.

use std::time::Duration;

use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use leasehold_access::door::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::serve::ended;

/// A head has at most so many bytes and headers, and is there within this time, also the next one of a
/// connection that is kept open.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
const HEAD_TIME: Duration = Duration::from_secs(15);
/// No connection lives longer: whoever reads slowly holds a place for no longer than this.
const LIFE: Duration = Duration::from_mins(10);

/// What a connection is served with.
pub(crate) struct Wire {
    pub(crate) router: axum::Router,
    pub(crate) peer: Peer,
    pub(crate) stop: watch::Receiver<bool>,
}

pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    wire: Wire,
) {
    let Wire {
        router,
        peer,
        mut stop,
    } = wire;
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let life = tokio::time::sleep(LIFE);
    tokio::pin!(life);
    let mut is_ending = false;
    loop {
        tokio::select! {
            done = &mut connection => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = ended(&mut stop), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = &mut life => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Request;
    use axum::response::{IntoResponse as _, Response};
    use leasehold_domain::ClientAddress;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tokio::time::Instant;

    use super::*;
    use crate::guard::{BODY_TIME, Names, pass};

    const BEAT: Duration = Duration::from_secs(1);

    async fn answer(request: Request) -> Response {
        match pass(&Names::new([]), request).await {
            Ok(_) => "whole".into_response(),
            Err(fail) => fail.into_response(),
        }
    }

    /// A connection that is served, and the other end of it. The stop is kept, or it would be one.
    fn served() -> (
        DuplexStream,
        tokio::task::JoinHandle<()>,
        watch::Sender<bool>,
    ) {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (stop, stopped) = watch::channel(false);
        let wire = Wire {
            router: Router::new().fallback(answer),
            peer: Peer {
                address: ClientAddress::Unix,
                forwarded_for: Vec::new(),
                process: None,
            },
            stop: stopped,
        };
        (near, tokio::spawn(serve(far, wire)), stop)
    }

    /// One byte a beat, until nobody takes one more; the answer to it all.
    async fn trickle(stream: DuplexStream, byte: u8) -> String {
        let (mut read, mut write) = tokio::io::split(stream);
        let writing = async {
            while write.write_all(&[byte]).await.is_ok() {
                tokio::time::sleep(BEAT).await;
            }
        };
        let mut text = String::new();
        let reading = async {
            let _ = read.read_to_string(&mut text).await;
        };
        tokio::join!(writing, reading);
        text
    }

    fn head(length: usize) -> String {
        format!(
            "POST /auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_trickles_in_is_cut_off_however_many_bytes_still_come() {
        let (mut near, served, _stop) = served();
        let begun = Instant::now();
        let line = b"POST /auth HTTP/1.1\r\nHost: ";
        near.write_all(line).await.unwrap();
        let said = trickle(near, b'a').await;
        served.await.unwrap();
        let took = begun.elapsed();
        assert!(
            (HEAD_TIME..=HEAD_TIME + 2 * BEAT).contains(&took),
            "{took:?} {said}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_in_is_refused_and_its_place_is_free() {
        let (mut near, served, _stop) = served();
        let begun = Instant::now();
        near.write_all(head(4096).as_bytes()).await.unwrap();
        let said = trickle(near, b'1').await;
        served.await.unwrap();
        let took = begun.elapsed();
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(said.contains("too_slow"), "{said}");
        assert!(
            (BODY_TIME..=BODY_TIME + 2 * BEAT).contains(&took),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_more_is_closed() {
        let (mut near, served, _stop) = served();
        near.write_all(format!("{}{{}}", head(2)).as_bytes())
            .await
            .unwrap();
        let mut said = String::new();
        near.read_to_string(&mut said).await.unwrap();
        assert!(said.ends_with("whole"), "{said}");
        served.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_keeps_a_place_for_longer_than_a_connection_lives() {
        let (mut near, served, _stop) = served();
        let begun = Instant::now();
        let call = format!("{}{{}}", head(2));
        // A new call before each pause is over, for ever.
        while near.write_all(call.as_bytes()).await.is_ok() {
            let mut said = [0; 1024];
            if matches!(near.read(&mut said).await, Ok(0) | Err(_)) {
                break;
            }
            tokio::time::sleep(HEAD_TIME / 2).await;
        }
        served.await.unwrap();
        assert!(begun.elapsed() <= LIFE + HEAD_TIME);
    }
}
