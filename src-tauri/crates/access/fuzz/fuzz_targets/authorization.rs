//! The Authorization header: what is read is written the same.
#![no_main]

use leasehold_access::Authorization;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(read) = Authorization::parse(text) {
        assert!(Authorization::parse(&read.render()).is_ok_and(|again| again == read));
    }
});
