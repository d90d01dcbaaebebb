//! One file for each command: arguments and a host in, an exit status out.

mod check;
mod compile;
mod convert;
mod diff;
mod explain;
mod krm;
mod reach;
mod replay;
mod schema;
mod test;
mod trace;

pub(crate) use check::check;
pub(crate) use compile::compile;
pub(crate) use convert::convert;
pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use krm::krm;
pub(crate) use reach::reach;
pub(crate) use replay::replay;
pub(crate) use schema::schema;
pub(crate) use test::test;
pub(crate) use trace::trace;
