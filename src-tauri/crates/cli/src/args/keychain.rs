//! The grammar of `leasehold keychain`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum KeychainVerb {
    /// Show where keys are kept, whether that can be read, and which keys are there
    ///
    /// Exit code 6 when the keychain cannot be read, or a key that a connection needs is not in it.
    #[command(after_help = "Examples:\n  leasehold keychain status")]
    Status,
    /// Write the keys of this home to an encrypted file, to move them to another keychain
    ///
    /// Exit code 7 when a key is missing in the keychain: the others are in the file.
    #[command(after_help = "Examples:\n  leasehold keychain export keys.enc")]
    Export {
        /// The file; it must not exist
        file: PathBuf,
        #[command(flatten)]
        passphrase: FilePassphrase,
    },
    /// Read the keys of this home from such a file into the keychain
    ///
    /// A key that the keychain has already and the file has differently is refused before anything is
    /// changed. Exit code 7 when a key is neither in the file nor in the keychain.
    #[command(after_help = "Examples:\n  leasehold keychain import keys.enc --keychain file")]
    Import {
        /// A file that `keychain export` wrote, or a copy of a home's `keychain.enc`
        file: PathBuf,
        /// Put the file's keys in the place of others that the keychain has
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        passphrase: FilePassphrase,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub struct FilePassphrase {
    /// Descriptor with the file's passphrase; or set LEASEHOLD_EXPORT_PASSPHRASE. Without either it is
    /// the keychain's, where that was given without a prompt, or asked for
    #[arg(long, value_name = "N")]
    #[arg(env = "LEASEHOLD_EXPORT_PASSPHRASE_FD", hide_env_values = true)]
    pub export_passphrase_fd: Option<u32>,
}
