//! Giving files new texts: the same steps on every host.
//!
//! All new texts are complete in hidden files beside their targets before one of them is renamed onto its target.

use crate::host::{FileEdit, Found, HostError, PathKind};
use crate::replace::Folders;

/// [`crate::Host::replace_files`] for a host that can do what [`Folders`] says.
///
/// # Errors
/// When a file is none, is a link or has several names, is read-only, holds another text than the old one, or cannot be written; then all files are as
/// they were, unless the error says that some have their new texts.
pub fn replace_files<H: Folders + ?Sized>(host: &mut H, files: &[FileEdit]) -> Result<(), HostError> {
    let mut staged = Vec::new();
    for file in files {
        match stage(host, file) {
            Ok(path) => staged.push(path),
            Err(HostError(error)) => {
                remove(host, &staged);
                return Err(HostError(format!("{}: {error}", file.path)));
            }
        }
    }
    for (done, (file, new)) in files.iter().zip(&staged).enumerate() {
        if let Err(HostError(error)) = host.rename(new, &file.path) {
            remove(host, staged.get(done..).unwrap_or_default());
            let written = if done == 0 { String::new() } else { format!("; {done} other files have their new texts") };
            return Err(HostError(format!("{}: {error}{written}", file.path)));
        }
    }
    Ok(())
}

/// Writes the new text beside the file, if it is as it was read, and returns where.
fn stage<H: Folders + ?Sized>(host: &mut H, file: &FileEdit) -> Result<String, HostError> {
    let FileEdit { path, old, new } = file;
    match host.look(path)? {
        Some(Found { kind: PathKind::File, link: false }) => {}
        Some(Found { link: true, .. }) => {
            return Err(HostError(
                "this is a symbolic link, and egressc does not write through links; use the file itself".to_owned(),
            ));
        }
        Some(_) | None => return Err(HostError("this is not a file".to_owned())),
    }
    if host.has_other_names(path)? {
        return Err(HostError(
            "this file has several names (hard links), and with a new text it would be another file than under the other names; edit it by hand, or use --diff and `patch`"
                .to_owned(),
        ));
    }
    if host.is_read_only(path)? {
        return Err(HostError("the file is read-only".to_owned()));
    }
    if host.read_file(path, old.len().saturating_add(1))? != *old {
        return Err(HostError("the file was changed by another program meanwhile".to_owned()));
    }
    let (folder, name) = path.rsplit_once('/').map_or(("", &**path), |(folder, name)| (folder, name));
    let slash = if path.contains('/') { "/" } else { "" };
    let beside = format!("{folder}{slash}.{name}.egressc-{}", host.process_id());
    host.write_new(&beside, new)?;
    if let Err(error) = host.copy_permissions(path, &beside) {
        remove(host, &[beside]);
        return Err(error);
    }
    Ok(beside)
}

/// They are ours, and why it failed says more than why this does.
fn remove<H: Folders + ?Sized>(host: &mut H, paths: &[String]) {
    for path in paths {
        let _ = host.remove_file(path);
    }
}

#[cfg(all(test, feature = "os"))]
#[expect(clippy::disallowed_methods, reason = "a test looks at what really lies in the folder")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::OsHost;

    fn edit(path: &Path, old: &str, new: &str) -> FileEdit {
        FileEdit { path: path.to_string_lossy().into_owned(), old: old.into(), new: new.to_owned() }
    }

    #[test]
    fn all_files_have_their_new_texts_or_none_has() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one.yaml", "other.yaml"].map(|name| folder.path().join(name));
        fs::write(&one, "a").unwrap();
        fs::write(&other, "b").unwrap();
        let error = replace_files(&mut OsHost, &[edit(&one, "a", "A"), edit(&other, "x", "B")]).unwrap_err();
        assert!(error.0.ends_with("other.yaml: the file was changed by another program meanwhile"), "{error}");
        assert_eq!((fs::read_to_string(&one).unwrap(), fs::read_to_string(&other).unwrap()), ("a".into(), "b".into()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

        replace_files(&mut OsHost, &[edit(&one, "a", "A"), edit(&other, "b", "B")]).unwrap();
        assert_eq!((fs::read_to_string(&one).unwrap(), fs::read_to_string(&other).unwrap()), ("A".into(), "B".into()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_read_only_files_stay_as_they_are() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file.yaml", "link.yaml"].map(|name| folder.path().join(name));
        fs::write(&file, "a").unwrap();
        symlink(&file, &link).unwrap();
        let error = replace_files(&mut OsHost, &[edit(&link, "a", "A")]).unwrap_err();
        assert!(error.0.contains("symbolic link"), "{error}");

        let other = folder.path().join("other.yaml");
        fs::hard_link(&file, &other).unwrap();
        let error = replace_files(&mut OsHost, &[edit(&file, "a", "A")]).unwrap_err();
        assert!(error.0.contains("has several names (hard links)"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "a");
        fs::remove_file(&other).unwrap();

        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        let error = replace_files(&mut OsHost, &[edit(&file, "a", "A")]).unwrap_err();
        assert!(error.0.ends_with("the file is read-only"), "{error}");

        // Whoever could read it can still read it, and nobody else.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        replace_files(&mut OsHost, &[edit(&file, "a", "A")]).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_to_string(&file).unwrap(), "A");
    }
}
