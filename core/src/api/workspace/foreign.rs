//! Which files of a folder are those of other tools: a folder is read as a whole, and few are made for egressc alone.

use super::load::is_template;
use super::patches::is_kustomization_file;
use crate::diagnostic::Report;
use crate::resource::is_of_no_object;
use crate::source::SourceMap;
use crate::syntax::{Limits, parse};

/// Why a file has nothing for egressc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It is a template of Helm, which has objects only after Helm has rendered it.
    Template,
    /// None of its documents is an object of Kubernetes, or is meant as one.
    NoObject,
}

/// Whether a file is one of another tool. What may be meant as an object is not, so that its mistakes are reported, and no policy is
/// left out.
pub fn foreign(path: &str, bytes: &[u8]) -> Option<Foreign> {
    let text = std::str::from_utf8(bytes).ok()?;
    if is_kustomization_file(path) {
        return None;
    }
    let may_be_template = text.contains("{{");
    // What nearly every file is, so that it need not be parsed twice.
    if !may_be_template && begins_as_object(text) {
        return None;
    }
    let mut sources = SourceMap::default();
    let id = sources.add("", text.to_owned());
    let mut report = Report::default();
    let documents = parse(&sources, id, &Limits::DEFAULT, &mut report);
    if report.has_errors() {
        if is_template(text) {
            return Some(Foreign::Template);
        }
        let has_head = text.contains("apiVersion") || text.contains("kind");
        return (!has_head).then_some(Foreign::NoObject);
    }
    let is_foreign = !documents.is_empty() && documents.iter().all(|document| is_of_no_object(&document.root));
    is_foreign.then_some(Foreign::NoObject)
}

fn begins_as_object(text: &str) -> bool {
    let is_json = || {
        let inside = text.trim_start().strip_prefix('{').map(str::trim_start);
        inside.is_some_and(|inside| inside.starts_with("\"apiVersion\""))
    };
    let has = |key: &str| text.starts_with(key) || text.contains(&format!("\n{key}"));
    has("apiVersion:") && has("kind:") || is_json() && text.contains("\"kind\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_tools_are_foreign() {
        for text in [
            "{\"name\": \"web\", \"version\": \"1.0.0\"}",
            "replicas: 2\nimage: {tag: latest}\n",
            "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
            "controller: {kind: DaemonSet}\n",
            "kind: DaemonSet\nreplicas: 2\n",
            "[{\"a\": 1}]",
            "{\n  // a comment\n  \"a\": 1,\n}\n",
        ] {
            assert_eq!(foreign("a.yaml", text.as_bytes()), Some(Foreign::NoObject), "{text}");
        }
        let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\n";
        assert_eq!(foreign("a.yaml", template.as_bytes()), Some(Foreign::Template));
    }

    #[test]
    fn what_may_be_meant_as_an_object_is_not_foreign() {
        for text in [
            "",
            "# nothing\n",
            "kind: [\n",
            "a word",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
            "kind: ASMEgressTrafficPolicy\nmetadata: {name: a}\nspec: {}\n",
            "metadata: {name: a}\nspec: {}\n",
            "replicas: 2\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
            "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}",
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata:\n  name: {{ .Release.Name }}-web\n",
            "meshConfig: {accessLogFile: /dev/stdout}\n",
        ] {
            assert_eq!(foreign("a.yaml", text.as_bytes()), None, "{text}");
        }
        assert_eq!(foreign("a.yaml", b"\xff\xfe"), None);
    }
}
