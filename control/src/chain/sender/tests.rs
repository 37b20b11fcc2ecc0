//! Whatever a chain and its nodes do, and whenever the process dies: each match is recorded once,
//! and nothing is stuck.

mod others;

use alloy::primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;

use super::*;
use crate::chain::contracts::MatchProof::MatchResult;
use crate::chain::fake::{FakeChain, Fault};
use crate::chain::intents::{Asked, Intent, Kind, Known};
use crate::chain::key::Source;
use crate::chain::lease::LEASE;
use crate::clock::VirtualClock;
use crate::random::Chance;
use crate::store::Store;
use crate::time::Span;
use crate::{Config, jobs as asking};

const LIMITS: Limits = Limits { confirmations: 3, buried: 64, fee_max: 500_000_000_000 };

/// A match that nobody signs.
const WAITING: &str = "a match without signatures";

/// Every other match that is named has both signatures.
struct EveryMatch;

impl Particulars for EveryMatch {
    fn of<'a>(&'a self, job: &'a JobId) -> Asked<'a, Result<Known, store::Error>> {
        if job.business_id == WAITING {
            return Box::pin(std::future::ready(Ok(Known::NotYet("not signed".to_owned()))));
        }
        let result = MatchResult {
            matchId: match_id(&job.business_id),
            winner: Address::repeat_byte(1),
            loser: Address::repeat_byte(2),
            gameId: "melee".to_owned(),
            winnerScore: 3,
            loserScore: 0,
            replayHash: B256::ZERO,
            timestamp: U256::from(1),
        };
        let (first, second) = (Bytes::new(), Bytes::new());
        let intent = Intent::RecordMatch { result, first, second };
        Box::pin(std::future::ready(Ok(Known::Intent(Box::new(intent)))))
    }

    fn done<'a>(
        &'a self,
        _tx: &'a mut store::Tx,
        _job: &'a JobId,
        _now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn match_id(business_id: &str) -> B256 {
    alloy::primitives::keccak256(business_id)
}

struct World {
    ctx: Ctx,
    clock: Arc<VirtualClock>,
    chain: Arc<FakeChain>,
    sender: Sender<FakeChain, EveryMatch>,
    asked: u32,
}

impl World {
    async fn new() -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let clock = Arc::new(VirtualClock::at(At(1_000_000)));
        let time = Arc::clone(&clock);
        let ctx = Ctx::open(store, time, Chance::seeded(1), Config::default()).await.unwrap();
        let chain = Arc::new(FakeChain::default());
        let sender = sender(&ctx, &chain);
        Self { ctx, clock, chain, sender, asked: 0 }
    }

    async fn ask(&mut self, count: u32) {
        let (from, to, now) = (self.asked, self.asked + count, self.ctx.clock.now());
        self.asked = to;
        let ask = async move |tx: &mut store::Tx| {
            for n in from..to {
                asking::ask(tx, Kind::RecordMatch.name(), &format!("match {n}"), "", now);
            }
            Ok::<_, store::Error>(())
        };
        self.ctx.store.write(ask).await.unwrap();
    }

    /// A turn, in which the process may die; then another takes over.
    async fn turn(&mut self) {
        let died = tokio::select! {
            biased;
            () = self.chain.died.notified() => true,
            turn = self.sender.turn() => {
                assert!(!matches!(turn, Err(Trouble::Store(_) | Trouble::Key(_))), "{turn:?}");
                false
            }
        };
        if died {
            self.sender = sender(&self.ctx, &self.chain);
            self.clock.advance(LEASE);
        }
    }

    /// Until nothing is under way, or so many blocks have passed.
    async fn settle(&mut self) {
        for _ in 0..200 {
            self.turn().await;
            self.chain.mine();
            self.clock.advance(Span::seconds(2));
            if self.jobs().await == [("done".to_owned(), i64::from(self.asked))] {
                return;
            }
        }
        panic!(
            "stuck: {:?} {:?}",
            self.jobs().await,
            self.sender.watch.stock().await.unwrap().held
        );
    }

