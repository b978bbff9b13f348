//! A passphrase through a descriptor that whoever starts us has opened: unlike a variable of the
//! environment it is in no `/proc/PID/environ`, and no child of ours inherits it.

use leasehold_domain::{Code, Problem};
use secrecy::SecretString;

/// The passphrase that a descriptor holds: its first line. The descriptor is closed, so that it is
/// read once and by us alone; 0 is standard input, which stays open, and of which only the line is
/// taken. To be called before anything else is opened, while the numbers are still those that were
/// inherited.
///
/// # Errors
/// Nothing can be read there, or the line is empty or without an end.
pub fn passphrase_from_descriptor(number: u32) -> Result<SecretString, Problem> {
    let line = platform::first_line(number).map_err(|why| {
        Problem::new(
            Code::KeychainLocked,
            format!("No passphrase could be read from descriptor {number}: {why}."),
        )
        .with_hint(
            "Open it for the command, as in `3<passphrase-file`, and name its number: \
             `--passphrase-fd 3`.",
        )
    });
    close_descriptor(number);
    line
}

/// Closes a descriptor that holds a passphrase nobody asks for; its children are not to have it.
pub fn close_descriptor(number: u32) {
    platform::close(number);
}

#[cfg(unix)]
mod platform {
    use std::io::{BufRead, Read};

    use secrecy::SecretString;
    use zeroize::Zeroizing;

    /// Nobody types more, and no file of keys is mistaken for a passphrase.
    const LONGEST: usize = 4096;
    /// Standard input, output and error are not ours to close.
    const STANDARD: std::ops::RangeInclusive<u32> = 0..=2;

    pub(super) fn first_line(number: u32) -> Result<SecretString, String> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
        match number {
            0 => {
                let stdin = std::io::stdin().lock();
                let mut stdin = stdin.take(LONGEST as u64 + 1);
                stdin
                    .read_until(b'\n', &mut line)
                    .map_err(|error| error.to_string())?;
            }
            1 | 2 => return Err("it is where answers and errors go".to_owned()),
            _ => {
                // A descriptor by its number cannot be owned without `unsafe`; its name can be opened.
                let file = std::fs::File::open(format!("/dev/fd/{number}"));
                let file = file.map_err(|error| error.to_string())?;
                read_line(file, &mut line).map_err(|error| error.to_string())?;
            }
        }
        if line.len() > LONGEST {
            return Err(format!("its first line is longer than {LONGEST} bytes"));
        }
        while line
            .last()
            .is_some_and(|last| matches!(last, b'\n' | b'\r'))
        {
            line.pop();
        }
        if line.is_empty() {
            return Err("it is empty".to_owned());
        }
        let text = std::str::from_utf8(&line).map_err(|_| "it holds no text".to_owned())?;
        Ok(SecretString::from(text))
    }

    /// Byte by byte: what follows the line belongs to somebody else, and no buffer keeps a copy.
    fn read_line(mut from: std::fs::File, line: &mut Vec<u8>) -> std::io::Result<()> {
        let mut byte = Zeroizing::new([0_u8; 1]);
        while line.len() <= LONGEST && from.read(&mut *byte)? == 1 {
            if byte[0] == b'\n' {
                break;
            }
            line.push(byte[0]);
        }
        Ok(())
    }

    pub(super) fn close(number: u32) {
        if let Ok(number) = i32::try_from(number)
            && !STANDARD.contains(&number.unsigned_abs())
        {
            // One that is not open is as good as closed.
            let _ = nix::unistd::close(number);
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use secrecy::SecretString;

    pub(super) fn first_line(_number: u32) -> Result<SecretString, String> {
        Err("this system passes no descriptors on by number".to_owned())
    }

    pub(super) fn close(_number: u32) {}
}
