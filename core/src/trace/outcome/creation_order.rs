//! Which of two objects Istio puts first: by their creation times, and by what a run assumes where these are not known.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::istio::{Meta, Object};

/// An object: its kind, and its place among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    pub(crate) kind: ObjectKind,
    pub(crate) at: usize,
}

/// The kinds of which the older comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ObjectKind {
    ServiceEntry,
    Service,
    /// The Service of a gateway that no document describes.
    GatewayService,
    VirtualService,
    DestinationRule,
    Gateway,
    Sidecar,
    AuthorizationPolicy,
}

/// What Istio orders an object by.
///
/// The oldest is first, then by name, then by namespace
/// (`pilot/pkg/model/config.go`, `sortConfigByCreationTime`; `push_context.go`, `SortServicesByCreationTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObjectAge<'w> {
    pub(crate) id: ObjectId,
    /// The object whose creation time is its own: of what is made of one object of the Gateway API, the first.
    made_with: ObjectId,
    created: Option<&'w str>,
    name: &'w str,
    namespace: &'w str,
}

impl<'w> ObjectAge<'w> {
    pub(crate) fn of(kind: ObjectKind, at: usize, meta: &'w Meta) -> Self {
        Self::named(kind, at, meta.created.as_deref(), meta.istio_name(), &meta.namespace)
    }

    /// One that Istio orders by another name than its own.
    pub(crate) fn named(
        kind: ObjectKind,
        at: usize,
        created: Option<&'w str>,
        name: &'w str,
        namespace: &'w str,
    ) -> Self {
        let id = ObjectId { kind, at };
        Self { id, made_with: id, created, name, namespace }
    }

    /// Istio's order, where an absent time is the beginning of time.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.created.unwrap_or_default().cmp(other.created.unwrap_or_default()).then(self.among_equals(other))
    }

    /// Whether both times are known, or the same: in a cluster every object has one, in a file hardly any.
    pub(crate) fn is_known_beside(&self, other: &Self) -> bool {
        (self.created.is_some() && other.created.is_some()) || self.made_with == other.made_with
    }

    /// Whether both times are known and the same.
    pub(crate) fn is_as_old_as(&self, other: &Self) -> bool {
        self.created.is_some() && self.created == other.created
    }

    /// The object whose creation time is its own.
    pub(crate) fn object(&self) -> ObjectId {
        self.made_with
    }

    /// Whether its time is known.
    pub(crate) fn is_timed(&self) -> bool {
        self.created.is_some()
    }

    /// The order of objects of one time.
    fn among_equals(&self, other: &Self) -> Ordering {
        (self.name, self.namespace, self.id).cmp(&(other.name, other.namespace, other.id))
    }
}

/// The ages of some objects of one kind.
pub(crate) fn ages<'w, T>(kind: ObjectKind, objects: &'w [Object<T>]) -> Vec<ObjectAge<'w>> {
    let mut first: BTreeMap<(&str, &str, &str), ObjectId> = BTreeMap::new();
    let age = |(at, object): (usize, &'w Object<T>)| {
        let meta = &object.meta;
        let age = ObjectAge::of(kind, at, meta);
        if meta.istio_name.is_none() {
            return age;
        }
        let made_with = *first.entry((&meta.kind, &meta.namespace, &meta.name)).or_insert(age.id);
        ObjectAge { made_with, ..age }
    };
    objects.iter().enumerate().map(age).collect()
}

/// What a run assumes of creation times that are not known.
///
/// "This object comes before that one" says that its time is earlier, or the same where the names decide so between
/// equals. From such statements others follow, and none is ever assumed of which the contrary follows.
#[derive(Debug, Default)]
pub(crate) struct CreationOrder {
    assumed: Vec<Earlier>,
}

/// One time is before another, or not after it.
#[derive(Debug)]
struct Earlier {
    time: Time<String>,
    than: Time<String>,
    surely: bool,
}

