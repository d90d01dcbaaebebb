//! The formats of `check` for other programs: each is what its readers expect, whatever a document or a name contains.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use egressc::ExitStatus::{Answered, Refused};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use crate::memory_host::{Entry, MemoryHost};

const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const TCP: &str = include_str!("../../../examples/tcp/policy.yaml");
const SARIF_SCHEMA: &str = include_str!("../schemas/sarif-2.1.0.json");

/// Names of files that a pull request could bring.
const NAMES: &[&str] = &[
    "plain.yaml",
    "./folder//plain.yaml",
    "/tmp/plain.yaml",
    "x\n::error file=a.yaml,line=1::forged.yaml",
    "x\r::set-output name=a::b.yaml",
    "a%0A::warning::b%25.yaml",
    "a,line=7:col=8.yaml",
    "]]><failure message=\"&x;\"/>'<!--.yaml",
    "\u{1b}[2J\u{1b}]8;;http://x\u{7}\u{9b}31m.yaml",
    "\u{202e}\u{2066}\u{200b}\u{2028}\u{85}\u{7f}.yaml",
    "\u{ffff}\u{fffe}\u{0}.yaml",
    "[a](http://x) {0} \\ é 日 #?&.yaml",
    "\u{e0041}\u{10ffff}\u{feff}.yaml",
];

/// A document whose texts come from somebody who wants to be read as something else.
fn hostile_document() -> String {
    let words = [
        "\\n::error file=a.yaml,line=1::forged",
        "%0A::warning::x%25",
        "]]></failure><testcase name='&x;'/>",
        "\\e[2J\\e]8;;http://x\\a",
        "\\u202E\\u2066\\u200B",
        "[click here](http://example.com)",
        "{0} {1}",
    ];
    let fields = words.map(|word| format!("  \"{word}\": x\n")).concat();
    let hosts = words.map(|word| format!("\"{word}\"")).join(", ");
    format!(
        "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\n\
         metadata: {{name: 'a](http://x)', namespace: istio-egress}}\nspec:\n{fields}  byEgressGateway: {{name: g}}\n  egressRules:\n  \
         - from: [{{namespace: mytest}}]\n    to: [{{hosts: [{hosts}], port: {{number: 80, protocol: HTTP}}}}]\n"
    )
}

/// A set of sources.
type Input = Vec<(String, Vec<u8>)>;

fn files_of(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The example of each page, each hostile file, and a hostile document under each hostile name.
fn inputs() -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for page in files_of("../core/docs/codes") {
        let text = fs::read_to_string(&page).unwrap();
        let Some((_, example)) = text.split_once("## Example") else { continue };
        let example = example.split("## Fixed").next().unwrap();
        let blocks = example.split("```yaml").skip(1).enumerate();
        let input: Input = blocks
            .map(|(number, block)| {
                let (head, rest) = block.split_once('\n').unwrap();
                let name = if head.trim().is_empty() { format!("{number}.yaml") } else { head.trim().to_owned() };
                (name, rest.split("```").next().unwrap().into())
            })
            .collect();
        if !input.is_empty() {
            inputs.push(input);
        }
    }
    for file in files_of("tests/hostile") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        inputs.push(vec![(name, fs::read(&file).unwrap())]);
    }
    for name in NAMES {
        inputs.push(vec![((*name).to_owned(), hostile_document().into())]);
        inputs.push(vec![((*name).to_owned(), MESH.into())]);
    }
    assert!(inputs.len() > 150, "{}", inputs.len());
    inputs
}

/// One input in one format, with its diagnostics as the library gives them.
struct Answer {
    out: String,
    diagnostics: Vec<Value>,
    sources: Vec<String>,
}

fn answer(input: &Input, format: &str) -> Answer {
    let mut host = MemoryHost::default();
    let mut args = vec!["check", "--format"];
    for (name, bytes) in input {
        host.entries.insert(name.clone(), Entry::File(bytes.clone()));
    }
    let names = input.iter().map(|(name, _)| name.as_str());
    host.run(&args.iter().copied().chain(["json"]).chain(names.clone()).collect::<Vec<_>>());
    let json: Value = serde_json::from_str(host.out()).unwrap();
    args.push(format);
    let status = host.run(&args.into_iter().chain(names).collect::<Vec<_>>());
    assert!([Answered, Refused].contains(&status), "{}", host.err());
    Answer {
        out: host.out().to_owned(),
        diagnostics: json["diagnostics"].as_array().unwrap().clone(),
        sources: input.iter().map(|(name, _)| name.clone()).collect(),
    }
}

