//! Replacing a managing key: it ends with one key that works, wherever it is interrupted; what is
//! missing is named; and nobody who is at work notices.

use std::path::Path;

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::State;
use leasehold_engine::{AddAccessKey, Engine, KeychainChoice, LeaseQuery};
use secrecy::SecretString;

use crate::support::{Fault, Ground, Moment, Rule, Wire, draft, request};

const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*",
    "Action":["iam:*User*","iam:*AccessKey*","iam:*Polic*","iam:ListGroups*","iam:RemoveUser*"]}]}"#;

/// A managing user of its own, `rotor`, connected as `own`.
struct Rotor {
    ground: Ground,
    first_key: String,
}

fn keychain(home: &Path) -> KeychainChoice {
    KeychainChoice::File {
        path: home.join("keychain.enc"),
        passphrase: SecretString::from("correct horse"),
    }
}

impl Rotor {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let iam = ground.manager();
        iam.create_user().user_name("rotor").send().await.unwrap();
        let put = iam.put_user_policy().user_name("rotor").policy_name("own");
        put.policy_document(OWN).send().await.unwrap();
        let made = iam.create_access_key().user_name("rotor").send().await;
        let key = made.unwrap().access_key.unwrap();
        let rotor = Self {
            ground,
            first_key: key.access_key_id.clone(),
        };
        let (engine, _) = rotor.process();
        for name in ["own", "twin"] {
            let add = AddAccessKey {
                name: name.into(),
                access_key_id: key.access_key_id.clone(),
                secret_access_key: SecretString::from(key.secret_access_key.clone()),
                region: None,
                endpoint_url: None,
            };
            engine.connections().add_access_key(add).await.unwrap();
        }
        engine.close();
        rotor
    }

    fn process(&self) -> (Engine, Wire) {
        let keys = keychain(self.ground.folder.path());
        self.ground.process_with(self.ground.clock.clone(), keys)
    }

    async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self
            .ground
            .aws()
            .list_access_keys("rotor")
            .await
            .unwrap()
            .into_iter()
            .map(|key| key.id)
            .collect();
        keys.sort();
        keys
    }

    async fn make_key(&self) -> String {
        let made = self.ground.aws().create_access_key("rotor").await.unwrap();
        made.access_key_id
    }

    /// One key in AWS, both connections have it and it works; nothing is under way.
    async fn settled(&self, engine: &Engine, what: &str) -> String {
        let keys = self.keys().await;
        assert_eq!(keys.len(), 1, "{what}");
        for name in ["own", "twin"] {
            let view = engine.connections().check(name).await.expect(what);
            assert_eq!(view.access_key_id.as_ref(), Some(&keys[0]), "{what}");
            assert_eq!(view.rotation, None, "{what}");
        }
        assert_eq!(engine.activity().verify().unwrap().fault, None, "{what}");
        keys[0].clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_replaced_for_every_connection_that_has_it_and_the_old_one_is_gone() {
    let rotor = Rotor::new().await;
    let (engine, wire) = rotor.process();
    let done = engine.connections().rotate("own", None).await.unwrap();
    assert_eq!(done.old_access_key_id, rotor.first_key);
    assert_eq!(done.also, ["twin"]);
    assert_eq!(done.pending, None);
    let key = rotor.settled(&engine, "rotated").await;
    assert_eq!(done.new_access_key_id, Some(key.clone()));
    assert_ne!(key, rotor.first_key);
    rotor.ground.assert_secret(&wire.secrets(), "");
    engine.close();

    let (engine, _) = rotor.process();
    assert_eq!(rotor.settled(&engine, "another process").await, key);
    assert_eq!(
        engine
            .connections()
            .rotate("own", None)
            .await
            .unwrap()
            .pending,
        None
    );
    rotor.settled(&engine, "once more").await;
}

#[tokio::test(start_paused = true)]
async fn a_rotation_killed_at_any_call_ends_with_one_key_that_works() {
    let mut points = 0;
    for moment in [Moment::Before, Moment::After] {
        for n in 1.. {
            let rotor = Rotor::new().await;
            let (engine, wire) = rotor.process();
            wire.die_at(n, moment);
            let mut task = {
                let engine = engine.clone();
                tokio::spawn(async move { engine.connections().rotate("own", None).await })
            };
            tokio::select! {
                () = wire.death() => {}
                done = &mut task => {
                    assert_eq!(done.unwrap().unwrap().pending, None);
                    break;
                }
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            drop(engine); // Without closing.
            points += 1;

            rotor.ground.clock.advance(TimeDelta::seconds(30));
            let (engine, resumed) = rotor.process();
            let view = || engine.connections().show("own").unwrap();
            rotor
                .ground
                .run_until(&engine, || view().rotation.is_none())
                .await;
            let what = format!("{moment:?} {n}");
            rotor.settled(&engine, &what).await;
            let mut secrets = wire.secrets();
            secrets.extend(resumed.secrets());
            rotor.ground.assert_secret(&secrets, &what);
        }
    }
    assert!(points >= 2 * 14, "{points} kill points");
}

#[tokio::test(start_paused = true)]
async fn every_missing_permission_is_named_and_nothing_is_left() {
    for action in [
        "ListAccessKeys",
        "UpdateAccessKey",
        "DeleteAccessKey",
        "CreateAccessKey",
    ] {
        let rotor = Rotor::new().await;
        let (engine, wire) = rotor.process();
        wire.rule(Rule::always(action, Fault::DENIED));
        let problem = engine.connections().rotate("own", None).await.unwrap_err();
        assert_eq!(problem.code, Code::AwsDenied, "{action}");
        assert!(
            problem.message.contains(&format!("iam:{action}")),
            "{problem}"
        );
        assert!(problem.hint.unwrap().contains("user/rotor"), "{action}");
        wire.heal();
        assert_eq!(rotor.settled(&engine, action).await, rotor.first_key);
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_keys_the_one_to_go_is_chosen_by_a_person_who_sees_its_last_use() {
    let rotor = Rotor::new().await;
    let other = rotor.make_key().await;
    let (engine, _) = rotor.process();
    let desk = engine.connections();
    let problem = desk.rotate("own", None).await.unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert!(problem.message.contains(&other), "{problem}");
    assert!(problem.message.contains("never used"), "{problem}");
    assert!(
        problem
            .hint
            .unwrap()
            .contains(&format!("--remove-key {other}"))
    );

    for wrong in [rotor.first_key.as_str(), "AKIAIOSFODNN7EXAMPLE"] {
        let problem = desk.rotate("own", Some(wrong)).await.unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("remove_key"), "{wrong}");
    }
    assert_eq!(rotor.keys().await.len(), 2);
    desk.rotate("own", Some(&other)).await.unwrap();
    let key = rotor.settled(&engine, "rotated").await;
    assert!(key != other && key != rotor.first_key);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_the_keychain_does_not_take_is_removed_from_aws_again() {
    let rotor = Rotor::new().await;
    let (engine, wire) = rotor.process();
    wire.rule(Rule::always("CreateAccessKey", Fault::Gate));
    let task = {
        let engine = engine.clone();
        tokio::spawn(async move { engine.connections().rotate("own", None).await })
    };
    while !wire.actions().contains(&"CreateAccessKey".to_owned()) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let file = rotor.ground.folder.path().join("keychain.enc");
    let kept = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"damaged").unwrap();
    wire.open_gate();
    let problem = task.await.unwrap().unwrap_err();
    assert_eq!(problem.code.exit_code(), 6, "{problem:?}");
    std::fs::write(&file, kept).unwrap();
    wire.heal();
    assert_eq!(rotor.settled(&engine, "undone").await, rotor.first_key);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_no_key_that_nobody_has() {
    let rotor = Rotor::new().await;
    let (engine, wire) = rotor.process();
    wire.rule(Rule::first(1, "CreateAccessKey", Fault::LostAnswer));
    engine.connections().rotate("own", None).await.unwrap();
    let key = rotor.settled(&engine, "rotated").await;
    assert_ne!(key, rotor.first_key);
    let made = wire
        .actions()
        .iter()
        .filter(|a| *a == "CreateAccessKey")
        .count();
    assert_eq!(made, 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_that_aws_does_not_know_yet_is_tried_until_it_works() {
    let rotor = Rotor::new().await;
    let (engine, wire) = rotor.process();
    // The first look asks once with the old key.
    let unknown = Fault::Refuse(
        403,
        "InvalidClientTokenId",
        "The security token is invalid.",
    );
    wire.rule(Rule::first(6, "GetCallerIdentity", unknown).after(1));
    engine.connections().rotate("own", None).await.unwrap();
    rotor.settled(&engine, "rotated").await;
}

#[tokio::test(start_paused = true)]
async fn a_new_key_that_aws_never_takes_is_removed_and_the_old_one_stays_in_use() {
    let rotor = Rotor::new().await;
    let (engine, wire) = rotor.process();
    let mismatch = Fault::Refuse(
        403,
        "SignatureDoesNotMatch",
        "The signature does not match.",
    );
    wire.rule(Rule::always("GetCallerIdentity", mismatch).after(1));
    let desk = engine.connections();
    for tries in 1..=3 {
        let problem = desk.rotate("own", None).await.unwrap_err();
        assert_eq!(problem.code, Code::AwsWrongKey, "{problem}");
        let view = desk.show("own").unwrap();
        assert_eq!(view.access_key_id.as_ref(), Some(&rotor.first_key));
        assert_eq!(view.rotation.is_some(), tries < 3, "{tries}");
    }
    assert_eq!(wire.count("CreateAccessKey"), 1);
    wire.heal();
    assert_eq!(rotor.settled(&engine, "undone").await, rotor.first_key);
    rotor.ground.assert_secret(&wire.secrets(), "");
}

#[tokio::test(start_paused = true)]
async fn another_process_that_holds_the_old_key_goes_on_with_the_new_one() {
    let rotor = Rotor::new().await;
    let (window, _) = rotor.process();
    let mut recipe = draft("by-rotor");
    recipe.connection = "twin".into();
    recipe.groups.clear();
    window.secrets().add(&recipe).unwrap();
    let issued = window.leases().issue(&request("by-rotor")).await.unwrap();

    let (cli, _) = rotor.process();
    cli.connections().rotate("own", None).await.unwrap();
    // Its client signs with a key that is gone.
    let report = window.leases().revoke(&[issued.lease.id]).await.unwrap();
    assert_eq!(report.pending, [], "{report:?}");
    let query = LeaseQuery {
        all: true,
        ..LeaseQuery::default()
    };
    assert_eq!(
        window.leases().list(&query).unwrap()[0].state,
        State::Revoked
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_no_key_of_its_own_is_not_rotated() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let problem = engine
        .connections()
        .rotate("practice", None)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert_eq!(wire.actions(), Vec::<String>::new());
}
