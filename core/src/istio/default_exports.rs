//! Who sees objects that do not say so, where the mesh config has defaults of its own.

use std::collections::BTreeSet;

use super::{ExportTo, Objects};

/// The defaults of a mesh config; `None` is Istio's own, all namespaces (`initDefaultExportMaps` of
/// `pilot/pkg/model/push_context.go`).
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultExports<'d> {
    /// Of Services and ServiceEntries.
    pub services: Option<&'d [String]>,
    /// Of VirtualServices.
    pub virtual_services: Option<&'d [String]>,
    /// Of DestinationRules.
    pub destination_rules: Option<&'d [String]>,
}

impl Objects {
    /// Gives each object without `exportTo` the default of the mesh config.
    pub fn export_by_default(&mut self, defaults: DefaultExports<'_>) {
        if let Some(words) = defaults.services {
            for service in self.services.iter_mut().filter(|service| !service.spec.says_exports) {
                service.spec.export_to = ExportTo::read(words, &service.meta.namespace);
            }
            // Of an XBackend Istio makes an entry that says so itself.
            for entry in self.service_entries.iter_mut().filter(|entry| entry.meta.kind == "ServiceEntry") {
                if entry.spec.exports.is_empty() {
                    entry.spec.export_to = ExportTo::read(words, &entry.meta.namespace);
                }
            }
        }
        if let Some(words) = defaults.virtual_services {
            // What Istio makes of a route of the Gateway API never has `exportTo` (`initVirtualServices`).
            for route in self.virtual_services.iter_mut().filter(|route| !route.spec.says_exports) {
                route.spec.export_to = ExportTo::read(words, &route.meta.namespace);
            }
        }
        // "We only honor . and *" (`setDestinationRules`).
        if defaults.destination_rules.is_some_and(|words| words.iter().any(|word| word == ".")) {
            for rule in &mut self.destination_rules {
                if rule.spec.export_to.is_empty() && rule.spec.workload_selector.is_none() {
                    rule.spec.export_to = BTreeSet::from([".".to_owned()]);
                }
            }
        }
    }
}
