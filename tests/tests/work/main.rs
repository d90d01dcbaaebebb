//! The work of a call grows with its input, and not with the square of it.
//!
//! Work is counted and not timed, so that the result is the same on every machine: allocations in the usual build, and the steps
//! of the program where the compiler counts them (`make work`). [`egressc_tests::shapes`] has the inputs.

#![expect(clippy::arithmetic_side_effects, reason = "numbers are small, and one that is too large fails a test")]
#![expect(clippy::print_stdout, reason = "the table is for a person")]

mod counter;

use std::fmt::Write as _;

use egressc_core::api::{CheckRequest, CompileRequest, DiffRequest, ReachRequest, Source, check, compile, diff, reach};
use egressc_tests::Outcome;
use egressc_tests::shapes::{Shape, shapes};

/// The last third of an input may make so many hundredths of the work of the second one. Work of which a tenth is squares makes
/// more.
const MOST_GROWTH: u64 = 115;
/// The size of a third. So few as 16 namespaces have a row each, and more that are alike have one together.
const THIRD: usize = 20;
/// Work below it is too little to tell.
const LEAST_WORK: u64 = 3_000;

/// The shapes that are held in every run: S1 to S6 of an attack, and lists of a policy. `make work` measures all of them, and
/// docs/design/costs.md has those that grow.
const HELD: [&str; 15] = [
    "hosts",
    "services-of-one-host",
    "labels",
    "policies-by-path",
    "policies-by-principal",
    "routes-by-header",
    "routes-by-label",
    "sidecars",
    "namespaces",
    "rules",
    "clients-of-one-host",
    "rules-of-one-host",
    "workloads-of-one-namespace",
    "below-one-wildcard",
    "tcp",
];

type Call = (&'static str, fn(Vec<Source>, Vec<Source>));

/// Each call, with the sources, and those of an input that is a tenth smaller.
const CALLS: [Call; 4] = [
    ("check", |sources, _| drop(check(&CheckRequest { sources, ..CheckRequest::default() }))),
    ("compile", |sources, _| drop(compile(&CompileRequest { sources, ..CompileRequest::default() }))),
    ("reach", |sources, _| drop(reach(&ReachRequest { sources, ..ReachRequest::default() }))),
    ("diff", |after, before| drop(diff(&DiffRequest { before, after, ..DiffRequest::default() }))),
];

fn work(shape: Shape, (_, call): Call, number: usize) -> u64 {
    let (sources, smaller) = (shape.sources(number), shape.sources(number - number / 10));
    counter::count(|| call(sources, smaller))
}

/// How many hundredths of the work of the second third of an input the last one makes; `None` where there is too little to tell.
fn growth(shape: Shape, call: Call) -> Option<u64> {
    let [few, more, most] = [1, 2, 3].map(|thirds| work(shape, call, thirds * THIRD));
    let (second, last) = (more.saturating_sub(few), most.saturating_sub(more));
    (last > LEAST_WORK).then(|| last * 100 / second.max(1))
}

fn grows_with_the_input(call: Call) {
    let held = shapes().filter(|shape| HELD.contains(&shape.name));
    let growths: Vec<(&str, u64)> = held.map(|shape| (shape.name, growth(shape, call).unwrap_or(100))).collect();
    assert_eq!(growths.len(), HELD.len(), "{growths:?}");
    let growing: Vec<_> = growths.iter().filter(|(_, growth)| *growth > MOST_GROWTH).collect();
    assert!(growing.is_empty(), "{}: the work for each object grows, in hundredths: {growing:?}", call.0);
}

#[test]
fn work_grows_with_the_input() {
    // Both side by side: allocations are counted for each thread. A compile and its proof are in `check`, and `diff` is `reach` of
    // both sides.
    std::thread::scope(|scope| {
        for call in CALLS.into_iter().filter(|(name, _)| ["check", "reach"].contains(name)) {
            scope.spawn(move || grows_with_the_input(call));
        }
    });
}

/// What the bound is measured with shows growth where there is some.
#[test]
fn work_that_grows_is_noticed() {
    let shape = Shape { name: "square", text: |number| "a: 1\n".repeat(number * (number + THIRD * 20) / THIRD) };
    assert!(growth(shape, CALLS[0]).is_some_and(|growth| growth < MOST_GROWTH));
    let shape = Shape { name: "square", text: |number| "---\na: 1\n".repeat(number * number / THIRD * 4) };
    assert!(growth(shape, CALLS[0]).is_some_and(|growth| growth > MOST_GROWTH));
}

/// Prints the work for sizes that double, to find what grows: `WORK_SIZES=1000,2000 WORK_SHAPES=a,b WORK_CALLS=reach make work`.
#[test]
#[ignore = "it prints, and takes minutes"]
fn table() -> Outcome<()> {
    let list = |name: &str| {
        let text = std::env::var(name).unwrap_or_default();
        text.split(',').filter(|each| !each.is_empty()).map(str::to_owned).collect::<Vec<String>>()
    };
    let mut sizes = list("WORK_SIZES").iter().map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes = vec![1_000, 2_000, 4_000];
    }
    let (names, calls) = (list("WORK_SHAPES"), list("WORK_CALLS"));
    for shape in shapes().filter(|shape| names.is_empty() || names.iter().any(|name| name == shape.name)) {
        for call in CALLS.into_iter().filter(|(name, _)| calls.is_empty() || calls.iter().any(|each| each == name)) {
            let mut line = format!("{} {}:", shape.name, call.0);
            let mut before = None;
            for size in &sizes {
                let count = work(shape, call, *size);
                let _ = write!(line, " {count}");
                if let Some(before) = before.replace(count) {
                    let hundredths = count * 100 / before.max(1);
                    let _ = write!(line, " ({}.{:02})", hundredths / 100, hundredths % 100);
                }
            }
            println!("{line}");
        }
    }
    Ok(())
}
