//! What an owner is told at once in a shell: who asks to log in, who came first, which methods end.

use leasehold_access::desk::view::AccessNews;

/// The sentence, and what to do. Nothing for what only takes a question back.
pub fn said(news: &AccessNews) -> Option<String> {
    let by = |host: &Option<String>| match host {
        Some(host) => format!(" ({host} says so, not AWS)"),
        None => String::new(),
    };
    Some(match news {
        AccessNews::Asked { approval } => format!(
            "{}{} asks to log in by {}: `leasehold approval allow {}`, with --always, or `deny`.",
            approval.arn,
            by(&approval.asserted_by),
            approval.auth_method,
            approval.id
        ),
        AccessNews::FirstSeen { approval } => format!(
            "{}{} logged in by {} for the first time.",
            approval.arn,
            by(&approval.asserted_by),
            approval.auth_method
        ),
        AccessNews::MethodExpires { notice } => notice.text.clone(),
        AccessNews::Answered { .. } => return None,
    })
}
