//! The `ResourceList` of KRM functions, as kustomize and kpt speak it: one document in, one document out.

use std::collections::BTreeSet;
use std::fmt;

use egressc_core::stages::diagnostic::{Report, render};
use egressc_core::stages::emit;
use egressc_core::stages::istio::{Meta, Objects};
use egressc_core::stages::origin::{Identity, Standing, standing};
use egressc_core::stages::source::SourceMap;
use egressc_core::stages::syntax::{Limits, Node, NodeKind, parse};
use serde::Serialize;
use serde_json::{Map, Number, Value, json};

use crate::exit::Failure;

const KIND: &str = "ResourceList";
const VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];
/// Where an item stands, as orchestrators write it on the item, behind one of two prefixes.
const PLACE: [&str; 4] = ["path", "index", "id", "seqindent"];
const BOOKKEEPING: [&str; 2] = ["internal.config.kubernetes.io/", "config.kubernetes.io/"];

/// A list of objects, and what goes with it.
#[derive(Debug)]
pub(crate) struct ResourceList {
    /// The whole document, without `items` and `results`.
    rest: Map<String, Value>,
    pub(crate) items: Vec<Item>,
}

/// An object among the items.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) value: Value,
    /// What the compiler reads of it as Istio's objects: none in what it does not read, several in a `List`.
    metas: Vec<Meta>,
}

impl Item {
    fn of(node: &Node, value: Value) -> Self {
        let objects = Objects::decode([node]);
        // An object that Istio refuses stands among the items all the same.
        let refused = objects.refused.iter().map(|refused| &refused.meta);
        Self { value, metas: objects.metas().chain(refused).cloned().collect() }
    }

    /// The one object that it is, for a compile that makes others.
    pub(crate) fn standing(&self, made: &BTreeSet<Identity>) -> Option<(&Meta, Standing)> {
        let [meta] = self.metas.as_slice() else { return None };
        self.value.get("items").is_none().then(|| (meta, standing(&meta.identity(), meta.claim, made)))
    }

    /// Whether a compile that makes others leaves some of it out.
    pub(crate) fn is_left_out(&self, made: &BTreeSet<Identity>) -> bool {
        self.metas.iter().any(|meta| standing(&meta.identity(), meta.claim, made) != Standing::Own)
    }
}

impl ResourceList {
    /// Reads one.
    pub(crate) fn read(name: &str, bytes: Vec<u8>) -> Result<Self, Failure> {
        let text = String::from_utf8(bytes).map_err(|error| vec![format!("{name}: {error}")])?;
        let mut sources = SourceMap::default();
        let id = sources.add(name, text);
        let mut report = Report::default();
        let documents = parse(&sources, id, &Limits::DEFAULT, &mut report);
        if report.has_errors() {
            let rendered = render::text(&sources, &report.sorted(), render::Style::Plain);
            return Err(vec![format!("{name} cannot be read"), rendered]);
        }
        let fail = |what: &str| vec![format!("{name}: {what}")];
        let [document] = documents.as_slice() else {
            return Err(fail("the input must be one ResourceList, in one document"));
        };
        let Value::Object(mut rest) = value(&document.root, &sources).map_err(|what| fail(&what))? else {
            return Err(fail("this is not a ResourceList"));
        };
        let header = |key: &str| rest.get(key).and_then(Value::as_str).unwrap_or_default();
        if header("kind") != KIND || !VERSIONS.contains(&header("apiVersion")) {
            return Err(fail(&format!("this is not a {KIND} of {}", VERSIONS.join(" or "))));
        }
        let items = match rest.remove("items") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(fail("`items` is not a list")),
        };
        if items.iter().any(|item| !item.is_object()) {
            return Err(fail("one of `items` is not an object"));
        }
        let nodes = document.root.get("items").map(Node::items).unwrap_or_default();
        let items = nodes.iter().zip(items).map(|(node, value)| Item::of(node, value)).collect();
        // What an earlier function said is the orchestrator's; ours takes its place.
        rest.remove("results");
        Ok(Self { rest, items })
    }

    /// What the function is configured with.
    pub(crate) fn function_config(&self) -> Option<&Value> {
        self.rest.get("functionConfig").filter(|config| !config.is_null())
    }

    /// Writes it with these items, and with what there is to say.
    pub(crate) fn write(self, items: Vec<Value>, results: Value) -> Result<String, Failure> {
        let mut document = self.rest;
        document.insert("items".to_owned(), Value::Array(items));
        if results.as_array().is_some_and(|results| !results.is_empty()) {
            document.insert("results".to_owned(), results);
        }
        emit::yaml(&[Value::Object(document)]).map_err(|error| vec![error.to_string()])
    }
}

/// Where orchestrators keep an object: its file, and its number in the file.
#[derive(Debug, Serialize)]
pub(crate) struct File {
    pub(crate) path: String,
    index: u64,
}

impl File {
    /// `None` when the orchestrator does not say.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let annotations = object.pointer("/metadata/annotations")?;
        let get = |key: &str| BOOKKEEPING.iter().find_map(|prefix| annotations.get(format!("{prefix}{key}"))?.as_str());
        // kustomize has no such annotation, but on request one that says where from.
        let origin = || get("origin")?.lines().find_map(|line| line.strip_prefix("path: "));
        let path = get("path").or_else(origin)?.to_owned();
        let index = get("index").and_then(|index| index.parse().ok()).unwrap_or_default();
        Some(Self { path, index })
    }
}

/// Puts `new` where `old` was: it stays in its file.
///
/// Nothing else is taken over: `local-config`, for one, would keep a resource from being applied.
pub(crate) fn keep_place(old: &Value, new: &mut Value) {
    let annotations = old.pointer("/metadata/annotations").and_then(Value::as_object);
    let Some(annotations) = annotations else { return };
    let is_place =
        |key: &str| BOOKKEEPING.iter().filter_map(|prefix| key.strip_prefix(prefix)).any(|name| PLACE.contains(&name));
    let place = annotations.iter().filter(|(key, _)| is_place(key));
    let place: Vec<_> = place.map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(annotations) = new.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.extend(place);
    }
}

/// How results name an object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    api_version: String,
    kind: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
}

impl Reference {
    pub(crate) fn of(object: &Value) -> Self {
        Self {
            api_version: text(object, "/apiVersion"),
            kind: text(object, "/kind"),
            name: text(object, "/metadata/name"),
            namespace: text(object, "/metadata/namespace"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        write!(f, "{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The tree as Kubernetes reads it, with nothing lost: objects that are not ours go back as they came.
fn value(node: &Node, sources: &SourceMap) -> Result<Value, String> {
    Ok(match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => json!(value),
        NodeKind::Integer(value) => json!(value),
        // The tree holds what no signed number can as a float; the text still knows it exactly.
        NodeKind::Float(value) => match sources.text(node.span).parse::<u64>() {
            Ok(exact) => json!(exact),
            Err(_) => Value::Number(Number::from_f64(*value).ok_or("it contains a number that JSON does not have")?),
        },
        NodeKind::Text(text) => json!(text),
        NodeKind::List(items) => Value::Array(items.iter().map(|item| value(item, sources)).collect::<Result<_, _>>()?),
        NodeKind::Map(entries) => {
            let mut fields = Map::new();
            for entry in entries {
                fields.insert(entry.key.to_string(), value(&entry.value, sources)?);
            }
            Value::Object(fields)
        }
    })
}
