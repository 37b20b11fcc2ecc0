//! The duels that go on, as spectators may see them: for whoever shows them elsewhere.
//!
//! Invariant: only the newest of each duel is kept, so whoever looks late misses steps and never an
//! end; and a duel that nobody looks at costs one place until it is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::Notify;

use super::progress::{Progress, Seen};
use crate::events::Event;
use crate::ids::MatchId;
use crate::matches::rules::Sides;

/// Duels that are shown at once; more of them are played and not shown.
const SHOWN_MAX: usize = 2_000;

/// What there is to see of a duel. Each is whole: nothing has to be known from before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    /// Which duel.
    pub match_id: MatchId,
    /// `countdown`, `playing` or `over`.
    pub phase: &'static str,
    /// When it was decided, or when it was looked at; Unix milliseconds.
    pub at: i64,
    /// The promise of the line.
    pub commitment: Option<String>,
    /// What both type; from the start on.
    pub line: Option<String>,
    /// How far both are; from the first key on.
    #[serde(flatten)]
    pub sides: Option<Sides<Seen>>,
    /// Who won, and how, or why nobody did; at the end.
    pub end: Option<Json>,
}

/// Where duels are to be seen.
#[derive(Debug, Default)]
pub struct Stage {
    scenes: Mutex<Scenes>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Scenes {
    /// Nothing is kept before somebody looks.
    looked_at: bool,
    live: HashMap<MatchId, Shown>,
}

#[derive(Debug)]
struct Shown {
    scene: Scene,
    fresh: bool,
}

impl Scene {
    /// Who played to the end has typed all of the line.
    fn finished(&mut self, winner: Option<&str>) {
        let sides = self.sides.as_mut();
        let seen = sides.and_then(|sides| match winner {
            Some("p1") => Some(&mut sides.first),
            Some("p2") => Some(&mut sides.second),
            Some(_) | None => None,
        });
        if let Some(seen) = seen {
            seen.progress = 100;
        }
    }
}

impl Stage {
    /// From now on somebody looks; these go on already.
    pub fn open(&self, scenes: Vec<Scene>) {
        let mut all = self.lock();
        all.looked_at = true;
        for scene in scenes {
            let shown = Shown { scene, fresh: true };
            all.live.entry(shown.scene.match_id).or_insert(shown);
        }
        self.news.notify_one();
    }

    /// What has changed since the last look; waits until something has.
    pub async fn changed(&self) -> Vec<Scene> {
        loop {
            let news = self.news.notified();
            let fresh = self.lock().take();
            if !fresh.is_empty() {
                return fresh;
            }
            news.await;
        }
    }

    /// A line of the log.
    pub(crate) fn told(&self, event: &Event) {
        let mut all = self.lock();
        let id = event.match_id.as_deref().and_then(|id| id.parse().ok());
        let (true, Some(id)) = (all.looked_at, id) else { return };
        let text = |name: &str| event.body[name].as_str().map(str::to_owned);
        match event.kind.as_str() {
            "match.countdown" => {
                let Some(commitment) = text("commitment") else { return };
                if all.live.len() >= SHOWN_MAX {
                    return;
                }
                let scene = Scene {
                    match_id: id,
                    phase: "countdown",
                    at: event.at.0,
                    commitment: Some(commitment),
                    line: None,
                    sides: None,
                    end: None,
                };
                all.live.insert(id, Shown { scene, fresh: true });
            }
            "match.started" => all.change(id, |scene| {
                scene.phase = "playing";
                scene.line = text("line");
            }),
            "match.decided" | "match.cancelled" | "match.expired" => all.change(id, |scene| {
                scene.phase = "over";
                scene.at = event.at.0;
                // The last key is told of past the log, and may come behind the end.
                if text("how").as_deref() == Some("played") {
                    scene.finished(text("winner").as_deref());
                }
                scene.end = Some(event.clone().public().body);
            }),
            _what_nobody_sees => return,
        }
        drop(all);
        self.news.notify_one();
    }

