//! Death at a chosen commit, for tests of what a crash leaves. Only debug builds can be asked for it.
//!
//! `LEASEHOLD_TEST_KILL_AT_COMMIT=<n>:before` (or `after`) ends the process just before (after) its
//! `n`-th commit as a crash does: nothing is rolled back, closed or flushed.
//! `LEASEHOLD_TEST_COMMITS=<file>` gets one line a commit, so that a test knows how many there are.

/// Counts a commit that is about to be made; may not return.
#[cfg(debug_assertions)]
pub(crate) fn before_commit() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COMMITS: AtomicU64 = AtomicU64::new(0);
    let number = COMMITS.fetch_add(1, Ordering::SeqCst) + 1;
    if wanted() == Some(&(number, Side::Before)) {
        std::process::abort();
    }
    number
}

/// Tells of the commit that was made; may not return.
#[cfg(debug_assertions)]
pub(crate) fn after_commit(number: u64) {
    if let Some(path) = std::env::var_os("LEASEHOLD_TEST_COMMITS") {
        use std::io::Write;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path);
        // A test that counts finds a line missing.
        let _ = file.and_then(|mut file| writeln!(file, "{number}"));
    }
    if wanted() == Some(&(number, Side::After)) {
        std::process::abort();
    }
}

#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

#[cfg(debug_assertions)]
fn wanted() -> Option<&'static (u64, Side)> {
    use std::sync::OnceLock;
    static WANTED: OnceLock<Option<(u64, Side)>> = OnceLock::new();
    let read = || parse(&std::env::var("LEASEHOLD_TEST_KILL_AT_COMMIT").ok()?);
    WANTED.get_or_init(read).as_ref()
}

#[cfg(debug_assertions)]
fn parse(text: &str) -> Option<(u64, Side)> {
    let (number, side) = text.split_once(':')?;
    let side = match side {
        "before" => Side::Before,
        "after" => Side::After,
        _ => return None,
    };
    Some((number.parse().ok()?, side))
}

#[cfg(not(debug_assertions))]
pub(crate) fn before_commit() -> u64 {
    0
}

#[cfg(not(debug_assertions))]
pub(crate) fn after_commit(_number: u64) {}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::{Side, parse};

    #[test]
    fn a_commit_is_named_by_its_number_and_a_side() {
        assert_eq!(parse("3:before"), Some((3, Side::Before)));
        assert_eq!(parse("12:after"), Some((12, Side::After)));
        for nonsense in ["", "3", "3:", "before", "x:after", "3:later"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}
