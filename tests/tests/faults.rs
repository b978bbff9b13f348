//! Leases that cannot leak: the fixed part of `cargo xtask faults`. What is broken is printed with the command that plays
//! it again.

use anyhow::Result;
use leasehold_tests::faults::case::Case;
use leasehold_tests::faults::plan::{self, Recording};
use leasehold_tests::faults::{self, table};

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
async fn several_processes_on_one_home_do_everything_once() -> Result<()> {
    nothing_breaks(|_| plan::rivals()).await
}
