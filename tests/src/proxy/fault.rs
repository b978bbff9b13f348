//! What can go wrong with a request on its way, and which requests it meets.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::message::Message;

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// AWS refuses with this status, code and message, and does nothing.
    Refuse(u16, &'static str, &'static str),
    /// AWS answers this status as a failure of its own, after it acted or without.
    Broken {
        /// 500, 502, 503.
        status: u16,
        /// Whether AWS did what was asked.
        acted: bool,
    },
    /// The connection is reset before AWS sees the request.
    ResetBefore,
    /// AWS acts, and the connection is reset instead of an answer.
    ResetAfter,
    /// Nothing comes back, ever.
    Hang {
        /// Whether AWS did what was asked.
        acted: bool,
    },
    /// The request reaches AWS so much later.
    Slow(Duration),
    /// AWS acts at once; its answer arrives so much later.
    Late(Duration),
    /// The answer arrives twice on a connection that is kept.
    AnsweredTwice,
    /// AWS gets the request twice; the first answer arrives.
    DoneTwice,
    /// AWS gets the request twice; the second answer arrives.
    DoneTwiceAnsweredLast,
    /// The answer's body ends half-way.
    CutBody,
    /// The answer's `Date` is off by so many seconds.
    DateOff(i64),
    /// The answer's `Date` is this.
    DateIs(&'static str),
    /// A yes comes back at once; AWS does it so much later.
    AnsweredAhead(Duration),
    /// The answer is what it was so long ago, although the request is made now.
    Stale(Duration),
    /// The request is on its way, and reaches AWS when [`super::Proxy::let_through`] says so.
    OnItsWay,
    /// A key deleted less than so long ago still passes for valid (`GetCallerIdentity`).
    DeletedKeyWorks(Duration),
}

impl Fault {
    /// AWS's plain throttling.
    pub const THROTTLE: Self = Self::Refuse(400, "Throttling", "Rate exceeded");
    /// Its other form.
    pub const LIMIT: Self = Self::Refuse(503, "RequestLimitExceeded", "Request limit exceeded.");
    /// Another request is changing the same user.
    pub const CONCURRENT: Self = Self::Refuse(
        409,
        "ConcurrentModification",
        "The request was rejected because multiple requests to change this object were submitted simultaneously.",
    );
    /// The entity is changing.
    pub const UNMODIFIABLE: Self = Self::Refuse(
        409,
        "EntityTemporarilyUnmodifiable",
        "The user is being modified. Try again later.",
    );
    /// The managing key lacks a permission.
    pub const DENIED: Self = Self::Refuse(
        403,
        "AccessDenied",
        "User: arn:aws:iam::000000000000:user/leasehold-manager is not authorized to perform this action",
    );
    /// There is no such user, or it is not visible yet.
    pub const NO_USER: Self = Self::Refuse(
        404,
        "NoSuchEntity",
        "The user with name of this request cannot be found.",
    );

    /// Whether AWS may have done what was asked when this fault met the request.
    #[must_use]
    pub fn reaches_aws(&self) -> bool {
        !matches!(
            self,
            Self::Refuse(..)
                | Self::Broken { acted: false, .. }
                | Self::ResetBefore
                | Self::Hang { acted: false }
        )
    }

    /// A short name for tables and command lines.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Refuse(_, code, _) => (*code).to_owned(),
            Self::Broken {
                status,
                acted: true,
            } => format!("{status}-acted"),
            Self::Broken { status, .. } => status.to_string(),
            Self::ResetBefore => "reset-before".into(),
            Self::ResetAfter => "reset-after".into(),
            Self::Hang { acted: true } => "hang-acted".into(),
            Self::Hang { .. } => "hang".into(),
            Self::Slow(by) => format!("slow-{}s", by.as_secs()),
            Self::Late(by) => format!("late-{}s", by.as_secs()),
            Self::AnsweredTwice => "answered-twice".into(),
            Self::DoneTwice => "done-twice".into(),
            Self::DoneTwiceAnsweredLast => "done-twice-answered-last".into(),
            Self::CutBody => "cut-body".into(),
            Self::DateOff(by) => format!("date{by:+}s"),
            Self::DateIs(_) => "date-garbage".into(),
            Self::OnItsWay => "on-its-way".into(),
            Self::AnsweredAhead(by) => format!("answered-{}s-ahead", by.as_secs()),
            Self::Stale(by) => format!("stale-{}s", by.as_secs()),
            Self::DeletedKeyWorks(by) => format!("deleted-key-works-{}s", by.as_secs()),
        }
    }

    pub(super) fn dated(&self, answer: &mut Message) {
        match self {
            Self::DateOff(by) => {
                let date = Utc::now() + TimeDelta::seconds(*by);
                let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
                answer.set_header("Date", &date);
            }
            Self::DateIs(text) => answer.set_header("Date", text),
            _ => {}
        }
    }
}

/// What one request asks, as tests speak of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// IAM's or STS's action, such as `CreateUser`; empty when the request named none.
    pub action: String,
    /// What of the user it is about, without what differs from run to run: `leasehold-until`, a group's name.
    pub about: String,
    /// The user's name.
    pub user: String,
}

