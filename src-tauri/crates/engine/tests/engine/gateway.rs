//! One process of a home serves the gateway, and the others know which.

use leasehold_domain::Code;
use leasehold_engine::wire::{ActivityQuery, GatewaySettings};

use crate::support::{Home, open};

#[tokio::test]
async fn one_process_serves_and_the_others_are_told_which_and_where() {
    let home = Home::new().await;
    let (first, second) = (&home.engine, open(home.folder.path()));
    assert_eq!(second.gateway().serving(), None);
    let turn = first.gateway().take().await.unwrap();
    let urls = ["http://127.0.0.1:8732".to_owned()];
    first.gateway().listens(&turn, &urls, Some("ab12")).unwrap();
    let serving = second.gateway().serving().unwrap();
    assert_eq!(
        (serving.pid, &serving.urls[..]),
        (std::process::id(), &urls[..])
    );
    assert_eq!(serving.certificate_sha256.as_deref(), Some("ab12"));
    let refused = second.gateway().take().await.unwrap_err();
    assert_eq!(refused.code, Code::Busy);
    assert!(refused.message.contains(&urls[0]), "{refused:?}");
    assert!(refused.hint.is_some());
    let status = second.status().await.unwrap().gateway;
    assert_eq!(status.serving, Some(serving));
    drop(turn);
    assert_eq!(second.gateway().serving(), None);
    second.gateway().take().await.unwrap();
}

#[tokio::test]
async fn one_that_has_not_said_where_yet_serves_all_the_same() {
    let home = Home::new().await;
    let _turn = home.engine.gateway().take().await.unwrap();
    let serving = home.engine.gateway().serving().unwrap();
    assert!(serving.urls.is_empty() && serving.pid == 0);
    let refused = home.engine.gateway().take().await.unwrap_err();
    assert!(
        refused.message.starts_with("Another process"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn switching_it_on_is_a_line_of_the_log_and_no_other_form_does_it() {
    let home = Home::new().await;
    let desk = home.engine.settings();
    let on = GatewaySettings {
        on: true,
        ..GatewaySettings::default()
    };
    desk.set_gateway(on.clone()).unwrap();
    desk.set(desk.get().unwrap()).unwrap();
    assert_eq!(desk.gateway().unwrap(), on);
    let query = ActivityQuery {
        search: Some("switched on".into()),
        ..ActivityQuery::default()
    };
    let lines = home.engine.activity().list(&query).unwrap().entries;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].kind, "settings.changed");
}
