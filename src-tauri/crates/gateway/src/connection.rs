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
