//! The hosts of AWS STS, name by name: a suffix proves nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use leasehold_domain::{Partition, Problem, Region, split_list};

/// Regions by partition, as botocore 1.43 lists them for STS (`endpoints.json`, `partitions.json`).
const PARTITIONS: [Row; 8] = [
    Row {
        partition: "aws",
        suffix: "amazonaws.com",
        dual_stack: Some("api.aws"),
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    },
    Row {
        partition: "aws-cn",
        suffix: "amazonaws.com.cn",
        dual_stack: Some("api.amazonwebservices.com.cn"),
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Row {
        partition: "aws-us-gov",
        suffix: "amazonaws.com",
        dual_stack: Some("api.aws"),
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
    Row {
        partition: "aws-eusc",
        suffix: "amazonaws.eu",
        dual_stack: Some("api.amazonwebservices.eu"),
        regions: &["eusc-de-east-1"],
    },
    Row {
        partition: "aws-iso",
        suffix: "c2s.ic.gov",
        dual_stack: None,
        regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Row {
        partition: "aws-iso-b",
        suffix: "sc2s.sgov.gov",
        dual_stack: None,
        regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Row {
        partition: "aws-iso-e",
        suffix: "cloud.adc-e.uk",
        dual_stack: None,
        regions: &["eu-isoe-west-1"],
    },
    Row {
        partition: "aws-iso-f",
        suffix: "csp.hci.ic.gov",
        dual_stack: None,
        regions: &["us-isof-east-1", "us-isof-south-1"],
    },
];

/// Regions with a FIPS host of its own name; in GovCloud every host is one.
const FIPS: [&str; 4] = ["us-east-1", "us-east-2", "us-west-1", "us-west-2"];

/// The variable that names regions which opened after this was built, with commas between them.
pub const MORE_REGIONS: &str = "LEASEHOLD_STS_REGIONS";

/// The one host without a region, and the region that signatures for it name.
const GLOBAL: (&str, &str) = ("sts.amazonaws.com", "us-east-1");

struct Row {
    partition: &'static str,
    suffix: &'static str,
    dual_stack: Option<&'static str>,
    regions: &'static [&'static str],
}

/// Which of a region's hosts it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// `sts.amazonaws.com`
    Global,
    /// `sts.eu-west-1.amazonaws.com`
    Regional,
    /// `sts-fips.us-east-1.amazonaws.com`
    Fips,
    /// `sts.eu-west-1.api.aws`
    DualStack,
    /// `sts-fips.us-east-1.api.aws`
    FipsDualStack,
}

/// A host of STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsHost {
    /// The name.
    pub name: String,
    /// Region that signatures for it name.
    pub region: String,
    /// Partition of everybody it knows.
    pub partition: String,
    /// Which it is.
    pub kind: HostKind,
}

/// The table of hosts.
#[derive(Debug, Clone)]
pub struct Hosts(BTreeMap<String, StsHost>);

impl Default for Hosts {
    /// Every region known when this was built.
    fn default() -> Self {
        let mut hosts = Self(BTreeMap::new());
        for row in &PARTITIONS {
            for region in row.regions {
                hosts.add_region(row, region);
            }
        }
        let (name, region) = GLOBAL;
        hosts.add(name.to_owned(), region, "aws", HostKind::Global);
        hosts
    }
}

impl Hosts {
    /// Every region known when this was built, and those that [`MORE_REGIONS`] names. A word in it that is no
    /// region is as good as none, and logged.
    #[must_use]
    pub fn of_this_computer() -> Arc<Self> {
        static ALL: LazyLock<Arc<Hosts>> = LazyLock::new(|| {
            let more = std::env::var(MORE_REGIONS).unwrap_or_default();
            Arc::new(Hosts::default().with_words(&more))
        });
        Arc::clone(&ALL)
    }

    fn with_words(self, words: &str) -> Self {
        let words = split_list(&[words.to_owned()]);
        words.iter().fold(self, |hosts, word| {
            let more = hosts.clone().with_region(MORE_REGIONS, word);
            more.unwrap_or_else(|problem| {
                tracing::error!(message = %problem.message, "a region of AWS STS is left out");
                hosts
            })
        })
    }

    /// The table with a region that opened later. Its hosts are made from its name, below the
    /// domains of AWS.
    ///
    /// # Errors
    /// A word that is not a region, under the named field.
    pub fn with_region(mut self, field: &str, text: &str) -> Result<Self, Problem> {
        let region = Region::parse(field, text)?;
        let row = PARTITIONS
            .iter()
            .find(|row| row.partition == region.partition());
        if let Some(row) = row {
            self.add_region(row, region.as_str());
        }
        Ok(self)
    }

    /// The host of exactly this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&StsHost> {
        self.0.get(name)
    }

    /// The host of this kind in a region; [`HostKind::Global`] stands in one region only.
    #[must_use]
    pub fn in_region(&self, region: &str, kind: HostKind) -> Option<&StsHost> {
        self.iter()
            .find(|host| host.region == region && host.kind == kind)
    }

    /// All hosts.
    pub fn iter(&self) -> impl Iterator<Item = &StsHost> {
        self.0.values()
    }

    fn add_region(&mut self, row: &Row, region: &str) {
        let Row {
            partition, suffix, ..
        } = row;
        self.add(
            format!("sts.{region}.{suffix}"),
            region,
            partition,
            HostKind::Regional,
        );
        let has_fips = FIPS.contains(&region);
        if has_fips {
            self.add(
                format!("sts-fips.{region}.{suffix}"),
                region,
                partition,
                HostKind::Fips,
            );
        }
        let Some(dual_stack) = row.dual_stack else {
            return;
        };
        self.add(
            format!("sts.{region}.{dual_stack}"),
            region,
            partition,
            HostKind::DualStack,
        );
        if has_fips || *partition == "aws-us-gov" {
            let name = format!("sts-fips.{region}.{dual_stack}");
            self.add(name, region, partition, HostKind::FipsDualStack);
        }
    }

    fn add(&mut self, name: String, region: &str, partition: &str, kind: HostKind) {
        let host = StsHost {
            name: name.clone(),
            region: region.to_owned(),
            partition: partition.to_owned(),
            kind,
        };
        self.0.insert(name, host);
    }
}

/// The partition of a region, as a value.
pub(crate) fn partition_of(region: &str) -> Option<Partition> {
    let region = Region::parse("region", region).ok()?;
    Partition::parse("partition", region.partition()).ok()
}

#[cfg(test)]
mod tests;
