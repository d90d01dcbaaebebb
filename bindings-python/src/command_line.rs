//! The command line with Python as its host: files are the operating system's, streams are those of `sys`.
//!
//! So what a program does with `contextlib.redirect_stdout` holds here too, and nobody's text overtakes another's.

use std::ffi::OsString;
use std::io;

use egressc::{FileEdit, Found, Host, HostError, NewFile, OsHost, Stream};
use pyo3::exceptions::{PyBrokenPipeError, PyOSError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Runs one command line; `args` are those after the program's name. Gives the exit status.
#[pyfunction]
#[pyo3(signature = (args, /))]
pub(crate) fn run(py: Python<'_>, args: Vec<OsString>) -> PyResult<u8> {
    let mut host = PythonHost { files: OsHost, raised: None };
    let status = py.detach(|| egressc::run(args, &mut host).code());
    match host.raised {
        Some(error) => Err(error),
        None => Ok(status),
    }
}

/// Written at once: what a pipe takes.
const PART: usize = 1 << 16;

struct PythonHost {
    files: OsHost,
    /// What is not about reading and writing, as `KeyboardInterrupt`, and belongs to the caller.
    raised: Option<PyErr>,
}

impl Host for PythonHost {
    fn read_file(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, HostError> {
        self.files.read_file(path, limit)
    }

    fn read_file_from(&mut self, path: &str, offset: u64, limit: usize) -> Result<Vec<u8>, HostError> {
        // Between two pieces of a long file, an interruption is noticed.
        let interrupted = Python::attach(|py| py.check_signals().map_err(|error| self.failed(py, error)));
        interrupted.and_then(|()| self.files.read_file_from(path, offset, limit))
    }

    fn read_stdin(&mut self, limit: usize) -> Result<Vec<u8>, HostError> {
        Python::attach(|py| read(py, limit).map_err(|error| self.failed(py, error)))
    }

    fn look(&mut self, path: &str) -> Result<Option<Found>, HostError> {
        self.files.look(path)
    }

    fn list(&mut self, path: &str, limit: usize) -> Result<Vec<String>, HostError> {
        self.files.list(path, limit)
    }

    fn replace_folder(&mut self, path: &str, old: &[String], new: &[NewFile]) -> Result<(), HostError> {
        // Whoever was interrupted wants nothing written.
        if self.raised.is_some() {
            return Err(HostError("interrupted".to_owned()));
        }
        self.files.replace_folder(path, old, new)
    }

    fn replace_files(&mut self, files: &[FileEdit]) -> Result<(), HostError> {
        if self.raised.is_some() {
            return Err(HostError("interrupted".to_owned()));
        }
        self.files.replace_files(files)
    }

    fn kubectl(&mut self, args: &[String], limit: usize) -> Result<Vec<u8>, HostError> {
        self.files.kubectl(args, limit)
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), HostError> {
        Python::attach(|py| match write(py, stream, bytes) {
            // `egressc compile … | head` is a normal end.
            Err(error) if error.is_instance_of::<PyBrokenPipeError>(py) => Ok(()),
            written => written.map_err(|error| self.failed(py, error)),
        })
    }

    fn now(&self) -> u64 {
        self.files.now()
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        Python::attach(|py| {
            let asked = of_sys(py, stream)?.map(|stream| stream.call_method0("isatty")?.is_truthy()).transpose();
            asked.map(|terminal| terminal.unwrap_or(false))
        })
        .unwrap_or(false)
    }

    fn refuses_colour(&self) -> bool {
        self.files.refuses_colour()
    }
}

impl PythonHost {
    /// An error of the system in the system's words, as elsewhere; all else is kept for the caller.
    fn failed(&mut self, py: Python<'_>, error: PyErr) -> HostError {
        let number = error.value(py).getattr("errno").and_then(|number| number.extract::<i32>());
        if let (true, Ok(number)) = (error.is_instance_of::<PyOSError>(py), number) {
            return HostError(io::Error::from_raw_os_error(number).to_string());
        }
        let said = HostError(error.value(py).to_string());
        self.raised.get_or_insert(error);
        said
    }
}

/// What `sys` has; `None` when the stream is closed, as in a window without a console.
fn of_sys(py: Python<'_>, stream: Stream) -> PyResult<Option<Bound<'_, PyAny>>> {
    named(py, if stream == Stream::Out { "stdout" } else { "stderr" })
}

fn named<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let stream = py.import("sys")?.getattr(name)?;
    Ok(if stream.is_none() { None } else { Some(stream) })
}

fn attribute<'py>(of: &Bound<'py, PyAny>, name: &str) -> Option<Bound<'py, PyAny>> {
    of.getattr(name).ok().filter(|found| !found.is_none())
}

fn write(py: Python<'_>, stream: Stream, bytes: &[u8]) -> PyResult<()> {
    let Some(text) = of_sys(py, stream)? else { return Ok(()) };
    // What was printed before comes first.
    if text.hasattr("flush")? {
        text.call_method0("flush")?;
    }
    let Some(buffer) = attribute(&text, "buffer") else {
        text.call_method1("write", (String::from_utf8_lossy(bytes),))?;
        return Ok(());
    };
    // Past the buffer where there is something behind it: what a broken pipe leaves there fails once more at exit.
    let sink = attribute(&buffer, "raw").unwrap_or_else(|| buffer.clone());
    let mut rest = bytes;
    while !rest.is_empty() {
        let part = rest.get(..rest.len().min(PART)).unwrap_or_default();
        let written: Option<usize> = sink.call_method1("write", (PyBytes::new(py, part),))?.extract()?;
        let written = written.filter(|written| *written > 0 && *written <= part.len());
        let written = written.ok_or_else(|| PyErr::from(io::Error::from(io::ErrorKind::WouldBlock)))?;
        rest = rest.get(written..).unwrap_or_default();
    }
    if sink.is(&buffer) && buffer.hasattr("flush")? {
        buffer.call_method0("flush")?;
    }
    Ok(())
}

fn read(py: Python<'_>, limit: usize) -> PyResult<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    let Some(text) = named(py, "stdin")? else { return Ok(bytes) };
    let source = attribute(&text, "buffer").unwrap_or(text);
    while bytes.len() < limit {
        let part = source.call_method1("read", (limit.saturating_sub(bytes.len()),))?;
        let had = bytes.len();
        match part.cast::<PyString>() {
            Ok(part) => bytes.extend_from_slice(part.to_cow()?.as_bytes()),
            Err(_) => bytes.extend_from_slice(part.cast::<PyBytes>()?.as_bytes()),
        }
        if bytes.len() == had {
            break;
        }
    }
    bytes.truncate(limit);
    Ok(bytes)
}
