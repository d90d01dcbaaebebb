//! Replacing a folder as a whole: the same steps on every host.
//!
//! The new files are complete in a hidden folder beside the target before anything is touched. Then the two trade
//! places: at once where the system can, else by renames, between which nobody finds the target. What was there is
//! deleted last, and only if it still is what it was.

use std::collections::BTreeSet;
use std::path::Path;

use crate::host::{Found, Host, HostError, NewFile, PathKind};

/// What a file system does for [`replace_folder`]. None of it follows a link.
pub trait Folders: Host {
    /// A number that no other process at work has.
    fn process_id(&self) -> u32;

    /// Whether nobody may write to a folder.
    ///
    /// # Errors
    /// When that cannot be told.
    fn is_read_only(&mut self, path: &str) -> Result<bool, HostError>;

    /// Whether a file has other names, which a new file under one of them would cut off: hard links. `false` where the system
    /// does not tell.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    fn has_other_names(&mut self, path: &str) -> Result<bool, HostError>;

    /// Makes a folder, unless something is there already.
    ///
    /// # Errors
    /// When it cannot be made.
    fn make_folder(&mut self, path: &str) -> Result<Made, HostError>;

    /// Makes a folder and those above it, as far as they are missing.
    ///
    /// # Errors
    /// When one of them cannot be made.
    fn make_folders(&mut self, path: &str) -> Result<(), HostError>;

    /// Writes a file where there is none.
    ///
    /// # Errors
    /// When there is something, or it cannot be written.
    fn write_new(&mut self, path: &str, text: &str) -> Result<(), HostError>;

    /// Lets the same people read and write `to` as `from`.
    ///
    /// # Errors
    /// When that is not possible.
    fn copy_permissions(&mut self, from: &str, to: &str) -> Result<(), HostError>;

    /// Gives a folder another name.
    ///
    /// # Errors
    /// When that is not possible.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError>;

    /// Deletes a file.
    ///
    /// # Errors
    /// When that is not possible.
    fn remove_file(&mut self, path: &str) -> Result<(), HostError>;

    /// Deletes an empty folder.
    ///
    /// # Errors
    /// When something is in it, or that is not possible.
    fn remove_folder(&mut self, path: &str) -> Result<(), HostError>;

    /// Deletes a folder and all in it.
    ///
    /// # Errors
    /// When that is not possible.
    fn remove_all(&mut self, path: &str) -> Result<(), HostError>;

    /// Lets two folders trade places.
    ///
    /// # Errors
    /// When that is not possible; then both are where they were.
    fn exchange(&mut self, one: &str, other: &str) -> Result<(), HostError> {
        exchange_by_renames(self, one, other)
    }
}

/// Whether a folder was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is new.
    New,
    /// Something was there already.
    Before,
}

/// [`Host::replace_folder`] for a host that can do what [`Folders`] says.
///
/// # Errors
/// When the folder cannot be replaced; then it is as it was, unless the error says that the new files are in place.
pub fn replace_folder<H: Folders + ?Sized>(
    host: &mut H,
    path: &str,
    old: &[String],
    new: &[NewFile],
) -> Result<(), HostError> {
    let path = Path::new(path);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(HostError("the folder has no name; write it as `folder/name`".to_owned()));
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let name = name.to_string_lossy();
    // Without the slash or dot at the end that would follow a link.
    let target = text(&parent.join(&*name));
    let there = match host.look(&target)? {
        None => false,
        Some(Found { kind: PathKind::Folder, link: false }) if host.is_read_only(&target)? => {
            return Err(HostError("the folder is read-only".to_owned()));
        }
        Some(Found { kind: PathKind::Folder, link: false }) => true,
        Some(_) => return Err(HostError("this is not a folder".to_owned())),
    };
    host.make_folders(&text(parent))?;
    let staging = new_sibling(host, parent, &name)?;
    let moved = stage(host, &staging, new).and_then(|()| {
        if there {
            host.copy_permissions(&target, &staging)?;
            host.exchange(&staging, &target)
        } else {
            host.rename(&staging, &target)
        }
    });
    if let Err(error) = moved {
        // All in it is ours, and why it failed says more than why this does.
        let _ = host.remove_all(&staging);
        return Err(error);
    }
    if there { discard(host, &staging, &target, old) } else { Ok(()) }
}

