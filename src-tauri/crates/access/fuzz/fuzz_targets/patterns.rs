//! ARN patterns, path rules and sub-claims: read, matched, written the same.
#![no_main]

use leasehold_access::ClaimTest;
use leasehold_domain::{Arn, ArnPattern, ClaimKey, Claims, IpBounds, ItemPath, PathPattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if let Ok(read) = ArnPattern::parse("f", pattern) {
        assert_eq!(ArnPattern::parse("f", &read.to_string()), Ok(read.clone()));
        if let Ok(arn) = Arn::parse("f", text) {
            let _ = read.matches(&arn);
        }
    }
    if let Ok(read) = PathPattern::parse("f", pattern) {
        let claims = Claims::from([(ClaimKey::ResourceId, text.to_owned())]);
        for path in [text, "/x/y/z"] {
            if let Ok(path) = ItemPath::parse("f", path) {
                let _ = read.matches(&path, &claims, true);
            }
        }
    }
    if let Ok(read) = ClaimTest::parse("f", pattern) {
        let _ = read.matches(text, true);
    }
    let _ = IpBounds::parse("f", &[pattern.to_owned()]);
});
