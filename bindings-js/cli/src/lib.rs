//! The command line over a host that JavaScript brings: `npm/bin/host.js`.
//!
//! A module of its own, so that no page pays for the parser of arguments.

use egressc::{
    ExitStatus, FileEdit, Folders, Found, Host, HostError, Made, NewFile, PathKind, Stream, replace_files,
    replace_folder, run as run_command,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Throws texts, which follow the path and a colon.
    pub type JsHost;

    #[wasm_bindgen(method, catch, js_name = readFile)]
    fn read_file(this: &JsHost, path: &str, limit: u32) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readFileFrom)]
    fn read_file_from(this: &JsHost, path: &str, offset: f64, limit: u32) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readStdin)]
    fn read_stdin(this: &JsHost, limit: u32) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn look(this: &JsHost, path: &str) -> Result<Option<JsFound>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn list(this: &JsHost, path: &str, limit: u32) -> Result<Vec<String>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &JsHost, stream: u8, bytes: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn now(this: &JsHost) -> f64;
    #[wasm_bindgen(method, js_name = isTerminal)]
    fn is_terminal(this: &JsHost, stream: u8) -> bool;
    #[wasm_bindgen(method, js_name = refusesColour)]
    fn refuses_colour(this: &JsHost) -> bool;

    #[wasm_bindgen(method, js_name = withSlashes)]
    fn with_slashes(this: &JsHost, path: &str) -> String;
    #[wasm_bindgen(method, js_name = processId)]
    fn process_id(this: &JsHost) -> u32;
    #[wasm_bindgen(method, catch, js_name = isReadOnly)]
    fn is_read_only(this: &JsHost, path: &str) -> Result<bool, JsValue>;

    #[wasm_bindgen(method, catch, js_name = hasOtherNames)]
    fn has_other_names(this: &JsHost, path: &str) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = makeFolder)]
    fn make_folder(this: &JsHost, path: &str) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = makeFolders)]
    fn make_folders(this: &JsHost, path: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = writeNew)]
    fn write_new(this: &JsHost, path: &str, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = copyPermissions)]
    fn copy_permissions(this: &JsHost, from: &str, to: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn rename(this: &JsHost, from: &str, to: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeFile)]
    fn remove_file(this: &JsHost, path: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeFolder)]
    fn remove_folder(this: &JsHost, path: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeAll)]
    fn remove_all(this: &JsHost, path: &str) -> Result<(), JsValue>;

    /// What is at a path, and whether the path itself is a link.
    pub type JsFound;

    #[wasm_bindgen(method, getter)]
    fn kind(this: &JsFound) -> String;
    #[wasm_bindgen(method, getter)]
    fn link(this: &JsFound) -> bool;
}

/// Runs one command line; `args` are those after the program's name. Returns the exit status.
#[wasm_bindgen]
pub fn run(args: Vec<String>, host: JsHost) -> u8 {
    let status: ExitStatus = run_command(args, &mut Node(host));
    status.code()
}

/// JavaScript's host in Rust's words.
struct Node(JsHost);

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(thrown: JsValue) -> HostError {
    HostError(thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")))
}

/// More than this no host is asked for.
fn bounded(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// A place in a file, as JavaScript has it. No file is so long that a place in it is not exact.
#[expect(clippy::cast_precision_loss, reason = "2^53 bytes are eight thousand terabytes")]
fn number(offset: u64) -> f64 {
    offset as f64
}

/// A time before 1970, or none, is the beginning of 1970.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float ends at the bounds of the integer"
)]
fn seconds(time: f64) -> u64 {
    time as u64
}

/// As the system numbers them.
fn descriptor(stream: Stream) -> u8 {
    match stream {
        Stream::Out => 1,
        Stream::Err => 2,
    }
}

impl Host for Node {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        self.0.read_file(path, bounded(limit)).map_err(refused)
    }

    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError> {
        self.0.read_file_from(path, number(offset), bounded(limit)).map_err(refused)
    }

    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError> {
        self.0.read_stdin(bounded(limit)).map_err(refused)
    }

    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError> {
        let found = self.0.look(path).map_err(refused)?;
        Ok(found.map(|found| {
            let kind = match found.kind().as_str() {
                "file" => PathKind::File,
                "folder" => PathKind::Folder,
                _ => PathKind::Other,
            };
            Found { kind, link: found.link() }
        }))
    }

    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError> {
        self.0.list(path, bounded(limit)).map_err(refused)
    }

    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError> {
        let path = self.0.with_slashes(path);
        replace_folder(self, &path, old, new)
    }

    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError> {
        let edit = |file: &FileEdit| FileEdit { path: self.0.with_slashes(&file.path), ..file.clone() };
        let files: Vec<FileEdit> = files.iter().map(edit).collect();
        replace_files(self, &files)
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError> {
        self.0.write(descriptor(stream), bytes).map_err(refused)
    }

    fn now(&self) -> u64 {
        seconds(self.0.now())
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        self.0.is_terminal(descriptor(stream))
    }

    fn refuses_colour(&self) -> bool {
        self.0.refuses_colour()
    }
}

/// Node cannot let two folders trade places at once, so the default is used: renames.
impl Folders for Node {
    fn process_id(&self) -> u32 {
        self.0.process_id()
    }

    fn is_read_only(&mut self, path: &str) -> Result<bool, HostError> {
        self.0.is_read_only(path).map_err(refused)
    }

    fn has_other_names(&mut self, path: &str) -> Result<bool, HostError> {
        self.0.has_other_names(path).map_err(refused)
    }

    fn make_folder(&mut self, path: &str) -> Result<Made, HostError> {
        Ok(if self.0.make_folder(path).map_err(refused)? { Made::New } else { Made::Before })
    }

    fn make_folders(&mut self, path: &str) -> Result<(), HostError> {
        self.0.make_folders(path).map_err(refused)
    }

    fn write_new(&mut self, path: &str, text: &str) -> Result<(), HostError> {
        self.0.write_new(path, text).map_err(refused)
    }

    fn copy_permissions(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        self.0.copy_permissions(from, to).map_err(refused)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        self.0.rename(from, to).map_err(refused)
    }

    fn remove_file(&mut self, path: &str) -> Result<(), HostError> {
        self.0.remove_file(path).map_err(refused)
    }

    fn remove_folder(&mut self, path: &str) -> Result<(), HostError> {
        self.0.remove_folder(path).map_err(refused)
    }

    fn remove_all(&mut self, path: &str) -> Result<(), HostError> {
        self.0.remove_all(path).map_err(refused)
    }
}
