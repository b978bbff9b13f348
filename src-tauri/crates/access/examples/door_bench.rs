//! How many logins and calls a second the door judges, with STS's answer stubbed: what is measured is the
//! verification, the judging and the writing down. Run by `cargo xtask bench`.
#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use chrono::Utc;
use leasehold_access::desk::Desk;
use leasehold_access::door::{Door, Knock, Pacing, Peer};
use leasehold_access::make::{Extras, Place};
use leasehold_access::{AuthMethodDraft, Hosts, Relay, RelayFault, StsAnswer, StsRequest};
use leasehold_domain::{Action, ClientAddress, ItemPath};
use leasehold_store::Store;

const ACCOUNT: &str = "123456789012";
const TIMES: u32 = 500;

/// Answers at once, as STS would.
struct Stub;

impl Relay for Stub {
    async fn send(&self, _request: &StsRequest) -> Result<StsAnswer, RelayFault> {
        Ok(StsAnswer {
            status: 200,
            content_type: Some("text/xml".into()),
            body: format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult>\
                 <Arn>arn:aws:sts::{ACCOUNT}:assumed-role/dev-box/i-0123456789abcdef0</Arn>\
                 <UserId>AROAEXAMPLEEXAMPLE00:i-0123456789abcdef0</UserId>\
                 <Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\
                 </ResponseMetadata></GetCallerIdentityResponse>"
            )
            .into_bytes(),
        })
    }
}

fn main() {
    for (bounds, rules) in [(0, 1), (50, 1), (0, 50), (50, 50)] {
        let (logins, calls) = measured(bounds, rules);
        println!(
            "{bounds:>3} bounds, {rules:>3} rules: {logins:>7.0} verified logins/s, {calls:>7.0} token checks/s"
        );
    }
}

/// Logins and checks a second. The stub never waits, so that no runtime is needed: a future is polled once.
fn measured(bounds: usize, rules: usize) -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("state.db"))
        .expect("a store")
        .store;
    let desk = Desk::new(store, Arc::new(Utc::now), "bench");
    let names = (0..bounds).map(|n| format!("other-{n}"));
    let made = desk
        .methods()
        .create(&AuthMethodDraft {
            name: "/bench".into(),
            bound_aws_account_id: vec![ACCOUNT.into()],
            bound_role_name: match bounds {
                0 => Vec::new(),
                _ => names.chain(["dev-box".to_owned()]).collect(),
            },
            ..AuthMethodDraft::default()
        })
        .expect("a method");
    desk.roles().create("bench", "").expect("a role");
    for n in 1..rules {
        let path = format!("/other-{n}/*");
        let words = ["read".to_owned()];
        desk.roles()
            .set_rule("bench", &path, &words)
            .expect("a rule");
    }
    let words = ["read".to_owned()];
    desk.roles()
        .set_rule("bench", "/dev/*", &words)
        .expect("a rule");
    desk.roles()
        .associate("bench", &made.access_id, &[], false)
        .expect("a way");
    let free = (u32::MAX, Duration::from_nanos(1));
    let start = Instant::now();
    let door = Door::new(desk, Stub, "vault", Arc::new(move || start.elapsed())).at_pace(Pacing {
        logins: free,
        logins_by_id: free,
        calls: free,
        wrong_tokens: free,
        leases: free,
    });
    let peer = Peer {
        address: ClientAddress::Unix,
        forwarded_for: Vec::new(),
        process: None,
    };
    let key = Credentials::new(
        "ASIAEXAMPLEEXAMPLE00",
        "secret",
        Some("token".into()),
        None,
        "bench",
    );
    let place = Place::find(&Hosts::default(), "", None).expect("STS");
    let nonce = Extras {
        audience: None,
        nonce: true,
    };
    let identities: Vec<_> = (0..TIMES)
        .map(|_| {
            place
                .sign(&key, nonce, Utc::now())
                .expect("a cloud identity")
        })
        .collect();
    let began = Instant::now();
    let mut token = String::new();
    for identity in &identities {
        let knock = Knock {
            access_id: &made.access_id,
            cloud_identity: identity,
            peer: &peer,
        };
        let entered = now(door.log_in(knock)).unwrap_or_else(|_| panic!("refused"));
        token = entered.token.expose().to_owned();
    }
    let logins = f64::from(TIMES) / began.elapsed().as_secs_f64();
    let path = ItemPath::parse("name", "/dev/s3").expect("a path");
    let began = Instant::now();
    for _ in 0..TIMES {
        let caller = door
            .enter(&token, &peer)
            .unwrap_or_else(|_| panic!("refused"));
        assert!(caller.may(Action::Issue, &path).allowed);
    }
    (logins, f64::from(TIMES) / began.elapsed().as_secs_f64())
}

fn now<T>(work: impl Future<Output = T>) -> T {
    let work = std::pin::pin!(work);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match work.poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the stub waits"),
    }
}
