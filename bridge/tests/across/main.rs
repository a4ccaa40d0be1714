//! A channel across two machines, end to end: `writer`, two bridges, a real nats-server, `reader`.
//!
//! | module | what it covers |
//! | --- | --- |
//! | `harness` | the server, the proxy, the machines |
//! | `chat` | what is said, by whom, and who is there |
//! | `orders` | any order of starting |
//! | `once` | nothing lost and nothing twice, one cause at a time; with the mutant that each test catches |
//! | `kill_loop` | the same, whatever is killed at any instant |
//! | `three` | a cluster of three servers |
//! | `sizes` | messages of every size and kind |
//! | `full` | a full stream |
//! | `refused` | servers and streams that a bridge cannot use, and a role that is taken |
//! | `foreign` | what somebody else's client has put into a stream |
//! | `idle` | what a pair costs that has nothing to carry |
//!
//! `make bridge-test` runs them; docs/TESTING.md says which proves what. By hand, after `make build` and `scripts/nats.sh`:
//! `cargo test --manifest-path bridge/Cargo.toml --target-dir target/bridge --test across`.

#![forbid(unsafe_code)]

mod chat;
mod foreign;
mod full;
mod harness;
mod idle;
mod kill_loop;
mod once;
mod orders;
mod refused;
mod sizes;
mod three;
