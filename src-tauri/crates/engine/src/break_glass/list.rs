//! The list of a kit: the same leases for a person, as Markdown, and how to end one by hand.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use leasehold_domain::guard;

use super::{Account, Kit, OpenLease, counted, utc};

/// The whole document.
pub(super) fn of(kit: &Kit, now: DateTime<Utc>) -> String {
    let mut text = head(kit, now);
    for account in &kit.accounts {
        text += &section(account);
    }
    if !kit.accounts.is_empty() {
        text += &by_hand(kit);
    }
    text
}

fn head(kit: &Kit, now: DateTime<Utc>) -> String {
    let mut text = format!(
        "# Leasehold: {}\n\nMade {} by installation `{}`. No secret is in this file. Leases \
         that were made later are not in it.\n\n",
        counted(kit.leases() as usize, "open lease"),
        utc(now),
        kit.installation
    );
    if kit.accounts.is_empty() {
        text += "There was no open lease: nothing is to be ended.\n";
    } else {
        text += "**To end them all:** with the AWS CLI version 2 and an administrator's credentials \
                 for the account, run `sh leasehold-break-glass.sh --dry-run`, then the same without \
                 `--dry-run`, once for each account below. To end one by hand, see the end of this \
                 page.\n";
    }
    if let Some(at) = kit.all_denied_from() {
        let _ = write!(
            text,
            "\n**When nobody does anything:** AWS denies the last of these keys from {} on; each \
             one's moment stands below.\n",
            utc(at)
        );
    }
    if kit.practice > 0 {
        let _ = write!(
            text,
            "\nLeft out: {} of the practice account, which is not in AWS.\n",
            counted(kit.practice as usize, "lease")
        );
    }
    text
}

fn section(account: &Account) -> String {
    let connections = account.connections.iter().map(|name| cell(name));
    let mut text = format!(
        "\n## Account {}: {}\n\nConnection: {}.",
        account.id,
        counted(account.count(), "lease"),
        connections.collect::<Vec<_>>().join(", ")
    );
    for endpoint in &account.endpoints {
        let _ = write!(text, " Endpoint: {}.", code(endpoint));
    }
    text += "\n";
    for lease in &account.leases {
        text += &block(account, lease);
    }
    for session in &account.sessions {
        text += &session.block();
    }
    text
}

fn block(account: &Account, lease: &OpenLease) -> String {
    let known =
        |text: &Option<String>| text.as_deref().map_or_else(|| "not known".to_owned(), code);
    let mut rows = vec![
        ("dynamic secret", cell(&lease.place)),
        ("state", lease.standing().to_owned()),
        ("ends by itself", lease.by_itself()),
        ("access key id", known(&lease.access_key_id)),
        ("user ARN", code(&lease.user_arn)),
        ("UserId", known(&lease.user_id)),
        ("made", utc(lease.made_at)),
    ];
    if let Some(label) = &lease.label {
        rows.insert(1, ("label", cell(label)));
    }
    if let Some(console) = console(account, lease) {
        rows.push(("console", console));
    }
    let rows = rows
        .iter()
        .map(|(name, value)| format!("| {name} | {value} |\n"));
    format!(
        "\n### {}\n\n| | |\n|---|---|\n{}",
        code(&lease.user_name),
        rows.collect::<String>()
    )
}

/// The user's page. An endpoint that is not AWS's own has none.
fn console(account: &Account, lease: &OpenLease) -> Option<String> {
    let host = match account.partition.as_str() {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    if !account.endpoints.is_empty() {
        return None;
    }
    let mut name = String::new();
    for byte in lease.user_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    Some(format!("<https://{host}/iam/home#/users/details/{name}>"))
}

fn by_hand(kit: &Kit) -> String {
    format!(
        "\n## By hand, in the AWS console\n\n\
         1. Sign in to the account that the lease stands under. Open **IAM**, **Users**, and search for \
         the user name.\n\
         2. Make sure that it is the same user: its ARN and the time of its creation are those of this \
         page. Where they are not, somebody else made it: leave it alone.\n\
         3. **Security credentials**, **Access keys**: deactivate each key, then delete it. Now access \
         has ended.\n\
         4. Where a key cannot be deleted: **Permissions**, **Add permissions**, **Create inline \
         policy**, **JSON**, with the name `{}` and this document. It denies the user everything:\n\n   \
         ```json\n   {}\n   ```\n\n\
         5. Back in **Users**, select the user, **Delete**, and type its name. The console takes away \
         its policies, groups and keys by itself.\n\
         6. Did the holder assume a role? **Roles**, that role, **Revoke sessions**. Sessions of roles \
         outlive the user that began them, until their own end.\n\n\
         Leasehold finds out by itself that the users are gone (`leasehold lease reconcile`).\n",
        guard::cut_name(&kit.installation),
        guard::cut_document()
    )
}

/// Text between the bars of a table, without a meaning in Markdown or HTML.
pub(super) fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text as code, also where backquotes are in it.
pub(super) fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match longest {
        0 => format!("`{text}`"),
        n => {
            let fence = "`".repeat(n + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_cannot_break_out_of_their_cell() {
        assert_eq!(cell("a|b <script> *x*\nz"), "a\\|b \\<script\\> \\*x\\* z");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("a|b"), "`a\\|b`");
    }
}
