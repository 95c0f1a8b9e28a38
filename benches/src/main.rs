//! How long the engine takes to judge a response, from base64 text to reading with trace, in one run beside
//!
//! * the floor: the SHA-256 of the assertion and one RSA-2048 verification over the `SignedInfo`, through OpenSSL,
//! * bergshamra's bare verification, its key loaded once,
//! * samael over xmlsec1 (feature `samael`; needs libxml2, libxmlsec1, libclang and pkg-config).
//!
//! ```text
//! SSL_CERT_FILE=/dev/null cargo run --release --features samael -- [--rounds N] [--json FILE] [--only NAME --calls N]
//! ```
//!
//! (`SSL_CERT_FILE`: xmlsec1 may read the whole CA bundle of the system; without it the peer is at its best.)
//!
//! Machines drift and have other work to do. So everything is measured in turns, thread CPU time, and what is compared
//! are ratios within one round: their median over the rounds, with the quartiles beside it. `--only` calls one row in a
//! loop, for a profiler.
//!
//! | file | what |
//! |---|---|
//! | `message` | what is judged: minted by the engine's own minter |
//! | `row` | what is measured: a name and a closure that panics when it is not accepted |
//! | `peers` | the rows of others |
//! | `measure` | rounds, medians, the table and its JSON |
//!
//! To add a row: one entry in `row::all`.

mod measure;
mod message;
#[cfg(any(feature = "bergshamra", feature = "samael"))]
mod peers;
mod row;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |name: &str| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name);
        arguments.next().and(arguments.next())
    };
    let number = |name: &str, usual: usize| argument(name).map_or(Ok(usual), |value| value.parse());
    let messages = message::all()?;
    let mut rows = row::all(&messages)?;
    if let Some(name) = argument("--only") {
        let row = rows.iter_mut().find(|row| row.name == name).ok_or("no row of that name")?;
        (0..number("--calls", 1000)?).for_each(|_| (row.call)());
        return Ok(());
    }
    let rounds = measure::run(&mut rows, number("--rounds", 61)?);
    let report = measure::Report::new(&rows, &rounds);
    report.print();
    if let Some(path) = argument("--json") {
        std::fs::write(path, serde_json::to_vec_pretty(&report.json())?)?;
    }
    Ok(())
}
