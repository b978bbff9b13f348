//! The way to STS itself: https to the host that was signed for, an address that was looked at, no
//! redirects, ten seconds, 64 KiB.

use std::sync::Arc;

use leasehold_aws::{Addressee, MayReach, RelayError};

use crate::answer::{MAX_ANSWER, StsAnswer};
use crate::cloud_identity::BODY;
use crate::request::StsRequest;
use crate::verify::{Relay, RelayFault};

/// Sends to STS over the network.
#[derive(Debug, Clone, Copy, Default)]
pub struct ToSts;

impl Relay for ToSts {
    async fn send(&self, request: &StsRequest) -> Result<StsAnswer, RelayFault> {
        let to = addressee(request);
        let headers: Vec<(String, &str)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect();
        let answer = leasehold_aws::relay(&to, &headers, BODY, MAX_ANSWER)
            .await
            .map_err(|error| match error {
                RelayError::Unreachable => RelayFault::Unreachable,
                RelayError::Untrusted => RelayFault::Untrusted,
                RelayError::Invalid => RelayFault::Invalid,
            })?;
        Ok(StsAnswer {
            status: answer.status,
            content_type: answer.content_type,
            body: answer.body,
        })
    }
}

fn addressee(request: &StsRequest) -> Addressee {
    let Some(pinned) = request.pinned.clone() else {
        return Addressee {
            url: format!("https://{}/", request.host),
            may_reach: None,
        };
    };
    let url = format!("{}/", pinned.origin());
    let may_reach: MayReach = Arc::new(move |addresses| pinned.check_addresses(addresses).is_ok());
    Addressee {
        url,
        may_reach: Some(may_reach),
    }
}
