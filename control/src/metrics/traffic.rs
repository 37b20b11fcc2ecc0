//! Requests by route, method and status, and how long they took.
//!
//! A route is the path as it stands in the code, `/queue/{queue_id}`, so there are as many as the
//! code has, whatever strangers ask for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::{Histogram, Page};

const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 30.0];
/// What asks for something that no route has.
const NOWHERE: &str = "none";

#[derive(Debug, Default)]
pub(crate) struct Traffic(Mutex<BTreeMap<String, Route>>);

#[derive(Debug)]
struct Route {
    answers: BTreeMap<(&'static str, u16), u64>,
    seconds: Histogram,
}

impl Traffic {
    /// A request was answered.
    pub(crate) fn answered(
        &self,
        route: Option<&str>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.unwrap_or(NOWHERE);
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !routes.contains_key(route) {
            let fresh = Route { answers: BTreeMap::new(), seconds: Histogram::new(&SECONDS) };
            routes.insert(route.to_owned(), fresh);
        }
        let Some(route) = routes.get_mut(route) else { return };
        *route.answers.entry((name(method), status.as_u16())).or_default() += 1;
        route.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn render(&self, page: &mut Page) {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Requests that were answered, by route, method and status.";
        page.family("http_requests_total", help, "counter");
        for (path, route) in &*routes {
            for ((method, status), count) in &route.answers {
                let status = status.to_string();
                let labels = [("route", &**path), ("method", method), ("status", &status)];
                page.sample("http_requests_total", &labels, count);
            }
        }
        let help = "How long they took, with what was held back on purpose.";
        page.family("http_request_seconds", help, "histogram");
        for (path, route) in &*routes {
            page.buckets("http_request_seconds", &[("route", path)], &route.seconds);
        }
    }
}

/// A method's name; those that are made up share one.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _made_up => "other",
    }
}