impl Call {
    pub(super) fn of(form: &HashMap<String, String>) -> Self {
        let field = |name: &str| form.get(name).map(String::as_str);
        let about = match field("PolicyName").or(field("GroupName")) {
            Some(name) if name.starts_with("leasehold-until-") => "leasehold-until",
            Some(name) if name.starts_with("leasehold-self-") => "leasehold-self",
            Some(name) if name.starts_with("leasehold-cut-") => "leasehold-cut",
            Some(name) => name,
            None => field("PolicyArn")
                .and_then(|arn| arn.rsplit('/').next())
                .unwrap_or_default(),
        };
        Self {
            action: field("Action").unwrap_or_default().to_owned(),
            about: about.to_owned(),
            user: field("UserName").unwrap_or_default().to_owned(),
        }
    }

    /// `PutUserPolicy:leasehold-until`; the action alone where it is about the user as a whole.
    #[must_use]
    pub fn label(&self) -> String {
        if self.about.is_empty() {
            return self.action.clone();
        }
        format!("{}:{}", self.action, self.about)
    }

    /// Whether `wanted` means this call: an action, a label, or `*`.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        wanted == "*" || wanted == self.action || wanted == self.label()
    }

    /// Whether it changes anything in AWS.
    #[must_use]
    pub fn changes(&self) -> bool {
        !["Get", "List"]
            .iter()
            .any(|word| self.action.starts_with(word))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.label(), self.user)
    }
}

/// A fault and the requests it meets.
#[derive(Clone, Debug)]
pub struct Rule {
    call: String,
    skip: usize,
    times: usize,
    young: Option<Duration>,
    fault: Fault,
}

impl Rule {
    /// Every request of this action or label (`*`: of any).
    #[must_use]
    pub fn every(call: &str, fault: Fault) -> Self {
        Self {
            call: call.to_owned(),
            skip: 0,
            times: usize::MAX,
            young: None,
            fault,
        }
    }

    /// The first `times` of them.
    #[must_use]
    pub fn first(times: usize, call: &str, fault: Fault) -> Self {
        Self {
            times,
            ..Self::every(call, fault)
        }
    }

    /// The `n`-th of them, counted from 1 and from now.
    #[must_use]
    pub fn nth(n: usize, call: &str, fault: Fault) -> Self {
        Self {
            skip: n.saturating_sub(1),
            times: 1,
            ..Self::every(call, fault)
        }
    }

    /// And every one after it.
    #[must_use]
    pub fn for_ever(self) -> Self {
        Self {
            times: usize::MAX,
            ..self
        }
    }

    /// Only while the user it is about is younger than this: IAM's eventual consistency.
    #[must_use]
    pub fn while_young(self, age: Duration) -> Self {
        Self {
            young: Some(age),
            ..self
        }
    }

    /// The fault, if it meets this request of a user of this age. Counts.
    pub(super) fn meets(&mut self, call: &Call, age: Option<Duration>) -> Option<Fault> {
        let is_young = |limit: Duration| age.is_some_and(|age| age < limit);
        if !call.is(&self.call) || self.young.is_some_and(|limit| !is_young(limit)) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.fault.clone())
    }

    pub(super) fn fault(&self) -> &Fault {
        &self.fault
    }

    pub(super) fn call(&self) -> &str {
        &self.call
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Fault, Rule};
    use std::collections::HashMap;
    use std::time::Duration;

    fn call(fields: &[(&str, &str)]) -> Call {
        let form: HashMap<String, String> = fields
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Call::of(&form)
    }

    #[test]
    fn a_label_leaves_out_what_differs_from_run_to_run() {
        let until = call(&[
            ("Action", "PutUserPolicy"),
            ("PolicyName", "leasehold-until-20261121T152300Z-abcd"),
            ("UserName", "lh-1"),
        ]);
        assert_eq!(until.label(), "PutUserPolicy:leasehold-until");
        let attach = call(&[
            ("Action", "AttachUserPolicy"),
            ("PolicyArn", "arn:aws:iam::1:policy/a/b"),
        ]);
        assert_eq!(attach.label(), "AttachUserPolicy:b");
        assert_eq!(call(&[("Action", "CreateUser")]).label(), "CreateUser");
        assert!(until.is("*") && until.is("PutUserPolicy") && !until.is("CreateUser"));
        assert!(until.changes() && !call(&[("Action", "ListUsers")]).changes());
    }

    #[test]
    fn a_rule_meets_the_calls_it_names_and_counts_them() {
        let create = call(&[("Action", "CreateUser")]);
        let get = call(&[("Action", "GetUser")]);
        let mut second = Rule::nth(2, "CreateUser", Fault::ResetBefore);
        assert_eq!(second.meets(&create, None), None);
        assert_eq!(second.meets(&get, None), None);
        assert_eq!(second.meets(&create, None), Some(Fault::ResetBefore));
        assert_eq!(second.meets(&create, None), None);
        let mut two = Rule::first(2, "*", Fault::THROTTLE);
        let met = [&create, &get, &get].map(|call| two.meets(call, None).is_some());
        assert_eq!(met, [true, true, false]);
    }

    #[test]
    fn a_young_user_is_met_until_it_is_old_enough() {
        let get = call(&[("Action", "GetUser")]);
        let seconds = |n| Some(Duration::from_secs(n));
        let mut rule = Rule::every("*", Fault::NO_USER).while_young(Duration::from_secs(5));
        assert!(rule.meets(&get, seconds(4)).is_some());
        assert!(rule.meets(&get, seconds(5)).is_none());
        assert!(rule.meets(&get, None).is_none(), "nobody made it here");
    }
}
