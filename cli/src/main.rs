//! The binary: the library over the operating system.

use std::process::ExitCode;

use egressc::{OsHost, run_as};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    ExitCode::from(run_as(&program, args, &mut OsHost).code())
}
