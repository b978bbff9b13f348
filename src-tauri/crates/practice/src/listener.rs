//! A loopback listener, for tests only: clients that are not ours can judge the practice account.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::answer::Response;
use crate::disk::PracticeError;
use crate::practice::Practice;
use crate::request::{LONGEST_BODY, Request};

/// The most connections at once.
const MOST_CONNECTIONS: usize = 256;
/// How long a client may take to send its header fields.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// Serves the practice account on `listener` until the future is dropped.
///
/// # Errors
/// When the listener itself fails.
pub async fn serve(practice: Practice, listener: TcpListener) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= MOST_CONNECTIONS {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        let (stream, _) = listener.accept().await?;
        let practice = practice.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(practice.clone(), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the practice listener ended");
            }
        });
    }
}

async fn answer(
    practice: Practice,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let Some(request) = read(request).await else {
        return Ok(plain(400));
    };
    let answered = tokio::task::spawn_blocking(move || practice.answer(&request)).await;
    Ok(answered.map_or_else(|_| plain(500), written))
}

/// `None` for what no AWS client sends: header fields that are not text, bodies without end.
async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(key, value)| Some((key.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect::<Option<Vec<_>>>()?;
    let body = Limited::new(body, LONGEST_BODY + 1).collect();
    let body = tokio::time::timeout(HEADER_TIME, body).await.ok()?.ok()?;
    Some(Request {
        method: parts.method.as_str().to_owned(),
        uri: parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
            .to_owned(),
        headers,
        body: body.to_bytes().to_vec(),
    })
}

fn written(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (key, value) in response.headers {
        builder = builder.header(key, value);
    }
    builder
        .body(Full::new(Bytes::from(response.body)))
        .unwrap_or_else(|_| plain(500))
}

/// Adds a user who may do everything and returns its key, for judges who need one to begin with.
///
/// # Errors
/// When the state file cannot be written.
pub fn add_admin(practice: &Practice) -> Result<(String, SecretString), PracticeError> {
    practice.with_state(|state, now| {
        let (id, secret) = crate::seed::add_admin(state, now);
        Ok((id, secret.into()))
    })
}

fn plain(status: u16) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::new()));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
