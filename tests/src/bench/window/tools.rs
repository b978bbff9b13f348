//! Whether a window lets a person's other programs look into its page: a build that is shipped must not.

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Ground, Subject};
use crate::{desktop, until};

/// How the web view's own inspector lists a page that can be looked into.
const LISTED: &str = "class=\"targetname\"";

impl Ground {
    /// Whether the inspector that WebKit starts when its environment asks for it offers this program's page.
    pub(super) async fn offers_tools(&self, subject: &Subject) -> Result<bool> {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let port = free.local_addr()?.port();
        drop(free);
        let asked = ("WEBKIT_INSPECTOR_HTTP_SERVER", format!("127.0.0.1:{port}"));
        let before = self.screen.look()?;
        let mut running = subject.start_with(&self.session, &[], &[asked])?;
        if running.refuses().await {
            return Ok(false);
        }
        let finished = self.screen.finished(&before).await;
        running.explain(finished)?;
        desktop::wait_for_window(&self.session, subject.title, true).await?;
        let list = until("the inspector's list", || list(port)).await;
        let list = running.explain(list)?;
        running.end().await?;
        Ok(list.contains(LISTED))
    }
}

async fn list(port: u16) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let ask = format!("GET / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer
        .contains("Remote inspector")
        .then_some(answer)
        .context("no list")
}
