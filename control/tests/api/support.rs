//! A control plane without sockets: its router, a database of its own, a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use arena_control::clock::VirtualClock;
use arena_control::random::Chance;
use arena_control::store::Store;
use arena_control::time::{At, Span};
use arena_control::{Config, Ctx, deadlines, http, keep_noticing, queue};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value as Json;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

pub(crate) const START: At = At(1_800_000_000_000);

#[derive(Clone)]
pub(crate) struct TestControl {
    pub(crate) router: Router,
    pub(crate) ctx: Ctx,
    pub(crate) clock: Arc<VirtualClock>,
    url: String,
    tasks: Arc<JoinSet<()>>,
    dir: Arc<tempfile::TempDir>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Json,
}

impl TestControl {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("arena.db").display());
        Self::on(&url, dir, config).await
    }

    /// On SQLite, and on PostgreSQL where there is one.
    pub(crate) async fn on_each_database() -> Vec<Self> {
        Self::on_each_database_with(&Config::default()).await
    }

    pub(crate) async fn on_each_database_with(config: &Config) -> Vec<Self> {
        let mut all = vec![Self::with(config.clone()).await];
        if let Some(server) = std::env::var_os("ARENA_TEST_POSTGRES") {
            let name = format!("test_{:032x}", rand::random::<u128>());
            let server = server.into_string().unwrap();
            let created = std::process::Command::new("psql")
                .args([
                    "-q",
                    "-c",
                    &format!("CREATE DATABASE {name}"),
                    &format!("{server}/postgres"),
                ])
                .status();
            assert!(created.unwrap().success());
            let dir = tempfile::tempdir().unwrap();
            all.push(Self::on(&format!("{server}/{name}"), dir, config.clone()).await);
        }
        all
    }

    async fn on(url: &str, dir: tempfile::TempDir, config: Config) -> Self {
        Self::again(url, Arc::new(dir), config, Arc::new(VirtualClock::at(START))).await
    }

    async fn again(
        url: &str,
        dir: Arc<tempfile::TempDir>,
        config: Config,
        clock: Arc<VirtualClock>,
    ) -> Self {
        // A test that says nothing of operators has one all the same, who looks at its jobs.
        let boss = (!config.admin_open).then(|| "boss".to_owned());
        let admin_token = config.admin_token.clone().or(boss);
        let config = Config { admin_token, ..config };
        let store = Store::open(url).await.unwrap();
        let clock_too = Arc::clone(&clock);
        let ctx = Ctx::open(store, clock_too, Chance::of_the_system(), config).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_noticing(ctx.clone()));
        let router = http::router(ctx.clone());
        Self { router, ctx, clock, url: url.to_owned(), tasks: Arc::new(tasks), dir }
    }

    /// The same, in a process that knows nothing but the database.
    pub(crate) async fn restarted(self) -> Self {
        let Self { router, ctx, clock, url, tasks, dir } = self;
        Arc::into_inner(tasks).unwrap().shutdown().await;
        let config = Config::clone(&ctx.config);
        drop((router, ctx));
        Self::again(&url, dir, config, clock).await
    }

    /// Another process on the same database, with the same clock; none on SQLite, which has one.
    pub(crate) async fn twin(&self) -> Option<Self> {
        if self.url.starts_with("sqlite:") {
            return None;
        }
        let (dir, clock) = (Arc::clone(&self.dir), Arc::clone(&self.clock));
        Some(Self::again(&self.url, dir, Config::clone(&self.ctx.config), clock).await)
    }

    /// Time passes, what is due happens, and those meet who may.
    pub(crate) async fn pass(&self, span: Span) {
        self.clock.advance(span);
        while deadlines::sweep(&self.ctx).await.unwrap().0 > 0 {}
        queue::round(&self.ctx).await.unwrap();
    }

    /// How many lines the log has, once it has so many; of another process it is heard a little later.
    pub(crate) async fn told(&self, expected: i64) -> i64 {
        *self.ctx.store.told().wait_for(|last| *last >= expected).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Answer {
        self.ask(Method::POST, path, Some(body.to_string())).await
    }

    /// Ids of the effects of a kind that are to be had by now, as an operator sees them.
    pub(crate) async fn asked_for(&self, kind: &str) -> Vec<String> {
        let path = format!("/v1/admin/chain/jobs?state=ready&limit=1000&kind={kind}");
        let token = self.ctx.config.admin_token.clone().unwrap();
        let listed = self.bearing(&token, Method::GET, &path, None).await.body;
        let now = self.ctx.clock.now().0;
        let due = listed["jobs"].as_array().unwrap().iter();
        let due = due.filter(|job| job["run_at"].as_i64().is_some_and(|at| at <= now));
        due.map(|job| job["business_id"].as_str().unwrap().to_owned()).collect()
    }

    /// As an operator, whose token is `boss`.
    pub(crate) async fn operate(&self, path: &str, body: &Json) -> Answer {
        self.bearing("boss", Method::POST, path, Some(body)).await
    }

    pub(crate) async fn bearing(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn join(&self, code: &str) -> Json {
        /// A database that is overloaded turns away; who is turned away asks again.
        const TRIES: usize = 20;
        let joining = serde_json::json!({ "connect_code": code });
        for _ in 1..TRIES {
            let answer = self.post("/queue/join", &joining).await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
                return answer.body;
            }
        }
        panic!("{code} was turned away {TRIES} times");
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, Body::from));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn text(&self, request: Request<Body>) -> String {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request);
        let response = tokio::time::timeout(Duration::from_secs(60), response).await;
        let response = response.unwrap().unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Answer { status, headers, body }
    }
}
