//! The settings of a destination: what a policy says about its requests and connections besides who may send them, and
//! where they arrive.
//!
//! Each structure is taken apart without `..`, so a new field of the model is a setting, or is left out with a reason.

use std::collections::BTreeMap;

use crate::model::{
    Authorities, BackendHost, Destination, FoundBy, HeaderRules, Http, Outliers, Pool, Presents, RetryRules, Through,
    UpstreamSettings, UpstreamTls,
};

/// A setting: its path below `to[]` of a policy, and the gateway or backend that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SettingName {
    pub path: &'static str,
    pub of: Option<String>,
}

/// The settings that name the authorities whose certificates a gateway accepts. Without any it accepts those of all of its
/// system's.
const AUTHORITIES: [&str; 4] = [
    "httpsUpgrade.credentialName",
    "httpsUpgrade.caCertificates",
    "backends[].httpsUpgrade.credentialName",
    "backends[].httpsUpgrade.caCertificates",
];

/// The mode of TLS with a host that gets no certificate of the gateway.
pub(super) const USUAL_MODE: &str = "SIMPLE";
const MODE: &str = "httpsUpgrade.mode";
const MODE_OF_BACKEND: &str = "backends[].httpsUpgrade.mode";

impl SettingName {
    /// Whether it is the mode of TLS with a host.
    pub(super) fn is_mode(&self) -> bool {
        [MODE, MODE_OF_BACKEND].contains(&self.path)
    }

    /// Whether it names authorities.
    pub(super) fn is_authority(&self) -> bool {
        AUTHORITIES.contains(&self.path)
    }
}

/// The settings that a policy sets, with their values. What it does not set has Istio's default and is missing.
pub(super) type SettingValues = BTreeMap<SettingName, String>;

/// The settings of a destination. Hosts, ports, gateways, protocols and rules about requests decide flows, which are
/// compared by their outcomes.
pub(super) fn of_destination(destination: &Destination) -> SettingValues {
    let Destination {
        name: _,
        hosts: _,
        found_by: FoundBy::Names | FoundBy::Addresses,
        port: _,
        protocol: _,
        through,
        upgrade,
        http,
        http_span: _,
        upstream,
        backends,
        backends_span: _,
        span: _,
    } = destination;
    let mut settings = Collected(SettingValues::new());
    settings.of_gateways(through);
    settings.of_http(http);
    settings.of_upstream(upstream);
    if upgrade.is_some() {
        settings.of_mode(MODE, None, &upstream.tls);
    }
    settings.of_backends(backends);
    settings.0
}

struct Collected(SettingValues);

