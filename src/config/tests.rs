//! One test for each trap of putting flags, environment, file and defaults together.

use arena_relay::Limits;
use clap::Parser;

use super::flags::RelayAlone;
use super::*;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    serve: Serve,
}

fn settle(flags: &[&str], file: &str) -> Result<Settled, Unusable> {
    settle_with(flags, file, Foreign::default())
}

fn settle_with(flags: &[&str], file: &str, foreign: Foreign) -> Result<Settled, Unusable> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("arena.toml");
    std::fs::write(&path, file).unwrap();
    let config = ["arena", "--config", path.to_str().unwrap()];
    let flags = config.iter().chain(flags).copied();
    Command::try_parse_from(flags).unwrap().serve.settle(foreign)
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
    let file =
        "http = \"127.0.0.1:1\"\nquic = \"127.0.0.1:2\"\nno-demo = true\n[limits]\nring-len = 7\n";
    let settled = settle(&["--http", "127.0.0.1:3"], file).unwrap();
    assert_eq!(settled.relay.http.port(), 3);
    assert_eq!(settled.relay.quic.port(), 2);
    assert_eq!(settled.relay.limits.ring_len, 7);
    assert_eq!(settled.relay.limits.channels_max, Limits::default().channels_max);
    assert!(settled.no_demo);
    assert_eq!(settle(&[], "").unwrap().relay.http.port(), 8000);
}

#[test]
fn contracts_that_were_deployed_twice_are_said_to_stand_there_twice() {
    let table = "[chain]\nname = \"local\"\n";
    let error = settle(&[], &format!("{table}{table}")).unwrap_err().to_string();
    let told = ["line 3: duplicate key", "arena chain deploy", "keep one of the two"];
    assert!(told.iter().all(|words| error.contains(words)), "{error}");
}

#[test]
fn the_control_plane_is_told_in_the_same_three_ways() {
    let settled = settle(&["--db", "sqlite:b.db"], "db = \"sqlite:a.db\"\nmatch-timeout = 7\n");
    let control = settled.unwrap().control;
    assert_eq!(control.db, "sqlite:b.db");
    let melee = control.config.queue("melee").unwrap();
    assert_eq!(melee.timing.length, Span::seconds(7));
    assert_eq!(settle(&[], "").unwrap().control.db, "sqlite:arena.db");
    let contract = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    let file = format!("chain-id = 1\nmatch-proof = \"{contract}\"");
    let signing = settle(&["--chain-id", "31337"], &file).unwrap().control.config.signing;
    assert_eq!((signing.chain_id, signing.contract.to_string()), (31337, contract.to_owned()));
    let empty = settle(&[], "admin-token = \"\"").unwrap().control;
    assert_eq!(empty.config.admin_token, None, "an empty token opens nothing");
}

#[test]
fn a_development_chain_is_configured_as_if_by_hand() {
    let settled = settle(&["--dev-chain", "--anvil", "an/anvil"], "").unwrap().control;
    let chain = settled.chain.unwrap();
    assert_eq!((&*chain.name, chain.id, chain.limits.confirmations), ("local", 31_337, 1));
    assert_eq!(settled.config.signing.chain_id, 31_337);
    assert_eq!(Some(settled.config.signing.contract), chain.contracts.match_proof);
    assert_eq!(settled.dev_chain.unwrap().anvil.unwrap().to_str(), Some("an/anvil"));
    assert_eq!(settled.db, "sqlite::memory:", "the chain ends, and what is known of it");
    assert!(settle(&[], "").unwrap().control.dev_chain.is_none());
}

#[test]
fn lists_on_the_command_line_take_the_place_of_those_in_the_file() {
    let file = "origin = [\"https://a.example\", \"https://b.example\"]";
    assert_eq!(settle(&[], file).unwrap().relay.origins.len(), 2);
    let settled = settle(&["--origin", "https://c.example"], file).unwrap();
    assert_eq!(settled.relay.origins, ["https://c.example"]);
}

