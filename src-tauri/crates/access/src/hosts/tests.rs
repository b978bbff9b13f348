//! Hosts that are in the table, and what only looks like one.

use super::*;

#[test]
fn every_host_knows_its_region_and_partition() {
    let hosts = Hosts::default();
    for (name, region, partition, kind) in [
        ("sts.amazonaws.com", "us-east-1", "aws", HostKind::Global),
        (
            "sts.us-east-1.amazonaws.com",
            "us-east-1",
            "aws",
            HostKind::Regional,
        ),
        (
            "sts.mx-central-1.amazonaws.com",
            "mx-central-1",
            "aws",
            HostKind::Regional,
        ),
        (
            "sts-fips.us-west-2.amazonaws.com",
            "us-west-2",
            "aws",
            HostKind::Fips,
        ),
        (
            "sts.eu-west-1.api.aws",
            "eu-west-1",
            "aws",
            HostKind::DualStack,
        ),
        (
            "sts-fips.us-east-2.api.aws",
            "us-east-2",
            "aws",
            HostKind::FipsDualStack,
        ),
        (
            "sts.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
            "aws-us-gov",
            HostKind::Regional,
        ),
        (
            "sts.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
            "aws-cn",
            HostKind::Regional,
        ),
        (
            "sts.cn-northwest-1.api.amazonwebservices.com.cn",
            "cn-northwest-1",
            "aws-cn",
            HostKind::DualStack,
        ),
        (
            "sts.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1",
            "aws-eusc",
            HostKind::Regional,
        ),
        (
            "sts.us-iso-east-1.c2s.ic.gov",
            "us-iso-east-1",
            "aws-iso",
            HostKind::Regional,
        ),
        (
            "sts.us-isob-east-1.sc2s.sgov.gov",
            "us-isob-east-1",
            "aws-iso-b",
            HostKind::Regional,
        ),
        (
            "sts.eu-isoe-west-1.cloud.adc-e.uk",
            "eu-isoe-west-1",
            "aws-iso-e",
            HostKind::Regional,
        ),
        (
            "sts.us-isof-south-1.csp.hci.ic.gov",
            "us-isof-south-1",
            "aws-iso-f",
            HostKind::Regional,
        ),
    ] {
        let host = hosts.get(name).unwrap();
        assert_eq!(
            (host.region.as_str(), host.partition.as_str(), host.kind),
            (region, partition, kind),
            "{name}"
        );
    }
}

#[test]
fn the_partition_of_every_host_is_that_of_its_region() {
    for host in Hosts::default().iter() {
        assert_eq!(
            partition_of(&host.region).unwrap().as_str(),
            host.partition,
            "{host:?}"
        );
    }
    assert_eq!(Hosts::default().iter().count(), 96);
}

#[test]
fn what_only_looks_like_one_is_none() {
    for name in [
        "",
        "amazonaws.com",
        "sts.evil.amazonaws.com",
        "evil.us-west-2.amazonaws.com",
        "sts.not-a-region.amazonaws.com",
        "sts.s3.us-east-1.amazonaws.com",
        "sts.us-east-1.amazonaws.com.",
        "STS.us-east-1.amazonaws.com",
        "sts.us-east-1.amazonaws.com.evil.org",
        "sts.us-east-1.amazonaws.com.cn",
        "sts.cn-north-1.amazonaws.com",
        "sts-fips.eu-west-1.amazonaws.com",
        "sts.amazonaws.com.cn",
    ] {
        assert_eq!(Hosts::default().get(name), None, "{name}");
    }
}

#[test]
fn a_region_that_opened_later_can_be_added_and_nothing_else() {
    let hosts = Hosts::default();
    assert_eq!(hosts.get("sts.eu-north-7.amazonaws.com"), None);
    let hosts = hosts
        .with_region("region", "eu-north-7")
        .and_then(|hosts| hosts.with_region("region", "cn-west-2"))
        .unwrap();
    assert_eq!(
        hosts.get("sts.eu-north-7.amazonaws.com").unwrap().partition,
        "aws"
    );
    assert_eq!(
        hosts
            .get("sts.cn-west-2.amazonaws.com.cn")
            .unwrap()
            .partition,
        "aws-cn"
    );
    for wrong in ["evil.org", "evil.org?eu-north-7", "eu north", ""] {
        let hosts = Hosts::default().with_region("region", wrong);
        assert!(hosts.is_err(), "{wrong}");
    }
}

#[test]
fn what_the_environment_names_is_added_as_far_as_it_is_a_region() {
    let hosts = Hosts::default().with_words("eu-north-7, evil.org\nus-gov-north-1,,");
    for name in [
        "sts.eu-north-7.amazonaws.com",
        "sts-fips.us-gov-north-1.api.aws",
    ] {
        assert!(hosts.get(name).is_some(), "{name}");
    }
    let more = hosts.iter().count() - Hosts::default().iter().count();
    assert_eq!(
        more, 5,
        "two hosts and three, and nothing of what is no region"
    );
}

#[test]
fn a_host_is_found_by_its_region_and_kind() {
    let hosts = Hosts::default();
    let name = |region: &str, kind| hosts.in_region(region, kind).map(|host| host.name.clone());
    assert_eq!(
        name("us-east-1", HostKind::Global).unwrap(),
        "sts.amazonaws.com"
    );
    assert_eq!(name("eu-west-1", HostKind::Global), None);
    assert_eq!(
        name("eu-west-1", HostKind::DualStack).unwrap(),
        "sts.eu-west-1.api.aws"
    );
    assert_eq!(name("eu-west-1", HostKind::Fips), None);
}
