//! One file for each command: arguments and a host in, an exit status out.

mod check;
mod compile;
mod completions;
mod convert;
mod diff;
mod dump;
mod explain;
mod init;
mod krm;
mod man;
mod reach;
mod replay;
mod schema;
mod test;
mod trace;

pub(crate) use check::check;
pub(crate) use compile::compile;
pub(crate) use completions::completions;
pub(crate) use convert::convert;
pub(crate) use diff::diff;
pub(crate) use dump::dump;
pub(crate) use explain::explain;
pub(crate) use init::init;
pub(crate) use krm::krm;
pub(crate) use man::man;
pub(crate) use reach::reach;
pub(crate) use replay::replay;
pub(crate) use schema::schema;
pub(crate) use test::test;
pub(crate) use trace::trace;
