//! A practice account behind a loopback port: an IAM and STS that is reached like AWS, with keys,
//! signatures and a network that can go away.

use leasehold_practice::{Practice, add_admin, serve};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::home::{Home, Said};

pub struct Account {
    runtime: Option<Runtime>,
    pub url: String,
    pub id: String,
    pub secret: SecretString,
}

impl Account {
    /// With the key of the managing user, who may do what a lease needs and no more.
    pub fn serve(home: &Home) -> Self {
        let practice = Practice::open(&home.beside("account")).unwrap();
        let keys = practice.manager_keys();
        Self::with(practice, keys)
    }

    /// With the key of a user who may do everything, also what is optional.
    pub fn serve_to_admin(home: &Home) -> Self {
        let practice = Practice::open(&home.beside("account")).unwrap();
        let keys = add_admin(&practice).unwrap();
        Self::with(practice, keys)
    }

    fn with(practice: Practice, (id, secret): (String, SecretString)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(serve(practice, listener));
        Self {
            runtime: Some(runtime),
            url,
            id,
            secret,
        }
    }

    /// From now on nobody answers at the address.
    pub fn go_away(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    pub fn connect(&self, home: &Home, name: &str, more: &[&str]) -> Said {
        let add = [
            "connection",
            "add",
            name,
            "--access-key-id",
            &self.id,
            "--secret-access-key-stdin",
            "--endpoint-url",
            &self.url,
        ];
        home.run_with(&[&add, more].concat(), self.secret.expose_secret())
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.go_away();
    }
}
