//! The places in the pages that the tray and the notifications send the window to.

/// All leases; revoking all of them is asked there.
pub(crate) fn leases() -> String {
    "/leases".into()
}

/// One lease.
pub(crate) fn lease(id: &str) -> String {
    format!("/leases/{id}")
}
