//! The evaluator against a second one that nobody here wrote: they must agree on what is allowed.

use chrono::{DateTime, Utc};
use iam_rs::{
    Arn, Context as OracleContext, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator,
    Principal, PrincipalId,
};
use proptest::prelude::*;

use crate::evaluate::{Context, Layer, Policies, Question, Verdict, decide};

const ANN: &str = "arn:aws:iam::000000000000:user/leases/ann";
const NOW: i64 = 1_767_225_600;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn ours(policies: &[String], action: &str, resource: &str) -> Verdict {
    let mut context = Context::default();
    context.time("aws:CurrentTime", now());
    context.number("aws:EpochTime", NOW);
    context.text("aws:username", "ann");
    context.text("aws:PrincipalTag/team", "red");
    context.address("aws:SourceIp", "127.0.0.1");
    let question = Question {
        principal_arn: ANN,
        action,
        resource,
        context: &context,
    };
    let identity = policies.iter().map(String::as_str).collect();
    decide(
        &question,
        &Policies {
            identity,
            ..Policies::default()
        },
    )
}

fn oracle(policies: &[String], action: &str, resource: &str) -> Decision {
    let mut context = OracleContext::new();
    context.insert("aws:CurrentTime".to_owned(), ContextValue::DateTime(now()));
    context.insert(
        "aws:username".to_owned(),
        ContextValue::String("ann".to_owned()),
    );
    context.insert(
        "aws:PrincipalTag/team".to_owned(),
        ContextValue::String("red".to_owned()),
    );
    context.insert(
        "aws:SourceIp".to_owned(),
        ContextValue::String("127.0.0.1".to_owned()),
    );
    let request = IAMRequest::new_with_context(
        Principal::Aws(PrincipalId::String(ANN.to_owned())),
        action,
        Arn::parse(resource).unwrap(),
        context,
    );
    let policies: Vec<IAMPolicy> = policies
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    PolicyEvaluator::with_policies(policies)
        .evaluate(&request)
        .unwrap()
        .decision
}

fn statement() -> impl Strategy<Value = String> {
    let effects = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let actions = prop::sample::select(vec![
        r#""Action":"*""#,
        r#""Action":"iam:*""#,
        r#""Action":["iam:GetUser","s3:Get*"]"#,
        r#""Action":"iam:?etUser""#,
        r#""Action":"IAM:getuser""#,
        r#""NotAction":"iam:*""#,
        r#""NotAction":["s3:PutObject"]"#,
    ]);
    let resources = prop::sample::select(vec![
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:iam::000000000000:user/leases/*""#,
        r#""Resource":"arn:aws:iam::000000000000:user/*/ann""#,
        r#""Resource":["arn:aws:s3:::bucket/*","arn:aws:iam::*:group/*"]"#,
        r#""Resource":"arn:aws:iam::000000000000:user/leases/${aws:username}""#,
        r#""NotResource":"arn:aws:s3:::bucket/*""#,
    ]);
    let conditions = prop::sample::select(vec![
        "",
        r#","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}}"#,
        r#","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}"#,
        r#","Condition":{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}"#,
        r#","Condition":{"StringEquals":{"aws:username":["bob","ann"]}}"#,
        r#","Condition":{"StringLike":{"aws:username":"a*"}}"#,
        r#","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":["red","blue"]}}"#,
        r#","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#,
        r#","Condition":{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalTag/missing":"x"}}"#,
        r#","Condition":{"Null":{"aws:PrincipalTag/missing":"true"}}"#,
    ]);
    (effects, actions, resources, conditions).prop_map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect":"{effect}",{action},{resource}{condition}}}"#)
    })
}

