//! **No API**: the stages of the compiler, for this repository's own tests and command line.
//!
//! Whatever is here changes without notice and without a new version. What others may use is [`crate::api`].

pub use crate::api::check::{
    Choice, CodeSet, FixAt, Fixed, FixedFlows, InForce, LeftOut, ObjectName, Selected, check_selected, fixed, ignored,
    is_configuration, selected,
};
pub use crate::api::workspace::{Described, Foreign, Loaded, described, foreign, load};

macro_rules! stages {
    ($($name:ident)*) => {$(
        #[doc = concat!("See `core/src/", stringify!($name), "`.")]
        pub mod $name {
            pub use crate::$name::*;
        }
    )*};
}

stages! { check diagnostic emit istio lower manifest model origin prove reach resolve resource source syntax trace universe }
