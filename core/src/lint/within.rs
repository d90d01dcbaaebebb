//! Parts that an object has from another one by an anchor.

use crate::diagnostic::{Diagnostic, Label};
use crate::source::Span;
use crate::syntax::Node;

/// A diagnostic about a part of an object. Where the part stands outside of the object, because an alias names it, the place is
/// the name of the object: so each object with the part is reported, and a suppression in one of them hides nothing of the
/// others.
pub(super) fn within(mut found: Diagnostic, object: &Node, name: Option<Span>) -> Diagnostic {
    let (Some(name), Some(part)) = (name, found.labels.first_mut()) else { return found };
    let (whole, place) = (object.span, part.span);
    if whole.source == place.source && whole.start <= place.start && place.end <= whole.end {
        return found;
    }
    if part.message.is_empty() {
        "the part stands here, and the object has it by an alias".clone_into(&mut part.message);
    }
    found.labels.insert(0, Label { span: name, message: String::new() });
    found
}