fn policies() -> impl Strategy<Value = Vec<String>> {
    let policy = prop::collection::vec(statement(), 1..4).prop_map(|statements| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        )
    });
    prop::collection::vec(policy, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn both_evaluators_allow_the_same(
        policies in policies(),
        action in prop::sample::select(vec![
            "iam:GetUser", "iam:CreateUser", "s3:GetObject", "s3:PutObject",
        ]),
        resource in prop::sample::select(vec![
            ANN,
            "arn:aws:iam::000000000000:user/other/ann",
            "arn:aws:iam::000000000000:group/dev",
            "arn:aws:s3:::bucket/key",
            "arn:aws:s3:::other/key",
        ]),
    ) {
        let verdict = ours(&policies, action, resource);
        let expected = oracle(&policies, action, resource);
        let agree = match expected {
            Decision::Allow => verdict == Verdict::Allowed,
            Decision::Deny => verdict == Verdict::Denied(Layer::Identity),
            Decision::NotApplicable => verdict == Verdict::NotAllowed(Layer::Identity),
        };
        prop_assert!(agree, "{verdict:?} against {expected:?}: {policies:?}");
    }
}

/// What neither library gets right by itself, decided as AWS documents it.
#[test]
fn facts_of_aws_beyond_both_libraries_hold() {
    let one = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        )
    };
    let on = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}}}"#
        )
    };
    let table = [
        // Condition keys have no case.
        (one(r#"{"StringEquals":{"AWS:UserName":"ann"}}"#), true),
        (
            one(r#"{"StringEquals":{"aws:principaltag/TEAM":"red"}}"#),
            true,
        ),
        // Several values of a negated operator mean "none of them".
        (
            one(r#"{"NumericNotEquals":{"aws:EpochTime":["1767225600","5"]}}"#),
            false,
        ),
        (
            one(r#"{"DateNotEquals":{"aws:CurrentTime":["2026-01-01T00:00:00Z","2020"]}}"#),
            false,
        ),
        // ArnEquals matches like ArnLike.
        (one(r#"{"ArnEquals":{"aws:username":"a*"}}"#), true),
        (one(r#"{"ArnNotEquals":{"aws:username":"a*"}}"#), false),
        // Values are compared with case unless the operator says otherwise.
        (one(r#"{"StringEquals":{"aws:username":"Ann"}}"#), false),
        (
            one(r#"{"StringEqualsIgnoreCase":{"aws:username":"Ann"}}"#),
            true,
        ),
        (one(r#"{"StringEqualsIfExists":{"aws:none":"x"}}"#), true),
        (one(r#"{"StringNotEquals":{"aws:none":"x"}}"#), true),
        (one(r#"{"Null":{"aws:username":"false"}}"#), true),
        (
            one(r#"{"NumericGreaterThan":{"aws:EpochTime":1767225599}}"#),
            true,
        ),
        (
            one(r#"{"ForAnyValue:StringEquals":{"aws:none":"x"}}"#),
            false,
        ),
        (
            one(r#"{"ForAllValues:StringEquals":{"aws:none":"x"}}"#),
            true,
        ),
        // Escaped wildcards are letters; unknown variables match nothing; defaults are used.
        (on("arn:aws:iam::000000000000:user/leases/${*}"), false),
        (
            on("arn:aws:iam::000000000000:user/leases/${aws:none}*"),
            false,
        ),
        (
            on("arn:aws:iam::000000000000:user/leases/${aws:none, 'ann'}"),
            true,
        ),
        (
            on("arn:aws:iam::000000000000:user/leases/${AWS:USERNAME}"),
            true,
        ),
        (on("arn:aws:iam::000000000000:user/${"), false),
        // A star stays within its part of the ARN.
        (on("arn:aws:iam::*"), true),
        (on("arn:aws:*:leases/ann"), false),
    ];
    for (policy, allowed) in table {
        let verdict = ours(std::slice::from_ref(&policy), "iam:GetUser", ANN);
        assert_eq!(verdict == Verdict::Allowed, allowed, "{policy}");
    }
    // Variables came with version 2012-10-17.
    let old = on("arn:aws:iam::000000000000:user/leases/${aws:username}");
    let old = old.replace("2012-10-17", "2008-10-17");
    assert_eq!(
        ours(&[old], "iam:GetUser", ANN),
        Verdict::NotAllowed(Layer::Identity)
    );
}
