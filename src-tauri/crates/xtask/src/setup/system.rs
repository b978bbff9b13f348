//! System packages: installed where apt is, named elsewhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::Purpose;
use crate::step::{Steps, ask, openly};

const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
];
const TEST: &[&str] = &[
    // What the break-glass script is run by: AWS's own command line, version 2 from Debian 12 on.
    "awscli",
    BROWSER,
    "dbus",
    "faketime",
    "fonts-dejavu-core",
    "gnome-keyring",
    "libglib2.0-bin",
    "libsecret-tools",
    "openbox",
    "python3-venv",
    "shellcheck",
    "util-linux",
    "webkit2gtk-driver",
    "xclip",
    "xdotool",
    "xvfb",
];
const BROWSER: &str = "chromium";
/// What makes PNG from SVG, for `cargo xtask icons` only.
pub const ICONS: &[&str] = &["librsvg2-bin"];

/// The packages a purpose needs.
pub fn packages(purpose: Purpose) -> Vec<&'static str> {
    match purpose {
        Purpose::Build => BUILD.to_vec(),
        Purpose::Test => [BUILD, TEST].concat(),
    }
}

/// The kind of machine, as far as installing goes.
#[derive(Debug, PartialEq, Eq)]
enum Machine {
    Debian,
    OtherLinux(String),
    MacOs,
    Windows,
}

/// Installs what is missing, or says what to install where we cannot.
pub fn install(steps: &mut Steps, wanted: &[&str]) -> Result<()> {
    let machine = this_machine();
    if machine != Machine::Debian {
        steps.begin("System packages: please make sure that these are installed");
        println!("{}", advice(&machine, wanted));
        return Ok(());
    }
    let missing = missing(wanted);
    if missing.is_empty() {
        steps.up_to_date("System packages");
        return Ok(());
    }
    let began = steps.begin(&format!(
        "System packages: installing {}",
        missing.join(" ")
    ));
    if !has_package_lists() {
        steps.quietly("apt-update", apt(&["update"])?)?;
    }
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(&missing);
    if let Err(error) = steps.quietly("apt-install", apt(&arguments)?) {
        println!("      again, with fresh package lists ({error})");
        steps.quietly("apt-update", apt(&["update"])?)?;
        steps.quietly("apt-install", apt(&arguments)?)?;
    }
    steps.end(began);
    Ok(())
}

fn this_machine() -> Machine {
    if cfg!(target_os = "macos") {
        return Machine::MacOs;
    }
    if cfg!(windows) {
        return Machine::Windows;
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    linux(&release, Path::new("/usr/bin/apt-get").exists())
}

/// Which Linux this is, from os-release(5).
fn linux(release: &str, has_apt: bool) -> Machine {
    let value = |wanted: &str| {
        let line = release
            .lines()
            .find_map(|line| line.strip_prefix(wanted)?.strip_prefix('='));
        line.unwrap_or_default().trim().trim_matches(['"', '\''])
    };
    let family = [value("ID"), value("ID_LIKE")].join(" ");
    if has_apt
        && family
            .split_whitespace()
            .any(|id| id == "debian" || id == "ubuntu")
    {
        return Machine::Debian;
    }
    let name = [value("PRETTY_NAME"), value("ID"), "this Linux"];
    let name = name.into_iter().find(|name| !name.is_empty());
    Machine::OtherLinux(name.unwrap_or_default().to_owned())
}

fn missing<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    // It fails when one package is unknown, and still answers for the others.
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Abbrev}\n"])
        .args(wanted)
        .output();
    let answer = query.map(|output| output.stdout).unwrap_or_default();
    not_installed(wanted, &String::from_utf8_lossy(&answer))
}

/// Those of the wanted packages that dpkg-query did not report as installed.
fn not_installed<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let installed: BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| status.as_bytes().get(1) == Some(&b'i'))
        .map(|(package, _)| package)
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|package| !installed.contains(package))
        .collect()
}

