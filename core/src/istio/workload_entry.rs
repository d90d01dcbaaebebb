//! A `WorkloadEntry`: an endpoint of the ServiceEntries and Services of their namespace whose selector has their labels.

use std::net::IpAddr;

use super::Meta;
use super::fields::Fields;
use super::service_entry::{Endpoint, endpoint};
use crate::resource::Labels;

/// A workload outside of the cluster.
#[derive(Debug, Clone)]
pub struct WorkloadEntry {
    /// Where it is, with its labels: those of its metadata count before those of its spec
    /// (`pilot/pkg/serviceregistry/serviceentry/conversion.go`, `ConvertWorkloadEntry`).
    pub endpoint: Endpoint,
    /// Whether it is an endpoint only while it is healthy (`isHealthy` of the same file).
    pub is_checked: bool,
}

impl WorkloadEntry {
    pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> Self {
        let mut endpoint = endpoint(spec);
        endpoint.labels.extend(meta.labels.iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        // `strconv.ParseBool`.
        let is_true = |word: &str| ["1", "t", "T", "TRUE", "true", "True"].contains(&word);
        Self { endpoint, is_checked: meta.annotations.get("proxy.istio.io/health-checks-enabled").is_some_and(is_true) }
    }

    /// Whether a selector has nothing but its labels.
    pub fn is_selected_by(&self, selector: &Labels) -> bool {
        selector.iter().all(|(key, value)| self.endpoint.labels.get(key) == Some(value))
    }

    /// Whether it has an address and no name.
    pub fn has_address(&self) -> bool {
        self.endpoint.address.parse::<IpAddr>().is_ok()
    }
}
