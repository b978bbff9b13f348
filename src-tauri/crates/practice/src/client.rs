//! Lends the practice account to the AWS SDK as its HTTP client: no port, no network.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::answer::Response;
use crate::practice::Practice;
use crate::request::Request;

#[derive(Debug, Clone)]
pub(crate) struct PracticeHttp {
    practice: Practice,
}

impl PracticeHttp {
    pub fn new(practice: Practice) -> Self {
        Self { practice }
    }
}

impl HttpClient for PracticeHttp {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for PracticeHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match read(&request) {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(error)),
        };
        let practice = self.practice.clone();
        HttpConnectorFuture::new(async move {
            // The file is synced to disk, which is no work for an async thread. Like a request
            // on a wire, a call that was begun is carried out even if nobody waits any more.
            let response = match tokio::runtime::Handle::try_current() {
                Ok(runtime) => runtime
                    .spawn_blocking(move || practice.answer(&request))
                    .await
                    .map_err(|error| ConnectorError::other(error.into(), None))?,
                Err(_) => practice.answer(&request),
            };
            written(response)
        })
    }
}

fn read(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let Some(body) = request.body().bytes() else {
        return Err(ConnectorError::user(
            "the practice account takes no streaming bodies".into(),
        ));
    };
    let (authority, target) = split(request.uri());
    let mut headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if request.headers().get("host").is_none() {
        // What an HTTP/1.1 client adds on the wire, and what was signed.
        headers.push(("host".to_owned(), authority.to_owned()));
    }
    Ok(Request {
        method: request.method().to_owned(),
        uri: target,
        headers,
        body: body.to_vec(),
    })
}

/// `https://host:port/path?query` as host, without a default port, and request target.
fn split(uri: &str) -> (&str, String) {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let default = if scheme == "http" { ":80" } else { ":443" };
    let host = authority.strip_suffix(default).unwrap_or(authority);
    let target = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("/{target}")
    };
    (host, target)
}

fn written(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status)
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut answer = HttpResponse::new(status, SdkBody::from(response.body));
    for (key, value) in response.headers {
        answer
            .headers_mut()
            .try_insert(key, value)
            .map_err(|error| ConnectorError::other(error.into(), None))?;
    }
    Ok(answer)
}
