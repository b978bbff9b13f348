//! What an answer must look like to be believed.

use chrono::{DateTime, Utc};

use crate::client::Call;
use crate::error::AwsError;
use crate::sort;

/// No id or ARN of IAM is longer (UG "IAM and AWS STS quotas": path 512, name 64).
const LONGEST_FACT: usize = 2_048;

/// AWS's time as ours.
pub(crate) fn moment(
    call: &Call,
    at: &aws_smithy_types::DateTime,
) -> Result<DateTime<Utc>, AwsError> {
    DateTime::from_timestamp(at.secs(), at.subsec_nanos())
        .ok_or_else(|| sort::nonsense(call, "the answer holds an impossible date"))
}

/// An access key id as the API reference defines it: 16 to 128 of `\w`.
pub(crate) fn key_id(call: &Call, id: String) -> Result<String, AwsError> {
    let fits = (16..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits {
        Ok(id)
    } else {
        Err(sort::nonsense(call, "the answer holds no access key id"))
    }
}

/// The id of an SSH key, a certificate or a service credential: 20 to 128 of `\w` (API
/// reference).
pub(crate) fn credential_id(call: &Call, id: String) -> Result<String, AwsError> {
    let fits = (20..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits {
        Ok(id)
    } else {
        Err(sort::nonsense(call, "the answer holds no credential id"))
    }
}

/// The serial number of an MFA device: 9 to 256 of `[\w+=/:,.@-]` (API reference `MFADevice`).
pub(crate) fn serial_number(call: &Call, serial: String) -> Result<String, AwsError> {
    let fits = (9..=256).contains(&serial.len())
        && serial
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&b));
    if fits {
        Ok(serial)
    } else {
        Err(sort::nonsense(call, "the answer holds no serial number"))
    }
}

/// A unique id, as far as it is worth looking at.
pub(crate) fn unique_id(call: &Call, id: String) -> Result<String, AwsError> {
    if id.is_empty() || !is_printable(&id) {
        return Err(sort::nonsense(call, "the answer holds no unique id"));
    }
    Ok(id)
}

/// An ARN of anything.
pub(crate) fn arn(call: &Call, arn: String) -> Result<String, AwsError> {
    if !arn.starts_with("arn:") || !is_printable(&arn) {
        return Err(sort::nonsense(call, "the answer holds no ARN"));
    }
    Ok(arn)
}

/// The ARN of the user of this name.
pub(crate) fn user_arn(call: &Call, text: String, name: &str) -> Result<String, AwsError> {
    let arn = arn(call, text)?;
    if arn.rsplit('/').next() != Some(name) {
        return Err(sort::nonsense(
            call,
            "the ARN in the answer is of another user",
        ));
    }
    Ok(arn)
}

fn is_printable(text: &str) -> bool {
    text.len() <= LONGEST_FACT && text.bytes().all(|b| b.is_ascii_graphic())
}
