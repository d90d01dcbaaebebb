//! Diagnostics as text, in the manner of rustc.

mod excerpt;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use self::excerpt::{Excerpt, excerpts, replaced};
use crate::diagnostic::shown::on_one_line;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::source::SourceMap;

/// Whether the text is coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// For files and pipes.
    #[default]
    Plain,
    /// For terminals: ANSI escapes.
    Coloured,
}

/// More than this is not read, and would bury the first.
const MOST_DIAGNOSTICS: usize = 500;
/// Notes, titles and the like end here.
const MOST_TEXT: usize = 1_000;
/// Excerpts are cut to their own width, so that the renderer need not guess a terminal's.
const WIDTH: usize = 1_000;

/// Renders diagnostics in their order, each ended by an empty line.
///
/// Whatever stands in the sources, in their names or in the messages, the text moves no cursor and hides nothing.
/// Lines that are too long are cut around the place.
pub fn text(sources: &SourceMap, diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    }
    .term_width(WIDTH);
    let mut lines = excerpt::Lines::new(sources);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_DIAGNOSTICS) {
        text.push_str(&rendered(&renderer, &mut lines, diagnostic));
        text.push_str("\n\n");
    }
    let left = diagnostics.len().saturating_sub(MOST_DIAGNOSTICS);
    if left > 0 {
        text.push_str("and ");
        text.push_str(&left.to_string());
        text.push_str(" more\n");
    }
    text
}

fn rendered<'a>(renderer: &Renderer, lines: &mut excerpt::Lines<'a>, diagnostic: &'a Diagnostic) -> String {
    let excerpts = excerpts(lines, &diagnostic.labels);
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(short(&diagnostic.message)).id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for (number, excerpt) in excerpts.iter().enumerate() {
        group = group.element(snippet(number, excerpt));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(short(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(short(help)));
    }
    let mut groups = Vec::new();
    match &diagnostic.fix {
        None => groups.push(group),
        Some(fix) => {
            if let Some(excerpt) = replaced(lines, fix) {
                groups.extend([group, patch(fix, excerpt)]);
            } else {
                let what = format!("{}: `{}`", fix.title, fix.replacement);
                groups.push(group.element(Level::HELP.message(short(&what))));
            }
        }
    }
    headed(renderer.render(&groups), &excerpts)
}

fn snippet(number: usize, excerpt: &Excerpt) -> Snippet<'_, Annotation<'_>> {
    let marks = excerpt.marks.iter().map(|mark| {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(mark.range.clone());
        if mark.message.is_empty() { annotation } else { annotation.label(short(&mark.message)) }
    });
    Snippet::source(&excerpt.text).line_start(excerpt.line).path(token(number)).annotations(marks)
}

fn patch(fix: &Fix, excerpt: excerpt::Replaced) -> Group<'static> {
    let snippet = Snippet::source(excerpt.text).line_start(excerpt.line);
    Group::with_title(Level::HELP.secondary_title(short(&fix.title)))
        .element(snippet.patch(Patch::new(excerpt.range, excerpt.replacement)))
}

/// Stands for a place until the layout is done.
///
/// The renderer counts columns in what it shows, which is escaped and cut; people need those of their text.
/// No text of a user can hold a token, since these characters are escaped.
fn token(number: usize) -> String {
    format!("\u{e000}{number}\u{e001}")
}

/// Puts the places where their tokens stand.
fn headed(mut text: String, excerpts: &[Excerpt]) -> String {
    for (number, excerpt) in excerpts.iter().enumerate() {
        let Some((before, after)) = text.split_once(&token(number)) else { continue };
        // The renderer's own line and column follow the token.
        let rest = after.find(['\n', '\u{1b}']).and_then(|end| after.get(end..)).unwrap_or("");
        text = format!("{before}{}{rest}", excerpt.place);
    }
    text
}

fn short(text: &str) -> String {
    let mut short = on_one_line(text);
    if let Some((end, _)) = short.char_indices().nth(MOST_TEXT) {
        short.truncate(end);
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
