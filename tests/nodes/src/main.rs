//! Browsers by the thousand. One JSON object says what to do; one JSON object on stdout says what came of it.
//!
//! | file | what |
//! |---|---|
//! | `http` | requests over kept connections, no more of HTTP than Gatepost answers with |
//! | `target` | a connection at Gatepost, and messages for it signed by the test key that it trusts |
//! | `visit` | one sign-in, from the account's page on or from the identity provider's portal |
//! | `load` | many at once, at a rate or as fast as they go; the ledger, and looking up what is in it afterwards |
//! | `race` | one assertion at two gateways in the same moment |

mod http;
mod load;
mod race;
mod target;
mod visit;

use serde::Deserialize;

use crate::target::Target;
use crate::visit::Way;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Command {
    /// One sign-in; prints its status, its cookie and the reference if it was refused.
    Once { target: Target, node: String, way: Way },
    /// Many; see [`load::Load`].
    Load(load::Load),
    /// The same assertion to two; see [`race::Race`].
    Race(race::Race),
    /// Messages and nothing else: what one costs here.
    Mint { target: Target, times: u64 },
}

fn main() {
    let text = std::env::args().nth(1).expect("one JSON object");
    let command: Command = serde_json::from_str(&text).expect("a command");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let told = match command {
        Command::Once { target, node, way } => runtime.block_on(visit::once(&target, &node, way)),
        Command::Load(load) => runtime.block_on(load::run(load)),
        Command::Race(race) => race::run(&race),
        Command::Mint { target, times } => target::mint(&target, times),
    };
    println!("{told}");
}