fn has_package_lists() -> bool {
    let lists = std::fs::read_dir("/var/lib/apt/lists")
        .into_iter()
        .flatten()
        .flatten();
    lists
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

/// apt-get with these arguments, through sudo when we are not root.
fn apt(arguments: &[&str]) -> Result<Command> {
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    words.extend(["-o", "DPkg::Lock::Timeout=300"]);
    words.extend(arguments);
    let is_root = ask("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let (program, rest) = if is_root {
        (words[0], &words[1..])
    } else {
        // The password is asked for here, on the terminal, and not while the output goes to a log.
        let mut login = Command::new("sudo");
        login.arg("true");
        if let Err(error) = openly(login) {
            bail!(
                "system packages need root and {error:#}\nhint: run as root: {}",
                words.join(" ")
            );
        }
        ("sudo", &words[..])
    };
    let mut command = Command::new(program);
    command.args(rest);
    Ok(command)
}

/// What to install by hand, and how.
fn advice(machine: &Machine, wanted: &[&str]) -> String {
    let lines: &[&str] = match machine {
        Machine::Debian => &[],
        Machine::MacOs => &["Xcode's command line tools: xcode-select --install"],
        Machine::Windows => &[
            "Visual Studio's build tools with \"Desktop development with C++\"",
            "Microsoft Edge WebView2 (part of Windows 11)",
        ],
        Machine::OtherLinux(_) => &[
            "Fedora: sudo dnf install gcc pkgconf webkit2gtk4.1-devel libayatana-appindicator-gtk3-devel librsvg2-devel",
            "Arch:   sudo pacman -S --needed base-devel webkit2gtk-4.1 libayatana-appindicator librsvg",
        ],
    };
    let mut text: Vec<String> = lines.iter().map(|line| format!("      {line}")).collect();
    if let Machine::OtherLinux(name) = machine {
        text.insert(
            0,
            format!(
                "      {name} is not Debian or Ubuntu; there it would be: {}",
                wanted.join(" ")
            ),
        );
    }
    if wanted.contains(&"xvfb") && matches!(machine, Machine::MacOs | Machine::Windows) {
        text.push(
            "      The whole-system tests need Linux; leave them out with --skip system".to_owned(),
        );
    }
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Machine, advice, linux, not_installed};

    #[test]
    fn debian_and_what_comes_from_it_is_recognised() {
        let debian =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        let pop = "ID='pop'\nID_LIKE='ubuntu debian'\n";
        for release in [debian, mint, pop, "ID=ubuntu"] {
            assert_eq!(linux(release, true), Machine::Debian, "{release}");
        }
    }

    #[test]
    fn other_systems_are_named_and_told_what_to_install() {
        let fedora = linux("ID=fedora\nPRETTY_NAME=\"Fedora Linux 43\"\n", false);
        assert_eq!(fedora, Machine::OtherLinux("Fedora Linux 43".to_owned()));
        assert_eq!(
            linux("", false),
            Machine::OtherLinux("this Linux".to_owned())
        );
        assert_eq!(
            linux("ID=debian", false),
            Machine::OtherLinux("debian".to_owned())
        );
        assert_eq!(
            linux("ID=notdebian\nID_LIKE=rhel", true),
            Machine::OtherLinux("notdebian".to_owned())
        );
        assert!(advice(&fedora, &["xvfb"]).contains("dnf install"));
        assert!(advice(&Machine::MacOs, &["xvfb"]).contains("--skip system"));
        assert!(advice(&Machine::Windows, &[]).contains("WebView2"));
    }

    #[test]
    fn only_packages_that_are_unpacked_and_configured_count_as_installed() {
        let wanted = ["xvfb", "dbus-daemon", "faketime", "chromium", "held"];
        let answer = "xvfb ii \ndbus-daemon rc \nfaketime un \nheld hi \n";
        assert_eq!(
            not_installed(&wanted, answer),
            ["dbus-daemon", "faketime", "chromium"]
        );
        assert_eq!(not_installed(&[], ""), Vec::<&str>::new());
    }
}
