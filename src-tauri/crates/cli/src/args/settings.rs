//! The grammar of `leasehold settings`.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;

/// The settings by their names, as `settings show` prints them.
pub const SETTINGS: [&str; 11] = [
    "theme",
    "notify-expiry",
    "lead-minutes",
    "notify-failures",
    "clipboard-seconds",
    "break-glass-folder",
    "reuse-share",
    "unload-after-minutes",
    "quiet-from",
    "quiet-until",
    "hide-names",
];

#[derive(Debug, Subcommand)]
pub enum SettingsVerb {
    /// Show what is chosen
    #[command(after_help = "Examples:\n  leasehold settings show")]
    Show,
    /// Choose something else
    ///
    /// The window follows at once.
    #[command(
        after_help = "Examples:\n  leasehold settings set lead-minutes 5,15\n  \
                            leasehold settings set notify-expiry off"
    )]
    Set {
        /// Which one
        #[arg(value_parser = PossibleValuesParser::new(SETTINGS))]
        name: String,
        /// What it is from now on: on or off, a number, numbers divided by commas, a word, a folder
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}
