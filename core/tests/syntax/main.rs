//! Text to a tree: places, scalars, a second reader's opinion, and hostile input.

#[cfg(test)]
mod codes;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod places;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod scalars;
#[cfg(test)]
mod second_reader;
