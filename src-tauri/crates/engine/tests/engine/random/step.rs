//! What can happen in a random life.

use proptest::prelude::*;

use crate::support::Moment;

/// One thing that happens. Leases are named by a number that counts round the ones there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody works, and nothing kills the process.
    Do(Deed),
    /// The process dies at the n-th AWS call of the work, and a new one starts.
    Die(Deed, usize, DeathMoment),
    /// From now on the next calls of an action fail.
    Break(usize, Breakage, usize),
    /// AWS works again.
    Heal,
    /// The computer's clock and AWS's go on by so many seconds.
    Pass(u32),
    /// The timer runs for a while.
    Run,
    /// The process ends in order and a new one starts.
    Restart,
    /// The process vanishes and a new one starts.
    Vanish,
    /// Somebody else meddles with a leased user.
    Meddle(usize, Meddling),
}

/// When a process dies, seen from one of its AWS calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeathMoment {
    Before,
    After,
}

impl From<DeathMoment> for Moment {
    fn from(moment: DeathMoment) -> Self {
        match moment {
            DeathMoment::Before => Self::Before,
            DeathMoment::After => Self::After,
        }
    }
}

/// Work that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// With a TTL of so many minutes.
    Issue(u32),
    Renew(usize),
    RenewToMax(usize),
    Revoke(usize),
    RevokeAll,
    Retry(usize),
    Reconcile,
    /// The recipe changes: other TTLs, other groups.
    Edit(bool),
}

/// How AWS fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    Throttle,
    Server,
    Reset,
    LostAnswer,
    Concurrent,
    Denied,
    NoSuchUser,
    Hang,
}

/// What somebody else does to a leased user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meddling {
    AddKey,
    AddPolicy,
    Attach,
    TakeGuardAway,
    TakeSelfProtectionAway,
    DeleteKey,
    DeleteUser,
}

/// The actions that can fail.
pub const ACTIONS: [&str; 16] = [
    "CreateUser",
    "CreateAccessKey",
    "PutUserPolicy",
    "AttachUserPolicy",
    "AddUserToGroup",
    "GetUser",
    "ListAccessKeys",
    "ListUserPolicies",
    "ListAttachedUserPolicies",
    "ListGroupsForUser",
    "DeleteAccessKey",
    "DeleteUserPolicy",
    "DetachUserPolicy",
    "RemoveUserFromGroup",
    "DeleteUser",
    "GetCallerIdentity",
];

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => (1..180_u32).prop_map(Deed::Issue),
        3 => (0..8_usize).prop_map(Deed::Renew),
        1 => (0..8_usize).prop_map(Deed::RenewToMax),
        4 => (0..8_usize).prop_map(Deed::Revoke),
        1 => Just(Deed::RevokeAll),
        1 => (0..8_usize).prop_map(Deed::Retry),
        1 => Just(Deed::Reconcile),
        1 => any::<bool>().prop_map(Deed::Edit),
    ]
}

fn breakage() -> impl Strategy<Value = Breakage> {
    prop_oneof![
        Just(Breakage::Throttle),
        Just(Breakage::Server),
        Just(Breakage::Reset),
        Just(Breakage::LostAnswer),
        Just(Breakage::Concurrent),
        Just(Breakage::Denied),
        Just(Breakage::NoSuchUser),
        Just(Breakage::Hang),
    ]
}

fn meddling() -> impl Strategy<Value = Meddling> {
    prop_oneof![
        Just(Meddling::AddKey),
        Just(Meddling::AddPolicy),
        Just(Meddling::Attach),
        Just(Meddling::TakeGuardAway),
        Just(Meddling::TakeSelfProtectionAway),
        Just(Meddling::DeleteKey),
        Just(Meddling::DeleteUser),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let moment = prop_oneof![Just(DeathMoment::Before), Just(DeathMoment::After)];
    let passing = prop_oneof![1..120_u32, 120..7_200_u32, 7_200..200_000_u32];
    prop_oneof![
        8 => deed().prop_map(Step::Do),
        4 => (deed(), 1..20_usize, moment).prop_map(|(deed, n, at)| Step::Die(deed, n, at)),
        4 => (0..ACTIONS.len(), breakage(), 1..6_usize)
            .prop_map(|(action, how, times)| Step::Break(action, how, times)),
        2 => Just(Step::Heal),
        4 => passing.prop_map(Step::Pass),
        4 => Just(Step::Run),
        1 => Just(Step::Restart),
        1 => Just(Step::Vanish),
        2 => (0..8_usize, meddling()).prop_map(|(lease, how)| Step::Meddle(lease, how)),
    ]
}

/// A random life.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..24)
}

/// Lives that showed a defect, as they were shrunk.
pub fn once_leaked() -> Vec<Vec<Step>> {
    vec![
        // "No such user" about the key of a user that AWS had just shown, and no list of keys: it
        // was called cut while it worked.
        vec![
            Step::Break(10, Breakage::NoSuchUser, 1),
            Step::Do(Deed::Issue(1)),
            Step::Break(6, Breakage::Denied, 1),
            Step::Do(Deed::Revoke(0)),
        ],
    ]
}
