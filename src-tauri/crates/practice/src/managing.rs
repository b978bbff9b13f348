//! The managing policy that Leasehold generates, judged by two evaluators that nobody here wrote: enough for
//! the whole life of every lease, and for nothing beside it.

use iam_rs::{
    Arn, Context as OracleContext, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator,
    Principal, PrincipalId,
};
use leasehold_domain::managing_policy::{self, Scope};
use leasehold_domain::{AccountId, GroupName, IamPath, Partition, PolicyArn};

use crate::evaluate::{Context, Policies, Question, Verdict, decide};

const ACCOUNT: &str = "123456789012";
const MANAGER: &str = "arn:aws:iam::123456789012:user/managers/leasehold";

fn policy(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

fn scope(path: &str, groups: &[&str], policies: &[&str], boundary: Option<&str>) -> Scope {
    let arn = |name: &str| PolicyArn::parse("p", &policy(name)).unwrap();
    Scope {
        iam_path: IamPath::parse("p", path).unwrap(),
        groups: groups
            .iter()
            .map(|name| GroupName::parse("g", name).unwrap())
            .collect(),
        policy_arns: policies.iter().map(|name| arn(name)).collect(),
        boundary: boundary.map(arn),
        has_tags: false,
        is_lease: false,
    }
}

/// Two secrets that share nothing, and an open lease of a third that is gone.
fn generated() -> String {
    let lease = Scope {
        is_lease: true,
        ..scope("/old/", &[], &[], Some("OldLimit"))
    };
    let scopes = [
        scope("/leases/a/", &["devs"], &["Read"], Some("LimitA")),
        scope("/leases/b/", &["ops"], &["Write", "Log"], Some("LimitB")),
        lease,
    ];
    let account = AccountId::parse("a", ACCOUNT).unwrap();
    managing_policy::generate(&Partition::aws(), &account, &scopes, &[]).document
}

/// Both evaluators, which must agree.
fn allows(document: &str, action: &str, resource: &str, keys: &[(&str, String)]) -> bool {
    let mut context = Context::default();
    let mut oracle = OracleContext::new();
    for (key, value) in keys {
        context.text(key, value.clone());
        oracle.insert((*key).to_owned(), ContextValue::String(value.clone()));
    }
    let question = Question {
        principal_arn: MANAGER,
        action,
        resource,
        context: &context,
    };
    let identity = Policies {
        identity: vec![document],
        ..Policies::default()
    };
    let ours = decide(&question, &identity) == Verdict::Allowed;
    let request = IAMRequest::new_with_context(
        Principal::Aws(PrincipalId::String(MANAGER.to_owned())),
        action,
        Arn::parse(resource).unwrap(),
        oracle,
    );
    let parsed: IAMPolicy = serde_json::from_str(document).unwrap();
    let theirs = PolicyEvaluator::with_policies(vec![parsed])
        .evaluate(&request)
        .unwrap();
    assert_eq!(
        ours,
        theirs.decision == Decision::Allow,
        "{action} on {resource} {keys:?}"
    );
    ours
}

fn user(path: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user{path}lh-Abc123")
}

fn group(path: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:group{path}")
}

const ENDING: [&str; 10] = [
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
];

#[test]
fn the_generated_policy_is_enough_for_a_whole_life_of_every_secrets_leases() {
    let document = generated();
    for (path, limit, policies, in_group) in [
        ("/leases/a/", "LimitA", &["Read"][..], "/devs"),
        (
            "/leases/b/",
            "LimitB",
            &["Write", "Log"][..],
            "/deep/down/ops",
        ),
    ] {
        let user = user(path);
        let limit = ("iam:PermissionsBoundary", policy(limit));
        for action in ["iam:CreateUser", "iam:PutUserPolicy"] {
            assert!(
                allows(&document, action, &user, std::slice::from_ref(&limit)),
                "{action}"
            );
        }
        for name in policies {
            let keys = [("iam:PolicyARN", policy(name)), limit.clone()];
            assert!(
                allows(&document, "iam:AttachUserPolicy", &user, &keys),
                "{name}"
            );
        }
        for action in ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"] {
            assert!(allows(&document, action, &group(in_group), &[]), "{action}");
        }
        for action in ENDING {
            assert!(allows(&document, action, &user, &[]), "{action}");
        }
    }
}

#[test]
fn an_open_lease_of_an_earlier_recipe_can_be_ended_whatever_it_has() {
    let document = generated();
    for action in ENDING {
        assert!(allows(&document, action, &user("/old/"), &[]), "{action}");
    }
    let limit = [("iam:PermissionsBoundary", policy("OldLimit"))];
    assert!(
        allows(&document, "iam:PutUserPolicy", &user("/old/"), &limit),
        "the cut"
    );
    assert!(allows(
        &document,
        "iam:RemoveUserFromGroup",
        &group("/whatever"),
        &[]
    ));
}

