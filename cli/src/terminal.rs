//! Text on its way out.

use egressc_core::api::{Diagnostic, Rendering, Severity};
use egressc_core::stages::diagnostic::on_one_line;

use crate::exit::Failure;
use crate::host::{Host, Stream};

/// Prints the answer.
pub(crate) fn answer(host: &mut dyn Host, text: &str) -> Result<(), Failure> {
    host.write(Stream::Out, text.as_bytes()).map_err(|error| vec![format!("standard output: {error}")])
}

/// Prints what is said beside the answer. When standard error is closed there is nobody to tell.
pub(crate) fn say(host: &mut dyn Host, text: &str) {
    let _ = host.write(Stream::Err, text.as_bytes());
}

/// How diagnostics look on a stream.
pub(crate) fn rendering(stream: Stream, host: &dyn Host) -> Rendering {
    if host.is_terminal(stream) && !host.refuses_colour() { Rendering::Coloured } else { Rendering::Plain }
}

/// A text that moves no cursor and hides nothing: a file's name may come from a stranger's pull request.
pub(crate) fn printed(text: &str) -> String {
    on_one_line(text)
}

/// A number of things, as `1 file` or `2 files`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// How many there are, as `1 error, 2 warnings`; empty when there is nothing.
pub(crate) fn tally(diagnostics: &[Diagnostic]) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counts = kinds.into_iter().filter_map(|(severity, name)| {
        let number = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        (number > 0).then(|| count(number, name))
    });
    counts.collect::<Vec<_>>().join(", ")
}
