//! Answers of STS and of what may pretend to be one.
#![no_main]

use leasehold_access::StsAnswer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (good, body) = input;
    let answer = StsAnswer {
        status: if good { 200 } else { 403 },
        content_type: Some("text/xml".into()),
        body: body.to_vec(),
    };
    if let Ok(words) = answer.read() {
        assert!(good && !words.arn.is_empty() && !words.account.is_empty());
        assert!(!words.arn.contains('<'));
    }
});
