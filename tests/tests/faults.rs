//! Leases that cannot leak: the fixed part of `cargo xtask faults`. What is broken is printed with the command that plays
//! it again.

use std::time::Duration;

use anyhow::Result;
use leasehold_tests::emulator::allow;
use leasehold_tests::faults::case::Case;
use leasehold_tests::faults::case::Operation;
use leasehold_tests::faults::ground::{Ground, Home, ROLE, SESSIONS};
use leasehold_tests::faults::judge::{self, Played, text};
use leasehold_tests::faults::plan::{self, Recording};
use leasehold_tests::faults::{self, AFTER_A_CRASH, Column, sessions, table};

async fn nothing_breaks(choose: impl Fn(&[Recording]) -> Vec<Case>) -> Result<()> {
    let cases = choose(&plan::recordings().await?);
    assert!(!cases.is_empty());
    let outcomes = faults::run(cases, faults::at_once(), |_| {}).await?;
    let broken = table::replays(&outcomes);
    assert!(broken.is_empty(), "{}{broken}", table::table(&outcomes));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_request_or_commit_leaves_nothing_behind() -> Result<()> {
    nothing_breaks(plan::kills).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_on_the_way_to_aws_the_lease_is_what_it_says() -> Result<()> {
    nothing_breaks(|recordings| plan::faults(recordings, false)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_slept_does_nothing_to_a_lease_another_one_took_over() -> Result<()> {
    nothing_breaks(|recordings| plan::sleeps(recordings, false)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_made_by_chance_break_nothing() -> Result<()> {
    nothing_breaks(|_| plan::random(0..8)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_on_one_home_do_everything_once() -> Result<()> {
    nothing_breaks(|_| plan::rivals()).await
}

/// What the judge says of a live lease after somebody did this to it in AWS.
async fn judged(ground: &Ground, harm: &str) -> Result<Vec<Column>> {
    let home: Home = ground.home()?;
    let (lease, keys) = home.lease().await?;
    let (user, id) = (text(&lease, "user_name"), text(&lease, "access_key_id"));
    let iam = ground.admin();
    let inline = iam.list_user_policies().user_name(&user).send().await?;
    let guard = |start: &str| {
        let names = inline.policy_names().iter();
        let mut found = names.filter(|name| name.starts_with(start));
        found.next().cloned().unwrap_or_default()
    };
    let delete = |name: String| iam.delete_user_policy().user_name(&user).policy_name(name);
    match harm {
        "nothing" => {}
        "no dated guard" => drop(delete(guard("leasehold-until-")).send().await?),
        "no self-protection" => drop(delete(guard("leasehold-self-")).send().await?),
        "a second key" => drop(iam.create_access_key().user_name(&user).send().await?),
        "no key" => {
            let delete = iam.delete_access_key().user_name(&user).access_key_id(&id);
            delete.send().await?;
        }
        "a user without a row" => {
            let create = iam.create_user().user_name("stray");
            create.path("/leases/app/").send().await?;
        }
        other => anyhow::bail!("{other}"),
    }
    let made = ground.proxy.take_keys();
    let played = Played {
        operation: Operation::Edit,
        was_killed: false,
        code: Some(0),
        printed: None,
        shown: None,
        output: String::new(),
        prior: Some((lease, keys)),
        made,
    };
    ground.emulator.judge_at(AFTER_A_CRASH)?;
    let mut findings = judge::nobody_runs(ground, &played).await?;
    findings.extend(judge::judge(ground, &home, &played).await?);
    let mut columns: Vec<Column> = findings.iter().map(|one| one.column).collect();
    columns.sort();
    columns.dedup();
    Ok(columns)
}

/// What the judge says of a session that was revoked, after somebody did this to its role.
async fn judged_session(ground: &Ground, harm: &str) -> Result<Vec<Column>> {
    let home = ground.home()?;
    let (lease, keys) = home.lease_of(SESSIONS).await?;
    let revoke = ["lease", "revoke", &text(&lease, "id")];
    home.cli.json(&revoke).await?;
    let iam = ground.admin();
    match harm {
        "nothing" => {}
        "no policy" => {
            let cut = ground.cuts().await?.remove(0);
            let delete = iam.delete_role_policy().role_name(ROLE).policy_name(cut);
            delete.send().await?;
        }
        "a policy without a row" => {
            let put = iam.put_role_policy().role_name(ROLE);
            let put = put.policy_name("leasehold-cut-stray-0");
            put.policy_document(allow(&["iam:Nothing"])).send().await?;
        }
        other => anyhow::bail!("{other}"),
    }
    let mut played = Played {
        operation: Operation::Deny,
        was_killed: false,
        code: Some(0),
        printed: None,
        shown: None,
        output: String::new(),
        prior: Some((lease, keys)),
        made: ground.proxy.take_keys(),
    };
    let findings = sessions::judge(ground, &home, &mut played, Duration::ZERO).await?;
    let mut columns: Vec<Column> = findings.iter().map(|one| one.column).collect();
    columns.sort();
    columns.dedup();
    Ok(columns)
}

#[tokio::test]
async fn the_judge_sees_what_is_broken_about_a_session() -> Result<()> {
    for (harm, expected) in [
        ("nothing", vec![]),
        ("no policy", vec![Column::Key]),
        ("a policy without a row", vec![Column::Orphan]),
    ] {
        let ground = Ground::start().await?;
        assert_eq!(judged_session(&ground, harm).await?, expected, "{harm}");
    }
    Ok(())
}

#[tokio::test]
async fn the_judge_sees_what_is_broken() -> Result<()> {
    use Column::{Key, Lost, Orphan, State};
    for (harm, expected) in [
        ("nothing", vec![]),
        ("no dated guard", vec![Key, State]),
        ("no self-protection", vec![State]),
        ("a second key", vec![State]),
        ("no key", vec![Lost, State]),
        ("a user without a row", vec![Orphan]),
    ] {
        let ground = Ground::start().await?;
        assert_eq!(judged(&ground, harm).await?, expected, "{harm}");
    }
    Ok(())
}