/// Nothing that a terminal would obey, or that nobody would see.
fn assert_steers_nothing(text: &str) {
    let hidden = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert_eq!(text.chars().find(hidden), None, "{text}");
}

#[test]
fn json_steers_nothing() {
    for input in inputs() {
        assert_steers_nothing(&answer(&input, "json").out);
    }
}

#[test]
fn sarif_is_valid_whatever_is_checked() {
    let mut schema: Value = serde_json::from_str(SARIF_SCHEMA).unwrap();
    // Its pattern of languages has a bracket too many, which makes the schema itself invalid. No report has a language.
    for part in ["run", "toolComponent"] {
        let language = schema["definitions"][part]["properties"]["language"].as_object_mut().unwrap();
        assert_eq!(language.remove("pattern").unwrap(), "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
    }
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    assert!(!schema.is_valid(&json!({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})), "it can refuse");
    let mut rules = BTreeSet::new();
    let mut fixes = 0_usize;
    for input in inputs() {
        let Answer { out, diagnostics, .. } = answer(&input, "sarif");
        assert_steers_nothing(&out);
        let log: Value = serde_json::from_str(&out).unwrap();
        let errors: Vec<String> =
            schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}\n{out}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        let shown = results.iter().filter(|result| result["suppressions"].is_null()).count();
        assert_eq!(shown, diagnostics.len(), "{out}");
        for (result, diagnostic) in results.iter().zip(&diagnostics) {
            assert_eq!(result["ruleId"], diagnostic["code"]);
            assert_eq!(result["level"], diagnostic["severity"]);
            let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!((&rule["id"], &rule["name"]), (&diagnostic["code"], &diagnostic["slug"]));
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Why it matters"));
            // More than GitHub shows.
            assert!(rule["fullDescription"]["text"].as_str().unwrap().len() <= 1024, "{rule}");
            rules.insert(rule["id"].as_str().unwrap().to_owned());
            let place = &result["locations"][0]["physicalLocation"];
            assert!(!place["artifactLocation"]["uri"].as_str().unwrap().is_empty());
            let labels = diagnostic["labels"].as_array().unwrap();
            assert_eq!(
                place["region"]["startLine"],
                labels.first().map_or(Value::Null, |label| label["start"]["line"].clone())
            );
            let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
            assert_eq!(related, labels.len().saturating_sub(1));
            assert!(!result["message"]["text"].as_str().unwrap().contains("]("), "a link: {result}");
            assert_eq!(result["fixes"].is_array(), diagnostic["fix"].is_object());
            if let Some(fix) = result["fixes"].get(0) {
                fixes += 1;
                let replacement = &fix["artifactChanges"][0]["replacements"][0];
                assert_eq!(replacement["insertedContent"]["text"], diagnostic["fix"]["replacement"]);
                assert_eq!(replacement["deletedRegion"]["endLine"], diagnostic["fix"]["place"]["end"]["line"]);
            }
        }
    }
    assert!(rules.len() > 70 && fixes > 3, "{} rules and {fixes} fixes", rules.len());
}

