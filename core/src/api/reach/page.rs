//! A page for people without egressc: one file of HTML, without scripts, and without anything that a browser would load.

use std::fmt::Write;

use super::Flow;
use super::head::Head;
use super::picture::{class, element, escaped};
use super::table::{HEAD, cells};
use crate::api::ClientPath;
use crate::trace::Verdict;

const STYLE: &str = "\
body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#1f2328;background:#fff}\
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top;\
overflow-wrap:break-word}thead{background:#f6f8fa}.bypass td{background:#ffebe9}.unknown td{background:#fff8c5}.blocked td{color:#57606a}\
figure{margin:1rem 0;overflow-x:auto}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}thead{background:#161b22}\
.bypass td{background:#67060c}.unknown td{background:#4b2900}.blocked td{color:#8b949e}}\
@media print{body{margin:0}}";

pub(super) fn text(flows: &[&Flow], head: &Head, assumed: &[String]) -> String {
    let title = escaped(&head.title);
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n<p>{}</p>\n",
        escaped(&head.said()),
    );
    let (direct, captured): (Vec<&Flow>, Vec<&Flow>) =
        flows.iter().copied().partition(|flow| flow.from.path == ClientPath::Direct);
    let count = |is: fn(&Flow) -> bool| captured.iter().filter(|flow| is(flow)).count();
    let _ = writeln!(
        out,
        "<p>{} allowed, {} of them bypassing every gateway; {} diverted to another host; {} blocked; {} unknown.</p>",
        count(|flow| flow.verdict == Verdict::Allowed),
        count(|flow| flow.verdict == Verdict::Allowed && flow.bypass),
        count(|flow| flow.verdict == Verdict::Diverted),
        count(|flow| flow.verdict == Verdict::Blocked),
        count(|flow| flow.verdict == Verdict::Unknown),
    );
    out.push_str("<h2>Flows that arrive</h2>\n<figure>\n");
    out.push_str(&element(flows, head));
    out.push_str("<figcaption>Blocked flows, and clients that call a gateway directly, are in the table alone.</figcaption>\n</figure>\n");
    let admitted: Vec<&Flow> = direct.into_iter().filter(|flow| flow.verdict != Verdict::Blocked).collect();
    table(&mut out, "All flows", &captured);
    if !admitted.is_empty() {
        table(
            &mut out,
            "Allowed at a gateway for clients that call it directly, with their own mesh certificate",
            &admitted,
        );
    }
    if !assumed.is_empty() {
        out.push_str("<h2>Assumed</h2>\n<ul>\n");
        for text in assumed {
            let _ = writeln!(out, "<li>{}</li>", escaped(text));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn table(out: &mut String, caption: &str, flows: &[&Flow]) {
    let _ = write!(out, "<h2>{}</h2>\n<table>\n<thead><tr>", escaped(caption));
    for name in HEAD {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(&name.to_lowercase()));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for flow in flows {
        let kind = match flow.verdict {
            Verdict::Blocked => "blocked",
            Verdict::Unknown => class(super::graph::EdgeKind::Unknown),
            Verdict::Allowed | Verdict::Diverted if flow.bypass => class(super::graph::EdgeKind::Bypass),
            Verdict::Allowed | Verdict::Diverted => "arrives",
        };
        let _ = write!(out, "<tr class=\"{kind}\">");
        for cell in cells(flow) {
            let _ = write!(out, "<td>{}</td>", escaped(&cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}
