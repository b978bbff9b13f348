//! Pre-flight: what is known of a lease's life before there is one, and the gate it closes.

use chrono::TimeDelta;
use leasehold_aws::NewUser;
use leasehold_domain::Code;
use leasehold_engine::wire::{CanaryStepName, NeededFor, Preflight, SecretDraft, State, Verdict};
use leasehold_engine::{AddAccessKey, CredentialsRequest, Engine, IssueRequest};
use leasehold_practice::ACCOUNT_ID;

use crate::support::{Fault, Ground, Moment, Rule, Settled, Wire, draft, request};

/// What every lease with a group and a managed policy needs.
const FIFTEEN: [&str; 15] = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:PutUserPolicy",
    "iam:AddUserToGroup",
    "iam:RemoveUserFromGroup",
];

/// Calls that change nothing, whatever exists: reads, and those about what cannot exist.
const READS: [&str; 13] = [
    "GetCallerIdentity",
    "SimulatePrincipalPolicy",
    "GetUser",
    "ListAccessKeys",
    "ListUserPolicies",
    "ListAttachedUserPolicies",
    "ListGroupsForUser",
    "ListUsers",
    "GetLoginProfile",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListSigningCertificates",
    "ListServiceSpecificCredentials",
];

struct Rig {
    ground: Ground,
    engine: Engine,
    wire: Wire,
}

impl Rig {
    /// A home with a secret, `app`, over a manager that may do exactly this.
    async fn with_policy(policy: &str) -> Self {
        Self::with(policy, |_| {}).await
    }

    async fn with(policy: &str, change: impl FnOnce(&mut SecretDraft)) -> Self {
        let ground = Ground::new().await;
        let aws = root(&ground);
        let manager = NewUser {
            name: "manager".into(),
            path: "/managers/".into(),
            boundary: None,
            tags: Vec::new(),
        };
        aws.create_user(&manager).await.unwrap();
        aws.put_user_policy("manager", "manage", policy)
            .await
            .unwrap();
        let key = aws.create_access_key("manager").await.unwrap();
        let (engine, wire) = ground.process();
        engine
            .connections()
            .add_access_key(AddAccessKey {
                name: "limited".into(),
                access_key_id: key.access_key_id,
                secret_access_key: key.secret,
                region: None,
                endpoint_url: None,
            })
            .await
            .unwrap();
        let mut draft = draft("app");
        draft.connection = "limited".into();
        draft.permission_boundary = format!("arn:aws:iam::{ACCOUNT_ID}:policy/practice-boundary");
        change(&mut draft);
        engine.secrets().add(&draft).unwrap();
        Self {
            ground,
            engine,
            wire,
        }
    }

    /// Another policy for the manager.
    async fn allow(&self, policy: &str) {
        let aws = root(&self.ground);
        aws.put_user_policy("manager", "manage", policy)
            .await
            .unwrap();
    }

    async fn preflight(&self, canary: bool) -> Preflight {
        self.engine
            .secrets()
            .preflight("app", canary)
            .await
            .unwrap()
    }
}

fn root(ground: &Ground) -> leasehold_aws::Aws {
    ground.aws()
}

/// Everywhere, these actions and no others.
fn everywhere(actions: impl IntoIterator<Item = &'static str>) -> String {
    let actions: Vec<_> = actions.into_iter().collect();
    serde_json::json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": actions, "Resource": "*"}})
    .to_string()
}

