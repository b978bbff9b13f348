//! A world that a random life happens in, and the promises that hold in it at every moment.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, AwsErrorKind, ClockOffset, Endpoint, Entity, Limiter};
use leasehold_engine::wire::{LeaseView, State};
use leasehold_engine::{Bulk, Credentials, Engine, IssueRequest, Renewal};

use super::step::{ACTIONS, Breakage, Deed, Meddling, Step};
use crate::support::{Fault, Ground, Rule, Wire, draft, request};

/// No work takes longer, retries and time-outs included.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Past a dead process's claim, and old enough to be sure of what AWS does not show.
const QUIET: TimeDelta = TimeDelta::minutes(6);

pub struct Life {
    ground: Ground,
    engine: Engine,
    wire: Wire,
    /// Every key that somebody holds, with its lease.
    held: Vec<(String, Credentials)>,
    /// Every name that AWS was asked to make a user of.
    asked_for: HashSet<String>,
    /// Leases with which somebody else meddled.
    meddled: HashSet<String>,
    /// How leases stood when they had come to rest.
    rested: HashMap<String, State>,
}

impl Life {
    pub async fn begin() -> Self {
        let ground = Ground::new().await;
        let (engine, wire) = ground.process();
        Self {
            ground,
            engine,
            wire,
            held: Vec::new(),
            asked_for: HashSet::new(),
            meddled: HashSet::new(),
            rested: HashMap::new(),
        }
    }

    pub async fn take(&mut self, step: &Step) {
        match step {
            Step::Do(deed) => self.perform(deed).await,
            Step::Die(deed, n, moment) => {
                self.wire.die_at(*n, (*moment).into());
                self.perform(deed).await;
                self.vanish();
            }
            Step::Break(action, how, times) => {
                let rule = Rule::first(*times, ACTIONS[*action], fault(*how));
                self.wire.rule(rule);
            }
            Step::Heal => self.wire.heal(),
            Step::Pass(seconds) => {
                let by = TimeDelta::seconds(i64::from(*seconds));
                self.ground.clock.advance(by);
            }
            Step::Run => self.run(24, TimeDelta::seconds(5)).await,
            Step::Restart => {
                self.engine.close();
                self.vanish();
            }
            Step::Vanish => self.vanish(),
            Step::Meddle(lease, how) => self.meddle(*lease, *how).await,
        }
        self.check(step).await;
    }

    /// Everything calms down and all time passes.
    pub async fn end(mut self) {
        self.vanish();
        self.ground.clock.advance(QUIET);
        self.rest_but(&[State::Active]).await;
        within("a reconcile", self.engine.leases().reconcile(None))
            .await
            .unwrap();
        for lease in self.leases() {
            let meddled = self.meddled.contains(&lease.id);
            if lease.state == State::Active && !meddled {
                self.ground.assert_guarded(&self.engine, &lease).await;
            }
        }
        // Nobody is there when the leases end: AWS ends them.
        self.ground.clock.advance(TimeDelta::hours(9));
        for (id, key) in &self.held {
            if !self.meddled.contains(id) {
                let lease = self.engine.leases().show(id).unwrap();
                assert!(!self.works(key).await, "works past its end: {lease:#?}");
            }
        }
        self.rest_but(&[]).await;
        for (id, key) in &self.held {
            assert!(!self.works(key).await, "works after all: {id}");
        }
        self.check(&Step::Heal).await;
        let secrets = self.wire.secrets();
        self.ground.assert_secret(&secrets, "");
    }

    async fn perform(&mut self, deed: &Deed) {
        let (engine, lease) = (self.engine.clone(), |n: &usize| self.nth(*n));
        let id = match deed {
            Deed::Renew(n) | Deed::RenewToMax(n) | Deed::Revoke(n) | Deed::Retry(n) => {
                match lease(n) {
                    Some(lease) => lease.id,
                    None => return,
                }
            }
            _ => String::new(),
        };
        let all: Vec<_> = self.leases().into_iter().map(|lease| lease.id).collect();
        let work = {
            let deed = deed.clone();
            tokio::spawn(async move { act(&engine, &deed, id, all).await })
        };
        let mut work = work;
        let issued = tokio::select! {
            () = self.wire.death() => {
                work.abort();
                None
            }
            issued = within("work", &mut work) => issued.unwrap(),
        };
        self.note_asked_for();
        if let Some((lease, key)) = issued {
            // Handed out only when every guard stands.
            if !self.meddled.contains(&lease.id) {
                self.ground.assert_guarded(&self.engine, &lease).await;
            }
            self.held.push((lease.id, key));
        }
    }

    /// The process is gone without a word, and a new one starts, to which AWS is whole again.
    fn vanish(&mut self) {
        self.note_asked_for();
        let (engine, wire) = self.ground.process();
        (self.engine, self.wire) = (engine, wire);
    }

