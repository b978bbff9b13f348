//! The grammar of what surrounds the work: the status and the service, completions, man pages.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leasehold status\n  leasehold status --service > \
                        ~/.config/systemd/user/leasehold.service"
)]
pub struct StatusArgs {
    /// Print a file instead that keeps `leasehold lease watch` running in the background, for this
    /// home and keychain: a systemd user unit, or a launchd property list [default: this system's]
    #[arg(long, value_name = "KIND", value_enum, num_args = 0..=1, require_equals = true)]
    pub service: Option<Option<ServiceArg>>,
}

/// What starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceArg {
    /// A unit for ~/.config/systemd/user
    Systemd,
    /// A property list for ~/Library/LaunchAgents
    Launchd,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  source <(leasehold completions bash)\n  \
                        leasehold completions fish > ~/.config/fish/completions/leasehold.fish")]
pub struct CompletionsArgs {
    /// The shell to print it for
    pub shell: ShellArg,
}

/// The shells there are completions for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellArg {
    /// ~/.bashrc: source <(leasehold completions bash)
    Bash,
    /// ~/.config/fish/config.fish: leasehold completions fish | source
    Fish,
    /// ~/.zshrc, after compinit: source <(leasehold completions zsh)
    Zsh,
    /// $PROFILE: leasehold completions powershell | Out-String | Invoke-Expression
    Powershell,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  leasehold man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder to write them into; made when it is missing
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
