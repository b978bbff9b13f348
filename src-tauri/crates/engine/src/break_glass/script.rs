//! The script of a kit: its data, quoted for a POSIX shell, and `end.sh`.

use chrono::{DateTime, Utc};
use leasehold_domain::guard;

use super::sessions::OpenSession;
use super::{Account, Kit, OpenLease, counted, utc};

/// What is done with the data; the same in every kit.
const END: &str = include_str!("end.sh");

/// The whole script.
pub(super) fn of(kit: &Kit, now: DateTime<Utc>) -> String {
    [head(kit, now), data(kit, now), END.to_owned()].join("\n")
}

/// Says to whoever opens the file what it is.
fn head(kit: &Kit, now: DateTime<Utc>) -> String {
    let total = kit.accounts.iter().map(Account::count);
    let total = counted(total.sum(), "lease");
    let mut lines = vec![
        format!("Leasehold break-glass kit: ends {total} from any machine with the AWS CLI 2."),
        String::new(),
        "    sh leasehold-break-glass.sh --dry-run    says what it would do".to_owned(),
        "    sh leasehold-break-glass.sh              does it, after asking".to_owned(),
        "    sh leasehold-break-glass.sh --help".to_owned(),
        String::new(),
        format!(
            "Made {} by Leasehold {}, installation {}.",
            utc(now),
            env!("CARGO_PKG_VERSION"),
            kit.installation
        ),
    ];
    for account in &kit.accounts {
        lines.push(format!(
            "Account {} ({}): {}.",
            account.id,
            account.connections.join(", "),
            counted(account.count(), "lease")
        ));
        for endpoint in &account.endpoints {
            lines.push(format!("    made over the endpoint {endpoint}"));
        }
    }
    if let Some(at) = kit.all_denied_from() {
        lines.push(format!(
            "Without anybody's doing AWS denies the last of them from {} on.",
            utc(at)
        ));
    }
    lines.push("Leases that were made later are not in it. No secret is in it.".to_owned());
    if kit.practice > 0 {
        lines.push(format!(
            "Left out: {} of the practice account, which is not in AWS.",
            counted(kit.practice as usize, "lease")
        ));
    }
    let comment = |line: &String| match line.is_empty() {
        true => "#\n".to_owned(),
        false => format!("# {}\n", commented(line)),
    };
    let comments: String = lines.iter().map(comment).collect();
    format!(
        "#!/bin/sh\n#\n{comments}\n# Where all leases are of one kind, what ends the others is never called.\n\
         # shellcheck disable=SC2317\nset -u\numask 077\n"
    )
}

fn data(kit: &Kit, now: DateTime<Utc>) -> String {
    let rule = "-".repeat(78);
    let title = format!(
        "Leasehold break-glass kit of {}: {}",
        utc(now),
        counted(kit.leases() as usize, "lease")
    );
    let ids: Vec<_> = kit.accounts.iter().map(|one| one.id.as_str()).collect();
    let facts = [
        ("title", title),
        ("accounts", ids.join(" ")),
        ("regions", regions(kit)),
        ("cut_name", guard::cut_name(&kit.installation)),
        ("cut_document", guard::cut_document()),
    ];
    let facts = facts.map(|(name, value)| format!("{name}={}\n", quoted(&value)));
    let cases: String = kit.accounts.iter().map(case).collect();
    format!(
        "# {rule}\n# The leases: user name, UserId, ARN, dynamic secret; of a session its name, what denies \
         everything\n# to it (role, policy, document), dynamic secret, end.\n\n{}\nleases_of() {{ # account\n    \
         case $1 in\n{cases}    esac\n}}\n",
        facts.concat()
    )
}

/// Where to ask who one is, for who has configured no region: one of each partition in the kit.
fn regions(kit: &Kit) -> String {
    let mut regions: Vec<&str> = Vec::new();
    for account in &kit.accounts {
        let region = match account.partition.as_str() {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            "aws-iso" => "us-iso-east-1",
            "aws-iso-b" => "us-isob-east-1",
            _ => "us-east-1",
        };
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    regions.join(" ")
}

fn case(account: &Account) -> String {
    let leases: String = account.leases.iter().map(call).collect();
    let sessions: String = account.sessions.iter().map(OpenSession::call).collect();
    format!(
        "    {})\n{leases}{sessions}        ;;\n",
        quoted(&account.id)
    )
}

fn call(lease: &OpenLease) -> String {
    let words = [
        lease.user_name.as_str(),
        lease.user_id.as_deref().unwrap_or_default(),
        &lease.user_arn,
        &lease.place,
    ];
    let words = words.map(quoted).join(" ");
    let key = lease.access_key_id.as_deref().unwrap_or("no key known");
    let note = format!(
        "{key}, {}, ends by itself: {}",
        lease.standing(),
        lease.by_itself()
    );
    format!("        # {}\n        lease {words}\n", commented(&note))
}

/// The text as one word of a POSIX shell, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

/// The text as a part of one line.
pub(super) fn commented(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '?' } else { c };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_quotes_or_its_comment() {
        assert_eq!(quoted("a'; rm -rf ~; '"), r"'a'\''; rm -rf ~; '\'''");
        assert_eq!(quoted("$(id)`id`\\\"!*"), "'$(id)`id`\\\"!*'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\0b"), "'ab'");
        assert_eq!(commented("prod\nrm -rf ~\r\u{1b}"), "prod?rm -rf ~??");
    }
}
