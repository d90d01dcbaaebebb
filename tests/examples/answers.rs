//! `cargo run -p egressc-tests --example answers -- FOLDER`: what `api::call` gives for each case, to the byte.
//!
//! Runtimes that hand over JSON text compare theirs with these.

use std::path::PathBuf;
use std::{env, fs};

use egressc_core::api;
use egressc_tests::{Outcome, cases};

fn main() -> Outcome<()> {
    let to = PathBuf::from(env::args_os().nth(1).ok_or("where to?")?);
    for case in cases()? {
        let name = case.folder.file_name().ok_or("a case without a name")?;
        let folder = to.join(&case.call).join(name);
        fs::create_dir_all(&folder)?;
        let request = case.request.to_string();
        let answer = api::call(&case.call, &request);
        fs::write(folder.join("request.json"), request)?;
        match answer {
            Ok(answer) => fs::write(folder.join("answer.json"), answer)?,
            Err(error) => fs::write(folder.join("error.txt"), error.to_string())?,
        }
    }
    Ok(())
}