#[test]
fn sarif_shows_where_and_what() {
    let policy = "# é\napiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\n\
        metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: egressgateway-a}\n  \
        egressRules:\n  - name: 日本\n    from: [{namespace: mytest}]\n    to: [{name: 'é', hosts: ['*.httpbin.org'], port: {number: 80, protocol: HTTP}}]\n";
    let input = vec![("./p/my policy.yaml".to_owned(), policy.into())];
    let log: Value = serde_json::from_str(&answer(&input, "sarif").out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "EGR0422").unwrap();
    let column = "    to: [{name: 'é', hosts: [".chars().count() + 1;
    let expected = json!([{
        "logicalLocations": [{"fullyQualifiedName": "spec.egressRules[0].to[0].hosts[0]"}],
        "physicalLocation": {
            "artifactLocation": {"uri": "p/my%20policy.yaml"},
            "region": {"startLine": 10, "startColumn": column, "endLine": 10, "endColumn": column + "'*.httpbin.org'".len()},
        },
    }]);
    assert_eq!(result["locations"], expected);
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let object =
        json!({"kind": "ASMEgressTrafficPolicy", "namespace": "istio-egress", "name": "egress-by-egressgateway-a"});
    assert_eq!(result["properties"]["object"], object);
    let text = result["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("wildcard host `*.httpbin.org` cannot be limited to one destination\nnote: "), "{text}");
    assert!(text.contains("\nhelp: list each host name"), "{text}");
}

/// Fingerprints of findings by code.
fn fingerprints(input: &Input) -> Vec<(String, String)> {
    let log: Value = serde_json::from_str(&answer(input, "sarif").out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> =
        results.map(|result| (word(&result["ruleId"]), word(&result["partialFingerprints"]["egressc/v1"]))).collect();
    found.sort();
    found
}

#[test]
fn fingerprints_survive_what_moves() {
    let twice = "hosts: ['*.a.org', '*.a.org', b.org, b.org]";
    let policy = TCP.replace("hosts:\n      - www.alibabacloud.com", twice);
    assert!(policy.contains(twice));
    let one = vec![("p.yaml".to_owned(), policy.clone().into()), ("mesh.yaml".to_owned(), MESH.into())];
    let before = fingerprints(&one);
    assert!(before.len() > 3, "{before:?}");
    let moved = format!("# a comment\n\n---\n{MESH}---\n# another\n{policy}");
    for other in [
        vec![("p.yaml".to_owned(), moved.clone().into())],
        vec![("elsewhere/renamed.yaml".to_owned(), moved.into())],
        vec![("p.yaml".to_owned(), policy.replace('\n', "\r\n").into()), ("mesh.yaml".to_owned(), MESH.into())],
        vec![
            (
                "list.yaml".to_owned(),
                format!(
                    "kind: List\napiVersion: v1\nitems:\n- {}",
                    policy.trim_start_matches("---\n").trim_end().replace('\n', "\n  ")
                )
                .into(),
            ),
            ("mesh.yaml".to_owned(), MESH.into()),
        ],
    ] {
        assert_eq!(fingerprints(&other), before);
    }
    // Of another object they differ, and so do two findings of one object with one message.
    let renamed = policy.replace("namespace: istio-egress", "namespace: other");
    assert_ne!(renamed, policy);
    let other = fingerprints(&vec![("p.yaml".to_owned(), renamed.into()), ("mesh.yaml".to_owned(), MESH.into())]);
    assert!(other.iter().all(|each| !before.contains(each)), "{other:?}");
}

#[test]
fn fingerprints_are_distinct() {
    for input in inputs() {
        let found = fingerprints(&input);
        let distinct: BTreeSet<&String> = found.iter().map(|(_, fingerprint)| fingerprint).collect();
        assert_eq!(distinct.len(), found.len(), "{found:?}");
    }
}

#[test]
fn a_report_of_gitlab_has_what_gitlab_requires() {
    for input in inputs() {
        let Answer { out, diagnostics, sources } = answer(&input, "gitlab");
        assert_steers_nothing(&out);
        let issues: Vec<Value> = serde_json::from_str(&out).unwrap();
        assert_eq!(issues.len(), diagnostics.len());
        let mut fingerprints = BTreeSet::new();
        for (issue, diagnostic) in issues.iter().zip(&diagnostics) {
            assert_eq!(issue["description"], diagnostic["message"]);
            let name = format!("{} {}", diagnostic["code"].as_str().unwrap(), diagnostic["slug"].as_str().unwrap());
            assert_eq!(issue["check_name"], name);
            let severity = match diagnostic["severity"].as_str().unwrap() {
                "error" => "critical",
                "warning" => "minor",
                _ => "info",
            };
            assert_eq!(issue["severity"], severity);
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
            let path = issue["location"]["path"].as_str().unwrap();
            let plain = |source: &String| source.trim_start_matches("./").replace("//", "/");
            assert!(sources.iter().any(|source| plain(source) == path), "{path}");
            assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap().to_owned()));
        }
    }
}

