//! Whether a tray icon can be made and whether anybody shows it, asked before the application
//! relies on it.

/// Whether the library that draws the icon can be loaded. Making an icon without it would stop
/// the process.
#[cfg(target_os = "linux")]
pub(super) fn library_is_there() -> bool {
    library::is_there(
        &std::fs::read("/etc/ld.so.cache").unwrap_or_default(),
        std::env::var_os("LD_LIBRARY_PATH").as_deref(),
    )
}

/// Other systems draw tray icons themselves.
#[cfg(not(target_os = "linux"))]
pub(super) fn library_is_there() -> bool {
    true
}

#[cfg(target_os = "linux")]
mod library {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    use std::path::{Path, PathBuf};

    const NAMES: [&str; 2] = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
    /// Where loaders look that keep no cache.
    const FOLDERS: [&str; 4] = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];

    /// Looks where the dynamic loader would: its search path, its cache, its default folders.
    pub(super) fn is_there(cache: &[u8], search_path: Option<&OsStr>) -> bool {
        let listed = cache
            .split(|byte| *byte == 0)
            .filter(|entry| {
                entry.starts_with(b"/")
                    && NAMES
                        .iter()
                        .any(|name| entry.ends_with(format!("/{name}").as_bytes()))
            })
            .map(|entry| PathBuf::from(OsString::from_vec(entry.to_vec())));
        let searched = search_path
            .into_iter()
            .flat_map(|path| path.as_bytes().split(|byte| *byte == b':'))
            .map(|folder| Path::new(OsStr::from_bytes(folder)).to_owned())
            .chain(FOLDERS.iter().map(PathBuf::from))
            .flat_map(|folder| NAMES.map(|name| folder.join(name)));
        listed.chain(searched).any(|file| is_library(&file))
    }

    fn is_library(file: &Path) -> bool {
        std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > 0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_library_counts_when_the_loader_would_find_it_with_content() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(NAMES[0]);
            let cache = format!("glibc-ld\0libx.so\0{}\0", file.display());
            let elsewhere = OsStr::new("/nowhere");
            let usual = is_there(b"", None);
            assert_eq!(
                is_there(cache.as_bytes(), Some(elsewhere)),
                usual,
                "a stale entry"
            );
            std::fs::write(&file, b"").unwrap();
            assert_eq!(is_there(cache.as_bytes(), None), usual, "an empty file");
            std::fs::write(&file, b"\x7fELF").unwrap();
            assert!(is_there(cache.as_bytes(), None));
            assert!(is_there(b"", Some(folder.path().as_os_str())));
        }
    }
}

/// Whether somebody shows tray icons on this desktop now.
#[cfg(target_os = "linux")]
pub(super) async fn is_there() -> bool {
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
    match tokio::time::timeout(PATIENCE, ask_bus()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the session bus could not be asked for a tray");
            false
        }
        Err(_) => false,
    }
}

/// A watcher without a host collects icons that nobody draws, so both are asked for. One that
/// does not know the question is taken at its name.
#[cfg(target_os = "linux")]
async fn ask_bus() -> zbus::Result<bool> {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    if !names.name_has_owner(WATCHER.try_into()?).await? {
        return Ok(false);
    }
    let watcher = zbus::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
    Ok(watcher
        .get_property("IsStatusNotifierHostRegistered")
        .await
        .unwrap_or(true))
}

/// Calls `changed` whenever a watcher or a host may have come or gone. Never ends; without a session
/// bus there is nothing to hear.
#[cfg(target_os = "linux")]
pub(super) async fn watch(changed: impl Fn()) {
    if let Err(error) = hear_bus(changed).await {
        tracing::debug!(%error, "trays that come and go are not heard");
    }
    std::future::pending().await
}

#[cfg(target_os = "linux")]
async fn hear_bus(changed: impl Fn()) -> zbus::Result<()> {
    use zbus::export::ordered_stream::OrderedStreamExt as _;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let bus = zbus::Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut owners = names
        .receive_name_owner_changed_with_args(&[(0, WATCHER)])
        .await?;
    let hosts = zbus::MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .interface(WATCHER)?
        .build();
    let mut hosts = zbus::MessageStream::for_match_rule(hosts, &bus, None).await?;
    loop {
        let is_over = tokio::select! {
            owner = owners.next() => owner.is_none(),
            host = hosts.next() => host.is_none(),
        };
        if is_over {
            return Ok(());
        }
        changed();
    }
}

/// Other systems' trays neither come nor go.
#[cfg(not(target_os = "linux"))]
pub(super) async fn watch(_changed: impl Fn()) {
    std::future::pending().await
}

/// Other systems always show their trays.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "the same shape on every system")]
pub(super) async fn is_there() -> bool {
    true
}
