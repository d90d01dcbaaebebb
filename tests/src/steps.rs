//! The steps of the program, where the compiler counts them (`make work`).

#![expect(
    unsafe_code,
    reason = "the compiler calls a function that it has no other name for, at each step of the program"
)]

static mut STEPS: u64 = 0;

/// The compiler puts a call of it at each edge of the program (`-Cpasses=sancov-module`), but not into functions with such a name.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc_guard(_guard: *mut u32) {
    // SAFETY: one thread runs while steps are counted; others would make the number wrong, and nothing else.
    unsafe { STEPS = STEPS.wrapping_add(1) }
}

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc_guard_init(_start: *mut u32, _stop: *mut u32) {}

/// The number of steps until now.
pub fn steps() -> u64 {
    // SAFETY: as above.
    unsafe { STEPS }
}
