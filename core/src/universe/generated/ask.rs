use crate::source::Span;
use crate::trace::Query;

/// Receives each request, with the place of the declaration that it was made for.
pub(super) type Ask<'a> = dyn FnMut(&Query, Span) + 'a;
