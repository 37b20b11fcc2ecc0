//! The real binary with a chain of its own, and two agents that use nothing but the SDK and the
//! chain: a match with a stake is recorded, paid and rated, once; and the chain ends with the arena.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use arena_client::control::{Control, Error, Join, Met, Report, Wallet};
use arena_client::http::Client;
use arena_control::chain::dev;
use arena_protocol::result::{U256, match_id};
use serde_json::{Value as Json, json};

const ADMIN_TOKEN: &str = "boss";
/// Where it says what goes on.
const SAID: &str = "said.log";
/// For what goes on by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// The arena as a child process; it ends with this.
struct Arena {
    child: Child,
    url: String,
    operator: Client,
    folder: tempfile::TempDir,
}

/// One of the two, with its account on the chain.
struct Agent {
    wallet: Wallet,
    chain: dev::Agent,
    join: Join,
}

struct World {
    arena: Arena,
    control: Control,
    /// Where the chain is asked.
    rpc: String,
}

impl Arena {
    /// With a chain of its own, by the anvil that `./test` names.
    fn start() -> Self {
        let anvil = std::env::var_os("ARENA_TEST_ANVIL").expect(
            "ARENA_TEST_ANVIL names no anvil: run these tests by `./test rust`, which installs one, \
             or set it to anvil's binary",
        );
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_arena"))
            .args(["serve", "--no-demo", "--http", "127.0.0.1:0", "--quic", "127.0.0.1:0"])
            .arg("--dev-chain")
            .arg("--anvil")
            .arg(anvil)
            .current_dir(folder.path())
            .env("ADMIN_TOKEN", ADMIN_TOKEN)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join(SAID)).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().split_once("http=").expect("it is ready").1;
        let url = url.split(' ').next().unwrap().to_owned();
        let operator = Client::new(&url, Some(ADMIN_TOKEN)).unwrap();
        Self { child, url, operator, folder }
    }

    /// As an operator.
    async fn get(&self, path: &str) -> Json {
        self.ask("GET", path, None).await
    }

    async fn post(&self, path: &str, body: &Json) -> Json {
        self.ask("POST", path, Some(body.to_string().into_bytes())).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Json {
        let answer = self.operator.ask(method.parse().unwrap(), path, body).await.unwrap();
        let told: Json = serde_json::from_slice(&answer.body).unwrap();
        assert!(answer.status.is_success(), "{path}: {told}");
        told
    }

    /// Asks until it is so.
    async fn until(&self, so: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !so().await {
            assert!(began.elapsed() < PATIENCE, "it does not come to that");
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // Killed already, perhaps.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl World {
    async fn new() -> Self {
        let arena = Arena::start();
        let control = Control::new(&arena.url, None).unwrap();
        let status = arena.get("/v1/admin/chain").await;
        let rpc = format!("http://{}", status["chain"]["nodes"][0]["host"].as_str().unwrap());
        Self { arena, control, rpc }
    }

    async fn agent(&self, at: usize) -> Agent {
        let key = dev::AGENTS[at];
        let (wallet, chain) =
            (Wallet::from_hex(key).unwrap(), dev::Agent::new(&self.rpc, key).unwrap());
        let number = chain.register("an agent").await.unwrap();
        let join = Join {
            wallet_address: Some(wallet.address()),
            agent_id: Some(i64::try_from(number).unwrap()),
            ..Join::new(&format!("AGENT#{at}"))
        };
        Agent { wallet, chain, join }
    }

    async fn asks_node(&self, method: &str, params: Json) -> Json {
        let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let node = Client::new(&self.rpc, None).unwrap();
        let body = Some(asked.to_string().into_bytes());
        let answer = node.ask("POST".parse().unwrap(), "", body).await.unwrap();
        serde_json::from_slice::<Json>(&answer.body).unwrap()["result"].take()
    }

    async fn chain_time(&self) -> u64 {
        let block = self.asks_node("eth_getBlockByNumber", json!(["latest", false])).await;
        let time = block["timestamp"].as_str().unwrap().strip_prefix("0x").unwrap();
        u64::from_str_radix(time, 16).unwrap()
    }

    /// How often a contract has told of something since the beginning.
    async fn told_by(&self, contract: Option<impl ToString>) -> usize {
        let address = contract.unwrap().to_string();
        let filter = json!([{ "address": address, "fromBlock": "0x0" }]);
        self.asks_node("eth_getLogs", filter).await.as_array().unwrap().len()
    }

    async fn standing(&self, met: &Met) -> Json {
        let path = format!("/v1/matches/{}/wager", met.match_id);
        self.arena.get(&path).await["standing"]["chain"].clone()
    }

    /// Both put up the same, here and on the chain.
    async fn stake(&self, met: &[Met; 2], [first, second]: &[Agent; 2], wei: U256) {
        let (against, of) = (second.wallet.address(), match_id(&met[0].match_id));
        let wager = first.chain.propose(against, "melee", of, wei).await.unwrap();
        let wager_id = wager.to_string();
        self.control.propose(&met[0], &wager_id, &wei.to_string()).await.unwrap();
        self.control.accept(&met[1]).await.unwrap();
        second.chain.accept(wager, wei).await.unwrap();
        self.arena.until(async || self.standing(&met[0]).await == "locked").await;
        // What ended in the second in which the stakes were locked may have ended before.
        let locked = self.chain_time().await;
        self.arena.until(async || self.chain_time().await > locked).await;
    }

    async fn done(&self, met: &Met) -> Vec<(String, String)> {
        let events = self.control.events(&met.match_id, 0).await.unwrap();
        let done = events.into_iter().filter(|event| event["kind"] == "chain.done");
        let text = |value: &Json| value.as_str().unwrap_or("nothing").to_owned();
        done.map(|it| (text(&it["body"]["job"]), text(&it["body"]["transaction"]))).collect()
    }
}

#[tokio::test]
async fn a_match_with_a_stake_is_recorded_paid_and_rated_once() {
    let world = World::new().await;
    let World { arena, control, .. } = &world;
    let agents = [world.agent(0).await, world.agent(1).await];
    let mets = tokio::join!(control.meet(&agents[0].join), control.meet(&agents[1].join));
    let met = [mets.0.unwrap(), mets.1.unwrap()];
    assert_eq!(met[0].match_id, met[1].match_id);
    let stake = U256::from(1_000_000_000_000_000_000_u64);
    let before = agents[1].chain.balance().await.unwrap();
    world.stake(&met, &agents, stake).await;
    assert!(control.stream(&met[0]).await.unwrap().publish.is_some());
    control.report(&met[0], &Report::new("lost", 0, 2)).await.unwrap();
    assert!(matches!(control.to_sign(&met[0]).await, Err(Error::Refused { .. })), "too early");
    control.report(&met[1], &Report::new("won", 2, 0)).await.unwrap();
    let to_sign = control.to_sign(&met[0]).await.unwrap();
    assert_eq!(to_sign.result.winner, agents[1].wallet.address());
    let strange = control.sign(&met[0], &to_sign, &Wallet::from_bytes(&[7; 32]).unwrap()).await;
    assert!(matches!(strange, Err(Error::Refused { .. })), "{strange:?}");
    for (met, agent) in met.iter().zip(&agents) {
        control.sign(met, &to_sign, &agent.wallet).await.unwrap();
    }
    arena.until(async || world.standing(&met[0]).await == "paid").await;
    let count = |done: &[(String, String)], kind| done.iter().filter(|it| it.0 == kind).count();
    arena
        .until(async || {
            let done = world.done(&met[0]).await;
            (count(&done, "record_match"), count(&done, "post_rating")) == (1, 2)
        })
        .await;
    let transactions = world.done(&met[0]).await;
    assert!(transactions.iter().all(|(_, by)| by.starts_with("0x")), "{transactions:?}");
    let course = &control.look(&met[0].match_id).await.unwrap()["course"];
    assert_eq!(course["state"], "settled");
    let after = agents[1].chain.balance().await.unwrap();
    let gas_max = stake / U256::from(100);
    assert!(after > before + stake - gas_max, "{before} {after}");
    let there = dev::deployed().contracts;
    assert_eq!(world.told_by(there.match_proof).await, 1);
    assert_eq!(world.told_by(there.reputation_registry).await, 2);
}

#[tokio::test]
async fn a_new_wallet_is_given_coin_once() {
    let world = World::new().await;
    let asked = &world.arena;
    let address = Wallet::from_bytes(&[7; 32]).unwrap().address().to_string();
    let given = asked.post("/faucet", &json!({ "address": address })).await;
    assert_eq!((&given["funded"], &given["amount_mon"]), (&json!(true), &json!(50.0)), "{given}");
    assert!(given["tx_hash"].as_str().unwrap().starts_with("0x"));
    let again = asked.post("/faucet", &json!({ "address": address.to_lowercase() })).await;
    assert_eq!(again["reason"], "already_funded");
    let coins = async || {
        let balance = world.asks_node("eth_getBalance", json!([address, "latest"])).await;
        u128::from_str_radix(balance.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
    };
    let fifty = 50 * 10_u128.pow(18);
    world.arena.until(async || coins().await == fifty).await;
    let topped = asked.post("/admin/faucet/topup", &json!({})).await;
    assert_eq!(topped["wallets"], 1);
    let jobs = async || {
        let path = "/v1/admin/chain/jobs?kind=fund_wallet&state=ready";
        asked.get(path).await["jobs"].as_array().unwrap().len()
    };
    world.arena.until(async || jobs().await == 0).await;
    assert_eq!(coins().await, fifty, "it has not less than it was given");
    let wallet = asked.get("/admin/wallet").await;
    assert!(wallet["address"].as_str().unwrap().starts_with("0x"));
}

#[tokio::test]
async fn the_chain_ends_with_an_arena_that_is_killed() {
    let mut world = World::new().await;
    let node = world.rpc.strip_prefix("http://").unwrap().to_owned();
    assert!(TcpStream::connect(&node).is_ok());
    world.arena.child.kill().unwrap();
    let began = Instant::now();
    while TcpStream::connect(&node).is_ok() {
        assert!(began.elapsed() < PATIENCE, "the chain has outlived the arena");
    }
}

#[tokio::test]
async fn the_arena_ends_with_its_chain() {
    let mut world = World::new().await;
    let arena = world.arena.child.id();
    let chain = std::fs::read_to_string(format!("/proc/{arena}/task/{arena}/children")).unwrap();
    assert!(Command::new("kill").args(["-9", chain.trim()]).status().unwrap().success());
    assert!(!world.arena.child.wait().unwrap().success());
    let said = std::fs::read_to_string(world.arena.folder.path().join(SAID)).unwrap();
    assert!(said.contains("the development chain ended") && !said.contains("panicked"), "{said}");
}
