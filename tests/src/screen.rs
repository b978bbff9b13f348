//! The picture on a virtual screen, read from outside as the screen keeps it: the same for every program, without its help.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::STEP;
use crate::session::Session;

/// Every so manieth row is looked at: letters are higher than that, and looking stays cheap.
const ROWS: usize = 6;
const BETWEEN_LOOKS: Duration = Duration::from_millis(4);
/// A picture that stands still for so long is finished.
const STILL: Duration = Duration::from_millis(2500);

/// The screen of a session with [`crate::session::Display::Watched`].
pub struct Screen {
    file: File,
    first: usize,
    row: usize,
    rows: usize,
}

impl Screen {
    /// Finds its picture.
    ///
    /// # Errors
    /// When the session's display keeps none.
    pub fn of(session: &Session) -> Result<Self> {
        let path = session.home().join("screen/Xvfb_screen0");
        let mut file = File::open(&path).with_context(|| path.display().to_string())?;
        let mut header = [0; 100];
        file.read_exact(&mut header)?;
        // XWDFileHeader of X11/XWDFile.h: 25 numbers of 32 bits, the highest byte first.
        let number = |at: usize| -> Result<usize> {
            let bytes = header[at * 4..][..4].try_into()?;
            Ok(usize::try_from(u32::from_be_bytes(bytes))?)
        };
        let (size, version, colours) = (number(0)?, number(1)?, number(19)?);
        ensure!(version == 7, "{} is no picture", path.display());
        Ok(Self {
            file,
            first: size + colours * 12,
            row: number(12)?,
            rows: number(5)?,
        })
    }

    /// What is to be seen now.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn look(&self) -> Result<Vec<u8>> {
        let mut picture = vec![0; self.row * self.rows.div_ceil(ROWS)];
        for (row, part) in picture.chunks_exact_mut(self.row).enumerate() {
            let at = self.first + row * ROWS * self.row;
            self.file.read_exact_at(part, u64::try_from(at)?)?;
        }
        Ok(picture)
    }

    /// Waits for the picture to change from `before` and then to stand still, and says when it was as it stays.
    ///
    /// # Errors
    /// When nothing is shown in time, or what is shown never stands still.
    pub async fn finished(&self, before: &[u8]) -> Result<Instant> {
        let began = Instant::now();
        let (mut last, mut changed) = (before.to_vec(), None);
        loop {
            let picture = self.look()?;
            let now = Instant::now();
            if picture != last {
                (last, changed) = (picture, Some(now));
            }
            match changed {
                Some(at) if now - at > STILL => return Ok(at),
                None if now - began > STEP => bail!("nothing was shown within {STEP:?}"),
                Some(_) if now - began > STEP * 2 => bail!("the picture does not stand still"),
                _ => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
    }
}