/// The time of an object; known ones are compared by what they say.
#[derive(Debug, Clone, Copy)]
struct Time<S> {
    of: ObjectId,
    known: Option<S>,
}

impl Time<&str> {
    fn is(self, other: Self) -> bool {
        self.of == other.of || (self.known.is_some() && self.known == other.known)
    }

    /// Whether the first of two known times is before the second or the same; and whether it is surely before.
    fn is_not_after(self, other: Self) -> Option<bool> {
        let (Some(this), Some(that)) = (self.known, other.known) else { return None };
        (this <= that).then_some(this < that)
    }
}

impl Time<String> {
    fn borrowed(&self) -> Time<&str> {
        Time { of: self.of, known: self.known.as_deref() }
    }
}

impl<'w> ObjectAge<'w> {
    fn time(&self) -> Time<&'w str> {
        Time { of: self.made_with, known: self.created }
    }
}

impl CreationOrder {
    /// Whether nothing is assumed, so that known times are all there is.
    pub(crate) fn is_empty(&self) -> bool {
        self.assumed.is_empty()
    }

    /// Which of two comes first, where that is known or follows from what is assumed.
    pub(crate) fn order(&self, a: &ObjectAge<'_>, b: &ObjectAge<'_>) -> Option<Ordering> {
        if a.is_known_beside(b) {
            return Some(a.order(b));
        }
        if self.follows(a, b) {
            Some(Ordering::Less)
        } else if self.follows(b, a) {
            Some(Ordering::Greater)
        } else {
            None
        }
    }

    /// Whether it is known, or follows, that the first of two comes first.
    pub(crate) fn is_before(&self, a: &ObjectAge<'_>, b: &ObjectAge<'_>) -> bool {
        self.order(a, b) == Some(Ordering::Less)
    }

    /// From now on the first comes before the second.
    pub(crate) fn assume(&mut self, a: &ObjectAge<'_>, b: &ObjectAge<'_>) {
        if a.is_known_beside(b) {
            return;
        }
        let owned = |age: &ObjectAge<'_>| Time { of: age.made_with, known: age.created.map(str::to_owned) };
        self.assumed.push(Earlier { time: owned(a), than: owned(b), surely: must_be_earlier(a, b) });
    }

    /// Puts objects, which come in Istio's order, into an order that agrees with what is assumed. Objects of which nothing is
    /// assumed stay where they are.
    pub(crate) fn arrange<T>(&self, objects: &mut Vec<T>, age: impl Fn(&T) -> ObjectAge<'_>) {
        if self.is_empty() {
            return;
        }
        let is_named = |id: ObjectId| self.assumed.iter().any(|earlier| earlier.time.of == id || earlier.than.of == id);
        // Known times are in order already; the few others are put among them, each after all that come before it.
        let (mut waiting, mut arranged): (Vec<T>, Vec<T>) = std::mem::take(objects).into_iter().partition(|object| {
            let age = age(object);
            age.created.is_none() && is_named(age.made_with)
        });
        while !waiting.is_empty() {
            let is_next = |at: usize| {
                waiting
                    .get(at)
                    .is_some_and(|object| !waiting.iter().any(|other| self.is_before(&age(other), &age(object))))
            };
            let next = (0..waiting.len()).find(|at| is_next(*at)).unwrap_or_default();
            let object = waiting.remove(next);
            let after = arranged.iter().rposition(|other| self.is_before(&age(other), &age(&object)));
            arranged.insert(after.map_or(0, |at| at.saturating_add(1)), object);
        }
        *objects = arranged;
    }

