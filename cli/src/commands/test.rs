use egressc_core::api::{self, ReachRequest, TestFormat, TestRequest, TestResponse};

use crate::args::test::{TestArgs, TestFormatArg};
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::proposed::{self, Proposal};
use crate::report::{json, junit_of_test};
use crate::terminal::{answer, printed, rendering, say, tally};

/// Runs the expectations among the inputs.
pub(crate) fn test(args: &TestArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let format = (args.format == TestFormatArg::Text).then_some(TestFormat::Text);
    let render = Some(rendering(Stream::Err, host));
    let mutations = args.mutations || args.min_mutation_score.is_some();
    let proposal = args.write.then(|| ReachRequest { sources: sources.clone(), ..ReachRequest::default() });
    let request = TestRequest { sources, mutations, format, render, ..TestRequest::default() };
    let mut response = api::test(&request).map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    if !response.ok {
        say(host, &format!("refused: {}\n", tally(&response.diagnostics)));
    }
    if let Some(request) = proposal.filter(|_| response.ok) {
        let flows = api::reach(&request).map_err(failed)?.flows;
        let Proposal { text, left_out } = proposed::proposal(&response, &flows)?;
        if text.is_none() && left_out.is_empty() {
            say(host, "note: an expectation reaches each rule\n");
        }
        for rule in left_out {
            let rule = printed(&rule);
            say(
                host,
                &format!(
                    "note: nothing is proposed for {rule}: write its requests yourself, with their method, path and headers\n"
                ),
            );
        }
        answer(host, &text.unwrap_or_default())?;
        return Ok(ExitStatus::Answered);
    }
    match args.format {
        TestFormatArg::Text => answer(host, &response.text.take().unwrap_or_default())?,
        TestFormatArg::Json => answer(host, &json(&response)?)?,
        TestFormatArg::Junit => answer(host, &junit_of_test(&response)?)?,
    }
    if response.ok && response.expectations.is_empty() {
        return Err(vec![
            "the input contains no EgressExpectations; `egressc test --help` shows an example".to_owned(),
        ]);
    }
    let too_few = args.min_mutation_score.filter(|_| response.ok).and_then(|least| too_few(least, &response));
    if let Some(message) = &too_few {
        say(host, message);
    }
    Ok(ExitStatus::of(response.ok && response.failed == 0 && too_few.is_none()))
}

/// Why the mutation score is too low. It is rounded down, so that 99.9 is not 100.
fn too_few(least: u8, response: &TestResponse) -> Option<String> {
    let noticed = response.mutants.iter().filter(|mutant| mutant.noticed).count();
    let all = response.mutants.len();
    let score = noticed.saturating_mul(100).checked_div(all)?;
    (score < usize::from(least)).then(|| {
        format!(
            "failed because of --min-mutation-score {least}: the expectations notice {noticed} of {all} mutations, which is {score} \
             percent\n"
        )
    })
}
