//! A tournament is made, entered, and closed: then its seed is published and its bracket stands.

use serde_json::json;

use super::rules::Seed;
use super::rules::seeding::Lots;
use super::rules::settings::{Pace, Seeding, Settings};
use super::whole::{Whole, line};
use super::{Entrant, Error, Status, Strategy, Tournament, TournamentId};
use crate::admin::{Act, To};
use crate::config::Config;
use crate::context::Ctx;
use crate::ids::TicketId;
use crate::queue::rules::Owner;
use crate::queue::rules::config::Mode;
use crate::ratings::Name;
use crate::store::{self, Tx, ratings, tournaments as rows};
use crate::time::At;

/// How often an id is drawn before it is given up: one in millions is taken already.
const TRIES: u32 = 3;

/// Who wants to take part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entering {
    pub(crate) name: String,
    pub(crate) character: String,
    pub(crate) strategy: Option<Strategy>,
    pub(crate) owner: Owner,
    pub(crate) agent_id: Option<i64>,
    pub(crate) registrant: Option<String>,
    pub(crate) email: Option<String>,
    /// Whether one without a connect code is given one.
    pub(crate) coded: bool,
}

/// Makes a tournament. With entries, nobody else may enter, and its bracket stands at once.
pub(crate) async fn make(
    ctx: &Ctx,
    act: Act,
    name: String,
    settings: Settings,
    entries: Vec<Entering>,
) -> Result<Whole, Error> {
    check(&ctx.config, &settings)?;
    let keys: Vec<_> = entries.iter().map(|_| TicketId(ctx.chance.id(act.at()))).collect();
    let mut tries = 0;
    loop {
        tries += 1;
        let made = Tournament {
            id: TournamentId(u32::from_be_bytes(ctx.chance.bytes())),
            name: name.clone(),
            status: Status::Registration,
            settings: settings.clone(),
            lots: Lots(ctx.chance.bytes()),
            featured: false,
            champion: None,
            version: 0,
            created_at: act.at(),
            closed_at: None,
            ended_at: None,
        };
        let (act, keys, entries) = (act.clone(), keys.clone(), entries.clone());
        let work = async move |tx: &mut Tx| made_once(tx, &act, &made, &entries, &keys).await;
        match ctx.store.write(work).await {
            Err(Error::Store(store::Error::Constraint(_))) if tries < TRIES => {}
            outcome => return outcome,
        }
    }
}

async fn made_once(
    tx: &mut Tx,
    act: &Act,
    made: &Tournament,
    entries: &[Entering],
    keys: &[TicketId],
) -> Result<Whole, Error> {
    let now = act.at();
    rows::insert(tx, made);
    let body = json!({ "name": made.name, "seed_hash": made.lots.commitment() });
    tx.tell(line(made.id, "tournament.made", body, now));
    let what = json!({ "tournament_id": made.id });
    act.tell(tx, "admin.tournament_made", &To::Named, what);
    let mut whole =
        Whole { tournament: made.clone(), entries: Vec::new(), games: Default::default() };
    for (entering, key) in entries.iter().zip(keys) {
        let entrant = admit(&whole, entering, *key, now)?;
        rows::enter(tx, made.id, &entrant);
        whole.entries.push(entrant);
    }
    if entries.is_empty() { Ok(whole) } else { close_now(tx, whole, now).await }
}

/// Its queue has to be one in which two meet.
fn check(config: &Config, settings: &Settings) -> Result<(), Error> {
    let queue = config.queue(&settings.queue).ok_or(Error::NoSuchQueue)?;
    match queue.mode {
        Mode::Fifo | Mode::Rated(_) => {}
        Mode::Team(_) | Mode::Ffa(_) => return Err(Error::NoSuchQueue),
    }
    let tiers = &queue.entrance.tiers;
    let fits = match &settings.tier {
        Some(tier) => tiers.iter().any(|it| it.name == *tier),
        None => tiers.is_empty(),
    };
    if fits { Ok(()) } else { Err(Error::Tier) }
}

