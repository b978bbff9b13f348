//! What is valid about an auth method and may still surprise its owner.

use leasehold_domain::ArnPattern;

use super::AuthMethod;

/// Sentences to be shown when the method is saved, and beside it afterwards.
pub(crate) fn notices(method: &AuthMethod) -> Vec<String> {
    let bounds = &method.bounds;
    let mut notices: Vec<String> = bounds.arns.iter().filter_map(ArnPattern::notice).collect();
    notices.extend(method.endpoint.warning());
    if method.gateway_ips.reaches_this_computer() {
        notices.push(
            "Every process on this computer is trusted to say where a call came from: loopback or the \
             socket is among the trusted gateways."
                .into(),
        );
    }
    let names = [&bounds.role_names, &bounds.user_names, &bounds.resource_ids];
    for name in names
        .into_iter()
        .flatten()
        .filter(|name| name.contains(','))
    {
        notices.push(format!(
            "`{name}` is one name with a comma in it. If several are meant, give each as an entry."
        ));
    }
    if !bounds.resource_ids.is_empty() {
        notices.push(
            "Whoever may take a role chooses the session's name, so a resource id proves something only \
             where AWS chooses it, as for EC2."
                .into(),
        );
    }
    let is_open = bounds.arns.is_empty()
        && [
            &bounds.role_names,
            &bounds.role_ids,
            &bounds.resource_ids,
            &bounds.user_names,
            &bounds.user_ids,
        ]
        .into_iter()
        .all(Vec::is_empty);
    if is_open {
        notices.push(
            "Every user and every role of the bound accounts can log in; what they may do depends on \
             the access roles alone."
                .into(),
        );
    }
    notices
}
