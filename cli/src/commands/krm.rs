use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::{self, CompileRequest, Diagnostic, Severity, Source};
use egressc_core::stages::diagnostic::codes;
use egressc_core::stages::emit;
use egressc_core::stages::origin::{Claim, Identity, Standing};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::exit::{ExitStatus, Failure, failed};
use crate::host::Host;
use crate::inputs;
use crate::resource_list::{File, Item, Reference, ResourceList, keep_place};
use crate::terminal::{answer, printed, say};

const CONFIG: &str = "functionConfig";

/// Reads a list of objects, and writes it with the resources of the policies among them.
///
/// When a policy is refused the list is written as it came, so that nobody applies half of it, with the reasons.
pub(crate) fn krm(host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let limit = Source::MOST_BYTES.saturating_add(1);
    let bytes = host.read_stdin(limit).map_err(|error| vec![format!("{}: {error}", inputs::STDIN)])?;
    let list = ResourceList::read(inputs::STDIN, bytes)?;

    // What an earlier run verifiably made is made anew, or gone. All else is looked at, or is not written.
    let before = |item: &Item| matches!(item.standing(&BTreeSet::new()), Some((_, Standing::MadeBefore)));
    let (old, kept): (Vec<&Item>, Vec<&Item>) = list.items.iter().partition(|item| before(item));
    let inputs = Inputs::of(kept.iter().map(|item| &item.value), list.function_config());
    let request = CompileRequest { sources: inputs.sources(), ..CompileRequest::default() };
    let response = api::compile(&request).map_err(failed)?;
    let made: BTreeSet<Identity> =
        response.resources.iter().map(|resource| emit::identity(resource.object())).collect();

    let mut results = Vec::new();
    for diagnostic in &response.diagnostics {
        results.extend(inputs.result(diagnostic));
    }
    // A compile leaves out what it makes anew; here that is only right where the old object goes.
    let (left_out, kept): (Vec<&Item>, Vec<&Item>) = kept.into_iter().partition(|item| item.is_left_out(&made));
    let (replaced, twice): (Vec<&Item>, Vec<&Item>) = left_out.into_iter().partition(|item| {
        item.standing(&made).is_some_and(|(meta, standing)| {
            standing == Standing::Replaced && matches!(meta.claim, Claim::Broken | Claim::Holds)
        })
    });
    for item in twice {
        let what = match item.standing(&made) {
            Some(_) => {
                "the items already contain an object with the identity of a generated one, and egressc did not make it"
            }
            None => "a list among the items contains an object that egressc made, and egressc cannot replace it there",
        };
        results.push(Finding::new(Severity::Error, what.to_owned(), Some(&item.value)));
    }
    let refused = !response.ok || results.iter().any(|result| result.severity == Severity::Error);
    for result in &results {
        say(host, &format!("{}\n", printed(&result.line())));
    }
    let items = if refused {
        list.items.iter().map(|item| item.value.clone()).collect()
    } else {
        let old = old.into_iter().chain(replaced);
        let places: BTreeMap<Identity, &Value> =
            old.filter_map(|item| Some((item.standing(&made)?.0.identity(), &item.value))).collect();
        let mut items: Vec<Value> = kept.into_iter().map(|item| item.value.clone()).collect();
        for resource in &response.resources {
            let mut value = serde_json::to_value(resource).map_err(failed)?;
            if let Some(old) = places.get(&emit::identity(resource.object())) {
                keep_place(old, &mut value);
            }
            items.push(value);
        }
        items
    };
    let results = serde_json::to_value(&results).map_err(failed)?;
    answer(host, &list.write(items, results)?)?;
    Ok(ExitStatus::of(!refused))
}

/// The objects that are compiled, each under a name of its own.
struct Inputs<'a> {
    objects: BTreeMap<String, &'a Value>,
}

impl<'a> Inputs<'a> {
    fn of(items: impl Iterator<Item = &'a Value>, config: Option<&'a Value>) -> Self {
        let items: Vec<&Value> = items.collect();
        let config = config.filter(|config| says_something(config) && !items.iter().any(|item| is_same(item, config)));
        let named = items.into_iter().enumerate().map(|(number, item)| (format!("items[{number}]"), item));
        Self { objects: named.chain(config.map(|config| (CONFIG.to_owned(), config))).collect() }
    }

    fn sources(&self) -> Vec<Source> {
        self.objects.iter().map(|(name, object)| Source::value(name.as_str(), (*object).clone())).collect()
    }

    fn result(&self, diagnostic: &Diagnostic) -> Option<Finding> {
        let label = diagnostic.labels.first();
        let mut severity = diagnostic.severity;
        if diagnostic.code == codes::KIND_NOT_READ.id {
            // Among the items are all objects of the package; but a configuration without effect is a mistake.
            if label.is_none_or(|label| label.source != CONFIG) {
                return None;
            }
            severity = Severity::Error;
        }
        let object = label.and_then(|label| self.objects.get(&label.source).copied());
        let mut message = vec![format!("{}: {}", diagnostic.code, diagnostic.message)];
        message.extend(diagnostic.notes.iter().map(|note| format!("note: {note}")));
        message.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
        let mut finding = Finding::new(severity, message.join("\n"), object);
        finding.tags = Some(Tags { code: diagnostic.code.clone(), slug: diagnostic.slug.clone() });
        finding.field = label.and_then(|label| label.path.clone()).map(|path| {
            let fix = diagnostic.fix.as_ref().filter(|fix| fix.place.path.as_ref() == Some(&path));
            Field { path, proposed_value: fix.map(|fix| value(&fix.replacement)) }
        });
        Some(finding)
    }
}

/// An object that only says which function to run is no input. kpt always passes one: a `ConfigMap` with empty `data`.
fn says_something(config: &Value) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    ["spec", "data", "items"].iter().any(|key| config.get(key).is_some_and(|value| !is_empty(value)))
}

/// Whether two objects are one, given twice: kpt passes the file of the configuration among the items, too. Their annotations
/// differ, because orchestrators keep theirs there.
fn is_same(item: &Value, config: &Value) -> bool {
    ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/spec", "/data", "/items"]
        .iter()
        .all(|part| item.pointer(part) == config.pointer(part))
}

/// One result, as orchestrators show it and as a line for those that do not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    message: String,
    #[serde(serialize_with = "word")]
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_ref: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_value: Option<String>,
}

#[derive(Serialize)]
struct Tags {
    code: String,
    slug: String,
}

impl Finding {
    fn new(severity: Severity, message: String, object: Option<&Value>) -> Self {
        Self {
            message,
            severity,
            resource_ref: object.map(Reference::of),
            field: None,
            file: object.and_then(File::of),
            tags: None,
        }
    }

    /// Whatever is quoted in it, one line.
    fn line(&self) -> String {
        let severity = spelt(self.severity).to_owned();
        let file = self.file.as_ref().map(|file| file.path.clone());
        let object = self.resource_ref.as_ref().map(ToString::to_string);
        let field = self.field.as_ref().map(|field| field.path.clone());
        let parts = [Some(severity), file, object, field, Some(self.message.replace('\n', "; "))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(spelt(*severity))
}

/// The words of KRM.
fn spelt(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

/// The value that an edit writes: objects come as JSON, in which a text has quotes.
fn value(replacement: &str) -> String {
    serde_json::from_str(replacement).unwrap_or_else(|_| replacement.to_owned())
}
