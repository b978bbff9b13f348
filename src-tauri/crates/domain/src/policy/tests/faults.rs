//! The grammar, fault by fault.

use super::*;

#[test]
fn faults_are_named_with_place_rule_and_fix() {
    let cases: Vec<(String, &str, &str)> = vec![
        // The text.
        ("".into(), "is empty", "Paste"),
        (" \n\t".into(), "is empty", "Paste"),
        ("{".into(), "line 1, column 1", "Close every brace"),
        (
            "{\n  \"Version\": \"2012-10-17\",\n}".into(),
            "line 3, column 1",
            "comma",
        ),
        ("{'Version': 1}".into(), "not JSON", "double quotes"),
        ("{} {}".into(), "trailing", "on its own"),
        ("nonsense".into(), "not JSON", "Correct"),
        (
            "arn:aws:iam::aws:policy/ReadOnlyAccess".into(),
            "not JSON",
            "managed policy ARNs",
        ),
        (
            "{\"Version\":\"2012-10-17\u{201d}}".into(),
            "U+201D at line 1, column 23",
            "plain one",
        ),
        (
            "\u{feff}{}".into(),
            "U+FEFF at line 1, column 1",
            "byte order mark",
        ),
        (
            "{\n\"a\u{0}\"}".into(),
            "U+0000 at line 2, column 3",
            "Remove",
        ),
        ("{\"a\":\"\u{100}\"}".into(), "U+0100", "Remove"),
        ("[".repeat(100_000), "nested too deeply", "brackets"),
        ("{\"a\":".repeat(20_000), "nested too deeply", "brackets"),
        (
            format!("\"{}\"", "a".repeat(MAX_BYTES)),
            "128 KiB",
            "managed policy",
        ),
        (
            "{\"Version\":\"2012-10-17\",\"Version\":\"2012-10-17\"}".into(),
            "\"Version\" stands twice",
            "Keep one",
        ),
        (
            "{\"Statement\":{\"Effect\":\"Allow\",\"Effect\":\"Deny\"}}".into(),
            "\"Effect\" stands twice",
            "Keep one",
        ),
        (
            "{\"Statement\":{\"Condition\":{\"Bool\":{\"a:b\":\"c\",\"a:b\":\"d\"}}}}".into(),
            "\"a:b\" stands twice",
            "Keep one",
        ),
        // The document.
        ("[]".into(), "is a list", "Begin with {"),
        ("\"x\"".into(), "is a string", "Begin with {"),
        ("null".into(), "is null", "Begin with {"),
        ("1e999".into(), "not JSON", "Correct"),
        ("{}".into(), "has no Statement", "Add"),
        (
            "{\"Version\":\"2012-10-17\"}".into(),
            "has no Statement",
            "Add",
        ),
        (
            "{\"Version\":\"2012-10-17\",\"Statement\":[]}".into(),
            "is empty",
            "at least one",
        ),
        (
            "{\"Version\":\"2012-10-17\",\"Statement\":\"x\"}".into(),
            "this is a string",
            "Statement",
        ),
        (
            "{\"Version\":\"2012-10-17\",\"Statement\":[1]}".into(),
            "Statement 1 is a number",
            "Effect",
        ),
        (
            "{\"Version\":\"2012-10-18\",\"Statement\":{}}".into(),
            "\"2012-10-18\"",
            "2012-10-17",
        ),
        (
            "{\"Version\":\"2024-01-01\",\"Statement\":{}}".into(),
            "\"2024-01-01\"",
            "2012-10-17",
        ),
        (
            "{\"Version\":2012,\"Statement\":{}}".into(),
            "this is a number",
            "2012-10-17",
        ),
        (
            "{\"Version\":null,\"Statement\":{}}".into(),
            "this is null",
            "2012-10-17",
        ),
        (
            "{\"Id\":1,\"Statement\":{}}".into(),
            "Id is a string",
            "quotes",
        ),
        (
            "{\"version\":\"2012-10-17\",\"Statement\":{}}".into(),
            "\"version\"",
            "Did you mean \"Version\"?",
        ),
        (
            "{\"Statements\":[]}".into(),
            "\"Statements\"",
            "Did you mean \"Statement\"?",
        ),
        (
            "{\"Comment\":\"\"}".into(),
            "\"Comment\"",
            "the keys are Version",
        ),
        (
            "{\"PolicyDocument\":{}}".into(),
            "\"PolicyDocument\"",
            "what is inside",
        ),
        (
            "{\"Effect\":\"Allow\"}".into(),
            "inside a statement",
            "Move it",
        ),
        (
            "{\"Version\":\"2012-10-17\",\"Principal\":\"*\"}".into(),
            "inside a statement",
            "Move it",
        ),
        // The statement's keys.
        (
            with(json!({"Principal": "*"})),
            "Principal has no place",
            "Remove Principal",
        ),
        (
            with(json!({"NotPrincipal": {"AWS": "*"}})),
            "NotPrincipal has no place",
            "Remove",
        ),
        (
            with(json!({"Acton": "s3:*"})),
            "\"Acton\"",
            "Did you mean \"Action\"?",
        ),
        (
            with(json!({"action": "s3:*"})),
            "\"action\"",
            "Did you mean \"Action\"?",
        ),
        (
            with(json!({"Resources": "*"})),
            "\"Resources\"",
            "Did you mean \"Resource\"?",
        ),
        (
            with(json!({"Conditions": {}})),
            "\"Conditions\"",
            "Did you mean \"Condition\"?",
        ),
        (with(json!({"Banana": 1})), "\"Banana\"", "the keys are Sid"),
        // Sid and Effect.
        (with(json!({"Sid": "a b"})), "letters and digits", "A-Z"),
        (with(json!({"Sid": "a-b"})), "letters and digits", "A-Z"),
        (with(json!({"Sid": "\u{e4}"})), "letters and digits", "A-Z"),
        (with(json!({"Sid": 1})), "this is a number", "quotes"),
        (with(json!({"Effect": null})), "has no Effect", "Allow"),
        (
            with(json!({"Effect": "allow"})),
            "not \"allow\"",
            "Write \"Allow\"",
        ),
        (
            with(json!({"Effect": "Permit"})),
            "not \"Permit\"",
            "\"Deny\"",
        ),
        (
            with(json!({"Effect": true})),
            "this is true or false",
            "Allow",
        ),
        (
            with(json!({"Effect": ["Allow"]})),
            "this is a list",
            "Allow",
        ),
        // Actions.
        (
            with(json!({"Action": null})),
            "neither Action nor NotAction",
            "Add \"Action\"",
        ),
        (
            with(json!({"NotAction": "s3:*"})),
            "both Action and NotAction",
            "Keep one",
        ),
        (
            with(json!({"Action": []})),
            "list of Action is empty",
            "at least one",
        ),
        (with(json!({"Action": {}})), "this is an object", "Action"),
        (
            with(json!({"Action": ["s3:Get*", 1]})),
            "Statement 1, Action 2 is a number",
            "quotes",
        ),
        (
            with(json!({"Action": [["s3:Get*"]]})),
            "Action 1 is a list",
            "quotes",
        ),
        (
            with(json!({"Action": "GetObject"})),
            "names no service",
            "s3:GetObject",
        ),
        (with(json!({"Action": ""})), "names no service", "service"),
        (
            with(json!({"Action": "s3:"})),
            "no action's name",
            "s3:Get*",
        ),
        (
            with(json!({"Action": ":GetObject"})),
            "service's prefix",
            "s3:GetObject",
        ),
        (
            with(json!({"Action": "s*:GetObject"})),
            "wildcard in the service",
            "s3:*",
        ),
        (
            with(json!({"Action": "*:GetObject"})),
            "wildcard in the service",
            "s3:*",
        ),
        (
            with(json!({"Action": "s3:Get Object"})),
            "no action's name",
            "letters",
        ),
        (
            with(json!({"Action": " s3:GetObject"})),
            "service's prefix",
            "without spaces",
        ),
        (
            with(json!({"Action": "s3:Get:Object"})),
            "no action's name",
            "letters",
        ),
        (
            with(json!({"Action": "s3.GetObject"})),
            "names no service",
            "service",
        ),
        (
            with(json!({"Action": "s3:GetObj\u{e9}ct"})),
            "no action's name",
            "letters",
        ),
        // Resources.
        (
            with(json!({"Resource": null})),
            "neither Resource nor NotResource",
            "Add \"Resource\"",
        ),
        (
            with(json!({"NotResource": "*"})),
            "both Resource and NotResource",
            "Keep one",
        ),
        (
            with(json!({"Resource": []})),
            "list of Resource is empty",
            "at least one",
        ),
        (with(json!({"Resource": 7})), "this is a number", "Resource"),
        (
            with(json!({"Resource": ["*", "bucket"]})),
            "Statement 1, Resource 2",
            "arn:aws:s3:::",
        ),
        (with(json!({"Resource": ""})), "not an ARN", "arn:"),
        (with(json!({"Resource": "**"})), "not an ARN", "arn:"),
        (with(json!({"Resource": "arn:aws:s3"})), "six parts", "arn:"),
        (
            with(json!({"Resource": "urn:aws:s3:::b"})),
            "begin with arn:",
            "arn:",
        ),
        (
            with(json!({"Resource": "arn::s3:::b"})),
            "no partition",
            "aws-cn",
        ),
        (
            with(json!({"Resource": "arn:a s:s3:::b"})),
            "no partition",
            "aws-cn",
        ),
        (
            with(json!({"Resource": "arn:aws::::b"})),
            "one service",
            "s3",
        ),
        (
            with(json!({"Resource": "arn:aws:*:::b"})),
            "no wildcard there",
            "s3",
        ),
        (
            with(json!({"Resource": "arn:aws:s3:us east::b"})),
            "region",
            "region",
        ),
        (
            with(json!({"Resource": "arn:aws:iam::1234/5:user/x"})),
            "account",
            "twelve digits",
        ),
        (
            with(json!({"Resource": "arn:aws:s3:::"})),
            "no resource",
            "arn:",
        ),
        (
            with(json!({"Resource": "arn:aws:s3:::b/${aws:username"})),
            "not closed",
            "}",
        ),
        (
            with(json!({"Resource": "arn:aws:s3:::b\n"})),
            "control character",
            "arn:",
        ),
        // Conditions.
        (
            with(json!({"Condition": []})),
            "Condition is an object",
            "StringEquals",
        ),
        (
            with(json!({"Condition": "x"})),
            "Condition is an object",
            "StringEquals",
        ),
        (
            with(json!({"Condition": {"StringEqual": {"aws:x": "y"}}})),
            "\"StringEqual\"",
            "\"StringEquals\"?",
        ),
        (
            with(json!({"Condition": {"stringequals": {"aws:x": "y"}}})),
            "\"stringequals\"",
            "\"StringEquals\"?",
        ),
        (
            with(json!({"Condition": {"DateGreater": {"aws:x": "y"}}})),
            "\"DateGreater\"",
            "DateGreaterThan",
        ),
        (
            with(json!({"Condition": {"NullIfExists": {"aws:x": "true"}}})),
            "Null takes no IfExists",
            "Null",
        ),
        (
            with(json!({"Condition": {"ForAllValue:StringLike": {"aws:x": "y"}}})),
            "ForAllValue:",
            "operator",
        ),
        (
            with(json!({"Condition": {"ForAllValues:": {"aws:x": "y"}}})),
            "ForAllValues:",
            "operator",
        ),
        (
            with(json!({"Condition": {"": {"aws:x": "y"}}})),
            "not a condition operator",
            "operator",
        ),
        (
            with(json!({"Condition": {"Bool": "true"}})),
            "Condition Bool is a string",
            "Bool",
        ),
        (
            with(json!({"Condition": {"Bool": {}}})),
            "has no key",
            "condition key",
        ),
        (
            with(json!({"Condition": {"Bool": {"x": "true"}}})),
            "not a condition key",
            "aws:SourceIp",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:": "true"}}})),
            "not a condition key",
            "aws:SourceIp",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:X": "a", "AWS:x": "b"}}})),
            "stands twice",
            "Keep one",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:X": []}}})),
            "has no value",
            "at least one",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:X": {}}}})),
            "is an object",
            "string",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:X": null}}})),
            "is null",
            "string",
        ),
        (
            with(json!({"Condition": {"Bool": {"aws:X": ["a", ["b"]]}}})),
            "a list among",
            "strings",
        ),
    ];
    for (text, rule, fix) in cases {
        let problem = refused(&text);
        let hint = problem.hint.unwrap_or_default();
        let shown: String = text.chars().take(120).collect();
        assert_eq!(
            problem.field.as_deref(),
            Some("policy_documents[0]"),
            "{shown}"
        );
        assert!(
            problem.message.contains(rule),
            "{shown}: {}",
            problem.message
        );
        assert!(hint.contains(fix), "{shown}: {hint}");
        assert!(
            problem.message.len() < 400 && !problem.message.contains('\n'),
            "{shown}"
        );
    }
}
