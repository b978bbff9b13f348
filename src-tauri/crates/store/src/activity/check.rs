//! Looks at every line and at the chain, and says what was done to the first line that is not as it
//! was written.

use std::fmt;

use rusqlite::{OptionalExtension, named_params};

use super::{
    Activity, ActivityHead, ActivityRow, Hash, calls_text, hash_of, read, select_activity,
};
use crate::StoreError;

/// So many lines are read at once; others may write in between.
const AT_ONCE: usize = 500;
/// So many lines taken from one place are still told apart from an edit.
const FARTHEST: i64 = 10_000;

const AFTER: &str = select_activity!("WHERE seq > :after ORDER BY seq LIMIT 500");
const ONE: &str = select_activity!("WHERE seq = :seq");
/// One statement, so that both are of one moment.
const END: &str = "SELECT entries, hash, (SELECT MAX(seq) FROM activity) FROM activity_head \
                   WHERE one = 1";
const HASHES: &str = "SELECT seq, hash FROM activity WHERE seq > :after ORDER BY seq LIMIT 10000";

/// What was done to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainFault {
    /// The line was edited, or the one before it was and its hash made anew.
    Edited {
        /// The line.
        seq: i64,
    },
    /// Lines were taken out.
    Removed {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// The line was put in.
    Added {
        /// The line.
        seq: i64,
    },
    /// Another line stands at this place.
    Moved {
        /// The place.
        seq: i64,
        /// Where the line that is there now was written.
        from: i64,
    },
    /// Lines were taken from the end.
    CutOff {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// The newest line is not the one that was noted as the end.
    OtherEnd {
        /// The newest line.
        seq: i64,
    },
    /// Where the log ends is not noted any more.
    NoEnd {
        /// The newest line.
        seq: i64,
    },
}

impl ChainFault {
    /// The first line that is not as it was written.
    #[must_use]
    pub fn seq(&self) -> i64 {
        match self {
            Self::Edited { seq }
            | Self::Added { seq }
            | Self::Moved { seq, .. }
            | Self::OtherEnd { seq }
            | Self::NoEnd { seq } => *seq,
            Self::Removed { from, .. } | Self::CutOff { from, .. } => *from,
        }
    }
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |from: i64, to: i64| match from == to {
            true => format!("Line {from} was"),
            false => format!("Lines {from} to {to} were"),
        };
        match self {
            Self::Edited { seq: 1 } => write!(f, "Line 1 was edited after it was written."),
            Self::Edited { seq } => write!(
                f,
                "Line {seq} was edited after it was written, or line {} was and its hash made \
                 anew.",
                seq - 1
            ),
            Self::Removed { from, to } => write!(f, "{} removed.", lines(*from, *to)),
            Self::Added { seq } => write!(f, "Line {seq} was added by something else."),
            Self::Moved { seq, from } => {
                write!(f, "The line at place {seq} was moved; it was line {from}.")
            }
            Self::CutOff { from, to } => write!(f, "{} removed from the end.", lines(*from, *to)),
            Self::OtherEnd { seq } => write!(
                f,
                "Line {seq} is not the one that was noted as the end: it was replaced, or the note \
                 was changed."
            ),
            Self::NoEnd { .. } => write!(f, "The note where the log ends was removed."),
        }
    }
}

/// What a check of the whole log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Lines that were looked at.
    pub entries: i64,
    /// The hash of the last of them.
    pub head: Hash,
    /// What is wrong with the first that is not as it was written.
    pub fault: Option<ChainFault>,
}

/// A chain that is looked at line by line, in constant memory.
#[derive(Debug)]
pub struct Chain {
    last: ActivityHead,
    before_last: Hash,
}

impl Default for Chain {
    fn default() -> Self {
        let last = ActivityHead {
            entries: 0,
            hash: Hash::START,
        };
        Self {
            last,
            before_last: Hash::START,
        }
    }
}

impl Chain {
    /// Looks at the next line.
    ///
    /// # Errors
    /// It is not the next one as it was written; then it does not count.
    pub fn look(&mut self, row: &ActivityRow) -> Result<(), ChainFault> {
        let next = self.last.entries + 1;
        if row.seq < next {
            return Err(ChainFault::Moved {
                seq: next,
                from: row.seq,
            });
        }
        if row.seq > next {
            return Err(ChainFault::Removed {
                from: next,
                to: row.seq - 1,
            });
        }
        let previous = self.last.hash;
        if row.previous != previous || hash_of(&previous, row.seq, &row.line) != row.hash {
            return Err(ChainFault::Edited { seq: row.seq });
        }
        self.before_last = previous;
        self.last = ActivityHead {
            entries: next,
            hash: row.hash,
        };
        Ok(())
    }

    /// The last line that was as it should be.
    #[must_use]
    pub fn end(&self) -> ActivityHead {
        self.last
    }
}

/// A line, or the place of one that cannot be read.
type Found = Result<ActivityRow, i64>;

