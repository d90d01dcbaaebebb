//! The command line, over a host in memory and as a process.
#![expect(clippy::disallowed_methods, reason = "tests read the repository, start the binary and look at what it wrote")]

#[cfg(test)]
mod check;
#[cfg(unix)]
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod convert;
mod diff;
#[cfg(test)]
mod fixes;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod krm;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod memory_host;
#[cfg(test)]
mod output;
#[cfg(test)]
mod process;
#[cfg(test)]
mod questions;
mod reach;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod reports;
