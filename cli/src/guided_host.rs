//! The host as the options of every command want it: with colours or without, and quiet.

use crate::args::{ColourArg, Everywhere};
use crate::exit::ExitStatus;
use crate::host::{FileEdit, Found, Host, HostError, NewFile, Stream};

/// A host that answers about colours as `--color` says, and keeps back what `--quiet` may hide.
pub(crate) struct GuidedHost<'h> {
    host: &'h mut dyn Host,
    colour: ColourArg,
    /// What is written to standard error, with `--quiet`.
    kept_back: Option<Vec<u8>>,
}

impl<'h> GuidedHost<'h> {
    pub(crate) fn new(options: &Everywhere, host: &'h mut dyn Host) -> Self {
        Self { host, colour: options.color, kept_back: options.quiet.then(Vec::new) }
    }

    /// Says what was kept back, unless all is well.
    pub(crate) fn end(self, status: ExitStatus) {
        if let Some(said) = self.kept_back.filter(|_| status != ExitStatus::Answered) {
            // When standard error is closed there is nobody to tell.
            let _ = self.host.write(Stream::Err, &said);
        }
    }
}

impl Host for GuidedHost<'_> {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        self.host.read_file(path, limit)
    }

    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError> {
        self.host.read_file_from(path, offset, limit)
    }

    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError> {
        self.host.read_stdin(limit)
    }

    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError> {
        self.host.look(path)
    }

    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError> {
        self.host.list(path, limit)
    }

    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError> {
        self.host.replace_folder(path, old, new)
    }

    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError> {
        self.host.replace_files(files)
    }

    fn kubectl(&mut self, args: &[String], limit: usize) -> Result<Vec<u8>, HostError> {
        self.host.kubectl(args, limit)
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError> {
        match &mut self.kept_back {
            Some(kept) if stream == Stream::Err => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            _ => self.host.write(stream, bytes),
        }
    }

    fn now(&self) -> u64 {
        self.host.now()
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match self.colour {
            ColourArg::Auto => self.host.is_terminal(stream),
            ColourArg::Always => true,
            ColourArg::Never => false,
        }
    }

    fn refuses_colour(&self) -> bool {
        self.colour != ColourArg::Always && self.host.refuses_colour()
    }
}
