use std::io;

use egressc_core::api::{ExpectationRow, ExpectedVerdict, TestResponse};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::junit::legal;
use crate::exit::{Failure, failed};
use crate::inputs::identity;

/// JUnit XML of `egressc test`: a suite for each source with expectations, and a test case for each of them.
pub(crate) fn junit_of_test(response: &TestResponse) -> Result<String, Failure> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, response).map_err(failed)?;
    let text = String::from_utf8(writer.into_inner()).map_err(failed)?;
    Ok(text + "\n")
}

fn write(writer: &mut Writer<Vec<u8>>, response: &TestResponse) -> io::Result<()> {
    let suites = response.expectations.chunk_by(|one, other| one.place.source == other.place.source);
    // A refused input has no case, and a report without one would be taken for a pass.
    let errors = if response.ok { "0" } else { "1" };
    let tests = response.expectations.len().saturating_add(usize::from(!response.ok)).to_string();
    let failures = response.failed.to_string();
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "egressc test"))
        .with_attribute(("tests", &*tests))
        .with_attribute(("failures", &*failures))
        .with_attribute(("errors", errors))
        .write_inner_content(|writer| {
            if !response.ok {
                refused(writer, response)?;
            }
            for rows in suites {
                suite(writer, rows)?;
            }
            Ok(())
        })?;
    Ok(())
}

/// The one case of an input that could not be tested.
fn refused(writer: &mut Writer<Vec<u8>>, response: &TestResponse) -> io::Result<()> {
    let lines = response.diagnostics.iter().map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message));
    let text = lines.map(|line| legal(&line)).collect::<Vec<_>>().join("\n");
    writer
        .create_element("testsuite")
        .with_attributes([("name", "egressc"), ("tests", "1"), ("failures", "0"), ("errors", "1")])
        .write_inner_content(|writer| {
            writer
                .create_element("testcase")
                .with_attributes([("name", "the policies compile"), ("classname", "egressc")])
                .write_inner_content(|writer| {
                    writer
                        .create_element("error")
                        .with_attribute(("message", "the input is refused"))
                        .write_text_content(BytesText::new(&text))?;
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(())
}

fn suite(writer: &mut Writer<Vec<u8>>, rows: &[ExpectationRow]) -> io::Result<()> {
    let name = rows.first().map(|row| legal(&identity(&row.place.source))).unwrap_or_default();
    let tests = rows.len().to_string();
    let failures = rows.iter().filter(|row| !row.passed).count().to_string();
    writer
        .create_element("testsuite")
        .with_attribute(("name", &*name))
        .with_attribute(("tests", &*tests))
        .with_attribute(("failures", &*failures))
        .with_attribute(("errors", "0"))
        .write_inner_content(|writer| rows.iter().try_for_each(|row| case(writer, &name, row)))?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, class: &str, row: &ExpectationRow) -> io::Result<()> {
    let expected = match row.expected {
        ExpectedVerdict::Deny => "deny",
        _ => "allow",
    };
    let name = legal(&format!("{expected} {}", asked(row)));
    let line = row.place.start.line.to_string();
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", &*name))
        .with_attribute(("classname", class))
        .with_attribute(("file", class))
        .with_attribute(("line", &*line));
    if row.passed {
        element.write_empty()?;
        return Ok(());
    }
    let message = legal(&row.message);
    element.write_inner_content(|writer| {
        writer
            .create_element("failure")
            .with_attribute(("message", &*message))
            .with_attribute(("type", "expectation"))
            .write_text_content(BytesText::new(&message))?;
        Ok(())
    })?;
    Ok(())
}

/// The request in short. Platforms compare test cases by name, so that no line and no result is in it.
fn asked(row: &ExpectationRow) -> String {
    let (from, to) = (&row.query.from, &row.query.to);
    let labels: Vec<String> = from.labels.iter().map(|(key, value)| format!(",{key}={value}")).collect();
    let account = from.service_account.as_ref().map(|account| format!(" as {account}")).unwrap_or_default();
    let port = to.port.map(|port| format!(":{port}")).unwrap_or_default();
    let method = to.method.as_ref().map(|method| format!("{method} ")).unwrap_or_default();
    let path = to.path.clone().unwrap_or_default();
    format!("{}{}{account} -> {method}{}://{}{port}{path}", from.namespace, labels.concat(), to.scheme.name(), to.host)
}
