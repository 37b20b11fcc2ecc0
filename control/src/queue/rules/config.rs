//! The queues there are, and their numbers. A queue is data: a new one needs no code.

use serde::{Deserialize, Serialize};

use super::joining::{Entrance, Expiry, Tier};
use super::window::Window;
use crate::lobby::rules::{ffa, team};
use crate::matches::rules::Timing;
use crate::ratings::rules::Rating;
use crate::ratings::{System, Terms};
use crate::time::Span;
use crate::{escrows, pools};

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// What clients ask for.
    pub name: String,
    /// Who meets whom.
    pub mode: Mode,
    /// What it asks of those who enter.
    pub entrance: Entrance,
    /// How long a match of it may stay where it is.
    pub timing: Timing,
    /// Where everybody begins.
    pub rating_at_start: Rating,
    /// How long those who watch its matches are held back.
    #[serde(default)]
    pub spectator_delay: Span,
    /// How two who play each other are rated; teams and games of many always are by skill.
    #[serde(default)]
    pub rating: System,
    /// What spectators' bets on its matches keep to; empty where nobody bets.
    #[serde(default)]
    pub betting: Option<pools::rules::Terms>,
    /// What is locked on a chain before a match of it begins; empty where nothing is.
    #[serde(default)]
    pub stakes: Option<escrows::rules::Terms>,
}

impl Queue {
    /// How its games are rated.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let system = match self.mode {
            Mode::Fifo | Mode::Rated(_) => self.rating,
            Mode::Team(_) | Mode::Ffa(_) => System::Skill,
        };
        Terms { system, begin: self.rating_at_start }
    }
}

/// Who meets whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Two, as they came.
    Fifo,
    /// Two, by their ratings.
    Rated(Window),
    /// Two crews.
    Team(team::Numbers),
    /// Everybody for himself.
    Ffa(ffa::Numbers),
}

impl Mode {
    /// As it is told.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Rated(_) => "rated",
            Self::Team(_) => "team",
            Self::Ffa(_) => "ffa",
        }
    }

    /// How far apart two may be rated; empty where ratings do not count.
    #[must_use]
    pub fn window(&self) -> Option<&Window> {
        match self {
            Self::Rated(window) => Some(window),
            Self::Fifo | Self::Team(_) | Self::Ffa(_) => None,
        }
    }
}

/// The queues of an arena that configures none; the first is the old API's.
#[must_use]
pub fn defaults() -> Vec<Queue> {
    vec![melee(), code_duel(), proxy_war(), bounty_hunt()]
}

const DAY: Span = Span::seconds(86_400);

fn melee() -> Queue {
    Queue {
        name: "melee".into(),
        mode: Mode::Fifo,
        entrance: Entrance {
            tiers: Vec::new(),
            hold_max: Span::ZERO,
            // Clients of the old API wait as long as they poll.
            expiry: Expiry { renewed_by_poll: true, ..expiry() },
            while_playing: true,
        },
        timing: Timing {
            ready_check: None,
            countdown: Span::ZERO,
            length: Span::seconds(1_800),
            ..timing()
        },
        rating_at_start: Rating::MELEE,
        rating: System::Elo,
        betting: None,
        stakes: None,
        spectator_delay: Span::ZERO,
    }
}

fn code_duel() -> Queue {
    Queue {
        name: "code_duel".into(),
        mode: Mode::Rated(Window::default()),
        entrance: Entrance { tiers: tiers(), ..entrance() },
        // The duel decides itself after 60 s; this is for one that did not.
        timing: Timing { length: Span::seconds(70), ..timing() },
        rating_at_start: Rating::ARCADE,
        rating: System::EloAndSkill,
        betting: None,
        stakes: None,
        spectator_delay: Span(500),
    }
}

