//! A loopback proxy between a real program and the emulator: it remembers every request, makes them slow or wrong by
//! rule, and can hold the world still at one of them, so that a program can be killed there.

mod fault;
mod line;
mod message;
mod stale;

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub use self::fault::{Call, Fault, Rule};
use crate::keys::Keys;
use crate::{STEP, until};

/// One request with its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// IAM's or STS's action, such as `CreateUser`; empty when the request named none.
    pub action: String,
    /// What it asked, without what differs from run to run.
    pub call: Call,
    /// When the whole request had arrived.
    pub started: Instant,
    /// When the answer was about to be sent back. Whatever depends on the answer starts later than this.
    pub ended: Instant,
    /// The answer's HTTP status; 0 when none was sent.
    pub status: u16,
    /// What went wrong with it.
    pub fault: Option<Fault>,
}

/// A key that AWS made for a request that passed here, whether or not its answer arrived.
#[derive(Clone, Debug)]
pub struct Made {
    /// Whose it is: a user's name, or a session's.
    pub user: String,
    /// The key.
    pub keys: Keys,
}

/// Where the world stands still, seen from one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It has arrived here and AWS has not seen it.
    Before,
    /// AWS acted; its answer has not left here.
    Acted,
    /// Its answer was sent; nothing that follows from it gets further than here.
    Answered,
}

/// How it goes on after [`Proxy::frozen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Every connection is closed; what had not reached AWS never does.
    Drop,
    /// As if nothing had been.
    GoOn,
}

/// The running proxy; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    latency: Duration,
    rules: Vec<Rule>,
    freeze: Option<Freeze>,
    is_frozen: bool,
    /// Connections of earlier generations are not served any more.
    generation: u64,
    /// Requests that are at AWS right now.
    at_aws: usize,
    /// Requests that wait for [`Proxy::let_through`].
    on_their_way: usize,
    /// How far AWS's dates are moved.
    ahead: Duration,
    date_ahead: Duration,
    met: bool,
    /// Requests that were answered ahead of the deed.
    owed: usize,
    let_through: bool,
    exchanges: Vec<Exchange>,
    made: Vec<Made>,
    /// When each user was made, and each key deleted.
    born: HashMap<String, Instant>,
    deleted_keys: HashMap<String, Instant>,
    snapshots: stale::Snapshots,
    clients: HashMap<u64, TcpStream>,
    next_client: u64,
    stopped: bool,
}

struct Freeze {
    call: String,
    skip: usize,
    moment: Moment,
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
        let shared = Arc::new(Shared {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            state: Mutex::new(State {
                latency,
                ..State::default()
            }),
            changed: Condvar::new(),
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

    /// Moves the dates AWS gives its users ahead, for programs whose own clock was moved as far.
    pub fn set_ahead(&self, ahead: Duration) {
        self.shared.state().ahead = ahead;
    }

    /// Moves the `Date` of AWS's answers ahead, for programs that learn its time from there.
    pub fn set_date_ahead(&self, ahead: Duration) {
        self.shared.state().date_ahead = ahead;
    }

    /// Adds a rule. Of several that meet a request the oldest counts.
    pub fn rule(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Nothing goes wrong any more from the next request on.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.rules.clear();
        state.let_through = false;
    }

    /// How many requests met [`Fault::OnItsWay`] and wait.
    #[must_use]
    pub fn on_their_way(&self) -> usize {
        self.shared.state().on_their_way
    }

    /// Waits until all that was answered ahead has been done.
    ///
    /// # Errors
    /// When that takes longer than [`STEP`].
    pub async fn quiet(&self) -> Result<()> {
        until("what was answered ahead", async || {
            let owed = self.shared.state().owed;
            anyhow::ensure!(owed == 0, "{owed} requests are not done");
            Ok(())
        })
        .await
    }

    /// Lets what is on its way reach AWS, and with it all that will be.
    pub fn let_through(&self) {
        self.shared.state().let_through = true;
        self.shared.changed.notify_all();
    }

    /// Whether a rule added since the last [`Proxy::take`] met anything.
    #[must_use]
    pub fn has_met(&self) -> bool {
        self.shared.state().met
    }

    /// The requests so far, in the order in which they were done with; they are forgotten here.
    #[must_use]
    pub fn take(&self) -> Vec<Exchange> {
        let mut state = self.shared.state();
        state.met = false;
        std::mem::take(&mut state.exchanges)
    }

    /// The keys AWS made so far, lost answers included; they are forgotten here.
    #[must_use]
    pub fn take_keys(&self) -> Vec<Made> {
        std::mem::take(&mut self.shared.state().made)
    }

    /// The world will stand still at the `n`-th request of this action or label from now on.
    pub fn freeze_at(&self, call: &str, n: usize, moment: Moment) {
        self.shared.state().freeze = Some(Freeze {
            call: call.to_owned(),
            skip: n.saturating_sub(1),
            moment,
        });
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.shared.state().is_frozen
    }

    /// Waits until it does.
    ///
    /// # Errors
    /// When it does not within [`STEP`]: the request never came.
    pub async fn frozen(&self) -> Result<()> {
        until("the request to come", async || {
            anyhow::ensure!(self.is_frozen(), "it has not come");
            Ok(())
        })
        .await
    }

    /// Lets the world go on, or calls off that it will stand still. Returns when nothing of before is at AWS any more.
    ///
    /// # Errors
    /// When the emulator does not answer within [`STEP`].
    pub fn thaw(&self, then: Then) -> Result<()> {
        let mut state = self.shared.state();
        state.freeze = None;
        state.is_frozen = false;
        self.shared.changed.notify_all();
        if then == Then::GoOn {
            return Ok(());
        }
        state.generation += 1;
        for client in std::mem::take(&mut state.clients).into_values() {
            // An error means that the client has gone already.
            let _ = client.shutdown(Shutdown::Both);
        }
        let deadline = Instant::now() + STEP;
        while state.at_aws > 0 {
            if Instant::now() > deadline {
                bail!("the emulator does not answer");
            }
            let waited = self
                .shared
                .changed
                .wait_timeout(state, Duration::from_millis(50));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let clients = {
            let mut state = self.shared.state();
            state.stopped = true;
            state.is_frozen = false;
            state.generation += 1;
            self.shared.changed.notify_all();
            std::mem::take(&mut state.clients)
        };
        for client in clients.into_values() {
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
            let (id, generation) = {
                let mut state = self.state();
                if state.stopped {
                    return;
                }
                state.next_client += 1;
                let id = state.next_client;
                if let Ok(handle) = client.try_clone() {
                    state.clients.insert(id, handle);
                }
                (id, state.generation)
            };
            let shared = Arc::clone(&self);
            thread::spawn(move || {
                let line = line::Line {
                    shared: &shared,
                    client: &client,
                    generation,
                };
                // A broken connection is the client's to notice.
                let end = line.serve().unwrap_or(line::End::Close);
                // The other handle goes first: the connection ends with its last one.
                let other = shared.state().clients.remove(&id);
                match end {
                    line::End::Close => drop(client.shutdown(Shutdown::Both)),
                    line::End::Reset => line::reset(&client),
                }
                drop(other);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Exchange, depth};
    use std::collections::HashMap;
    use std::time::{Duration, Instant};

    fn exchanges(intervals: &[(u64, u64)]) -> Vec<Exchange> {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let one = |&(from, to): &(u64, u64)| Exchange {
            action: String::new(),
            call: Call::of(&HashMap::new()),
            fault: None,
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
