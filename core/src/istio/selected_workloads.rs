//! The endpoints of ServiceEntries that select workloads.

use super::Objects;

impl Objects {
    /// Gives the ServiceEntries that select workloads the `WorkloadEntries` of their namespace as endpoints
    /// (`pilot/pkg/serviceregistry/serviceentry/conversion.go`, `services`).
    pub fn select_workload_entries(&mut self) {
        for entry in &mut self.service_entries {
            let Some(selector) = &entry.spec.selector else { continue };
            let by_dns = entry.spec.resolution.is_by_dns();
            let selected = self.workload_entries.iter().filter(|workload| {
                workload.meta.namespace == entry.meta.namespace
                    && workload.spec.is_selected_by(selector)
                    && (by_dns || workload.spec.has_address())
            });
            for workload in selected {
                if workload.spec.is_checked {
                    entry.spec.unsupported.push(format!("WorkloadEntry {} with health checks", workload.meta.name));
                }
                entry.spec.endpoints.push(workload.spec.endpoint.clone());
            }
        }
    }
}
