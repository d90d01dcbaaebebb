//! How the traffic of a workload leaves its pod, and which control plane configures its proxy.

use std::net::IpAddr;

use super::{Capture, Captured};
use crate::resource::{AddedLabels, Discovery, Labels, OutboundTrafficPolicy, PathNormalization};
use crate::source::Spanned;

/// How the traffic of a workload leaves its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataPlane {
    /// Through the sidecar of the pod.
    Sidecar,
    /// Through the ztunnel of its node.
    Ambient,
    /// Straight to the network.
    None,
}

/// The waypoint that the services of a namespace use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceWaypoint {
    /// No document says.
    Unknown,
    /// None.
    None,
    /// This one; without a namespace it is one of the namespace's own.
    Named {
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: Option<String>,
    },
}

/// What one revision of Istio is configured with.
#[derive(Debug, Clone)]
pub struct ControlPlane {
    /// Its revision; `default` where it has no name.
    pub revision: String,
    /// What sidecars do with unknown hosts; `None` where its mesh config is not given.
    pub outbound_traffic_policy: Option<Spanned<OutboundTrafficPolicy>>,
    /// Whether sidecars answer DNS; `None` where its mesh config is not given.
    pub dns_capture: Option<bool>,
    /// Whether sidecars stop looking for HTTP after some time; `None` where its mesh config is not given.
    pub detection_times_out: Option<bool>,
    /// What proxies make of a path; `None` where its mesh config is not given.
    pub path_normalization: Option<PathNormalization>,
    /// What sidecars capture, where a pod says nothing else.
    pub capture: Capture,
    /// Which objects it reads, and who sees them.
    pub discovery: Discovery,
    /// Whether it has a mesh config that istiod cannot read.
    pub is_unreadable: bool,
    /// What is not known of it, although documents are given.
    pub doubts: Vec<Doubt>,
    /// What sidecars may do with unknown hosts, where that is in doubt.
    pub possible_outbound_traffic_policies: Vec<Spanned<OutboundTrafficPolicy>>,
}

impl ControlPlane {
    /// What sidecars do with unknown hosts, or may do.
    pub fn possible_policies(&self) -> impl Iterator<Item = &Spanned<OutboundTrafficPolicy>> {
        self.outbound_traffic_policy.iter().chain(&self.possible_outbound_traffic_policies)
    }

    /// Why a setting is not known, although documents are given.
    pub fn doubt(&self, about: MeshSetting) -> Option<&str> {
        self.doubts.iter().find(|doubt| doubt.about == about).map(|doubt| doubt.why.as_str())
    }
}

/// A setting that is not known, although documents are given: they contradict each other, or istiod cannot read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The setting.
    pub about: MeshSetting,
    /// Why it is not known.
    pub why: String,
}

/// A setting of the mesh config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeshSetting {
    /// What sidecars do with unknown hosts.
    OutboundTrafficPolicy,
    /// Whether sidecars answer DNS.
    DnsCapture,
    /// Whether sidecars stop looking for HTTP after some time.
    DetectionTimeout,
    /// What proxies make of a path.
    PathNormalization,
    /// Which objects istiod reads, and who sees them.
    Discovery,
}

/// A `ProxyConfig`: variables of proxies, of which one makes sidecars answer DNS.
#[derive(Debug, Clone)]
pub struct ProxyConfig {
    /// Its namespace.
    pub namespace: String,
    /// The workloads; `None` is all of them.
    pub selector: Option<Labels>,
    /// What it says; `None` where it says nothing about DNS.
    pub dns_capture: Option<bool>,
    /// Variables that change what sidecars capture, and are not followed.
    pub not_followed: Vec<Spanned<String>>,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
}

/// The data plane of a client, as far as documents tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// How its traffic leaves its pod.
    pub data_plane: DataPlane,
    /// What its sidecar captures.
    pub capture: Capture,
    /// Whether its sidecar, or ztunnel, answers its DNS queries; `None` where no document says.
    pub dns_capture: Option<bool>,
    /// Whether its sidecar stops looking for HTTP after some time; `None` where no document says.
    pub detection_times_out: Option<bool>,
    /// What its sidecar does with unknown hosts; `None` where no document says.
    pub outbound_traffic_policy: Option<OutboundTrafficPolicy>,
    /// The revision of Istio that configures its sidecar; `None` where no document says.
    pub revision: Option<String>,
    /// Labels that its pods get besides those that are written for them.
    pub added_labels: AddedLabels,
    /// The workload that it is, where one is described.
    pub workload: Option<String>,
    /// The service account of that workload.
    pub service_account: Option<String>,
    /// Why it is not known whether ztunnel takes its traffic, although its labels say so, or that it does not.
    pub ambient_doubt: Option<String>,
    /// What no document describes of it, so that Istio's defaults are taken for it; empty where all is described.
    pub not_described: Vec<&'static str>,
}

impl ClientSettings {
    /// Whether a sidecar captures a connection for certain; `address` is `None` where only a name is known.
    pub fn surely_captures(&self, port: u16, address: Option<IpAddr>) -> bool {
        self.data_plane == DataPlane::Sidecar && self.capture.captures(port, address) == Captured::Yes
    }

    /// Whether the traffic of both leaves the pods in the same way.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let settings = |client: &Self| (client.dns_capture, client.detection_times_out, client.outbound_traffic_policy);
        self.data_plane == other.data_plane
            && self.capture == other.capture
            && settings(self) == settings(other)
            && self.ambient_doubt == other.ambient_doubt
            // A waypoint knows a client by its service account.
            && (self.data_plane != DataPlane::Ambient || self.service_account == other.service_account)
    }
}