#[test]
fn proxies_are_trusted_by_flag_and_file_of_serve_and_of_control() {
    let of = |networks: &[&str]| {
        Proxies::new(networks.iter().map(|network| network.parse().unwrap()).collect())
    };
    let file = "trusted-proxy = [\"10.0.0.0/8\", \"::1\"]";
    assert_eq!(settle(&[], "").unwrap().relay.proxies, of(&[]));
    assert_eq!(settle(&[], file).unwrap().relay.proxies, of(&["10.0.0.0/8", "::1"]));
    let flags = ["--trusted-proxy", "127.0.0.1,192.0.2.0/24"];
    assert_eq!(settle(&flags, file).unwrap().relay.proxies, of(&["127.0.0.1", "192.0.2.0/24"]));
}

#[test]
fn coin_that_is_worth_something_is_given_to_nobody_unless_somebody_said_to_how_many() {
    for (flags, file, cap) in [
        (&["--chain", "monad"][..], "", 0),
        (&[], "[chain]\nname = \"megaeth\"", 0),
        (&["--chain", "monad", "--faucet-cap", "3"], "", 3),
        (&["--chain", "monad"], "faucet-cap = 7", 7),
        (&["--chain", "monad-testnet"], "", 50),
        (&["--chain", "local"], "", 50),
        (&["--dev-chain"], "", 50),
        (&[], "", 50),
    ] {
        let settled = settle(flags, file).unwrap().control;
        assert_eq!(settled.config.faucet.cap, cap, "{flags:?} {file}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (flags, file, word) in [
        (&[][..], "htpp = \"127.0.0.1:1\"", "htpp"),
        (&[], "\n\nhttp = 8000", "line 3"),
        (&[], "trusted-proxy = [\"0.0.0.0/0\"]", "every client"),
        (&[], "trusted-proxy = [\"nginx\"]", "10.0.0.0/8"),
        (&[], "[limits]\nrings = 1", "rings"),
        (&[], "match-proof = \"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", "checksum"),
        (&["--dev-chain", "--chain", "local"], "", "dev-chain:"),
        (&["--chain-rpc", "http://a"], "dev-chain = true", "dev-chain:"),
        (&["--dev-chain"], "[chain]\nname = \"monad\"", "dev-chain:"),
        (&["--dev-chain"], "db = \"sqlite:a.db\"", "db:"),
        (&["--dev-chain", "--chain-id", "1"], "", "chain-id:"),
        (&[], "faucet-amount = \"much\"", "coins"),
        (&["--http", "0.0.0.0:0", "--access", "open"], "", "access:"),
        (&["--keys", "/no/such/file"], "", "/no/such/file"),
        (&[], "cert = \"a.pem\"", "key:"),
        (&["--access", "open", "--keys", "jwks.json"], "", "keys:"),
    ] {
        let error = settle(flags, file).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[derive(Debug, Parser)]
struct Alone {
    #[command(flatten)]
    relay: RelayAlone,
}

#[test]
fn a_relay_alone_needs_to_know_whose_tokens_it_may_believe() {
    let settle = |flags: &[&str]| {
        let flags = ["arena"].iter().chain(flags).copied();
        Alone::try_parse_from(flags).unwrap().relay.settle()
    };
    for (flags, word) in [
        (&["--access", "required"][..], "keys:"),
        (&["--http", "0.0.0.0:0"], "keys:"),
        (&["--control-key", "ak_x"], "control-url"),
        (&["--control-url", "ftp://x", "--control-key", "ak_x"], "control-url:"),
        (&["--keys", "http://"], "keys:"),
    ] {
        let error = settle(flags).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let there = settle(&["--control-url", "http://127.0.0.1:1/", "--control-key", "ak_x"]);
    let there = there.unwrap();
    assert!(there.reports_to.is_some() && there.settled.key_url.is_some());
    assert!(matches!(there.settled.relay.access, Access::Guarded { .. }));
    assert!(matches!(settle(&[]).unwrap().settled.relay.access, Access::Open));
}

#[test]
fn access_is_open_on_loopback_and_where_the_operator_says_so() {
    let open = |flags: &[&str]| settle(flags, "").unwrap().control.config.open;
    assert!(open(&[]));
    assert!(open(&["--http", "0.0.0.0:0", "--insecure-open"]));
    assert!(!open(&["--http", "0.0.0.0:0"]), "control has keys of its own");
    assert!(!open(&["--access", "required"]));
    assert!(!open(&["--trusted-proxy", "127.0.0.1"]), "whoever reaches the proxy comes in");
    assert!(open(&["--trusted-proxy", "127.0.0.1", "--insecure-open"]));
}

fn settle_where(said: &[(&str, &str)], flags: &[&str], file: &str) -> Result<Settled, Unusable> {
    let value = |name: &str| {
        let found = said.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    settle_with(flags, file, Foreign::of(value))
}

#[test]
fn names_that_are_not_ours_go_behind_ours_and_before_the_file() {
    let port = [("PORT", "9")];
    let settled = settle_where(&port, &[], "http = \"127.0.0.1:1\"").unwrap();
    assert_eq!(settled.relay.http.to_string(), "0.0.0.0:9", "as the other arena bound it");
    assert!(!settled.control.config.open, "others can reach it");
    assert_eq!(settled.control.foreign, ["PORT"]);
    let settled = settle_where(&port, &["--http", "127.0.0.1:3"], "").unwrap();
    assert_eq!((settled.relay.http.port(), settled.control.foreign.len()), (3, 0));
    let timeout = [("MATCH_TIMEOUT", "7")];
    for (flags, file, expected) in
        [(&[][..], "match-timeout = 8", 7), (&["--match-timeout", "9"], "", 9)]
    {
        let control = settle_where(&timeout, flags, file).unwrap().control;
        let melee = control.config.queue("melee").unwrap();
        assert_eq!(melee.timing.length, Span::seconds(expected));
    }
}

#[test]
fn a_key_or_a_node_of_the_other_arena_is_one_of_its_chain() {
    let key = ("ARENA_PRIVATE_KEY", "11");
    let wager = ("WAGER_CONTRACT", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    let chain = settle_where(&[key, wager], &[], "").unwrap().control.chain.unwrap();
    assert_eq!((chain.name.as_str(), chain.id, chain.key.is_some()), ("monad", 143, true));
    assert_eq!(chain.contracts.wager.unwrap().to_string(), wager.1);
    let said = [key, ("MONAD_CHAIN_ID", "10143"), ("MONAD_RPC_URL", "http://node:1")];
    let control = settle_where(&said, &[], "").unwrap().control;
    assert_eq!(control.foreign.len(), 3);
    let chain = control.chain.unwrap();
    assert_eq!(
        (chain.name.as_str(), chain.rpc),
        ("monad-testnet", vec!["http://node:1".to_owned()])
    );
    let signing = settle_where(&[("MONAD_CHAIN_ID", "10143")], &[], "").unwrap().control;
    assert_eq!((signing.config.signing.chain_id, signing.chain.is_none()), (10_143, true));
    for (said, word) in [
        (&[("PORT", "http")][..], "PORT"),
        (&[("MATCH_PROOF", "0x1")], "MATCH_PROOF"),
        (&[key, ("MONAD_CHAIN_ID", "5")], "chain-id"),
    ] {
        let error = settle_where(said, &[], "").unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn everybody_may_operate_only_where_nobody_else_comes() {
    let open = |flags: &[&str]| settle(flags, "").unwrap().control.config.admin_open;
    assert!(open(&["--insecure-open"]));
    assert!(!open(&[]));
    assert!(!open(&["--insecure-open", "--http", "0.0.0.0:0"]));
    assert!(!open(&["--insecure-open", "--trusted-proxy", "127.0.0.1"]));
}

#[test]
fn what_is_imported_is_held_to_what_serves_it() {
    #[derive(clap::Parser)]
    struct Import {
        #[command(flatten)]
        into: Into,
    }
    let length = |flags: &[&str], said: &[(&str, &str)]| {
        let none = ["import", "--config", "/dev/null"];
        let into = Import::try_parse_from([&none[..], flags].concat()).unwrap().into;
        let said = |name: &str| {
            let found = said.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let control = into.settle(Foreign::of(said)).unwrap();
        control.config.queue("melee").unwrap().timing.length
    };
    assert_eq!(length(&[], &[]), Span::seconds(1_800));
    assert_eq!(length(&["--match-timeout", "9"], &[("MATCH_TIMEOUT", "7")]), Span::seconds(9));
    assert_eq!(length(&[], &[("MATCH_TIMEOUT", "7")]), Span::seconds(7));
}
