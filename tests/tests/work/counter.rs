//! Counts what a call does.

pub(crate) use counting::count;

/// Steps of the program.
#[cfg(count_steps)]
mod counting {
    use egressc_tests::steps::steps;

    pub(crate) fn count(call: impl FnOnce()) -> u64 {
        let before = steps();
        call();
        steps() - before
    }
}

/// Allocations, on the thread of the call.
#[cfg(not(count_steps))]
mod counting {
    #![expect(unsafe_code, reason = "an allocator cannot be written without it")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static COUNT: Cell<u64> = const { Cell::new(0) };
    }

    pub(crate) fn count(call: impl FnOnce()) -> u64 {
        let before = COUNT.get();
        call();
        COUNT.get() - before
    }

    /// The system's allocator.
    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: every answer is the system's allocator's own.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // A thread that ends allocates, too.
            let _ = COUNT.try_with(|count| count.set(count.get() + 1));
            // SAFETY: the caller keeps to the same contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps to the same contract.
            unsafe { System.dealloc(pointer, layout) }
        }
    }
}
