//! The outer form, both as it comes and with the JSON of the headers chosen freely.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leasehold_access::{
    Audience, BODY, CloudIdentity, Expected, Hosts, SignedRequest, StsEndpoint,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &str)| {
    let (whole, text) = input;
    let wrapped = format!(
        r#"{{"sts_request_method":"POST","sts_request_url":"{}","sts_request_body":"{}","sts_request_headers":"{}"}}"#,
        STANDARD.encode("https://sts.us-east-1.amazonaws.com/"),
        STANDARD.encode(BODY),
        STANDARD.encode(text)
    );
    let token = if whole {
        text.to_owned()
    } else {
        STANDARD.encode(wrapped)
    };
    let Ok(identity) = CloudIdentity::decode(&token) else {
        return;
    };
    let hosts = Hosts::default();
    let expected = Expected {
        hosts: &hosts,
        endpoint: &StsEndpoint::Aws,
        audience: &Audience::of("vault"),
        audience_required: false,
    };
    if let Ok(request) = SignedRequest::read(identity, expected) {
        // Whatever was sent: the host is one of the table, and every header is plain.
        assert!(hosts.get(&request.relay().host).is_some());
        for (name, value) in &request.relay().headers {
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)));
        }
    }
});
