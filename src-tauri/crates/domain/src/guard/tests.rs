//! Names and documents of guards to the byte, and what they cost.

use super::*;
use chrono::{TimeZone, Utc};
use proptest::prelude::*;

fn ours() -> InstallationId {
    InstallationId::parse("k3j9x0ab").unwrap()
}

fn moment() -> Moment {
    Moment::from(Utc.with_ymd_and_hms(2026, 11, 21, 15, 23, 0).unwrap())
}

#[test]
fn names_are_exact() {
    assert_eq!(self_name(&ours()), "leasehold-self-k3j9x0ab");
    assert_eq!(
        until_name(moment(), &ours()),
        "leasehold-until-20261121T152300Z-k3j9x0ab"
    );
    assert_eq!(cut_name(&ours()), "leasehold-cut-k3j9x0ab");
    assert_eq!(doc_name(1), "leasehold-doc-1");
    assert_eq!(doc_name(12), "leasehold-doc-12");
}

#[test]
fn names_are_policy_names_of_iam() {
    for name in [
        self_name(&ours()),
        until_name(moment(), &ours()),
        cut_name(&ours()),
        doc_name(usize::MAX),
    ] {
        assert!(name.len() <= 128, "{name}");
        assert!(name.chars().all(crate::names::is_iam_name_char), "{name}");
    }
}

#[test]
fn documents_are_exact() {
    assert_eq!(
        self_document("arn:aws:iam::123456789012:user/leases/lh-abc"),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["iam:Get*","iam:List*"],"Resource":"arn:aws:iam::123456789012:user/leases/lh-abc"}}"#
    );
    assert_eq!(
        until_document(moment()),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-11-21T15:23:00Z"}}}}"#
    );
    assert_eq!(
        cut_document(),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#
    );
}

#[test]
fn documents_are_valid_policies_and_already_compact() {
    for text in [
        self_document("arn:aws:iam::123456789012:user/a"),
        until_document(moment()),
        cut_document(),
    ] {
        let document = PolicyDocument::parse("d", &text).unwrap();
        assert_eq!(document.compact(), text);
        assert_eq!(document.size(), text.len());
    }
}

#[test]
fn a_hostile_path_neither_widens_the_self_protection_nor_breaks_its_json() {
    let arn = r#"arn:aws:iam::123456789012:user/a*b?c${d}"e\f/name"#;
    let text = self_document(arn);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json["Statement"]["Resource"],
        r#"arn:aws:iam::123456789012:user/a${*}b${?}c${$}{d}"e\f/name"#
    );
    assert_eq!(json["Statement"].as_object().unwrap().len(), 3);
}

#[test]
fn policies_are_told_apart_by_name() {
    let theirs = InstallationId::parse("zzzzzzzz").unwrap();
    let long = format!("leasehold-doc-{}9", usize::MAX);
    for (name, kind) in [
        (self_name(&ours()), GuardKind::SelfProtection),
        (until_name(moment(), &ours()), GuardKind::Until(moment())),
        (cut_name(&ours()), GuardKind::Cut),
        (doc_name(1), GuardKind::Document(1)),
        (doc_name(27), GuardKind::Document(27)),
        (self_name(&theirs), GuardKind::ForeignInstallation),
        (
            until_name(moment(), &theirs),
            GuardKind::ForeignInstallation,
        ),
        (cut_name(&theirs), GuardKind::ForeignInstallation),
        ("leasehold-doc-0".into(), GuardKind::Foreign),
        ("leasehold-doc-01".into(), GuardKind::Foreign),
        ("leasehold-doc-+1".into(), GuardKind::Foreign),
        ("leasehold-doc-".into(), GuardKind::Foreign),
        ("leasehold-doc-1-k3j9x0ab".into(), GuardKind::Foreign),
        (long, GuardKind::Foreign),
        ("leasehold-self-".into(), GuardKind::Foreign),
        ("leasehold-self-k3j9x0abc".into(), GuardKind::Foreign),
        ("leasehold-self-K3J9X0AB".into(), GuardKind::Foreign),
        ("Leasehold-self-k3j9x0ab".into(), GuardKind::Foreign),
        ("leasehold-until-k3j9x0ab".into(), GuardKind::Foreign),
        (
            "leasehold-until-20261321T152300Z-k3j9x0ab".into(),
            GuardKind::Foreign,
        ),
        (
            "leasehold-until-20261121T152300Z".into(),
            GuardKind::Foreign,
        ),
        (
            "leasehold-until-20261121T152300Z-".into(),
            GuardKind::Foreign,
        ),
        ("leasehold-until--k3j9x0ab".into(), GuardKind::Foreign),
        ("leasehold-cut".into(), GuardKind::Foreign),
        ("something-else".into(), GuardKind::Foreign),
        (String::new(), GuardKind::Foreign),
    ] {
        assert_eq!(classify(&name, &ours()), kind, "{name}");
    }
}

#[test]
fn the_budget_counts_every_guard_at_its_largest() {
    let arn = "arn:aws:iam::123456789012:user/leases/lh-abc";
    let document = PolicyDocument::parse(
        "d",
        r#" { "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } } "#,
    )
    .unwrap();
    let budget = budget(&[document.clone(), document.clone()], arn_cost(arn));
    let guards =
        self_document(arn).len() + 2 * until_document(moment()).len() + cut_document().len();
    assert_eq!(budget.documents as usize, 2 * document.size());
    assert_eq!(budget.guards as usize, guards);
    assert_eq!(budget.limit, 2048);
    assert!(budget.fits());
    assert_eq!(budget.room_for_documents() as usize, 2048 - guards);
}

#[test]
fn the_budget_ends_at_exactly_2048() {
    let exact = Budget {
        documents: 1400,
        guards: 648,
        limit: INLINE_LIMIT,
    };
    assert!(exact.fits());
    assert!(
        !Budget {
            documents: 1401,
            ..exact
        }
        .fits()
    );
    assert!(
        !Budget {
            documents: u32::MAX,
            ..exact
        }
        .fits()
    );
}

proptest! {
    #[test]
    fn the_cost_of_an_arn_is_what_the_document_grows_by(path in "(/[!-.0-~]{1,20}){0,4}", name in "[A-Za-z0-9+=,.@_-]{1,64}") {
        let path = IamPath::parse("p", &format!("{path}/")).unwrap();
        let (partition, account) = (Partition::aws(), AccountId::parse("a", "123456789012").unwrap());
        let arn = crate::user_arn(&partition, &account, &path, &name);
        let cost = self_document(&arn).chars().count() - self_document("").len();
        prop_assert_eq!(arn_cost(&arn), cost);
        prop_assert_eq!(longest_arn_cost(&partition, &account, &path, name.len()), cost);
        prop_assert!(PolicyDocument::parse("d", &self_document(&arn)).is_ok());
    }

    #[test]
    fn every_dated_guard_is_recognised(secs in 0i64..253_402_300_799) {
        let moment = Moment::from(Utc.timestamp_opt(secs, 0).unwrap());
        prop_assert_eq!(classify(&until_name(moment, &ours()), &ours()), GuardKind::Until(moment));
    }

    #[test]
    fn classifying_never_panics(name in "(leasehold-(self|until|cut|doc)-)?\\PC{0,40}") {
        let _ = classify(&name, &ours());
    }
}
