//! What a person must be asked in the middle of work.

use leasehold_domain::Problem;

/// Asks the person in front of a shell. An engine that is opened for a machine has none: what needs
/// a person then fails with [`leasehold_domain::Code::LoginNeeded`].
pub trait AskCode: std::fmt::Debug + Send + Sync {
    /// The code that the MFA device of this serial number shows now, to open a session of this
    /// connection; nothing where the person gives up.
    ///
    /// # Errors
    /// They cannot be asked.
    fn code(&self, connection: &str, mfa_serial: &str) -> Result<Option<String>, Problem>;
}
