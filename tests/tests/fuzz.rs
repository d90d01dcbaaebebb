//! A little of `make fuzz` in every run: the corpora, and bytes that a fixed seed makes.

use std::fs;
use std::panic::catch_unwind;

use egressc_tests::fuzz::TARGETS;
use egressc_tests::{Outcome, root};

/// So many inputs are made for each target.
const MADE: u64 = 400;

/// Bytes from a seed: the same on every machine (`SplitMix64`).
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x2545_F491_4F6C_DD1D);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    };
    let length = usize::from(next()[0]);
    (0..=length / 8).flat_map(|_| next()).collect()
}

#[test]
fn no_target_falls_over() -> Outcome<()> {
    for (name, target) in TARGETS {
        let mut inputs: Vec<Vec<u8>> = Vec::new();
        for entry in fs::read_dir(root().join("fuzz/corpus").join(name))? {
            inputs.push(fs::read(entry?.path())?);
        }
        assert!(!inputs.is_empty(), "{name} has a corpus");
        inputs.sort();
        inputs.extend((0..MADE).map(bytes));
        for input in inputs {
            let fell = catch_unwind(|| target(&input)).is_err();
            assert!(!fell, "{name}: {input:02x?}");
        }
    }
    Ok(())
}

#[test]
fn libfuzzer_has_every_target() -> Outcome<()> {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml"))?;
    for (name, _) in TARGETS {
        let path = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&path) && root().join("fuzz").join(&path).exists(), "{name}");
    }
    Ok(())
}
