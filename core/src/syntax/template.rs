//! Templates, which are no YAML until they are rendered.

use super::place::Place;

/// What to do with one.
pub(super) const RENDER_FIRST: &str =
    "this looks like a template of Helm: render it first with `helm template`, and check the result";

/// Whether actions of a template stand where a text cannot be read: on its line, or in the place of whole lines.
pub(super) fn looks_like_template(place: Place<'_>, at: usize) -> bool {
    const ACTION: &str = "{{";
    let line = |text: &str| text.contains(ACTION);
    let before = place.before(at).rsplit('\n').next().unwrap_or_default();
    let after = place.after(at).split('\n').next().unwrap_or_default();
    line(&format!("{before}{after}")) || place.text.lines().any(|line| line.trim_start().starts_with(ACTION))
}