/// A workflow command as the runner of GitHub reads it.
#[derive(Debug)]
struct Command {
    name: String,
    properties: BTreeMap<String, String>,
    data: String,
}

fn command(line: &str) -> Command {
    let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (name, properties) = head.split_once(' ').unwrap();
    let properties = properties.split(',').map(|property| {
        let (key, value) = property.split_once('=').unwrap();
        (key.to_owned(), unescape(value).replace("%3A", ":").replace("%2C", ",").replace("%25", "%"))
    });
    Command { name: name.to_owned(), properties: properties.collect(), data: unescape(data).replace("%25", "%") }
}

#[test]
fn each_line_for_github_is_one_command() {
    for input in inputs() {
        let Answer { out, diagnostics, .. } = answer(&input, "github");
        assert_steers_nothing(&out);
        let lines: Vec<&str> = out.lines().collect();
        let (summary, commands) = lines.split_last().unwrap();
        assert!(summary.starts_with("ok: ") || summary.starts_with("refused: "), "{summary}");
        assert_eq!(commands.len(), diagnostics.len(), "{out}");
        for (line, diagnostic) in commands.iter().zip(&diagnostics) {
            let command = command(line);
            let name = match diagnostic["severity"].as_str().unwrap() {
                "error" => "error",
                "warning" => "warning",
                _ => "notice",
            };
            assert_eq!(command.name, name);
            assert!(command.data.starts_with(diagnostic["message"].as_str().unwrap()), "{command:?}");
            let title = format!("{} {}", diagnostic["code"].as_str().unwrap(), diagnostic["slug"].as_str().unwrap());
            assert_eq!(command.properties["title"], title);
            let keys: Vec<&str> = command.properties.keys().map(String::as_str).collect();
            let Some(place) = diagnostic["labels"].get(0) else {
                assert_eq!(keys, ["title"]);
                continue;
            };
            assert_eq!(command.properties["line"], place["start"]["line"].to_string());
            assert_eq!(command.properties["endLine"], place["end"]["line"].to_string());
            let with_column = place["start"]["line"] == place["end"]["line"];
            assert_eq!(command.properties.contains_key("col"), with_column, "{command:?}");
            assert_eq!(keys.len(), if with_column { 5 } else { 4 }, "{command:?}");
        }
    }
}

#[test]
fn a_name_for_github_stays_one_property() {
    let name = "a,line=7::x%2C\n.yaml";
    let input = vec![(name.to_owned(), "kind: [".into())];
    let out = answer(&input, "github").out;
    assert!(out.starts_with("::error file=a%2Cline=7%3A%3Ax%252C\\n.yaml,line=1,endLine=1,col="), "{out}");
    assert_eq!(command(out.lines().next().unwrap()).properties["file"], "a,line=7::x%2C\\n.yaml");
    // Standard input is no file.
    let mut host = MemoryHost { stdin: "kind: [".into(), ..MemoryHost::default() };
    assert_eq!(host.run(&["check", "--format", "github", "-"]), Refused);
    assert!(host.out().starts_with("::error title=EGR0101 syntax::"), "{}", host.out());
}

/// The elements of a report: name, attributes, text.
fn elements(xml: &str) -> Vec<(String, BTreeMap<String, String>, String)> {
    let mut reader = Reader::from_str(xml);
    let mut found: Vec<(String, BTreeMap<String, String>, String)> = Vec::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open.push(tag.name().0.to_owned());
                found.push((tag.name().0.to_owned(), attributes(&tag), String::new()));
            }
            Event::Empty(tag) => found.push((tag.name().0.to_owned(), attributes(&tag), String::new())),
            Event::End(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name().0)),
            Event::Text(text) => found.last_mut().unwrap_or(&mut Default::default()).2.push_str(&text),
            Event::GeneralRef(entity) => {
                let text = quick_xml::escape::resolve_xml_entity(&entity).unwrap();
                found.last_mut().unwrap().2.push_str(text);
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(open.is_empty());
    found
}

