use crate::model::Milliseconds;

/// As protobuf writes durations in JSON.
pub(super) fn seconds(Milliseconds(length): Milliseconds) -> String {
    let (whole, rest) = (length / 1000, length % 1000);
    if rest == 0 { format!("{whole}s") } else { format!("{whole}.{rest:03}s") }
}
