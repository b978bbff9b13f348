//! The states of a lease and the only ways from one to another.

use std::fmt;

/// Where a lease stands, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeaseState {
    /// Recorded; its IAM user is being made.
    Issuing,
    /// The key works until the lease expires.
    Active,
    /// Asked to end; access may still be open.
    Revoking,
    /// Key gone or denied; the user still exists.
    AccessCut,
    /// AWS confirmed that the user is gone, or that the session was denied everything.
    Revoked,
    /// Ended by itself: its time was over, and there was nothing to take away. Only sessions of STS do.
    Expired,
    /// Never became active; nothing is left in AWS.
    Failed,
    /// Given up by a person; the user may still exist.
    Forgotten,
}

impl LeaseState {
    /// Every state, in the order of a lease's life.
    pub const ALL: [Self; 8] = [
        Self::Issuing,
        Self::Active,
        Self::Revoking,
        Self::AccessCut,
        Self::Revoked,
        Self::Expired,
        Self::Failed,
        Self::Forgotten,
    ];

    /// True when a lease in this state may go to `to`. Staying is not a transition.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        match self {
            Self::Issuing => {
                matches!(
                    to,
                    Self::Active | Self::Revoking | Self::Failed | Self::Forgotten
                )
            }
            Self::Active => matches!(to, Self::Revoking | Self::Expired | Self::Forgotten),
            Self::Revoking => {
                matches!(
                    to,
                    Self::AccessCut
                        | Self::Revoked
                        | Self::Expired
                        | Self::Failed
                        | Self::Forgotten
                )
            }
            Self::AccessCut => matches!(to, Self::Revoked | Self::Failed | Self::Forgotten),
            Self::Revoked | Self::Expired | Self::Failed | Self::Forgotten => false,
        }
    }

    /// True while something may still have to be done in AWS.
    #[must_use]
    pub fn is_open(self) -> bool {
        !self.is_rest()
    }

    /// True when the lease has come to rest: nothing leads out of this state.
    #[must_use]
    pub fn is_rest(self) -> bool {
        matches!(
            self,
            Self::Revoked | Self::Expired | Self::Failed | Self::Forgotten
        )
    }

    /// The stored spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issuing => "issuing",
            Self::Active => "active",
            Self::Revoking => "revoking",
            Self::AccessCut => "access-cut",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Forgotten => "forgotten",
        }
    }

    /// Reads the stored spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for LeaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a lease ended, or is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndReason {
    /// Somebody revoked it here.
    ByUs,
    /// Its time was over.
    Expired,
    /// The user was removed by somebody else.
    GoneOutside,
    /// It could not be issued and was undone.
    IssueFailed,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::ByUs,
        Self::Expired,
        Self::GoneOutside,
        Self::IssueFailed,
    ];

    /// The state in which a lease with this reason rests once AWS confirmed that its user is gone.
    #[must_use]
    pub fn rests_as(self) -> LeaseState {
        match self {
            Self::ByUs | Self::Expired | Self::GoneOutside => LeaseState::Revoked,
            Self::IssueFailed => LeaseState::Failed,
        }
    }

    /// The stored spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByUs => "by_us",
            Self::Expired => "expired",
            Self::GoneOutside => "gone_outside",
            Self::IssueFailed => "issue_failed",
        }
    }

    /// Reads the stored spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LeaseState::{AccessCut, Active, Expired, Failed, Forgotten, Issuing, Revoked, Revoking};

    #[test]
    fn exactly_these_transitions_are_allowed() {
        let allowed = [
            (Issuing, Active),
            (Issuing, Revoking),
            (Issuing, Failed),
            (Issuing, Forgotten),
            (Active, Revoking),
            (Active, Expired),
            (Active, Forgotten),
            (Revoking, AccessCut),
            (Revoking, Revoked),
            (Revoking, Expired),
            (Revoking, Failed),
            (Revoking, Forgotten),
            (AccessCut, Revoked),
            (AccessCut, Failed),
            (AccessCut, Forgotten),
        ];
        for from in LeaseState::ALL {
            for to in LeaseState::ALL {
                assert_eq!(
                    from.may_become(to),
                    allowed.contains(&(from, to)),
                    "{from} -> {to}"
                );
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_rest_and_everything_open_can_be_forgotten() {
        for state in LeaseState::ALL {
            assert_ne!(state.is_open(), state.is_rest());
            assert_eq!(
                LeaseState::ALL.into_iter().any(|to| state.may_become(to)),
                state.is_open()
            );
            assert_eq!(state.may_become(Forgotten), state.is_open());
        }
    }

    #[test]
    fn spellings_are_fixed_and_read_back() {
        let states: Vec<&str> = LeaseState::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(
            states,
            [
                "issuing",
                "active",
                "revoking",
                "access-cut",
                "revoked",
                "expired",
                "failed",
                "forgotten"
            ]
        );
        let reasons: Vec<&str> = EndReason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(
            reasons,
            ["by_us", "expired", "gone_outside", "issue_failed"]
        );
        for state in LeaseState::ALL {
            assert_eq!(LeaseState::parse(state.as_str()), Some(state));
        }
        for reason in EndReason::ALL {
            assert_eq!(EndReason::parse(reason.as_str()), Some(reason));
            assert!(reason.rests_as().is_rest());
        }
        assert_eq!(LeaseState::parse("access_cut"), None);
        assert_eq!(EndReason::parse(""), None);
    }
}
