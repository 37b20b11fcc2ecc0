//! Who may enter a queue, what that cancels, and how long an entry lives there.
//!
//! Invariant: nobody has two entries that live; entering is refused or ends the one before.

use serde::{Deserialize, Serialize};

use super::dodging::cool_down;
use super::{Entry, Preferences};
use crate::ids::TicketId;
use crate::time::{At, Span};

/// What a queue asks of those who enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrance {
    /// The stakes there are; empty where nothing is staked.
    pub tiers: Vec<Tier>,
    /// Entries are held back at random for up to so long.
    pub hold_max: Span,
    /// How long they live.
    pub expiry: Expiry,
    /// Whether somebody may queue again while a match of his goes on. Clients of the old API do:
    /// they cannot take a match back that their opponent never finished.
    pub while_playing: bool,
}

/// A stake that is met exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// What clients ask for.
    pub name: String,
    /// In whole tokens, decimal.
    pub stake: String,
}

impl Tier {
    /// In the smallest unit, of which a token has 10^18; none if the stake is no whole number.
    #[must_use]
    pub fn stake_wei(&self) -> Option<String> {
        let digits = !self.stake.is_empty() && self.stake.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| format!("{}{}", self.stake, "0".repeat(18)))
    }
}

/// How long an entry lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// It is over then.
    pub after: Span,
    /// Its owner is told then.
    pub warning_after: Span,
    /// Whether a poll is a sign of life that begins it anew.
    pub renewed_by_poll: bool,
}

/// Where an entry is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// There is time.
    Fresh,
    /// It is time to say that it will not live for ever.
    Warned,
    /// It is over.
    Expired,
}

/// A live entry of somebody who wants to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// The entry.
    pub ticket: TicketId,
    /// Where it has got to.
    pub doing: Doing,
}

/// What the owner of a live entry is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Not matched yet.
    Waiting,
    /// Matched, and the game has not begun.
    Preparing,
    /// The game goes on.
    Playing,
}

/// What is known about somebody who wants to enter.
#[derive(Clone, Copy, Debug)]
pub struct Applicant<'a> {
    /// The stake that it asks for.
    pub tier: Option<&'a str>,
    /// Whom it wants to meet.
    pub preferences: Preferences,
    /// All live entries that share an identity, a connect code or a wallet with this one.
    pub live: &'a [Live],
    /// When this one left others waiting.
    pub dodges: &'a [At],
}

/// Why somebody may not enter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Names those there are.
    #[error("no such tier here: choose one of {}", .0.join(", "))]
    UnknownTier(Vec<String>),
    /// Names those there are.
    #[error("a tier is needed: choose one of {}", .0.join(", "))]
    TierMissing(Vec<String>),
    /// Nothing is staked in this queue.
    #[error("this queue has no tiers: leave it out")]
    NoTiers,
    /// It could not be paid.
    #[error("this queue is played for stakes: give a wallet, 0x and 40 digits")]
    WalletMissing,
    /// Nobody can sign for it, and what is paid to it is gone.
    #[error("wallet_address: this is the zero address, which is nobody's: give your own, or none")]
    NobodysWallet,
    /// What is asked for contradicts itself.
    #[error("min_rating is above max_rating: nobody fits")]
    NobodyFits,
    /// Another entry waits for an answer.
    #[error("already matched: answer the ready check first")]
    Preparing(TicketId),
    /// Another entry is in a game.
    #[error("already in a match: finish or leave it first")]
    Playing(TicketId),
    /// It dodged too often.
    #[error("left others waiting too often: may queue again in {} s", .wait.0.div_ceil(1000))]
    CoolingDown {
        /// How much longer.
        wait: Span,
    },
}

/// Decides whether somebody enters, and which of its entries are cancelled by that.
///
/// # Errors
/// Says what stands in the way, the first of all.
pub fn enter(
    entrance: &Entrance,
    applicant: &Applicant<'_>,
    now: At,
) -> Result<Vec<TicketId>, Refused> {
    check_tier(&entrance.tiers, applicant.tier)?;
    let Preferences { min_rating, max_rating, .. } = applicant.preferences;
    if min_rating.zip(max_rating).is_some_and(|(min, max)| min > max) {
        return Err(Refused::NobodyFits);
    }
    if let Some(until) = cool_down(applicant.dodges, now) {
        return Err(Refused::CoolingDown { wait: until.since(now) });
    }
    let mut cancelled = Vec::new();
    for live in applicant.live {
        match live.doing {
            Doing::Waiting => cancelled.push(live.ticket),
            Doing::Preparing => return Err(Refused::Preparing(live.ticket)),
            Doing::Playing if entrance.while_playing => {}
            Doing::Playing => return Err(Refused::Playing(live.ticket)),
        }
    }
    Ok(cancelled)
}

fn check_tier(tiers: &[Tier], asked: Option<&str>) -> Result<(), Refused> {
    let names = || tiers.iter().map(|tier| tier.name.clone()).collect();
    match asked {
        None if tiers.is_empty() => Ok(()),
        None => Err(Refused::TierMissing(names())),
        Some(_) if tiers.is_empty() => Err(Refused::NoTiers),
        Some(asked) if tiers.iter().any(|tier| tier.name == asked) => Ok(()),
        Some(_) => Err(Refused::UnknownTier(names())),
    }
}

impl Entrance {
    /// Until when an entry that comes now is held back. Any number of 32 random bits will do.
    #[must_use]
    pub fn held_until(&self, now: At, random: u32) -> At {
        let held = (u128::from(random) * (u128::from(self.hold_max.0) + 1)) >> 32;
        now + Span(u64::try_from(held).unwrap_or(self.hold_max.0))
    }
}

