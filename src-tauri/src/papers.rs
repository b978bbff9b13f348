//! Files written for a person to take along: in a folder they know, readable by them alone, and
//! never over another file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};
use tauri::{AppHandle, Manager, Runtime};

/// After so many of one name something else is wrong.
const MOST: u32 = 1000;

/// Where a person looks for files, best first: Downloads, Documents, their own folder.
pub(crate) fn usual_folders<R: Runtime>(app: &AppHandle<R>) -> Vec<PathBuf> {
    let paths = app.path();
    [paths.download_dir(), paths.document_dir(), paths.home_dir()]
        .into_iter()
        .flatten()
        .collect()
}

/// The first of these folders that is there.
///
/// # Errors
/// None is.
pub(crate) fn first_there(folders: &[PathBuf]) -> Result<&Path, Problem> {
    folders
        .iter()
        .find(|folder| folder.is_dir())
        .map(PathBuf::as_path)
        .ok_or_else(|| {
            Problem::new(
                Code::Refused,
                "There is no folder to write to: neither Downloads nor Documents nor your own is there.",
            )
            .with_hint("`leasehold activity export` and `leasehold break-glass` write where you say.")
        })
}

/// Writes a file of this name, or of this name with a number where that is taken. What could not
/// be written to its end is not left behind.
///
/// # Errors
/// The folder cannot be written, or what `write` says.
pub(crate) fn write<T>(
    folder: &Path,
    stem: &str,
    ending: &str,
    write: impl FnOnce(&mut dyn Write) -> Result<T, Problem>,
) -> Result<(PathBuf, T), Problem> {
    let (path, file) = numbered(folder, |number| {
        let path = folder.join(format!("{stem}{number}.{ending}"));
        new_private_file(&path).map(|file| (path, file))
    })?;
    let mut out = BufWriter::new(file);
    let written = write(&mut out).and_then(|value| {
        let kept = out.flush().and_then(|()| out.get_ref().sync_all());
        kept.map_err(|error| unwritable(&path, &error))?;
        Ok(value)
    });
    drop(out);
    match written {
        Ok(value) => Ok((path, value)),
        Err(problem) => {
            // A half of it would be taken for the whole.
            let _ = fs::remove_file(&path);
            Err(problem)
        }
    }
}

/// Makes a folder of this name, or of this name with a number where that is taken.
///
/// # Errors
/// The folder around it cannot be written.
pub(crate) fn new_folder(around: &Path, stem: &str) -> Result<PathBuf, Problem> {
    numbered(around, |number| {
        let path = around.join(format!("{stem}{number}"));
        new_private_folder(&path).map(|()| path)
    })
}

fn numbered<T>(folder: &Path, make: impl Fn(&str) -> io::Result<T>) -> Result<T, Problem> {
    let mut number = String::new();
    for next in 2..=MOST {
        match make(&number) {
            Ok(made) => return Ok(made),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                number = format!("-{next}");
            }
            Err(error) => return Err(unwritable(folder, &error)),
        }
    }
    Err(unwritable(folder, &io::ErrorKind::AlreadyExists.into()))
}

#[cfg(unix)]
fn new_private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// The folders of a person are private by themselves here.
#[cfg(not(unix))]
fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn new_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn new_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::Refused,
        format!("{} cannot be written: {error}.", path.display()),
    )
    .with_hint("Make room there, or make it writable, and try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(text: &'static str) -> impl FnOnce(&mut dyn Write) -> Result<u8, Problem> {
        move |out| {
            out.write_all(text.as_bytes()).unwrap();
            Ok(7)
        }
    }

    #[test]
    fn a_second_file_of_one_name_gets_a_number_and_the_first_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (first, answer) = write(folder.path(), "log", "csv", fine("one")).unwrap();
        let (second, _) = write(folder.path(), "log", "csv", fine("two")).unwrap();
        let (third, _) = write(folder.path(), "log", "csv", fine("three")).unwrap();
        let names = [&first, &second, &third].map(|path| path.file_name().unwrap().to_owned());
        assert_eq!(names, ["log.csv", "log-2.csv", "log-3.csv"]);
        assert_eq!(answer, 7);
        assert_eq!(fs::read_to_string(first).unwrap(), "one");
        assert_eq!(fs::read_to_string(second).unwrap(), "two");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (file, _) = write(folder.path(), "log", "csv", fine("x")).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&new_folder(folder.path(), "kit").unwrap()), 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_somebody_put_there_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "keep me").unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join("log.csv")).unwrap();
        let (path, _) = write(folder.path(), "log", "csv", fine("x")).unwrap();
        assert_eq!(path.file_name().unwrap(), "log-2.csv");
        assert_eq!(fs::read_to_string(precious).unwrap(), "keep me");
    }

    #[test]
    fn half_a_file_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write(folder.path(), "log", "csv", |out| {
            out.write_all(b"half").unwrap();
            Err::<(), _>(Problem::new(Code::StoreFailed, "The state file is gone."))
        });
        assert_eq!(refused.unwrap_err().code, Code::StoreFailed);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_first_folder_that_is_there_is_taken_and_none_is_a_refusal() {
        let here = tempfile::tempdir().unwrap();
        let gone = here.path().join("gone");
        let folders = [gone.clone(), here.path().to_owned()];
        assert_eq!(first_there(&folders).unwrap(), here.path());
        assert_eq!(first_there(&[gone]).unwrap_err().code, Code::Refused);
    }
}
