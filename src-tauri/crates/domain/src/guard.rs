//! What Leasehold itself puts on a leased user, byte for byte, and what it costs.

use crate::policy::PolicyDocument;
use crate::{AccountId, IamPath, InstallationId, Moment, Partition};

/// What an inline policy found on a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardKind {
    /// Our self-protection.
    SelfProtection,
    /// Our dated guard, with its moment.
    Until(Moment),
    /// Our cut.
    Cut,
    /// An inline document of the recipe, counted from 1.
    Document(usize),
    /// A guard of another Leasehold.
    ForeignInstallation,
    /// Anything else.
    Foreign,
}

/// How much of IAM's room for a user's inline policies is spoken for, in characters without
/// insignificant white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The recipe's own documents.
    pub documents: u32,
    /// The most that is ever beside them: self-protection, two dated guards while renewing, the cut.
    pub guards: u32,
    /// 2048.
    pub limit: u32,
}

impl Budget {
    /// Documents and guards together.
    #[must_use]
    pub fn total(self) -> u32 {
        self.documents.saturating_add(self.guards)
    }

    /// True when AWS will take all of it at once.
    #[must_use]
    pub fn fits(self) -> bool {
        self.total() <= self.limit
    }

    /// What is left for documents beside the guards.
    #[must_use]
    pub fn room_for_documents(self) -> u32 {
        self.limit.saturating_sub(self.guards)
    }
}

/// Characters of all inline policies of one user ("IAM and AWS STS quotas").
pub const INLINE_LIMIT: u32 = 2048;

const SELF: &str = "leasehold-self-";
const UNTIL: &str = "leasehold-until-";
const CUT: &str = "leasehold-cut-";
const DOCUMENT: &str = "leasehold-doc-";

/// Name of the self-protection.
#[must_use]
pub fn self_name(installation: &InstallationId) -> String {
    format!("{SELF}{installation}")
}

/// Name of a dated guard.
#[must_use]
pub fn until_name(moment: Moment, installation: &InstallationId) -> String {
    format!("{UNTIL}{}-{installation}", moment.name())
}

/// Name of the cut.
#[must_use]
pub fn cut_name(installation: &InstallationId) -> String {
    format!("{CUT}{installation}")
}

/// Name of the recipe's `n`th inline document, counted from 1.
#[must_use]
pub fn doc_name(n: usize) -> String {
    format!("{DOCUMENT}{n}")
}

/// Denies the user everything that could change the user itself; reading stays possible.
#[must_use]
pub fn self_document(user_arn: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","NotAction":["iam:Get*","iam:List*"],"Resource":"{}"}}}}"#,
        json_escaped(&literal(user_arn))
    )
}

/// Denies everything after `moment`.
#[must_use]
pub fn until_document(moment: Moment) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"DateGreaterThan":{{"aws:CurrentTime":"{}"}}}}}}}}"#,
        moment.document()
    )
}

/// Denies everything now.
#[must_use]
pub fn cut_document() -> String {
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#
        .to_owned()
}

/// What an inline policy of this name is, seen from this installation.
#[must_use]
pub fn classify(policy_name: &str, installation: &InstallationId) -> GuardKind {
    if let Some(number) = policy_name.strip_prefix(DOCUMENT) {
        return match number.parse::<usize>() {
            Ok(n) if n > 0 && doc_name(n) == policy_name => GuardKind::Document(n),
            _ => GuardKind::Foreign,
        };
    }
    let (kind, owner) = if let Some(owner) = policy_name.strip_prefix(SELF) {
        (GuardKind::SelfProtection, owner)
    } else if let Some(owner) = policy_name.strip_prefix(CUT) {
        (GuardKind::Cut, owner)
    } else if let Some(rest) = policy_name.strip_prefix(UNTIL) {
        let Some((moment, owner)) = rest.split_once('-') else {
            return GuardKind::Foreign;
        };
        let Some(moment) = Moment::parse_name(moment) else {
            return GuardKind::Foreign;
        };
        (GuardKind::Until(moment), owner)
    } else {
        return GuardKind::Foreign;
    };
    match InstallationId::parse(owner) {
        Ok(owner) if owner == *installation => kind,
        Ok(_) => GuardKind::ForeignInstallation,
        Err(_) => GuardKind::Foreign,
    }
}

/// The installation that a guard of this name belongs to; `None` for anything but a guard.
#[must_use]
pub fn owner(policy_name: &str) -> Option<InstallationId> {
    let owner = match policy_name.strip_prefix(UNTIL) {
        Some(rest) => {
            let (moment, owner) = rest.split_once('-')?;
            Moment::parse_name(moment)?;
            owner
        }
        None => policy_name
            .strip_prefix(SELF)
            .or_else(|| policy_name.strip_prefix(CUT))?,
    };
    InstallationId::parse(owner).ok()
}

/// The budget of a user whose ARN costs `user_arn_len` characters, as [`arn_cost`] counts them.
#[must_use]
pub fn budget(documents: &[PolicyDocument], user_arn_len: usize) -> Budget {
    let documents = documents.iter().map(PolicyDocument::size).sum::<usize>();
    budget_of(documents, user_arn_len)
}

/// As [`budget`], from the characters of the documents.
#[must_use]
pub(crate) fn budget_of(documents: usize, user_arn_len: usize) -> Budget {
    let until = until_document(Moment::from(chrono::DateTime::UNIX_EPOCH)).len();
    let guards = self_document("").len() + user_arn_len + 2 * until + cut_document().len();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Budget {
        documents: count(documents),
        guards: count(guards),
        limit: INLINE_LIMIT,
    }
}

/// Characters that a user's ARN takes inside the self-protection, escapes included.
#[must_use]
pub fn arn_cost(user_arn: &str) -> usize {
    json_escaped(&literal(user_arn)).chars().count()
}

/// As [`arn_cost`], for the longest user name that a template makes.
#[must_use]
pub fn longest_arn_cost(
    partition: &Partition,
    account: &AccountId,
    path: &IamPath,
    longest_name: usize,
) -> usize {
    // No character of a user name is escaped.
    arn_cost(&crate::user_arn(partition, account, path, "")) + longest_name
}

/// The text for a `Resource` that matches exactly itself: `*`, `?` and `$`, which an IAM path may
/// hold, mean something in policies ("IAM policy elements: Variables and tags", special characters).
pub(crate) fn literal(arn: &str) -> String {
    let mut out = String::with_capacity(arn.len());
    for c in arn.chars() {
        match c {
            '*' | '?' | '$' => {
                out.push_str("${");
                out.push(c);
                out.push('}');
            }
            _ => out.push(c),
        }
    }
    out
}

/// The inside of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|q| q.strip_suffix('"'))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests;
