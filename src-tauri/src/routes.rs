//! The places in the pages that the tray and the notifications send the window to.

/// All leases.
pub(crate) fn leases() -> String {
    "/leases".into()
}

/// All leases, with the question whether to revoke every one.
pub(crate) fn revoke_all() -> String {
    "/revoke-all".into()
}

/// One lease.
pub(crate) fn lease(id: &str) -> String {
    format!("/leases/{id}")
}