/// Somebody enters.
pub(crate) async fn enter(
    ctx: &Ctx,
    id: TournamentId,
    entering: Entering,
) -> Result<(Whole, Entrant), Error> {
    let now = ctx.clock.now();
    let key = TicketId(ctx.chance.id(now));
    let work = async move |tx: &mut Tx| {
        let mut whole = Whole::load(tx, id).await?;
        let entrant = admit(&whole, &entering, key, now)?;
        rows::enter(tx, id, &entrant);
        whole.tournament.version += 1;
        rows::save(tx, &whole.tournament);
        let body = json!({ "name": entrant.name, "number": entrant.number,
            "identity": entrant.owner.identity });
        tx.tell(whole.line("tournament.entered", body, now));
        whole.entries.push(entrant.clone());
        Ok((whole, entrant))
    };
    ctx.store.write(work).await
}

fn admit(whole: &Whole, entering: &Entering, key: TicketId, now: At) -> Result<Entrant, Error> {
    let Whole { tournament, entries, .. } = whole;
    if tournament.status != Status::Registration {
        return Err(Error::Closed);
    }
    if entries.len() >= usize::from(tournament.settings.entries_max) {
        return Err(Error::Full);
    }
    if whole.named(&entering.name).is_some() {
        return Err(Error::Taken("name"));
    }
    let email = entering.email.as_ref().map(|email| email.to_lowercase());
    let email_of = |it: &Entrant| it.email.as_ref().map(|email| email.to_lowercase());
    if email.is_some() && entries.iter().any(|it| email_of(it) == email) {
        return Err(Error::Taken("e-mail"));
    }
    // Who listens to a number hears of its games: nobody gets one that somebody else had. Each entry
    // and each withdrawal raises the version.
    let highest = entries.iter().map(|it| it.number).max().unwrap_or(0);
    let number = highest.max(tournament.version) + 1;
    let mut owner = entering.owner.clone();
    if owner.connect_code.is_none() && entering.coded {
        let taken =
            |code: &String| entries.iter().any(|it| it.owner.connect_code.as_ref() == Some(code));
        let mut codes = (entries.len() + 1..).map(|it| format!("NOJN#{it:03}"));
        owner.connect_code = codes.find(|code| !taken(code));
    }
    if entries.iter().any(|it| it.owner.is_also(&owner)) {
        return Err(Error::Taken("account, connect code or wallet"));
    }
    Ok(Entrant {
        number,
        name: entering.name.clone(),
        character: entering.character.clone(),
        strategy: entering.strategy,
        owner,
        agent_id: entering.agent_id,
        registrant: entering.registrant.clone(),
        email: entering.email.clone(),
        key,
        seed: None,
        rating: None,
        entered_at: now,
        withdrawn: None,
    })
}

/// An operator closes registration.
pub(crate) async fn close(ctx: &Ctx, act: Act, id: TournamentId) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        if whole.tournament.status != Status::Registration {
            return Err(Error::Closed);
        }
        act.tell(tx, "admin.tournament_closed", &To::Named, json!({ "tournament_id": id }));
        close_now(tx, whole, act.at()).await
    };
    ctx.store.write(work).await
}

/// Nobody enters any more: the entries are put in order, and what can be played is called.
pub(super) async fn close_now(tx: &mut Tx, mut whole: Whole, now: At) -> Result<Whole, Error> {
    if whole.entries.len() < 2 {
        return Err(Error::TooFew);
    }
    let Tournament { settings, lots, id, .. } = whole.tournament.clone();
    for entrant in &mut whole.entries {
        let name = Name::of(&entrant.owner);
        let standing = ratings::standing(tx, &settings.queue, &name).await?;
        entrant.rating = standing.map(|(standing, _)| standing.rating);
    }
    let counts = settings.seeding == Seeding::Rating;
    let named = whole.entries.iter().map(|it| (&*it.name, it.rating.filter(|_| counts)));
    let order = lots.order(&named.collect::<Vec<_>>());
    let mut entries = Vec::with_capacity(order.len());
    for (seed, at) in order.into_iter().enumerate() {
        let seed = Some(Seed(u16::try_from(seed).unwrap_or(u16::MAX)));
        let entrant = Entrant { seed, ..whole.entries[at].clone() };
        rows::seed(tx, id, &entrant);
        entries.push(entrant);
    }
    whole.entries = entries;
    whole.tournament.closed_at = Some(now);
    whole.tournament.status = match settings.pace {
        Pace::Own => Status::Active,
        Pace::Asked => Status::Pending,
    };
    let body = json!({ "seed": lots.to_string(), "entries": whole.entries.len() });
    tx.tell(whole.line("tournament.closed", body, now));
    let before = whole.clone();
    let mut course = before.course();
    let effects = course.go_on(now);
    Ok(whole.keep(tx, &course, &effects, now))
}
