//! The Unix socket: in a folder of its own that nobody else enters, and never in anybody's way.

use std::io::ErrorKind;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};
use tokio::net::{UnixListener, UnixStream};

/// Linux has room for 108 bytes with the one that ends them, others for 104.
const MAX_PATH: usize = 103;

/// A socket that is listened at.
pub(crate) struct Socket {
    listener: UnixListener,
    file: SocketFile,
}

/// The socket's file, removed with the gateway unless another one stands there by then.
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if inode(&self.path) == Some(self.inode) {
            // One that stays is taken for stale by the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Socket {
    /// Listens at a path. A socket that nobody listens at any more is replaced; whatever else stands there
    /// is left alone.
    pub(crate) async fn bind(path: &Path) -> Result<Self, Problem> {
        if path.as_os_str().len() > MAX_PATH {
            return Err(refused(
                path,
                format!("has more than {MAX_PATH} bytes, and no system takes that"),
                "Choose a shorter path.",
            ));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let Some(folder) = folder.filter(|_| path.is_absolute()) else {
            return Err(refused(
                path,
                "is not a whole path".to_owned(),
                "Write it from the root on.",
            ));
        };
        private_folder(path, folder)?;
        make_room(path).await?;
        let listener = UnixListener::bind(path).map_err(|error| failed(path, &error))?;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, mode).map_err(|error| failed(path, &error))?;
        let inode = inode(path).ok_or_else(|| failed(path, &ErrorKind::NotFound.into()))?;
        Ok(Self {
            listener,
            file: SocketFile {
                path: path.to_owned(),
                inode,
            },
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("unix:{}", self.file.path.display())
    }

    pub(crate) fn split(self) -> (UnixListener, SocketFile) {
        (self.listener, self.file)
    }
}

/// The process at the other end, in the kernel's words; `None` for another user's, who could only be there
/// by a mistake in the folder's permissions.
pub(crate) fn who(stream: &UnixStream) -> Option<String> {
    let cred = stream.peer_cred().ok()?;
    let own = rustix::process::geteuid().as_raw();
    if cred.uid() != own && cred.uid() != 0 {
        return None;
    }
    let Some(pid) = cred.pid() else {
        return Some(format!("uid {}", cred.uid()));
    };
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    let program = program.map_or_else(String::new, |path| {
        let plain = path.to_string_lossy();
        let plain = plain.chars().filter(|c| c.is_ascii_graphic()).take(120);
        format!(", {}", plain.collect::<String>())
    });
    Some(format!("uid {}, pid {pid}{program}", cred.uid()))
}

/// Makes the folder, or finds that it is ours alone, in a place where nobody else could put another.
fn private_folder(path: &Path, folder: &Path) -> Result<(), Problem> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(path, &error)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(|error| failed(path, &error))?;
    let is_ours = found.is_dir()
        && found.uid() == rustix::process::geteuid().as_raw()
        && found.permissions().mode() & 0o077 == 0;
    if !is_ours {
        return Err(refused(
            path,
            "is in a folder that is a link, or that others may enter".to_owned(),
            "Choose a folder of your own with mode 0700, or one that is not there yet.",
        ));
    }
    let whole = folder
        .canonicalize()
        .map_err(|error| failed(path, &error))?;
    match whole.ancestors().skip(1).find(|above| !is_safe(above)) {
        None => Ok(()),
        Some(above) => Err(refused(
            path,
            format!(
                "is below {}, where another user could put a folder of theirs in its place",
                above.display()
            ),
            "Choose a place that only you and root may change, such as your home.",
        )),
    }
}

/// Whether only this user and root could rename what is in a folder: in a sticky one that is each file's own
/// user. The own group is taken for a group of one, as most systems make it.
fn is_safe(folder: &Path) -> bool {
    const STICKY: u32 = 0o1000;
    let own = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(folder).is_ok_and(|found| {
        let mode = found.permissions().mode();
        let is_group_ours = found.gid() == rustix::process::getegid().as_raw();
        let others = if is_group_ours { 0o002 } else { 0o022 };
        let is_by_us = own == 0 || found.uid() == 0 || found.uid() == own;
        is_by_us && (mode & others == 0 || mode & STICKY != 0)
    })
}

/// Removes a socket whose process is gone.
async fn make_room(path: &Path) -> Result<(), Problem> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(path, &error)),
    };
    if !found.file_type().is_socket() {
        return Err(refused(
            path,
            "is a file or a link already".to_owned(),
            "Choose another path; what is there was left alone.",
        ));
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(|error| failed(path, &error))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        _ => Err(Problem::new(
            Code::Busy,
            format!("Somebody listens at {} already.", path.display()),
        )
        .with_hint("A gateway of this home is running; stop it first, or choose another path.")
        .at("socket")),
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

fn refused(path: &Path, what: String, fix: &str) -> Problem {
    Problem::refused_input("socket", format!("{} {what}.", path.display()), fix)
}

fn failed(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::Refused,
        format!("The gateway cannot listen at {}: {error}.", path.display()),
    )
    .with_hint("Choose another path.")
    .at("socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path)
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    }

    #[tokio::test]
    async fn the_socket_is_for_its_user_alone_and_gone_at_the_end() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/gateway.sock");
        let socket = Socket::bind(&path).await.unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let again = Socket::bind(&path).await.err().unwrap();
        assert_eq!(again.code, Code::Busy);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_that_nobody_listens_at_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/gateway.sock");
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(path.parent().unwrap())
            .unwrap();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        Socket::bind(&path).await.unwrap();
    }

    #[tokio::test]
    async fn what_stands_there_is_never_followed_nor_removed() {
        let home = tempfile::tempdir().unwrap();
        let run = home.path().join("run");
        std::fs::DirBuilder::new().mode(0o700).create(&run).unwrap();
        let file = run.join("file");
        std::fs::write(&file, "mine").unwrap();
        let link = run.join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for path in [&file, &link] {
            assert!(Socket::bind(path).await.is_err());
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");

        let open = home.path().join("open");
        std::fs::DirBuilder::new()
            .mode(0o755)
            .create(&open)
            .unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        let led = home.path().join("led");
        std::os::unix::fs::symlink(&run, &led).unwrap();
        for folder in [&open, &led] {
            assert!(Socket::bind(&folder.join("s")).await.is_err());
        }
        assert!(Socket::bind(Path::new("relative.sock")).await.is_err());
    }

    #[tokio::test]
    async fn a_place_where_others_could_put_their_own_folder_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let shared = home.path().join("shared");
        std::fs::DirBuilder::new().create(&shared).unwrap();
        let set = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&shared, mode).unwrap();
        };
        set(0o777);
        let path = shared.join("run/s");
        let problem = Socket::bind(&path).await.err().unwrap();
        assert!(problem.message.contains("another user"), "{problem:?}");
        set(0o1777);
        Socket::bind(&path).await.unwrap();
        set(0o757);
        assert!(Socket::bind(&path).await.is_err());
        set(0o775);
        Socket::bind(&path).await.unwrap();
    }
}
