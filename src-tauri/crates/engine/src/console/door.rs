//! A door for one browser: hands a link that signs somebody in to the first who knocks, once.
//!
//! A browser is given its address on the command line, which every program on this computer can read. So it
//! is given the address of a door on the loopback instead, with 256 random bits in it, which opens once,
//! for a minute, and on Linux only to programs of the same user; the link itself goes over the connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

/// A browser that takes longer to start is not waited for.
const OPEN_FOR: Duration = Duration::from_secs(60);
/// Who says nothing for so long is not the browser.
const SPEAK_WITHIN: Duration = Duration::from_secs(5);
/// A port that accepts nobody is left alone for so long.
const AGAIN: Duration = Duration::from_millis(50);
/// No browser's request for this address is longer.
const LONGEST_REQUEST: usize = 16 * 1024;

/// A door that is open.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    path: String,
    link: SecretString,
}

impl Door {
    /// Opens it.
    ///
    /// # Errors
    /// This computer gives no port or no random bytes.
    pub async fn open(link: SecretString) -> Result<Self, Problem> {
        let failed = |what: String| {
            Problem::new(
                Code::Internal,
                format!("The browser cannot be handed the link: {what}."),
            )
            .with_hint("Copy the link instead.")
        };
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(|error| failed(error.to_string()))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            listener,
            path: format!("/{}", URL_SAFE_NO_PAD.encode(random)),
            link,
        })
    }

    /// The address to give to the browser. It is worth nothing once somebody went through.
    ///
    /// # Errors
    /// The system does not name the port.
    pub fn address(&self) -> Result<String, Problem> {
        let port = self.listener.local_addr().map_err(|error| {
            Problem::new(Code::Internal, format!("The port has no name: {error}."))
        })?;
        Ok(format!("http://{port}{}", self.path))
    }

    /// Waits until somebody went through.
    ///
    /// # Errors
    /// Nobody came in time.
    pub async fn wait(self) -> Result<(), Problem> {
        tokio::time::timeout(OPEN_FOR, self.serve())
            .await
            .map_err(|_| {
                Problem::new(
                    Code::Refused,
                    "No browser asked for the link within a minute.",
                )
                .with_hint(
                    "Choose another browser by the setting console-browser, or copy the link.",
                )
            })
    }

    async fn serve(&self) {
        let mut knocks = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, from)) => knocks.push(self.answer(stream, from)),
                    // Too many open files, or the knocker is gone already.
                    Err(_) => tokio::time::sleep(AGAIN).await,
                },
                Some(through) = knocks.next(), if !knocks.is_empty() => if through {
                    return;
                },
            }
        }
    }

    /// Whether this was the browser.
    async fn answer(&self, mut stream: TcpStream, from: SocketAddr) -> bool {
        let heard = tokio::time::timeout(SPEAK_WITHIN, head(&mut stream)).await;
        let Ok(Some(head)) = heard else { return false };
        let is_meant = is_ours(from, self.listener.local_addr().ok()) && self.is_asked_for(&head);
        let answer = match is_meant {
            true => Zeroizing::new(format!(
                "HTTP/1.1 303 See Other\r\nLocation: {}\r\n{REST}",
                self.link.expose_secret()
            )),
            false => Zeroizing::new(format!("HTTP/1.1 404 Not Found\r\n{REST}")),
        };
        let said = stream.write_all(answer.as_bytes()).await.is_ok();
        let _ = stream.shutdown().await;
        is_meant && said
    }

    fn is_asked_for(&self, head: &str) -> bool {
        let mut words = head.lines().next().unwrap_or_default().split(' ');
        (words.next(), words.next()) == (Some("GET"), Some(self.path.as_str()))
    }
}

/// Nobody keeps it, and the page after it is not told where its visitor came from.
const REST: &str = "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
                    Content-Length: 0\r\nConnection: close\r\n\r\n";

/// The head of a request.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut heard = Vec::new();
    let mut piece = [0_u8; 1024];
    while !heard.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 || heard.len() + count > LONGEST_REQUEST {
            return None;
        }
        heard.extend_from_slice(&piece[..count]);
    }
    String::from_utf8(heard).ok()
}

/// Whether the program at the other end is of the same user, as the system's table of connections says.
#[cfg(target_os = "linux")]
fn is_ours(from: SocketAddr, to: Option<SocketAddr>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let table = std::fs::read_to_string("/proc/net/tcp");
    let own = std::fs::metadata("/proc/self").map(|process| process.uid());
    match (table, own, to) {
        (Ok(table), Ok(own), Some(to)) => uid_in(&table, from, to).is_none_or(|uid| uid == own),
        // Without the table the random address has to do, as on other systems.
        _ => true,
    }
}

#[cfg(not(target_os = "linux"))]
fn is_ours(_from: SocketAddr, _to: Option<SocketAddr>) -> bool {
    true
}

/// The user of the connection's far end: a line of the table begins `0: 0100007F:1F90 0100007F:C350 01 …`,
/// and its eighth word is the user.
#[cfg(target_os = "linux")]
fn uid_in(table: &str, from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let shown = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => {
            let bytes = u32::from_ne_bytes(v4.ip().octets());
            Some(format!("{bytes:08X}:{:04X}", v4.port()))
        }
        SocketAddr::V6(_) => None,
    };
    let (from, to) = (shown(from)?, shown(to)?);
    table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_it = words.get(1) == Some(&from.as_str()) && words.get(2) == Some(&to.as_str());
        if is_it {
            words.get(7)?.parse().ok()
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://signin.example/federation?SigninToken=secret-token";

    async fn ask(address: &str, path: Option<&str>) -> String {
        let rest = address.strip_prefix("http://").unwrap();
        let (host, own) = rest.split_once('/').unwrap();
        let own = format!("/{own}");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let line = format!(
            "GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n",
            path.unwrap_or(&own)
        );
        stream.write_all(line.as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        said
    }

    #[tokio::test]
    async fn the_door_opens_once_to_who_knows_the_address() {
        let door = Door::open(SecretString::from(LINK)).await.unwrap();
        let address = door.address().unwrap();
        assert!(!address.contains("secret-token"), "it is seen by everybody");
        let passed = tokio::spawn(door.wait());
        let said = ask(&address, Some("/favicon.ico")).await;
        assert!(said.starts_with("HTTP/1.1 404"), "{said}");
        assert!(!said.contains("secret-token"));
        let said = ask(&address, None).await;
        assert!(said.starts_with("HTTP/1.1 303"), "{said}");
        assert!(said.contains(&format!("Location: {LINK}\r\n")), "{said}");
        assert!(
            said.contains("no-store") && said.contains("no-referrer"),
            "{said}"
        );
        passed.await.unwrap().unwrap();
        let host = address.strip_prefix("http://").unwrap();
        let host = host.split('/').next().unwrap();
        assert!(TcpStream::connect(host).await.is_err(), "the door is shut");
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_that_nobody_goes_through_is_shut_and_says_what_to_do() {
        let door = Door::open(SecretString::from(LINK)).await.unwrap();
        let problem = door.wait().await.unwrap_err();
        assert!(problem.hint.unwrap().contains("copy the link"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_user_of_the_far_end_is_read_from_the_systems_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
             0: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000 0 1 1\n";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(uid_in(table, at(0xC350), at(0x1F90)), Some(1000));
        assert_eq!(uid_in(table, at(0x1F90), at(0xC350)), None);
    }
}
