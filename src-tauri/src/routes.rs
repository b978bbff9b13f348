//! The places in the pages that the tray and the notifications send the window to.

/// All leases.
pub(crate) fn leases() -> String {
    "/leases".into()
}

/// All leases, with the question whether to revoke every one.
pub(crate) fn revoke_all() -> String {
    "/revoke-all".into()
}

/// The dynamic secrets.
pub(crate) fn overview() -> String {
    "/".into()
}

/// One lease, with the question whether to revoke it.
pub(crate) fn revoke(lease_id: &str) -> String {
    format!("/revoke/{lease_id}")
}

/// Who asks to be let in.
pub(crate) fn approvals() -> String {
    "/access/approvals".into()
}

/// One who asks, or who came.
pub(crate) fn approval(id: &str) -> String {
    format!("/access/approvals/{id}")
}

/// One auth method.
pub(crate) fn auth_method(access_id: &str) -> String {
    format!("/access/methods/{access_id}")
}

/// The gateway.
pub(crate) fn gateway() -> String {
    "/access/gateway".into()
}

/// How AWS accounts are reached.
pub(crate) fn connections() -> String {
    "/connections".into()
}

/// Whatever is shown, with the question what becomes of the leases.
pub(crate) fn quit() -> String {
    "/quit".into()
}

/// One lease.
pub(crate) fn lease(id: &str) -> String {
    format!("/leases/{id}")
}