fn attributes(tag: &quick_xml::events::BytesStart<'_>) -> BTreeMap<String, String> {
    let pairs = tag.attributes().map(|attribute| attribute.unwrap());
    pairs.map(|pair| (pair.key.0.to_owned(), quick_xml::escape::unescape(&pair.value).unwrap().into_owned())).collect()
}

#[test]
fn junit_is_well_formed_and_counts() {
    for input in inputs() {
        let Answer { out, diagnostics, sources } = answer(&input, "junit");
        assert_steers_nothing(&out);
        assert!(!out.contains(['\u{fffe}', '\u{ffff}']), "no character of XML");
        let elements = elements(&out);
        let of = |wanted: &str| elements.iter().filter(|(name, ..)| name == wanted).collect::<Vec<_>>();
        let known = ["testsuites", "testsuite", "testcase", "failure", "system-out"];
        assert!(elements.iter().all(|(name, ..)| known.contains(&name.as_str())), "{out}");
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic["severity"] == "error").count();
        assert_eq!(of("failure").len(), errors, "{out}");
        assert_eq!(of("failure").len() + of("system-out").len(), diagnostics.len());
        let total = of("testsuites")[0].1.clone();
        assert_eq!(total["failures"], errors.to_string());
        assert_eq!(total["tests"], of("testcase").len().to_string());
        // A configuration that is not the one of the run is left out.
        let is_configuration = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("CheckConfiguration");
        let configurations = input.iter().filter(|(_, bytes)| is_configuration(bytes)).count();
        assert!(of("testsuite").len().saturating_add(configurations) >= sources.len());
        let mut shown: Vec<&str> =
            of("failure").iter().map(|(_, attributes, _)| attributes["message"].as_str()).collect();
        let mut expected: Vec<&str> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic["severity"] == "error")
            .map(|diagnostic| diagnostic["message"].as_str().unwrap())
            .collect();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected);
    }
}

#[test]
fn junit_fails_what_fails_the_run() {
    let mut host = MemoryHost::with(&[("tcp.yaml", TCP), ("mesh.yaml", MESH)]);
    assert_eq!(host.run(&["check", "--format", "junit", "tcp.yaml", "mesh.yaml"]), Answered);
    assert!(host.out().contains("<testsuites name=\"egressc check\" tests=\"3\" failures=\"0\" errors=\"0\">"));
    assert!(host.out().contains("<testcase name=\"egressc check\" classname=\"mesh.yaml\"/>"), "{}", host.out());
    assert_eq!(host.err(), "ok: 1 destination in 2 sources, 2 warnings\n");
    assert_eq!(host.run(&["check", "--format", "junit", "--fail-on", "warning", "tcp.yaml", "mesh.yaml"]), Refused);
    assert!(host.out().contains("tests=\"3\" failures=\"2\""), "{}", host.out());
    let failure = elements(host.out()).into_iter().find(|(name, ..)| name == "failure").unwrap();
    assert_eq!(failure.1["type"], "warning");
    assert!(failure.2.starts_with("tcp.yaml:") && failure.2.contains("\nhelp: "), "{failure:?}");
}

/// What is said of the whole input has no file, and three of the readers refuse a report for that.
#[test]
fn what_has_no_place_breaks_no_format() {
    let input = vec![("./mesh.yaml".to_owned(), MESH.into())];
    let log: Value = serde_json::from_str(&answer(&input, "sarif").out).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "EGR0215");
    assert_eq!(result["locations"], json!([{"physicalLocation": {"artifactLocation": {"uri": "mesh.yaml"}}}]));
    let issues: Value = serde_json::from_str(&answer(&input, "gitlab").out).unwrap();
    assert_eq!(issues[0]["location"], json!({"path": "mesh.yaml", "lines": {"begin": 1}}));
    let github = answer(&input, "github").out;
    assert!(github.starts_with("::error title=EGR0215 no-policy::the input contains no "), "{github}");
    let junit = answer(&input, "junit").out;
    assert!(junit.contains("<testsuite name=\"egressc\" tests=\"1\" failures=\"1\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("classname=\"egressc\""), "{junit}");
}
