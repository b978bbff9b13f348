use super::*;
use crate::tests::sample::{self, moment};

fn hear(lookout: &mut Lookout, event: &Event) -> Vec<Order> {
    lookout.hear(event, &Settings::default(), moment())
}

/// The lease of this name with four and a half minutes left.
fn lease(name: &str) -> LeaseView {
    let mut lease = sample::lease(name);
    lease.expires_at = moment() + TimeDelta::seconds(270);
    lease
}

fn expiring(lease: &LeaseView) -> Event {
    Event::LeaseExpiring {
        lease: Box::new(lease.clone()),
        minutes: 5,
    }
}

fn changed(lease: &LeaseView) -> Event {
    Event::LeaseChanged {
        lease: Box::new(lease.clone()),
    }
}

fn failed(lease: &LeaseView) -> Event {
    Event::RevokeFailed {
        lease: Box::new(lease.clone()),
    }
}

fn alarm(lease: &LeaseView) -> Event {
    Event::Alarm {
        lease: Box::new(lease.clone()),
    }
}

/// The lease of this name with something found on it.
fn found(name: &str, standing: Standing) -> LeaseView {
    let mut lease = lease(name);
    lease.standing = Some(standing);
    lease.alarm = Some(format!("Found: arn:aws:iam::123456789012:user/{name}"));
    lease
}

