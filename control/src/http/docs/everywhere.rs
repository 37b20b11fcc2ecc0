//! What holds for every call, so that no handler has to say it: how a caller is known, and how any
//! call may be refused.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};

pub(super) struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, api: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let bearer = bearer.description(Some("An access token, an API key, or ADMIN_TOKEN"));
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        for path in api.paths.paths.values_mut() {
            let calls = [&mut path.get, &mut path.put, &mut path.delete, &mut path.post];
            calls.into_iter().flatten().for_each(refusals_of);
        }
    }
}

fn refusals_of(call: &mut Operation) {
    let mut refusals = vec![
        ("403", "Who asks may not do this, or may do nothing any more"),
        ("404", "There is no such thing"),
        ("429", "Too many requests: wait for the seconds of Retry-After"),
        ("503", "It cannot be done now: wait for the seconds of Retry-After"),
        ("507", "The disk is full; nothing was changed"),
    ];
    if call.security.is_some() {
        refusals.push(("401", "The token is not there, not valid, or has ended"));
    }
    if call.request_body.is_some() {
        refusals.extend([
            ("408", "The body did not come in time"),
            ("409", "It contradicts what is already so"),
            ("413", "The body is too long"),
            ("415", "The body is not JSON"),
            ("422", "The body does not fit"),
        ]);
    }
    let known = &mut call.responses.responses;
    let any = known.contains_key("4XX");
    for (status, what) in refusals {
        if any && status.starts_with('4') || known.contains_key(status) {
            continue;
        }
        let problem = Ref::from_schema_name("Problem");
        let problem = ContentBuilder::new().schema(Some(problem)).build();
        let problem =
            ResponseBuilder::new().description(what).content("application/problem+json", problem);
        known.insert(status.to_owned(), problem.build().into());
    }
}