    async fn run(&mut self, rounds: u32, each: TimeDelta) {
        let timer = self.ground.run(&self.engine);
        for _ in 0..rounds {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.ground.clock.advance(each);
            self.engine.look_again();
        }
        within("the timer's end", timer.stop()).await;
        self.note_asked_for();
    }

    /// Runs until no lease is open in another state than these.
    async fn rest_but(&mut self, states: &[State]) {
        for _ in 0..20 {
            let open = |lease: &LeaseView| !is_rest(lease.state) && !states.contains(&lease.state);
            if !self.leases().iter().any(open) {
                return;
            }
            self.run(20, TimeDelta::seconds(60)).await;
        }
        panic!("it never rests: {:#?}", self.details());
    }

    /// What is promised at every moment.
    async fn check(&mut self, step: &Step) {
        let leases = self.leases();
        let known: HashSet<_> = leases.iter().map(|l| l.user_name.clone()).collect();
        for name in &self.asked_for {
            assert!(known.contains(name), "a user without a row after {step:?}");
        }
        for lease in &leases {
            assert!(lease.expires_at <= lease.max_expires_at, "{lease:#?}");
            let before = self.rested.get(&lease.id).copied();
            if before.is_some() || is_rest(lease.state) {
                let now = before.unwrap_or(lease.state);
                assert_eq!(now, lease.state, "it rested already, {step:?}: {lease:#?}");
                self.rested.insert(lease.id.clone(), now);
                self.assert_no_user(lease, step).await;
            }
            assert!(!self.has_secret(lease), "{lease:?}");
        }
        for (id, key) in &self.held {
            let Some(lease) = leases.iter().find(|lease| lease.id == *id) else {
                panic!("a held key without a row after {step:?}: {id}");
            };
            if self.meddled.contains(id) {
                continue;
            }
            let before = self.now();
            let works = self.works(key).await;
            let after = self.now();
            let open = matches!(lease.state, State::Active | State::Revoking);
            assert!(open || !works, "it works after {step:?}: {lease:#?}");
            // A renewal that is not finished yet may end at either moment.
            let bound = match self.renewing(id) {
                true => lease.max_expires_at,
                false => lease.expires_at,
            };
            // AWS's clock counts whole seconds.
            let over = before > bound + TimeDelta::seconds(1);
            assert!(!over || !works, "past its end, {step:?}: {lease:#?}");
            let live = lease.state == State::Active && after < lease.expires_at;
            assert!(!live || works, "it should work after {step:?}: {lease:#?}");
        }
        let chain = self.engine.activity().verify().unwrap();
        assert_eq!(chain.fault, None, "after {step:?}");
    }

    async fn assert_no_user(&self, lease: &LeaseView, step: &Step) {
        let user = self.ground.aws().get_user(&lease.user_name).await;
        let kind = user.map(|_| ()).map_err(|error| error.kind.clone());
        assert_eq!(
            kind,
            Err(AwsErrorKind::NotThere(Entity::User)),
            "a user without a living lease after {step:?}: {lease:#?}"
        );
    }

    fn has_secret(&self, lease: &LeaseView) -> bool {
        let text = format!("{lease:?}");
        let secrets = self.wire.secrets();
        secrets.iter().any(|secret| text.contains(secret.as_str()))
    }

    async fn meddle(&mut self, n: usize, how: Meddling) {
        let Some(lease) = self.nth(n).filter(|lease| !is_rest(lease.state)) else {
            return;
        };
        let (aws, user) = (self.ground.aws(), lease.user_name.as_str());
        if aws.get_user(user).await.is_err() {
            return;
        }
        self.meddled.insert(lease.id.clone());
        let inline = aws.list_user_policies(user).await.unwrap();
        let guards = |kind: &str| {
            let ours = inline.iter().find(|name| name.contains(kind));
            ours.cloned()
        };
        match how {
            // Two keys is AWS's limit; a third is refused, which is fine.
            Meddling::AddKey => drop(aws.create_access_key(user).await),
            Meddling::AddPolicy => {
                let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
                drop(aws.put_user_policy(user, "mine", all).await);
            }
            Meddling::Attach => {
                let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
                drop(aws.attach_user_policy(user, arn).await);
            }
            Meddling::TakeGuardAway => {
                if let Some(name) = guards("leasehold-until-") {
                    aws.delete_user_policy(user, &name).await.unwrap();
                }
            }
            Meddling::TakeSelfProtectionAway => {
                if let Some(name) = guards("leasehold-self-") {
                    aws.delete_user_policy(user, &name).await.unwrap();
                }
            }
            Meddling::DeleteKey => {
                for key in aws.list_access_keys(user).await.unwrap() {
                    aws.delete_access_key(user, &key.id).await.unwrap();
                }
            }
            Meddling::DeleteUser => delete_user(&aws, user).await,
        }
    }

