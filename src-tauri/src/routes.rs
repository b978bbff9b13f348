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

/// Whatever is shown, with the question what becomes of the leases.
pub(crate) fn quit() -> String {
    "/quit".into()
}

/// One lease.
pub(crate) fn lease(id: &str) -> String {
    format!("/leases/{id}")
}
