//! What a compile proves before it returns the resources.

use super::{Policies, Workspace};
use crate::check::check;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::facts;
use crate::lint::beside_policies;
use crate::prove::{apply, past_sidecars, prove};

impl Workspace {
    /// All diagnostics of a compile; an error refuses it. The facts are compared with the compiled objects, the result
    /// is proven, and the user's own objects are applied to it.
    pub(in crate::api) fn proof(&self) -> &Report {
        self.proof.get_or_init(|| self.prove())
    }

    fn prove(&self) -> Report {
        let mut report = self.report.clone();
        let set = match &self.policies {
            Policies::Valid(set) => set,
            Policies::Refused => return report,
            Policies::Missing(set) => {
                // This is reported only if nothing else is wrong: a policy that could not be read is not missing.
                if !report.has_errors() {
                    report.push(
                        Diagnostic::nowhere(
                            &codes::NO_POLICY,
                            "the input contains no ASMEgressTrafficPolicy and no EgressPolicy",
                        )
                        .help("add the files or folders with the policies of the mesh"),
                    );
                }
                check(set.clone(), &mut report);
                return report;
            }
        };
        let compiled = self.compiled();
        facts::check(set, &compiled.objects, self.given(), &mut report);
        // If the facts are wrong, the proof would report them as a bug of egressc.
        if !report.has_errors() {
            prove(set, &compiled.manifests, &compiled.objects, &mut report);
        }
        if !report.has_errors() {
            let theirs = self.theirs();
            report.extend(theirs.report.iter().cloned());
            beside_policies(set, &theirs.objects, &self.documents, &self.sources, &mut report);
            apply(set, &compiled.objects, &theirs.objects, &mut report);
            past_sidecars(set, &mut report);
        }
        report
    }
}
