//! IAM's rules for names, paths, ARNs, tags and sizes, with AWS's words for breaking them.

use crate::account::{ACCOUNT_ID, PARTITION};
use crate::fault::Fault;
use crate::request::{Params, field_name};

/// Access keys per user.
pub(crate) const KEYS_PER_USER: usize = 2;
/// SSH public keys per user.
pub(crate) const SSH_KEYS_PER_USER: usize = 5;
/// Signing certificates per user.
pub(crate) const CERTIFICATES_PER_USER: usize = 2;
/// Credentials of one service per user.
pub(crate) const SERVICE_CREDENTIALS_PER_USER: usize = 2;
/// MFA devices per user.
pub(crate) const MFA_PER_USER: usize = 8;
/// Letters of a password, where the account sets no policy.
pub(crate) const PASSWORD_LETTERS: usize = 8;
/// Groups per user.
pub(crate) const GROUPS_PER_USER: usize = 10;
/// Managed policies per user, group or role.
pub(crate) const POLICIES_PER_IDENTITY: usize = 10;
/// Tags per user or role.
pub(crate) const TAGS: usize = 50;
/// Users per account.
pub(crate) const USERS: usize = 5_000;
/// Groups per account.
pub(crate) const GROUPS: usize = 300;
/// Roles per account.
pub(crate) const ROLES: usize = 1_000;
/// Customer managed policies per account.
pub(crate) const POLICIES: usize = 1_500;
/// Characters without white space in all inline policies of a user.
pub(crate) const USER_INLINE: usize = 2_048;
/// … of a group.
pub(crate) const GROUP_INLINE: usize = 5_120;
/// … of a role.
pub(crate) const ROLE_INLINE: usize = 10_240;
/// Characters without white space in a managed policy.
pub(crate) const MANAGED_SIZE: usize = 6_144;

const NAME_SIGNS: &str = "+=,.@_-";

/// A name parameter that must be there: `UserName`, `GroupName` (128), `RoleName` (64),
/// `PolicyName` (128).
pub(crate) fn name<'a>(params: &'a Params, parameter: &str) -> Result<&'a str, Fault> {
    let text = params.need(parameter)?;
    check_name(params, text, parameter)?;
    Ok(text)
}

/// A name parameter that may be left out.
pub(crate) fn optional_name<'a>(
    params: &'a Params,
    parameter: &str,
) -> Result<Option<&'a str>, Fault> {
    params
        .get(parameter)
        .map(|text| check_name(params, text, parameter).map(|()| text))
        .transpose()
}

/// Where IAM makes a user a name has 64 characters; where it looks one up, up to 128, but for the
/// younger operations (IAM API Reference, `userNameType` and `existingUserNameType`).
fn longest_user_name(params: &Params) -> usize {
    match params.get("Action").unwrap_or_default() {
        "CreateUser" | "AttachUserPolicy" | "DetachUserPolicy" | "ListAttachedUserPolicies" => 64,
        action if action.contains("LoginProfile") || action.contains("SSHPublicKey") => 64,
        action if action.contains("ServiceSpecificCredential") => 64,
        _ => 128,
    }
}

fn check_name(params: &Params, text: &str, parameter: &str) -> Result<(), Fault> {
    let longest = match parameter {
        "UserName" => longest_user_name(params),
        "NewUserName" | "RoleName" => 64,
        _ => 128,
    };
    length(text, &field_name(parameter), 1, longest)?;
    if text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || NAME_SIGNS.as_bytes().contains(&b))
    {
        return Ok(());
    }
    Err(Fault::validation(format!(
        "The specified value for {} is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_-",
        field_name(parameter)
    )))
}

/// The length of a parameter in characters.
pub(crate) fn length(text: &str, field: &str, low: usize, high: usize) -> Result<(), Fault> {
    let count = text.chars().count();
    if count < low {
        let rule = format!("Member must have length greater than or equal to {low}");
        return Err(Fault::constraint(text, field, rule));
    }
    if count > high {
        let rule = format!("Member must have length less than or equal to {high}");
        return Err(Fault::constraint(text, field, rule));
    }
    Ok(())
}

/// A path parameter: begins and ends with `/`, at most 512 of U+0021…U+007F.
pub(crate) fn path<'a>(params: &'a Params, parameter: &str) -> Result<&'a str, Fault> {
    let Some(text) = params.get(parameter) else {
        return Ok("/");
    };
    length(text, &field_name(parameter), 1, 512)?;
    let ends = text == "/" || (text.len() >= 2 && text.starts_with('/') && text.ends_with('/'));
    if ends && text.bytes().all(|b| (0x21..=0x7f).contains(&b)) {
        return Ok(text);
    }
    Err(Fault::validation(format!(
        "The specified value for {} is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
        field_name(parameter)
    )))
}

/// A path prefix: begins with `/`, need not end with it.
pub(crate) fn path_prefix(params: &Params) -> Result<&str, Fault> {
    let Some(text) = params.get("PathPrefix") else {
        return Ok("/");
    };
    length(text, "pathPrefix", 1, 512)?;
    if text.starts_with('/') && text.bytes().all(|b| (0x21..=0x7f).contains(&b)) {
        return Ok(text);
    }
    Err(Fault::validation(
        "The specified value for pathPrefix is invalid. It must begin with / and contain only \
         alphanumeric characters and/or / characters.",
    ))
}