impl Activity<'_> {
    /// Looks at every line and at the chain. Lines that are added meanwhile are looked at too.
    pub fn verify(&self) -> Result<Verdict, StoreError> {
        let mut chain = Chain::default();
        let fault = loop {
            let after = chain.end().entries;
            let lines = self.lines_after(if after == 0 { i64::MIN } else { after })?;
            let whole_page = lines.len() == AT_ONCE;
            if let Some(fault) = self.first_fault(&mut chain, &lines)? {
                break Some(fault);
            }
            if whole_page {
                continue;
            }
            match self.end_fault(chain.end())? {
                End::Grown => {}
                End::AsNoted => break None,
                End::Fault(fault) => break Some(fault),
            }
        };
        let ActivityHead { entries, hash } = chain.end();
        Ok(Verdict {
            entries,
            head: hash,
            fault,
        })
    }

    /// The place of the line with this hash: where the log ended when somebody noted its head.
    pub fn place_of(&self, hash: &Hash) -> Result<Option<i64>, StoreError> {
        let mut place = None;
        self.each_hash(|seq, stored| {
            if stored == *hash {
                place = Some(seq);
            }
            place.is_some()
        })?;
        Ok(place)
    }

    fn first_fault(
        &self,
        chain: &mut Chain,
        lines: &[Found],
    ) -> Result<Option<ChainFault>, StoreError> {
        for line in lines {
            let row = match line {
                Ok(row) => row,
                Err(seq) => return Ok(Some(ChainFault::Edited { seq: *seq })),
            };
            match chain.look(row) {
                Ok(()) => {}
                Err(ChainFault::Edited { .. }) => return Ok(Some(self.explain(chain, row)?)),
                Err(ChainFault::Moved { from, .. }) => {
                    // Before the first place there is nothing that we wrote.
                    return Ok(Some(ChainFault::Added { seq: from }));
                }
                Err(fault) => return Ok(Some(fault)),
            }
        }
        Ok(None)
    }

    /// Why the line does not follow from the one before it.
    fn explain(&self, chain: &Chain, row: &ActivityRow) -> Result<ChainFault, StoreError> {
        let (seq, last) = (row.seq, chain.end());
        // It follows from the line before the last: the last one was put in, hash and all.
        if seq > 1 && fits(&chain.before_last, seq - 1, row) {
            return Ok(ChainFault::Added { seq: seq - 1 });
        }
        if let Some(from) = self.written_at(row)? {
            return Ok(ChainFault::Moved { seq, from });
        }
        if let Some(Ok(next)) = self.line(seq + 1)? {
            // The next one follows from the one before this: this one was put in.
            if fits(&last.hash, seq, &next) {
                return Ok(ChainFault::Added { seq });
            }
            // The next one follows from this one, only from farther on: what was between is gone.
            let by = (1..=FARTHEST).find(|by| fits(&row.hash, next.seq + by, &next));
            if let Some(by) = by {
                return Ok(ChainFault::Removed {
                    from: seq,
                    to: seq + by - 1,
                });
            }
        }
        Ok(ChainFault::Edited { seq })
    }

    /// The place that the hash of a line was made for, after a line that still is in the log.
    fn written_at(&self, row: &ActivityRow) -> Result<Option<i64>, StoreError> {
        let mut found = None;
        self.each_hash(|seq, hash| {
            // Where that line was not moved itself, and where it changed places with this one.
            found = [seq + 1, seq]
                .into_iter()
                .find(|place| *place != row.seq && fits(&hash, *place, row));
            found.is_some()
        })?;
        Ok(found)
    }

    fn end_fault(&self, last: ActivityHead) -> Result<End, StoreError> {
        let end = self.store.read(|db| {
            Ok(db
                .prepare_cached(END)?
                .query_row([], |row| {
                    let head = ActivityHead {
                        entries: row.get(0)?,
                        hash: Hash(row.get(1)?),
                    };
                    Ok((head, row.get::<_, Option<i64>>(2)?.unwrap_or(0)))
                })
                .optional()?)
        })?;
        let seq = last.entries;
        let Some((noted, newest)) = end else {
            return Ok(End::Fault(ChainFault::NoEnd { seq }));
        };
        Ok(match noted {
            _ if newest > seq => End::Grown,
            noted if noted == last => End::AsNoted,
            noted if noted.entries > seq => End::Fault(ChainFault::CutOff {
                from: seq + 1,
                to: noted.entries,
            }),
            noted if noted.entries < seq => End::Fault(ChainFault::Added {
                seq: noted.entries + 1,
            }),
            _ => End::Fault(ChainFault::OtherEnd { seq }),
        })
    }

    /// The next lines, as far as they can be read.
    fn lines_after(&self, after: i64) -> Result<Vec<Found>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(AFTER)?;
            let mut rows = statement.query(named_params! {":after": after})?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(found(row)?);
            }
            Ok(lines)
        })
    }

    fn line(&self, seq: i64) -> Result<Option<Found>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(ONE)?;
            let mut rows = statement.query(named_params! {":seq": seq})?;
            rows.next()?.map(found).transpose()
        })
    }

    /// Every line's place and hash, until `done` answers true.
    fn each_hash(&self, mut done: impl FnMut(i64, Hash) -> bool) -> Result<(), StoreError> {
        let mut after = i64::MIN;
        loop {
            let page: Vec<(i64, [u8; 32])> = self.store.read(|db| {
                Ok(db
                    .prepare_cached(HASHES)?
                    .query_map(named_params! {":after": after}, |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?
                    .collect::<Result<_, _>>()?)
            })?;
            let Some((newest, _)) = page.last() else {
                return Ok(());
            };
            after = *newest;
            for (seq, hash) in page {
                if done(seq, Hash(hash)) {
                    return Ok(());
                }
            }
        }
    }
}

enum End {
    /// Somebody added lines meanwhile.
    Grown,
    AsNoted,
    Fault(ChainFault),
}

fn fits(previous: &Hash, seq: i64, row: &ActivityRow) -> bool {
    hash_of(previous, seq, &row.line) == row.hash
}

/// What cannot be read was changed, and so was a text of calls that is not written as we write it.
fn found(row: &rusqlite::Row<'_>) -> Result<Found, StoreError> {
    let seq: i64 = row.get(0)?;
    match read(row) {
        Ok(read) if row.get::<_, String>("calls")? == calls_text(&read.line.calls)? => Ok(Ok(read)),
        Ok(_) | Err(StoreError::BrokenRow { .. }) => Ok(Err(seq)),
        Err(error) => Err(error),
    }
}
