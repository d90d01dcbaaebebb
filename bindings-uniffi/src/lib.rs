//! The calls of `egressc_core::api` for Kotlin, Ruby and Swift: a request as JSON in, the answer as JSON out.
//!
//! What each language puts around them is in its folder beside.

use egressc_core::api::{self, UsageError};

uniffi::setup_scaffolding!("egressc_native");

/// A call that did not come to an answer.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
pub enum EgresscError {
    /// The call is wrong in itself, whatever the policies are.
    #[error("{0}")]
    Usage(String),
}

/// `UniFFI` takes strings on trust, and these bytes come from other languages, so they are looked at here.
fn answer(name: &str, request: Vec<u8>) -> Result<String, EgresscError> {
    let usage = |error: UsageError| EgresscError::Usage(error.to_string());
    let request = String::from_utf8(request).map_err(|error| usage(UsageError::request(error.to_string())))?;
    api::call(name, &request).map_err(usage)
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// When the call is wrong in itself.
        #[uniffi::export]
        pub fn $name(request: Vec<u8>) -> Result<String, EgresscError> {
            answer(stringify!($name), request)
        }
    )*};
}

calls! {
    /// Compiles a policy set to the resources that enforce it.
    compile;
    /// Checks a policy set without compiling it.
    check;
    /// Evaluates one request, hop by hop.
    trace;
    /// Lists which clients can reach which hosts.
    reach;
    /// Lists which flows a change opens, closes and reroutes, and in which order to apply it.
    diff;
    /// Runs the expectations in the sources, and lists what no expectation covers.
    test;
    /// Compares the verdicts with the lines of access logs.
    replay;
    /// Makes policies of one kind policies of another.
    convert;
    /// Returns the meaning of a diagnostic code.
    explain;
    /// Returns the JSON Schema of a kind, for editors.
    schema;
    /// Describes this library.
    about;
}
