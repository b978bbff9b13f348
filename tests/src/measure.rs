//! What a program costs its computer, read from `/proc`: the memory of all its processes, and how often they wake up.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use anyhow::{Context, Result};

/// A process, or a thread of one, and the processes that it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The process id.
    pub id: u32,
    /// What the system calls it, at most 15 letters of it.
    pub name: String,
}

/// How often each thread of a program has gone to sleep by itself, and so was woken before.
#[derive(Debug)]
pub struct Sleeps(HashMap<(u32, u32), (String, u64)>);

/// This process and everything below it, in no order.
///
/// # Errors
/// When the system has no `/proc`.
pub fn family(root: u32) -> Result<Vec<Member>> {
    let mut all = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // One that ends just now is no member any more.
        if let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat"))
            && let Some((name, parent)) = name_and_parent(&stat)
        {
            all.insert(id, (name, parent));
        }
    }
    let belongs = |id: u32| {
        let mut at = id;
        while at != root {
            match all.get(&at) {
                Some((_, parent)) if *parent > 1 => at = *parent,
                _ => return false,
            }
        }
        true
    };
    let members = all.iter().filter(|(id, _)| belongs(**id));
    Ok(members
        .map(|(id, (name, _))| Member {
            id: *id,
            name: name.clone(),
        })
        .collect())
}

/// The memory of these processes in bytes: what is theirs alone, and their share of what they share with others (PSS).
///
/// # Errors
/// When one of them has ended.
pub fn memory(members: &[Member]) -> Result<u64> {
    let mut sum = 0;
    for one in members {
        let path = format!("/proc/{}/smaps_rollup", one.id);
        let text = fs::read_to_string(&path).with_context(|| format!("{} {path}", one.name))?;
        sum += pss(&text).with_context(|| format!("no Pss in {path}"))?;
    }
    Ok(sum)
}

impl Sleeps {
    /// As they are now.
    ///
    /// # Errors
    /// When the system has no `/proc`.
    pub fn of(members: &[Member]) -> Result<Self> {
        let mut all = HashMap::new();
        for one in members {
            let Ok(threads) = fs::read_dir(format!("/proc/{}/task", one.id)) else {
                continue;
            };
            for thread in threads.flatten() {
                let Ok(status) = fs::read_to_string(thread.path().join("status")) else {
                    continue;
                };
                let id = thread.file_name().to_string_lossy().parse().unwrap_or(0);
                if let (Some(name), Some(count)) = (
                    field(&status, "Name:"),
                    field(&status, "voluntary_ctxt_switches:"),
                ) {
                    let name = format!("{}/{name}", one.name);
                    all.insert((one.id, id), (name, count.parse().unwrap_or(0)));
                }
            }
        }
        Ok(Self(all))
    }

    /// How often threads have slept and woken since, by their names, the busiest first. A thread that has ended meanwhile is
    /// not counted; one that began is, from its begin.
    #[must_use]
    pub fn until(&self, later: &Self) -> Vec<(String, u64)> {
        let mut by_name = BTreeMap::new();
        for (thread, (name, count)) in &later.0 {
            let before = self.0.get(thread).map_or(0, |(_, count)| *count);
            *by_name.entry(name.clone()).or_insert(0) += count.saturating_sub(before);
        }
        let mut all: Vec<_> = by_name
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }
}

/// Of `7 (a (odd) name) S 1 …`.
fn name_and_parent(stat: &str) -> Option<(String, u32)> {
    let (_, rest) = stat.split_once('(')?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

fn pss(rollup: &str) -> Option<u64> {
    let kilobytes: u64 = field(rollup, "Pss:")?
        .strip_suffix(" kB")?
        .trim()
        .parse()
        .ok()?;
    Some(kilobytes * 1024)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_spaces_and_brackets() {
        let stat = "712 (Web (1) Content) S 700 712 700 0 -1 4194560";
        assert_eq!(
            name_and_parent(stat),
            Some(("Web (1) Content".to_owned(), 700))
        );
    }

    #[test]
    fn memory_is_the_proportional_share() {
        let rollup = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  9000 kB\nPss:  2048 kB\nPss_Dirty: 7 kB\n";
        assert_eq!(pss(rollup), Some(2048 * 1024));
    }

    #[test]
    fn this_process_is_of_its_own_family_and_wakes_when_it_sleeps() -> Result<()> {
        let own = family(std::process::id())?;
        assert!(own.iter().any(|one| one.id == std::process::id()));
        assert!(memory(&own)? > 0);
        let before = Sleeps::of(&own)?;
        let (to, from) = std::sync::mpsc::channel();
        let sleeper = std::thread::Builder::new()
            .name("sleeper".into())
            .spawn(move || {
                for _ in 0..5 {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                let _ = to.send(());
                std::thread::park();
            })?;
        from.recv()?;
        let woken = before.until(&Sleeps::of(&own)?);
        let count = woken.iter().find(|(name, _)| name.ends_with("/sleeper"));
        assert!(count.is_some_and(|(_, count)| *count >= 5), "{woken:?}");
        sleeper.thread().unpark();
        sleeper
            .join()
            .map_err(|_| anyhow::anyhow!("the sleeper broke"))
    }
}
