//! The code of an MFA device: asked for where a person waits, once, again where it was wrong, and by
//! nothing that goes on by itself.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::{Event, SecretDraft};
use leasehold_engine::{AddRole, AskCode, Asking, Engine, Question, RoleFrom};
use secrecy::SecretString;

use crate::support::{Fault, Own, Rule, draft, request};

const SERIAL: &str = "arn:aws:iam::000000000000:mfa/alice";
const WRONG: Fault = Fault::Refuse(
    403,
    "AccessDenied",
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
);

/// A person with a list of what they will type; nothing where they give up.
#[derive(Debug, Default)]
struct Person {
    types: Mutex<Vec<Option<&'static str>>>,
    asked: Mutex<Vec<Question>>,
}

impl Person {
    fn who_types(types: &[Option<&'static str>]) -> Arc<Self> {
        let mut types = types.to_vec();
        types.reverse();
        Arc::new(Self {
            types: Mutex::new(types),
            ..Self::default()
        })
    }

    fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap().clone()
    }
}

impl AskCode for Person {
    fn code<'a>(&'a self, question: &'a Question) -> Asking<'a> {
        self.asked.lock().unwrap().push(question.clone());
        let typed = self.types.lock().unwrap().pop().expect("one more question");
        Box::pin(async move {
            // Others come meanwhile.
            tokio::task::yield_now().await;
            Ok(typed.map(SecretString::from))
        })
    }
}

/// A home whose connection `ops` is a role that asks for a code.
async fn ops() -> Own {
    let own = Own::new().await;
    let (engine, _) = own.process(Some(Person::who_types(&[Some("111111")])));
    let account = engine.connections().show("own").unwrap().account_id;
    let role_arn = own.role("ops", &account).await;
    let add = AddRole {
        name: "ops".into(),
        role_arn,
        from: RoleFrom::Named("own".into()),
        external_id: None,
        mfa_serial: Some(SERIAL.into()),
        session_name: None,
        duration: None,
        region: None,
        endpoint_url: None,
    };
    let adding = engine.connections();
    let added = engine.in_person(adding.add_role(add)).await.unwrap();
    assert_eq!(added.mfa_serial.as_deref(), Some(SERIAL));
    let over = SecretDraft {
        connection: "ops".into(),
        groups: Vec::new(),
        ..draft("over-ops")
    };
    engine.secrets().add(&over).unwrap();
    // The code that it was added with still counts.
    check(&engine).await.unwrap();
    engine.close();
    own
}

async fn check(engine: &Engine) -> Result<(), leasehold_domain::Problem> {
    let desk = engine.connections();
    engine.in_person(desk.check("ops")).await.map(drop)
}

#[tokio::test]
async fn a_wrong_code_is_asked_for_again_and_the_session_lasts() {
    let own = ops().await;
    let person = Person::who_types(&[Some("12345"), Some("222222"), Some("333333")]);
    let (engine, wire) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    wire.rule(Rule::first(1, "AssumeRole", WRONG));
    let leases = engine.leases();
    engine
        .in_person(leases.issue(&request("over-ops")))
        .await
        .unwrap();
    let asked = person.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0].connection, "ops");
    assert_eq!(asked[0].mfa_serial, SERIAL);
    assert_eq!(asked[0].again, None);
    let again = |n: usize| asked[n].again.clone().unwrap();
    assert_eq!(again(1).code, Code::InvalidInput, "five digits");
    assert!(again(2).message.contains("did not take"), "{asked:?}");

    engine
        .in_person(leases.issue(&request("over-ops")))
        .await
        .unwrap();
    assert_eq!(person.asked().len(), 3, "the session is open");
}

#[tokio::test]
async fn a_code_that_was_used_is_not_sent_again() {
    let own = ops().await;
    let person = Person::who_types(&[Some("444444"), Some("444444"), Some("555555")]);
    let (engine, wire) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    let leases = engine.leases();
    engine
        .in_person(leases.issue(&request("over-ops")))
        .await
        .unwrap();
    own.ground.clock.advance(TimeDelta::minutes(61));
    engine
        .in_person(leases.issue(&request("over-ops")))
        .await
        .unwrap();
    let again = person.asked()[2].again.clone().unwrap();
    assert!(again.message.contains("used already"), "{again}");
    assert_eq!(wire.count("AssumeRole"), 2);
}

#[tokio::test]
async fn what_goes_on_by_itself_asks_nobody_and_says_so_once() {
    let own = ops().await;
    let person = Person::who_types(&[]);
    let (engine, _) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    let mut told = engine.subscribe();
    for _ in 0..3 {
        let refused = engine.leases().issue(&request("over-ops")).await;
        assert_eq!(refused.unwrap_err().code, Code::LoginNeeded);
    }
    assert_eq!(person.asked(), [], "nobody was there");
    let mut needs = 0;
    while let Ok(event) = told.try_recv() {
        needs += usize::from(matches!(event, Event::LoginNeeded { .. }));
    }
    assert_eq!(needs, 1);
    let shown = engine.connections().show("ops").unwrap();
    assert_eq!(shown.problem.unwrap().code, Code::LoginNeeded);
}

#[tokio::test]
async fn who_gives_up_is_asked_once_however_much_waits() {
    let own = ops().await;
    let person = Person::who_types(&[None]);
    let (engine, _) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    // What the role is assumed from is at hand, so that all three come to the question at once.
    engine.connections().check("own").await.unwrap();
    let mut told = engine.subscribe();
    let (desk, over) = (engine.leases(), request("over-ops"));
    let generate = || engine.in_person(desk.issue(&over));
    let (one, two, three) = tokio::join!(generate(), generate(), generate());
    for refused in [one, two, three] {
        assert_eq!(refused.unwrap_err().code, Code::LoginNeeded);
    }
    assert_eq!(person.asked().len(), 1);
    while let Ok(event) = told.try_recv() {
        let needs = matches!(event, Event::LoginNeeded { .. });
        assert!(!needs, "who said no needs no notification of it");
    }
}

#[tokio::test]
async fn who_gives_up_is_not_asked_again_by_the_rest_of_what_they_began() {
    let own = ops().await;
    let (engine, _) = own.process(Some(Person::who_types(&[Some("777777")])));
    let leases = engine.leases();
    let (mut ids, over) = (Vec::new(), request("over-ops"));
    // More than are ended at once.
    for _ in 0..20 {
        let issued = engine.in_person(leases.issue(&over)).await.unwrap();
        ids.push(issued.lease.id);
    }
    engine.close();

    let person = Person::who_types(&[None]);
    let (engine, _) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    engine.connections().check("own").await.unwrap();
    let report = engine.in_person(engine.leases().revoke(&ids)).await;
    assert_eq!(report.unwrap().pending.len(), ids.len());
    assert_eq!(person.asked().len(), 1);
}

#[tokio::test]
async fn a_device_that_aws_does_not_know_is_no_reason_to_ask_again() {
    let own = ops().await;
    let person = Person::who_types(&[Some("666666")]);
    let (engine, wire) = own.process(Some(Arc::clone(&person) as Arc<dyn AskCode>));
    wire.rule(Rule::always(
        "AssumeRole",
        Fault::Refuse(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your \
             MFA serial number is valid and associated with this user.",
        ),
    ));
    let problem = check(&engine).await.unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("mfa_serial"), "{problem}");
    assert_eq!(person.asked().len(), 1);
}
