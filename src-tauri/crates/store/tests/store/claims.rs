//! Two holders never act on one lease at once, and a dead one's work is taken over.

use leasehold_store::{Claim, StoreError};

use crate::fixtures::{Home, at, fill, lease, line};

#[test]
fn one_of_two_openings_gets_the_claim_and_the_other_gets_nothing() {
    let home = Home::with_content();
    let (window, cli) = (home.store(), home.store());
    let held = window
        .leases()
        .claim("lease-1", "window", at(0), at(30))
        .unwrap()
        .unwrap();
    assert_eq!(
        cli.leases()
            .claim("lease-1", "cli", at(29), at(60))
            .unwrap(),
        None
    );
    assert!(window.leases().holds(&held, at(29)).unwrap());
    assert!(
        !window.leases().holds(&held, at(30)).unwrap(),
        "a claim ends at its moment"
    );
}

#[test]
fn many_openings_racing_for_many_leases_share_them_without_overlap() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let ids: Vec<String> = (0..20).map(|n| format!("lease-{n}")).collect();
    for id in &ids {
        store.leases().insert(&lease(id)).unwrap();
    }
    let mut won: Vec<String> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..4)
            .map(|n| {
                let (store, ids) = (home.store(), &ids);
                scope.spawn(move || {
                    let claimer = format!("process-{n}");
                    let take = |id: &&String| {
                        store
                            .leases()
                            .claim(id, &claimer, at(0), at(30))
                            .unwrap()
                            .is_some()
                    };
                    ids.iter().filter(take).cloned().collect::<Vec<_>>()
                })
            })
            .collect();
        racers
            .into_iter()
            .flat_map(|racer| racer.join().unwrap())
            .collect()
    });
    won.sort();
    let mut expected = ids;
    expected.sort();
    assert_eq!(won, expected, "every lease went to exactly one of them");
}

/// A process died holding a claim, then the clock was set back by days.
#[test]
fn a_claim_of_a_time_that_is_not_yet_is_taken_over() {
    let home = Home::with_content();
    let store = home.store();
    let leases = store.leases();
    let dead = leases
        .claim("lease-1", "dead", at(90_000), at(90_060))
        .unwrap()
        .unwrap();
    let next = leases.claim("lease-1", "next", at(0), at(60)).unwrap();
    assert_eq!(next.unwrap().generation, dead.generation + 1);
    assert!(!leases.holds(&dead, at(90_001)).unwrap());

    // Two that ask in the same moment do not take it from one another.
    let other = leases.claim("lease-1", "other", at(-1), at(59)).unwrap();
    assert_eq!(other, None);
}

#[test]
fn a_claim_that_is_over_is_taken_over_and_its_old_holder_can_save_nothing() {
    let home = Home::with_content();
    let (slept, awake) = (home.store(), home.store());
    let old = slept
        .leases()
        .claim("lease-1", "slept", at(0), at(30))
        .unwrap()
        .unwrap();
    let new = awake
        .leases()
        .claim("lease-1", "awake", at(30), at(60))
        .unwrap()
        .unwrap();
    assert!(new.generation > old.generation);
    assert!(!slept.leases().holds(&old, at(31)).unwrap());

    let mut row = slept.leases().by_id("lease-1").unwrap().unwrap();
    row.user_name = "written-too-late".to_owned();
    let late = line("lease-1", 31, "late");
    let lost = slept.leases().noting(&late).save(&old, &row);
    assert!(matches!(lost, Err(StoreError::Lost { .. })), "{lost:?}");
    assert!(matches!(
        slept.leases().extend(&old, at(90)),
        Err(StoreError::Lost { .. })
    ));

    let now = awake.leases().by_id("lease-1").unwrap().unwrap();
    assert_eq!(now.user_name, "user-of-lease-1");
    assert_eq!(awake.leases().events("lease-1").unwrap(), []);
    awake.leases().save(&new, &now).unwrap();
}

#[test]
fn releasing_lets_the_next_one_in_and_ends_the_right_to_save() {
    let home = Home::with_content();
    let store = home.store();
    let claim = store
        .leases()
        .claim("lease-1", "a", at(0), at(30))
        .unwrap()
        .unwrap();
    let row = store.leases().by_id("lease-1").unwrap().unwrap();
    store.leases().release(&claim).unwrap();
    assert!(matches!(
        store.leases().save(&claim, &row),
        Err(StoreError::Lost { .. })
    ));
    assert!(
        store
            .leases()
            .claim("lease-1", "b", at(1), at(31))
            .unwrap()
            .is_some()
    );
    store.leases().release(&claim).unwrap();
    assert_eq!(
        store.leases().claim("lease-1", "c", at(2), at(32)).unwrap(),
        None,
        "a second release of an old claim does not free the new holder's"
    );
}

#[test]
fn extending_keeps_others_out_for_longer() {
    let home = Home::with_content();
    let store = home.store();
    let claim = store
        .leases()
        .claim("lease-1", "a", at(0), at(30))
        .unwrap()
        .unwrap();
    store.leases().extend(&claim, at(60)).unwrap();
    assert_eq!(
        store
            .leases()
            .claim("lease-1", "b", at(45), at(75))
            .unwrap(),
        None
    );
    assert!(store.leases().holds(&claim, at(59)).unwrap());
}

#[test]
fn a_claim_on_an_unknown_lease_is_nothing() {
    let home = Home::with_content();
    let store = home.store();
    assert_eq!(
        store.leases().claim("no-such", "a", at(0), at(30)).unwrap(),
        None
    );
}

#[test]
fn a_new_lease_can_be_claimed_from_its_first_moment() {
    let home = Home::with_content();
    let store = home.store();
    let recorded = line("lease-2", 0, "recorded");
    let claim = store
        .leases()
        .noting(&recorded)
        .insert_claimed(&lease("lease-2"), "window", at(30))
        .unwrap();
    assert_eq!(
        store
            .leases()
            .claim("lease-2", "other", at(1), at(31))
            .unwrap(),
        None
    );
    let mut row = store.leases().by_id("lease-2").unwrap().unwrap();
    assert_eq!(row.generation, claim.generation);
    row.user_id = Some("AIDAEXAMPLE".to_owned());
    let created = line("lease-2", 2, "user_created");
    store.leases().noting(&created).save(&claim, &row).unwrap();
    let kinds: Vec<String> = store
        .leases()
        .events("lease-2")
        .unwrap()
        .into_iter()
        .map(|row| row.line.kind)
        .collect();
    assert_eq!(kinds, ["recorded", "user_created"]);
}

#[test]
fn a_claim_on_one_lease_cannot_save_another() {
    let home = Home::with_content();
    let store = home.store();
    store.leases().insert(&lease("lease-2")).unwrap();
    let claim = store
        .leases()
        .claim("lease-1", "a", at(0), at(30))
        .unwrap()
        .unwrap();
    let other = store.leases().by_id("lease-2").unwrap().unwrap();
    assert!(matches!(
        store.leases().save(&claim, &other),
        Err(StoreError::Lost { .. })
    ));
    let forged = Claim {
        lease_id: "lease-2".to_owned(),
        generation: 7,
    };
    assert!(matches!(
        store.leases().save(&forged, &other),
        Err(StoreError::Lost { .. })
    ));
}
