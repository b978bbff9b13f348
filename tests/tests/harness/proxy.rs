//! The proxy in front of the emulator: each fault does to a real client what its name says.

use std::time::{Duration, Instant};

use anyhow::Result;
use aws_sdk_iam::Client;
use leasehold_tests::emulator::{Account, Emulator};
use leasehold_tests::keys::refused;
use leasehold_tests::proxy::{Fault, Moment, Proxy, Rule, Then};
use leasehold_tests::until;

struct Rig {
    emulator: Emulator,
    account: Account,
    proxy: Proxy,
}

impl Rig {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let proxy = Proxy::start(emulator.url(), Duration::ZERO)?;
        Ok(Self {
            emulator,
            account,
            proxy,
        })
    }

    /// Over the proxy.
    fn iam(&self) -> Client {
        self.account.admin.iam(&self.proxy.url())
    }

    /// Past the proxy.
    fn truth(&self) -> Client {
        self.account.admin.iam(self.emulator.url())
    }

    async fn exists(&self, user: &str) -> Result<bool> {
        match self.truth().get_user().user_name(user).send().await {
            Ok(_) => Ok(true),
            answer => Ok(refused(answer)? != "NoSuchEntity"),
        }
    }
}

async fn create(iam: &Client, user: &str) -> bool {
    iam.create_user().user_name(user).send().await.is_ok()
}

#[tokio::test]
async fn refusals_failures_and_resets_say_whether_aws_acted() -> Result<()> {
    let rig = Rig::start().await?;
    let met = [
        Fault::THROTTLE,
        Fault::LIMIT,
        Fault::CONCURRENT,
        Fault::UNMODIFIABLE,
        Fault::Broken {
            status: 503,
            acted: false,
        },
        Fault::Broken {
            status: 500,
            acted: true,
        },
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::CutBody,
    ];
    for (n, fault) in met.into_iter().enumerate() {
        let user = format!("u{n}");
        rig.proxy.rule(Rule::nth(1, "CreateUser", fault.clone()));
        let answer = rig.iam().create_user().user_name(&user).send().await;
        assert!(answer.is_err(), "{fault:?}");
        if let Fault::Refuse(_, code, _) = fault {
            assert_eq!(refused(answer)?, code);
        }
        assert_eq!(rig.exists(&user).await?, fault.reaches_aws(), "{fault:?}");
        assert!(rig.proxy.has_met());
        rig.proxy.heal();
        drop(rig.proxy.take());
    }
    Ok(())
}

#[tokio::test]
async fn slow_late_and_hanging_requests_take_their_time() -> Result<()> {
    let rig = Rig::start().await?;
    let half_a_second = Duration::from_millis(500);
    for fault in [Fault::Slow(half_a_second), Fault::Late(half_a_second)] {
        rig.proxy.rule(Rule::nth(1, "GetUser", fault));
        let began = Instant::now();
        rig.iam().get_user().send().await?;
        assert!(began.elapsed() >= half_a_second);
    }
    rig.proxy
        .rule(Rule::nth(1, "CreateUser", Fault::Hang { acted: true }));
    let iam = rig.iam();
    let hung = tokio::time::timeout(half_a_second * 2, create(&iam, "hung"));
    assert!(hung.await.is_err());
    assert!(rig.exists("hung").await?);
    Ok(())
}

#[tokio::test]
async fn what_is_answered_or_done_twice_happens_twice() -> Result<()> {
    let rig = Rig::start().await?;
    let iam = rig.iam();
    rig.proxy
        .rule(Rule::nth(1, "CreateUser", Fault::AnsweredTwice));
    assert!(create(&iam, "once").await);
    assert!(create(&iam, "next").await, "the client gets over it");
    rig.proxy
        .rule(Rule::nth(1, "CreateAccessKey", Fault::DoneTwice));
    iam.create_access_key().user_name("once").send().await?;
    let keys = rig.truth().list_access_keys().user_name("once").send();
    assert_eq!(keys.await?.access_key_metadata().len(), 2);
    let made = rig.proxy.take_keys();
    assert_eq!(made.len(), 2);
    rig.proxy
        .rule(Rule::nth(1, "CreateUser", Fault::DoneTwiceAnsweredLast));
    let again = iam.create_user().user_name("twice").send().await;
    assert_eq!(refused(again)?, "EntityAlreadyExists");
    Ok(())
}

#[tokio::test]
async fn a_young_user_is_not_seen_and_a_stale_list_shows_the_past() -> Result<()> {
    let rig = Rig::start().await?;
    let iam = rig.iam();
    let age = Duration::from_millis(700);
    let (get, list) = ("GetUser", "ListUserPolicies");
    rig.proxy
        .rule(Rule::every(get, Fault::NO_USER).while_young(age));
    assert!(create(&iam, "young").await);
    let get = || iam.get_user().user_name("young").send();
    assert_eq!(refused(get().await)?, "NoSuchEntity");
    tokio::time::sleep(age).await;
    get().await?;

    rig.proxy.rule(Rule::every(list, Fault::Stale(age)));
    let put = iam.put_user_policy().user_name("young").policy_name("p");
    put.policy_document(leasehold_tests::emulator::allow(&["s3:*"]))
        .send()
        .await?;
    let names = async || -> Result<usize> {
        let list = iam.list_user_policies().user_name("young").send().await?;
        Ok(list.policy_names().len())
    };
    assert_eq!(names().await?, 0, "not shown yet");
    tokio::time::sleep(age).await;
    assert_eq!(names().await?, 1);
    let delete = iam.delete_user_policy().user_name("young");
    delete.policy_name("p").send().await?;
    assert_eq!(names().await?, 1, "still shown");
    tokio::time::sleep(age).await;
    assert_eq!(names().await?, 0);
    Ok(())
}

