//! Bounds of an auth method: which identities, checked one by one.

use leasehold_domain::{AccountId, ArnPattern, Problem, clip, is_glob};

use crate::hosts::Hosts;
use crate::identity::is_unique_id;

/// Which identities may log in. Entries of one list are alternatives; every list that is not empty
/// must be met. The role lists bind only roles and the user lists only users: with lists of both
/// kinds, either kind comes in, each by its own lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Accounts; never empty.
    pub accounts: Vec<AccountId>,
    /// ARNs with wildcards.
    pub arns: Vec<ArnPattern>,
    /// Names of roles.
    pub role_names: Vec<String>,
    /// `AROA…`
    pub role_ids: Vec<String>,
    /// Names of sessions of roles.
    pub resource_ids: Vec<String>,
    /// Names of IAM users.
    pub user_names: Vec<String>,
    /// `AIDA…`
    pub user_ids: Vec<String>,
    /// Regions in which the identity may be proved, with wildcards.
    pub sts_regions: Vec<String>,
}

/// A name of a role, a user or a session, taken whole: IAM's names may have commas.
pub(super) fn name(field: &str, what: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    let shown = clip(text, 80);
    let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
    if text.starts_with("arn:") {
        let name = text.rsplit(['/', ':']).next().unwrap_or_default();
        return refuse(
            format!("`{shown}` is an ARN; {what} is given by its name."),
            format!(
                "Write {}, or put the ARN into the bound ARNs.",
                clip(name, 64)
            ),
        );
    }
    if is_glob(text) {
        return refuse(
            format!("`{shown}` has wildcards; {what} is given in full."),
            "Put a pattern into the bound ARNs, for example \
             arn:aws:sts::123456789012:assumed-role/dev-*/*."
                .into(),
        );
    }
    if text.contains('/') {
        let name = text.rsplit('/').next().unwrap_or_default();
        return refuse(
            format!("`{shown}` has a path; {what} is given by its name alone."),
            format!("Write {}.", clip(name, 64)),
        );
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    if text.is_empty() || text.len() > most || !text.bytes().all(plain) {
        return refuse(
            format!(
                "`{shown}` is not {what}: that has 1 to {most} letters, digits and + = , . @ _ -."
            ),
            "Write the name as the IAM console shows it, one in each entry.".into(),
        );
    }
    Ok(text.to_owned())
}

/// A unique id of a role or a user.
pub(super) fn unique_id(
    field: &str,
    prefix: &str,
    what: &str,
    text: &str,
) -> Result<String, Problem> {
    let text = text.trim();
    if is_unique_id(text, prefix) {
        return Ok(text.to_owned());
    }
    let other = match text.get(..4) {
        Some("AROA") => " This is the id of a role.",
        Some("AIDA") => " This is the id of a user.",
        Some("AKIA" | "ASIA") => " This is an access key id.",
        _ => "",
    };
    Err(Problem::refused_input(
        field,
        format!(
            "`{}` is not the unique id of {what}: that is {prefix} and capital letters and digits.{other}",
            clip(text, 40)
        ),
        format!(
            "Copy it from `aws iam get-{} --query {}Id`.",
            if prefix == "AROA" { "role" } else { "user" },
            if prefix == "AROA" {
                "Role.Role"
            } else {
                "User.User"
            }
        ),
    ))
}

/// A region, or a pattern that some region matches.
pub(super) fn region(field: &str, hosts: &Hosts, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-*?".contains(&b);
    let is_known = text.bytes().all(plain)
        && hosts
            .iter()
            .any(|host| leasehold_domain::glob(text, &host.region));
    if is_known {
        return Ok(text.to_owned());
    }
    let mut regions: Vec<&str> = hosts.iter().map(|host| host.region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    let fix = leasehold_domain::nearest(text, &regions).map_or_else(
        || "Write a region, or a pattern such as us-east-? or eu-*.".to_owned(),
        |region| format!("Write {region}."),
    );
    Err(Problem::refused_input(
        field,
        format!("`{}` matches no region of AWS.", clip(text, 40)),
        fix,
    ))
}