    async fn jobs(&self) -> Vec<(String, i64)> {
        let counts = self.ctx.store.read(async |tx| jobs::counts(tx).await).await.unwrap();
        counts.into_iter().map(|(_, state, count)| (state, count)).collect()
    }

    /// Somebody else records a match, which may not have been asked for yet.
    fn other_records(&self, n: u32) {
        self.chain.other_records(match_id(&format!("match {n}")));
    }

    fn is_recorded(&self) {
        let recorded = self.chain.recorded();
        assert!((0..self.asked).all(|n| recorded.contains(&match_id(&format!("match {n}")))));
    }
}

fn sender(ctx: &Ctx, chain: &Arc<FakeChain>) -> Sender<FakeChain, EveryMatch> {
    let key = Key::read(&Source::Hex("1".repeat(64))).unwrap();
    let match_proof = Some(Address::repeat_byte(9));
    let contracts = Contracts { match_proof, ..Contracts::default() };
    let settings = Chain { id: 31_337, contracts, limits: LIMITS };
    Sender::new(ctx.clone(), Arc::clone(chain), Arc::new(EveryMatch), Arc::new(key), settings)
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Ask(u32),
    Turn,
    Mine,
    Pass(u64),
    Fault(u32, Fault),
    Reorganise(usize, bool),
    Foreign,
    OtherRecords(u32),
    ForgetPool,
    Base(u128),
    Broke(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![
        Just(Fault::Lost),
        Just(Fault::Unheard),
        Just(Fault::DiesBefore),
        Just(Fault::DiesAfter)
    ];
    let step = prop_oneof![
        3 => (1_u32..5).prop_map(Step::Ask),
        10 => Just(Step::Turn),
        6 => Just(Step::Mine),
        3 => (1_u64..40).prop_map(Step::Pass),
        6 => (0_u32..25, fault).prop_map(|(after, fault)| Step::Fault(after, fault)),
        2 => (1_usize..10, any::<bool>()).prop_map(|(depth, forgets)| Step::Reorganise(depth, forgets)),
        1 => Just(Step::Foreign),
        1 => (0_u32..8).prop_map(Step::OtherRecords),
        1 => Just(Step::ForgetPool),
        2 => (1_u128..300).prop_map(Step::Base),
        1 => any::<bool>().prop_map(Step::Broke),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn every_match_is_recorded_once_and_nothing_is_stuck(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                match step {
                    Step::Ask(count) => world.ask(count).await,
                    Step::Turn => world.turn().await,
                    Step::Mine => world.chain.mine(),
                    Step::Pass(seconds) => { world.clock.advance(Span::seconds(seconds)); }
                    Step::Fault(after, fault) => world.chain.fail_after(after, fault),
                    Step::Reorganise(depth, forgets) => world.chain.reorganise(depth, forgets),
                    Step::Foreign => world.chain.foreign(),
                    Step::OtherRecords(n) => world.other_records(n),
                    Step::ForgetPool => world.chain.forget_pool(),
                    Step::Base(gwei) => world.chain.set_base(gwei),
                    Step::Broke(broke) => world.chain.set_broke(broke),
                }
                assert!(world.chain.in_flight() <= IN_FLIGHT_MAX);
            }
            world.chain.is_well_again();
            world.ask(1).await;
            world.settle().await;
            world.is_recorded();
        });
    }
}

#[tokio::test]
async fn a_process_that_dies_at_any_question_leaves_nothing_behind() {
    for fault in [Fault::DiesBefore, Fault::DiesAfter, Fault::Lost, Fault::Unheard] {
        for after in 0..24 {
            let mut world = World::new().await;
            world.ask(2).await;
            world.chain.fail_after(after, fault);
            world.settle().await;
            world.is_recorded();
        }
    }
}

#[tokio::test]
async fn a_thousand_matches_are_recorded_with_sixty_four_in_flight_at_most() {
    let mut world = World::new().await;
    world.ask(1_000).await;
    while world.chain.recorded().len() < 1_000 {
        world.turn().await;
        assert!(world.chain.in_flight() <= IN_FLIGHT_MAX);
        world.chain.mine();
    }
    world.settle().await;
    world.is_recorded();
}

