//! A simulated Melee match, frame by frame, for demonstrations and load.
//!
//! It has no clock and does no I/O: whoever calls [`Play::step`] sixty times a second has a live
//! match. The same seed gives the same frames, bit for bit, on every platform.
#![expect(clippy::wildcard_enum_match_arm, reason = "a rule names the few actions it is about")]

mod action;
mod combat;
mod fighter;
mod motion;
mod pilot;
mod rng;
mod roster;
mod stage;
mod world;

use arena_protocol::melee::{self, Frame, GameEnd, MatchEnd, Record, Start};

use fighter::Fighter;
use pilot::Pilot;
use rng::Rng;
use roster::{AGENTS, Agent, CHARACTERS, Character};
use stage::{STAGES, Stage};
use world::{Inputs, Verdict, World};

/// Matches without end, each the best of three games.
#[derive(Debug)]
pub struct Play {
    rng: Rng,
    rollbacks: bool,
    pairing: Pairing,
    start: Start,
    world: World,
    /// What is shown while the inputs of one side are late.
    guess: Option<Guess>,
    /// Whether `start` has not been told yet.
    is_new: bool,
}

/// One frame, and what is to be said before and after it.
#[derive(Clone, Debug)]
pub struct Step {
    /// With the first frame of each game.
    pub start: Option<Start>,
    /// With rollbacks, its number may be one that was there before.
    pub frame: Frame,
    /// After the last frame of a game a `GameEnd`, and after the last game a `MatchEnd`.
    pub events: Vec<Record>,
}

#[derive(Debug)]
struct Pairing {
    agents: [&'static Agent; 2],
    characters: [&'static Character; 2],
}

#[derive(Debug)]
struct Guess {
    world: World,
    frames_left: u16,
}

impl Play {
    /// The matches of `seed`, without rollbacks.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let pairing = Pairing::draw(&mut rng);
        let stage = rng.pick(&STAGES);
        let start = pairing.start(stage, 1, vec![0, 0]);
        let world = pairing.world(stage, &mut rng);
        Self { rng, rollbacks: false, pairing, start, world, guess: None, is_new: true }
    }

    /// Now and then some frames are guessed, and then told again as they really were.
    #[must_use]
    pub fn with_rollbacks(self) -> Self {
        Self { rollbacks: true, ..self }
    }

    /// The game that the next frame belongs to, for key batches.
    #[must_use]
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// The next frame.
    pub fn step(&mut self) -> Step {
        let start = std::mem::take(&mut self.is_new).then(|| self.start.clone());
        if let Some(frame) = self.guessed_frame() {
            return Step { start, frame, events: Vec::new() };
        }
        let frame = self.world.tick(Inputs::Known);
        let events = self.world.verdict().map(|verdict| self.conclude(verdict));
        Step { start, frame, events: events.unwrap_or_default() }
    }

    fn guessed_frame(&mut self) -> Option<Frame> {
        let begins = self.rollbacks && self.guess.is_none() && self.world.number > 0;
        if begins && self.rng.below(150) == 0 {
            let frames_left = 1 + self.rng.below(6);
            self.guess = Some(Guess { world: self.world.clone(), frames_left });
        }
        let guess = self.guess.as_mut()?;
        if guess.frames_left == 0 || guess.world.verdict().is_some() {
            self.guess = None;
            return None;
        }
        guess.frames_left -= 1;
        Some(guess.world.tick(Inputs::Guessed))
    }

    fn conclude(&mut self, Verdict { winner, method }: Verdict) -> Vec<Record> {
        let winner_port = if winner == 0 { 1 } else { 2 };
        let game = self.start.game;
        let mut score = self.start.score.clone();
        score[winner] += 1;
        let is_decided = score[winner] == WINS;
        let mut events =
            vec![Record::GameEnd(GameEnd { game, winner_port, end_method: method.into() })];
        if is_decided {
            let final_score = score.iter().map(|&wins| wins.cast_signed()).collect();
            events.push(Record::MatchEnd(MatchEnd { winner_port, final_score }));
            self.pairing = Pairing::draw(&mut self.rng);
        }
        let stage = self.rng.pick(&STAGES);
        self.start = if is_decided {
            self.pairing.start(stage, 1, vec![0, 0])
        } else {
            self.pairing.start(stage, game + 1, score)
        };
        self.world = self.pairing.world(stage, &mut self.rng);
        self.is_new = true;
        events
    }
}

impl Pairing {
    fn draw(rng: &mut Rng) -> Self {
        let first = rng.pick(&AGENTS);
        let mut second = rng.pick(&AGENTS);
        while second.code == first.code {
            second = rng.pick(&AGENTS);
        }
        let characters = [rng.pick(&CHARACTERS), rng.pick(&CHARACTERS)];
        Self { agents: [first, second], characters }
    }

    fn start(&self, stage: &Stage, game: u32, score: Vec<u32>) -> Start {
        let pairs = self.agents.iter().zip(self.characters).zip(1..);
        let players = pairs.map(|((agent, character), port)| melee::Fighter {
            port,
            character: character.id,
            code: agent.code.into(),
            name: agent.name.map(Into::into),
        });
        Start { game, stage: stage.id, score, players: players.collect() }
    }

    fn world(&self, stage: &'static Stage, rng: &mut Rng) -> World {
        let [first, second] = self.characters;
        let x = stage.edge * 0.7;
        let fighters = [Fighter::new(1, first, -x), Fighter::new(2, second, x)];
        let pilots = [Pilot::new(Rng::new(rng.next())), Pilot::new(Rng::new(rng.next()))];
        World::new(stage, fighters, pilots)
    }
}

/// Games to win for the match.
const WINS: u32 = 2;
