//! The host of the binary: the operating system.
#![expect(clippy::disallowed_methods, reason = "this is where the library meets the world; nothing else of it does")]

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use crate::host::{Found, Host, HostError, NewFile, PathKind, Stream};

/// Files, streams and terminal of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsHost;

impl Host for OsHost {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        read(File::open(path)?, limit)
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
        let path = Path::new(path);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(HostError("the folder has no name of its own; give it as `folder/name`".to_owned()));
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        // Without the slash or dot at the end that would follow a link.
        let target = parent.join(name);
        let before = match fs::symlink_metadata(&target) {
            Ok(metadata) if !metadata.is_dir() => return Err(HostError("this is not a folder".to_owned())),
            Ok(metadata) if metadata.permissions().readonly() => {
                return Err(HostError("the folder is read-only".to_owned()));
            }
            Ok(metadata) => Some(metadata.permissions()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        fs::create_dir_all(parent)?;
        let staging = new_sibling(parent, &name.to_string_lossy())?;
        let moved = stage(&staging, new).and_then(|()| match &before {
            Some(permissions) => {
                fs::set_permissions(&staging, permissions.clone())?;
                exchange(&staging, &target)
            }
            None => fs::rename(&staging, &target),
        });
        if let Err(error) = moved {
            // All in it is ours, and why it failed says more than why this does.
            let _ = fs::remove_dir_all(&staging);
            return Err(error.into());
        }
        if before.is_some() { discard(&staging, &target, old) } else { Ok(()) }
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

/// A new folder beside the target, so that one rename moves it there; hidden, so that nobody reads it meanwhile.
fn new_sibling(parent: &Path, name: &str) -> Result<PathBuf, HostError> {
    let mut last = None;
    for number in 0..100_u8 {
        let path = parent.join(format!(".{name}.egressc-{}-{number}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(HostError(format!("no folder can be made beside it: {error}"))),
        }
    }
    Err(last.unwrap_or_else(|| ErrorKind::AlreadyExists.into()).into())
}

fn stage(folder: &Path, files: &[NewFile]) -> io::Result<()> {
    for file in files {
        let mut out = OpenOptions::new().write(true).create_new(true).open(folder.join(&file.name))?;
        out.write_all(file.text.as_bytes())?;
    }
    Ok(())
}

/// Lets two folders trade places: at once where the system can, else by three renames.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            // Not every kernel and file system can.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            exchanged => return Ok(exchanged?),
        }
    }
    exchange_by_renames(one, other)
}

/// A crash between the renames leaves the other folder aside, whole.
fn exchange_by_renames(one: &Path, other: &Path) -> io::Result<()> {
    let mut aside = one.as_os_str().to_owned();
    aside.push("-aside");
    fs::rename(other, &aside)?;
    if let Err(error) = fs::rename(one, other) {
        fs::rename(&aside, other)?;
        return Err(error);
    }
    fs::rename(&aside, one)
}

/// Deletes the folder that was at `target` and is now at `aside`, or puts it back if it is not what it should be.
fn discard(aside: &Path, target: &Path, old: &[String]) -> Result<(), HostError> {
    let left = |error: &io::Error| {
        HostError(format!("the new files are in place, but {} could not be deleted: {error}", aside.display()))
    };
    let unexpected = match foreign(aside, old) {
        // Whoever may not delete the first file may delete none, so nothing is lost yet.
        Ok(None) => old.first().and_then(|name| fs::remove_file(aside.join(name)).err()).map(HostError::from),
        Ok(Some(name)) => Some(HostError(format!("{name} appeared in the folder"))),
        Err(error) => Some(error.into()),
    };
    if let Some(error) = unexpected {
        exchange(aside, target).map_err(|error| left(&error))?;
        let _ = fs::remove_dir_all(aside);
        return Err(error);
    }
    for name in old.iter().skip(1) {
        fs::remove_file(aside.join(name)).map_err(|error| left(&error))?;
    }
    fs::remove_dir(aside).map_err(|error| left(&error))
}

/// What somebody put into the folder since it was looked at: nothing but `old` is ever deleted.
fn foreign(folder: &Path, old: &[String]) -> io::Result<Option<String>> {
    let old: BTreeSet<&str> = old.iter().map(String::as_str).collect();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !old.contains(name.as_str()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_trade_places_without_help_of_the_system() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("one")).unwrap();
        fs::create_dir(path("other")).unwrap();
        fs::write(path("one/new"), "").unwrap();
        fs::write(path("other/old"), "").unwrap();
        exchange_by_renames(&path("one"), &path("other")).unwrap();
        assert!(path("one/old").exists() && path("other/new").exists());
        // When the second rename fails the first is taken back.
        assert!(exchange_by_renames(&path("gone"), &path("other")).is_err());
        assert!(path("other/new").exists() && fs::read_dir(folder.path()).unwrap().count() == 2);
    }
}