fn without(left_out: &'static str) -> impl Iterator<Item = &'static str> {
    FIFTEEN
        .into_iter()
        .filter(move |action| *action != left_out)
}

fn verdicts(found: &Preflight) -> [Verdict; 3] {
    [found.issue, found.renew, found.revoke]
}

fn denied(found: &Preflight) -> Vec<&str> {
    let mut actions: Vec<_> = found
        .probes
        .iter()
        .filter(|probe| probe.verdict == Verdict::Denied)
        .filter(|probe| probe.needed_for != NeededFor::Optional)
        .map(|probe| probe.action.as_str())
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

#[tokio::test]
async fn the_fifteen_actions_are_found_by_calls_that_change_nothing() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    let users = root_users(&rig).await;
    let found = rig.preflight(false).await;
    assert_eq!(
        verdicts(&found),
        [Verdict::Allowed; 3],
        "{:#?}",
        found.probes
    );
    assert_eq!(found.missing, None);
    assert_eq!(found.canary, None);
    assert!(found.caller_arn.ends_with(":user/managers/manager"));
    assert!(!found.outdated);
    // No lease was recorded and no user made, changed or removed.
    assert!(rig.ground.leases(&rig.engine).is_empty());
    assert_eq!(root_users(&rig).await, users);
    let optional: Vec<_> = found
        .probes
        .iter()
        .filter(|probe| probe.needed_for == NeededFor::Optional && probe.verdict == Verdict::Denied)
        .map(|probe| probe.action.as_str())
        .collect();
    // Of the rest AWS says nothing for a user without a path; of these it does.
    let certain = [
        "iam:ListUsers",
        "iam:DeleteVirtualMFADevice",
        "iam:SimulatePrincipalPolicy",
    ];
    assert_eq!(optional, certain);
    let seen = rig.engine.secrets().show("app").unwrap().preflight.unwrap();
    assert_eq!(seen, found, "the secret shows what was found");
}

async fn root_users(rig: &Rig) -> Vec<String> {
    let names = ["manager"];
    let aws = root(&rig.ground);
    let mut found = Vec::new();
    for name in names {
        found.push(format!(
            "{:?} {:?} {:?}",
            aws.get_user(name).await.unwrap(),
            aws.list_user_policies(name).await.unwrap(),
            aws.list_access_keys(name).await.unwrap()
        ));
    }
    found
}

#[tokio::test]
async fn whatever_a_probe_sends_names_what_cannot_exist() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    rig.wire.forget_calls();
    rig.preflight(false).await;
    for call in rig.wire.calls() {
        let name = call.params.get("UserName").cloned().unwrap_or_default();
        match call.action.as_str() {
            read if READS.contains(&read) => {}
            // IAM makes no user with so long a name, so that nobody has it.
            "PutUserPolicy"
            | "CreateAccessKey"
            | "DeleteAccessKey"
            | "DeleteUserPolicy"
            | "DeleteUser"
            | "AddUserToGroup"
            | "RemoveUserFromGroup"
            | "TagUser"
            | "DeactivateMFADevice"
            | "DeleteSigningCertificate" => {
                assert!((65..=128).contains(&name.len()), "{}: {name}", call.action);
            }
            "AttachUserPolicy" => {
                assert!(
                    call.params["PolicyArn"].contains("leasehold-preflight-"),
                    "{call:?}"
                );
            }
            "DetachUserPolicy"
            | "DeleteLoginProfile"
            | "DeleteSSHPublicKey"
            | "DeleteServiceSpecificCredential" => {
                assert!(name.len() >= 32, "128 random bits: {name}");
            }
            "DeleteVirtualMFADevice" => {
                assert!(
                    call.params["SerialNumber"].contains("leasehold-preflight-"),
                    "{call:?}"
                );
            }
            "CreateUser" => {
                assert_eq!(name, "manager", "a name that is taken");
                let boundary = &call.params["PermissionsBoundary"];
                assert!(boundary.contains("leasehold-preflight-"), "{boundary}");
            }
            other => panic!("{other} was sent"),
        }
    }
}

#[tokio::test]
async fn every_missing_action_is_named_by_the_simulator_with_the_statement_to_add() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    for missing in FIFTEEN {
        let allowed = without(missing).chain(["iam:SimulatePrincipalPolicy"]);
        rig.allow(&everywhere(allowed)).await;
        let found = rig.preflight(false).await;
        assert_eq!(denied(&found), [missing], "{:#?}", found.probes);
        let text = found.missing.clone().expect(missing);
        assert!(text.contains(missing), "{text}");
        let others = without(missing).filter(|action| text.contains(&format!("\"{action}\"")));
        assert_eq!(others.count(), 0, "only that: {text}");
        let stages = [NeededFor::Issue, NeededFor::Renew, NeededFor::Revoke];
        for (stage, verdict) in stages.into_iter().zip(verdicts(&found)) {
            let needs = found
                .probes
                .iter()
                .any(|p| p.needed_for == stage && p.action == missing);
            let expected = if needs {
                Verdict::Denied
            } else {
                Verdict::Allowed
            };
            assert_eq!(verdict, expected, "{missing} {stage:?}");
        }
    }
}

