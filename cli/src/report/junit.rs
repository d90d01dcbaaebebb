use std::io;

use egressc_core::api::Severity;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::findings::{Finding, Findings};
use crate::exit::{Failure, failed};
use crate::inputs::identity;
use crate::terminal::printed;

/// What has no place is said of all sources together.
const WHOLE: &str = "egressc";
const TITLE: &str = "egressc check";

/// JUnit XML: a suite for each source, and a test case for each finding, which fails if the finding fails the run.
pub(crate) fn junit(findings: &Findings<'_>) -> Result<String, Failure> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, findings).map_err(failed)?;
    let text = String::from_utf8(writer.into_inner()).map_err(failed)?;
    Ok(text + "\n")
}

fn write(writer: &mut Writer<Vec<u8>>, findings: &Findings<'_>) -> io::Result<()> {
    let all: Vec<Finding<'_>> = findings.iter().collect();
    let mut suites: Vec<Suite<'_, '_>> = Vec::new();
    let whole: Vec<_> = all.iter().filter(|finding| finding.place().is_none()).collect();
    if !whole.is_empty() {
        suites.push(Suite { name: WHOLE, cases: whole });
    }
    for source in findings.sources {
        let of_source = |finding: &&Finding<'_>| finding.place().is_some_and(|place| place.source == source.name);
        suites.push(Suite { name: &source.name, cases: all.iter().filter(of_source).collect() });
    }
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let number = |count: usize| count.to_string();
    let tests = number(suites.iter().map(Suite::tests).sum());
    let failures = number(suites.iter().map(Suite::failures).sum());
    writer
        .create_element("testsuites")
        .with_attribute(("name", TITLE))
        .with_attribute(("tests", &*tests))
        .with_attribute(("failures", &*failures))
        .with_attribute(("errors", "0"))
        .write_inner_content(|writer| suites.iter().try_for_each(|suite| suite.write(writer)))?;
    Ok(())
}

struct Suite<'f, 'a> {
    name: &'f str,
    cases: Vec<&'f Finding<'a>>,
}

impl Suite<'_, '_> {
    fn tests(&self) -> usize {
        self.cases.len().max(1)
    }

    fn failures(&self) -> usize {
        self.cases.iter().filter(|finding| finding.fails).count()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let name = legal(&identity(self.name));
        let (tests, failures) = (self.tests().to_string(), self.failures().to_string());
        writer
            .create_element("testsuite")
            .with_attribute(("name", &*name))
            .with_attribute(("tests", &*tests))
            .with_attribute(("failures", &*failures))
            .with_attribute(("errors", "0"))
            .write_inner_content(|writer| {
                if self.cases.is_empty() {
                    // A report without test cases is a broken one to most readers.
                    let case = writer.create_element("testcase").with_attribute(("name", TITLE));
                    case.with_attribute(("classname", &*name)).write_empty()?;
                }
                self.cases.iter().try_for_each(|finding| case(writer, &name, finding))
            })?;
        Ok(())
    }
}

fn case(writer: &mut Writer<Vec<u8>>, class: &str, finding: &Finding<'_>) -> io::Result<()> {
    let diagnostic = finding.diagnostic;
    // Platforms compare test cases by name, so that no line is in it.
    let name = legal(&format!("{} {}: {}", diagnostic.code, diagnostic.slug, diagnostic.message));
    let mut element = writer.create_element("testcase").with_attribute(("name", &*name));
    element = element.with_attribute(("classname", class));
    let line = finding.place().map(|place| place.start.line.to_string());
    if let Some(line) = &line {
        element = element.with_attribute(("file", class)).with_attribute(("line", &**line));
    }
    let place = finding
        .place()
        .map(|place| format!("{}:{}:{}\n", legal(&identity(&place.source)), place.start.line, place.start.column));
    let text = place.unwrap_or_default() + &finding.text().split('\n').map(legal).collect::<Vec<_>>().join("\n");
    element.write_inner_content(|writer| {
        if finding.fails {
            let message = legal(&diagnostic.message);
            let failure = writer.create_element("failure").with_attribute(("message", &*message));
            failure
                .with_attribute(("type", severity(diagnostic.severity)))
                .write_text_content(BytesText::new(&text))?;
        } else {
            writer.create_element("system-out").write_text_content(BytesText::new(&text))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

/// On one line, and without the characters that XML cannot write in any form.
pub(super) fn legal(text: &str) -> String {
    printed(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
