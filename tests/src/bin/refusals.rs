//! Compares what egressc refuses with what Istio's own validation refuses, over generated objects.
//!
//! `refusals objects [SEED COUNT]` prints the objects, one a line, for `istiod refuses`; `refusals compare [SEED COUNT]`
//! reads its answers and prints every difference; `refusals record` writes the answers for the test that needs no Go.
//! The exit status is 1 when there are differences. Without SEED and COUNT the objects are the recorded ones.

use std::fs;
use std::io::{BufWriter, Write as _, read_to_string, stdin, stdout};
use std::process::ExitCode;

use egressc_tests::refusals::{Answer, RECORDED, fingerprint, objects, recorded, refused};
use egressc_tests::{Outcome, root};
use serde_json::Value;

fn main() -> Outcome<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["objects"] => print(&objects(RECORDED.0, RECORDED.1)?),
        ["objects", seed, count] => print(&objects(seed.parse()?, count.parse()?)?),
        ["compare"] => {
            let objects = objects(RECORDED.0, RECORDED.1)?;
            let answers = answers(&objects)?;
            if !up_to_date(&objects, &answers) {
                return Err("answers.txt has other answers: `tests/mesh/refusals.sh ISTIOD record` writes these".into());
            }
            compare(&objects, &answers)
        }
        ["compare", seed, count] => {
            let objects = objects(seed.parse()?, count.parse()?)?;
            compare(&objects, &answers(&objects)?)
        }
        ["record"] => record(&objects(RECORDED.0, RECORDED.1)?),
        _ => Err("refusals objects|compare [SEED COUNT], or refusals record".into()),
    }
}

fn print(objects: &[Value]) -> Outcome<ExitCode> {
    let mut out = BufWriter::new(stdout().lock());
    for object in objects {
        writeln!(out, "{object}")?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Istio's answers, one for each object.
fn answers(objects: &[Value]) -> Outcome<Vec<Answer>> {
    let text = read_to_string(stdin())?;
    let answers: Vec<Answer> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if answers.len() == objects.len() {
        Ok(answers)
    } else {
        Err(format!("{} answers to {} objects", answers.len(), objects.len()).into())
    }
}

fn compare(objects: &[Value], answers: &[Answer]) -> Outcome<ExitCode> {
    let mut out = BufWriter::new(stdout().lock());
    let (mut differences, mut taken, mut listed) = (0_usize, 0_usize, 0_usize);
    for (object, answer) in objects.iter().zip(answers) {
        let ours = refused(object);
        let letter = answer.letter();
        taken = taken.saturating_add(usize::from(letter == '.'));
        listed = listed.saturating_add(usize::from(letter == 'd'));
        if ours.is_some() != matches!(letter, 's' | 'w') {
            differences = differences.saturating_add(1);
            writeln!(out, "{object}\n  Istio: {:?} {:?}\n  egressc: {ours:?}", answer.schema, answer.webhook)?;
        }
    }
    writeln!(
        out,
        "{} objects, of which Istio takes {taken}; {listed} differ by a rule that is not applied; {differences} differences",
        objects.len()
    )?;
    out.flush()?;
    Ok(if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the recorded answers are Istio's of today.
fn up_to_date(objects: &[Value], answers: &[Answer]) -> bool {
    let letters: String = answers.iter().map(Answer::letter).collect();
    recorded() == (fingerprint(objects).as_str(), letters)
}

fn record(objects: &[Value]) -> Outcome<ExitCode> {
    let letters: Vec<char> = answers(objects)?.iter().map(Answer::letter).collect();
    let lines: Vec<String> = letters.chunks(120).map(|line| line.iter().collect()).collect();
    let text = format!("{}\n{}\n", fingerprint(objects), lines.join("\n"));
    fs::write(root().join("tests/src/refusals/answers.txt"), text)?;
    Ok(ExitCode::SUCCESS)
}
