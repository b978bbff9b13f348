use super::*;
use leasehold_domain::InstallationId;

const ARN: &str = "arn:aws:iam::111122223333:user/leases/app";
const KEY: &str = "AKIAEXAMPLEEXAMPLE00";
const HOUR: chrono::TimeDelta = chrono::TimeDelta::hours(1);

struct Case {
    row: LeaseRow,
    shown: Shown,
    installation: InstallationId,
}

fn noon() -> DateTime<Utc> {
    Moment::parse_name("20261121T120000Z").unwrap().datetime()
}

/// An active lease that AWS shows exactly as recorded.
fn as_recorded() -> Case {
    let installation = InstallationId::generate().unwrap();
    let mut row = crate::leases::plan::bare(noon());
    row.user_name = "app".into();
    row.user_arn = ARN.into();
    row.user_id = Some("AIDAEXAMPLE".into());
    row.iam_path = "/leases/".into();
    row.access_key_id = Some(KEY.into());
    row.documents = vec!["{}".into()];
    row.policy_arns = vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()];
    row.groups = vec!["developers".into()];
    row.expires_at = noon();
    row.guards = vec![noon()];
    row.max_expires_at = noon() + HOUR * 7;
    let shown = Shown {
        facts: UserFacts {
            user_id: "AIDAEXAMPLE".into(),
            arn: ARN.into(),
            path: "/leases/".into(),
            created_at: noon() - HOUR,
            boundary: None,
            tags: Vec::new(),
        },
        keys: vec![key(KEY, true)],
        inline: vec![
            guard::self_name(&installation),
            until(noon(), &installation),
            guard::doc_name(1),
        ],
        managed: row.policy_arns.clone(),
        groups: row.groups.clone(),
    };
    Case {
        row,
        shown,
        installation,
    }
}

fn key(id: &str, active: bool) -> KeyFacts {
    KeyFacts {
        id: id.into(),
        active,
        created_at: None,
    }
}

fn until(at: DateTime<Utc>, installation: &InstallationId) -> String {
    guard::until_name(Moment::from(at), installation)
}

impl Case {
    fn compared(&self, ledger: Ledger, age: Age) -> Comparison {
        compare(&self.row, &self.shown, &self.installation, ledger, age)
    }

    fn settled(&self) -> Comparison {
        self.compared(Ledger::MayBeBehind, Age::Settled)
    }

    /// The dated guards in AWS, in hours from the recorded expiry.
    fn dated(&mut self, hours: &[i32]) {
        let inline = &mut self.shown.inline;
        inline.retain(|name| !name.starts_with("leasehold-until-"));
        inline.extend(
            hours
                .iter()
                .map(|h| until(noon() + HOUR * *h, &self.installation)),
        );
    }

    fn name(&self, hours: i32) -> String {
        until(noon() + HOUR * hours, &self.installation)
    }
}

#[test]
fn a_lease_as_recorded_is_live() {
    let case = as_recorded();
    let compared = case.settled();
    assert_eq!(compared, Comparison::default());
    assert_eq!(compared.standing(), Standing::Live);
}

