//! Which pages may open sessions, by what their browser says of them. The relay's sockets and the
//! control plane's are asked the same.

use std::net::SocketAddr;

/// Whether a page of this `Origin` may open a session. No `Origin` means no browser.
///
/// Scheme, host and port are compared as a whole; only letters' case is ignored.
#[must_use]
pub fn allowed(origin: Option<&str>, own: &[String], listed: &[String]) -> bool {
    let Some(origin) = origin else { return true };
    let Some(origin) = with_port(origin) else { return false };
    own.iter().chain(listed).any(|allowed| with_port(allowed).as_ref() == Some(&origin))
}

/// The origins of the pages that are served at an address, and by these names.
#[must_use]
pub fn own(scheme: &str, at: SocketAddr, names: &[String]) -> Vec<String> {
    let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
    let (ip, port) = (at.ip(), at.port());
    hosts.push(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
    hosts.extend(names.iter().cloned());
    hosts.into_iter().map(|host| format!("{scheme}://{host}:{port}")).collect()
}

fn with_port(origin: &str) -> Option<String> {
    let origin = origin.to_ascii_lowercase();
    let (scheme, host) = origin.split_once("://")?;
    let default = match scheme {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    Some(if has_port { origin } else { format!("{origin}:{default}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_scheme_host_and_port() {
        let own = ["http://127.0.0.1:8000".to_owned()];
        let listed = ["https://arena.example".to_owned(), "no origin".to_owned()];
        let table = [
            (None, true),
            (Some("http://127.0.0.1:8000"), true),
            (Some("HTTP://127.0.0.1:8000"), true),
            (Some("https://ARENA.example"), true),
            (Some("https://arena.example:443"), true),
            (Some("https://127.0.0.1:8000"), false),
            (Some("http://127.0.0.1:8001"), false),
            (Some("http://127.0.0.1"), false),
            (Some("http://arena.example"), false),
            (Some("https://arena.example.evil.com"), false),
            (Some("https://evil.com/https://arena.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ];
        for (origin, expected) in table {
            assert_eq!(allowed(origin, &own, &listed), expected, "{origin:?}");
        }
    }

    #[test]
    fn pages_of_an_address_and_of_its_names_are_its_own() {
        let at = "[2001:db8::1]:8000".parse().unwrap();
        let own = own("http", at, &["arena.example".to_owned()]);
        for host in ["localhost", "127.0.0.1", "[2001:db8::1]", "arena.example"] {
            assert!(allowed(Some(&format!("http://{host}:8000")), &own, &[]), "{host}");
        }
    }
}