impl Expiry {
    /// How far an entry's life has gone.
    #[must_use]
    pub fn age(&self, entry: &Entry, now: At) -> Age {
        if now >= self.expires_at(entry) {
            Age::Expired
        } else if now >= self.warned_at(entry) {
            Age::Warned
        } else {
            Age::Fresh
        }
    }

    /// When it is time to warn.
    #[must_use]
    pub fn warned_at(&self, entry: &Entry) -> At {
        entry.fresh_at + self.warning_after
    }

    /// When it is over.
    #[must_use]
    pub fn expires_at(&self, entry: &Entry) -> At {
        entry.fresh_at + self.after
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::entry;
    use super::*;
    use crate::ratings::rules::Rating;

    fn entrance() -> Entrance {
        Entrance {
            tiers: vec![
                Tier { name: "bronze".into(), stake: "50".into() },
                Tier { name: "gold".into(), stake: "300".into() },
            ],
            hold_max: Span::seconds(2),
            expiry: Expiry {
                after: Span::seconds(300),
                warning_after: Span::seconds(120),
                renewed_by_poll: false,
            },
            while_playing: false,
        }
    }

    fn applicant<'a>() -> Applicant<'a> {
        let preferences = Preferences::default();
        Applicant { tier: Some("gold"), preferences, live: &[], dodges: &[] }
    }

    fn live(ticket: u128, doing: Doing) -> Live {
        Live { ticket: TicketId(ticket), doing }
    }

    #[test]
    fn joining_again_cancels_what_waits() {
        let waiting = [live(1, Doing::Waiting), live(2, Doing::Waiting)];
        let again = Applicant { live: &waiting, ..applicant() };
        assert_eq!(enter(&entrance(), &again, At(0)), Ok(vec![TicketId(1), TicketId(2)]));
        assert_eq!(enter(&entrance(), &applicant(), At(0)), Ok(vec![]));
    }

    #[test]
    fn who_is_matched_does_not_wait_elsewhere() {
        let preparing = [live(1, Doing::Waiting), live(2, Doing::Preparing)];
        let again = Applicant { live: &preparing, ..applicant() };
        assert_eq!(enter(&entrance(), &again, At(0)), Err(Refused::Preparing(TicketId(2))));
        let playing = [live(3, Doing::Playing)];
        let again = Applicant { live: &playing, ..applicant() };
        assert_eq!(enter(&entrance(), &again, At(0)), Err(Refused::Playing(TicketId(3))));
        let old = Entrance { while_playing: true, ..entrance() };
        assert_eq!(enter(&old, &again, At(0)), Ok(vec![]), "what today's clients do");
    }

    #[test]
    fn a_tier_is_one_of_those_there_are() {
        let of = |tier| Applicant { tier, ..applicant() };
        let names = || vec!["bronze".to_owned(), "gold".to_owned()];
        let refusal = |applicant| enter(&entrance(), &applicant, At(0)).unwrap_err();
        assert_eq!(refusal(of(Some("Gold"))), Refused::UnknownTier(names()));
        assert_eq!(refusal(of(None)), Refused::TierMissing(names()));
        let free = Entrance { tiers: vec![], ..entrance() };
        assert_eq!(enter(&free, &of(None), At(0)), Ok(vec![]));
        assert_eq!(enter(&free, &of(Some("gold")), At(0)), Err(Refused::NoTiers));
    }

    #[test]
    fn a_wish_that_nobody_fits_is_refused_at_once() {
        let (min_rating, max_rating) = (Some(Rating(1300)), Some(Rating(1299)));
        let preferences = Preferences { min_rating, max_rating, ..Preferences::default() };
        let picky = Applicant { preferences, ..applicant() };
        assert_eq!(enter(&entrance(), &picky, At(0)), Err(Refused::NobodyFits));
    }

    #[test]
    fn who_dodged_twice_waits_before_it_may_wait() {
        let dodges = [At(0), At(1_000)];
        let dodger = Applicant { dodges: &dodges, ..applicant() };
        let until = At(31_000);
        let refused = enter(&entrance(), &dodger, At(30_999)).unwrap_err();
        assert_eq!(refused, Refused::CoolingDown { wait: Span(1) });
        assert!(refused.to_string().contains("again in 1 s"), "{refused}");
        assert_eq!(enter(&entrance(), &dodger, until), Ok(vec![]));
    }

    #[test]
    fn an_entry_is_held_back_between_nothing_and_all_of_its_hold() {
        let entrance = entrance();
        assert_eq!(entrance.held_until(At(7), 0), At(7));
        assert_eq!(entrance.held_until(At(7), u32::MAX), At(2_007));
        assert_eq!(entrance.held_until(At(7), u32::MAX / 2), At(1_007));
        let never = Entrance { hold_max: Span::ZERO, ..entrance };
        assert_eq!(never.held_until(At(7), u32::MAX), At(7));
    }

    #[test]
    fn an_entry_is_warned_and_then_expires() {
        let expiry = entrance().expiry;
        for (now, age) in [
            (0, Age::Fresh),
            (119_999, Age::Fresh),
            (120_000, Age::Warned),
            (299_999, Age::Warned),
            (300_000, Age::Expired),
        ] {
            assert_eq!(expiry.age(&entry(1), At(now)), age, "{now}");
        }
        let back = entry(1).returned(At(299_000));
        assert_eq!(expiry.age(&back, At(300_000)), Age::Fresh, "its time begins anew");
    }
}
