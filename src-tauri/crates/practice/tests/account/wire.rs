//! Requests signed by hand, so that tests can bend what an SDK would never send.

use std::time::{Duration, SystemTime};

use aws_sdk_iam::config::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use chrono::{DateTime, Utc};
use leasehold_practice::Request;

use crate::desk::Person;

pub const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
pub const HOST: &str = "practice.test:4566";

/// A signed `POST` of a form.
pub fn post(who: &Person, service: &str, region: &str, at: DateTime<Utc>, body: &str) -> Request {
    post_with(who, service, region, at, body, &[])
}

pub fn post_with(
    who: &Person,
    service: &str,
    region: &str,
    at: DateTime<Utc>,
    body: &str,
    more: &[(&str, &str)],
) -> Request {
    let mut headers = vec![
        ("host".to_owned(), HOST.to_owned()),
        (
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    headers.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    let token = who.token.clone();
    let identity = Credentials::new(&who.id, &who.secret, token, None, "test").into();
    let settings = SigningSettings::default();
    let time: SystemTime = at.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let fields = headers
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let signable = SignableRequest::new(
        "POST",
        format!("http://{HOST}/"),
        fields,
        SignableBody::Bytes(body.as_bytes()),
    );
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    headers.extend(
        instructions
            .headers()
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    Request {
        method: "POST".to_owned(),
        uri: "/".to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

/// A pre-signed `GET` with one more signed header, as container clusters make them.
pub fn presigned(who: &Person, at: DateTime<Utc>) -> Request {
    let headers = vec![
        ("host".to_owned(), HOST.to_owned()),
        ("x-k8s-aws-id".to_owned(), "cluster".to_owned()),
    ];
    let identity = Credentials::new(&who.id, &who.secret, who.token.clone(), None, "test").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let time: SystemTime = at.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("sts")
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let fields = headers
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let url = format!("http://{HOST}/?{IDENTITY}");
    let signable = SignableRequest::new("GET", url, fields, SignableBody::empty());
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    let mut query = form_urlencoded::Serializer::new(IDENTITY.to_owned());
    for (key, value) in instructions.params() {
        query.append_pair(key, value);
    }
    Request {
        method: "GET".to_owned(),
        uri: format!("/?{}", query.finish()),
        headers,
        body: Vec::new(),
    }
}

/// The request with one header field replaced.
pub fn with_header(request: &Request, name: &str, edit: impl Fn(&str) -> String) -> Request {
    let mut bent = request.clone();
    for (key, value) in &mut bent.headers {
        if key.eq_ignore_ascii_case(name) {
            *value = edit(value);
        }
    }
    bent
}
