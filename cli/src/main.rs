//! The binary: the library over the operating system.

use std::process::ExitCode;

use egressc::{OsHost, run};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().skip(1), &mut OsHost).code())
}
