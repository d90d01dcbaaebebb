//! The host of the binary: the operating system.
#![expect(clippy::disallowed_methods, reason = "this is where the library meets the world; nothing else of it does")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::host::{FileEdit, Found, Host, HostError, NewFile, PathKind, Stream};
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
use crate::replace::exchange_by_renames;
use crate::replace::{Folders, Made, replace_folder};
use crate::replace_files::replace_files;

/// Files, streams and terminal of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsHost;

impl Host for OsHost {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        read(File::open(path)?, limit)
    }

    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        read(file, limit)
    }

    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError> {
        read(io::stdin().lock(), limit)
    }

    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError> {
        let link = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.is_symlink(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let kind = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => PathKind::File,
            Ok(metadata) if metadata.is_dir() => PathKind::Folder,
            Ok(_) => PathKind::Other,
            // To nothing, or round in a circle.
            Err(_) if link => PathKind::Other,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Found { kind, link }))
    }

    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)?.take(limit) {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError> {
        replace_folder(self, path, old, new)
    }

    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError> {
        replace_files(self, files)
    }

    fn kubectl(&mut self, args: &[String], limit: usize) -> Result<Vec<u8>, HostError> {
        // What it asks, such as for a password, and what it says go where the user sees them.
        let mut child = Command::new("kubectl").args(args).stdout(Stdio::piped()).spawn().map_err(|error| {
            let hint = if error.kind() == ErrorKind::NotFound { "; it must be on the search path" } else { "" };
            HostError(format!("kubectl cannot be started: {error}{hint}"))
        })?;
        let output = child.stdout.take().map_or_else(|| Ok(Vec::new()), |out| read(out, limit));
        let status = child.wait()?;
        let output = output?;
        // One that writes more than is read ends with an error of its own.
        if status.success() || output.len() >= limit {
            return Ok(output);
        }
        Err(HostError(format!(
            "it failed ({status}); nothing is read, because what is left out would be taken as absent"
        )))
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError> {
        fn all(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
            stream.write_all(bytes)?;
            stream.flush()
        }
        let written = match stream {
            Stream::Out => all(io::stdout().lock(), bytes),
            Stream::Err => all(io::stderr().lock(), bytes),
        };
        match written {
            // `egressc compile … | head` is a normal end.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
    }

    fn refuses_colour(&self) -> bool {
        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb")
    }
}

impl Folders for OsHost {
    fn process_id(&self) -> u32 {
        std::process::id()
    }

    fn is_read_only(&mut self, path: &str) -> Result<bool, HostError> {
        Ok(fs::symlink_metadata(path)?.permissions().readonly())
    }

    #[cfg(unix)]
    fn has_other_names(&mut self, path: &str) -> Result<bool, HostError> {
        use std::os::unix::fs::MetadataExt as _;
        Ok(fs::symlink_metadata(path)?.nlink() > 1)
    }

    #[cfg(not(unix))]
    fn has_other_names(&mut self, _path: &str) -> Result<bool, HostError> {
        Ok(false)
    }

    fn make_folder(&mut self, path: &str) -> Result<Made, HostError> {
        match fs::create_dir(path) {
            Ok(()) => Ok(Made::New),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Made::Before),
            Err(error) => Err(error.into()),
        }
    }

    fn make_folders(&mut self, path: &str) -> Result<(), HostError> {
        Ok(fs::create_dir_all(path)?)
    }

    fn write_new(&mut self, path: &str, text: &str) -> Result<(), HostError> {
        let mut out = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(out.write_all(text.as_bytes())?)
    }

    fn copy_permissions(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        Ok(fs::set_permissions(to, fs::symlink_metadata(from)?.permissions())?)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        Ok(fs::rename(from, to)?)
    }

    fn remove_file(&mut self, path: &str) -> Result<(), HostError> {
        Ok(fs::remove_file(path)?)
    }

    fn remove_folder(&mut self, path: &str) -> Result<(), HostError> {
        Ok(fs::remove_dir(path)?)
    }

    fn remove_all(&mut self, path: &str) -> Result<(), HostError> {
        Ok(fs::remove_dir_all(path)?)
    }

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    fn exchange(&mut self, one: &str, other: &str) -> Result<(), HostError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            // Not every kernel and file system can.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => exchange_by_renames(self, one, other),
            exchanged => Ok(exchanged.map_err(io::Error::from)?),
        }
    }
}

impl From<io::Error> for HostError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

fn read(from: impl Read, limit: usize) -> Result<Vec<u8>, HostError> {
    let mut bytes = Vec::new();
    from.take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
