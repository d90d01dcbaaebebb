//! Generated objects of the user's own: `check` says what `reach` knows (the rest of them by `tests/mesh/own-sets.sh`).

use std::collections::{BTreeMap, BTreeSet};

use egressc_tests::own_sets::Set;
use egressc_tests::own_sets::law::{CLASSES, Judge};

const SEED: u64 = 2;
const SETS: u64 = 400;

fn sets() -> impl Iterator<Item = (u64, Set)> {
    (0..SETS).filter_map(|number| Some((number, Set::generated(SEED, number)?)))
}

#[test]
fn check_says_what_reach_knows() {
    let mut wrong = Vec::new();
    for (number, set) in sets() {
        let (_, differences) = Judge::of(&set.regular).differences(&set);
        wrong.extend(differences.into_iter().map(|found| format!("set {number}: {}: {}", found.kind, found.detail)));
    }
    assert!(wrong.is_empty(), "{}\n`own_sets --sets 1 --first N` tells the smallest", wrong.join("\n"));
}

/// A check that leaves out a class of requests is noticed: some set has nothing else.
#[test]
fn every_class_of_requests_is_needed() {
    let mut needed: BTreeMap<&str, u64> = BTreeMap::new();
    for (number, set) in sets() {
        for class in Judge::of(&set.regular).needed(&set) {
            needed.entry(class).or_insert(number);
        }
    }
    let missing: BTreeSet<&str> =
        CLASSES.iter().map(|(name, _)| *name).filter(|name| !needed.contains_key(name)).collect();
    assert!(missing.is_empty(), "no set needs: {missing:?}");
}
