//! A gateway from its opening to its end: listeners, connections, and a stop that lets calls finish.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use leasehold_access::door::{Peer, neighbours};
use leasehold_domain::{ClientAddress, Code, Problem};
use leasehold_engine::{Engine, GatewayTurn};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::app::App;
use crate::connection::{Wire, serve};
use crate::guard::Names;
use crate::listen::Options;
use crate::routes;
use crate::tls::Tls;

/// Connections at once over the network, as many over the socket, and of one address.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 64;
/// So long calls that are under way may take after a stop.
const LAST_CALLS: Duration = Duration::from_secs(20);
/// After a failure to accept (no descriptors left), so that nothing spins.
const BREATH: Duration = Duration::from_millis(200);

/// An open gateway.
pub struct Gateway {
    engine: Engine,
    turn: GatewayTurn,
    last_calls: Duration,
    router: axum::Router,
    tcp: Vec<TcpListener>,
    #[cfg(unix)]
    socket: Option<crate::socket::Socket>,
    tls: Option<Tls>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("tcp", &self.tcp)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Opens the listeners. Nobody is served before [`Self::run`].
    ///
    /// # Errors
    /// Another process serves the gateway of this home, an address other computers reach without TLS, one
    /// that is taken, a socket that is somebody else's, or a certificate that cannot be read.
    pub async fn open(engine: &Engine, options: Options) -> Result<Self, Problem> {
        options.check()?;
        let turn = engine.gateway().take().await?;
        let tls = match (&options.tls, options.own_tls) {
            (Some(files), _) => Some(Tls::given(files)?),
            (None, true) => Some(Tls::own(engine, &options).await?),
            (None, false) => None,
        };
        let mut tcp = Vec::new();
        for listen in &options.listen {
            let listener = TcpListener::bind(listen.0).await.map_err(|error| {
                Problem::new(
                    Code::Refused,
                    format!("The gateway cannot listen at {}: {error}.", listen.0),
                )
                .with_hint("Choose another address or port; another program may have this one.")
                .at("listen")
            })?;
            tcp.push(listener);
        }
        #[cfg(unix)]
        let socket = match &options.socket {
            Some(path) => Some(crate::socket::Socket::bind(path).await?),
            None => None,
        };
        #[cfg(not(unix))]
        if options.socket.is_some() {
            return Err(Problem::refused_input(
                "socket",
                "This system has no Unix sockets that could be guarded.",
                "Use an address such as 127.0.0.1:8732.",
            ));
        }
        let own = options.listen.iter().map(|listen| listen.0.ip());
        let addresses = own.filter(|ip| !ip.is_unspecified()).map(|ip| match ip {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        });
        let names = Names::new(addresses.chain(options.names.iter().cloned()));
        let app = Arc::new(App::new(engine, options.pacing));
        let gateway = Self {
            engine: engine.clone(),
            turn,
            last_calls: options.last_calls.unwrap_or(LAST_CALLS),
            router: routes::router(app, names),
            tcp,
            #[cfg(unix)]
            socket,
            tls,
        };
        let (urls, certificate) = (gateway.urls(), gateway.fingerprint());
        engine
            .gateway()
            .listens(&gateway.turn, &urls, certificate.as_deref())?;
        Ok(gateway)
    }

    /// Where it listens, as URLs.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let tcp = self.tcp.iter().filter_map(|listener| {
            let address = listener.local_addr().ok()?;
            Some(format!("{scheme}://{address}"))
        });
        #[cfg(unix)]
        let socket = self.socket.as_ref().map(crate::socket::Socket::url);
        #[cfg(not(unix))]
        let socket: Option<String> = None;
        tcp.chain(socket).collect()
    }

    /// SHA-256 of its certificate, for who is to trust it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| tls.fingerprint.clone())
    }

    /// Serves until `stop` turns true; calls that are under way then may finish.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut listeners = JoinSet::new();
        let shared = Shared {
            router: self.router,
            tls: self.tls,
            room: Arc::new(Semaphore::new(MOST)),
            #[cfg(unix)]
            socket_room: Arc::new(Semaphore::new(MOST)),
            each: Arc::default(),
            stop: stop.clone(),
        };
        let _turn = self.turn;
        for listener in self.tcp {
            listeners.spawn(accept_tcp(listener, shared.clone()));
        }
        #[cfg(unix)]
        let _file = match self.socket {
            Some(socket) => {
                let (listener, file) = socket.split();
                listeners.spawn(accept_unix(listener, shared.clone()));
                Some(file)
            }
            None => None,
        };
        drop(shared);
        ended(&mut stop).await;
        let done = async { while listeners.join_next().await.is_some() {} };
        if tokio::time::timeout(self.last_calls, done).await.is_err() {
            tracing::warn!("calls that took too long were broken off");
        }
        // Whoever is next finds every address free.
        listeners.shutdown().await;
        self.engine.gateway().stopped();
    }
}