/// It came as text.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A new folder beside the target, so that one rename moves it there; hidden, so that nobody reads it meanwhile.
fn new_sibling<H: Folders + ?Sized>(host: &mut H, parent: &Path, name: &str) -> Result<String, HostError> {
    for number in 0..100_u8 {
        let path = text(&parent.join(format!(".{name}.egressc-{}-{number}", host.process_id())));
        match host.make_folder(&path) {
            Ok(Made::New) => return Ok(path),
            Ok(Made::Before) => {}
            Err(error) => return Err(HostError(format!("no temporary folder can be created beside it: {error}"))),
        }
    }
    Err(HostError(format!("no temporary folder can be created beside it: all names .{name}.egressc-* exist already")))
}

fn stage<H: Folders + ?Sized>(host: &mut H, folder: &str, files: &[NewFile]) -> Result<(), HostError> {
    files.iter().try_for_each(|file| host.write_new(&format!("{folder}/{}", file.name), &file.text))
}

/// A crash between the renames leaves the other folder aside, whole.
pub(crate) fn exchange_by_renames<H: Folders + ?Sized>(host: &mut H, one: &str, other: &str) -> Result<(), HostError> {
    let aside = format!("{one}-aside");
    host.rename(other, &aside)?;
    if let Err(error) = host.rename(one, other) {
        host.rename(&aside, other)?;
        return Err(error);
    }
    host.rename(&aside, one)
}

/// Deletes the folder that was at `target` and is now at `aside`, or puts it back if it is not what it should be.
fn discard<H: Folders + ?Sized>(host: &mut H, aside: &str, target: &str, old: &[String]) -> Result<(), HostError> {
    let left =
        |error: HostError| HostError(format!("the new files are in place, but {aside} could not be deleted: {error}"));
    let unexpected = match foreign(host, aside, old) {
        // Whoever may not delete the first file may delete none, so nothing is lost yet.
        Ok(None) => old.first().and_then(|name| host.remove_file(&format!("{aside}/{name}")).err()),
        Ok(Some(name)) => Some(HostError(format!("{name} was added to the folder meanwhile"))),
        Err(error) => Some(error),
    };
    if let Some(error) = unexpected {
        host.exchange(aside, target).map_err(left)?;
        let _ = host.remove_all(aside);
        return Err(error);
    }
    for name in old.iter().skip(1) {
        host.remove_file(&format!("{aside}/{name}")).map_err(left)?;
    }
    host.remove_folder(aside).map_err(left)
}

/// What somebody put into the folder since it was looked at: nothing but `old` is ever deleted.
fn foreign<H: Folders + ?Sized>(host: &mut H, folder: &str, old: &[String]) -> Result<Option<String>, HostError> {
    let known: BTreeSet<&str> = old.iter().map(String::as_str).collect();
    let names = host.list(folder, old.len().saturating_add(1))?;
    Ok(names.into_iter().find(|name| !known.contains(name.as_str())))
}

#[cfg(all(test, feature = "os"))]
#[expect(clippy::disallowed_methods, reason = "a test looks at what really lies in the folder")]
mod tests {
    use std::fs;

    use super::*;
    use crate::OsHost;

    #[test]
    fn folders_trade_places_without_help_of_the_system() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::create_dir(path("one")).unwrap();
        fs::create_dir(path("other")).unwrap();
        fs::write(path("one/new"), "").unwrap();
        fs::write(path("other/old"), "").unwrap();
        exchange_by_renames(&mut OsHost, &path("one"), &path("other")).unwrap();
        assert!(Path::new(&path("one/old")).exists() && Path::new(&path("other/new")).exists());
        // When the second rename fails the first is taken back.
        assert!(exchange_by_renames(&mut OsHost, &path("gone"), &path("other")).is_err());
        assert!(Path::new(&path("other/new")).exists() && fs::read_dir(folder.path()).unwrap().count() == 2);
    }
}