#[track_caller]
fn shown(orders: &[Order]) -> &Note {
    // One that goes among many is taken off the screen first.
    match orders {
        [Order::Show(note)] | [Order::Withdraw(_), Order::Show(note)] => note,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lease_that_ends_soon_can_be_renewed_revoked_or_opened() {
    let orders = hear(&mut Lookout::default(), &expiring(&lease("s3")));
    let note = shown(&orders);
    assert_eq!(note.title, "s3 ends in 5 minutes");
    assert_eq!(note.buttons, [Button::Renew, Button::Revoke, Button::Open]);
    assert!(
        note.body
            .starts_with("development:/s3, 123456789012. From "),
        "{}",
        note.body
    );
}

#[test]
fn the_minutes_said_are_those_left_and_not_the_lead_time() {
    let said = |seconds| minutes_until(moment() + TimeDelta::seconds(seconds), moment());
    for (seconds, text) in [
        (300, "5 minutes"),
        (299, "5 minutes"),
        (181, "4 minutes"),
        (60, "1 minute"),
        (-9, "1 minute"),
    ] {
        assert_eq!(said(seconds), text);
    }
    let mut skipped = lease("s3");
    skipped.expires_at = moment() + TimeDelta::minutes(63);
    skipped.clock_offset_ms = 3_600_000;
    let orders = hear(&mut Lookout::default(), &expiring(&skipped));
    assert_eq!(shown(&orders).title, "s3 ends in 3 minutes");
}

#[test]
fn a_lease_at_its_maximum_offers_no_renewal() {
    let mut lease = lease("s3");
    lease.max_expires_at = lease.expires_at;
    let orders = hear(&mut Lookout::default(), &expiring(&lease));
    assert_eq!(shown(&orders).buttons, [Button::Revoke, Button::Open]);
}

#[test]
fn no_notification_holds_a_key_id_or_an_arn() {
    let lease = lease("s3");
    let mut lookout = Lookout::default();
    let leaked = found("s3", Standing::Quarantined);
    let drifted = found("s4", Standing::Drifted);
    for event in [
        expiring(&lease),
        failed(&lease),
        alarm(&leaked),
        alarm(&drifted),
    ] {
        let text = format!("{:?}", hear(&mut lookout, &event));
        assert!(!text.contains("AKIA") && !text.contains("arn:"), "{text}");
    }
}

#[test]
fn a_second_warning_takes_the_place_of_the_first() {
    let mut lookout = Lookout::default();
    let first = shown(&hear(&mut lookout, &expiring(&lease("s3"))))
        .key
        .clone();
    let second = hear(&mut lookout, &failed(&lease("s3")));
    assert_eq!(shown(&second).key, first);
}

#[test]
fn a_renewed_or_revoked_lease_takes_its_warning_away() {
    for change in [
        |lease: &mut LeaseView| lease.expires_at += TimeDelta::hours(1),
        |lease: &mut LeaseView| lease.state = State::Revoking,
    ] {
        let (mut lookout, mut lease) = (Lookout::default(), lease("s3"));
        hear(&mut lookout, &expiring(&lease));
        assert!(
            hear(&mut lookout, &changed(&lease)).is_empty(),
            "nothing moved yet"
        );
        change(&mut lease);
        let orders = hear(&mut lookout, &changed(&lease));
        assert_eq!(orders[0], Order::Withdraw("s3".into()));
        assert!(hear(&mut lookout, &changed(&lease)).is_empty(), "only once");
    }
}

#[test]
fn a_failed_revoke_is_told_again_only_when_its_reason_changes() {
    let (mut lookout, mut lease) = (Lookout::default(), lease("s3"));
    lease.state = State::AccessCut;
    lease.reason = Some("AWS denied iam:DeleteUser.".into());
    let orders = hear(&mut lookout, &failed(&lease));
    assert!(shown(&orders).body.contains("denied already"), "{orders:?}");
    lease.attempts = 2;
    assert!(hear(&mut lookout, &failed(&lease)).is_empty());
    lease.reason = Some("AWS could not be reached.".into());
    assert_eq!(hear(&mut lookout, &failed(&lease)).len(), 1);
    lease.state = State::Revoked;
    lease.end_reason = Some(EndReason::ByUs);
    assert_eq!(
        hear(&mut lookout, &changed(&lease))[0],
        Order::Withdraw("s3".into())
    );
}

#[test]
fn an_end_on_time_is_told_once_and_only_for_a_lease_that_was_seen_open() {
    let mut lease = lease("s3");
    let mut over = lease.clone();
    over.state = State::Revoked;
    over.end_reason = Some(EndReason::Expired);
    let mut lookout = Lookout::default();
    assert!(
        hear(&mut lookout, &changed(&over)).is_empty(),
        "history is no news"
    );
    lease.state = State::AccessCut;
    hear(&mut lookout, &changed(&lease));
    let orders = hear(&mut lookout, &changed(&over));
    assert_eq!(shown(&orders).title, "s3 ended on time");
    assert!(hear(&mut lookout, &changed(&over)).is_empty());
}

#[test]
fn a_revoke_by_hand_is_no_news() {
    let mut lookout = Lookout::default();
    let mut lease = lease("s3");
    hear(&mut lookout, &changed(&lease));
    lease.state = State::Revoked;
    lease.end_reason = Some(EndReason::ByUs);
    assert!(hear(&mut lookout, &changed(&lease)).is_empty());
}

#[test]
fn many_that_end_together_share_one_notification_that_goes_with_the_last() {
    let mut lookout = Lookout::default();
    let leases: Vec<_> = (0..5).map(|n| lease(&format!("s{n}"))).collect();
    let notes: Vec<_> = leases
        .iter()
        .map(|lease| shown(&hear(&mut lookout, &expiring(lease))).clone())
        .collect();
    assert_eq!(notes[2].key, "s2");
    let several = "several:expiring";
    assert_eq!(
        (notes[3].key.as_str(), notes[4].key.as_str()),
        (several, several)
    );
    assert_eq!(notes[3].title, "1 more lease ends soon");
    assert_eq!(notes[4].title, "2 more leases end soon");
    let mut revoke = |name: usize| {
        let mut lease = leases[name].clone();
        lease.state = State::Revoking;
        hear(&mut lookout, &changed(&lease))
    };
    assert_eq!(revoke(0), [Order::Withdraw("s0".into())]);
    let fewer = revoke(3);
    assert_eq!(shown(&fewer).title, "1 more lease ends soon");
    assert_eq!(revoke(4), [Order::Withdraw(several.into())]);
}

#[test]
fn failures_alarms_and_ends_are_grouped_as_well() {
    let mut lookout = Lookout::default();
    let titles = |orders: &[Order]| -> Vec<String> {
        orders
            .iter()
            .filter_map(|order| match order {
                Order::Show(note) => Some(note.title.clone()),
                Order::Withdraw(_) => None,
            })
            .collect()
    };
    let mut last = Vec::new();
    for n in 0..5 {
        let mut lease = lease(&format!("f{n}"));
        lease.state = State::AccessCut;
        lease.reason = Some(format!("Reason {n}."));
        last = hear(&mut lookout, &failed(&lease));
    }
    assert_eq!(titles(&last), ["2 more leases could not be revoked yet"]);
    for n in 0..4 {
        let found = found(&format!("a{n}"), Standing::Drifted);
        last = hear(&mut lookout, &alarm(&found));
    }
    assert_eq!(titles(&last), ["1 more lease needs a look"]);
    let leaked = found("a9", Standing::Quarantined);
    let leak = hear(&mut lookout, &alarm(&leaked));
    assert_eq!(
        titles(&leak),
        ["A key of a9 was found in public"],
        "never grouped"
    );
    for n in 0..1000 {
        let mut lease = lease(&format!("e{n}"));
        hear(&mut lookout, &changed(&lease));
        lease.state = State::Revoked;
        lease.end_reason = Some(EndReason::Expired);
        last = hear(&mut lookout, &changed(&lease));
    }
    assert_eq!(titles(&last), ["997 more leases ended on time"]);
}

#[test]
fn ends_that_lie_apart_are_told_one_by_one() {
    let mut lookout = Lookout::default();
    for n in 0..10 {
        let mut lease = lease(&format!("e{n}"));
        let later = moment() + TimeDelta::minutes(3 * n);
        let settings = Settings::default();
        lookout.hear(&changed(&lease), &settings, later);
        lease.state = State::Revoked;
        lease.end_reason = Some(EndReason::Expired);
        let orders = lookout.hear(&changed(&lease), &settings, later);
        assert_eq!(shown(&orders).title, format!("e{n} ended on time"));
    }
}

#[test]
fn one_of_many_that_turns_out_worse_leaves_its_group() {
    let mut lookout = Lookout::default();
    for n in 0..5 {
        hear(&mut lookout, &expiring(&lease(&format!("s{n}"))));
    }
    let mut worse = lease("s4");
    worse.state = State::Revoking;
    worse.reason = Some("AWS could not be reached.".into());
    let orders = hear(&mut lookout, &failed(&worse));
    let titles: Vec<_> = orders
        .iter()
        .map(|order| match order {
            Order::Show(note) => note.title.as_str(),
            Order::Withdraw(key) => key.as_str(),
        })
        .collect();
    assert_eq!(
        titles,
        ["1 more lease ends soon", "s4 could not be revoked yet"]
    );
}

#[test]
fn where_names_are_hidden_none_is_on_the_screen() {
    let hidden = Settings {
        hide_names: true,
        ..Settings::default()
    };
    let mut lookout = Lookout::default();
    let mut events = vec![Event::LoginNeeded {
        connection: "secretive-connection".into(),
        problem: leasehold_domain::Problem::new(
            leasehold_domain::Code::AwsDenied,
            "secretive-connection has to log in.",
        ),
    }];
    for n in 0..5 {
        let mut lease = lease(&format!("secretive-{n}"));
        lease.label = Some("secretive-label".into());
        events.push(expiring(&lease));
        lease.state = State::AccessCut;
        lease.reason = Some("AWS denied it to secretive-user.".into());
        events.push(failed(&lease));
        lease.alarm = Some("secretive-finding".into());
        events.push(alarm(&lease));
        lease.state = State::Revoked;
        lease.end_reason = Some(EndReason::Expired);
        events.push(changed(&lease));
    }
    let mut shown = std::collections::HashSet::new();
    for event in &events {
        for order in lookout.hear(event, &hidden, moment()) {
            if let Order::Show(note) = order {
                shown.insert(note.key.clone());
                let text = format!("{} {}", note.title, note.body);
                assert!(!text.contains("secretive"), "{text}");
                assert!(!text.contains("123456789012"), "{text}");
            }
        }
    }
    // The log-in that is needed, each lease, and the many that end soon together.
    assert!(shown.len() >= 6, "{shown:?}");
}

#[test]
fn what_was_not_seen_to_is_said_again_after_a_restart() {
    let mut stuck = lease("stuck");
    stuck.state = State::AccessCut;
    stuck.attempts = 3;
    stuck.reason = Some("AWS denied iam:DeleteUser.".into());
    let mut seen = lease("seen");
    seen.standing = Some(Standing::Drifted);
    let leases = [stuck, found("s3", Standing::Drifted), seen, lease("well")];
    let titles = |settings: &Settings| -> Vec<String> {
        let orders = Lookout::default().recall(&leases, settings, moment());
        orders
            .into_iter()
            .filter_map(|order| match order {
                Order::Show(note) => Some(note.title),
                Order::Withdraw(_) => None,
            })
            .collect()
    };
    assert_eq!(
        titles(&Settings::default()),
        [
            "stuck could not be revoked yet",
            "Somebody changed a leased user of s3"
        ]
    );
    let off = Settings {
        notify_failures: false,
        ..Settings::default()
    };
    assert!(titles(&off).is_empty());
}

#[test]
fn what_a_person_switched_off_is_not_shown() {
    let quiet = Settings {
        notify_expiry: false,
        notify_failures: false,
        ..Settings::default()
    };
    let mut lookout = Lookout::default();
    let mut lease = lease("s3");
    assert!(lookout.hear(&changed(&lease), &quiet, moment()).is_empty());
    assert!(lookout.hear(&expiring(&lease), &quiet, moment()).is_empty());
    assert!(lookout.hear(&failed(&lease), &quiet, moment()).is_empty());
    lease.state = State::Revoked;
    lease.end_reason = Some(EndReason::Expired);
    assert!(lookout.hear(&changed(&lease), &quiet, moment()).is_empty());
}

#[test]
fn a_leaked_key_is_urgent_and_can_be_revoked_from_where_it_is_told() {
    let orders = hear(
        &mut Lookout::default(),
        &alarm(&found("s3", Standing::Quarantined)),
    );
    let note = shown(&orders);
    assert!(note.urgent && note.stays);
    assert_eq!(note.title, "A key of s3 was found in public");
    assert_eq!(note.buttons, [Button::Revoke, Button::Open]);
}

#[test]
fn what_somebody_changed_is_told_without_urgency() {
    for standing in [Standing::Foreign, Standing::Drifted, Standing::Unknown] {
        let orders = hear(&mut Lookout::default(), &alarm(&found("s3", standing)));
        let note = shown(&orders);
        assert!(!note.urgent, "{standing:?}");
        assert_eq!(note.buttons, [Button::Open], "{standing:?}");
    }
}

#[test]
fn an_alarm_is_told_once_and_goes_when_a_person_has_seen_it() {
    let mut lookout = Lookout::default();
    let mut lease = found("s3", Standing::Drifted);
    assert_eq!(hear(&mut lookout, &alarm(&lease)).len(), 1);
    assert!(hear(&mut lookout, &alarm(&lease)).is_empty(), "only once");
    lease.alarm = Some("Something else as well.".into());
    assert_eq!(hear(&mut lookout, &alarm(&lease)).len(), 1);
    lease.alarm = None;
    assert_eq!(
        hear(&mut lookout, &changed(&lease)),
        [Order::Withdraw("alarm:s3".into())]
    );
    assert!(hear(&mut lookout, &changed(&lease)).is_empty());
}

#[test]
fn an_alarm_and_the_warning_of_the_end_stand_side_by_side() {
    let mut lookout = Lookout::default();
    let lease = found("s3", Standing::Quarantined);
    let warned = shown(&hear(&mut lookout, &expiring(&lease))).key.clone();
    let alarmed = shown(&hear(&mut lookout, &alarm(&lease))).key.clone();
    assert_ne!(warned, alarmed);
    let mut over = lease;
    over.state = State::Revoked;
    over.end_reason = Some(EndReason::ByUs);
    let orders = hear(&mut lookout, &changed(&over));
    assert!(
        orders.contains(&Order::Withdraw(warned)) && orders.contains(&Order::Withdraw(alarmed))
    );
}

#[test]
fn a_leak_is_told_also_where_failures_are_switched_off() {
    let quiet = Settings {
        notify_expiry: false,
        notify_failures: false,
        ..Settings::default()
    };
    let mut lookout = Lookout::default();
    let leaked = lookout.hear(
        &alarm(&found("s3", Standing::Quarantined)),
        &quiet,
        moment(),
    );
    assert_eq!(leaked.len(), 1);
    let drifted = lookout.hear(&alarm(&found("s4", Standing::Drifted)), &quiet, moment());
    assert!(drifted.is_empty());
}

#[test]
fn what_was_held_back_tells_the_minutes_that_are_left_when_it_is_shown() {
    let mut lookout = Lookout::default();
    let leases: Vec<_> = (0..5).map(|n| lease(&format!("s{n}"))).collect();
    let later = moment() + TimeDelta::minutes(3);
    let orders: Vec<_> = leases
        .iter()
        .flat_map(|lease| hear(&mut lookout, &expiring(lease)))
        .collect();
    let told = |order: &Order| match order {
        Order::Show(note) => Some(note.clone().told_anew(moment(), later)),
        Order::Withdraw(_) => None,
    };
    let said: Vec<_> = orders.iter().filter_map(told).collect();
    assert_eq!(said[0].title, "s0 ends in 2 minutes");
    assert!(said[0].body.contains("its key is denied"), "{said:?}");
    let group = said.last().unwrap();
    assert!(group.body.ends_with("in 2 minutes."), "{group:?}");
    assert!(!format!("{said:?}").contains("in 5 minutes"), "{said:?}");
}
