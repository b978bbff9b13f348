//! The grammar of `leasehold settings`.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;

/// The settings by their names, as `settings show` prints them.
pub const SETTINGS: [&str; 14] = [
    "theme",
    "notify-expiry",
    "lead-minutes",
    "notify-failures",
    "notify-access",
    "clipboard-seconds",
    "break-glass-folder",
    "reuse-share",
    "unload-after-minutes",
    "quiet-from",
    "quiet-until",
    "hide-names",
    "key-age-days",
    "console-browser",
];

/// Those of the gateway, which the window serves while `gateway` is on.
pub const GATEWAY: [&str; 7] = [
    "gateway",
    "gateway-listen",
    "gateway-socket",
    "gateway-tls",
    "gateway-tls-cert",
    "gateway-tls-key",
    "gateway-names",
];

/// All of them.
fn names() -> impl Iterator<Item = &'static str> {
    SETTINGS.into_iter().chain(GATEWAY)
}

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
                            leasehold settings set notify-expiry off\n  \
                            leasehold settings set gateway on"
    )]
    Set {
        /// Which one
        #[arg(value_parser = PossibleValuesParser::new(names()))]
        name: String,
        /// What it is from now on: on or off, a number, numbers or addresses divided by commas, a word, a
        /// path; of gateway-socket: usual, a path, or nothing for none; of gateway-tls: none, own, files
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}