fn proxy_war() -> Queue {
    let length = Span::seconds(180);
    let numbers = team::Numbers {
        members_min: 3,
        members_max: 8,
        answer: Span::seconds(60),
        search: Span::seconds(300),
        start_timer: Span::seconds(300),
        length,
    };
    Queue {
        name: "proxy_war".into(),
        mode: Mode::Team(numbers),
        entrance: entrance(),
        timing: Timing { length, ..timing() },
        rating_at_start: Rating::ARCADE,
        rating: System::Skill,
        betting: None,
        stakes: None,
        spectator_delay: Span(500),
    }
}

fn bounty_hunt() -> Queue {
    let length = Span::seconds(360);
    let numbers = ffa::Numbers {
        players_min: 8,
        players_max: 64,
        registration: Span::seconds(60),
        assigning: Span::seconds(5),
        length,
    };
    Queue {
        name: "bounty_hunt".into(),
        mode: Mode::Ffa(numbers),
        entrance: Entrance { hold_max: Span::ZERO, ..entrance() },
        timing: Timing { length, ..timing() },
        rating_at_start: Rating::ARCADE,
        rating: System::Skill,
        betting: None,
        stakes: None,
        spectator_delay: Span(500),
    }
}

fn tiers() -> Vec<Tier> {
    let tier = |(name, stake): (&str, &str)| Tier { name: name.into(), stake: stake.into() };
    [("bronze", "50"), ("silver", "150"), ("gold", "300"), ("diamond", "500")].map(tier).into()
}

fn entrance() -> Entrance {
    Entrance {
        tiers: Vec::new(),
        hold_max: Span::seconds(2),
        expiry: expiry(),
        while_playing: false,
    }
}

fn expiry() -> Expiry {
    Expiry { after: Span::seconds(300), warning_after: Span::seconds(120), renewed_by_poll: false }
}

fn timing() -> Timing {
    Timing {
        ready_check: Some(Span::seconds(15)),
        staking: None,
        countdown: Span::seconds(5),
        grace: Span::seconds(30),
        length: Span::seconds(60),
        dispute: DAY,
        settlement: DAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duel::sequence::BANDS;

    #[test]
    fn the_queues_have_the_numbers_that_players_were_told() {
        let [melee, duel, war, hunt] = &defaults()[..] else { panic!("four queues") };
        assert_eq!((&*melee.name, &melee.mode), ("melee", &Mode::Fifo));
        assert_eq!((melee.timing.ready_check, melee.entrance.hold_max), (None, Span::ZERO));
        assert_eq!((&*duel.name, duel.timing.ready_check), ("code_duel", Some(Span::seconds(15))));
        let stakes = duel.entrance.tiers.iter().map(|tier| (&*tier.name, &*tier.stake));
        let stakes: Vec<_> = stakes.collect();
        assert_eq!(
            stakes,
            [("bronze", "50"), ("silver", "150"), ("gold", "300"), ("diamond", "500")],
        );
        assert!(matches!(war.mode, Mode::Team(it) if (it.members_min, it.members_max) == (3, 8)));
        assert!(matches!(hunt.mode, Mode::Ffa(it) if (it.players_min, it.players_max) == (8, 64)));
        assert_eq!((melee.rating_at_start.0, duel.rating_at_start.0), (1500, 1200));
    }

    #[test]
    fn every_tier_of_the_duel_has_lines_of_its_length() {
        let tiers = code_duel().entrance.tiers;
        let names: Vec<_> = tiers.iter().map(|tier| &*tier.name).collect();
        assert_eq!(names, BANDS.map(|(name, _)| name));
    }

    #[test]
    fn a_duel_is_over_before_its_match_runs_out_and_within_the_result_window() {
        let timing = code_duel().timing;
        assert!(timing.length > crate::duel::rules::LENGTH);
        let ready_check = timing.ready_check.unwrap();
        let all = ready_check.0 + timing.countdown.0 + timing.length.0 + timing.grace.0;
        assert!(all < 180_000, "deadlines nest: {all} ms");
    }

    #[test]
    fn a_queue_is_data() {
        for queue in defaults() {
            let text = serde_json::to_string(&queue).unwrap();
            assert_eq!(serde_json::from_str::<Queue>(&text).unwrap(), queue);
        }
    }
}