/// An action, its resource, and the context it is asked in.
type Asked<'a> = (&'a str, String, Vec<(&'a str, String)>);

#[test]
fn the_generated_policy_reaches_nothing_beside_the_leases() {
    let document = generated();
    let a = ("iam:PermissionsBoundary", policy("LimitA"));
    let attach = |name: &str| ("iam:PolicyARN", policy(name));
    let admin = (
        "iam:PolicyARN",
        "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
    );
    let mut refused: Vec<Asked<'_>> = vec![
        // No user without its own boundary, and none beside the paths.
        ("iam:CreateUser", user("/leases/a/"), vec![]),
        (
            "iam:CreateUser",
            user("/leases/a/"),
            vec![("iam:PermissionsBoundary", policy("LimitB"))],
        ),
        ("iam:CreateUser", user("/"), vec![a.clone()]),
        ("iam:CreateUser", user("/leases/"), vec![a.clone()]),
        ("iam:CreateUser", user("/leases/ab/"), vec![a.clone()]),
        ("iam:CreateUser", user("/other/leases/a/"), vec![a.clone()]),
        ("iam:PutUserPolicy", user("/leases/a/"), vec![]),
        ("iam:PutUserPolicy", user("/leases/b/"), vec![a.clone()]),
        // Only the recipe's policies, only under its boundary, only at its path.
        (
            "iam:AttachUserPolicy",
            user("/leases/a/"),
            vec![admin, a.clone()],
        ),
        (
            "iam:AttachUserPolicy",
            user("/leases/a/"),
            vec![attach("Write"), a.clone()],
        ),
        (
            "iam:AttachUserPolicy",
            user("/leases/a/"),
            vec![attach("Read")],
        ),
        (
            "iam:AttachUserPolicy",
            user("/leases/b/"),
            vec![attach("Read"), a.clone()],
        ),
        (
            "iam:AttachUserPolicy",
            user("/old/"),
            vec![attach("Read"), a.clone()],
        ),
        // Only its groups.
        ("iam:AddUserToGroup", group("/admins"), vec![]),
        ("iam:AddUserToGroup", group("/devs-admins"), vec![]),
        ("iam:AddUserToGroup", group("/devs/admins"), vec![]),
        ("iam:AddUserToGroup", user("/leases/a/"), vec![]),
    ];
    // Nothing that moves the fence, whoever it is about.
    for action in [
        "iam:PutUserPermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:UpdateUser",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:UpdateAccessKey",
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:PutGroupPolicy",
        "iam:AttachGroupPolicy",
        "iam:CreateRole",
        "iam:PassRole",
        "iam:TagUser",
        "iam:ListUsers",
        "iam:SimulatePrincipalPolicy",
        "sts:AssumeRole",
        "s3:GetObject",
    ] {
        for resource in [
            user("/leases/a/"),
            MANAGER.to_owned(),
            policy("LimitA"),
            group("/devs"),
        ] {
            refused.push((action, resource, vec![a.clone()]));
        }
    }
    // Nothing about itself or about anybody else.
    for action in ENDING.into_iter().chain([
        "iam:CreateUser",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
    ]) {
        for resource in [
            MANAGER.to_owned(),
            user("/managers/"),
            user("/"),
            user("/people/"),
        ] {
            refused.push((action, resource, vec![a.clone(), attach("Read")]));
        }
    }
    for (action, resource, keys) in refused {
        assert!(
            !allows(&document, action, &resource, &keys),
            "{action} on {resource} {keys:?}"
        );
    }
}

#[test]
fn optional_permissions_do_not_reach_other_users_either() {
    let account = AccountId::parse("a", ACCOUNT).unwrap();
    let scopes = [scope("/leases/a/", &[], &[], Some("LimitA"))];
    let document = managing_policy::optional(&Partition::aws(), &account, &scopes, &[], MANAGER);
    for action in managing_policy::BLOCKERS {
        assert!(
            allows(&document, action, &user("/leases/a/"), &[]),
            "{action}"
        );
        for resource in [user("/people/"), MANAGER.to_owned()] {
            assert!(
                !allows(&document, action, &resource, &[]),
                "{action} on {resource}"
            );
        }
    }
    assert!(allows(
        &document,
        "iam:SimulatePrincipalPolicy",
        MANAGER,
        &[]
    ));
    assert!(!allows(
        &document,
        "iam:SimulatePrincipalPolicy",
        &user("/people/"),
        &[]
    ));
    assert!(!allows(&document, "iam:TagUser", MANAGER, &[]));
}