#[tokio::test]
async fn every_missing_action_is_named_by_the_canary_and_whatever_is_left_is_retried() {
    for missing in FIFTEEN {
        let rig = Rig::with_policy(&everywhere(without(missing))).await;
        let found = rig.preflight(true).await;
        assert!(denied(&found).contains(&missing), "{missing}: {found:#?}");
        let canary = found.canary.clone().unwrap();
        assert!(!canary.passed, "{missing}: {canary:?}");
        assert!(
            found
                .missing
                .as_deref()
                .is_some_and(|text| text.contains(missing))
        );
        let lease = rig.engine.leases().show(&canary.lease_id).unwrap().lease;
        assert_eq!(lease.label.as_deref(), Some("canary"));
        assert_eq!(lease.requested_by, "preflight");
        assert!(
            matches!(
                lease.state,
                State::Revoking | State::AccessCut | State::Revoked | State::Failed
            ),
            "{missing}: {lease:?}"
        );
        // With the permission the rest goes by itself.
        rig.allow(&everywhere(FIFTEEN)).await;
        let at_rest = || {
            let state = rig
                .engine
                .leases()
                .show(&canary.lease_id)
                .unwrap()
                .lease
                .state;
            matches!(state, State::Revoked | State::Failed)
        };
        rig.ground.run_until(&rig.engine, at_rest).await;
        assert!(matches!(
            rig.ground.settled(&rig.engine, &canary.lease_id).await,
            Settled::Rest(_)
        ));
    }
}

#[tokio::test]
async fn a_canary_lives_a_whole_life_and_leaves_nothing() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    let mut events = rig.engine.subscribe();
    rig.wire.forget_calls();
    let found = rig.preflight(true).await;
    let canary = found.canary.clone().unwrap();
    assert!(canary.passed, "{canary:?}");
    let names: Vec<_> = canary.steps.iter().map(|step| step.step).collect();
    assert_eq!(
        names,
        [
            CanaryStepName::Issue,
            CanaryStepName::Renew,
            CanaryStepName::Revoke
        ]
    );
    assert_eq!(verdicts(&found), [Verdict::Allowed; 3]);
    let detail = rig.engine.leases().show(&canary.lease_id).unwrap();
    assert_eq!(detail.lease.state, State::Revoked);
    assert_eq!(detail.lease.user_name, canary.user_name);
    assert!(!detail.lease.kept);
    let kinds: Vec<_> = detail
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    for kind in ["recorded", "user_created", "active", "renewed", "ended"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    rig.ground.settled(&rig.engine, &canary.lease_id).await;
    let mut said = format!("{found:?} {detail:?}");
    while let Ok(event) = events.try_recv() {
        said.push_str(&format!("{event:?}"));
    }
    rig.ground.assert_secret(&rig.wire.secrets(), &said);
}

#[tokio::test]
async fn a_canary_flies_from_a_secret_whose_leases_live_one_minute() {
    let rig = Rig::with(&everywhere(FIFTEEN), |draft| {
        draft.default_ttl = "1m".into();
        draft.max_ttl = "1m".into();
    })
    .await;
    let canary = rig.preflight(true).await.canary.unwrap();
    assert!(canary.passed, "{canary:?}");
}

#[tokio::test]
async fn the_gate_holds_until_the_permission_is_there_and_yields_to_an_explicit_word() {
    let rig = Rig::with_policy(&everywhere(
        without("iam:DeleteUser").chain(["iam:SimulatePrincipalPolicy"]),
    ))
    .await;
    assert_eq!(rig.preflight(false).await.revoke, Verdict::Denied);
    rig.wire.forget_calls();
    let refused = rig
        .engine
        .leases()
        .issue(&request("app"))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Refused, "{refused:?}");
    assert!(refused.message.contains("iam:DeleteUser"), "{refused:?}");
    let hint = refused.hint.unwrap();
    for part in [
        "iam:DeleteUser",
        "leasehold secret preflight app",
        "--despite-preflight",
    ] {
        assert!(hint.contains(part), "{hint}");
    }
    let credentials = rig
        .engine
        .credentials(&CredentialsRequest::of("app"))
        .await
        .unwrap_err();
    assert_eq!(credentials.code, Code::Refused);
    assert!(rig.wire.calls().is_empty(), "no AWS call was made");
    assert!(rig.ground.leases(&rig.engine).is_empty());

    let despite = IssueRequest {
        despite_preflight: true,
        ..request("app")
    };
    let issued = rig.engine.leases().issue(&despite).await.unwrap();
    assert_eq!(issued.lease.state, State::Active);

    // The canary itself is not gated, and another look opens the gate.
    assert!(!rig.preflight(true).await.canary.unwrap().passed);
    rig.allow(&everywhere(
        FIFTEEN.into_iter().chain(["iam:SimulatePrincipalPolicy"]),
    ))
    .await;
    let found = rig.preflight(false).await;
    assert_eq!(found.revoke, Verdict::Allowed, "{:#?}", found.probes);
    assert!(
        found.canary.is_some(),
        "the last canary of this recipe is still shown"
    );
    rig.engine.leases().issue(&request("app")).await.unwrap();
}

