//! The way to an account, which can be shut.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use secrecy::ExposeSecret;

use crate::account::Account;
use crate::home::{Home, Said};

/// The way to an account, which can be shut: requests wait in front of it until it is opened.
pub struct Gate {
    pub url: String,
    open: watch::Sender<bool>,
    waiting: watch::Receiver<usize>,
    runtime: Option<Runtime>,
}

impl Gate {
    pub fn before(account: &Account) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = account.url.trim_start_matches("http://").to_owned();
        let (open, opened) = watch::channel(true);
        let (tell, waiting) = watch::channel(0);
        runtime.spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut opened, tell) = (target.clone(), opened.clone(), tell.clone());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(target).await.ok()?;
                    let (mut from_near, mut to_near) = near.split();
                    let (mut from_far, mut to_far) = far.split();
                    let there = async {
                        let mut part = vec![0; 16 * 1024];
                        loop {
                            let read = from_near.read(&mut part).await.ok()?;
                            if read == 0 {
                                return Some(());
                            }
                            tell.send_modify(|waiting| *waiting += 1);
                            opened.wait_for(|open| *open).await.ok()?;
                            tell.send_modify(|waiting| *waiting -= 1);
                            to_far.write_all(&part[..read]).await.ok()?;
                        }
                    };
                    let back = tokio::io::copy(&mut from_far, &mut to_near);
                    tokio::select! {
                        done = there => done,
                        _ = back => None,
                    }
                });
            }
        });
        Self {
            url,
            open,
            waiting,
            runtime: Some(runtime),
        }
    }

    /// Adds a connection that reaches the account through it.
    pub fn connect(&self, account: &Account, home: &Home, name: &str) -> Said {
        let add = [
            "connection",
            "add",
            name,
            "--access-key-id",
            &account.id,
            "--secret-access-key-stdin",
            "--endpoint-url",
            &self.url,
        ];
        home.run_with(&add, account.secret.expose_secret())
    }

    pub fn shut(&self) {
        self.open.send(false).unwrap();
    }

    pub fn open(&self) {
        self.open.send(true).unwrap();
    }

    /// Until so many requests stand before it.
    pub fn wait_for(&self, requests: usize) {
        let mut waiting = self.waiting.clone();
        let patience = std::time::Duration::from_secs(60);
        let arrived = self.runtime.as_ref().unwrap().block_on(async {
            let arrived = waiting.wait_for(|waiting| *waiting >= requests);
            tokio::time::timeout(patience, arrived).await.is_ok()
        });
        assert!(arrived, "fewer than {requests} requests came");
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