    fn note_asked_for(&mut self) {
        for call in self.wire.calls() {
            if call.action == "CreateUser" && call.arrived {
                self.asked_for.insert(call.params["UserName"].clone());
            }
        }
    }

    async fn works(&self, key: &Credentials) -> bool {
        let endpoint = Endpoint {
            region: "us-east-1".into(),
            url: None,
            http: Some(self.ground.practice.http_client()),
        };
        let (clock, limiter) = (ClockOffset::default(), Limiter::unshared());
        let secret = &key.secret_access_key;
        let aws = Aws::new(&key.access_key_id, secret, None, &endpoint, clock, limiter);
        aws.get_user(&key.user_name).await.is_ok()
    }

    fn renewing(&self, id: &str) -> bool {
        let events = self.engine.leases().show(id).unwrap().events;
        let last = |kind: &str| events.iter().rposition(|event| event.kind == kind);
        let began = last("renewing");
        began.is_some() && began > last("renewed").max(last("renewal_failed"))
    }

    fn now(&self) -> DateTime<Utc> {
        leasehold_engine::Clock::now(&self.ground.clock)
    }

    fn leases(&self) -> Vec<LeaseView> {
        self.ground.leases(&self.engine)
    }

    fn nth(&self, n: usize) -> Option<LeaseView> {
        let mut leases = self.leases();
        leases.reverse();
        (!leases.is_empty()).then(|| leases.swap_remove(n % leases.len()))
    }

    fn details(&self) -> Vec<leasehold_engine::wire::LeaseDetail> {
        let show = |lease: LeaseView| self.engine.leases().show(&lease.id).unwrap();
        self.leases().into_iter().map(show).collect()
    }
}

/// Does it; what fails has said why, and the promises say whether that was right.
async fn act(
    engine: &Engine,
    deed: &Deed,
    id: String,
    all: Vec<String>,
) -> Option<(LeaseView, Credentials)> {
    let desk = engine.leases();
    match deed {
        Deed::Issue(minutes) => {
            let asked = IssueRequest {
                ttl: Some(format!("{minutes}m")),
                ..request("s3-upload")
            };
            let issued = desk.issue(&asked).await.ok()?;
            return Some((issued.lease, issued.credentials));
        }
        Deed::Renew(_) => drop(desk.renew(&id, &Renewal::Default).await),
        Deed::RenewToMax(_) => drop(desk.renew(&id, &Renewal::ToMax).await),
        Deed::Revoke(_) => drop(desk.revoke(&[id]).await.unwrap()),
        Deed::RevokeAll => drop(desk.revoke_many(&all, Bulk::default()).await.unwrap()),
        Deed::Retry(_) => drop(desk.retry_now(&id).await),
        Deed::Reconcile => drop(desk.reconcile(None).await.unwrap()),
        Deed::Edit(short) => {
            let mut recipe = draft("s3-upload");
            if *short {
                (recipe.default_ttl, recipe.max_ttl) = ("5m".into(), "1h".into());
                recipe.groups = Vec::new();
            }
            engine.secrets().edit("s3-upload", &recipe).unwrap();
        }
    }
    None
}

async fn delete_user(aws: &Aws, user: &str) {
    for key in aws.list_access_keys(user).await.unwrap() {
        aws.delete_access_key(user, &key.id).await.unwrap();
    }
    for name in aws.list_user_policies(user).await.unwrap() {
        aws.delete_user_policy(user, &name).await.unwrap();
    }
    for arn in aws.list_attached_user_policies(user).await.unwrap() {
        aws.detach_user_policy(user, &arn).await.unwrap();
    }
    for group in aws.list_groups_for_user(user).await.unwrap() {
        aws.remove_user_from_group(user, &group).await.unwrap();
    }
    aws.delete_user(user).await.unwrap();
}

fn fault(how: Breakage) -> Fault {
    match how {
        Breakage::Throttle => Fault::THROTTLE,
        Breakage::Server => Fault::SERVER,
        Breakage::Reset => Fault::Reset,
        Breakage::LostAnswer => Fault::LostAnswer,
        Breakage::Concurrent => Fault::CONCURRENT,
        Breakage::Denied => Fault::DENIED,
        Breakage::NoSuchUser => Fault::NO_USER,
        Breakage::Hang => Fault::Gate,
    }
}

fn is_rest(state: State) -> bool {
    matches!(state, State::Revoked | State::Failed | State::Forgotten)
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(LONGEST, work).await;
    done.unwrap_or_else(|_| panic!("{what} never ends"))
}
