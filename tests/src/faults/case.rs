//! What is done, and what goes wrong meanwhile.

use std::fmt;

use crate::proxy::{Fault, Moment};

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `lease create`
    Issue,
    /// `lease renew`
    Renew,
    /// `lease revoke`
    Revoke,
    /// `secret edit` while a lease of it is live.
    Edit,
    /// `secret remove --revoke-leases`
    Remove,
    /// `lease create` of a session of a role.
    Open,
    /// `lease revoke` of one: everything is denied to it.
    Deny,
    /// `lease reconcile` when one is over that nobody revoked.
    Lapse,
    /// `lease reconcile` when one is over that everything was denied to: the policy goes from its role.
    Clear,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Issue,
        Self::Renew,
        Self::Revoke,
        Self::Edit,
        Self::Remove,
        Self::Open,
        Self::Deny,
        Self::Lapse,
        Self::Clear,
    ];

    /// Whether it is about a session of STS, and not about a user.
    #[must_use]
    pub fn is_of_sessions(self) -> bool {
        matches!(self, Self::Open | Self::Deny | Self::Lapse | Self::Clear)
    }

    /// Its name on command lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Renew => "renew",
            Self::Revoke => "revoke",
            Self::Edit => "edit",
            Self::Remove => "remove",
            Self::Open => "open",
            Self::Deny => "deny",
            Self::Lapse => "lapse",
            Self::Clear => "clear",
        }
    }
}

/// The `n`-th request of one kind in an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// `PutUserPolicy:leasehold-until`
    pub call: String,
    /// From 1.
    pub n: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.call, self.n)
    }
}

/// On which side of a commit the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing of it is on disk.
    Before,
    /// All of it is.
    After,
}

/// How often a fault comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    /// The request at the point, and no other.
    Once,
    /// Every request of that kind from the point on, for as long as the operation runs.
    Always,
}

/// What several processes do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivalry {
    /// Two `lease watch` end the same leases when their time is over.
    TwoWatchesExpire,
    /// Two `lease watch` run while a lease is revoked twice at once.
    RevokeTwice,
    /// Two `lease watch` run while a lease is renewed and revoked at once.
    RenewAndRevoke,
    /// Ten `lease create` at once.
    TenCreates,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// SIGKILL at a request.
    Kill(Point, Moment),
    /// Death at a database commit.
    Commit(u64, Side),
    /// The way to AWS is broken.
    Fault(Point, Fault, Often),
    /// AWS as a whole behaves so during the operation; see [`super::plan::world`].
    World(&'static str),
    /// SIGSTOP while a request is under way; another process takes over "an hour later", and then this one goes on.
    Sleep(Point),
    /// A whole history made by chance, with this seed.
    Random(u64),
    /// Others are at work on the same home.
    Rivals(Rivalry),
}

/// One operation with one trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is done.
    pub operation: Operation,
    /// What goes wrong.
    pub trouble: Trouble,
}

impl Case {
    /// The row of the table it belongs to: the kind of its trouble.
    #[must_use]
    pub fn kind(&self) -> String {
        match &self.trouble {
            Trouble::None => "no trouble".into(),
            Trouble::Kill(_, moment) => format!("killed, request {}", of(*moment)),
            Trouble::Commit(_, Side::Before) => "killed before a commit".into(),
            Trouble::Commit(_, Side::After) => "killed after a commit".into(),
            Trouble::Fault(_, fault, Often::Once) => fault.name(),
            Trouble::Fault(_, fault, Often::Always) => format!("{} always", fault.name()),
            Trouble::World(name) => (*name).to_owned(),
            Trouble::Sleep(_) => "asleep, taken over".into(),
            Trouble::Random(_) => "random histories".into(),
            Trouble::Rivals(_) => "several processes".into(),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.operation.name())?;
        match &self.trouble {
            Trouble::None => write!(f, "none"),
            Trouble::Kill(point, moment) => write!(f, "kill/{point}/{}", of(*moment)),
            Trouble::Commit(n, side) => write!(f, "commit/{n}/{side:?}"),
            Trouble::Fault(point, fault, Often::Once) => {
                write!(f, "fault/{point}/{}", fault.name())
            }
            Trouble::Fault(point, fault, Often::Always) => {
                write!(f, "fault/{point}/{}/always", fault.name())
            }
            Trouble::World(name) => write!(f, "world/{name}"),
            Trouble::Sleep(point) => write!(f, "sleep/{point}"),
            Trouble::Random(seed) => write!(f, "random/seed-{seed}."),
            Trouble::Rivals(rivalry) => write!(f, "rivals/{rivalry:?}"),
        }
    }
}

fn of(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "sent",
        Moment::Acted => "acted on",
        Moment::Answered => "answered",
    }
}
