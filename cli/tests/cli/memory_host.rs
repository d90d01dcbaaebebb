//! A host that keeps everything in memory, and what it was asked.

use std::collections::BTreeMap;

use egressc::{ExitStatus, FileEdit, Found, Host, HostError, NewFile, PathKind, Stream, run};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    File(Vec<u8>),
    /// A file of one byte, over and over: too long to keep.
    Repeated(u8, usize),
    /// Cannot be read.
    Locked,
    /// A pipe, a device, a link to nothing.
    Other,
    LinkToFile(Vec<u8>),
    LinkToFolder,
}

/// Folders exist if something is in them, or if they are listed as empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryHost {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) empty_folders: Vec<String>,
    pub(crate) stdin: Vec<u8>,
    pub(crate) terminal: bool,
    pub(crate) refuses_colour: bool,
    pub(crate) full: bool,
    pub(crate) now: u64,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    /// Bytes that were handed over.
    pub(crate) bytes_read: usize,
}

impl MemoryHost {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let mut host = Self::default();
        for (path, text) in files {
            host.entries.insert((*path).to_owned(), Entry::File((*text).into()));
        }
        host
    }

    pub(crate) fn run(&mut self, args: &[&str]) -> ExitStatus {
        self.out.clear();
        self.err.clear();
        run(args, self)
    }

    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    pub(crate) fn err(&self) -> &str {
        std::str::from_utf8(&self.err).unwrap()
    }

    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a String> {
        self.entries.range(prefix.to_owned()..).map(|(path, _)| path).take_while(move |path| path.starts_with(prefix))
    }

    fn take(&mut self, bytes: &[u8], limit: usize) -> Vec<u8> {
        let bytes = &bytes[..bytes.len().min(limit)];
        self.bytes_read = self.bytes_read.saturating_add(bytes.len());
        bytes.to_vec()
    }
}

impl Host for MemoryHost {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        match self.entries.get(path).cloned() {
            Some(Entry::File(bytes) | Entry::LinkToFile(bytes)) => Ok(self.take(&bytes, limit)),
            Some(Entry::Repeated(byte, size)) => Ok(self.take(&vec![byte; size.min(limit)], limit)),
            Some(Entry::Locked) => Err(HostError("permission denied".to_owned())),
            _ => Err(HostError("not found".to_owned())),
        }
    }

    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError> {
        let offset = usize::try_from(offset).unwrap();
        if let Some(Entry::Repeated(byte, size)) = self.entries.get(path) {
            let (byte, left) = (*byte, size.saturating_sub(offset));
            return Ok(self.take(&vec![byte; left.min(limit)], limit));
        }
        let bytes = self.read_file(path, usize::MAX)?;
        Ok(bytes[offset.min(bytes.len())..].iter().take(limit).copied().collect())
    }

    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError> {
        let bytes = self.stdin.clone();
        let taken = self.take(&bytes, limit);
        self.stdin.drain(..taken.len());
        Ok(taken)
    }

    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError> {
        let below = format!("{path}/");
        if self.empty_folders.iter().any(|folder| folder == path) || self.below(&below).next().is_some() {
            return Ok(Some(Found { kind: PathKind::Folder, link: false }));
        }
        Ok(self.entries.get(path).map(|entry| match entry {
            Entry::File(_) | Entry::Repeated(..) | Entry::Locked => Found { kind: PathKind::File, link: false },
            Entry::Other => Found { kind: PathKind::Other, link: false },
            Entry::LinkToFile(_) => Found { kind: PathKind::File, link: true },
            Entry::LinkToFolder => Found { kind: PathKind::Folder, link: true },
        }))
    }

    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError> {
        let below = format!("{path}/");
        let name = |key: &String| key.strip_prefix(&below).unwrap().split('/').next().unwrap().to_owned();
        let mut names: Vec<String> = self.below(&below).map(name).collect();
        names.dedup();
        // In no order that could be relied upon.
        names.reverse();
        names.truncate(limit);
        Ok(names)
    }

    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError> {
        if self.full {
            return Err(HostError("no space".to_owned()));
        }
        for name in old {
            self.entries.remove(&format!("{path}/{name}")).unwrap();
        }
        for file in new {
            self.entries.insert(format!("{path}/{}", file.name), Entry::File(file.text.clone().into()));
        }
        Ok(())
    }

    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError> {
        if self.full {
            return Err(HostError("no space".to_owned()));
        }
        for FileEdit { path, old, .. } in files {
            assert_eq!(self.entries.get(path), Some(&Entry::File(old.clone())), "{path}");
        }
        for FileEdit { path, new, .. } in files {
            self.entries.insert(path.clone(), Entry::File(new.clone().into()));
        }
        Ok(())
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError> {
        match stream {
            Stream::Out if self.full => return Err(HostError("no space".to_owned())),
            Stream::Out => self.out.extend_from_slice(bytes),
            Stream::Err => self.err.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn is_terminal(&self, _: Stream) -> bool {
        self.terminal
    }

    fn refuses_colour(&self) -> bool {
        self.refuses_colour
    }
}
