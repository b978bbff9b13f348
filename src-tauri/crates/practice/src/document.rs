//! The grammar of policy documents, with the words in which IAM refuses a malformed one.

use std::collections::{BTreeMap, HashSet};

use awsim_iam_policy::ConditionOperator;
use serde_json::{Map, Value};

use crate::account::ACCOUNT_ID;
use crate::fault::Fault;
use crate::state::State;

const SYNTAX: &str = "Syntax errors in policy.";

/// What a document is for, which decides whether it names principals or resources.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Inline, managed and session policies.
    Identity,
    /// Trust policies of roles.
    Trust,
}

/// Checks the text of a `PolicyDocument` parameter.
pub(crate) fn check(text: &str, parameter: &str, purpose: Use) -> Result<(), Fault> {
    crate::rules::length(text, parameter, 1, 131_072)?;
    if !text
        .chars()
        .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FF}'))
    {
        return Err(Fault::validation(format!(
            "The specified value for {parameter} is invalid. It must contain only printable ASCII \
             characters."
        )));
    }
    let Ok(Value::Object(policy)) = serde_json::from_str::<Value>(text) else {
        return Err(Fault::malformed(SYNTAX));
    };
    if !policy
        .keys()
        .all(|key| matches!(key.as_str(), "Version" | "Id" | "Statement"))
    {
        return Err(Fault::malformed(SYNTAX));
    }
    match policy.get("Version") {
        None => {}
        Some(Value::String(version)) if version == "2012-10-17" || version == "2008-10-17" => {}
        Some(_) => {
            return Err(Fault::malformed(
                "Policy document must be version 2012-10-17 or greater.",
            ));
        }
    }
    if policy.get("Id").is_some_and(|id| !id.is_string()) {
        return Err(Fault::malformed(SYNTAX));
    }
    let statements: Vec<&Value> = match policy.get("Statement") {
        Some(Value::Array(list)) if !list.is_empty() => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(Fault::malformed(SYNTAX)),
    };
    let mut ids = HashSet::new();
    for statement in statements {
        let Value::Object(statement) = statement else {
            return Err(Fault::malformed(SYNTAX));
        };
        check_statement(statement, purpose)?;
        if let Some(Value::String(id)) = statement.get("Sid")
            && !id.is_empty()
            && !ids.insert(id)
        {
            return Err(Fault::malformed(
                "Statement IDs (SID) in a single policy must be unique.",
            ));
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, purpose: Use) -> Result<(), Fault> {
    for (key, value) in statement {
        match (key.as_str(), value) {
            ("Sid", Value::String(id)) if id.bytes().all(|b| b.is_ascii_alphanumeric()) => {}
            ("Sid", Value::String(id)) => {
                return Err(Fault::malformed(format!(
                    "The following Statement Ids are invalid: {id}"
                )));
            }
            ("Effect", Value::String(effect)) if effect == "Allow" || effect == "Deny" => {}
            ("Action" | "NotAction", value) => check_actions(value)?,
            ("Resource" | "NotResource", value) if purpose == Use::Identity => {
                check_resources(value)?;
            }
            ("Resource" | "NotResource", _) => {
                return Err(Fault::malformed("Has prohibited field Resource"));
            }
            ("Principal" | "NotPrincipal", _) if purpose == Use::Identity => {
                return Err(Fault::malformed(
                    "Policy document should not specify a principal.",
                ));
            }
            ("Principal" | "NotPrincipal", value) => check_principal(value)?,
            ("Condition", Value::Object(block)) => check_conditions(block)?,
            _ => return Err(Fault::malformed(SYNTAX)),
        }
    }
    let count = |names: [&str; 2]| names.iter().filter(|n| statement.contains_key(**n)).count();
    if !statement.contains_key("Effect") {
        return Err(Fault::malformed(SYNTAX));
    }
    match count(["Action", "NotAction"]) {
        0 => return Err(Fault::malformed("Policy statement must contain actions.")),
        1 => {}
        _ => return Err(Fault::malformed(SYNTAX)),
    }
    match (
        purpose,
        count(["Resource", "NotResource"]),
        count(["Principal", "NotPrincipal"]),
    ) {
        (Use::Identity, 0, _) => Err(Fault::malformed("Policy statement must contain resources.")),
        (Use::Trust, _, 0) => Err(Fault::malformed("Missing required field Principal")),
        (Use::Identity, 1, _) | (Use::Trust, _, 1) => Ok(()),
        _ => Err(Fault::malformed(SYNTAX)),
    }
}

/// A string, or a list of strings that is not empty.
fn strings(value: &Value) -> Result<Vec<&str>, Fault> {
    let list = match value {
        Value::String(one) => vec![Some(one.as_str())],
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let found: Option<Vec<&str>> = list.into_iter().collect();
    found
        .filter(|list| !list.is_empty())
        .ok_or_else(|| Fault::malformed(SYNTAX))
}

fn check_actions(value: &Value) -> Result<(), Fault> {
    for action in strings(value)? {
        if action == "*" {
            continue;
        }
        let Some((vendor, name)) = action.split_once(':') else {
            return Err(Fault::malformed(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ));
        };
        let vendor_ok = !vendor.is_empty()
            && vendor
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !vendor_ok && vendor != "*" {
            return Err(Fault::malformed(format!("Vendor {vendor} is not valid")));
        }
        let name_ok = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"*?:-_/".contains(&b));
        if !name_ok {
            return Err(Fault::malformed(SYNTAX));
        }
    }
    Ok(())
}

fn check_resources(value: &Value) -> Result<(), Fault> {
    for resource in strings(value)? {
        if resource == "*" {
            continue;
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        if parts[0] != "arn" || parts.len() < 3 {
            return Err(Fault::malformed(format!(
                "Resource {resource} must be in ARN format or \"*\"."
            )));
        }
        let partition_ok = parts[1] == "*" || parts[1].starts_with("aws");
        if !partition_ok {
            return Err(Fault::malformed(format!(
                "Partition \"{}\" is not valid for resource \"{resource}\".",
                parts[1]
            )));
        }
        // Fewer than six parts are taken only when a star stands for the rest.
        let whole = parts.len() == 6 && !parts[5].is_empty();
        if !whole && !resource.ends_with('*') {
            return Err(Fault::malformed(format!(
                "Resource {resource} must be in ARN format or \"*\"."
            )));
        }
        if parts.len() == 6 && parts[2] == "iam" && !iam_resource(parts[3], parts[5]) {
            return Err(Fault::malformed(
                "IAM resource path must either be \"*\" or start with user/, federated-user/, \
                 role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, \
                 saml-provider/, oidc-provider/, report/, access-report/.",
            ));
        }
    }
    Ok(())
}

fn iam_resource(region: &str, resource: &str) -> bool {
    const KINDS: [&str; 13] = [
        "user/",
        "federated-user/",
        "role/",
        "group/",
        "instance-profile/",
        "mfa/",
        "server-certificate/",
        "policy/",
        "sms-mfa/",
        "saml-provider/",
        "oidc-provider/",
        "report/",
        "access-report/",
    ];
    let region_ok = region.is_empty() || region == "*";
    region_ok
        && (resource.contains(['*', '?', '$'])
            || resource == "root"
            || KINDS.iter().any(|kind| resource.starts_with(kind)))
}

fn check_conditions(block: &Map<String, Value>) -> Result<(), Fault> {
    for (operator, tests) in block {
        let known = ConditionOperator::parse(operator).is_ok() && operator != "NullIfExists";
        if !known {
            return Err(Fault::malformed(format!(
                "Invalid Condition type : {operator}"
            )));
        }
        let Value::Object(tests) = tests else {
            return Err(Fault::malformed(SYNTAX));
        };
        for (key, value) in tests {
            if !key.contains(':') {
                return Err(Fault::malformed(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                ));
            }
            let scalar = |v: &Value| v.is_string() || v.is_boolean() || v.is_number();
            let fits = match value {
                Value::Array(list) => !list.is_empty() && list.iter().all(scalar),
                one => scalar(one),
            };
            if !fits {
                return Err(Fault::malformed(SYNTAX));
            }
        }
    }
    Ok(())
}

fn check_principal(value: &Value) -> Result<(), Fault> {
    match value {
        Value::String(all) if all == "*" => Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => {
            for (kind, who) in kinds {
                if !matches!(
                    kind.as_str(),
                    "AWS" | "Service" | "Federated" | "CanonicalUser"
                ) {
                    return Err(Fault::malformed(format!(
                        "Invalid principal in policy: {kind}"
                    )));
                }
                strings(who)?;
            }
            Ok(())
        }
        _ => Err(Fault::malformed(SYNTAX)),
    }
}

/// The principals of a trust policy must exist when it is put. Returns the unique ids of those
/// that are users and roles of this account, by ARN.
pub(crate) fn principals(state: &State, text: &str) -> Result<BTreeMap<String, String>, Fault> {
    let policy: Value = serde_json::from_str(text).unwrap_or_default();
    let statements = match &policy["Statement"] {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let mut ids = BTreeMap::new();
    for statement in statements {
        for field in ["Principal", "NotPrincipal"] {
            for name in strings(&statement[field]["AWS"]).unwrap_or_default() {
                match known(state, name) {
                    Some(Some(id)) => drop(ids.insert(name.to_owned(), id)),
                    Some(None) => {}
                    None => {
                        return Err(Fault::malformed(format!(
                            "Invalid principal in policy: \"AWS\":\"{name}\""
                        )));
                    }
                }
            }
        }
    }
    Ok(ids)
}

/// `None` for a principal that cannot be; its unique id where it has one here.
fn known(state: &State, principal: &str) -> Option<Option<String>> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if principal == "*" || is_account(principal) {
        return Some(None);
    }
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => is_account(account).then_some(None),
        ["arn", _, "iam", "", ACCOUNT_ID, _] => {
            let user = state.users.values().find(|user| user.arn() == principal);
            let role = state.roles.values().find(|role| role.arn() == principal);
            user.map(|user| Some(user.id.clone()))
                .or(role.map(|role| Some(role.id.clone())))
        }
        ["arn", _, "iam" | "sts", "", account, _] => is_account(account).then_some(None),
        _ => None,
    }
}
