//! Logins at the door while the owner changes something, and strangers who do not stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::desk::{Desk, Leases};
use leasehold_access::door::{Door, Knock, Pacing, Peer, Shut};
use leasehold_access::{AuthMethodDraft, Relay, RelayFault, StsAnswer, StsRequest};
use leasehold_domain::ClientAddress;
use leasehold_store::{ActivityFilter, Store};

use crate::fixtures::{Client, Sts, VAULT, draft, now, ready};

/// An STS during whose answer something happens.
struct Meanwhile {
    sts: Sts,
    happens: Box<dyn Fn() + Send + Sync>,
}

impl Relay for Meanwhile {
    async fn send(&self, request: &StsRequest) -> Result<StsAnswer, RelayFault> {
        (self.happens)();
        self.sts.send(request).await
    }
}

struct Home {
    desk: Desk,
    store: Store,
    access_id: String,
    now: Arc<Mutex<DateTime<Utc>>>,
    _folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.db")).unwrap().store;
        let now = Arc::new(Mutex::new(now()));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || *clock.lock().unwrap());
        let desk = Desk::new(store.clone(), clock, "test");
        let made = desk.methods().create(&draft()).unwrap();
        Self {
            desk,
            store,
            access_id: made.access_id,
            now,
            _folder: folder,
        }
    }

    /// A door where this happens while STS is asked.
    fn door(&self, happens: impl Fn(&Desk) + Send + Sync + 'static) -> Door<Meanwhile> {
        let desk = self.desk.clone();
        let relay = Meanwhile {
            sts: Sts::usual(),
            happens: Box::new(move || happens(&desk)),
        };
        let pacing = Pacing {
            logins: (1000, Duration::from_secs(1)),
            logins_by_id: (1000, Duration::from_secs(1)),
            ..Pacing::default()
        };
        let still = Arc::new(|| Duration::ZERO);
        Door::new(self.desk.clone(), relay, VAULT, still).at_pace(pacing)
    }

    fn change(desk: &Desk, change: impl Fn(&mut AuthMethodDraft)) {
        let seen = desk.methods().show("/ci/aws").unwrap().method;
        let mut draft = seen.clone();
        change(&mut draft);
        desk.methods().update("/ci/aws", &seen, &draft).unwrap();
    }

    fn lines(&self, kind: &str) -> usize {
        let filter = ActivityFilter::default();
        let rows = self.store.activity().newest(&filter, None, 500).unwrap();
        rows.iter().filter(|row| row.line.kind == kind).count()
    }
}

fn peer(address: &str) -> Peer {
    let address: std::net::IpAddr = address.parse().unwrap();
    Peer {
        address: ClientAddress::from(address),
        forwarded_for: Vec::new(),
        process: None,
    }
}

/// The reason code, or `accepted`.
fn log_in(door: &Door<Meanwhile>, access_id: &str, cloud_identity: &str, from: &Peer) -> String {
    let knock = Knock {
        access_id,
        cloud_identity,
        peer: from,
    };
    match ready(door.log_in(knock)) {
        Ok(_) => "accepted".to_owned(),
        Err(Shut::Turned(turned)) => turned.refusal.reason.code().to_owned(),
        Err(Shut::Fault(problem)) => panic!("{problem:?}"),
    }
}

#[test]
fn what_is_tightened_while_sts_is_asked_leaves_no_session_behind() {
    type Change = fn(&Desk);
    let changes: [(&str, Change); 6] = [
        ("a bound", |desk| {
            Home::change(desk, |draft| draft.bound_role_name = vec!["other".into()]);
        }),
        ("an endpoint", |desk| {
            Home::change(desk, |draft| {
                draft.sts_url = "https://sts.example.com".into();
            });
        }),
        ("a question", |desk| {
            Home::change(desk, |draft| draft.ask_first = true)
        }),
        ("a shorter life", |desk| {
            Home::change(desk, |draft| draft.jwt_ttl = 1)
        }),
        ("off", |desk| {
            desk.methods().disable("/ci/aws", Leases::Stay).unwrap();
        }),
        ("gone", |desk| {
            desk.methods().delete("/ci/aws", Leases::Stay).unwrap();
        }),
    ];
    for (what, change) in changes {
        let home = Home::new();
        let door = home.door(change);
        let said = log_in(
            &door,
            &home.access_id,
            &Client::usual().token(),
            &peer("127.0.0.1"),
        );
        assert_ne!(said, "accepted", "{what}");
        assert!(home.desk.sessions().list().unwrap().is_empty(), "{what}");
    }
    let home = Home::new();
    let door = home.door(|desk| {
        desk.roles().create("unrelated", "").unwrap();
    });
    let token = Client::usual().token();
    let said = log_in(&door, &home.access_id, &token, &peer("127.0.0.1"));
    assert_eq!(said, "accepted");
    assert_eq!(home.desk.sessions().list().unwrap().len(), 1);
}

#[test]
fn strangers_who_do_not_stop_do_not_fill_the_log_and_hide_nobody_who_is_verified() {
    let home = Home::new();
    Home::change(&home.desk, |draft| {
        draft.bound_role_name = vec!["other".into()]
    });
    let door = home.door(|_| ());
    for n in 0..200 {
        let bad = format!("bad{n}");
        assert_ne!(
            log_in(&door, &home.access_id, &bad, &peer("10.0.0.1")),
            "accepted"
        );
    }
    let lines = home.lines("login.refused");
    assert!((2..40).contains(&lines), "{lines}");
    // From the same address, by somebody whom STS knows: that has its line.
    let token = Client::usual().token();
    let said = log_in(&door, &home.access_id, &token, &peer("10.0.0.1"));
    assert_eq!(said, "role_name_not_bound");
    assert_eq!(home.lines("login.refused"), lines + 1);
}

#[test]
fn a_clock_that_is_turned_back_lengthens_no_session() {
    let home = Home::new();
    let door = home.door(|_| ());
    let from = peer("127.0.0.1");
    let token = Client::usual().token();
    let knock = Knock {
        access_id: &home.access_id,
        cloud_identity: &token,
        peer: &from,
    };
    let Ok(entered) = ready(door.log_in(knock)) else {
        panic!("a good login");
    };
    let enter = |by: TimeDelta| {
        *home.now.lock().unwrap() = now() + by;
        match door.enter(entered.token.expose(), &from) {
            Ok(_) => "good",
            Err(Shut::Turned(turned)) => turned.refusal.reason.code(),
            Err(Shut::Fault(problem)) => panic!("{problem:?}"),
        }
    };
    assert_eq!(enter(TimeDelta::seconds(-90)), "good", "put right");
    assert_eq!(enter(TimeDelta::minutes(-3)), "token_outdated");
    assert_eq!(enter(TimeDelta::minutes(1)), "good");
    assert_eq!(enter(TimeDelta::minutes(15)), "token_expired");
}
