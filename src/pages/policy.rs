//! What a page may load and whom it may connect to, said in its Content-Security-Policy.
//!
//! WebTransport goes to another port of the host that the page came from. Which host that is, only
//! the request says, and a request says anything: what is no plain name or address is left out, and
//! the page goes without WebTransport. Invariant: nothing inline, nothing from elsewhere.

use axum::http::{HeaderMap, HeaderValue, header};

/// Letters of a host name.
const HOST_LEN_MAX: usize = 253;

/// The policy of a page that was asked for with these headers.
pub(super) fn policy(asked: &HeaderMap, quic_port: u16) -> HeaderValue {
    let relay = host(asked).map(|host| format!(" https://{host}:{quic_port}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{relay}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("the host is letters, digits, dots and hyphens")
}

/// The one host of the request, without its port. An address of IPv6 cannot be named in a policy.
fn host(asked: &HeaderMap) -> Option<&str> {
    let mut hosts = asked.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    let host = host.to_str().ok()?;
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_port = |port: &str| !port.starts_with('+') && port.parse::<u16>().is_ok();
    (is_name(name) && port.is_none_or(is_port)).then_some(name)
}

fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        !label.is_empty() && is_plain && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= HOST_LEN_MAX && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
        img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    fn policy_for(hosts: &[&[u8]]) -> String {
        let mut asked = HeaderMap::new();
        for host in hosts {
            asked.append(header::HOST, HeaderValue::from_bytes(host).expect("it is a header"));
        }
        policy(&asked, 4433).to_str().expect("it is ASCII").to_owned()
    }

    #[test]
    fn a_page_may_connect_to_the_relay_of_its_own_host_and_to_no_other() {
        for (host, relay) in [
            ("arena.example", "https://arena.example:4433"),
            ("arena.example:8000", "https://arena.example:4433"),
            ("127.0.0.1:8000", "https://127.0.0.1:4433"),
            ("localhost", "https://localhost:4433"),
            ("a-1.b--c.XN--P1AI:1", "https://a-1.b--c.XN--P1AI:4433"),
        ] {
            let with = ALONE.replace("connect-src 'self'", &format!("connect-src 'self' {relay}"));
            assert_eq!(policy_for(&[host.as_bytes()]), with);
        }
    }

    #[test]
    fn a_host_that_is_none_says_nothing_in_the_policy() {
        let long = format!("{}.example", "a.".repeat(130));
        for host in [
            "",
            ":8000",
            "*",
            "*.example",
            "a.example; script-src *",
            "a.example;script-src *",
            "a.example script-src",
            "a.example:80 https://b.example",
            "a.example:80;script-src *",
            "a.example\tb",
            "a.example,b.example",
            "a.example/path",
            "user@a.example",
            "'unsafe-inline'",
            "https://a.example",
            "a.example:",
            "a.example:+80",
            "a.example:65536",
            "a.example:80:80",
            "[::1]",
            "[::1]:8000",
            "-a.example",
            "a..example",
            "a.example.",
            "under_score.example",
            &long,
        ] {
            assert_eq!(policy_for(&[host.as_bytes()]), ALONE, "{host}");
        }
        assert_eq!(policy_for(&[b"\xc3\xa9.example"]), ALONE, "not ASCII");
        assert_eq!(policy_for(&[]), ALONE, "no host");
        assert_eq!(policy_for(&[b"a.example", b"b.example"]), ALONE, "two of them");
    }

    #[test]
    fn no_header_can_hold_the_end_of_a_line() {
        for host in ["a.example\r\nset-cookie: x", "a.example\n", "a.example\0"] {
            assert!(HeaderValue::from_str(host).is_err(), "{host:?}");
        }
    }
}
