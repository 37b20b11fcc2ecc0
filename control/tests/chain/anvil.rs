//! An anvil of one's own, which mines when it is told to.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolValue as _;
use serde_json::{Value as Json, json};

/// The first account of anvil's usual words, and its key.
pub(crate) const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const DEPLOYER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

pub(crate) struct Anvil {
    pub(crate) url: String,
    http: reqwest::Client,
    child: Child,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

impl Anvil {
    /// Of the binary that `./test` names.
    pub(crate) fn start() -> Self {
        let binary = std::env::var_os("ARENA_TEST_ANVIL").expect(
            "ARENA_TEST_ANVIL names no anvil: run these tests by `./test rust`, which installs one, \
             or set it to anvil's binary",
        );
        let mut child = Command::new(binary)
            .args(["--port", "0", "--no-mining", "--order", "fifo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.find_map(|line| line.unwrap().strip_prefix("Listening on ").map(str::to_owned));
        let address = address.expect("it listens");
        // What it says from now on would fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: format!("http://{address}"), http: http(), child }
    }

    pub(crate) async fn ask(&self, method: &str, params: Json) -> Json {
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self.http.post(&self.url).header("content-type", "application/json");
        let answer = request.body(question.to_string()).send().await.unwrap();
        let answer: Json = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([blocks])).await;
    }

    /// The last blocks are others, without what was in them.
    pub(crate) async fn reorganise(&self, depth: u64) {
        self.ask("anvil_reorg", json!([depth, []])).await;
    }

    pub(crate) async fn height(&self) -> u64 {
        number(&self.ask("eth_blockNumber", json!([])).await)
    }

    /// Puts a contract of `contracts/artifacts` on the chain.
    pub(crate) async fn deploy(&self, name: &str, arguments: &[u8]) -> Address {
        let path = format!("{}/../contracts/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let artifact: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let code =
            artifact["bytecode"].as_str().or_else(|| artifact["bytecode"]["object"].as_str());
        let code: Bytes = code.unwrap().parse().unwrap();
        let code = Bytes::from([code.as_ref(), arguments].concat());
        let receipt = self.transact(json!({ "from": DEPLOYER, "data": code })).await;
        serde_json::from_value(receipt["contractAddress"].clone()).unwrap()
    }

    /// A transaction of an account that anvil has the key of, in a block of its own.
    pub(crate) async fn transact(&self, call: Json) -> Json {
        let hash = self.ask("eth_sendTransaction", json!([call])).await;
        self.mine(1).await;
        let receipt = self.ask("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    pub(crate) async fn call(&self, to: Address, data: Vec<u8>) -> Bytes {
        let call = json!([{ "to": to, "data": Bytes::from(data) }, "latest"]);
        serde_json::from_value(self.ask("eth_call", call).await).unwrap()
    }

    pub(crate) async fn set_balance(&self, of: Address, wei: U256) {
        self.ask("anvil_setBalance", json!([of, wei])).await;
    }

    /// How often the contract has said something.
    pub(crate) async fn logs(&self, of: Address, topic: B256) -> usize {
        let filter = json!([{ "address": of, "topics": [topic], "fromBlock": "0x0" }]);
        self.ask("eth_getLogs", filter).await.as_array().unwrap().len()
    }
}

pub(crate) fn number(quantity: &Json) -> u64 {
    u64::from_str_radix(quantity.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
}

pub(crate) fn is_true(answer: &Bytes) -> bool {
    bool::abi_decode(answer).unwrap()
}

/// Plain HTTP needs no TLS, but the client wants to be told.
pub(crate) fn http() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider);
    let tls = tls.with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}