/// An access key id parameter.
pub(crate) fn key_id(params: &Params) -> Result<&str, Fault> {
    let text = params.need("AccessKeyId")?;
    length(text, "accessKeyId", 16, 128)?;
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(text);
    }
    let rule = r"Member must satisfy regular expression pattern: [\w]+";
    Err(Fault::constraint(text, "accessKeyId", rule))
}

/// The serial number of an MFA device: an ARN, or what is printed on a token.
pub(crate) fn serial_number(params: &Params) -> Result<&str, Fault> {
    let text = params.need("SerialNumber")?;
    length(text, "serialNumber", 9, 256)?;
    if text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_=/:,.@+-".contains(&b))
    {
        return Ok(text);
    }
    let rule = r"Member must satisfy regular expression pattern: [\w+=/:,.@-]+";
    Err(Fault::constraint(text, "serialNumber", rule))
}

/// The ARN of a managed policy.
pub(crate) fn policy_arn<'a>(text: &'a str, parameter: &str) -> Result<&'a str, Fault> {
    length(text, &field_name(parameter), 20, 2_048)?;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let well_formed = matches!(
        parts.as_slice(),
        ["arn", PARTITION, "iam", "", ACCOUNT_ID | "aws", resource]
            if resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty())
    );
    // An ARN of another account is well formed too, and names nothing here.
    let elsewhere = matches!(
        parts.as_slice(),
        ["arn", _, "iam", "", account, resource]
            if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
                && resource.starts_with("policy/")
    );
    if well_formed || elsewhere {
        return Ok(text);
    }
    Err(Fault::invalid_input(format!("ARN {text} is not valid.")))
}

/// `Tags.member.N.Key` and `.Value`, checked; later tags are told from earlier ones without case.
pub(crate) fn tags(params: &Params) -> Result<Vec<(String, String)>, Fault> {
    let keys = params.members("Tags", ".Key");
    if keys.len() > TAGS {
        return Err(Fault::validation(format!(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member \
             must have length less than or equal to {TAGS}"
        )));
    }
    let mut found: Vec<(String, String)> = Vec::with_capacity(keys.len());
    for (index, key) in keys.into_iter().enumerate() {
        let place = format!("tags.{}.member", index + 1);
        let value = params.get(&format!("Tags.member.{}.Value", index + 1));
        let value = value.ok_or_else(|| Fault::missing(&format!("{place}.value")))?;
        length(key, &format!("{place}.key"), 1, 128)?;
        length(value, &format!("{place}.value"), 0, 256)?;
        if !tag_letters(key) || !tag_letters(value) {
            let rule =
                r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
            let (text, field) = if tag_letters(key) {
                (value, "value")
            } else {
                (key, "key")
            };
            return Err(Fault::constraint(text, &format!("{place}.{field}"), rule));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(Fault::invalid_input(
                "Invalid tag key. System tags, which have the prefix aws:, cannot be changed.",
            ));
        }
        if found
            .iter()
            .any(|(seen, _)| seen.to_lowercase() == key.to_lowercase())
        {
            return Err(Fault::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        found.push((key.to_owned(), value.to_owned()));
    }
    Ok(found)
}

fn tag_letters(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
    })
}

/// Adds tags to those of an identity; a key that is there in any case gets the new value.
pub(crate) fn merge_tags(
    have: &mut Vec<(String, String)>,
    new: Vec<(String, String)>,
) -> Result<(), Fault> {
    let mut merged = have.clone();
    for (key, value) in new {
        match merged
            .iter_mut()
            .find(|(seen, _)| seen.to_lowercase() == key.to_lowercase())
        {
            Some(slot) => *slot = (key, value),
            None => merged.push((key, value)),
        }
    }
    if merged.len() > TAGS {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for TagsPerUser: {TAGS}"
        )));
    }
    *have = merged;
    Ok(())
}

/// Characters of a policy document that count against a quota: white space between tokens does
/// not, white space inside strings does.
pub(crate) fn counted_size(document: &str) -> usize {
    let (mut size, mut in_string, mut escaped) = (0, false, false);
    for letter in document.chars() {
        if in_string {
            size += 1;
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
        } else if !letter.is_ascii_whitespace() {
            size += 1;
            in_string = letter == '"';
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_only_inside_strings() {
        for (document, size) in [
            ("{ }", 2),
            ("{\n\t\"a\" : 1\r}", 7),
            (r#"{"a b":"c  d"}"#, 14),
            (r#"{"a\" ":1}"#, 10),
            ("\"é ü\"", 5),
        ] {
            assert_eq!(counted_size(document), size, "{document}");
        }
    }

    #[test]
    fn policy_arns_are_told_from_other_text() {
        for (arn, good) in [
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws:iam::000000000000:policy/a/b/c", true),
            ("arn:aws:iam::123456789012:policy/theirs", true),
            ("arn:aws:iam::000000000000:role/not-a-policy", false),
            ("arn:aws:iam:us-east-1:aws:policy/ReadOnlyAccess", false),
            ("arn:aws:iam::aws:policy/", false),
            ("policy/ReadOnlyAccess-without-arn", false),
        ] {
            assert_eq!(policy_arn(arn, "PolicyArn").is_ok(), good, "{arn}");
        }
    }
}