#[tokio::test]
async fn an_edited_recipe_outdates_the_answer_and_opens_the_gate() {
    let rig = Rig::with_policy(&everywhere(
        without("iam:DeleteUser").chain(["iam:SimulatePrincipalPolicy"]),
    ))
    .await;
    rig.preflight(false).await;
    let seen = rig.engine.secrets().show("app").unwrap();
    assert!(!seen.preflight.unwrap().outdated);
    // Times are not what a permission depends on.
    let mut draft = seen.draft.clone();
    draft.max_ttl = "9h".into();
    let seen = rig.engine.secrets().edit("app", &draft).unwrap();
    assert!(!seen.preflight.unwrap().outdated);
    draft.groups = Vec::new();
    let seen = rig.engine.secrets().edit("app", &draft).unwrap();
    assert!(seen.preflight.unwrap().outdated);
    rig.engine.leases().issue(&request("app")).await.unwrap();
}

#[tokio::test]
async fn a_path_scoped_policy_leaves_denials_open_and_the_canary_closes_them() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    let policy = rig.engine.connections().policy("limited").unwrap();
    rig.allow(&policy.document).await;
    let found = rig.preflight(false).await;
    assert_eq!(
        verdicts(&found),
        [Verdict::Unknown; 3],
        "{:#?}",
        found.probes
    );
    assert_eq!(denied(&found), [""; 0]);
    let delete = found
        .probes
        .iter()
        .find(|probe| probe.action == "iam:DeleteUser")
        .unwrap();
    assert!(
        delete.note.contains("has no path") && delete.note.contains("canary"),
        "{delete:?}"
    );
    // Groups exist, so that AWS judges the very group.
    let groups = found
        .probes
        .iter()
        .filter(|probe| probe.resource.contains(":group/"));
    assert!(groups.clone().count() == 2 && groups.clone().all(|p| p.verdict == Verdict::Allowed));

    let found = rig.preflight(true).await;
    assert_eq!(verdicts(&found), [Verdict::Allowed; 3], "{found:#?}");
    // What the canary has proven stays known.
    let found = rig.preflight(false).await;
    assert_eq!(verdicts(&found), [Verdict::Allowed; 3], "{found:#?}");
    // And the simulator knows without any of that, conditions included.
    rig.engine
        .secrets()
        .edit("app", &{
            let mut draft = rig.engine.secrets().show("app").unwrap().draft;
            draft.username_template = "x-{{randomUsername}}".into();
            draft
        })
        .unwrap();
    let document: serde_json::Value = serde_json::from_str(&policy.document).unwrap();
    let optional: serde_json::Value = serde_json::from_str(&policy.optional).unwrap();
    let with = |base: &serde_json::Value, which: &dyn Fn(&str) -> bool| {
        let all = optional["Statement"].as_array().unwrap();
        let added = all
            .iter()
            .filter(|s| which(s["Sid"].as_str().unwrap()))
            .cloned();
        let base = base["Statement"].as_array().unwrap().iter().cloned();
        let statements: Vec<_> = base.chain(added).collect();
        serde_json::json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    };
    rig.allow(&with(&document, &|sid| sid == "AskSimulator"))
        .await;
    let found = rig.preflight(false).await;
    assert_eq!(verdicts(&found), [Verdict::Allowed; 3], "{found:#?}");
    // The optional document is enough for what is optional.
    let none = serde_json::json!({ "Statement": [] });
    rig.allow(&with(&none, &|_| true)).await;
    let found = rig.preflight(false).await;
    let optional = found
        .probes
        .iter()
        .filter(|p| p.needed_for == NeededFor::Optional);
    let open: Vec<_> = optional.filter(|p| p.verdict != Verdict::Allowed).collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(verdicts(&found), [Verdict::Denied; 3]);
}

