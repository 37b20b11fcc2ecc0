//! The control plane as its clients see it: every request goes through the whole router.

mod identities;
mod queue;
mod support;
