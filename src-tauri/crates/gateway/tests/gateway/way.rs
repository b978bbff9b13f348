//! The way of the house's engine to its practice account, on which new keys can be kept from being seen to work.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use leasehold_practice::Practice;

#[derive(Debug, Clone)]
pub struct Way {
    behind: SharedHttpClient,
    untried: Arc<AtomicBool>,
}

impl Way {
    /// To the practice account that an engine on this home would open itself.
    pub fn of(home: &Path) -> Self {
        let practice = Practice::open(&home.join("practice")).unwrap();
        Self {
            behind: practice.http_client(),
            untried: Arc::default(),
        }
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// From now on nobody who tries a key gets an answer.
    pub fn leave_keys_untried(&self) {
        self.untried.store(true, Ordering::SeqCst);
    }
}

impl HttpClient for Way {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            way: self.clone(),
            behind: self.behind.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Connector {
    way: Way,
    behind: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let tries = String::from_utf8_lossy(body).contains("Action=GetCallerIdentity");
        match tries && self.way.untried.load(Ordering::SeqCst) {
            true => HttpConnectorFuture::new(std::future::pending()),
            false => self.behind.call(request),
        }
    }
}
