//! A random life: whatever people, AWS, crashes and clocks do in whatever order, no lease leaks.
//!
//! After every step the promises of the engine are checked; at the end the world calms down, time
//! passes, and nothing may be left. A failure prints the shortest life that shows it and the seed to
//! live it again: `PROPTEST_RNG_SEED=<seed> cargo test -p leasehold-engine --test engine random`.
//! `PROPTEST_CASES=5000` lives so many.

mod life;
mod step;

use proptest::test_runner::{Config, RngSeed, TestRunner};

use self::life::Life;
use self::step::{Step, steps};

/// So many lives in every run of the tests; any number by hand.
const LIVES: u32 = 24;

fn live(steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut life = Life::begin().await;
        for step in steps {
            life.take(step).await;
        }
        life.end().await;
    });
}

#[test]
fn no_random_life_leaks_a_lease() {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = LIVES;
    }
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => rand_seed(),
    };
    config.rng_seed = RngSeed::Fixed(seed);
    println!("{} lives of seed {seed}", config.cases);
    let mut runner = TestRunner::new(config);
    let lived = runner.run(&steps(), |steps| {
        live(&steps);
        Ok(())
    });
    if let Err(error) = lived {
        panic!("{error}\nlive it again: PROPTEST_RNG_SEED={seed}");
    }
}

fn rand_seed() -> u64 {
    let id = uuid::Uuid::new_v4();
    id.as_u64_pair().0 >> 11
}

#[test]
fn the_lives_that_once_leaked_do_not_any_more() {
    for steps in step::once_leaked() {
        live(&steps);
    }
}
