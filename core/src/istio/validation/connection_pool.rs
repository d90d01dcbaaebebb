//! `validateConnectionPool` and `validateOutlierDetection` of pkg/config/validation/validation.go.

use super::broken_rule::BrokenRules;
use super::durations;
use crate::istio::fields::Fields;

const POOL: &str = "`validateConnectionPool` of pkg/config/validation/validation.go";
const OUTLIERS: &str = "`validateOutlierDetection` of pkg/config/validation/validation.go";

pub(super) fn validate(pool: Option<Fields<'_>>, broken: &mut BrokenRules) {
    let Some(pool) = pool else { return };
    let (http, tcp) = (pool.child("http"), pool.child("tcp"));
    if http.is_none() && tcp.is_none() {
        broken.refuse(pool, POOL, "a connection pool needs `http` or `tcp`");
    }
    if let Some(http) = http {
        for key in [
            "http1MaxPendingRequests",
            "http2MaxRequests",
            "maxRequestsPerConnection",
            "maxRetries",
            "maxConcurrentStreams",
        ] {
            not_negative(http, key, broken);
        }
        duration(http, "idleTimeout", POOL, broken);
        if http.flag("useClientProtocol") && http.child("h2UpgradePolicy").is_some_and(|it| it.str() == "UPGRADE") {
            broken.refuse(http, POOL, "`useClientProtocol` and `h2UpgradePolicy: UPGRADE` exclude each other");
        }
    }
    if let Some(tcp) = tcp {
        not_negative(tcp, "maxConnections", broken);
        duration(tcp, "connectTimeout", POOL, broken);
        duration(tcp, "maxConnectionDuration", POOL, broken);
        if let Some(time) = tcp.child("idleTimeout") {
            broken.check(time, POOL, durations::whole_milliseconds_or_none(time.str()));
        }
        if let Some(alive) = tcp.child("tcpKeepalive") {
            duration(alive, "time", POOL, broken);
            duration(alive, "interval", POOL, broken);
        }
    }
}

pub(super) fn outliers(outliers: Option<Fields<'_>>, broken: &mut BrokenRules) {
    let Some(outliers) = outliers else { return };
    duration(outliers, "baseEjectionTime", OUTLIERS, broken);
    duration(outliers, "interval", OUTLIERS, broken);
    if !outliers.flag("splitExternalLocalOriginErrors")
        && outliers.number("consecutiveLocalOriginFailures").is_some_and(|count| count > 0)
    {
        broken.refuse(
            outliers,
            OUTLIERS,
            "`consecutiveLocalOriginFailures` needs `splitExternalLocalOriginErrors: true`",
        );
    }
    for key in ["maxEjectionPercent", "minHealthPercent"] {
        if outliers.number(key).is_some_and(|percent| !(0..=100).contains(&percent)) {
            broken.refuse(outliers, OUTLIERS, format!("`{key}` is not in the range 0..100"));
        }
    }
}

fn not_negative(fields: Fields<'_>, key: &str, broken: &mut BrokenRules) {
    if fields.number(key).is_some_and(|number| number < 0) {
        broken.refuse(fields, POOL, format!("`{key}` is negative"));
    }
}

fn duration(fields: Fields<'_>, key: &str, source: &'static str, broken: &mut BrokenRules) {
    if let Some(time) = fields.child(key) {
        broken.check(time, source, durations::whole_milliseconds(time.str()));
    }
}
