#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| egressc_tests::fuzz::parse_bytes(bytes));
