use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

#[test]
fn one_account_behind_one_endpoint_has_one_queue() {
    let limiters = Limiters::default();
    let first = limiters.for_account("111122223333", None);
    let same = limiters.for_account("111122223333", None);
    let other_place = limiters.for_account("111122223333", Some("http://127.0.0.1:1"));
    let other_account = limiters.for_account("444455556666", None);
    assert!(Arc::ptr_eq(&first.0, &same.0));
    assert!(!Arc::ptr_eq(&first.0, &other_place.0));
    assert!(!Arc::ptr_eq(&first.0, &other_account.0));
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_calls_are_under_way() {
    let limiter = Limiter::unshared();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let calls = (0..40).map(|_| {
        let (limiter, now, most) = (limiter.clone(), now.clone(), most.clone());
        tokio::spawn(async move {
            let _turn = limiter.turn(Lane::Person).await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 16);
}

#[tokio::test(start_paused = true)]
async fn throttling_halves_the_queue_and_pauses_it() {
    let limiter = Limiter::unshared();
    limiter.throttled();
    limiter.throttled();
    assert_eq!(limiter.width(), 8, "answers during one pause count once");
    let start = Instant::now();
    drop(limiter.turn(Lane::Person).await);
    assert_eq!(start.elapsed(), FIRST_PAUSE);
    limiter.throttled();
    assert_eq!(limiter.width(), 4);
    let again = Instant::now();
    drop(limiter.turn(Lane::Person).await);
    assert_eq!(again.elapsed(), FIRST_PAUSE * 2);
}

#[tokio::test(start_paused = true)]
async fn the_queue_never_closes_and_the_pause_never_passes_sixteen_seconds() {
    let limiter = Limiter::unshared();
    for _ in 0..20 {
        limiter.throttled();
        drop(limiter.turn(Lane::Rest).await);
    }
    assert_eq!(limiter.width(), 1);
    limiter.throttled();
    let start = Instant::now();
    drop(limiter.turn(Lane::Rest).await);
    assert_eq!(start.elapsed(), LONGEST_PAUSE);
}

#[tokio::test(start_paused = true)]
async fn turns_that_are_out_while_it_narrows_count() {
    let limiter = Limiter::unshared();
    let mut out = Vec::new();
    for _ in 0..16 {
        out.push(limiter.turn(Lane::Person).await);
    }
    limiter.throttled();
    tokio::time::advance(LONGEST_PAUSE).await;
    out.truncate(8);
    let wait = tokio::time::timeout(Duration::from_secs(1), limiter.turn(Lane::Person));
    assert!(
        wait.await.is_err(),
        "eight are still out and eight is the width"
    );
    out.clear();
    assert_eq!(limiter.queue().out, 0);
    drop(limiter.turn(Lane::Person).await);
}

#[tokio::test(start_paused = true)]
async fn it_recovers_one_by_one_to_the_full_width_and_to_no_rate() {
    let limiter = Limiter::unshared();
    limiter.throttled();
    limiter.went_well();
    assert_eq!(limiter.width(), 8, "nothing recovers during the pause");
    let slow = limiter.per_second().unwrap();
    tokio::time::advance(FIRST_PAUSE).await;
    for _ in 0..8 {
        limiter.went_well();
    }
    assert_eq!(limiter.width(), 9);
    assert!(limiter.per_second().unwrap() > slow);
    for _ in 0..40_000 {
        limiter.went_well();
    }
    assert_eq!((limiter.width(), limiter.per_second()), (16, None));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_gives_up_takes_no_turn_with_it() {
    let limiter = Limiter::unshared();
    limiter.throttled();
    let wait = tokio::time::timeout(Duration::from_millis(1), limiter.turn(Lane::Person));
    assert!(wait.await.is_err());
    drop(limiter.turn(Lane::Person).await);
    assert_eq!(limiter.queue().out, 0);

    // One that was given a turn and never looked at it.
    let mut out = Vec::new();
    for _ in 0..8 {
        out.push(limiter.turn(Lane::Person).await);
    }
    let mut waiting = Box::pin(limiter.turn(Lane::Person));
    assert!(futures_are_pending(&mut waiting).await);
    out.clear();
    drop(waiting);
    assert_eq!(limiter.queue().out, 0);
}

/// Whoever waits because everything is out must not wait for ever when the pace changes meanwhile.
#[tokio::test(start_paused = true)]
async fn a_turn_that_comes_free_in_a_pause_is_given_after_it() {
    let limiter = Limiter::unshared();
    let mut out = Vec::new();
    for _ in 0..16 {
        out.push(limiter.turn(Lane::Person).await);
    }
    let mut waiting = Box::pin(limiter.turn(Lane::Person));
    assert!(futures_are_pending(&mut waiting).await);
    limiter.throttled();
    out.clear();
    let longest = FIRST_PAUSE + Duration::from_secs(2);
    assert!(tokio::time::timeout(longest, waiting).await.is_ok());
}

async fn futures_are_pending<F: Future + Unpin>(future: &mut F) -> bool {
    tokio::select! {
        biased;
        _ = future => false,
        () = std::future::ready(()) => true,
    }
}

/// Lets one call after another through and notes whose it was.
async fn order_of(waiting: &[(Lane, usize)]) -> Vec<Lane> {
    let limiter = Limiter::unshared();
    let mut out = Vec::new();
    for _ in 0..16 {
        out.push(limiter.turn(Lane::Person).await);
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut calls = Vec::new();
    for (lane, count) in waiting {
        for _ in 0..*count {
            let (limiter, order, lane) = (limiter.clone(), Arc::clone(&order), *lane);
            calls.push(tokio::spawn(async move {
                let _turn = limiter.turn(lane).await;
                lock(&order).push(lane);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }));
        }
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    // One turn is enough to see the order.
    drop(out.pop());
    for call in calls {
        call.await.unwrap();
    }
    lock(&order).clone()
}

#[tokio::test(start_paused = true)]
async fn a_person_is_not_stuck_behind_a_thousand_and_access_ends_before_the_clean_up() {
    let order = order_of(&[(Lane::Rest, 400), (Lane::Access, 300), (Lane::Person, 3)]).await;
    assert_eq!(order[..3], [Lane::Person; 3]);
    let last_access = order.iter().rposition(|lane| *lane == Lane::Access);
    let rest_before = order[..last_access.unwrap()]
        .iter()
        .filter(|lane| **lane == Lane::Rest)
        .count();
    assert!((30..=45).contains(&rest_before), "{rest_before}");
}

#[tokio::test(start_paused = true)]
async fn the_hindmost_lane_goes_on_under_a_flood_before_it() {
    let order = order_of(&[(Lane::Rest, 10), (Lane::Person, 200)]).await;
    let first = order.iter().position(|lane| *lane == Lane::Rest).unwrap();
    assert!(first <= 8, "{first}");
}

/// Drives callers that answer in `latency` against a bucket; answers how many calls were made and
/// how many of them were throttled, and how long it took.
async fn drive(limiters: &[Limiter], calls: usize, rate: f64, burst: f64) -> (usize, usize, f64) {
    let bucket = Arc::new(Mutex::new((burst, Instant::now())));
    let (made, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let tasks: Vec<_> = (0..calls)
        .map(|n| {
            let limiter = limiters[n % limiters.len()].clone();
            let (bucket, made, refused) = (bucket.clone(), made.clone(), refused.clone());
            tokio::spawn(async move {
                loop {
                    let turn = limiter.turn(Lane::Rest).await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    made.fetch_add(1, Ordering::SeqCst);
                    let admitted = {
                        let mut bucket = lock(&bucket);
                        let now = Instant::now();
                        let filled = now.duration_since(bucket.1).as_secs_f64() * rate;
                        *bucket = ((bucket.0 + filled).min(burst), now);
                        let admitted = bucket.0 >= 1.0;
                        bucket.0 -= f64::from(u8::from(admitted));
                        admitted
                    };
                    if admitted {
                        limiter.went_well();
                        return;
                    }
                    refused.fetch_add(1, Ordering::SeqCst);
                    limiter.throttled();
                    drop(turn);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    (
        made.load(Ordering::SeqCst),
        refused.load(Ordering::SeqCst),
        seconds,
    )
}

#[tokio::test(start_paused = true)]
async fn under_throttling_the_whole_settles_near_the_rate_that_aws_admits() {
    let (made, refused, seconds) = drive(&[Limiter::unshared()], 5_000, 20.0, 40.0).await;
    let wasted = refused as f64 / made as f64;
    let used = 5_000.0 / (20.0 * seconds);
    assert!(wasted < 0.05, "{wasted:.3} of {made} calls were throttled");
    assert!(used > 0.6, "{used:.2} of what AWS admits was used");
}

#[tokio::test(start_paused = true)]
async fn two_processes_on_one_account_both_slow_down() {
    let two = [Limiter::unshared(), Limiter::unshared()];
    let (made, refused, seconds) = drive(&two, 5_000, 20.0, 40.0).await;
    let wasted = refused as f64 / made as f64;
    let used = 5_000.0 / (20.0 * seconds);
    assert!(wasted < 0.10, "{wasted:.3} of {made} calls were throttled");
    assert!(used > 0.6, "{used:.2} of what AWS admits was used");
}
