//! What another process does to the same home is told here as if it had happened here, and what
//! happens here is not told twice.

use std::time::Duration;

use leasehold_engine::Engine;
use leasehold_engine::wire::{Event, State};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::support::{Home, Timer, open, request};

/// Far longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The window: it runs, has nothing to do, and hears.
async fn window(home: &Home) -> (Engine, Receiver<Event>, Timer) {
    let window = open(home.folder.path());
    let mut events = window.subscribe();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = window.clone();
    let task = tokio::spawn(async move { running.run(stopped).await });
    let mut is_hearing = false;
    while !is_hearing {
        let mut settings = home.engine.settings().get().unwrap();
        settings.clipboard_seconds += 1;
        home.engine.settings().set(settings).unwrap();
        let told = until(&mut events, |event| *event == Event::SettingsChanged);
        let told = tokio::time::timeout(Duration::from_millis(500), told);
        is_hearing = told.await.is_ok();
    }
    (window, events, Timer::new(stop, task))
}

/// Hears events until one is as wanted.
async fn until(events: &mut Receiver<Event>, wanted: impl Fn(&Event) -> bool) {
    let heard = tokio::time::timeout(PATIENCE, async {
        loop {
            match events.recv().await {
                Ok(event) if wanted(&event) => return,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => panic!("nothing speaks any more"),
            }
        }
    });
    heard.await.expect("it is told");
}

#[tokio::test]
async fn a_window_without_leases_hears_of_one_that_a_command_makes_and_ends() {
    let home = Home::new().await;
    let (window, mut events, timer) = window(&home).await;
    let command = &home.engine;
    let issued = command.leases().issue(&request("s3-upload")).await.unwrap();
    let id = issued.lease.id;
    until(&mut events, |event| {
        matches!(event, Event::LeaseChanged { lease } if lease.id == id && lease.state == State::Active)
    })
    .await;
    command
        .leases()
        .revoke(std::slice::from_ref(&id))
        .await
        .unwrap();
    until(&mut events, |event| {
        matches!(event, Event::LeaseChanged { lease } if lease.id == id && lease.state == State::Revoked)
    })
    .await;
    // Its time is looked after as well: the timer of the window was rung.
    let issued = command.leases().issue(&request("s3-upload")).await.unwrap();
    command.practice().skip("2h").unwrap();
    let id = issued.lease.id;
    until(&mut events, |event| {
        matches!(event, Event::LeaseChanged { lease } if lease.id == id && lease.state == State::Revoked)
    })
    .await;
    timer.stop().await;
    drop(window);
}

#[tokio::test]
async fn what_a_process_does_itself_it_tells_once() {
    let home = Home::new().await;
    let (window, mut events, timer) = window(&home).await;
    let issued = window.leases().issue(&request("s3-upload")).await.unwrap();
    // A change of somebody else makes it read everything again.
    let mut settings = home.engine.settings().get().unwrap();
    settings.clipboard_seconds += 1;
    home.engine.settings().set(settings).unwrap();
    let mut told = Vec::new();
    let heard = tokio::time::timeout(PATIENCE, async {
        loop {
            match events.recv().await.unwrap() {
                Event::LeaseChanged { lease } => told.push(*lease),
                Event::SettingsChanged => return,
                _ => {}
            }
        }
    });
    heard.await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    while let Ok(event) = events.try_recv() {
        if let Event::LeaseChanged { lease } = event {
            told.push(*lease);
        }
    }
    assert!(!told.is_empty());
    assert!(told.iter().all(|lease| lease.id == issued.lease.id));
    let mut once = told.clone();
    once.dedup();
    assert_eq!(told, once, "a lease is told when it changed");
    timer.stop().await;
}

#[tokio::test]
async fn what_a_command_does_to_access_and_to_the_gateway_is_heard() {
    let home = Home::new().await;
    let (window, mut events, timer) = window(&home).await;
    let shared = home.engine.shared();
    let now = shared.clock.now();
    let role = leasehold_store::AccessRoleRow {
        id: "r1".into(),
        name: "devs".into(),
        description: String::new(),
        created_at: now,
    };
    shared.store.access_roles().insert(&role).unwrap();
    until(&mut events, |event| *event == Event::AccessChanged).await;
    let mut chosen = home.engine.settings().gateway().unwrap();
    assert!(!chosen.on, "off until somebody switches it on");
    chosen.on = true;
    home.engine.settings().set_gateway(chosen.clone()).unwrap();
    until(&mut events, |event| *event == Event::SettingsChanged).await;
    assert_eq!(window.settings().gateway().unwrap(), chosen);
    timer.stop().await;
}
