//! `validateLoadBalancer` of pkg/config/validation/validation.go.

use std::collections::{BTreeMap, BTreeSet};

use super::broken_rule::BrokenRules;
use super::durations;
use crate::istio::fields::Fields;

const SOURCE: &str = "`validateLoadBalancer` of pkg/config/validation/validation.go";
const LOCALITY: &str = "`ValidateLocalityLbSetting` of pkg/config/validation/agent/validation.go";

pub(super) fn validate(settings: Option<Fields<'_>>, broken: &mut BrokenRules) {
    let Some(settings) = settings else { return };
    if let Some(hash) = settings.child("consistentHash") {
        consistent_hash(hash, broken);
    }
    if let Some(locality) = settings.child("localityLbSetting")
        && let Err(rule) = localities(locality)
    {
        broken.refuse(locality, LOCALITY, rule);
    }
    if let Some(warmup) = settings.child("warmup") {
        if let Some(time) = warmup.child("duration") {
            broken.check(time, SOURCE, durations::whole_milliseconds(time.str()));
        }
        let real = |key: &str| warmup.child(key).and_then(Fields::real);
        if real("minimumPercent").is_some_and(|percent| percent > 100.0) {
            broken.refuse(warmup, SOURCE, "`minimumPercent` is larger than 100");
        }
        // 1.30 wants at least 1.
        if real("aggression").is_some_and(|value| value <= 0.0) {
            broken.refuse(warmup, SOURCE, "`aggression` is not positive");
        }
    }
    if let Some(time) = settings.child("warmupDurationSecs")
        && durations::nanoseconds(time.str()).is_none_or(|time| time < 1_000_000)
    {
        broken.refuse(time, SOURCE, "`warmupDurationSecs` is not a duration of at least 1ms");
    }
}

fn consistent_hash(hash: Fields<'_>, broken: &mut BrokenRules) {
    if let Some(cookie) = hash.child("httpCookie") {
        if cookie.child("name").is_none_or(|name| name.str().is_empty()) {
            broken.refuse(cookie, SOURCE, "a cookie needs a name");
        }
        if let Some(time) = cookie.child("ttl")
            && durations::nanoseconds(time.str()).is_none()
        {
            broken.refuse(time, SOURCE, format!("`{}` is not a duration", time.str()));
        }
        let mut seen = BTreeSet::new();
        for attribute in cookie.items("attributes") {
            let name = attribute.child("name").map_or("", Fields::str);
            if name.is_empty() || !seen.insert(name) {
                broken.refuse(attribute, SOURCE, "the attributes of a cookie need names that differ");
            }
        }
    }
    let minimum = hash.number("minimumRingSize").unwrap_or_default();
    if minimum != 0 && (hash.has("ringHash") || hash.has("maglev")) {
        broken.refuse(hash, SOURCE, "`minimumRingSize` and `ringHash` or `maglev` exclude each other");
    }
    if let Some(maglev) = hash.child("maglev") {
        let size = maglev.number("tableSize").unwrap_or_default();
        if size >= 5_000_011 || !is_prime(size) {
            broken.refuse(maglev, SOURCE, "the table size of `maglev` is not a prime number below 5000011");
        }
    }
}

fn is_prime(number: i64) -> bool {
    let divides = |factor: i64| number.checked_rem(factor) == Some(0);
    match number {
        1..=3 => true,
        _ if number < 1 || divides(2) => false,
        _ => !(3..).step_by(2).take_while(|factor: &i64| factor.saturating_mul(*factor) <= number).any(divides),
    }
}

fn localities(setting: Fields<'_>) -> Result<(), String> {
    let given = |key: &str| setting.items(key).next().is_some();
    if given("distribute") && given("failover") {
        return Err("`distribute` and `failover` exclude each other".to_owned());
    }
    if given("failover") {
        let topology = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
        if let Some(label) = setting.items("failoverPriority").find(|label| topology.contains(&label.str())) {
            return Err(format!("`failover` and `{}` in `failoverPriority` exclude each other", label.str()));
        }
    }
    let mut from = Vec::new();
    for each in setting.items("distribute") {
        from.push(each.child("from").map_or("", Fields::str));
        let mut total: i64 = 0;
        let mut to = Vec::new();
        for (locality, weight) in each.child("to").into_iter().flat_map(Fields::given_entries) {
            let weight = weight.whole().unwrap_or_default();
            if !(1..=100).contains(&weight) {
                return Err(format!("the weight {weight} of a locality is not in the range 1..100"));
            }
            total = total.saturating_add(weight);
            to.push(locality);
        }
        if total != 100 {
            return Err(format!("the weights of the localities add up to {total}, and not to 100"));
        }
        // Go visits them in any order.
        to.sort_unstable();
        to.reverse();
        overlaps(&to)?;
    }
    overlaps(&from)?;
    for failover in setting.items("failover") {
        let text = |key: &str| failover.child(key).map_or("", Fields::str);
        let (from, to) = (text("from"), text("to"));
        if from == to || from.contains(['/', '*']) || to.contains(['/', '*']) {
            return Err("`failover` needs two regions that differ, without zones and wildcards".to_owned());
        }
    }
    Ok(())
}

/// `validateLocalities`.
fn overlaps(localities: &[&str]) -> Result<(), String> {
    let mut seen: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for locality in localities {
        let stars = locality.matches('*').count();
        if stars > 1 || (stars == 1 && !locality.ends_with('*')) {
            return Err(format!("the locality `{locality}` has a wildcard that is not at its end"));
        }
        let parts: Vec<&str> = locality.splitn(3, '/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(format!("the locality `{locality}` has an empty part"));
        }
        let (region, zone, subzone) = match parts.as_slice() {
            [region] => (*region, "*", "*"),
            [region, zone] => (*region, *zone, "*"),
            [region, zone, subzone, ..] => (*region, *zone, *subzone),
            [] => continue,
        };
        let overlap = seen.contains_key("*")
            || match (parts.len(), seen.get(region)) {
                (_, None) => false,
                (1, Some(_)) => true,
                (_, Some(zones)) if zones.contains_key("*") => true,
                (2, Some(zones)) => zones.contains_key(zone),
                (_, Some(zones)) => zones.get(zone).is_some_and(|all| all.contains("*") || all.contains(subzone)),
            };
        if overlap {
            return Err(format!("the locality `{locality}` overlaps with another one"));
        }
        seen.entry(region).or_default().entry(zone).or_default().insert(subzone);
    }
    Ok(())
}
