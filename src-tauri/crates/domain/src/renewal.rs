//! How far a lease may be renewed.

use chrono::{DateTime, Utc};

use crate::problem::Code;
use crate::{Problem, Ttl};

/// The last moment that renewals may reach: issue plus Max TTL.
#[must_use]
pub fn latest_expiry(issued: DateTime<Utc>, max_ttl: Ttl) -> DateTime<Utc> {
    issued
        .checked_add_signed(max_ttl.as_delta())
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The new expiry of a lease to which `add` is added: counted from the current expiry, not from now.
///
/// # Errors
/// `refused` after the expiry, at the maximum, or past issue plus Max TTL; the hint of the last says
/// how to extend to the maximum.
pub fn renewed_expiry(
    issued: DateTime<Utc>,
    current: DateTime<Utc>,
    max_ttl: Ttl,
    add: Ttl,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Problem> {
    let latest = renewed_to_maximum(issued, current, max_ttl, now)?;
    if add.secs() == 0 {
        return Err(Problem::refused_input(
            "ttl",
            "Renewing by nothing changes nothing.",
            "Say how much to add, for example 30m.",
        ));
    }
    match current.checked_add_signed(add.as_delta()) {
        Some(renewed) if renewed <= latest => Ok(renewed),
        _ => {
            let room = u64::try_from((latest - current).num_seconds()).unwrap_or(0);
            Err(Problem::new(
                Code::Refused,
                format!(
                    "Adding {add} to the current expiry would pass the maximum of this lease, {} \
                     (issue plus its Max TTL, {max_ttl}).",
                    latest.format("%Y-%m-%d %H:%M:%S UTC")
                ),
            )
            .with_hint(format!(
                "Extend to the maximum instead (--to-max), which adds {}, or ask for less.",
                Ttl::from_secs(room)
            ))
            .at("ttl"))
        }
    }
}

/// The expiry of a lease that is extended as far as it goes.
///
/// # Errors
/// `refused` after the expiry, or when the lease already reaches its maximum.
pub fn renewed_to_maximum(
    issued: DateTime<Utc>,
    current: DateTime<Utc>,
    max_ttl: Ttl,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Problem> {
    if now >= current {
        return Err(Problem::new(
            Code::Refused,
            format!(
                "The lease expired at {}; an expired lease is not renewed.",
                current.format("%Y-%m-%d %H:%M:%S UTC")
            ),
        )
        .with_hint("Generate a new lease."));
    }
    let latest = latest_expiry(issued, max_ttl);
    if current >= latest {
        return Err(Problem::new(
            Code::Refused,
            format!("The lease already reaches its maximum, {max_ttl} after it was issued."),
        )
        .with_hint("Generate a new lease before this one ends.")
        .at("ttl"));
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn ttl(minutes: u64) -> Ttl {
        Ttl::from_secs(minutes * 60)
    }

    #[test]
    fn a_renewal_counts_from_the_current_expiry() {
        assert_eq!(
            renewed_expiry(at(0), at(60), ttl(480), ttl(30), at(10)).unwrap(),
            at(90)
        );
    }

    #[test]
    fn exactly_the_maximum_is_allowed_and_a_second_more_is_not() {
        assert_eq!(
            renewed_expiry(at(0), at(60), ttl(90), ttl(30), at(10)).unwrap(),
            at(90)
        );
        let add = Ttl::from_secs(30 * 60 + 1);
        let problem = renewed_expiry(at(0), at(60), ttl(90), add, at(10)).unwrap_err();
        assert_eq!(problem.code, Code::Refused);
        assert_eq!(problem.field.as_deref(), Some("ttl"));
        let hint = problem.hint.unwrap();
        assert!(hint.contains("maximum") && hint.contains("30m"), "{hint}");
    }

    #[test]
    fn an_expired_lease_is_never_renewed() {
        for now in [at(60), at(61)] {
            let problem = renewed_expiry(at(0), at(60), ttl(480), ttl(30), now).unwrap_err();
            assert_eq!(problem.code, Code::Refused);
            assert!(problem.message.contains("expired"), "{}", problem.message);
            assert!(renewed_to_maximum(at(0), at(60), ttl(480), now).is_err());
        }
        assert!(renewed_expiry(at(0), at(60), ttl(480), ttl(30), at(59)).is_ok());
    }

    #[test]
    fn to_the_maximum_reaches_issue_plus_max_ttl_once() {
        assert_eq!(
            renewed_to_maximum(at(0), at(60), ttl(480), at(10)).unwrap(),
            at(480)
        );
        assert!(renewed_to_maximum(at(0), at(480), ttl(480), at(10)).is_err());
    }

    #[test]
    fn a_renewal_by_nothing_is_refused() {
        assert!(renewed_expiry(at(0), at(60), ttl(480), Ttl::from_secs(0), at(10)).is_err());
    }

    proptest! {
        #[test]
        fn a_renewal_never_passes_the_maximum_nor_shortens(
            max in any::<u64>(), add in any::<u64>(), current in 0i64..100_000, now in 0i64..100_000
        ) {
            let (max, add) = (Ttl::from_secs(max), Ttl::from_secs(add));
            if let Ok(renewed) = renewed_expiry(at(0), at(current), max, add, at(now)) {
                prop_assert!(renewed > at(current));
                prop_assert!(renewed <= latest_expiry(at(0), max));
                prop_assert!(at(now) < at(current));
            }
        }
    }
}