#[tokio::test]
async fn aws_can_say_yes_ahead_of_the_deed_and_believe_a_deleted_key() -> Result<()> {
    let rig = Rig::start().await?;
    let iam = rig.iam();
    let moment = Duration::from_millis(600);
    assert!(create(&iam, "u").await);
    iam.create_access_key().user_name("u").send().await?;
    let made = rig.proxy.take_keys().remove(0);
    let leased = made.keys.sts(rig.emulator.url());
    rig.proxy.rule(Rule::nth(
        1,
        "DeleteAccessKey",
        Fault::AnsweredAhead(moment),
    ));
    let delete = || {
        let delete = iam.delete_access_key().user_name("u");
        delete.access_key_id(&made.keys.id).send()
    };
    delete().await?;
    leased.get_caller_identity().send().await?;
    tokio::time::sleep(moment + Duration::from_millis(300)).await;
    assert!(leased.get_caller_identity().send().await.is_err());

    let made = iam.create_access_key().user_name("u").send().await?;
    let id = made.access_key().expect("a key").access_key_id().to_owned();
    let secret = made.access_key().expect("a key").secret_access_key();
    let keys = leasehold_tests::keys::Keys::new(&id, secret);
    let rule = Rule::every("GetCallerIdentity", Fault::DeletedKeyWorks(moment));
    rig.proxy.rule(rule);
    let delete = iam.delete_access_key().user_name("u").access_key_id(&id);
    delete.send().await?;
    let sts = keys.sts(&rig.proxy.url());
    sts.get_caller_identity().send().await?;
    tokio::time::sleep(moment).await;
    assert!(sts.get_caller_identity().send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_date_of_an_answer_can_be_anything() -> Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rig = Rig::start().await?;
    let ask = async || -> Result<String> {
        let host = rig.proxy.url().trim_start_matches("http://").to_owned();
        let mut stream = tokio::net::TcpStream::connect(&host).await?;
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer[..read]).to_lowercase())
    };
    rig.proxy
        .rule(Rule::nth(1, "*", Fault::DateIs("the day after")));
    assert!(ask().await?.contains("date: the day after\r\n"));
    rig.proxy.rule(Rule::nth(1, "*", Fault::DateOff(-86_400)));
    let yesterday = chrono::Utc::now() - chrono::TimeDelta::days(1);
    let day = yesterday.format("date: %a, %d %b %Y").to_string();
    let answer = ask().await?;
    assert!(answer.contains(&day.to_lowercase()), "{answer}");
    Ok(())
}

#[tokio::test]
async fn the_world_stands_still_before_a_request_after_the_deed_or_after_the_answer() -> Result<()>
{
    let rig = Rig::start().await?;
    for (moment, acted) in [
        (Moment::Before, false),
        (Moment::Acted, true),
        (Moment::Answered, true),
    ] {
        let user = format!("{moment:?}");
        rig.proxy.freeze_at("CreateUser", 1, moment);
        let (iam, name) = (rig.iam(), user.clone());
        let answer = tokio::spawn(async move { create(&iam, &name).await });
        rig.proxy.frozen().await?;
        assert_eq!(rig.exists(&user).await?, acted, "{moment:?}");
        rig.proxy.thaw(Then::Drop)?;
        assert_eq!(answer.await?, moment == Moment::Answered);
        assert_eq!(rig.exists(&user).await?, acted, "{moment:?}");
    }
    rig.proxy.freeze_at("CreateUser", 1, Moment::Before);
    let iam = rig.iam();
    let answer = tokio::spawn(async move { create(&iam, "later").await });
    rig.proxy.frozen().await?;
    rig.proxy.thaw(Then::GoOn)?;
    assert!(answer.await?);
    Ok(())
}

#[tokio::test]
async fn a_request_on_its_way_arrives_after_its_sender_has_gone() -> Result<()> {
    let rig = Rig::start().await?;
    rig.proxy.rule(Rule::nth(1, "CreateUser", Fault::OnItsWay));
    let iam = rig.iam();
    let sent = tokio::spawn(async move { create(&iam, "late").await });
    until("the request to be on its way", async || {
        anyhow::ensure!(rig.proxy.on_their_way() == 1, "it is not");
        Ok(())
    })
    .await?;
    sent.abort();
    assert!(!rig.exists("late").await?);
    rig.proxy.let_through();
    until("the request to arrive", async || {
        anyhow::ensure!(rig.exists("late").await?, "it has not");
        Ok(())
    })
    .await
}
