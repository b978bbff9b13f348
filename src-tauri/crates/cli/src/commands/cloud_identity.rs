//! `leasehold get-cloud-identity`

use std::collections::BTreeMap;

use chrono::Utc;
use leasehold_access::make::{Extras, Place, url_safe};
use leasehold_access::relay::ToSts;
use leasehold_access::{Audience, Expected, Hosts, Reason, Refusal, identify};
use leasehold_domain::{ClaimKey, Code, Problem};
use secrecy::SecretString;
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::CloudIdentityArgs;
use crate::print::{Printer, table};

pub async fn print(asked: &CloudIdentityArgs, printer: Printer) -> Result<(), Problem> {
    let caller = leasehold_aws::caller(asked.aws_profile.as_deref()).await?;
    let hosts = Hosts::of_this_computer();
    let region = asked.region.as_deref().or(caller.region.as_deref());
    let url = asked.sts_url.as_deref().unwrap_or_default();
    let place = Place::find(&hosts, url, region)?;
    let extras = Extras {
        audience: asked.audience.as_deref(),
        nonce: asked.audience.is_some(),
    };
    let token = place.sign(&caller.credentials, extras, Utc::now())?;
    if !asked.describe_sub_claims {
        let token = match asked.url_safe {
            true => url_safe(&token),
            false => token,
        };
        if printer.is_json() {
            let token: &str = &token;
            return printer.answer(&json!({ "cloud_identity": token }), String::new);
        }
        return printer.secret(&SecretString::from(token.as_str()));
    }
    let claims = claims(&token, &hosts, &place, asked.audience.as_deref()).await?;
    printer.answer(&json!({ "sub_claims": claims }), || {
        let rows = claims
            .iter()
            .map(|(key, value)| vec![key.to_string(), value.clone()])
            .collect();
        table(&["SUB-CLAIM", "VALUE"], &[1], rows)
    })
}

async fn claims(
    token: &Zeroizing<String>,
    hosts: &Hosts,
    place: &Place,
    audience: Option<&str>,
) -> Result<BTreeMap<ClaimKey, String>, Problem> {
    let expected = Expected {
        hosts,
        endpoint: &place.endpoint,
        audience: &Audience::of(audience.unwrap_or_default()),
        audience_required: audience.is_some(),
    };
    let proven = identify(token, expected, &ToSts)
        .await
        .map_err(|refusal| problem(&refusal))?;
    Ok(proven.claims(None))
}

fn problem(refusal: &Refusal) -> Problem {
    let code = match refusal.reason {
        Reason::StsUnreachable | Reason::StsUntrusted => Code::AwsUnreachable,
        Reason::StsSignature | Reason::StsKeyUnknown | Reason::StsCredentialsExpired => {
            Code::AwsWrongKey
        }
        _ => Code::AwsUnexpected,
    };
    Problem::new(code, refusal.to_string())
        .with_hint("`aws sts get-caller-identity` meets the same, if it is about the credentials.")
}