#[tokio::test]
async fn a_reorganisation_of_sixty_four_blocks_after_the_confirmations_is_made_good() {
    for depth in [1, 2, 3, 10, 60, 64] {
        let mut world = World::new().await;
        world.ask(3).await;
        world.settle().await;
        while world.sender.watch.look(&[], &[]).await.unwrap().head.number < 60 {
            world.chain.mine();
        }
        world.turn().await;
        world.chain.reorganise(depth, true);
        world.settle().await;
        world.is_recorded();
    }
}

#[tokio::test]
async fn of_two_processes_one_sends() {
    let mut world = World::new().await;
    let mut other = sender(&world.ctx, &world.chain);
    world.ask(1).await;
    assert_eq!(world.sender.turn().await.unwrap(), Turn::Busy);
    assert_eq!(other.turn().await.unwrap(), Turn::NotOurs);
    world.clock.advance(LEASE);
    assert_eq!(other.turn().await.unwrap(), Turn::Busy, "the first is dead, as far as it knows");
    world.ask(1).await;
    assert_eq!(world.sender.turn().await.unwrap(), Turn::NotOurs);
    other.give_back().await;
    assert_eq!(world.sender.turn().await.unwrap(), Turn::Busy);
    world.settle().await;
    world.is_recorded();
}

#[tokio::test]
async fn nobody_writes_without_the_lease() {
    let mut world = World::new().await;
    let mut other = sender(&world.ctx, &world.chain);
    world.ask(1).await;
    world.sender.turn().await.unwrap();
    world.clock.advance(LEASE);
    other.turn().await.unwrap();
    let late = vec![Change::NextNonce(99)];
    assert!(matches!(world.sender.watch.keep(late).await, Err(Trouble::LeaseLost)));
    assert_eq!(other.watch.stock().await.unwrap().next, Some(1));
}

#[tokio::test]
async fn a_key_without_money_waits_and_says_so() {
    let mut world = World::new().await;
    world.chain.set_broke(true);
    world.ask(1).await;
    world.turn().await;
    let listed =
        world.ctx.store.read(async |tx| jobs::list(tx, None, None, 10).await).await.unwrap();
    assert!(listed[0].error.as_ref().unwrap().contains("cannot pay"), "{listed:?}");
    assert_eq!(listed[0].attempts, 0);
    world.chain.set_broke(false);
    world.settle().await;
    world.is_recorded();
}

#[tokio::test]
async fn a_job_that_waits_for_something_else_uses_up_no_attempts() {
    let mut world = World::new().await;
    let now = world.ctx.clock.now();
    let ask = async move |tx: &mut store::Tx| {
        asking::ask(tx, Kind::RecordMatch.name(), WAITING, "", now);
        Ok::<_, store::Error>(())
    };
    world.ctx.store.write(ask).await.unwrap();
    for _ in 0..60 {
        world.turn().await;
        world.clock.advance(Span::seconds(300));
    }
    let listed =
        world.ctx.store.read(async |tx| jobs::list(tx, None, None, 10).await).await.unwrap();
    assert_eq!((&*listed[0].state, listed[0].attempts), ("ready", 0), "{listed:?}");
    assert_eq!(listed[0].error.as_deref(), Some("not signed"));
}

#[tokio::test]
async fn what_has_to_be_done_within_a_time_goes_before_what_was_asked_for_earlier() {
    let mut world = World::new().await;
    world.ask(3).await;
    world.clock.advance(Span::seconds(1));
    let now = world.ctx.clock.now();
    let ask = async move |tx: &mut store::Tx| {
        asking::ask(tx, Kind::EscrowResult.name(), "a match", "", now);
        Ok::<_, store::Error>(())
    };
    world.ctx.store.write(ask).await.unwrap();
    let idle = world.ctx.store.read(async move |tx| jobs::idle(tx, now, 2).await).await.unwrap();
    let kinds: Vec<_> = idle.into_iter().map(|job| job.id.kind).collect();
    assert_eq!(kinds, [Kind::EscrowResult, Kind::RecordMatch]);
}

#[test]
fn every_kind_has_its_turn() {
    let mut kinds = Kind::ALL.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), Kind::ALL.len());
}
