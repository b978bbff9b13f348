//! A loopback proxy in front of the emulator that makes every request slow and remembers when it happened, so that a
//! test can count how many round trips had to wait for one another.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// One request with its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// IAM's or STS's action, such as `CreateUser`; empty when the request named none.
    pub action: String,
    /// When the whole request had arrived.
    pub started: Instant,
    /// When the answer was about to be sent back. Whatever depends on the answer starts later than this.
    pub ended: Instant,
    /// The answer's HTTP status.
    pub status: u16,
}

/// The running proxy; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    state: Mutex<State>,
}

struct State {
    latency: Duration,
    exchanges: Vec<Exchange>,
    clients: Vec<TcpStream>,
    stopped: bool,
}

impl Proxy {
    /// Listens on a free port and forwards to `upstream` (`http://127.0.0.1:<port>`). `latency` is added to each request,
    /// half before it is forwarded and half after. The `Host` header passes unchanged, so signatures stay valid.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(upstream: &str, latency: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("a port for the proxy")?;
        let address = listener.local_addr()?;
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let state = State {
            latency,
            exchanges: Vec::new(),
            clients: Vec::new(),
            stopped: false,
        };
        let shared = Arc::new(Shared {
            upstream,
            state: Mutex::new(state),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Ok(Self { address, shared })
    }

    /// Where to send requests instead of to the emulator.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the latency from the next request on.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.state().latency = latency;
    }

    /// The requests answered so far, in the order of their answers; they are forgotten here.
    #[must_use]
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.shared.state().exchanges)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let clients = {
            let mut state = self.shared.state();
            state.stopped = true;
            std::mem::take(&mut state.clients)
        };
        for client in clients {
            // An error means that the client has gone already.
            let _ = client.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// How many of these exchanges had to follow one another: the longest chain in which each started after the one before had
/// its answer. Exchanges that overlap count once.
#[must_use]
pub fn depth(exchanges: &[Exchange]) -> usize {
    let mut by_end: Vec<&Exchange> = exchanges.iter().collect();
    by_end.sort_by_key(|exchange| exchange.ended);
    let mut last_end: Option<Instant> = None;
    let mut count = 0;
    for exchange in by_end {
        if last_end.is_none_or(|end| exchange.started >= end) {
            count += 1;
            last_end = Some(exchange.ended);
        }
    }
    count
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming().map_while(std::io::Result::ok) {
            {
                let mut state = self.state();
                if state.stopped {
                    return;
                }
                state.clients.extend(client.try_clone());
            }
            let shared = Arc::clone(&self);
            thread::spawn(move || {
                // A broken connection is the client's to notice.
                let _ = shared.serve(&client);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    }

    fn serve(&self, client: &TcpStream) -> Result<()> {
        client.set_nodelay(true)?;
        let mut reader = BufReader::new(client);
        while let Some(request) = Message::read(&mut reader)? {
            let started = Instant::now();
            let half = self.state().latency / 2;
            thread::sleep(half);
            let answer = self.forward(&request)?;
            thread::sleep(half);
            let status = answer.status();
            let action = request.action();
            let ended = Instant::now();
            self.state().exchanges.push(Exchange {
                action,
                started,
                ended,
                status,
            });
            answer.write(&mut &*client, &[])?;
        }
        Ok(())
    }

    fn forward(&self, request: &Message) -> Result<Message> {
        let upstream = TcpStream::connect(&self.upstream).context("the emulator is gone")?;
        upstream.set_nodelay(true)?;
        request.write(&mut &upstream, b"connection: close\r\n")?;
        let answer = Message::read(&mut BufReader::new(&upstream))?;
        answer.context("the emulator closed the connection")
    }
}

/// A request or an answer: its head as it came (without `Connection`), and its body.
struct Message {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Message {
    /// `None` when the other side has closed the connection.
    fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            if line == "\r\n" {
                break;
            }
            head.push(line);
        }
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        if message.header("transfer-encoding").is_some() {
            message.read_chunks(reader)?;
        } else {
            let length = message
                .header("content-length")
                .map_or(Ok(0), |text| text.parse())?;
            message.body.resize(length, 0);
            reader.read_exact(&mut message.body)?;
        }
        message.head.retain(|line| name(line) != "connection");
        Ok(Some(message))
    }

    /// Keeps the chunks with their framing, as the head announces them.
    fn read_chunks(&mut self, reader: &mut impl BufRead) -> Result<()> {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let digits = line.trim().split(';').next().unwrap_or_default();
            let length = usize::from_str_radix(digits, 16).context("the length of a chunk")?;
            self.body.extend_from_slice(line.as_bytes());
            let start = self.body.len();
            self.body.resize(start + length + 2, 0);
            reader.read_exact(&mut self.body[start..])?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    fn write(&self, stream: &mut impl Write, extra: &[u8]) -> Result<()> {
        let mut bytes = self.head.concat().into_bytes();
        bytes.extend_from_slice(extra);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes).context("writing to a connection")
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        let line = self.head.iter().skip(1).find(|line| name(line) == wanted)?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    fn status(&self) -> u16 {
        let word = self.head.first().and_then(|line| line.split(' ').nth(1));
        word.and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    fn action(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let action = body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="));
        action.unwrap_or_default().to_owned()
    }
}

fn name(line: &str) -> String {
    line.split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Exchange, depth};
    use std::time::{Duration, Instant};

    fn exchanges(intervals: &[(u64, u64)]) -> Vec<Exchange> {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let one = |&(from, to): &(u64, u64)| Exchange {
            action: String::new(),
            started: at(from),
            ended: at(to),
            status: 200,
        };
        intervals.iter().map(one).collect()
    }

    #[test]
    fn overlapping_exchanges_count_once_and_following_ones_each() {
        assert_eq!(depth(&exchanges(&[])), 0);
        assert_eq!(
            depth(&exchanges(&[(0, 100), (101, 200), (102, 230), (110, 220)])),
            2
        );
        assert_eq!(
            depth(&exchanges(&[(0, 100), (100, 200), (50, 250), (260, 300)])),
            3
        );
    }
}