/// Until it is stopped. A sender that is gone could never stop it, so that is an end too.
pub(crate) async fn ended(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

#[derive(Clone)]
struct Shared {
    router: axum::Router,
    tls: Option<Tls>,
    room: Arc<Semaphore>,
    /// Whoever fills the places of the network keeps nobody of this user from the socket.
    #[cfg(unix)]
    socket_room: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<ClientAddress, usize>>>,
    stop: watch::Receiver<bool>,
}

/// One of an address's places; given back when it is dropped.
struct Place {
    each: Arc<Mutex<HashMap<ClientAddress, usize>>>,
    whose: ClientAddress,
    _room: OwnedSemaphorePermit,
}

impl Place {
    fn take(shared: &Shared, ip: IpAddr, room: OwnedSemaphorePermit) -> Option<Self> {
        let whose = neighbours(ClientAddress::from(ip));
        let mut each = shared.each.lock().unwrap_or_else(PoisonError::into_inner);
        let count = each.entry(whose).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Self {
            each: Arc::clone(&shared.each),
            whose,
            _room: room,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = each.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                each.remove(&self.whose);
            }
        }
    }
}

async fn accept_tcp(listener: TcpListener, shared: Shared) {
    let mut stop = shared.stop.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = ended(&mut stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = with_room(&shared.room, listener.accept()) => accepted,
        };
        let Some((room, (stream, from))) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let ip = from.ip().to_canonical();
        let Some(place) = Place::take(&shared, ip, room) else {
            continue;
        };
        let peer = Peer {
            address: ClientAddress::from(ip),
            forwarded_for: Vec::new(),
            process: None,
        };
        let wire = Wire {
            router: shared.router.clone(),
            peer,
            stop: shared.stop.clone(),
        };
        let tls = shared.tls.clone();
        connections.spawn(async move {
            let _place = place;
            // Small answers, written whole.
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve(stream, wire).await,
                Some(tls) => {
                    if let Some(stream) = tls.accept(stream).await {
                        serve(stream, wire).await;
                    }
                }
            }
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

#[cfg(unix)]
async fn accept_unix(listener: tokio::net::UnixListener, shared: Shared) {
    let mut stop = shared.stop.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = ended(&mut stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = with_room(&shared.socket_room, listener.accept()) => accepted,
        };
        let Some((room, (stream, _))) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let Some(process) = crate::socket::who(&stream) else {
            continue;
        };
        let peer = Peer {
            address: ClientAddress::Unix,
            forwarded_for: Vec::new(),
            process: Some(process),
        };
        let wire = Wire {
            router: shared.router.clone(),
            peer,
            stop: shared.stop.clone(),
        };
        connections.spawn(async move {
            let _room = room;
            serve(stream, wire).await;
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Accepts once there is room for a connection more.
async fn with_room<T>(
    room: &Arc<Semaphore>,
    accept: impl Future<Output = std::io::Result<T>>,
) -> Option<(OwnedSemaphorePermit, T)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    let accepted = accept.await.ok()?;
    Some((permit, accepted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(room: usize) -> Shared {
        let (_, stopped) = watch::channel(false);
        Shared {
            router: axum::Router::new(),
            tls: None,
            room: Arc::new(Semaphore::new(room)),
            #[cfg(unix)]
            socket_room: Arc::new(Semaphore::new(room)),
            each: Arc::default(),
            stop: stopped,
        }
    }

    async fn admit(shared: &Shared, ip: &str) -> Option<Place> {
        let accepted = with_room(&shared.room, async { Ok(()) }).await;
        Place::take(shared, ip.parse().unwrap(), accepted.unwrap().0)
    }

    #[tokio::test]
    async fn one_address_has_its_places_and_takes_none_of_others() {
        let shared = shared(MOST);
        let mut held = Vec::new();
        for _ in 0..MOST_OF_ONE {
            held.push(admit(&shared, "10.0.0.1").await.unwrap());
        }
        assert!(admit(&shared, "10.0.0.1").await.is_none());
        assert!(admit(&shared, "10.0.0.2").await.is_some());
        for neighbour in 0..MOST_OF_ONE {
            held.push(
                admit(&shared, &format!("2001:db8::{neighbour:x}"))
                    .await
                    .unwrap(),
            );
        }
        let neighbours = admit(&shared, "2001:db8::ffff").await;
        assert!(neighbours.is_none(), "64 bits of IPv6 are one");
        drop(held.split_off(MOST_OF_ONE));
        held.pop();
        assert!(admit(&shared, "10.0.0.1").await.is_some());
        held.clear();
        assert_eq!(shared.room.available_permits(), MOST, "all given back");
        assert!(
            shared.each.lock().unwrap().is_empty(),
            "and nothing is kept"
        );
    }

    #[tokio::test]
    async fn when_all_places_are_taken_nobody_is_accepted_before_one_is_free() {
        let shared = shared(2);
        let first = admit(&shared, "10.0.0.1").await.unwrap();
        let _second = admit(&shared, "10.0.0.2").await.unwrap();
        let mut third = std::pin::pin!(admit(&shared, "10.0.0.3"));
        tokio::select! {
            biased;
            _ = &mut third => panic!("a third was let in"),
            () = std::future::ready(()) => {}
        }
        drop(first);
        assert!(third.await.is_some());
    }
}
