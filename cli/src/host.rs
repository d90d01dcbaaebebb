//! What a command line needs from where it runs.
//!
//! Paths are text, with `/` between the parts that egressc joins.

use std::fmt;

/// Files, streams and a terminal.
pub trait Host {
    /// The first `limit` bytes of a file, or all of it.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError>;

    /// The next bytes of a file from an offset: `limit` of them, or fewer where the file ends.
    ///
    /// # Errors
    /// When it cannot be opened or read, or is a pipe.
    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError>;

    /// The next `limit` bytes of standard input, or all that is left of it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError>;

    /// What is at a path; `None` when there is nothing.
    ///
    /// # Errors
    /// When that cannot be told.
    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError>;

    /// Names of all that is in a folder, hidden or not, in any order; `limit` of them if there are more.
    ///
    /// A name that is not Unicode is given with replacement characters.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError>;

    /// Puts a folder with these files where `old` files were, or nothing: all or nothing.
    ///
    /// The folder has no files but `old`, and they are regular files; if the host finds that no longer true it leaves
    /// all as it is. Folders above it are made.
    ///
    /// # Errors
    /// When that is not possible; then the folder is as it was, unless the error says that the new files are in place.
    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError>;

    /// Gives files new texts, if they are regular files and still hold the old ones.
    ///
    /// Each file has its old text or its new one at any time, and none is changed before all new texts are stored.
    ///
    /// # Errors
    /// When that is not possible; then all files are as they were, unless the error says that some have their new texts.
    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError>;

    /// What `kubectl` prints to its standard output, `limit` bytes of it: `kubectl` of the search path, with the environment of this
    /// process, by which it finds its cluster.
    ///
    /// # Errors
    /// When it cannot be started, or fails; then the error has what it says.
    fn kubectl(&mut self, args: &[String], limit: usize) -> Result<Vec<u8>, HostError> {
        let _ = (args, limit);
        Err(HostError("this build cannot start kubectl; use the native program, or `egressc dump`".to_owned()))
    }

    /// Writes all of it. That nobody reads any more is no error.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError>;

    /// Seconds since the beginning of 1970, in UTC.
    fn now(&self) -> u64;

    /// Whether a person sees this stream on a terminal.
    fn is_terminal(&self, stream: Stream) -> bool;

    /// Whether the environment asks for no colour: `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    fn refuses_colour(&self) -> bool;
}

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is, once links are followed.
    pub kind: PathKind,
    /// Whether the path itself is a symbolic link.
    pub link: bool,
}

/// What can be at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A pipe, a device, a link to nothing.
    Other,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name in its folder.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// A new text for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// Where the file is.
    pub path: String,
    /// What it holds.
    pub old: Vec<u8>,
    /// What it is to hold.
    pub new: String,
}

/// Why the host could not do it, in words that follow the path and a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError(pub String);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}