#[tokio::test]
async fn an_open_lease_lets_its_reads_be_asked_about_the_very_user() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    let policy = rig.engine.connections().policy("limited").unwrap();
    rig.engine.leases().issue(&request("app")).await.unwrap();
    rig.allow(&policy.document.replace("\"iam:ListGroupsForUser\",", ""))
        .await;
    let found = rig.preflight(false).await;
    assert_eq!(
        denied(&found),
        ["iam:ListGroupsForUser"],
        "{:#?}",
        found.probes
    );
    let get = found
        .probes
        .iter()
        .find(|probe| probe.action == "iam:GetUser")
        .unwrap();
    assert_eq!(get.verdict, Verdict::Allowed, "{get:?}");
}

#[tokio::test]
async fn a_group_that_is_not_there_is_told() {
    let rig = Rig::with(&everywhere(FIFTEEN), |draft| {
        draft.groups = vec!["nobody".into()]
    })
    .await;
    let found = rig.preflight(false).await;
    let group = found
        .probes
        .iter()
        .find(|probe| probe.action == "iam:AddUserToGroup")
        .unwrap();
    assert!(group.note.contains("there is no group nobody"), "{group:?}");
    let canary = rig.preflight(true).await.canary.unwrap();
    assert!(!canary.passed);
    assert!(matches!(
        rig.ground.settled(&rig.engine, &canary.lease_id).await,
        Settled::Rest(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn throttling_is_no_verdict_and_an_account_out_of_reach_is_an_error() {
    let rig = Rig::with_policy(&everywhere(FIFTEEN)).await;
    rig.wire.rule(Rule::always("DeleteUser", Fault::THROTTLE));
    let found = rig.preflight(false).await;
    assert_eq!(found.revoke, Verdict::Unknown);
    assert_eq!(found.issue, Verdict::Allowed);
    rig.wire.heal();
    rig.wire.rule(Rule::always("*", Fault::Reset));
    let problem = rig
        .engine
        .secrets()
        .preflight("app", false)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::AwsUnreachable, "{problem:?}");
    let kept = rig.engine.secrets().show("app").unwrap().preflight.unwrap();
    assert_eq!(kept, found, "the last answer stays");
}

/// A process that dies at its `n`-th call while a canary flies. False when it has fewer calls.
async fn dies(ground: &Ground, n: usize, moment: Moment) -> bool {
    let (engine, wire) = ground.process();
    wire.die_at(n, moment);
    let mut task = {
        let engine = engine.clone();
        tokio::spawn(async move { engine.secrets().preflight("s3-upload", true).await })
    };
    tokio::select! {
        () = wire.death() => {}
        done = &mut task => {
            assert!(done.unwrap().unwrap().canary.unwrap().passed);
            return false;
        }
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    true
}

#[tokio::test]
async fn a_canary_that_breaks_off_at_any_call_is_finished_by_the_next_start() {
    // Dying while it asks leaves nothing; the canary begins after the questions.
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    engine
        .secrets()
        .preflight("s3-upload", false)
        .await
        .unwrap();
    let questions = wire.calls().len();
    let mut points = 0;
    for moment in [Moment::Before, Moment::After] {
        for n in questions + 1.. {
            let ground = Ground::new().await;
            if !dies(&ground, n, moment).await {
                break;
            }
            ground.clock.advance(TimeDelta::minutes(6));
            let (engine, _) = ground.process();
            let leases = ground.leases(&engine);
            let Some(lease) = leases.first().map(|lease| lease.id.clone()) else {
                continue; // It died while it still asked: the row comes before the user.
            };
            points += 1;
            let at_rest = || {
                let state = engine.leases().show(&lease).unwrap().lease.state;
                matches!(state, State::Revoked | State::Failed)
            };
            ground.run_until(&engine, at_rest).await;
            assert!(matches!(
                ground.settled(&engine, &lease).await,
                Settled::Rest(_)
            ));
        }
    }
    assert!(points > 40, "{points}");
}