impl Collected {
    fn put(&mut self, path: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.insert(SettingName { path, of: None }, value.to_string());
        }
    }

    fn put_of(&mut self, path: &'static str, of: String, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.insert(SettingName { path, of: Some(of) }, value.to_string());
        }
    }

    fn of_gateways(&mut self, gateways: &[Through]) {
        if gateways.len() > 1 {
            let all = gateways.iter().fold(0, |sum: u64, through| sum.saturating_add(through.weight.into()));
            for Through { gateway, port: _, weight, weight_span: _ } in gateways {
                self.put_of("byEgressGateways[].weight", gateway.value.clone(), Some(share(*weight, all)));
            }
        }
    }

    fn of_http(&mut self, http: &Http) {
        let Http { rules: _, timeout, retries, request_headers, response_headers } = http;
        self.put("timeout", timeout.as_ref());
        if let Some(RetryRules { attempts, per_try_timeout, retry_on }) = retries {
            self.put("retries.attempts", Some(attempts));
            self.put("retries.perTryTimeout", per_try_timeout.as_ref());
            self.put("retries.retryOn", listed(retry_on));
        }
        let HeaderRules { set, add, remove } = request_headers;
        self.of_headers("headers.request.set", set);
        self.of_headers("headers.request.add", add);
        self.put("headers.request.remove", listed(remove));
        let HeaderRules { set, add, remove } = response_headers;
        self.of_headers("headers.response.set", set);
        self.of_headers("headers.response.add", add);
        self.put("headers.response.remove", listed(remove));
    }

    fn of_headers(&mut self, path: &'static str, headers: &BTreeMap<String, String>) {
        for (name, value) in headers {
            self.put_of(path, name.clone(), Some(value));
        }
    }

    fn of_upstream(&mut self, settings: &UpstreamSettings) {
        let UpstreamSettings { tls, pool, outliers, fallback } = settings;
        self.of_tls(None, tls);
        let Pool {
            max_connections,
            connect_timeout,
            idle_timeout,
            max_pending_requests,
            max_requests,
            max_requests_per_connection,
            http_idle_timeout,
        } = pool;
        self.put("connectionPool.tcp.maxConnections", max_connections.as_ref());
        self.put("connectionPool.tcp.connectTimeout", connect_timeout.as_ref());
        self.put("connectionPool.tcp.idleTimeout", idle_timeout.as_ref());
        self.put("connectionPool.http.http1MaxPendingRequests", max_pending_requests.as_ref());
        self.put("connectionPool.http.http2MaxRequests", max_requests.as_ref());
        self.put("connectionPool.http.maxRequestsPerConnection", max_requests_per_connection.as_ref());
        self.put("connectionPool.http.idleTimeout", http_idle_timeout.as_ref());
        if let Some(outliers) = outliers {
            let Outliers {
                consecutive_5xx_errors,
                consecutive_gateway_errors,
                interval,
                base_ejection_time,
                max_ejection_percent,
            } = outliers;
            self.put("outlierDetection.consecutive5xxErrors", consecutive_5xx_errors.as_ref());
            self.put("outlierDetection.consecutiveGatewayErrors", consecutive_gateway_errors.as_ref());
            self.put("outlierDetection.interval", interval.as_ref());
            self.put("outlierDetection.baseEjectionTime", base_ejection_time.as_ref());
            self.put("outlierDetection.maxEjectionPercent", max_ejection_percent.as_ref());
        }
        self.put("fallback", listed(fallback.iter().map(|host| &host.value)));
    }

    fn of_backends(&mut self, backends: &[BackendHost]) {
        let all = backends.iter().fold(0, |sum: u64, backend| sum.saturating_add(backend.weight.into()));
        for BackendHost { host, port, weight, weight_span: _, is_upgraded, upstream, span: _ } in backends {
            let name = format!("{}:{port}", host.value);
            self.put_of("backends[].weight", name.clone(), Some(share(*weight, all)));
            // The pool and the outliers of a backend are those of the destination.
            let UpstreamSettings { tls, pool: _, outliers: _, fallback } = upstream;
            self.of_tls(Some(&name), tls);
            if *is_upgraded {
                self.of_mode(MODE_OF_BACKEND, Some(name.clone()), tls);
            }
            let hosts = listed(fallback.iter().map(|host| &host.value));
            self.put_of("backends[].fallback", name, hosts);
        }
    }

    fn of_mode(&mut self, path: &'static str, of: Option<String>, tls: &UpstreamTls) {
        let mode = match tls.presents {
            Presents::Nothing => USUAL_MODE,
            Presents::Secret | Presents::Files { .. } => "MUTUAL",
        };
        self.0.insert(SettingName { path, of }, mode.to_owned());
    }

    fn of_tls(&mut self, backend: Option<&str>, tls: &UpstreamTls) {
        let UpstreamTls { presents, authorities } = tls;
        let mut put = |own: &'static str, of_backend: &'static str, value: Option<&str>| match backend {
            None => self.put(own, value),
            Some(backend) => self.put_of(of_backend, backend.to_owned(), value),
        };
        let (certificate, key) = match presents {
            Presents::Nothing | Presents::Secret => (None, None),
            Presents::Files { certificate, key } => (Some(certificate.as_str()), Some(key.as_str())),
        };
        let (secret, file) = match authorities {
            Authorities::System => (None, None),
            Authorities::Secret(name) => (Some(name.as_str()), None),
            Authorities::File(path) => (None, Some(path.as_str())),
        };
        put("httpsUpgrade.clientCertificate", "backends[].httpsUpgrade.clientCertificate", certificate);
        put("httpsUpgrade.privateKey", "backends[].httpsUpgrade.privateKey", key);
        put("httpsUpgrade.credentialName", "backends[].httpsUpgrade.credentialName", secret);
        put("httpsUpgrade.caCertificates", "backends[].httpsUpgrade.caCertificates", file);
    }
}

/// A weight as a share of all weights: `9 of 10` and `90 of 100` are the same.
fn share(weight: u32, all: u64) -> String {
    let weight = u64::from(weight);
    let common = common_divisor(weight, all);
    let shortened = |number: u64| number.checked_div(common).unwrap_or(number);
    format!("{} of {}", shortened(weight), shortened(all))
}

fn common_divisor(a: u64, b: u64) -> u64 {
    let (mut larger, mut smaller) = (a, b);
    while let Some(rest) = larger.checked_rem(smaller) {
        (larger, smaller) = (smaller, rest);
    }
    larger
}

/// Words in their order; `None` for no words.
fn listed<'a>(words: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
