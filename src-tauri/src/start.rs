//! What the command line and the environment say, before anything is opened. The terminal command
//! reads the same, so that both stand on the same state.

use std::ffi::OsString;
use std::path::PathBuf;

use leasehold_domain::{Code, Problem};
use leasehold_engine::{
    Options, close_descriptor, default_home, keychain_choice, passphrase_from_descriptor,
};
use secrecy::SecretString;

/// Text of `--help`.
pub(crate) const HELP: &str = "\
Leasehold: AWS credentials that end by themselves.

Usage: leasehold-desktop [--home DIR] [--hidden]

Options:
  --home DIR     Where state lives [env: LEASEHOLD_HOME]
  --hidden       Start in the tray, without a window
  -h, --help     Print help
  -V, --version  Print version

Environment:
  LEASEHOLD_KEYCHAIN       os (default) or file: where managing keys are kept
  LEASEHOLD_PASSPHRASE     opens the encrypted file of LEASEHOLD_KEYCHAIN=file
  LEASEHOLD_PASSPHRASE_FD  or the number of a descriptor that holds the passphrase
  LEASEHOLD_LOG            what is logged to standard error, e.g. info [default: warn]
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The window, on this home if one is named.
    Window {
        home: Option<PathBuf>,
        /// In the tray, where somebody shows one.
        hidden: bool,
    },
    /// The help text.
    Help,
    /// The version.
    Version,
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// One is unknown or incomplete; the text says which.
pub(crate) fn arguments(given: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let (mut home, mut hidden) = (None, false);
    let mut given = given.into_iter();
    while let Some(argument) = given.next() {
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(Asked::Help),
            Some("-V" | "--version") => return Ok(Asked::Version),
            Some("--hidden") => hidden = true,
            Some("--home") => {
                let folder = given.next().filter(|folder| !folder.is_empty());
                home = Some(PathBuf::from(folder.ok_or("`--home` needs a folder.")?));
            }
            Some(other) => match other.strip_prefix("--home=") {
                Some(folder) if !folder.is_empty() => home = Some(PathBuf::from(folder)),
                Some(_) => return Err("`--home` needs a folder.".into()),
                None => return Err(format!("There is no option `{other}`; see `--help`.")),
            },
            None => return Err("An option is not readable text; see `--help`.".into()),
        }
    }
    Ok(Asked::Window { home, hidden })
}

