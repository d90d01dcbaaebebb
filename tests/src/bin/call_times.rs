//! How long a call takes natively, to compare with the same call elsewhere (`playground/tests/ratio.js`).
//!
//! Standard input is one [`Timed`]; the answer is the median of its runs, in milliseconds.

use std::hint::black_box;
use std::io::{Write as _, stdin, stdout};
use std::time::{Duration, Instant};

use egressc_core::api;
use egressc_tests::Outcome;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    call: String,
    request: Value,
    runs: usize,
}

fn main() -> Outcome<()> {
    let Timed { call, request, runs } = serde_json::from_reader(stdin())?;
    // Plain data in and plain data out, as in every runtime.
    let request = request.to_string();
    let mut times: Vec<Duration> = Vec::new();
    // The first run pays for what later ones find ready.
    black_box(api::call(&call, &request)?);
    for _ in 0..runs {
        let started = Instant::now();
        black_box(api::call(&call, &request)?);
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let median = times.get(runs / 2).ok_or("there has to be a run")?;
    writeln!(stdout(), "{}", median.as_secs_f64() * 1000.0)?;
    Ok(())
}
