//! Attribute keys.