/// The home that this start names, by the option or the environment.
pub(crate) fn named_home(
    home: Option<PathBuf>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    home.or_else(|| {
        environment("LEASEHOLD_HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
    })
}

/// How the engine is to be opened.
///
/// # Errors
/// There is no folder to keep state in, or the keychain that was chosen cannot be used as chosen.
pub(crate) fn options(
    home: Option<PathBuf>,
    inherited: &Inherited,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Options, Problem> {
    let home = named_home(home, &environment)
        .or_else(default_home)
        .ok_or_else(|| {
            Problem::new(
                Code::StoreFailed,
                "This system names no folder for application data.",
            )
            .with_hint("Name one with `--home` or LEASEHOLD_HOME.")
        })?;
    let kind = environment("LEASEHOLD_KEYCHAIN").filter(|kind| !kind.is_empty());
    let kind = kind.map_or_else(|| "os".into(), |kind| kind.to_string_lossy().into_owned());
    let keychain = keychain_choice(&kind, &home, || passphrase(inherited, environment))?;
    Ok(Options {
        sign_in: leasehold_engine::sign_in(),
        ..Options::new(home, keychain, "window")
    })
}

/// The passphrase of a descriptor. It can be read once, and the home is opened again after a failure.
pub(crate) type Inherited = Option<Result<SecretString, Problem>>;

/// Reads the descriptor that the environment names, and closes it. To be called before anything is
/// opened, which could get its number.
pub(crate) fn inherited(environment: impl Fn(&str) -> Option<OsString>) -> Inherited {
    let number = environment("LEASEHOLD_PASSPHRASE_FD").filter(|number| !number.is_empty())?;
    let Some(number) = number.to_str().and_then(|number| number.parse().ok()) else {
        return Some(Err(Problem::new(
            Code::KeychainLocked,
            "LEASEHOLD_PASSPHRASE_FD is not the number of a descriptor.",
        )
        .with_hint("Name one that Leasehold inherits, such as 3.")));
    };
    if environment("LEASEHOLD_KEYCHAIN").is_some_and(|kind| kind == "file") {
        return Some(passphrase_from_descriptor(number));
    }
    close_descriptor(number);
    None
}

/// A window has no prompt before it is open, so the passphrase comes from a descriptor or the
/// environment.
fn passphrase(
    inherited: &Inherited,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<SecretString, Problem> {
    if let Some(read) = inherited {
        return read.clone();
    }
    environment("LEASEHOLD_PASSPHRASE")
        .and_then(|text| text.into_string().ok())
        .filter(|text| !text.is_empty())
        .map(SecretString::from)
        .ok_or_else(|| {
            Problem::new(
                Code::KeychainLocked,
                "The keychain file needs a passphrase.",
            )
            .with_hint("Start Leasehold with LEASEHOLD_PASSPHRASE or LEASEHOLD_PASSPHRASE_FD set.")
        })
}

/// Whether this process may be a second one on the same desktop; only tests ask for it.
pub(crate) fn several_allowed() -> bool {
    cfg!(debug_assertions) && std::env::var_os("LEASEHOLD_TEST_SEVERAL").is_some()
}

/// How soon a hidden window is given up, where a test cannot wait for minutes.
pub(crate) fn unload_seconds() -> Option<u64> {
    let seconds = std::env::var("LEASEHOLD_TEST_UNLOAD_SECONDS").ok();
    seconds
        .filter(|_| cfg!(debug_assertions))
        .and_then(|seconds| seconds.parse().ok())
}

/// Why no window can be opened here, where that is known beforehand.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) fn no_display() -> Option<&'static str> {
    let none = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    (none("DISPLAY") && none("WAYLAND_DISPLAY")).then_some(
        "no display: neither DISPLAY nor WAYLAND_DISPLAY is set. \
         hint: the command `leasehold` does everything without a window.",
    )
}

/// Other systems always have a display.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) fn no_display() -> Option<&'static str> {
    None
}

/// Variables by which a web view opens its pages to other programs, and what in their value does it. They
/// are obeyed also where a build has no developer tools.
const LOOKED_INTO: [(&str, &str); 4] = [
    ("WEBKIT_INSPECTOR_SERVER", ""),
    ("WEBKIT_INSPECTOR_HTTP_SERVER", ""),
    ("TAURI_WEBVIEW_AUTOMATION", "true"),
    ("WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS", "remote-debugging"),
];

/// Why no window may be opened in this environment: whoever reaches the inspector's port, which any user of
/// the computer does, could read and press everything. Tests drive a debug build that way.
pub(crate) fn looked_into(
    is_shipped: bool,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Option<String> {
    let opens = |(name, what): &&(&str, &str)| {
        environment(name).is_some_and(|value| value.to_string_lossy().contains(what))
    };
    let (name, _) = LOOKED_INTO.iter().filter(|_| is_shipped).find(opens)?;
    Some(format!(
        "{name} is set, and would let other programs look into the window. \
         hint: unset it and start Leasehold again."
    ))
}

#[cfg(test)]
mod tests {
    use leasehold_engine::KeychainChoice;
    use secrecy::ExposeSecret;

    use super::*;

    fn asked(given: &[&str]) -> Result<Asked, String> {
        arguments(given.iter().map(OsString::from))
    }

    fn window(home: Option<PathBuf>) -> Asked {
        let hidden = false;
        Asked::Window { home, hidden }
    }

    #[test]
    fn the_home_is_named_by_the_option_in_both_spellings() {
        let home = Some(PathBuf::from("/x"));
        assert_eq!(asked(&["--home", "/x"]), Ok(window(home.clone())));
        assert_eq!(asked(&["--home=/x"]), Ok(window(home)));
        assert_eq!(asked(&[]), Ok(window(None)));
        let hidden = Asked::Window {
            home: None,
            hidden: true,
        };
        assert_eq!(asked(&["--hidden"]), Ok(hidden));
    }

    #[test]
    fn an_unknown_or_incomplete_option_is_named() {
        for (given, said) in [
            (&["--home"][..], "--home"),
            (&["--home="], "--home"),
            (&["--hime"], "--hime"),
        ] {
            assert!(asked(given).unwrap_err().contains(said));
        }
    }

    #[test]
    fn the_option_goes_before_the_environment() {
        let environment = |name: &str| (name == "LEASEHOLD_HOME").then(|| OsString::from("/env"));
        assert_eq!(
            options(None, &None, environment).unwrap().home,
            PathBuf::from("/env")
        );
        let named = Some(PathBuf::from("/named"));
        assert_eq!(
            options(named, &None, environment).unwrap().home,
            PathBuf::from("/named")
        );
    }

    #[test]
    fn there_is_no_silent_choice_of_a_keychain() {
        let choose = |keychain: &'static str, passphrase: Option<&'static str>| {
            options(Some("/x".into()), &None, move |name| match name {
                "LEASEHOLD_KEYCHAIN" => Some(keychain.into()),
                "LEASEHOLD_PASSPHRASE" => passphrase.map(Into::into),
                _ => None,
            })
        };
        assert!(matches!(
            choose("os", None).unwrap().keychain,
            KeychainChoice::Os
        ));
        assert!(matches!(
            choose("file", Some("pw")).unwrap().keychain,
            KeychainChoice::File { .. }
        ));
        assert_eq!(choose("file", None).unwrap_err().code, Code::KeychainLocked);
        assert_eq!(choose("os ", None).unwrap_err().code, Code::InvalidInput);
    }

    #[test]
    fn a_descriptor_goes_before_the_environment_and_one_that_cannot_be_read_is_told() {
        let environment = |number: &'static str| {
            move |name: &str| match name {
                "LEASEHOLD_KEYCHAIN" => Some(OsString::from("file")),
                "LEASEHOLD_PASSPHRASE" => Some("environment".into()),
                "LEASEHOLD_PASSPHRASE_FD" => Some(number.into()),
                _ => None,
            }
        };
        let chosen = |inherited: &Inherited, number| -> Result<SecretString, Problem> {
            let home = Some(PathBuf::from("/x"));
            match options(home, inherited, environment(number))?.keychain {
                KeychainChoice::File { passphrase, .. } => Ok(passphrase),
                other => panic!("{other:?}"),
            }
        };
        let given = Some(Ok(SecretString::from("descriptor")));
        assert_eq!(chosen(&given, "3").unwrap().expose_secret(), "descriptor");
        assert!(inherited(environment("")).is_none());
        for number in ["x", "-1", "999"] {
            let refused = inherited(environment(number)).unwrap().unwrap_err();
            assert_eq!(refused.code, Code::KeychainLocked, "{number}");
            assert_eq!(
                chosen(&Some(Err(refused.clone())), number).unwrap_err(),
                refused
            );
        }
    }

    #[test]
    fn a_shipped_window_opens_nowhere_where_others_could_look_into_it() {
        for (name, value) in [
            ("WEBKIT_INSPECTOR_SERVER", "127.0.0.1:1"),
            ("WEBKIT_INSPECTOR_HTTP_SERVER", ""),
            ("TAURI_WEBVIEW_AUTOMATION", "true"),
            (
                "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS",
                "--disable-gpu --remote-debugging-port=9222",
            ),
        ] {
            let environment = |asked: &str| (asked == name).then(|| value.into());
            let why = looked_into(true, environment).unwrap();
            assert!(why.contains(name) && why.contains("hint: "), "{why}");
            assert_eq!(looked_into(false, environment), None);
        }
        let usual = |asked: &str| {
            (asked == "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS").then(|| "--disable-gpu".into())
        };
        assert_eq!(looked_into(true, usual), None);
    }
}
