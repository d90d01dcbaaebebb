//! Holds `check` against `reach` over generated objects of the user's own, and writes cases for the mesh lab.
//!
//! `own_sets --sets N --seed S` compares; `--emit FOLDER --sample K` writes the first K sets in which `check` finds no
//! error as cases of `tests/mesh`. The exit status is 1 when there are differences.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use egressc_tests::Outcome;
use egressc_tests::own_sets::dice::Dice;
use egressc_tests::own_sets::law::{Fate, Judge};
use egressc_tests::own_sets::{Set, emit, shrink};

struct Options {
    sets: u64,
    seed: u64,
    first: u64,
    emit: Option<PathBuf>,
    sample: usize,
}

fn options() -> Outcome<Options> {
    let mut options = Options { sets: 5_000, seed: 1, first: 0, emit: None, sample: 60 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--sets" => options.sets = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--first" => options.first = value.parse()?,
            "--emit" => options.emit = Some(value.into()),
            "--sample" => options.sample = value.parse()?,
            _ => return Err(format!("{word} is not known").into()),
        }
    }
    Ok(options)
}

/// Differences of one kind.
struct Met {
    count: usize,
    number: u64,
    detail: String,
    set: Set,
}

fn main() -> Outcome<ExitCode> {
    let options = options()?;
    if let Some(folder) = &options.emit {
        return emitted(&options, folder);
    }
    let mut out = stdout().lock();
    let mut met: BTreeMap<(String, String), Met> = BTreeMap::new();
    let mut fates: BTreeMap<Fate, usize> = BTreeMap::new();
    let (mut sets, mut number) = (0, options.first);
    while sets < options.sets {
        let generated = Set::generated(options.seed, number);
        number = number.saturating_add(1);
        let Some(set) = generated else { continue };
        sets = sets.saturating_add(1);
        let judge = Judge::of(&set.regular);
        let (fate, differences) = judge.differences(&set);
        let count = fates.entry(fate).or_default();
        *count = count.saturating_add(1);
        for found in differences {
            let small = shrink::objects(&judge, &set, &found.kind);
            let known = met.entry((found.kind.clone(), small.shapes())).or_insert_with(|| Met {
                count: 0,
                number: number.saturating_sub(1),
                detail: found.detail.clone(),
                set: shrink::fields(&judge, &small, &found.kind),
            });
            known.count = known.count.saturating_add(1);
        }
        if sets.is_multiple_of(1_000) {
            writeln!(out, "{sets} sets")?;
        }
    }
    for ((kind, shapes), found) in &met {
        writeln!(out, "\n{} x {kind} | {shapes}\n  set {}: {}", found.count, found.number, found.detail)?;
        for document in found.set.regular.policies.iter().chain(&found.set.regular.facts) {
            writeln!(out, "  # {document}")?;
        }
        for own in &found.set.own {
            writeln!(out, "  {}", own.value)?;
        }
    }
    let differences: usize = met.values().map(|found| found.count).sum();
    writeln!(
        out,
        "\n{sets} sets of seed {}: {fates:?}, {differences} differences of {} kinds",
        options.seed,
        met.len()
    )?;
    Ok(if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes cases for the lab; real proxies find out what is different.
fn emitted(options: &Options, folder: &Path) -> Outcome<ExitCode> {
    let mut written = 0;
    let mut number = options.first;
    while written < options.sample {
        if let Some(set) = Set::generated(options.seed, number).filter(emit::fits) {
            let (fate, _) = Judge::of(&set.regular).differences(&set);
            if [Fate::Ok, Fate::Undecided].contains(&fate) {
                let mut dice = Dice::of(options.seed, number);
                emit::write(&set, fate, &mut dice, &folder.join(format!("set-{number:06}")))?;
                written = written.saturating_add(1);
            }
        }
        number = number.saturating_add(1);
    }
    writeln!(stdout(), "{written} cases in {}", folder.display())?;
    Ok(ExitCode::SUCCESS)
}