#[test]
fn the_dated_guards_in_aws_decide_whether_the_ledger_is_behind() {
    // Hours of the guards in AWS; what is taken over; what is removed as wrong; what is missing.
    type Row = (&'static [i32], Option<i32>, &'static [i32], &'static [i32]);
    let table: [Row; 8] = [
        (&[0], None, &[], &[]),
        (&[], None, &[], &[0]),
        (&[1], Some(1), &[], &[]),
        (&[2, 1], Some(1), &[], &[]),
        // The maximum is seven hours later; no renewal goes past it.
        (&[7], Some(7), &[], &[]),
        (&[8], None, &[8], &[0]),
        // Beside a recorded one a later one proves nothing.
        (&[0, 1], None, &[1], &[]),
        // Nor does an earlier one.
        (&[-1], None, &[-1], &[0]),
    ];
    for (hours, taken, wrong, missing) in table {
        let mut case = as_recorded();
        case.dated(hours);
        let compared = case.settled();
        let names = |hours: &[i32]| hours.iter().map(|h| case.name(*h)).collect::<Vec<_>>();
        assert_eq!(
            compared.later_expiry,
            taken.map(|h| noon() + HOUR * h),
            "{hours:?}"
        );
        assert_eq!(compared.wrong_guards, names(wrong), "{hours:?}");
        assert_eq!(compared.missing, names(missing), "{hours:?}");
        let behind = compared.standing() == Standing::LedgerBehind;
        assert_eq!(behind, taken.is_some(), "{hours:?}");
    }
}

#[test]
fn a_process_that_knows_the_lease_takes_no_later_guard_for_a_renewal() {
    let mut case = as_recorded();
    case.dated(&[1]);
    let compared = case.compared(Ledger::Sure, Age::Settled);
    assert_eq!(compared.later_expiry, None);
    assert_eq!(compared.wrong_guards, [case.name(1)]);
    assert_eq!(compared.missing, [case.name(0)]);
    assert_eq!(compared.standing(), Standing::PutRight);
}

#[test]
fn a_recorded_guard_beside_the_right_one_is_left_over_and_no_finding() {
    let mut case = as_recorded();
    case.row.guards.push(noon() + HOUR);
    case.dated(&[0, 1]);
    let compared = case.settled();
    assert_eq!(compared.left_guards, [case.name(1)]);
    assert_eq!(compared.standing(), Standing::Live);
}

#[test]
fn a_renewal_under_way_keeps_its_guards() {
    let mut case = as_recorded();
    case.row.pending_expires_at = Some(noon() + HOUR);
    case.row.guards.push(noon() + HOUR);
    for hours in [&[0][..], &[0, 1], &[1]] {
        case.dated(hours);
        let compared = case.settled();
        assert_eq!(compared, Comparison::default(), "{hours:?}");
    }
}

#[test]
fn what_is_not_ours_on_the_user_is_found() {
    let mut case = as_recorded();
    case.shown.keys.push(key("AKIAFOREIGNFOREIGN00", true));
    case.shown
        .inline
        .extend(["mine".into(), guard::doc_name(2)]);
    case.shown.inline.retain(|name| *name != guard::doc_name(1));
    let compared = case.settled();
    assert_eq!(compared.foreign_keys, ["AKIAFOREIGNFOREIGN00"]);
    assert_eq!(
        compared.foreign_policies,
        ["mine".to_owned(), guard::doc_name(2)]
    );
    assert_eq!(compared.missing, [guard::doc_name(1)]);
    assert_eq!(compared.standing(), Standing::PutRight);
}

#[test]
fn what_is_told_and_left_is_drift() {
    type Change = fn(&mut Case);
    let table: [(Change, bool, &str); 7] = [
        (
            |c| c.shown.managed.push("arn:aws:iam::aws:policy/Admin".into()),
            true,
            "attached",
        ),
        (
            |c| c.shown.groups.push("admins".into()),
            true,
            "into the group",
        ),
        (
            |c| c.shown.facts.boundary = Some("arn:aws:iam::aws:policy/b".into()),
            true,
            "boundary",
        ),
        (
            |c| c.row.boundary = Some("arn:aws:iam::aws:policy/b".into()),
            true,
            "removed",
        ),
        (|c| c.shown.keys = vec![key(KEY, false)], false, "off"),
        (|c| c.shown.keys.clear(), false, "deleted"),
        (|c| c.shown.managed.clear(), false, "detached"),
    ];
    for (change, alarm, word) in table {
        let mut case = as_recorded();
        change(&mut case);
        let compared = case.settled();
        assert_eq!(compared.standing(), Standing::Drifted, "{word}");
        let [finding] = compared.findings.as_slice() else {
            panic!("{word}: {compared:?}");
        };
        assert!(finding.text.contains(word), "{finding:?}");
        assert_eq!(finding.alarm, alarm, "{finding:?}");
    }
}

#[test]
fn what_a_young_user_lacks_aws_may_only_not_show_yet() {
    let mut case = as_recorded();
    case.shown.keys.clear();
    case.shown.managed.clear();
    case.shown.groups.clear();
    let compared = case.compared(Ledger::Sure, Age::Young);
    assert_eq!(compared.findings, []);
    assert_eq!(case.settled().findings.len(), 3);
}

#[test]
fn the_quarantine_policy_goes_before_everything_else_and_is_told_once() {
    let mut case = as_recorded();
    let arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3";
    case.shown.managed.push(arn.into());
    case.shown.inline.clear();
    let compared = case.settled();
    assert_eq!(compared.standing(), Standing::Quarantined);
    assert_eq!(compared.findings.len(), 1);
    assert!(compared.findings[0].alarm);
}