    /// Somebody has typed.
    pub(crate) fn progressed(&self, id: MatchId, progress: &Sides<Progress>) {
        let sides = Sides { first: progress.first.seen(), second: progress.second.seen() };
        let mut all = self.lock();
        let seen = all.live.get(&id).and_then(|shown| shown.scene.sides);
        if seen != Some(sides) {
            all.change(id, |scene| scene.sides = Some(sides));
            drop(all);
            self.news.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Scenes> {
        self.scenes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scenes {
    /// What is over does not change any more.
    fn change(&mut self, id: MatchId, change: impl FnOnce(&mut Scene)) {
        let Some(shown) = self.live.get_mut(&id) else { return };
        if shown.scene.end.is_none() {
            change(&mut shown.scene);
            shown.fresh = true;
        }
    }

    fn take(&mut self) -> Vec<Scene> {
        let fresh = self.live.values_mut().filter(|shown| shown.fresh);
        let scenes: Vec<_> = fresh
            .map(|shown| {
                shown.fresh = false;
                shown.scene.clone()
            })
            .collect();
        self.live.retain(|_, shown| shown.scene.end.is_none());
        scenes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::At;

    const ID: MatchId = MatchId(1);

    fn line(kind: &str, body: Json) -> Event {
        let match_id = Some(ID.to_string());
        Event { number: 1, at: At(5), kind: kind.into(), match_id, identity_id: None, body }
    }

    fn progress(done_bp: usize) -> Sides<Progress> {
        let of = |done_bp| Progress { position: 7, done_bp, accuracy_bp: 9_999, wpm: 43 };
        Sides { first: of(done_bp), second: of(0) }
    }

    #[tokio::test]
    async fn whoever_looks_late_misses_steps_and_never_an_end() {
        let stage = Stage::default();
        stage.told(&line("match.countdown", json!({ "commitment": "early" })));
        stage.open(Vec::new());
        stage.told(&line("match.countdown", json!({ "commitment": "sum" })));
        assert_eq!(stage.changed().await[0].phase, "countdown");
        stage.told(&line("match.started", json!({ "line": "let x;" })));
        for done in 0..100 {
            stage.progressed(ID, &progress(done * 100));
        }
        let scenes = stage.changed().await;
        let text = serde_json::to_string(&scenes).unwrap();
        assert_eq!(scenes.len(), 1);
        assert!(text.contains(r#""p1":{"progress":99,"wpm":40,"accuracy":99}"#), "{text}");
        assert!(!text.contains("position"), "{text}");
        let end = json!({ "winner": "p1", "how": "played", "ticket": "secret" });
        stage.told(&line("match.decided", end));
        stage.told(&line("match.decided", json!({ "winner": "p2" })));
        let scenes = stage.changed().await;
        let end = json!({ "winner": "p1", "how": "played" });
        assert_eq!((scenes[0].phase, &scenes[0].end), ("over", &Some(end)));
        let typed = scenes[0].sides.map(|sides| sides.first.progress);
        assert_eq!(typed, Some(100), "the last key is told of behind the end");
        assert!(stage.lock().live.is_empty(), "what is over is let go");
    }

    #[tokio::test]
    async fn what_spectators_cannot_tell_apart_is_no_news_and_other_games_are_not_shown() {
        let stage = Stage::default();
        stage.open(Vec::new());
        stage.told(&line("match.countdown", json!({ "commitment": null })));
        stage.told(&line("match.started", json!({})));
        assert!(stage.lock().live.is_empty());
        stage.told(&line("match.countdown", json!({ "commitment": "sum" })));
        stage.progressed(ID, &progress(100));
        assert_eq!(stage.changed().await.len(), 1);
        stage.progressed(ID, &progress(199));
        assert!(stage.lock().take().is_empty());
    }
}