    /// Whether "the first comes before the second" follows from what is assumed.
    fn follows(&self, a: &ObjectAge<'_>, b: &ObjectAge<'_>) -> bool {
        if self.assumed.is_empty() {
            return false;
        }
        let (goal, surely) = (b.time(), must_be_earlier(a, b));
        let mut reached: Vec<(Time<&str>, bool)> = vec![(a.time(), false)];
        let mut at = 0_usize;
        while let Some((from, sure)) = reached.get(at).copied() {
            at = at.saturating_add(1);
            if from.is(goal) && at > 1 && (sure || !surely) {
                return true;
            }
            let explicit = self.assumed.iter().filter(|earlier| earlier.time.borrowed().is(from));
            let explicit = explicit.map(|earlier| (earlier.than.borrowed(), sure || earlier.surely));
            let times = self.assumed.iter().map(|earlier| earlier.time.borrowed()).chain([goal]);
            let implicit = times.filter_map(|time| from.is_not_after(time).map(|surely| (time, sure || surely)));
            for (to, sure) in explicit.chain(implicit) {
                if !reached.iter().any(|(known, known_sure)| known.is(to) && (*known_sure || !sure)) {
                    reached.push((to, sure));
                }
            }
        }
        false
    }
}

/// Whether the first of two comes before the second only by an earlier time: among equals it would not.
fn must_be_earlier(a: &ObjectAge<'_>, b: &ObjectAge<'_>) -> bool {
    a.among_equals(b) != Ordering::Less
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(at: usize, created: Option<&'static str>) -> ObjectAge<'static> {
        let name = ["a", "b", "c", "d"][at];
        ObjectAge::named(ObjectKind::VirtualService, at, created, name, "n")
    }

    #[test]
    fn what_is_assumed_is_kept_transitive() {
        let (a, b, c, d) = (age(0, None), age(1, None), age(2, None), age(3, None));
        let mut order = CreationOrder::default();
        assert_eq!(order.order(&a, &b), None);
        order.assume(&b, &a);
        order.assume(&a, &c);
        assert_eq!(order.order(&b, &c), Some(Ordering::Less));
        assert_eq!(order.order(&c, &b), Some(Ordering::Greater));
        assert_eq!(order.order(&d, &b), None);
        order.assume(&d, &b);
        assert!(order.is_before(&d, &c));
    }

    #[test]
    fn known_times_bind_what_is_assumed() {
        let (old, young, unknown) = (age(0, Some("1")), age(1, Some("2")), age(2, None));
        let mut order = CreationOrder::default();
        assert!(order.is_before(&old, &young));
        order.assume(&young, &unknown);
        assert!(order.is_before(&old, &unknown), "it is younger than the younger");
    }

    #[test]
    fn objects_of_one_time_are_in_the_order_of_their_names() {
        // Two hosts of one object, and two of another: no time of the other comes between the first's.
        let host =
            |object: usize, name: &'static str| ObjectAge::named(ObjectKind::ServiceEntry, object, None, name, "n");
        let mut order = CreationOrder::default();
        assert!(order.is_before(&host(0, "a"), &host(0, "b")));
        order.assume(&host(0, "b"), &host(1, "a"));
        assert!(order.is_before(&host(0, "a"), &host(1, "a")), "an earlier time is one for all hosts");
        assert!(order.is_before(&host(0, "b"), &host(1, "b")));
        let mut order = CreationOrder::default();
        order.assume(&host(0, "a"), &host(1, "b"));
        assert_eq!(order.order(&host(0, "b"), &host(1, "a")), None, "assume they are of one time");
    }

    #[test]
    fn an_arrangement_agrees_with_all_that_is_assumed() {
        let ages = [age(0, None), age(1, Some("1")), age(2, Some("2")), age(3, None)];
        let mut order = CreationOrder::default();
        order.assume(&ages[2], &ages[3]);
        order.assume(&ages[1], &ages[0]);
        order.assume(&ages[0], &ages[2]);
        let mut all = ages.to_vec();
        order.arrange(&mut all, |age| *age);
        assert_eq!(all.iter().map(|age| age.id.at).collect::<Vec<_>>(), [1, 0, 2, 3]);
    }
}
