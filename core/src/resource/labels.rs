use std::collections::BTreeMap;

/// Labels, in order of their names.
pub type Labels = BTreeMap<String, String>;

/// Whether a selector selects what has these labels and no others.
pub(crate) fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether one pod could have the labels of both: no label has two values.
pub(crate) fn may_be_of_one_pod(a: &Labels, b: &Labels) -> bool {
    a.iter().all(|(key, value)| b.get(key).is_none_or(|other| other == value))
}
