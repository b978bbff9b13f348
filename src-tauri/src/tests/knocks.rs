use super::*;
use crate::tests::sample::moment;

fn approval(id: &str) -> ApprovalView {
    ApprovalView {
        id: id.into(),
        standing: "asked".into(),
        access_id: "p-abcdefgh234567".into(),
        auth_method: "/ci/box".into(),
        arn: "arn:aws:sts::123456789012:assumed-role/dev/i-1".into(),
        stable_id: "AROAEXAMPLEEXAMPLE00".into(),
        asserted_by: None,
        first_seen_at: moment(),
        last_seen_at: moment(),
        open_leases: 0,
    }
}

fn asks(id: &str) -> AccessNews {
    let approval = approval(id);
    AccessNews::Asked { approval }
}

fn comes(id: &str) -> AccessNews {
    let approval = approval(id);
    AccessNews::FirstSeen { approval }
}

fn hear(lookout: &mut Lookout, news: &AccessNews) -> Vec<Order> {
    lookout.access(news, &Settings::default(), moment())
}

#[track_caller]
fn shown(orders: &[Order]) -> &Note {
    match orders {
        [Order::Show(note)] | [Order::Withdraw(_), Order::Show(note)] => note,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_asks_can_be_answered_at_once_and_is_named() {
    let orders = hear(&mut Lookout::default(), &asks("a1"));
    let note = shown(&orders);
    assert_eq!(note.title, "assumed-role/dev/i-1 asks to log in");
    assert!(
        note.body.starts_with("Account 123456789012, by /ci/box."),
        "{}",
        note.body
    );
    assert_eq!(
        note.buttons,
        [Button::AllowOnce, Button::AllowAlways, Button::Deny]
    );
    assert_eq!(note.about, About::Approval("a1".into()));
    assert!(note.stays && !note.urgent, "held back like an alarm");
}

#[test]
fn who_is_asserted_by_somebody_else_than_aws_is_said_to_be() {
    let mut approval = approval("a1");
    approval.asserted_by = Some("https://sts.example.com".into());
    let orders = hear(&mut Lookout::default(), &AccessNews::Asked { approval });
    let body = &shown(&orders).body;
    assert!(
        body.contains("https://sts.example.com says so, not AWS."),
        "{body}"
    );
}

#[test]
fn an_answer_takes_the_question_off_the_screen() {
    let mut lookout = Lookout::default();
    hear(&mut lookout, &asks("a1"));
    let answered = AccessNews::Answered { id: "a1".into() };
    assert_eq!(
        hear(&mut lookout, &answered),
        [Order::Withdraw("asked:a1".into())]
    );
    assert!(hear(&mut lookout, &answered).is_empty());
}

#[test]
fn where_names_stay_off_the_screen_nobody_is_let_in_unseen() {
    let settings = Settings {
        hide_names: true,
        ..Settings::default()
    };
    let mut lookout = Lookout::default();
    let notice = ExpiryNotice {
        access_id: "p-abcdefgh234567".into(),
        name: "/ci/box".into(),
        expires_at: moment() + chrono::TimeDelta::days(1),
        text: "The auth method /ci/box stops working.".into(),
    };
    for news in [
        asks("a1"),
        comes("a2"),
        AccessNews::MethodExpires { notice },
    ] {
        let orders = lookout.access(&news, &settings, moment());
        let note = shown(&orders);
        assert!(!note.buttons.contains(&Button::AllowOnce));
        assert!(!note.buttons.contains(&Button::AllowAlways));
        let said = format!("{} {}", note.title, note.body);
        for name in ["dev", "1234", "/ci/box"] {
            assert!(!said.contains(name), "{name} in {said}");
        }
    }
}

#[test]
fn many_who_ask_share_one_that_opens_the_list() {
    let mut lookout = Lookout::default();
    for id in ["a1", "a2", "a3"] {
        hear(&mut lookout, &asks(id));
    }
    let orders = hear(&mut lookout, &asks("a4"));
    let note = shown(&orders);
    assert_eq!(note.title, "1 more identity asks to log in");
    assert_eq!(
        (&note.about, &*note.buttons),
        (&About::Approvals, &[Button::Open][..])
    );
    hear(&mut lookout, &asks("a5"));
    let answered = AccessNews::Answered { id: "a4".into() };
    let orders = hear(&mut lookout, &answered);
    assert_eq!(shown(&orders).title, "1 more identity asks to log in");
}

#[test]
fn a_thousand_who_ask_are_four_notifications() {
    let mut lookout = Lookout::default();
    let mut keys = std::collections::BTreeSet::new();
    for n in 0..1000 {
        let orders = hear(&mut lookout, &asks(&format!("a{n}")));
        assert!(orders.len() <= 2, "{orders:?}");
        keys.insert(shown(&orders).key.clone());
    }
    assert_eq!(keys.len(), 4, "{keys:?}");
    for n in 0..1000 {
        let id = format!("a{n}");
        hear(&mut lookout, &AccessNews::Answered { id });
    }
    let orders = hear(&mut lookout, &asks("later"));
    assert_eq!(shown(&orders).key, "asked:later", "nothing is left of them");
}

#[test]
fn one_that_came_for_the_first_time_is_told_of_and_does_not_crowd_out_later_ones() {
    let mut lookout = Lookout::default();
    for id in ["a1", "a2", "a3"] {
        let orders = hear(&mut lookout, &comes(id));
        let note = shown(&orders);
        assert!(note.title.ends_with("logged in for the first time"));
        assert_eq!(note.buttons, [Button::Open]);
    }
    let later = moment() + TOGETHER;
    let orders = lookout.access(&comes("a4"), &Settings::default(), later);
    assert_eq!(shown(&orders).key, "seen:a4");
}

#[test]
fn nothing_is_shown_of_it_where_nobody_wants_that_and_an_old_question_still_goes() {
    let mut lookout = Lookout::default();
    hear(&mut lookout, &asks("a1"));
    let settings = Settings {
        notify_access: false,
        ..Settings::default()
    };
    assert!(lookout.access(&asks("a2"), &settings, moment()).is_empty());
    let answered = AccessNews::Answered { id: "a1".into() };
    let orders = lookout.access(&answered, &settings, moment());
    assert_eq!(orders, [Order::Withdraw("asked:a1".into())]);
}

#[test]
fn a_method_that_ends_is_told_of_with_a_way_to_it() {
    let notice = |expires_at| ExpiryNotice {
        access_id: "p-abcdefgh234567".into(),
        name: "/ci/box".into(),
        expires_at,
        text: "The auth method /ci/box stops working at noon.".into(),
    };
    let mut lookout = Lookout::default();
    let soon = notice(moment() + chrono::TimeDelta::days(1));
    let orders = hear(&mut lookout, &AccessNews::MethodExpires { notice: soon });
    let note = shown(&orders);
    assert_eq!(note.title, "/ci/box stops working soon");
    assert_eq!(note.about, About::Method("p-abcdefgh234567".into()));
    let over = notice(moment());
    let orders = hear(&mut lookout, &AccessNews::MethodExpires { notice: over });
    assert_eq!(shown(&orders).title, "/ci/box has stopped working");
}
